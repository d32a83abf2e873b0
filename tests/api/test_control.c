/* /_mock: health, clock, advance, settle, wait, reset, and who may call. */
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

#define MANUAL "--clock manual --start-time " STAGE_START

START_TEST(test_health)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /_mock/health", "Authorization: -", NULL, 200,
              "{'status':'ok','version':'*','worlds':0,'predictions':0}");
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /v1/predictions", "Authorization: Token other", CREATE, 201, NULL);
    world_ask(stage, "GET /_mock/health", NULL, NULL, 200, "{'worlds':2,'predictions':2}");
    world_free(stage);
}
END_TEST

/* --- clock ------------------------------------------------------------------------------------------------------- */

START_TEST(test_clock_is_read_and_put)
{
    struct stage *stage = world_new("--start-time " STAGE_START);

    world_ask(stage, "GET /_mock/clock", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_answer(stage)->body, "{\"mode\":\"real\",\"speed\":1,\"now\":\"2026-01-01T00:00:00Z\"}");
    world_ask(stage, "GET /_mock/health", NULL, NULL, 200, "{'worlds':0}"); // a read makes no world
    world_ask(stage, "PUT /_mock/clock", NULL, "{'mode':'manual'}", 200,
              "{'mode':'manual','speed':1,'now':'2026-01-01T00:00:00Z'}");
    world_advance(stage, 1000);
    world_ask(stage, "GET /_mock/clock", NULL, NULL, 200, "{'now':'2026-01-01T00:00:00Z'}");
    world_ask(stage, "PUT /_mock/clock", NULL, "{'mode':'real','speed':0.5}", 200, "{'mode':'real','speed':0.5}");
    world_advance(stage, 1000);
    world_ask(stage, "GET /_mock/clock", NULL, NULL, 200, "{'now':'2026-01-01T00:00:00.5Z'}");
    world_ask(stage, "PUT /_mock/clock", NULL, "{}", 200, "{'speed':0.5}");
    world_free(stage);
}
END_TEST

START_TEST(test_freezing_and_thawing)
{
    struct stage *stage = world_new("--start-time " STAGE_START);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 50);
    world_ask(stage, "PUT /_mock/clock", NULL, "{'mode':'manual'}", 200, NULL);
    world_advance(stage, 100000);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'starting'}");
    world_ask(stage, "PUT /_mock/clock", NULL, "{'mode':'real'}", 200, "{'now':'2026-01-01T00:00:00.05Z'}");
    world_advance(stage, 50);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'processing','started_at':'2026-01-01T00:00:00.1Z'}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_later_now_is_an_advance)
{
    struct stage *stage = world_new(MANUAL);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "PUT /_mock/clock", NULL, "{'now':'2026-01-01T00:00:05Z'}", 200,
              "{'mode':'manual','now':'2026-01-01T00:00:05Z','fired':'<absent>'}");
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'completed_at':'2026-01-01T00:00:01.1Z'}");
    world_ask(stage, "PUT /_mock/clock", NULL, "{'now':'2026-01-01T00:00:04Z'}", 422,
              "{'invalid_fields':[{'field':'now'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_clock_of_the_whole_server)
{
    struct stage *stage = world_new("--start-time " STAGE_START);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "PUT /_mock/clock", "Authorization: -", "{'mode':'manual','now':'2027-01-01T00:00:00Z'}", 200,
              "{'mode':'manual','now':'2027-01-01T00:00:00Z'}");
    world_ask(stage, "GET /_mock/clock", NULL, NULL, 200, "{'mode':'manual','now':'2027-01-01T00:00:00Z'}");
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer later", CREATE, 201,
              "{'created_at':'2027-01-01T00:00:00Z'}");
    world_ask(stage, "PUT /_mock/clock", "Authorization: -", "{'now':'2026-06-01T00:00:00Z'}", 422, NULL);
    world_free(stage);
}
END_TEST

static const struct {
    const char *body;
    const char *field;
} bad_clocks[] = {
    {"{'mode':'slow'}", "mode"},   {"{'mode':1}", "mode"},
    {"{'speed':0}", "speed"},      {"{'speed':-1}", "speed"},
    {"{'speed':'2'}", "speed"},    {"{'speed':1e9}", "speed"},
    {"{'now':'tomorrow'}", "now"}, {"{'now':5}", "now"},
    {"{'tempo':1}", "tempo"},      {"[]", ""},
};

