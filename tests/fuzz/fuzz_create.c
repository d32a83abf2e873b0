/* Any bytes as the body of POST /v1/predictions, through the whole program: it answers 201, 400, 413 or 422, in
 * JSON, and a prediction that it made can be read. */
#include "fuzz/staged.h"

#include <check.h>
#include <stdint.h>

enum { MS_BETWEEN = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct stage *stage, struct client *client)
{
    int status = client_answer(client)->status;

    ck_assert_msg(status == 201 || status == 400 || status == 413 || status == 422, "answered %d: %s", status,
                  client_answer(client)->body);
    world_advance(stage, MS_BETWEEN);
    if (status == 201)
        world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'id':'{id}','error':null}");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct staged create = {
        .options = "--max-body 4KiB --boot 5ms --predict 20ms --retention 100ms --max-predictions 50",
        .json = "'*'",
        .check = check};

    staged_send(&create, "POST /v1/predictions", (const char *)data, size);
    return 0;
}
