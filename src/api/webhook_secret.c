#include "api/webhook_secret.h"
#include "api/reply.h"

enum verdict webhook_secret_get(void *context, struct exchange *exchange)
{
    const struct api *api = context;

    buf_printf(&exchange->response.body, "{\"key\":\"%s\"}\n", api->webhook_secret); // base64 needs no escapes
    return reply_json(exchange, 200);
}