START_TEST(test_bad_clocks)
{
    struct stage *stage = world_new("");

    for (size_t i = 0; i < sizeof(bad_clocks) / sizeof(*bad_clocks); i++) {
        char expected[128];
        snprintf(expected, sizeof(expected), "{'detail':'*','status':422,'invalid_fields':[{'field':'%s'}]}",
                 bad_clocks[i].field);
        world_ask(stage, "PUT /_mock/clock", NULL, bad_clocks[i].body, 422, expected);
    }
    world_ask(stage, "PUT /_mock/clock", NULL, "{", 400, "{'detail':'*','status':400}");
    world_free(stage);
}
END_TEST

/* --- advance ------------------------------------------------------------------------------------------------------ */

START_TEST(test_advance_lists_what_fired)
{
    struct stage *stage = world_new(MANUAL);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'2s'}", 200, NULL);
    char expected[512];
    snprintf(expected, sizeof(expected),
             "{\"now\":\"2026-01-01T00:00:02Z\",\"fired\":["
             "{\"at\":\"2026-01-01T00:00:00.1Z\",\"what\":\"prediction.processing\",\"id\":\"%s\"},"
             "{\"at\":\"2026-01-01T00:00:01.1Z\",\"what\":\"prediction.succeeded\",\"id\":\"%s\"}]}",
             world_id(stage), world_id(stage));
    ck_assert_str_eq(world_answer(stage)->body, expected);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1h'}", 200,
              "{'fired':[{'at':'2026-01-01T01:00:01.1Z','what':'file.expired','id':'{id}'},"
              "{'at':'2026-01-01T01:00:01.1Z','what':'prediction.removed','id':'{id}'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_advance_to_and_by_steps)
{
    struct stage *stage = world_new(MANUAL);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'steps':1}", 200,
              "{'now':'2026-01-01T00:00:00.1Z','fired':[{'what':'prediction.processing'}]}");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'to':'2026-01-01T00:00:01.099Z'}", 200,
              "{'now':'2026-01-01T00:00:01.099Z','fired':[]}");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'steps':5}", 200,
              "{'now':'2026-01-01T01:00:01.1Z','fired':[{'what':'prediction.succeeded'},{'what':'file.expired'},"
              "{'what':'prediction.removed'}]}");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'to':'2026-01-01T00:00:00Z'}", 422,
              "{'invalid_fields':[{'field':'to'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_advance_needs_a_manual_clock)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1s'}", 409, "{'status':409}");
    world_ask(stage, "POST /_mock/clock/advance", "Authorization: -", "{'by':'1s'}", 409, "{'status':409}");
    world_free(stage);
}
END_TEST

static const char *const bad_advances[] = {
    "{}",          "{'by':'1s','steps':1}", "{'by':5}",      "{'by':'soon'}",  "{'to':'soon'}",
    "{'steps':0}", "{'steps':1.5}",         "{'steps':'1'}", "{'steps':1e12}", "{'bye':'1s'}",
};

