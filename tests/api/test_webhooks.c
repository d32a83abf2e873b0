/* Webhooks: which events are told to whom, in which order and when, what is tried again and when, and what the evidence
 * says of it. Times are exact milliseconds of virtual time. */
#include "core/signature.h"
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

#define HOOK   "http://app.test/hook"
#define SECRET "whsec_cmVwbGljYXRlLW1vY2stdGVzdC1rZXkh"
#define MANUAL "--clock manual --start-time 2026-01-01T00:00:00Z --seed 1"
#define TEXT_MODEL                                                                                                     \
    "{'owner':'acme','name':'writer','latest_version':{'id':'w1','openapi_schema':{'components':{'schemas':{"          \
    "'Input':{'type':'object'},'Output':{'type':'array','items':{'type':'string'},"                                    \
    "'x-cog-array-type':'iterator'}}}}}}"

/* A ControlNet prediction with further members of the body: ",'webhook_events_filter':['start']". */
static void create(struct stage *stage, const char *more)
{
    char body[1024];

    snprintf(body, sizeof(body), "{'version':'" VERSION "','input':{" INPUT ",'seed':7},'webhook':'" HOOK "'%s}", more);
    world_ask(stage, "POST /v1/predictions", NULL, body, 201, "{'webhook':'" HOOK "'}");
}

static void expect_deliveries(struct stage *stage, const char *json)
{
    world_ask(stage, "GET /_mock/webhooks", NULL, NULL, 200, json);
}

/* --- what is told -------------------------------------------------------------------------------------------------- */

START_TEST(test_one_message_at_the_end)
{
    struct stage *stage = world_new("");

    create(stage, "");
    world_advance(stage, 1099);
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_advance(stage, 1);
    world_hook(stage, HOOK,
               "{'id':'{id}','status':'succeeded','output':['*'],'completed_at':'2026-01-01T00:00:01.1Z','metrics':"
               "{'predict_time':1,'total_time':1.1},'webhook':'" HOOK "','source':'api','data_removed':false,"
               "'error':null,'urls':{'get':'http://localhost/v1/predictions/{id}'},'version':'" VERSION "'}");
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_advance(stage, 100000);
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_free(stage);
}
END_TEST

START_TEST(test_keys_are_sorted_and_headers_recorded)
{
    struct stage *stage = world_new("--webhook-secret " SECRET);
    static const char *const keys[] = {"{\"completed_at\":", ",\"created_at\":",
                                       ",\"data_removed\":", ",\"error\":",
                                       ",\"id\":",           ",\"input\":",
                                       ",\"logs\":",         ",\"metrics\":",
                                       ",\"model\":",        ",\"output\":",
                                       ",\"source\":",       ",\"started_at\":",
                                       ",\"status\":",       ",\"urls\":{\"cancel\":",
                                       ",\"version\":",      ",\"webhook\":"};
    size_t len;

    create(stage, "");
    world_advance(stage, 1100);
    const char *body = world_hook_body(stage, &len), *at = body;
    for (size_t i = 0; i < COUNT(keys); i++) {
        at = strstr(at, keys[i]);
        ck_assert_msg(at != NULL, "%s is not where it belongs: %s", keys[i], body);
    }
    ck_assert_int_eq(body[len - 1], '}'); // no newline
    ck_assert_str_eq(world_hook_header(stage, "content-type"), "application/json");
    ck_assert_str_eq(world_hook_header(stage, "user-agent"), "Webhooks/1.66.0 (sender-9YMgn)");
    ck_assert_str_eq(world_hook_header(stage, "accept-encoding"), "gzip");
    ck_assert_str_eq(world_hook_header(stage, "webhook-timestamp"), "1767225601");
    ck_assert_int_eq(strncmp(world_hook_header(stage, "webhook-id"), "msg_", 4), 0);
    ck_assert_ptr_null(signature_check(world_hook_header(stage, "webhook-signature"), SECRET,
                                       world_hook_header(stage, "webhook-id"), "1767225601", (struct slice){body, len},
                                       0, 0));
    world_hook_answer(stage, 204);
    world_ask(stage, "GET /v1/webhooks/default/secret", NULL, NULL, 200, "{'key':'" SECRET "'}");
    world_free(stage);
}
END_TEST

