/* Whose time it is: all that waits, waits by its world's clock, whether that runs, runs fast, or stands and is moved; and
 * where it is stopped, everything goes on later from where it stood. */
#include "lib/suite.h"
#include "lib/world.h"

#include "base/buf.h"
#include "core/world.h"

#include <stdio.h>
#include <string.h>

#define JSON    "Content-Type: application/json"
#define HOOK    "http://app.test/hook"
#define STARTED "--seed 7 --start-time " STAGE_START
#define MANUAL  "--clock manual " STARTED
#define HOOKED  "{'version':'" VERSION "','input':{" INPUT ",'seed':7},'webhook':'" HOOK "'"

/* A model whose output grows: with --boot 100ms --predict 1600ms a word every 100 ms, the first after 200. */
#define MODEL                                                                                                          \
    "{'owner':'acme','name':'writer','latest_version':{'id':'w1','openapi_schema':{'components':{'schemas':{"          \
    "'Input':{'type':'object'},'Output':{'type':'array','items':{'type':'string'},'x-cog-array-type':'iterator'}}}}}}"
#define WRITE "{'version':'w1','input':{}}"
#define WRITING                                                                                                        \
    "{'version':'w1','input':{},'webhook':'" HOOK "','webhook_events_filter':['start','output','completed']}"
#define IN_A_MOMENT "--boot 100ms --predict 1600ms "

/* The oldest message under way, whole. */
static void write_down_hook(struct stage *stage, struct buf *all)
{
    size_t len;
    const char *body = world_hook_body(stage, &len);

    buf_printf(all, "%s %s %s\n%.*s\n", world_hook_header(stage, "webhook-id"),
               world_hook_header(stage, "webhook-timestamp"), world_hook_header(stage, "webhook-signature"), (int)len,
               body);
}

static void write_down(struct stage *stage, struct buf *all, const char *request)
{
    world_ask(stage, request, NULL, NULL, 200, NULL);
    buf_printf(all, "%s\n%s\n", request, world_answer(stage)->body);
}

/* Not by ck_assert_str_eq, which cannot say so much. */
static void expect_same(struct buf *first, struct buf *second)
{
    const char *one = buf_cstr(first), *other = buf_cstr(second);
    size_t at = 0;

    while (one[at] && one[at] == other[at])
        at++;
    ck_assert_msg(one[at] == other[at], "byte %zu: %.300s\nnot %.300s", at, one + (at > 100 ? at - 100 : 0),
                  other + (at > 100 ? at - 100 : 0));
}

/* --- ten minutes ---------------------------------------------------------------------------------------------------- */

/* "A 10-minute story (boot, run, three webhook retries, expiry) runs in milliseconds": a cold boot of five minutes;
 * and an hour more, after which files and data go. Appends all that was answered and sent. */