START_TEST(test_bad_advances)
{
    struct stage *stage = world_new(MANUAL);

    for (size_t i = 0; i < sizeof(bad_advances) / sizeof(*bad_advances); i++)
        world_ask(stage, "POST /_mock/clock/advance", NULL, bad_advances[i], 422,
                  "{'status':422,'invalid_fields':['*']}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_long_advance_lets_others_go_on)
{
    struct stage *stage = world_new(MANUAL);
    struct client *advancing = world_client(stage);

    for (int i = 0; i < 2500; i++)
        world_ask(stage, "POST /v1/predictions", NULL, "{'version':'" VERSION "','input':{" INPUT "}}", 201, NULL);
    // Sent in one piece of bytes, so that the first slice has run and the next has not.
    client_send(advancing, "POST /_mock/clock/advance", NULL, "{'by':'10s'}");
    client_expect(advancing, 200, "{'now':'2026-01-01T00:00:10Z','more':4000}");
    int shown = 0;
    for (const char *at = client_answer(advancing)->body; (at = strstr(at, "\"what\"")); at++)
        shown++;
    ck_assert_int_eq(shown, 1000);
    world_free(stage);
}
END_TEST

START_TEST(test_one_advance_at_a_time)
{
    struct stage *stage = world_new(MANUAL);
    struct client *client = world_client(stage);
    static const char two[] = "POST /_mock/clock/advance HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer test\r\n"
                              "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"by\":\"10s\"}";

    for (int i = 0; i < 2500; i++)
        world_ask(stage, "POST /v1/predictions", NULL, "{'version':'" VERSION "','input':{" INPUT "}}", 201, NULL);
    // Both requests are in the sockets before the program turns again.
    struct client *other = world_client(stage);
    client_put_raw(client, two, sizeof(two) - 1);
    client_put_raw(other, two, sizeof(two) - 1);
    world_settle(stage);
    client_expect(client, 0, NULL); // either may come first
    client_expect(other, 0, NULL);
    struct client *refused = client_answer(client)->status == 409 ? client : other;
    ck_assert_int_eq(client_answer(refused == client ? other : client)->status, 200);
    ck_assert_int_eq(client_answer(refused)->status, 409);
    ck_assert(strstr(client_answer(refused)->body, "Another advance of this world's clock is under way."));
    world_free(stage);
}
END_TEST

START_TEST(test_advance_of_the_whole_server)
{
    struct stage *stage = world_new(MANUAL);

    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer a", CREATE, 201, NULL);
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer b", CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/clock/advance", "Authorization: -", "{'by':'1s'}", 200,
              "{'now':'2026-01-01T00:00:01Z','fired':[{'what':'prediction.processing','world':'*'},{'what':'prediction."
              "processing','world':'*'}]}");
    world_ask(stage, "GET /_mock/clock", "Authorization: Bearer b", NULL, 200, "{'now':'2026-01-01T00:00:01Z'}");
    world_free(stage);
}
END_TEST

/* --- settle and wait ------------------------------------------------------------------------------------------------ */

START_TEST(test_settle_waits_for_all_predictions)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);

    world_ask(stage, "POST /_mock/settle", NULL, NULL, 200, "{'now':'*'}"); // nothing was ever asked of it
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    client_send(client, "POST /_mock/settle", NULL, NULL);
    world_advance(stage, 1099);
    client_expect_waiting(client);
    world_advance(stage, 1);
    client_expect(client, 200, "{'now':'2026-01-01T00:00:01.1Z'}"); // retention does not count
    world_free(stage);
}
END_TEST

START_TEST(test_settle_of_the_whole_server)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);

    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer a", CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/settle", "Authorization: Bearer b", NULL, 200, NULL); // another world is at rest
    client_send(client, "POST /_mock/settle", "Authorization: -", NULL);
    client_expect_waiting(client);
    world_advance(stage, 1100);
    client_expect(client, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_settle_says_what_is_open)
{
    struct stage *stage = world_new("--predict 1h");
    struct client *client = world_client(stage);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    client_send(client, "POST /_mock/settle?timeout=250ms", NULL, NULL);
    world_advance(stage, 249);
    client_expect_waiting(client);
    world_advance(stage, 1);
    client_expect(client, 408, "{'detail':'Not settled in time: prediction {id} is processing','status':408}");
    client_send(client, "POST /_mock/settle", NULL, NULL); // 5 s by default
    world_advance(stage, 4999);
    client_expect_waiting(client);
    world_advance(stage, 1);
    client_expect(client, 408, NULL);
    world_ask(stage, "POST /_mock/settle?timeout=61s", NULL, NULL, 422, "{'invalid_fields':[{'field':'timeout'}]}");
    world_ask(stage, "POST /_mock/settle", "Content-Type: application/json", "{", 400, "{'status':400}");
    world_ask(stage, "POST /_mock/settle", "Content-Type: application/json", "{'timeout':'1s'}", 422,
              "{'invalid_fields':[{'field':'timeout'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_settle_of_a_manual_clock)
{
    struct stage *stage = world_new(MANUAL);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/settle", NULL, NULL, 200, "{'now':'2026-01-01T00:00:00Z'}"); // nothing is due now
    world_free(stage);
}
END_TEST

START_TEST(test_settle_while_the_clock_advances)
{
    static const char advance[] = "POST /_mock/clock/advance HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer test\r\n"
                                  "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"by\":\"10s\"}";
    static const char settle[] = "POST /_mock/settle HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer test\r\n\r\n";
    struct stage *stage = world_new(MANUAL);
    struct client *advancing = world_client(stage), *settling = world_client(stage);

    for (int i = 0; i < 2500; i++)
        world_ask(stage, "POST /v1/predictions", NULL, "{'version':'" VERSION "','input':{" INPUT "}}", 201, NULL);
    client_put_raw(advancing, advance, sizeof(advance) - 1); // takes several turns
    app_turn(world_app(stage), false);
    client_put_raw(settling, settle, sizeof(settle) - 1);
    client_expect(settling, 200, NULL); // at its end, which is no event
    client_expect(advancing, 200, "{'more':4000}");
    world_free(stage);
}
END_TEST

START_TEST(test_settle_and_a_clock_that_is_frozen)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    client_send(client, "POST /_mock/settle", NULL, NULL);
    client_expect_waiting(client);
    world_ask(stage, "PUT /_mock/clock", NULL, "{'mode':'manual'}", 200, NULL);
    client_expect(client, 200, NULL); // on a manual clock nothing is due: that is rest
    world_free(stage);
}
END_TEST

START_TEST(test_each_step_is_a_timer_that_fired)
{
    struct stage *stage = world_new(MANUAL " --boot 0 --predict 1s");
    struct client *client = world_client(stage);

    client_send(client, "POST /v1/predictions", "Prefer: wait=1", CREATE); // both fall at 1 s: the output comes first
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'steps':1}", 200,
              "{'now':'2026-01-01T00:00:01Z','fired':[{'what':'prediction.succeeded'}]}");
    client_expect(client, 201, "{'output':['*']}");
    world_free(stage);
}
END_TEST

