#include "control/description.h"
#include "base/embed.h"
#include "control/control.h"

enum verdict control_description_get(void *context, struct exchange *exchange)
{
    const struct embedded *file = embedded_find("schema/control.json");

    (void)context;
    buf_add(&exchange->response.body, file->data, file->len);
    return control_answer(exchange, 200);
}