static void tell_ten_minutes(struct buf *all)
{
    struct stage *stage = world_new(MANUAL);
    struct client *tester = world_client(stage);
    int64_t real = app_worlds(world_app(stage))->base->mono;
    int failures = 3;

    world_ask(stage, "POST /_mock/scenarios", JSON, "{'prediction':{'boot':'5m'},'times':1}", 201, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, HOOKED ",'webhook_events_filter':['start','completed']}", 201, NULL);
    buf_printf(all, "%s", world_answer(stage)->body);
    client_send(tester, "POST /_mock/clock/advance", NULL, "{'by':'10m'}");
    while (world_hooks(stage) > 0) {
        client_expect_waiting(tester); // its clock does not move past a message under way
        write_down_hook(stage, all);
        bool starts = strstr(buf_cstr(all), "succeeded") == NULL;
        world_hook_answer(stage, starts || failures-- == 0 ? 200 : 503);
    }
    client_expect(tester, 200,
                  "{'now':'2026-01-01T00:10:00Z','fired':["
                  "{'at':'2026-01-01T00:05:00Z','what':'prediction.processing','id':'{id}'},"
                  "{'at':'2026-01-01T00:05:00Z','what':'webhook.attempt'},"
                  "{'at':'2026-01-01T00:05:01Z','what':'prediction.succeeded','id':'{id}'},"
                  "{'at':'2026-01-01T00:05:01Z','what':'webhook.attempt'},"
                  "{'at':'2026-01-01T00:05:02Z','what':'webhook.attempt'},"
                  "{'at':'2026-01-01T00:05:04Z','what':'webhook.attempt'},"
                  "{'at':'2026-01-01T00:05:08Z','what':'webhook.attempt'}]}");
    buf_printf(all, "%s\n", client_answer(tester)->body);
    write_down(stage, all, "GET /v1/predictions/{id}");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1h'}", 200,
              "{'now':'2026-01-01T01:10:00Z','fired':["
              "{'at':'2026-01-01T01:05:01Z','what':'file.expired','id':'{id}'},"
              "{'at':'2026-01-01T01:05:01Z','what':'prediction.removed','id':'{id}'}]}");
    buf_printf(all, "%s\n", world_answer(stage)->body);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'succeeded','data_removed':true,'output':null,'started_at':'2026-01-01T00:05:00Z',"
              "'completed_at':'2026-01-01T00:05:01Z','metrics':{'predict_time':1,'total_time':301}}");
    write_down(stage, all, "GET /v1/predictions");
    write_down(stage, all, "GET /_mock/webhooks");
    write_down(stage, all, "GET /_mock/scenarios");
    write_down(stage, all, "GET /_mock/requests");
    ck_assert_int_eq(app_worlds(world_app(stage))->base->mono, real); // no real time has passed
    world_free(stage);
}

START_TEST(test_ten_minutes_are_the_same_twice)
{
    struct buf first = {0}, second = {0};

    tell_ten_minutes(&first);
    tell_ten_minutes(&second);
    expect_same(&first, &second);
    buf_free(&first);
    buf_free(&second);
}
END_TEST

/* --- clocks of all kinds -------------------------------------------------------------------------------------------- */

#define LIMITED " " IN_A_MOMENT "--rate-limit 3/min --retention 30s"

enum { STEP = 25 }; // ms, of which everything below is a multiple

/* So many milliseconds pass: by themselves, or by advances of a manual clock. What is sent meanwhile is written down, and
 * answered: the first `failures` ends by a 500. */
static void pass(struct stage *stage, struct buf *all, bool manual, int ms, int *failures)
{
    struct client *tester = world_client(stage);

    for (int at = 0; at < ms; at += STEP) {
        if (manual)
            client_send(tester, "POST /_mock/clock/advance", NULL, "{'by':'25ms'}");
        else
            world_advance(stage, STEP);
        while (world_hooks(stage) > 0) {
            write_down_hook(stage, all);
            world_hook_answer(stage, strstr(buf_cstr(all), "succeeded") && (*failures)-- > 0 ? 500 : 200);
        }
        if (manual)
            client_expect(tester, 200, NULL);
    }
    client_leave(tester);
}

/* Waits, throttled messages, a retry, the limiter, the expiry of files and the removal of data, on a clock that
 * runs, or on one that is moved. Appends what was said of it at which simulated time. */
