#include "api/webhook_secret.h"
#include "api/api.h"

enum verdict webhook_secret_get(void *context, struct exchange *exchange)
{
    const struct api *api = context;
    struct response *response = &exchange->response;

    buf_printf(&response->body, "{\"key\":\"%s\"}\n", api->webhook_secret); // base64 needs no escapes
    response->status = 200;
    response->content_type = CONTENT_JSON;
    api_allow_any_origin(exchange);
    return VERDICT_ANSWER;
}
