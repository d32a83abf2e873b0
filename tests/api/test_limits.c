/* The rate limiter as clients see it: headers on every answer, bodies in Replicate's own words, the simulated clock. */
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

#define GET_IT "GET /v1/predictions/{id}"

/* The headers of the last answer; "-" where there is none. */
static void expect_headers(struct stage *stage, const char *remaining, const char *reset)
{
    ck_assert_str_eq(answer_header(world_answer(stage), "ratelimit-remaining"), remaining);
    ck_assert_str_eq(answer_header(world_answer(stage), "ratelimit-reset"), reset);
}

static void expect_body(struct stage *stage, const char *body)
{
    ck_assert_str_eq(world_answer(stage)->body, body);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "application/problem+json");
}

static void create(struct stage *stage, int status)
{
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, status, NULL);
}

START_TEST(test_off_shows_a_full_bucket)
{
    struct stage *stage = world_new("");

    for (int i = 0; i < 3; i++) {
        create(stage, 201);
        expect_headers(stage, "599", "1");
        world_ask(stage, GET_IT, NULL, NULL, 200, NULL);
        expect_headers(stage, "2999", "1");
    }
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    expect_headers(stage, "2999", "1");
    world_ask(stage, "POST /v1/predictions", NULL, "{}", 422, NULL);
    expect_headers(stage, "599", "1");
    world_ask(stage, "GET /v1/predictions/nothing", NULL, NULL, 404, NULL);
    expect_headers(stage, "2999", "1");
    world_free(stage);
}
END_TEST

START_TEST(test_an_answer_that_is_kept_has_them_too)
{
    struct stage *stage = world_new("");

    create(stage, 201);
    world_advance(stage, 2000);
    for (int i = 0; i < 3; i++) { // the first is written, the others were kept
        world_ask(stage, GET_IT, NULL, NULL, 200, "{'status':'succeeded'}");
        expect_headers(stage, "2999", "1");
        ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "application/json");
    }
    world_free(stage);
}
END_TEST

START_TEST(test_waiting_for_the_output)
{
    struct stage *stage = world_new("--rate-limit default");

    world_send(stage, "POST /v1/predictions", "Prefer: wait", CREATE);
    world_advance(stage, 1100);
    world_expect(stage, 201, "{'output':['*']}");
    expect_headers(stage, "599", "1"); // as they were when the request came
    world_free(stage);
}
END_TEST

START_TEST(test_where_there_are_none)
{
    struct stage *stage = world_new("--rate-limit default");

    world_ask(stage, "GET /v1/predictions", "Authorization: -", NULL, 401, NULL);
    expect_headers(stage, "", "");
    world_ask(stage, "GET /v1/nothing", NULL, NULL, 404, NULL);
    expect_headers(stage, "", "");
    world_ask(stage, "GET /_mock/clock", NULL, NULL, 200, NULL);
    expect_headers(stage, "", "");
    create(stage, 201);
    world_advance(stage, 2000);
    world_ask(stage, GET_IT, NULL, NULL, 200, NULL);
    char request[256];
    snprintf(request, sizeof(request), "GET %s", strstr(world_text(stage, "output.0"), "/delivery/"));
    world_ask(stage, request, NULL, NULL, 200, NULL);
    expect_headers(stage, "", "");
    world_free(stage);
}
END_TEST

START_TEST(test_low_credit_in_recorded_words)
{
    struct stage *stage = world_new("--rate-limit low-credit");

    create(stage, 201);
    expect_headers(stage, "0", "10");
    world_advance(stage, 5000);
    create(stage, 429);
    expect_headers(stage, "0", "5");
    expect_body(stage,
                "{\"detail\":\"Request was throttled. Your rate limit for creating predictions is reduced to 6 "
                "requests per minute with a burst of 1 requests while you have less than $5.0 in credit. Your rate "
                "limit resets in ~5s.\",\"status\":429,\"retry_after\":5}\n");
    ck_assert_str_eq(answer_header(world_answer(stage), "Retry-After"), "5");
    world_ask(stage, GET_IT, NULL, NULL, 200, NULL); // of another bucket
    expect_headers(stage, "2999", "1");
    world_advance(stage, 4999.999);
    create(stage, 429);
    world_advance(stage, 0.001);
    create(stage, 201);
    world_free(stage);
}
END_TEST