/* Answers the oldest and adds "processing logs;": its status, and the event by the evidence. */
static void add_told(struct stage *stage, char told[256])
{
    size_t len;
    bool processing = strstr(world_hook_body(stage, &len), "\"status\":\"processing\"") != NULL;
    char path[64] = "";

    world_hook_answer(stage, 200);
    world_ask(stage, "GET /_mock/webhooks", NULL, NULL, 200, NULL);
    for (int n = 0; n < 8; n++) { // the newest that was delivered: behind it may stand some that were filtered
        snprintf(path, sizeof(path), "results.%d.state", n);
        if (strcmp(world_text(stage, path), "delivered") != 0)
            continue;
        snprintf(path, sizeof(path), "results.%d.event", n);
        break;
    }
    strcat(strcat(strcat(told, processing ? "processing " : "succeeded "), world_text(stage, path)), ";");
}

START_TEST(test_filters)
{
    static const struct {
        const char *filter;
        const char *told[4]; // the status and event of each message, in order
    } cases[] = {
        {"", {"succeeded completed"}},
        {",'webhook_events_filter':['completed']", {"succeeded completed"}},
        {",'webhook_events_filter':['output']", {"succeeded completed"}}, // it comes with the end
        {",'webhook_events_filter':'output,completed'", {"succeeded completed"}},
        {",'webhook_events_filter':['start']", {"processing start"}},
        {",'webhook_events_filter':'start'", {"processing start"}},
        {",'webhook_events_filter':['start','completed']", {"processing start", "succeeded completed"}},
        {",'webhook_events_filter':[]", {NULL}},
        // 20 steps in a second are ten lines of progress, one each 100 ms: told at 0 and 500 ms.
        {",'webhook_events_filter':['logs']", {"processing logs", "processing logs"}},
        {",'webhook_events_filter':['start','output','logs','completed']",
         {"processing start", "processing logs", "processing logs", "succeeded completed"}},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct stage *stage = world_new("");
        char told[256] = "", expected[256] = "";
        create(stage, cases[i].filter);
        for (int ms = 0; ms < 1200; ms += 50) {
            world_advance(stage, 50);
            while (world_hooks(stage) > 0)
                add_told(stage, told);
        }
        for (size_t n = 0; n < 4 && cases[i].told[n]; n++)
            strcat(strcat(expected, cases[i].told[n]), ";");
        ck_assert_msg(strcmp(told, expected) == 0, "%s: expected %s, told %s", cases[i].filter, expected, told);
        world_free(stage);
    }
}
END_TEST

