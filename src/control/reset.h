/* POST /_mock/reset: the world as new, or all of them. */
#ifndef CONTROL_RESET_H
#define CONTROL_RESET_H

#include "http/server.h"

enum verdict reset_post(void *context, struct exchange *exchange);

#endif