START_TEST(test_reset_of_all_brings_the_options_back)
{
    struct stage *stage = world_new("");

    world_ask(stage, "PUT /_mock/clock", "Authorization: -", "{'mode':'manual','now':'2040-01-01T00:00:00Z'}", 200,
              NULL);
    world_ask(stage, "POST /_mock/reset", "Authorization: -", "{'keep':['clock']}", 200, NULL);
    world_ask(stage, "GET /_mock/clock", NULL, NULL, 200, "{'mode':'manual','now':'2040-01-01T00:00:00Z'}");
    world_ask(stage, "POST /_mock/reset", "Authorization: -", NULL, 200, NULL);
    world_ask(stage, "GET /_mock/clock", NULL, NULL, 200, "{'mode':'real','now':'2026-01-01T00:00:00Z'}");
    world_free(stage);
}
END_TEST

START_TEST(test_times_before_anything)
{
    struct stage *stage = world_new(MANUAL);

    world_ask(stage, "PUT /_mock/clock", NULL, "{'now':'1970-01-01T00:00:00Z'}", 422, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'to':'1970-01-01T00:00:00Z'}", 422, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/clock/advance", "Authorization: -", "{'to':'2025-01-01T00:00:00Z'}", 422,
              NULL); // of any world
    world_free(stage);
}
END_TEST

