/* The first byte says which call under /_mock, the rest is its body: it is taken, or refused with a reason, and what there
 * is then can be listed. That every answer is as schema/control.json has it, the stage sees to. */
#include "fuzz/staged.h"

#include <check.h>
#include <stdint.h>

enum { MS_BETWEEN = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct stage *stage, struct client *client)
{
    int status = client_answer(client)->status;

    ck_assert_msg(status < 300 || status == 400 || status == 409 || status == 413 || status == 422 || status == 503,
                  "answered %d: %s", status, client_answer(client)->body);
    world_advance(stage, MS_BETWEEN);
    world_ask(stage, "GET /_mock/scenarios", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /_mock/predictions", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /_mock/inbox/a", NULL, NULL, 200, NULL);
    if (status == 503) // there is room for no more
        world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct staged control = {
        .options = "--max-body 16KiB --max-memory 1MiB --max-predictions 50 --unknown-models accept", .check = check};
    static const char *const calls[] = {"POST /_mock/predictions", "POST /_mock/scenarios", "PUT /_mock/clock",
                                        "PUT /_mock/inbox/a", "POST /_mock/reset"};

    if (size > 0)
        staged_send(&control, calls[data[0] % (sizeof(calls) / sizeof(*calls))], (const char *)data + 1, size - 1);
    return 0;
}
