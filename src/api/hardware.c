#include "api/hardware.h"
#include "api/reply.h"

static const struct {
    const char *sku, *name;
} all[] = {
    {"cpu", "CPU"},
    {"cpu-small", "CPU (Small)"},
    {"gpu-t4", "Nvidia T4 GPU"},
    {"gpu-l40s", "Nvidia L40S GPU"},
    {"gpu-l40s-2x", "2x Nvidia L40S GPU"},
    {"gpu-a100-large", "Nvidia A100 (80GB) GPU"},
    {"gpu-a100-large-2x", "2x Nvidia A100 (80GB) GPU"},
    {"gpu-h100", "Nvidia H100 GPU"},
};

/* "Bare JSON array, sku then name" [recorded]. */
enum verdict hardware_list(void *context, struct exchange *exchange)
{
    struct buf *out = &exchange->response.body;

    (void)context;
    buf_char(out, '[');
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        buf_printf(out, "%s{\"sku\":\"%s\",\"name\":\"%s\"}", i > 0 ? "," : "", all[i].sku, all[i].name);
    buf_char(out, ']');
    return reply_json(exchange, 200);
}
