/* GET /_mock/openapi.json: what these calls are. */
#ifndef CONTROL_DESCRIPTION_H
#define CONTROL_DESCRIPTION_H

#include "http/server.h"

enum verdict control_description_get(void *context, struct exchange *exchange);

#endif
