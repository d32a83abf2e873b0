/* Any bytes as the body of POST /v1/predictions, through the whole program: it answers 201, 400, 413 or 422, in
 * JSON, and a prediction that it made can be read. Nothing is left behind, seen whenever the stage is struck.
 *
 * The stage asserts with check, whose asserts need a runner around them: each input is a test of its own, in this
 * very process. One that fails ends it. */
#include "base/buf.h"
#include "lib/world.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUTS_A_STAGE = 1000, MS_BETWEEN = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct stage *stage;
static struct client *client;
static struct buf request;
static size_t left; // inputs until the stage is struck

static void send_request(void)
{
    client_send_raw(client, request.data, request.len);
    client_expect(client, 0, "'*'");
}

START_TEST(test_create)
{
    if (!stage) {
        stage = world_new("--max-body 4KiB --boot 5ms --predict 20ms --retention 100ms --max-predictions 50");
        left = INPUTS_A_STAGE;
    }
    if (!client || client_is_closed(client))
        client = world_client(stage);
    send_request();
    int status = client_answer(client)->status;
    ck_assert_msg(status == 201 || status == 400 || status == 413 || status == 422, "answered %d: %s", status,
                  client_answer(client)->body);
    world_advance(stage, MS_BETWEEN);
    if (status == 201)
        world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'id':'{id}','error':null}");
}
END_TEST

START_TEST(test_nothing_is_left)
{
    if (stage)
        world_free(stage);
    stage = NULL;
    client = NULL;
}
END_TEST

static void run(const TTest *test)
{
    Suite *suite = suite_create("fuzz");
    TCase *tcase = tcase_create("fuzz");
    SRunner *runner = srunner_create(suite);
    TestResult **failures;

    tcase_add_test(tcase, test);
    suite_add_tcase(suite, tcase);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_SILENT);
    if (srunner_ntests_failed(runner) > 0) {
        failures = srunner_failures(runner);
        fprintf(stderr, "broken: %s:%d: %s\n", tr_lfile(failures[0]), tr_lno(failures[0]), tr_msg(failures[0]));
        abort();
    }
    srunner_free(runner);
}

static void strike(void)
{
    run(test_nothing_is_left);
    buf_free(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_first = true;

    if (is_first)
        atexit(strike);
    is_first = false;
    request.len = 0;
    buf_printf(&request,
               "POST /v1/predictions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test\r\n"
               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
               size);
    buf_add(&request, data, size);
    run(test_create);
    if (--left == 0)
        run(test_nothing_is_left);
    return 0;
}
