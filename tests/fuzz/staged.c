#include "fuzz/staged.h"
#include "base/buf.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

enum { INPUTS_A_STAGE = 1000 };

static const struct staged *target;
static struct stage *stage;
static struct client *client;
static struct buf request;
static size_t left; // inputs until the stage is struck

START_TEST(test_one)
{
    if (!stage) {
        stage = world_new(target->options);
        left = INPUTS_A_STAGE;
    }
    if (!client || client_is_closed(client))
        client = world_client(stage);
    client_send_raw(client, request.data, request.len);
    client_expect(client, 0, target->json);
    target->check(stage, client);
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

/* libFuzzer's timer stands still meanwhile: check has a handler of its own for its signal, which kills the process group. */
static void run(const TTest *test)
{
    const struct itimerval stopped = {0};
    struct itimerval timer;
    Suite *suite = suite_create("fuzz");
    TCase *tcase = tcase_create("fuzz");
    SRunner *runner = srunner_create(suite);
    TestResult **failures;

    tcase_add_test(tcase, test);
    suite_add_tcase(suite, tcase);
    srunner_set_fork_status(runner, CK_NOFORK);
    setitimer(ITIMER_REAL, &stopped, &timer);
    srunner_run_all(runner, CK_SILENT);
    setitimer(ITIMER_REAL, &timer, NULL);
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

void staged_send(const struct staged *what, const char *line, const char *body, size_t len)
{
    if (!target)
        atexit(strike);
    target = what;
    request.len = 0;
    buf_printf(&request,
               "%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test\r\n"
               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
               line, len);
    buf_add(&request, body, len);
    run(test_one);
    if (--left == 0)
        run(test_nothing_is_left);
}