START_TEST(test_what_was_filtered_is_noted)
{
    struct stage *stage = world_new("");

    create(stage, ",'webhook_events_filter':['start']");
    world_advance(stage, 100);
    world_hook(stage, HOOK, "{'status':'processing','started_at':'2026-01-01T00:00:00.1Z','output':null}");
    world_advance(stage, 1000);
    expect_deliveries(stage,
                      "{'results':[{'event':'completed','state':'filtered','next_attempt_at':null,'attempts':[{'at':"
                      "'2026-01-01T00:00:01.1Z','status':null,'duration_ms':0,'error':'filtered: completed'}]},"
                      "{'event':'logs','state':'filtered','attempts':[{'error':'filtered: logs'}]},"
                      "{'event':'start','state':'delivered','url':'" HOOK "','prediction':'{id}','attempts':[{'at':"
                      "'2026-01-01T00:00:00.1Z','status':200,'error':null}]}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_logs_are_throttled)
{
    struct stage *stage = world_new("--predict 2s");

    create(stage, ",'webhook_events_filter':['logs']");
    world_advance(stage, 100);
    world_hook(stage, HOOK,
               "{'status':'processing','logs':'Using seed: 7\\n  0%|          | 0/20 [00:00<?, ?it/s]\\n'}");
    for (int i = 1; i <= 3; i++) {
        world_advance(stage, 499);
        ck_assert_uint_eq(world_hooks(stage), 0);
        world_advance(stage, 1);
        world_hook(stage, HOOK, "{'status':'processing'}"); // all there is by then
    }
    world_advance(stage, 500); // the end is not among them
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_free(stage);
}
END_TEST

START_TEST(test_output_that_grows)
{
    struct stage *stage = world_new("");

    world_add_model(stage, TEXT_MODEL);
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'w1','input':{},'webhook':'" HOOK "'}", 201, NULL);
    world_advance(stage, 100);
    ck_assert_uint_eq(world_hooks(stage), 0); // nothing yet
    world_advance(stage, 62);                 // 16 words in a second: the first after 62.5 ms
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_advance(stage, 1);
    world_hook(stage, HOOK, "{'status':'processing','output':['This']}");
    world_advance(stage, 499);
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_advance(stage, 1);
    world_hook_expect(stage, HOOK, "{'status':'processing'}");
    size_t len;
    ck_assert_ptr_nonnull(strstr(world_hook_body(stage, &len), "\"output\":[\"This\",\" is\",\" replicate-mock,\""));
    world_hook_answer(stage, 200);
    world_advance(stage, 437);
    world_hook(stage, HOOK, "{'status':'succeeded'}");
    ck_assert_uint_eq(world_hooks(stage), 0);
    expect_deliveries(stage, "{'results':[{'event':'completed'},{'event':'output'},{'event':'output'},"
                             "{'event':'start','state':'filtered'}]}");
    world_free(stage);
}
END_TEST

/* A prediction that takes no time has begun before its request has come, as created_at is cut to milliseconds. */
START_TEST(test_output_that_takes_no_time)
{
    struct stage *stage = world_new("--boot 0 --predict 0 --start-time 2026-01-01T00:00:00.0005Z");

    world_add_model(stage, TEXT_MODEL);
    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'w1','input':{},'webhook':'" HOOK "','webhook_events_filter':['start','completed']}", 201,
              NULL);
    world_hook(stage, HOOK,
               "{'status':'processing','output':['This','*','*','*','*','*','*','*','*','*','*','*','*','*','*']}");
    world_hook(stage, HOOK, "{'status':'succeeded','started_at':'2026-01-01T00:00:00Z'}");
    world_free(stage);
}
END_TEST

/* While one is under way the next waits; what a later one says as well is not sent at all. */
START_TEST(test_order_is_kept)
{
    struct stage *stage = world_new("--predict 3s");

    create(stage, ",'webhook_events_filter':['start','logs','completed']");
    world_advance(stage, 100);
    world_hook_expect(stage, HOOK, "{'status':'processing'}");
    world_advance(stage, 3000); // logs at 0, 500, … 2500 ms, and the end, behind the start that nobody answers
    ck_assert_uint_eq(world_hooks(stage), 1);
    world_hook_answer(stage, 200);
    world_hook(stage, HOOK, "{'status':'processing'}");
    world_hook(stage, HOOK, "{'status':'succeeded'}");
    ck_assert_uint_eq(world_hooks(stage), 0);
    expect_deliveries(stage,
                      "{'results':[{'event':'completed','state':'delivered'},{'event':'logs','state':'delivered'},"
                      "{'event':'logs','state':'dropped','attempts':[{'error':"
                      "'a later one took its place before it was sent'}]},{'state':'dropped'},"
                      "{'state':'dropped'},{'state':'dropped'},{'state':'dropped'},{'event':'start'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_ends_of_all_kinds)
{
    struct stage *stage = world_new("");

    create(stage, ""); // canceled before it began
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, NULL);
    world_hook(stage, HOOK, "{'status':'canceled','output':null}");
    create(stage, ",'webhook_events_filter':['output']"); // a cancel brings no output
    world_advance(stage, 500);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, NULL);
    ck_assert_uint_eq(world_hooks(stage), 0);
    char body[512];
    snprintf(body, sizeof(body), "{'version':'" VERSION "','input':{" INPUT "},'webhook':'" HOOK "'}");
    world_free(stage);
    stage = world_new("--boot 10s");
    world_ask(stage, "POST /v1/predictions", "Cancel-After: 5s", body, 201, NULL);
    world_advance(stage, 5000);
    world_hook(stage, HOOK, "{'status':'aborted','deadline':'2026-01-01T00:00:05Z'}");
    world_free(stage);
}
END_TEST