static void tell_by(struct buf *all, bool manual)
{
    struct stage *stage = world_new(manual ? MANUAL LIMITED : STARTED LIMITED);
    struct client *waits = world_client(stage), *stays = world_client(stage);
    int failures = 2;

    world_add_model(stage, MODEL);
    world_ask(stage, "POST /v1/predictions", NULL, WRITING, 201, NULL);
    buf_printf(all, "%s", world_answer(stage)->body);
    client_send(waits, "POST /v1/predictions", "Prefer: wait=1", "{'version':'w1','input':{'n':2}}");
    client_send(stays, "POST /v1/predictions", "Prefer: wait=2\nCancel-After: 10s", "{'version':'w1','input':{'n':3}}");
    world_ask(stage, "POST /v1/predictions", NULL, WRITE, 429, NULL); // three a minute
    buf_printf(all, "%s%s", answer_header(world_answer(stage), "retry-after"), world_answer(stage)->body);
    pass(stage, all, manual, 1000 - STEP, &failures);
    client_expect_waiting(waits);
    pass(stage, all, manual, STEP, &failures);
    client_expect(waits, 202, "{'status':'starting','output':null}");
    client_expect_waiting(stays);
    pass(stage, all, manual, 700, &failures);
    client_expect(stays, 201, "{'output':'*'}");
    buf_printf(all, "%s%s", client_answer(waits)->body, client_answer(stays)->body);
    pass(stage, all, manual, 18300 - STEP, &failures);
    world_ask(stage, "POST /v1/predictions", NULL, WRITE, 429, NULL);
    pass(stage, all, manual, STEP, &failures);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL); // at 20 s; ends at 21.7
    char file[256];
    pass(stage, all, manual, 1700, &failures);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, NULL);
    snprintf(file, sizeof(file), "GET %s", strstr(world_text(stage, "output.0"), "/delivery/"));
    pass(stage, all, manual, 30000 - STEP, &failures);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'data_removed':false}");
    pass(stage, all, manual, STEP, &failures);
    write_down(stage, all, "GET /v1/predictions");
    ck_assert(!strstr(world_answer(stage)->body, "\"data_removed\":false"));
    world_ask(stage, file, "Authorization: -", NULL, 404, NULL);
    world_free(stage);
}

START_TEST(test_all_clocks_tell_the_same)
{
    struct buf runs = {0}, moved = {0};

    tell_by(&runs, false);
    tell_by(&moved, true);
    expect_same(&runs, &moved);
    buf_free(&runs);
    buf_free(&moved);
}
END_TEST

/* --- freezing and thawing ------------------------------------------------------------------------------------------- */

#define A_MOMENT 1.00001 /* ms: a clock that is faster or slower than the real one is rounded, by nanoseconds */

/* So many events of output have come in all. */
static int events(struct client *client)
{
    int count = 0;

    for (const char *at = client_stream(client); (at = strstr(at, "event: output")); at++)
        count++;
    return count;
}

static void set_clock(struct stage *stage, const char *change, const char *now)
{
    char expected[64];

    snprintf(expected, sizeof(expected), "{'now':'2026-01-01T00:00:%sZ'}", now);
    world_ask(stage, "PUT /_mock/clock", JSON, change, 200, expected);
}

/* A prediction whose webhook has failed, and one that writes, for which one client waits while another reads: at 2.2 s. */
static struct stage *in_the_middle(struct client **waits, struct client **reads)
{
    struct stage *stage = world_new(STARTED " " IN_A_MOMENT "--rate-limit 2/min");

    world_add_model(stage, MODEL);
    *waits = world_client(stage);
    *reads = world_client(stage);
    world_ask(stage, "POST /v1/predictions", NULL, HOOKED ",'webhook_events_filter':['completed']}", 201, NULL);
    world_advance(stage, 1700);
    world_hook_answer(stage, 500); // again at 2.7 s
    client_send(*waits, "POST /v1/predictions", "Prefer: wait=30", WRITE);
    world_ask(stage, "GET /v1/predictions?limit=1", NULL, NULL, 200, NULL);
    char request[256];
    snprintf(request, sizeof(request), "GET %s", strstr(world_text(stage, "results.0.urls.stream"), "/v1/"));
    client_send(*reads, request, "Authorization: -", NULL);
    for (int i = 0; i < 5; i++)
        world_advance(stage, 100);
    ck_assert_int_eq(events(*reads), 4); // words come at 1.9, 2.0, 2.1, 2.2 s
    client_expect_waiting(*waits);
    return stage;
}

