/* GET /_mock/health. */
#ifndef CONTROL_HEALTH_H
#define CONTROL_HEALTH_H

#include "http/server.h"

enum verdict health_get(void *context, struct exchange *exchange);

#endif