START_TEST(test_webhook_completed)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'" VERSION "','input':{" INPUT "},'webhook':'" HOOK "','webhook_events_filter':['start'],"
              "'webhook_completed':'http://old.test/'}",
              201, NULL);
    world_advance(stage, 100);
    world_hook(stage, HOOK, "{'status':'processing'}");
    world_advance(stage, 1000);
    world_hook(stage, "http://old.test/", "{'status':'succeeded'}");
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_no_url)
{
    static const struct {
        const char *webhook, *description;
    } cases[] = {
        {"", "Does not match format 'uri'"},
        {"app.test/hook", "Does not match format 'uri'"},
        {"http://", "Does not match format 'uri'"},
        {"https:///hook", "Does not match format 'uri'"},
        {"http://a b/", "Does not match format 'uri'"},
        {"http://@/", "Does not match format 'uri'"},
        {"http://user@:80/", "Does not match format 'uri'"},
        {"http://app.test:0/", "Does not match format 'uri'"},
        {"http://[::1]:65536/", "Does not match format 'uri'"},
        {"ftp://app.test/", "Must be an http or https URL of at most 4096 bytes"},
        {"mailto:a@b.c", "Must be an http or https URL of at most 4096 bytes"},
    };
    struct stage *stage = world_new("");
    char body[512];

    for (size_t i = 0; i < COUNT(cases); i++) {
        snprintf(body, sizeof(body), "{'version':'" VERSION "','input':{" INPUT "},'webhook':'%s'}", cases[i].webhook);
        world_ask(stage, "POST /v1/predictions", NULL, body, 422,
                  "{'invalid_fields':[{'type':'format','field':'webhook'}]}");
        ck_assert_str_eq(world_text(stage, "invalid_fields.0.description"), cases[i].description);
    }
    world_free(stage);
}
END_TEST

START_TEST(test_urls_of_all_kinds)
{
    static const char *const fine[] = {"http://app.test:/", "http://[::1]:65535",
                                       "HTTPS://user:p%40ss@app.test:1?a=b#c"};
    struct stage *stage = world_new("");
    char body[512];

    for (size_t i = 0; i < COUNT(fine); i++) {
        snprintf(body, sizeof(body), "{'version':'" VERSION "','input':{" INPUT "},'webhook':'%s'}", fine[i]);
        world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    }
    create(stage, ",'webhook_events_filter':' start , completed '");
    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'" VERSION "','input':{" INPUT "},'webhook':'" HOOK
              "','webhook_events_filter':'start completed'}",
              422, NULL);
    world_free(stage);
}
END_TEST

/* What only looks is no step, so that who watches changes nothing; what is told is one. */
START_TEST(test_steps_whoever_watches)
{
    struct stage *stage = world_new(MANUAL);
    struct client *reader = world_client(stage);
    char request[256];

    world_add_model(stage, TEXT_MODEL);
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'w1','input':{}}", 201, NULL);
    snprintf(request, sizeof(request), "GET %s", world_text(stage, "urls.stream") + strlen("http://localhost"));
    client_send(reader, request, NULL, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'steps':1}", 200,
              "{'fired':[{'what':'prediction.processing'}]}");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'steps':1}", 200,
              "{'fired':[{'what':'prediction.succeeded'}]}");
    create(stage, ",'webhook_events_filter':['logs']");
    client_send(reader, "GET /_mock/health", NULL, NULL);
    struct client *tester = world_client(stage);
    client_send(tester, "POST /_mock/clock/advance", NULL, "{'by':'700ms'}");
    world_hook(stage, HOOK, "{'status':'processing'}");
    world_hook(stage, HOOK, "{'status':'processing'}");
    client_expect(tester, 200,
                  "{'fired':[{'what':'prediction.processing'},{'what':'prediction.logs'},"
                  "{'what':'webhook.attempt'},{'what':'prediction.logs'},{'what':'webhook.attempt'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_urls_begin_as_the_request_came)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /predictions", "Host: mock:8080\nX-Forwarded-Proto: https",
              "{'version':'" VERSION "','input':{" INPUT "},'webhook':'" HOOK "'}", 201, NULL);
    world_advance(stage, 1100);
    world_hook(stage, HOOK, "{'urls':{'get':'https://mock:8080/predictions/{id}'}}");
    world_free(stage);
}
END_TEST

