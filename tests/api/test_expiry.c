/* Output files expire an hour after their prediction's end, on its world's clock. */
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

#define MANUAL "--clock manual --start-time " STAGE_START

/* A model whose files come one by one. */
#define SLIDES                                                                                                         \
    "{'owner':'acme','name':'slides','latest_version':{'id':'slides','openapi_schema':{'components':{'schemas':{"      \
    "'Input':{'type':'object'},'Output':{'type':'array','items':{'type':'string','format':'uri'},"                     \
    "'x-cog-array-type':'iterator'}}}}}}"
#define LINES                                                                                                          \
    "{'owner':'acme','name':'lines','latest_version':{'id':'lines','openapi_schema':{'components':{'schemas':{"        \
    "'Input':{'type':'object'},'Output':{'type':'string'}}}}}}"

/* Moves the clock, and exactly this happens. */
static void advance(struct stage *stage, const char *by, const char *fired)
{
    char body[64], expected[1024];

    snprintf(body, sizeof(body), "{'by':'%s'}", by);
    snprintf(expected, sizeof(expected), "{'fired':[%s]}", fired);
    world_ask(stage, "POST /_mock/clock/advance", NULL, body, 200, expected);
}

/* "GET /delivery/…" of the first file of the prediction, which shows it now. */
static const char *first_file(struct stage *stage)
{
    static char request[256];

    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'output':'*'}");
    snprintf(request, sizeof(request), "GET %s", world_text(stage, "output.0") + strlen("http://localhost"));
    return request;
}

static void expect_gone(struct stage *stage, const char *request)
{
    char head[256];

    world_ask(stage, request, NULL, NULL, 404, NULL);
    ck_assert_str_eq(world_answer(stage)->body, "{\"detail\":\"File not found\"}\n");
    ck_assert_str_eq(answer_header(world_answer(stage), "Access-Control-Allow-Origin"), "*");
    world_ask(stage, request, "If-None-Match: *\nRange: bytes=0-9", NULL, 404, NULL);
    snprintf(head, sizeof(head), "HEAD%s", request + strlen("GET"));
    world_ask(stage, head, NULL, NULL, 404, NULL);
}

START_TEST(test_an_hour_after_the_end)
{
    struct stage *stage = world_new(MANUAL " --retention 2h");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    advance(stage, "1100ms", "{'what':'prediction.processing'},{'what':'prediction.succeeded'}");
    const char *file = first_file(stage);
    advance(stage, "3599999ms", "");
    world_ask(stage, file, "Authorization: -", NULL, 200, NULL);
    advance(stage, "1ms", "{'at':'2026-01-01T01:00:01.1Z','what':'file.expired','id':'{id}'}");
    expect_gone(stage, file);
    first_file(stage); // the prediction still says where it was
    advance(stage, "1h", "{'at':'2026-01-01T02:00:01.1Z','what':'prediction.removed','id':'{id}'}");
    expect_gone(stage, file);
    advance(stage, "1000h", "");
    world_free(stage);
}
END_TEST

START_TEST(test_with_the_data_files_go_first)
{
    struct stage *stage = world_new(MANUAL);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    advance(stage, "1h", "'*','*'");
    advance(stage, "1h",
            "{'at':'2026-01-01T01:00:01.1Z','what':'file.expired','id':'{id}'},"
            "{'at':'2026-01-01T01:00:01.1Z','what':'prediction.removed','id':'{id}'}");
    world_free(stage);
}
END_TEST

START_TEST(test_data_that_goes_before_takes_them_along)
{
    struct stage *stage = world_new(MANUAL " --retention 30m");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    advance(stage, "10m", "'*','*'");
    const char *file = first_file(stage);
    advance(stage, "30m", "{'at':'2026-01-01T00:30:01.1Z','what':'prediction.removed','id':'{id}'}");
    expect_gone(stage, file);
    advance(stage, "10h", "");
    world_free(stage);
}
END_TEST