START_TEST(test_low_credit_runs_out)
{
    struct stage *stage = world_new("--rate-limit low-credit");

    for (int i = 0; i < 20; i++) {
        create(stage, 201);
        world_advance(stage, 10000);
    }
    for (int i = 0; i < 2; i++) {
        create(stage, 402);
        expect_headers(stage, "1", "0");
        expect_body(stage,
                    "{\"title\":\"Insufficient credit\",\"detail\":\"You have insufficient credit to run this model. "
                    "Go to https://replicate.com/account/billing#billing to purchase credit. Once you purchase "
                    "credit, please wait a few minutes before trying again.\",\"status\":402}\n");
    }
    world_ask(stage, GET_IT, NULL, NULL, 200, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, "{'worlds':1}");
    create(stage, 201);
    world_free(stage);
}
END_TEST

START_TEST(test_so_many_a_minute)
{
    struct stage *stage = world_new("--rate-limit 2/min");

    create(stage, 201);
    expect_headers(stage, "1", "30");
    create(stage, 201);
    expect_headers(stage, "0", "60");
    create(stage, 429);
    expect_headers(stage, "0", "60");
    expect_body(stage, "{\"detail\":\"Request was throttled. Your rate limit resets in ~30s.\",\"status\":429,"
                       "\"retry_after\":30}\n");
    ck_assert_str_eq(answer_header(world_answer(stage), "Retry-After"), "30");
    world_advance(stage, 30000);
    create(stage, 201);
    create(stage, 429);
    world_free(stage);
}
END_TEST

START_TEST(test_the_clock_is_the_worlds)
{
    struct stage *stage = world_new("--rate-limit 1/min --clock manual");

    create(stage, 201);
    world_advance(stage, 3600000); // of real time
    create(stage, 429);
    world_ask(stage, "POST /_mock/clock/advance", "Content-Type: application/json", "{'by':'1m'}", 200, NULL);
    create(stage, 201);
    world_free(stage);
}
END_TEST

START_TEST(test_others_have_a_bucket_of_their_own)
{
    struct stage *stage = world_new("--rate-limit 1/min");
    char expected[16];

    for (int i = 1; i <= 3000; i++) {
        world_ask(stage, "GET /v1/predictions/nothing", NULL, NULL, 404, NULL);
        snprintf(expected, sizeof(expected), "%d", 3000 - i);
        expect_headers(stage, expected, i <= 50 ? "1" : answer_header(world_answer(stage), "ratelimit-reset"));
    }
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 429, "{'retry_after':1}");
    expect_headers(stage, "0", "60");
    create(stage, 201);
    world_advance(stage, 20);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_each_world_has_its_own_and_reset_fills_them)
{
    struct stage *stage = world_new("--rate-limit 1/min");

    create(stage, 201);
    create(stage, 429);
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer other", CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/reset", "Content-Type: application/json", "{'keep':['predictions','clock']}", 200,
              NULL);
    create(stage, 201);
    create(stage, 429);
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer other", CREATE, 429, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_a_browser_may_read_the_refusal)
{
    struct stage *stage = world_new("--rate-limit 1/min");

    create(stage, 201);
    world_ask(stage, "POST /v1/predictions", "Origin: https://app.example", CREATE, 429, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Access-Control-Allow-Origin"), "*");
    world_free(stage);
}
END_TEST

SUITE("limits", test_off_shows_a_full_bucket, test_an_answer_that_is_kept_has_them_too, test_waiting_for_the_output,
      test_where_there_are_none, test_low_credit_in_recorded_words, test_low_credit_runs_out, test_so_many_a_minute,
      test_the_clock_is_the_worlds, test_others_have_a_bucket_of_their_own,
      test_each_world_has_its_own_and_reset_fills_them, test_a_browser_may_read_the_refusal);