/* --- what is tried again --------------------------------------------------------------------------------------------- */

/* 1, 3, 7, 15, 31 and 60 s after the completion. */
START_TEST(test_retries_fall_at_their_times)
{
    static const int at[] = {1000, 3000, 7000, 15000, 31000, 60000};
    struct stage *stage = world_new("");
    int now = 0;

    create(stage, "");
    world_advance(stage, 1100);
    const char *id = world_hook_header(stage, "webhook-id");
    char first_id[64];
    snprintf(first_id, sizeof(first_id), "%s", id);
    world_hook_fail(stage, "connection refused");
    for (size_t i = 0; i < COUNT(at); i++) {
        world_advance(stage, at[i] - now - 1);
        ck_assert_msg(world_hooks(stage) == 0, "retry %zu comes too soon", i);
        world_advance(stage, 1);
        now = at[i];
        ck_assert_str_eq(world_hook_header(stage, "webhook-id"), first_id);
        char stamp[32];
        snprintf(stamp, sizeof(stamp), "%d", 1767225601 + (100 + at[i]) / 1000);
        ck_assert_str_eq(world_hook_header(stage, "webhook-timestamp"), stamp);
        if (i % 2 == 0)
            world_hook_answer(stage, 500);
        else
            world_hook_answer(stage, 404);
    }
    world_advance(stage, 1000000);
    ck_assert_uint_eq(world_hooks(stage), 0);
    expect_deliveries(stage, "{'results':[{'state':'failed','next_attempt_at':null,'attempts':["
                             "{'at':'2026-01-01T00:00:01.1Z','status':null,'error':'connection refused'},"
                             "{'at':'2026-01-01T00:00:02.1Z','status':500,'error':'answered 500'},"
                             "{'at':'2026-01-01T00:00:04.1Z','status':404,'error':'answered 404'},"
                             "{'at':'2026-01-01T00:00:08.1Z'},{'at':'2026-01-01T00:00:16.1Z'},"
                             "{'at':'2026-01-01T00:00:32.1Z'},{'at':'2026-01-01T00:01:01.1Z'}]},"
                             "{'event':'logs'},{'event':'start'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_retry_waits_for_the_attempt_before)
{
    struct stage *stage = world_new("");

    create(stage, "");
    world_advance(stage, 1100);
    world_advance(stage, 10000); // no answer
    ck_assert_uint_eq(world_hooks(stage), 1);
    world_hook_fail(stage, "no answer within 10 s");
    ck_assert_uint_eq(world_hooks(stage), 1); // that of 1 s is due at once, and so is that of 3 s
    world_hook_answer(stage, 503);
    ck_assert_uint_eq(world_hooks(stage), 1);
    world_hook_answer(stage, 503);
    ck_assert_uint_eq(world_hooks(stage), 1); // 7 s
    world_hook_answer(stage, 503);
    ck_assert_uint_eq(world_hooks(stage), 0);
    expect_deliveries(stage, "{'results':[{'state':'pending','next_attempt_at':'2026-01-01T00:00:16.1Z'},'*','*']}");
    world_advance(stage, 5000);
    world_hook(stage, HOOK, "{'status':'succeeded'}");
    expect_deliveries(stage, "{'results':[{'state':'delivered','next_attempt_at':null},'*','*']}");
    world_free(stage);
}
END_TEST

START_TEST(test_redirects_are_final)
{
    struct stage *stage = world_new("");

    create(stage, "");
    world_advance(stage, 1100);
    world_hook_answer(stage, 301);
    world_advance(stage, 100000);
    ck_assert_uint_eq(world_hooks(stage), 0);
    expect_deliveries(stage, "{'results':[{'state':'failed','attempts':[{'status':301,'error':'301 is not followed'}]},"
                             "'*','*']}");
    world_free(stage);
}
END_TEST

START_TEST(test_only_the_end_is_tried_again)
{
    struct stage *stage = world_new("");

    create(stage, ",'webhook_events_filter':['start']");
    world_advance(stage, 100);
    world_hook_answer(stage, 500);
    world_advance(stage, 100000);
    ck_assert_uint_eq(world_hooks(stage), 0);
    expect_deliveries(stage, "{'results':['*','*',{'event':'start','state':'failed'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_one_dead_receiver_delays_nobody)
{
    struct stage *stage = world_new("");

    create(stage, "");
    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'" VERSION "','input':{" INPUT "},'webhook':'http://other.test/'}", 201, NULL);
    world_advance(stage, 1100);
    ck_assert_uint_eq(world_hooks(stage), 2); // both at once
    world_hook_fail(stage, "connection refused");
    world_hook(stage, "http://other.test/", "{'status':'succeeded'}");
    world_free(stage);
}
END_TEST

/* --- manual clocks ------------------------------------------------------------------------------------------------------ */

/* "An advance holds while an attempt is in flight: retries fall at their exact simulated times." */
START_TEST(test_an_advance_holds)
{
    struct stage *stage = world_new(MANUAL);
    struct client *tester = world_client(stage);
    static const char *const stamps[] = {"1767225601", "1767225602", "1767225604", "1767225608",
                                         "1767225616", "1767225632", "1767225661"};

    create(stage, "");
    client_send(tester, "POST /_mock/clock/advance", NULL, "{'by':'10m'}");
    for (size_t i = 0; i < COUNT(stamps); i++) {
        client_expect_waiting(tester);
        world_advance(stage, 9000); // real time alone moves nothing
        client_expect_waiting(tester);
        ck_assert_uint_eq(world_hooks(stage), 1);
        ck_assert_str_eq(world_hook_header(stage, "webhook-timestamp"), stamps[i]);
        world_hook_answer(stage, 500);
    }
    client_expect(tester, 200,
                  "{'now':'2026-01-01T00:10:00Z','fired':[{'what':'prediction.processing','id':'{id}'},"
                  "{'at':'2026-01-01T00:00:01.1Z','what':'prediction.succeeded','id':'{id}'},"
                  "{'at':'2026-01-01T00:00:01.1Z','what':'webhook.attempt'},"
                  "{'at':'2026-01-01T00:00:02.1Z','what':'webhook.attempt'},"
                  "{'at':'2026-01-01T00:00:04.1Z','what':'webhook.attempt'},"
                  "{'at':'2026-01-01T00:00:08.1Z','what':'webhook.attempt'},"
                  "{'at':'2026-01-01T00:00:16.1Z','what':'webhook.attempt'},"
                  "{'at':'2026-01-01T00:00:32.1Z','what':'webhook.attempt'},"
                  "{'at':'2026-01-01T00:01:01.1Z','what':'webhook.attempt'},"
                  "{'at':'2026-01-01T00:01:01.1Z','what':'webhook.given_up'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_other_worlds_go_on_while_one_holds)
{
    struct stage *stage = world_new(MANUAL);
    struct client *tester = world_client(stage);

    create(stage, "");
    client_send(tester, "POST /_mock/clock/advance", NULL, "{'by':'2s'}");
    client_expect_waiting(tester);
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer other", CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/clock/advance", "Authorization: Bearer other", "{'by':'2s'}", 200, NULL);
    world_ask(stage, "GET /v1/predictions/{id}", "Authorization: Bearer other", NULL, 200, "{'status':'succeeded'}");
    world_ask(stage, "POST /_mock/settle?timeout=0", NULL, NULL, 408,
              "{'detail':'Not settled in time: webhooks not concluded: 1'}");
    world_hook_answer(stage, 200);
    client_expect(tester, 200, "{'now':'2026-01-01T00:00:02Z'}");
    world_ask(stage, "POST /_mock/settle", NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_the_same_seed_the_same_messages)
{
    char bodies[2][4096], ids[2][64];

    for (int i = 0; i < 2; i++) {
        struct stage *stage = world_new(MANUAL);
        struct client *tester = world_client(stage);
        size_t len;
        create(stage, "");
        client_send(tester, "POST /_mock/clock/advance", NULL, "{'by':'2s'}");
        const char *body = world_hook_body(stage, &len);
        snprintf(bodies[i], sizeof(bodies[i]), "%.*s", (int)len, body);
        snprintf(ids[i], sizeof(ids[i]), "%s %s", world_hook_header(stage, "webhook-id"),
                 world_hook_header(stage, "webhook-signature"));
        world_hook_answer(stage, 200);
        world_free(stage);
    }
    ck_assert_str_eq(bodies[0], bodies[1]);
    ck_assert_str_eq(ids[0], ids[1]);
}
END_TEST

/* --- evidence, settle, wait, resend ------------------------------------------------------------------------------------- */

START_TEST(test_settle_waits_for_webhooks)
{
    struct stage *stage = world_new("");
    struct client *tester = world_client(stage);

    create(stage, "");
    client_send(tester, "POST /_mock/settle?timeout=60s", NULL, NULL);
    world_advance(stage, 1100);
    client_expect_waiting(tester);
    world_hook_answer(stage, 500);
    client_expect_waiting(tester);
    world_advance(stage, 1000);
    world_hook_answer(stage, 200);
    client_expect(tester, 200, NULL);
    create(stage, "");
    world_advance(stage, 1100);
    client_send(tester, "POST /_mock/settle?timeout=1s", NULL, NULL);
    world_advance(stage, 1000);
    client_expect(tester, 408, "{'detail':'Not settled in time: webhooks not concluded: 1'}");
    world_free(stage);
}
END_TEST

START_TEST(test_wait_for_webhooks)
{
    struct stage *stage = world_new("");
    struct client *tester = world_client(stage), *whole = world_client(stage);

    client_send(tester, "GET /_mock/wait?webhooks=2&timeout=60s", NULL, NULL);
    client_send(whole, "GET /_mock/wait?webhooks=3&timeout=10s", "Authorization: -", NULL);
    create(stage, "");
    create(stage, "");
    world_advance(stage, 1100);
    world_hook_answer(stage, 200);
    client_expect_waiting(tester);
    world_hook_answer(stage, 500);
    client_expect_waiting(tester);
    world_advance(stage, 1000);
    world_hook_answer(stage, 200);
    client_expect(tester, 200, "{'now':'2026-01-01T00:00:02.1Z'}");
    world_advance(stage, 8000);
    client_expect(whole, 408, "{'detail':'It did not come in time: 2 of 3 webhooks are delivered.'}");
    world_ask(stage, "GET /_mock/wait?webhooks=2", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /_mock/wait?webhooks=0", NULL, NULL, 422, NULL);
    world_ask(stage, "GET /_mock/wait?webhooks=2&x=1", NULL, NULL, 422, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_resend)
{
    struct stage *stage = world_new("");
    char request[128], first_id[64];

    create(stage, ",'webhook_events_filter':['completed']");
    world_advance(stage, 1100);
    snprintf(first_id, sizeof(first_id), "%s", world_hook_header(stage, "webhook-id"));
    snprintf(request, sizeof(request), "POST /_mock/webhooks/%s/resend", first_id);
    world_ask(stage, request, NULL, NULL, 409, NULL); // under way
    world_hook_answer(stage, 200);
    world_advance(stage, 5000);
    world_ask(stage, request, NULL, NULL, 202, "{'state':'pending','attempts':['*','*']}");
    ck_assert_str_eq(world_hook_header(stage, "webhook-id"), first_id);
    ck_assert_str_eq(world_hook_header(stage, "webhook-timestamp"), "1767225606");
    world_hook_answer(stage, 500); // once, whatever comes of it
    world_advance(stage, 100000);
    ck_assert_uint_eq(world_hooks(stage), 0);
    expect_deliveries(stage, "{'results':[{'state':'failed','attempts':['*',{'status':500}]},'*','*']}");
    world_ask(stage, request, "Authorization: Bearer other", NULL, 404, NULL);
    world_ask(stage, request, "Authorization: -", NULL, 202, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL); // amid it
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_ask(stage, "POST /_mock/webhooks/msg_x/resend", NULL, NULL, 404, NULL);
    world_ask(stage, "POST /_mock/webhooks/msg_x/resend", "Content-Type: application/json", "{'a':1}", 422, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_filtered_is_not_resent)
{
    struct stage *stage = world_new("");
    char request[128];

    create(stage, ",'webhook_events_filter':[]");
    world_advance(stage, 100);
    world_ask(stage, "GET /_mock/webhooks?limit=1", NULL, NULL, 200, "{'results':[{'state':'filtered'}]}");
    snprintf(request, sizeof(request), "POST /_mock/webhooks/%s/resend", world_text(stage, "results.0.id"));
    world_ask(stage, request, NULL, NULL, 409, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_the_list_of_all_worlds)
{
    struct stage *stage = world_new("");

    create(stage, ",'webhook_events_filter':['completed']");
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer other",
              "{'version':'" VERSION "','input':{" INPUT "},'webhook':'http://other.test/','webhook_events_filter':"
              "['start']}",
              201, NULL);
    world_advance(stage, 100);
    world_hook_answer(stage, 200);
    world_ask(stage, "GET /_mock/webhooks?limit=2", "Authorization: -", NULL, 200,
              "{'results':[{'event':'logs','url':'http://other.test/','world':'*'},{'event':'start','world':'*'}]}");
    world_ask(stage, "GET /_mock/webhooks", "Authorization: Bearer nobody", NULL, 200, "{'results':[]}");
    world_ask(stage, "GET /_mock/webhooks", NULL, NULL, 200,
              "{'results':[{'event':'logs','world':'<absent>'},{'event':'start'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_reset_takes_webhooks_with_it)
{
    struct stage *stage = world_new("");

    create(stage, "");
    world_advance(stage, 1100);
    ck_assert_uint_eq(world_hooks(stage), 1);
    create(stage, ",'webhook_events_filter':['logs']"); // its timer is set
    world_advance(stage, 150);
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, "{'worlds':1}");
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_advance(stage, 100000);
    ck_assert_uint_eq(world_hooks(stage), 0);
    expect_deliveries(stage, "{'results':[]}");
    world_free(stage);
}
END_TEST

/* The prediction makes room for newer ones while its webhook is still tried. */
START_TEST(test_a_webhook_outlives_its_prediction)
{
    struct stage *stage = world_new("--max-predictions 1");

    create(stage, "");
    world_advance(stage, 1100);
    world_hook_answer(stage, 500);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 1000);
    world_hook(stage, HOOK, "{'status':'succeeded'}");
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_kept_is_bounded)
{
    struct stage *stage = world_new("");

    for (int i = 0; i < 400; i++) // three each, two of them filtered
        create(stage, ",'webhook_events_filter':['completed']");
    world_advance(stage, 1100);
    while (world_hooks(stage) > 0)
        world_hook_answer(stage, 200);
    world_ask(stage, "GET /_mock/webhooks?limit=1000", NULL, NULL, 200, NULL);
    ck_assert_str_ne(world_text(stage, "results.999.id"), "");
    world_ask(stage, "GET /_mock/webhooks?limit=1001", NULL, NULL, 422, NULL);
    world_free(stage);
}
END_TEST

SUITE("webhooks", test_one_message_at_the_end, test_keys_are_sorted_and_headers_recorded, test_filters,
      test_what_was_filtered_is_noted, test_logs_are_throttled, test_output_that_grows, test_output_that_takes_no_time,
      test_order_is_kept, test_ends_of_all_kinds, test_webhook_completed, test_what_is_no_url, test_urls_of_all_kinds,
      test_steps_whoever_watches, test_urls_begin_as_the_request_came, test_retries_fall_at_their_times,
      test_a_retry_waits_for_the_attempt_before, test_redirects_are_final, test_only_the_end_is_tried_again,
      test_one_dead_receiver_delays_nobody, test_an_advance_holds, test_other_worlds_go_on_while_one_holds,
      test_the_same_seed_the_same_messages, test_settle_waits_for_webhooks, test_wait_for_webhooks, test_resend,
      test_what_is_filtered_is_not_resent, test_the_list_of_all_worlds, test_a_reset_takes_webhooks_with_it,
      test_a_webhook_outlives_its_prediction, test_what_is_kept_is_bounded);
