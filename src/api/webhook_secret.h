/* GET /v1/webhooks/default/secret: what receivers check signatures with. */
#ifndef API_WEBHOOK_SECRET_H
#define API_WEBHOOK_SECRET_H

#include "http/server.h"

enum verdict webhook_secret_get(void *context, struct exchange *exchange);

#endif