START_TEST(test_what_is_frozen_stands)
{
    struct client *waits, *reads;
    struct stage *stage = in_the_middle(&waits, &reads);

    set_clock(stage, "{'mode':'manual'}", "02.2");
    world_advance(stage, 10000); // of real time
    ck_assert_uint_eq(world_hooks(stage), 0);
    ck_assert_int_eq(events(reads), 4);
    client_expect_waiting(waits);
    world_ask(stage, "POST /v1/predictions", NULL, WRITE, 429, "{'retry_after':28}"); // 30 s after the first
    set_clock(stage, "{}", "02.2");
    world_ask(stage, "POST /_mock/clock/advance", JSON, "{'by':'100ms'}", 200, "{'now':'2026-01-01T00:00:02.3Z'}");
    ck_assert_int_eq(events(reads), 5);
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_thawed_goes_on)
{
    struct client *waits, *reads;
    struct stage *stage = in_the_middle(&waits, &reads);

    set_clock(stage, "{'mode':'manual'}", "02.2");
    world_advance(stage, 10000);
    set_clock(stage, "{'mode':'real','speed':2}", "02.2");
    world_advance(stage, 49);
    ck_assert_int_eq(events(reads), 4);
    world_advance(stage, A_MOMENT); // 2.3 s
    ck_assert_int_eq(events(reads), 5);
    world_advance(stage, 199);
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_advance(stage, A_MOMENT); // 2.7 s
    world_hook(stage, HOOK, "{'status':'succeeded'}");
    world_ask(stage, "PUT /_mock/clock", JSON, "{'speed':0.5}", 200, NULL); // at 2.7 s
    world_advance(stage, 1399);
    client_expect_waiting(waits);
    world_advance(stage, A_MOMENT); // 3.4 s
    client_expect(waits, 201, "{'output':'*'}");
    ck_assert(strstr(client_stream(reads), "event: done"));
    world_ask(stage, "GET /_mock/webhooks?limit=1", NULL, NULL, 200,
              "{'results':[{'attempts':[{'status':500},{'status':200}]}]}");
    world_ask(stage, "PUT /_mock/clock", JSON, "{'speed':100}", 200, NULL); // at 3.4 s
    world_advance(stage, 265.99);
    world_ask(stage, "POST /v1/predictions", NULL, WRITE, 429, NULL); // 29.999 s
    world_advance(stage, 0.01);
    world_ask(stage, "POST /v1/predictions", NULL, WRITE, 201, NULL);
    world_free(stage);
}
END_TEST

/* A client waits N simulated or N real seconds, whichever is first: a clock that stands does not keep him for ever. */
START_TEST(test_whoever_waits_on_a_frozen_clock)
{
    struct stage *stage = world_new(STARTED);
    struct client *waits = world_client(stage);

    client_send(waits, "POST /v1/predictions", "Prefer: wait=5", CREATE);
    world_advance(stage, 50);
    set_clock(stage, "{'mode':'manual'}", "00.05");
    world_advance(stage, 4949);
    client_expect_waiting(waits);
    world_advance(stage, 1);
    client_expect(waits, 202, "{'status':'starting'}");
    world_free(stage);
}
END_TEST

/* What is under way to a receiver ends by real time, whatever the clock does; what it leads to, by the world's. */
START_TEST(test_frozen_with_a_webhook_under_way)
{
    struct stage *stage = world_new(STARTED);
    struct client *tester = world_client(stage);

    world_ask(stage, "POST /v1/predictions", NULL, HOOKED ",'webhook_events_filter':['completed']}", 201, NULL);
    world_advance(stage, 1100);
    set_clock(stage, "{'mode':'manual'}", "01.1");
    client_send(tester, "POST /_mock/clock/advance", NULL, "{'by':'5s'}");
    client_expect_waiting(tester);
    world_hook_answer(stage, 500);
    client_expect_waiting(tester); // the retry of 2.1 s
    world_hook_answer(stage, 200);
    client_expect(
        tester, 200,
        "{'now':'2026-01-01T00:00:06.1Z','fired':[{'at':'2026-01-01T00:00:02.1Z','what':'webhook.attempt'}]}");
    world_free(stage);
}
END_TEST

SUITE("time", test_ten_minutes_are_the_same_twice, test_all_clocks_tell_the_same, test_what_is_frozen_stands,
      test_what_is_thawed_goes_on, test_whoever_waits_on_a_frozen_clock, test_frozen_with_a_webhook_under_way);
