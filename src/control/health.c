#include "control/health.h"
#include "control/control.h"
#include "core/store.h"

enum verdict health_get(void *context, struct exchange *exchange)
{
    const struct control *control = context;

    buf_printf(&exchange->response.body, "{\"status\":\"ok\",\"version\":\"%s\",\"worlds\":%zu,\"predictions\":%zu}",
               control->version, worlds_count(control->worlds), control->worlds->store->count);
    return control_answer(exchange, 200);
}
