/* The maker that app.c gives to the core. */
#ifndef MEDIA_MAKER_H
#define MEDIA_MAKER_H

#include "core/maker.h"

extern const struct maker media_maker;

#endif