START_TEST(test_settle_names_only_what_is_open)
{
    struct stage *stage = world_new("--predict 1h");
    struct client *client = world_client(stage);

    // A world with a manual clock, whose unfinished prediction is at rest; and one old unfinished one behind many others.
    world_ask(stage, "PUT /_mock/clock", "Authorization: Bearer frozen", "{'mode':'manual'}", 200, NULL);
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer frozen", CREATE, 201, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    for (int i = 0; i < 1001; i++) {
        world_ask(stage, "POST /v1/predictions", NULL, "{'version':'" VERSION "','input':{" INPUT "}}", 201, NULL);
        world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, NULL);
    }
    client_send(client, "POST /_mock/settle?timeout=1s", "Authorization: -", NULL);
    world_advance(stage, 1000);
    client_expect(client, 408, "{'detail':'Not settled in time: unfinished predictions: 1'}");
    for (int i = 0; i < 7; i++)
        world_ask(stage, "POST /v1/predictions", NULL, "{'version':'" VERSION "','input':{" INPUT "}}", 201, NULL);
    client_send(client, "POST /_mock/settle?timeout=1s", NULL, NULL);
    world_advance(stage, 1000);
    client_expect(client, 408, NULL); // five are named, the others counted
    ck_assert(strstr(client_answer(client)->body, " is processing, unfinished predictions besides: 3\""));
    world_ask(stage, "POST /_mock/settle?tiemout=1s", NULL, NULL, 422, "{'invalid_fields':[{'field':'tiemout'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_wait_for_a_status)
{
    struct stage *stage = world_new("");
    struct client *processing = world_client(stage), *terminal = world_client(stage);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "GET /_mock/wait?prediction={id}&status=starting", NULL, NULL, 200, "{'now':'*'}");
    client_send(processing, "GET /_mock/wait?prediction={id}&status=processing", NULL, NULL);
    client_send(terminal, "GET /_mock/wait?prediction={id}", NULL, NULL);
    world_advance(stage, 99);
    client_expect_waiting(processing);
    world_advance(stage, 1);
    client_expect(processing, 200, "{'now':'2026-01-01T00:00:00.1Z'}");
    client_expect_waiting(terminal);
    world_advance(stage, 1000);
    client_expect(terminal, 200, NULL);
    world_ask(stage, "GET /_mock/wait?prediction={id}&status=terminal", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /_mock/wait?prediction={id}&status=succeeded", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /_mock/wait?prediction={id}&status=failed", NULL, NULL, 408,
              "{'detail':'It cannot come any more: prediction {id} is succeeded.'}");
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 500); // what is processing cannot be aborted
    world_ask(stage, "GET /_mock/wait?prediction={id}&status=aborted", NULL, NULL, 408, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_a_status_that_passes_within_one_turn)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    client_send(client, "GET /_mock/wait?prediction={id}&status=processing", NULL, NULL);
    world_advance(stage, 3000); // starting, processing, succeeded
    client_expect(client, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_wait_that_is_in_vain)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    client_send(client, "GET /_mock/wait?prediction={id}&status=failed&timeout=60s", NULL, NULL);
    world_advance(stage, 1100); // at once, not after a minute
    client_expect(client, 408, "{'detail':'It cannot come any more: prediction {id} is succeeded.','status':408}");
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    client_send(client, "GET /_mock/wait?prediction={id}&timeout=1s", NULL, NULL);
    world_advance(stage, 1000);
    client_expect(client, 408, "{'detail':'It did not come in time: prediction {id} is processing.'}");
    world_ask(stage, "GET /_mock/wait?prediction={id}", "Authorization: Bearer other", NULL, 404, NULL);
    world_ask(stage, "GET /_mock/wait", NULL, NULL, 422, NULL);
    world_ask(stage, "GET /_mock/wait?prediction={id}&status=done", NULL, NULL, 422,
              "{'invalid_fields':[{'field':'status'}]}");
    world_ask(stage, "GET /_mock/wait?prediction={id}&webhooks=1", NULL, NULL, 422,
              "{'invalid_fields':[{'field':'webhooks'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_waits_of_clients_that_leave)
{
    struct stage *stage = world_new("");
    struct client *a = world_client(stage), *b = world_client(stage);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    client_send(a, "POST /_mock/settle", NULL, NULL);
    client_send(b, "GET /_mock/wait?prediction={id}", NULL, NULL);
    client_leave(a);
    client_leave(b);
    world_advance(stage, 5000);
    world_free(stage);
}
END_TEST

/* --- reset ---------------------------------------------------------------------------------------------------------- */

START_TEST(test_reset_of_one_world)
{
    struct stage *stage = world_new(MANUAL " --seed 1");
    char first[32];

    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, "{'worlds':0}");
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    snprintf(first, sizeof(first), "%s", world_id(stage));
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer other", CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1s'}", 200, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, "{}", 200, "{'worlds':1}");
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[]}");
    world_ask(stage, "GET /_mock/clock", NULL, NULL, 200, "{'now':'2026-01-01T00:00:00Z'}");
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    ck_assert_str_eq(world_id(stage), first); // as new: with a seed the same ids come again
    world_ask(stage, "GET /v1/predictions", "Authorization: Bearer other", NULL, 200, "{'results':['*']}");
    world_free(stage);
}
END_TEST

START_TEST(test_reset_of_all)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer a", CREATE, 201, NULL);
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer b", CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/reset", "Authorization: -", NULL, 200, "{'worlds':2}");
    world_ask(stage, "GET /_mock/health", NULL, NULL, 200, "{'worlds':0,'predictions':0}");
    world_free(stage);
}
END_TEST

START_TEST(test_reset_can_keep)
{
    struct stage *stage = world_new(MANUAL);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'30s'}", 200, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['scenarios','clock']}", 200, "{'worlds':1}");
    world_ask(stage, "GET /_mock/clock", NULL, NULL, 200, "{'mode':'manual','now':'2026-01-01T00:00:30Z'}");
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[]}");
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, "{'created_at':'2026-01-01T00:00:30Z'}");
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['predictions']}", 200, "{'worlds':1}");
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'starting'}");
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['everything']}", 422,
              "{'invalid_fields':[{'field':'keep'}]}");
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':'clock'}", 422, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, "{'spare':[]}", 422, "{'invalid_fields':[{'field':'spare'}]}");
    world_free(stage);
}
END_TEST

