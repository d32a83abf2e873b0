#include "control/fixtures.h"
#include "base/embed.h"
#include "http/problem.h"

enum verdict fixtures_get(void *context, struct exchange *exchange)
{
    const char *name = exchange->request.params[0], *dot = strrchr(name, '.');
    const struct embedded *file = embedded_find(arena_printf(&exchange->arena, "fixtures/%s", name));

    (void)context;
    if (!file) {
        problem(&exchange->response, 404, NULL, "There is no fixture of that name.");
        return VERDICT_ANSWER;
    }
    buf_add(&exchange->response.body, file->data, file->len);
    exchange->response.status = 200;
    exchange->response.content_type = dot && strcmp(dot, ".png") == 0 ? "image/png" : CONTENT_JSON;
    return VERDICT_ANSWER;
}
