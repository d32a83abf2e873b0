/* GET /openapi.json: what this API is, as text for people and generators. */
#ifndef API_DESCRIPTION_H
#define API_DESCRIPTION_H

#include "http/server.h"

enum verdict description_get(void *context, struct exchange *exchange);

#endif