/* --- who may call ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *host;
    bool allowed;
} hosts[] = {
    {"127.0.0.1:7375", true},
    {"[::1]:7375", true},
    {"10.1.2.3", true},
    {"localhost:7375", true},
    {"app.localhost", true},
    {"mock", true},
    {"mock:7375", true},
    {"host.docker.internal:7375", true},
    {"mock.internal", true},  // by --control-host
    {"public.example", true}, // by --public-url
    {"evil.example", false},
    {"127.0.0.1.evil.example", false},
    {"localhost.evil.example", false},
    {"api.replicate.com", false},
};

START_TEST(test_hosts)
{
    struct stage *stage = world_new("--control-host mock.internal --public-url https://public.example:8443/");

    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
        char header[128];
        snprintf(header, sizeof(header), "Host: %s", hosts[i].host);
        world_ask(stage, "GET /_mock/clock", header, NULL, hosts[i].allowed ? 200 : 403, NULL);
        world_ask(stage, "GET /_mock/health", header, NULL, 200, NULL); // open to any
    }
    world_ask(stage, "GET /_mock/clock", "Host: evil.example", NULL, 403,
              "{'detail':'Host \\'evil.example\\' may not call /_mock; --control-host evil.example would allow it.'}");
    world_free(stage);
    stage = world_new("--control-host *");
    world_ask(stage, "GET /_mock/clock", "Host: evil.example", NULL, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_origins)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /_mock/reset", "Host: localhost:7375\nOrigin: http://evil.example", NULL, 403,
              "{'status':403}");
    world_ask(stage, "POST /_mock/reset", "Host: localhost:7375\nOrigin: http://localhost:3000", NULL, 403, NULL);
    world_ask(stage, "POST /_mock/reset", "Host: localhost:7375\nOrigin: null", NULL, 403, NULL);
    world_ask(stage, "POST /_mock/reset", "Host: localhost:7375\nOrigin: http://localhost:7375", NULL, 200, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Access-Control-Allow-Origin"), "");
    world_ask(stage, "OPTIONS /_mock/reset", "Host: localhost:7375\nOrigin: http://evil.example", NULL, 403, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_mutations_are_json)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /_mock/reset", "Content-Type: application/x-www-form-urlencoded", "{}", 415,
              "{'status':415}");
    world_ask(stage, "POST /_mock/reset", "Content-Type: text/plain", "{}", 415, NULL);
    world_ask(stage, "POST /_mock/reset", "Content-Type: application/json; charset=utf-8", "{}", 200, NULL);
    world_ask(stage, "POST /_mock/nothing", NULL, NULL, 404, NULL);
    world_ask(stage, "PUT /_mock/reset", NULL, NULL, 405, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Allow"), "POST");
    world_free(stage);
}
END_TEST

START_TEST(test_fixtures)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /_mock/fixtures/controlnet-request.json", NULL, NULL, 200, "{'version':'" VERSION "'}");
    world_ask(stage, "GET /_mock/fixtures/sample.png", NULL, NULL, 200, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "image/png");
    world_ask(stage, "GET /_mock/fixtures/..%2Fschema", NULL, NULL, 404, NULL);
    world_free(stage);
}
END_TEST

SUITE("control", test_health, test_clock_is_read_and_put, test_freezing_and_thawing, test_a_later_now_is_an_advance,
      test_clock_of_the_whole_server, test_bad_clocks, test_advance_lists_what_fired, test_advance_to_and_by_steps,
      test_advance_needs_a_manual_clock, test_bad_advances, test_a_long_advance_lets_others_go_on,
      test_one_advance_at_a_time, test_advance_of_the_whole_server, test_settle_waits_for_all_predictions,
      test_settle_of_the_whole_server, test_settle_says_what_is_open, test_settle_of_a_manual_clock,
      test_each_step_is_a_timer_that_fired, test_reset_of_all_brings_the_options_back, test_times_before_anything,
      test_settle_names_only_what_is_open, test_settle_while_the_clock_advances, test_settle_and_a_clock_that_is_frozen,
      test_wait_for_a_status, test_a_status_that_passes_within_one_turn, test_wait_that_is_in_vain,
      test_waits_of_clients_that_leave, test_reset_of_one_world, test_reset_of_all, test_reset_can_keep, test_hosts,
      test_origins, test_mutations_are_json, test_fixtures);
