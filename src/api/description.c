#include "api/description.h"
#include "api/reply.h"
#include "base/embed.h"

enum verdict description_get(void *context, struct exchange *exchange)
{
    const struct embedded *file = embedded_find("schema/openapi.json");

    (void)context;
    buf_add(&exchange->response.body, file->data, file->len);
    return reply_json(exchange, 200);
}