START_TEST(test_files_of_a_canceled_one)
{
    struct stage *stage = world_new(MANUAL " --retention 0 --predict 10h");

    world_add_model(stage, SLIDES);
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'slides','input':{}}", 201, NULL);
    advance(stage, "8h", "{'what':'prediction.processing'}");
    const char *file = first_file(stage); // after five hours came the first of two
    world_ask(stage, file, NULL, NULL, 200, NULL);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, NULL);
    advance(stage, "3599s", "");
    world_ask(stage, file, NULL, NULL, 200, NULL);
    advance(stage, "1s", "{'at':'2026-01-01T09:00:00Z','what':'file.expired','id':'{id}'}");
    expect_gone(stage, file);
    world_free(stage);
}
END_TEST

START_TEST(test_where_there_is_no_file_none_expires)
{
    struct stage *stage = world_new(MANUAL " --retention 0");

    world_add_model(stage, SLIDES);
    world_add_model(stage, LINES);
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'lines','input':{}}", 201, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'slides','input':{}}", 201, NULL);
    advance(stage, "200ms", "'*','*'");
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, NULL); // before the first file
    advance(stage, "100h", "{'what':'prediction.succeeded'}");
    world_free(stage);
}
END_TEST

START_TEST(test_each_prediction_once_in_the_order_of_their_ends)
{
    struct stage *stage = world_new(MANUAL " --retention 0");
    char first[64], fired[256];

    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'" VERSION "','input':{" INPUT ",'num_outputs':4,'return_reference_image':true}}", 201, NULL);
    snprintf(first, sizeof(first), "%s", world_id(stage));
    advance(stage, "500ms", "'*'");
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    advance(stage, "10s", "'*','*','*'");
    snprintf(fired, sizeof(fired),
             "{'at':'2026-01-01T01:00:01.1Z','what':'file.expired','id':'%s'},"
             "{'at':'2026-01-01T01:00:01.6Z','what':'file.expired','id':'{id}'}",
             first);
    advance(stage, "10h", fired);
    world_free(stage);
}
END_TEST

START_TEST(test_on_a_clock_that_runs)
{
    struct stage *stage = world_new("--speed 60 --retention 0");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 20); // 1.2 s there
    const char *file = first_file(stage);
    world_advance(stage, 59990); // 3599.4 s
    world_ask(stage, file, NULL, NULL, 200, NULL);
    world_advance(stage, 10);
    expect_gone(stage, file);
    world_free(stage);
}
END_TEST

START_TEST(test_when_the_clock_is_put_on)
{
    struct stage *stage = world_new("--retention 0");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 1100);
    const char *file = first_file(stage);
    world_ask(stage, "PUT /_mock/clock", NULL, "{'mode':'manual','now':'2026-01-01T01:00:01.099Z'}", 200, NULL);
    world_ask(stage, file, NULL, NULL, 200, NULL);
    world_ask(stage, "PUT /_mock/clock", NULL, "{'now':'2026-01-01T01:00:01.1Z'}", 200, NULL);
    expect_gone(stage, file);
    world_ask(stage, "PUT /_mock/clock", NULL, "{'mode':'real'}", 200, NULL);
    world_ask(stage, "POST /_mock/settle", NULL, NULL, 200, NULL);
    expect_gone(stage, file);
    world_free(stage);
}
END_TEST

START_TEST(test_a_reset_forgets_them)
{
    struct stage *stage = world_new(MANUAL " --retention 0");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    advance(stage, "2s", "'*','*'");
    const char *file = first_file(stage);
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['clock']}", 200, NULL);
    expect_gone(stage, file);
    advance(stage, "10h", "");
    world_free(stage);
}
END_TEST

SUITE("expiry", test_an_hour_after_the_end, test_with_the_data_files_go_first,
      test_data_that_goes_before_takes_them_along, test_files_of_a_canceled_one,
      test_where_there_is_no_file_none_expires, test_each_prediction_once_in_the_order_of_their_ends,
      test_on_a_clock_that_runs, test_when_the_clock_is_put_on, test_a_reset_forgets_them);
