/* POST /predictions: bodies, the order of checks, versions, ids, `Prefer: wait`, Cancel-After. */
#include "lib/logged.h"
#include "lib/suite.h"
#include "lib/world.h"

#include "base/id.h"
#include "core/catalog.h"

#include <stdio.h>
#include <string.h>

START_TEST(test_answer_is_byte_for_byte)
{
    struct stage *stage = world_new("--clock manual --start-time 2026-01-01T00:00:00.04Z --seed 1");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    char expected[2048];
    snprintf(
        expected, sizeof(expected),
        "{\"id\":\"%s\",\"model\":\"rossjillian/controlnet\",\"version\":\"" VERSION "\","
        "\"input\":{\"image\":\"https://example.com/a.png\",\"prompt\":\"a "
        "turtle\",\"seed\":7,\"structure\":\"canny\"},"
        "\"logs\":\"\",\"output\":null,\"data_removed\":false,\"error\":null,\"source\":\"api\",\"status\":"
        "\"starting\","
        "\"created_at\":\"2026-01-01T00:00:00.04Z\",\"urls\":{\"cancel\":\"http://localhost/v1/predictions/%s/cancel\","
        "\"get\":\"http://localhost/v1/predictions/%s\",\"stream\":\"",
        world_id(stage), world_id(stage), world_id(stage));
    const char *body = world_answer(stage)->body;
    ck_assert_int_eq(strncmp(body, expected, strlen(expected)), 0);
    const char *stream = body + strlen(expected);
    ck_assert_int_eq(strncmp(stream, "http://localhost/v1/files/", 26), 0);
    ck_assert_uint_eq(strcspn(stream + 26, "\""), 4 + 1 + 52);
    char tail[128];
    snprintf(tail, sizeof(tail), "\",\"web\":\"https://replicate.com/p/%s\"}}\n", world_id(stage));
    ck_assert_str_eq(stream + 26 + 57, tail);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "application/json");
    world_free(stage);
}
END_TEST

START_TEST(test_every_prefix_is_served_and_kept)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /predictions", NULL, CREATE, 201,
              "{'urls':{'get':'http://localhost/predictions/{id}','web':'https://replicate.com/p/{id}'}}");
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201,
              "{'urls':{'get':'http://localhost/v1/predictions/{id}'}}");
    world_ask(stage, "POST /v1/v1/predictions", NULL, CREATE, 201,
              "{'urls':{'get':'http://localhost/v1/predictions/{id}'}}");
    world_ask(stage, "GET /v1/predictions/{id}/", NULL, NULL, 200, "{'id':'{id}'}"); // one trailing slash
    world_ask(stage, "GET //v1/predictions/{id}", NULL, NULL, 200, "{'id':'{id}'}");
    world_free(stage);
}
END_TEST

START_TEST(test_input_comes_back_as_it_was_sent)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'" VERSION "','input':{" INPUT
              ",'z':1.50,'seed':18446744073709551615,'a':{'y':1e400,'b':[-0,0.0]},"
              "'t':'<a & b>','\\u00e9':null}}",
              201, NULL);
    const char *input = strstr(world_answer(stage)->body, "\"input\":");
    const char expected[] = "\"input\":{\"a\":{\"b\":[-0,0.0],\"y\":1e400},\"image\":\"https://example.com/"
                            "a.png\",\"prompt\":\"a turtle\",\"seed\":18446744073709551615,\"structure\":\"canny\","
                            "\"t\":\"\\u003ca \\u0026 b\\u003e\",\"z\":1.50,\"\xc3\xa9\":null},\"logs\"";
    ck_assert_int_eq(strncmp(input, expected, strlen(expected)), 0);
    world_free(stage);
}
END_TEST

START_TEST(test_ids_hold_the_time_of_creation)
{
    struct stage *stage = world_new("--clock manual --start-time 2024-04-22T11:15:15.329Z");
    uint64_t bits[2];

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, "{'created_at':'2024-04-22T11:15:15.329Z'}");
    ck_assert(id_is_valid(world_id(stage)));
    id_bits(world_id(stage), bits);
    // Words 3, 1, 0, 2 of a UUIDv7: the upper 32 bits of its time are the third, the lower 16 begin the second.
    uint64_t ms = (bits[1] >> 32) << 16 | (bits[0] >> 16 & 0xffff);
    ck_assert_uint_eq(ms, 1713784515329);
    world_free(stage);
}
END_TEST

START_TEST(test_same_seed_same_bodies)
{
    char bodies[2][4096];

    for (int i = 0; i < 2; i++) {
        struct stage *stage = world_new("--clock manual --start-time 2026-01-01T00:00:00Z --seed 42");
        world_ask(stage, "POST /v1/predictions", NULL, "{'version':'" VERSION "','input':{" INPUT "}}", 201, NULL);
        world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'2s'}", 200, NULL);
        world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
        snprintf(bodies[i], sizeof(bodies[i]), "%s", world_answer(stage)->body);
        // Another token is another world: its ids are its own.
        world_ask(stage, "POST /v1/predictions", "Authorization: Bearer other", CREATE, 201, NULL);
        ck_assert(!strstr(bodies[i], world_id(stage)));
        world_free(stage);
    }
    ck_assert_str_eq(bodies[0], bodies[1]);
}
END_TEST

/* One bad body a line, and what it gets, whole. */
static const struct {
    const char *body;
    int status;
    const char *answer;
} bad_bodies[] = {
    // Recorded.
    {"{'model':'x','input':{}}", 422,
     "{'detail':'- version is required\\n- Additional property model is not allowed\\n','status':422,"
     "'title':'Input validation failed','invalid_fields':["
     "{'type':'required','field':'','description':'version is required'},"
     "{'type':'additional_property_not_allowed','field':'','description':'Additional property model is not "
     "allowed'}]}"},
    {"{'version':'5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccab','input':{}}", 422,
     "{'title':'Invalid version or not permitted','detail':'The specified version does not exist (or perhaps you "
     "don\xe2\x80\x99t"},
    // By the same library's rules.
    {"{}", 422, "{'detail':'- version is required\\n- input is required\\n','status':422,"},
    {"[]", 422, "{'detail':'- Invalid type. Expected: object, given: array\\n','status':422,"},
    {"null", 422, "{'detail':'- Invalid type. Expected: object, given: null\\n',"},
    {"{'version':1,'input':{}}", 422, "{'detail':'- version: Invalid type. Expected: string, given: integer\\n',"},
    {"{'version':'x','input':'y'}", 422, "{'detail':'- input: Invalid type. Expected: object, given: string\\n',"},
    {"{'version':'x','input':null}", 422, "{'detail':'- input: Invalid type. Expected: object, given: null\\n',"},
    {"{'version':'x','input':{},'webhook':5.5}", 422,
     "{'detail':'- webhook: Invalid type. Expected: string, given: number\\n',"},
    {"{'version':'x','input':{},'stream':'yes'}", 422,
     "{'detail':'- stream: Invalid type. Expected: boolean, given: string\\n',"},
    {"{'version':'x','input':{},'webhook_events_filter':{}}", 422,
     "{'detail':'- webhook_events_filter: Invalid type. Expected: array, given: object\\n',"},
    {"{'version':'x','input':{},'webhook_events_filter':['start','end']}", 422,
     "{'detail':'- webhook_events_filter.1: webhook_events_filter.1 must be one of the following: \\\"start\\\", "
     "\\\"output\\\", \\\"logs\\\", \\\"completed\\\"\\n',"},
    {"{'version':'x','input':{},'webhook_events_filter':'start,end'}", 422, "{'detail':'- webhook_events_filter: "},
    // JSON itself.
    {"", 400, "{'title':'Bad request','detail':'The request body is empty; it must be a JSON object.','status':400}"},
    {"{'version':\n  'x',}", 400,
     "{'title':'Bad request','detail':'The request body cannot be read as JSON: line 2, column 7: "},
    {"{'version':'x','version':'y'}", 400,
     "{'title':'Bad request','detail':'The request body cannot be read as JSON: line 1, "},
    {"{'version':'x','input':{'a':'\\u0000'}}", 400, "{'title':'Bad request',"},
    {"{'version':'x','input':{'a':01}}", 400, "{'title':'Bad request',"},
};

START_TEST(test_bad_bodies)
{
    struct stage *stage = world_new("");

    for (size_t i = 0; i < sizeof(bad_bodies) / sizeof(*bad_bodies); i++) {
        char expected[1024];
        snprintf(expected, sizeof(expected), "%s", bad_bodies[i].answer);
        for (char *at = expected; *at; at++)
            *at = *at == '\'' ? '"' : *at;
        char *typographic = strstr(expected, "\xe2\x80\x99");
        if (typographic) // stands for the apostrophe, which would have become a quote
            memmove(typographic, "'t", 3);
        world_ask(stage, "POST /v1/predictions", NULL, bad_bodies[i].body, bad_bodies[i].status, NULL);
        const struct answer *answer = world_answer(stage);
        ck_assert_msg(strncmp(answer->body, expected, strlen(expected)) == 0, "body %zu: expected %s\ngot      %s", i,
                      expected, answer->body);
        ck_assert_str_eq(answer_header(answer, "Content-Type"), "application/problem+json");
        ck_assert_int_eq(answer->body[answer->len - 1], '\n');
    }
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[]}");
    world_free(stage);
}
END_TEST

START_TEST(test_what_version_may_be)
{
    static const char *const good[] = {VERSION, ("rossjillian/controlnet:" VERSION)};
    static const char *const bad[] = {"rossjillian/controlnet", // a community model needs its version
                                      "rossjillian/controlnet:latest", "795433b1", ("other/controlnet:" VERSION), ""};
    struct stage *stage = world_new("");
    char body[512];

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        snprintf(body, sizeof(body), "{'version':'%s','input':{" INPUT "}}", good[i]);
        world_ask(stage, "POST /v1/predictions", NULL, body, 201,
                  "{'model':'rossjillian/controlnet','version':'" VERSION "'}");
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        snprintf(body, sizeof(body), "{'version':'%s','input':{}}", bad[i]);
        world_ask(stage, "POST /v1/predictions", NULL, body, 422, "{'title':'Invalid version or not permitted'}");
    }
    world_free(stage);
}
END_TEST

START_TEST(test_an_official_model_runs_by_its_name)
{
    struct stage *stage = world_new("");

    world_add_model(stage, "{'owner':'acme','name':'painter','is_official':true,'latest_version':{'id':'aa'}}");
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'acme/painter','input':{}}", 201,
              "{'model':'acme/painter','version':'hidden'}");
    world_free(stage);
}
END_TEST

/* --- by the path --------------------------------------------------------------------------------------------------- */

#define PAINTER                                                                                                        \
    "{'owner':'acme','name':'painter','is_official':true,'latest_version':{'id':'aa','openapi_schema':{'components':{" \
    "'schemas':{'Input':{'type':'object','required':['prompt'],'properties':{'prompt':{'type':'string'}}},"            \
    "'Output':{'type':'string'}}}}}}"

START_TEST(test_an_official_model_has_a_path_of_its_own)
{
    struct stage *stage = world_new("--clock manual --start-time " STAGE_START);

    world_add_model(stage, PAINTER);
    world_ask(stage, "POST /v1/models/acme/painter/predictions", NULL, "{'input':{'prompt':'a turtle'}}", 201,
              "{'model':'acme/painter','version':'hidden','status':'starting','deployment':'<absent>',"
              "'urls':{'get':'http://localhost/v1/predictions/{id}'}}");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'2s'}", 200, NULL);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded','version':'hidden'}");
    world_ask(stage, "POST /models/acme/painter/predictions", NULL, "{'input':{'prompt':''}}", 201, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_its_path_takes_the_headers_and_webhooks_of_the_other)
{
    struct stage *stage = world_new("");
    struct client *waiting = world_client(stage);

    world_add_model(stage, PAINTER);
    client_send(waiting, "POST /v1/models/acme/painter/predictions", "Prefer: wait=5\nCancel-After: 5m",
                "{'input':{'prompt':'x'},'stream':true,'webhook':'http://localhost:1/hook',"
                "'webhook_events_filter':['completed']}");
    world_advance(stage, 1099.999);
    client_expect_waiting(waiting);
    world_advance(stage, 0.001);
    client_expect(waiting, 201,
                  "{'status':'processing','output':'*','deadline':'2026-01-01T00:05:00Z',"
                  "'webhook':'http://localhost:1/hook'}");
    ck_assert_str_eq(answer_header(client_answer(waiting), "Preference-Applied"), "wait=5");
    world_hook(stage, "http://localhost:1/hook", "{'model':'acme/painter','version':'hidden','status':'succeeded'}");
    world_free(stage);
}
END_TEST

START_TEST(test_there_version_is_an_unknown_member)
{
    struct stage *stage = world_new("");

    world_add_model(stage, PAINTER);
    world_ask(stage, "POST /v1/models/acme/painter/predictions", NULL, "{'version':'aa','input':{'prompt':''}}", 422,
              "{'invalid_fields':[{'type':'additional_property_not_allowed','field':'',"
              "'description':'Additional property version is not allowed'}]}");
    world_ask(stage, "POST /v1/models/acme/painter/predictions", NULL, "{'destination':'a/b'}", 422,
              "{'detail':'- input is required\\n- Additional property destination is not allowed\\n'}");
    world_ask(stage, "POST /v1/models/acme/painter/predictions", NULL, "{'input':{}}", 422,
              "{'detail':'- input: prompt is required\\n'}");
    world_ask(stage, "POST /v1/models/acme/painter/predictions", NULL, "{", 400, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_other_models_have_no_such_path)
{
    static const char *const none[] = {"rossjillian/controlnet", "acme/nothing", "acme/empty"};
    struct stage *stage = world_new("");
    char request[128];

    world_add_model(stage, "{'owner':'acme','name':'empty','is_official':true,'latest_version':null}");
    for (size_t i = 0; i < COUNT(none); i++) {
        snprintf(request, sizeof(request), "POST /v1/models/%s/predictions", none[i]);
        world_ask(stage, request, NULL, "{'input':{" INPUT "}}", 404, NULL);
        ck_assert_str_eq(world_answer(stage)->body,
                         "{\"detail\":\"The requested resource could not be found.\",\"status\":404}\n");
        ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "application/problem+json");
    }
    world_ask(stage, "GET /v1/models/acme/painter/predictions", NULL, NULL, 405, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Allow"), "POST, OPTIONS");
    world_free(stage);
}
END_TEST

/* The client is told no more than Replicate tells it: the log says, once, what would help. */
START_TEST(test_what_is_not_here_is_said_in_the_log)
{
    static const char *const asked[][2] = {{"POST /v1/models/acme/nothing/predictions", "{'input':{}}"},
                                           {"POST /v1/predictions", "{'version':'acme/nothing','input':{}}"}};

    for (size_t i = 0; i < COUNT(asked); i++) {
        struct stage *stage = world_new("");
        char log[1024];
        log_begin();
        world_ask(stage, asked[i][0], NULL, asked[i][1], i == 0 ? 404 : 422, NULL);
        world_ask(stage, asked[i][0], NULL, asked[i][1], i == 0 ? 404 : 422, NULL);
        log_end(log, sizeof(log));
        const char *said = strstr(log, "no version or official model acme/nothing is here; --models PATH brings more, "
                                       "--unknown-models accept runs any\n");
        ck_assert_msg(said && !strchr(said, '\n')[1], "%s", log);
        world_free(stage);
    }
}
END_TEST

START_TEST(test_unknown_models_may_be_accepted_there)
{
    struct stage *stage = world_new("--unknown-models accept");

    world_ask(stage, "POST /v1/models/acme/nothing/predictions", NULL, "{'input':{}}", 201,
              "{'model':'acme/nothing','version':'hidden'}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_version_alone_behind_models)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/models/" VERSION "/predictions", NULL, "{'input':{" INPUT "}}", 201,
              "{'model':'rossjillian/controlnet','version':'" VERSION "'}");
    world_ask(stage, "POST /v1/models/abc/predictions", NULL, "{'input':{}}", 404, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_webhook_is_echoed)
{
    struct stage *stage = world_new("");

    world_ask(
        stage, "POST /v1/predictions", NULL,
        "{'version':'" VERSION "','input':{" INPUT "},'webhook':'https://example.com/hook?a=1&b=2',"
        "'webhook_events_filter':['start','completed'],'stream':true,'webhook_completed':'https://example.com/old'}",
        201, "{'webhook':'https://example.com/hook?a=1&b=2','webhook_events_filter':'<absent>','stream':'<absent>'}");
    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'" VERSION "','input':{" INPUT "},'webhook_events_filter':'start,completed'}", 201,
              "{'webhook':'<absent>'}");
    world_free(stage);
}
END_TEST

/* --- Prefer: wait ----------------------------------------------------------------------------------------------- */

START_TEST(test_wait_answers_when_the_output_is_there)
{
    struct stage *stage = world_new("");
    struct client *waiting = world_client(stage);

    client_send(waiting, "POST /v1/predictions", "Prefer: wait", CREATE);
    world_advance(stage, 1099.999);
    client_expect_waiting(waiting);
    world_advance(stage, 0.001);
    // "as recorded: processing, output complete, no completed_at or metrics"
    client_expect(waiting, 201,
                  "{'status':'processing','output':['*'],'started_at':'2026-01-01T00:00:00.1Z',"
                  "'completed_at':'<absent>','metrics':'<absent>'}");
    ck_assert_str_eq(answer_header(client_answer(waiting), "Preference-Applied"), "wait");
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
    world_free(stage);
}
END_TEST

START_TEST(test_wait_that_times_out_says_starting)
{
    struct stage *stage = world_new("--predict 10s");
    struct client *waiting = world_client(stage);

    client_send(waiting, "POST /v1/predictions", "Prefer: wait=2", CREATE);
    world_advance(stage, 1999);
    client_expect_waiting(waiting);
    world_advance(stage, 1);
    client_expect(waiting, 202, "{'status':'starting','output':null,'logs':'','started_at':'<absent>'}");
    ck_assert_str_eq(answer_header(client_answer(waiting), "Preference-Applied"), "wait=2");
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'processing'}");
    world_free(stage);
}
END_TEST

/* The header, and after how many milliseconds a wait with it ends; 0: it is ignored. */
static const struct {
    const char *header;
    double ms;
} prefers[] = {
    {"wait", 59500},      {"wait=60", 59500}, {"wait=61", 59500}, {"wait=100", 59500}, {"wait=1", 1000},
    {"wait=1.5", 1500},   {"wait=59", 59000}, {"wait=0", 0},      {"wait=0.5", 0},     {"wait=", 0},
    {"wait=-1", 0},       {"wait=x", 0},      {"wait=1e1", 0},    {"wait=0x2", 0},     {"waits", 0},
    {"respond-async", 0}, {"wait=1.2.3", 0},
};

START_TEST(test_what_prefer_may_be)
{
    struct stage *stage = world_new("--predict 1h");

    for (size_t i = 0; i < sizeof(prefers) / sizeof(*prefers); i++) {
        char header[64];
        struct client *client = world_client(stage);
        snprintf(header, sizeof(header), "Prefer: %s", prefers[i].header);
        client_send(client, "POST /v1/predictions", header, CREATE);
        if (prefers[i].ms > 0) {
            world_advance(stage, prefers[i].ms - 1);
            client_expect_waiting(client);
            world_advance(stage, 1);
        }
        client_expect(client, prefers[i].ms > 0 ? 202 : 201, "{'status':'starting'}");
        client_leave(client);
    }
    world_free(stage);
}
END_TEST

START_TEST(test_wait_on_a_manual_clock_ends_in_either_time)
{
    struct stage *stage = world_new("--clock manual");
    struct client *a = world_client(stage), *b = world_client(stage);

    client_send(a, "POST /v1/predictions", "Prefer: wait=1", CREATE); // 1 simulated second comes first
    client_send(b, "POST /v1/predictions", "Prefer: wait=5", CREATE); // 5 real seconds
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1s'}", 200,
              "{'fired':[{'what':'prediction.processing'},{'what':'prediction.processing'},{'what':'wait.timeout'}]}");
    client_expect(a, 202, "{'status':'starting'}");
    world_advance(stage, 4999);
    client_expect_waiting(b);
    world_advance(stage, 1);
    client_expect(b, 202, "{'status':'starting'}");
    world_free(stage);
}
END_TEST

START_TEST(test_output_in_the_last_instant_is_in_time)
{
    struct stage *stage = world_new("--boot 100ms --predict 900ms --clock manual");
    struct client *client = world_client(stage);

    client_send(client, "POST /v1/predictions", "Prefer: wait=1", CREATE);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1s'}", 200, NULL);
    client_expect(client, 201, "{'output':['*']}");
    world_free(stage);
}
END_TEST

START_TEST(test_wait_ends_when_the_prediction_is_canceled)
{
    struct stage *stage = world_new("");
    struct client *waiting = world_client(stage);

    client_send(waiting, "POST /v1/predictions", "Prefer: wait", CREATE);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':['*']}");
    char cancel[128];
    snprintf(cancel, sizeof(cancel), "POST /v1/predictions/%s/cancel", world_text(stage, "results.0.id"));
    world_ask(stage, cancel, NULL, NULL, 200, "{'status':'canceled'}");
    client_expect(waiting, 201, "{'status':'canceled','output':null}");
    world_free(stage);
}
END_TEST

START_TEST(test_wait_of_a_world_that_is_reset)
{
    struct stage *stage = world_new("");
    struct client *waiting = world_client(stage);

    client_send(waiting, "POST /v1/predictions", "Prefer: wait", CREATE);
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, "{'worlds':1}");
    client_expect(waiting, 404, "{'detail':'The requested resource could not be found.','status':404}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_waiting_client_that_leaves)
{
    struct stage *stage = world_new("");
    struct client *waiting = world_client(stage);

    client_send(waiting, "POST /v1/predictions", "Prefer: wait", CREATE);
    client_leave(waiting);
    world_advance(stage, 5000); // its prediction goes on
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[{'status':'succeeded'}]}");
    world_free(stage);
}
END_TEST

/* --- Cancel-After ----------------------------------------------------------------------------------------------- */

static const struct {
    const char *header;
    const char *deadline; /* NULL: refused */
} cancel_afters[] = {
    {"5", "2026-01-01T00:00:05Z"},
    {"30s", "2026-01-01T00:00:30Z"},
    {"5m", "2026-01-01T00:05:00Z"},
    {"1h30m45s", "2026-01-01T01:30:45Z"},
    {"24h", "2026-01-02T00:00:00Z"},
    {"1h5s", "2026-01-01T01:00:05Z"},
    {"4s", NULL},
    {"24h1s", NULL},
    {"0", NULL},
    {"-5s", NULL},
    {"5 s", NULL},
    {"5x", NULL},
    {"s", NULL},
    {"1m1h", NULL},
    {"1m30", NULL},
    {"99999999999999999999s", NULL},
};

START_TEST(test_what_cancel_after_may_be)
{
    struct stage *stage = world_new("--clock manual --start-time " STAGE_START);

    for (size_t i = 0; i < sizeof(cancel_afters) / sizeof(*cancel_afters); i++) {
        char header[64], expected[64];
        snprintf(header, sizeof(header), "Cancel-After: %s", cancel_afters[i].header);
        snprintf(expected, sizeof(expected), "{'deadline':'%s'}",
                 cancel_afters[i].deadline ? cancel_afters[i].deadline : "<absent>");
        world_ask(stage, "POST /v1/predictions", header, CREATE, cancel_afters[i].deadline ? 201 : 422, expected);
    }
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, "{'deadline':'<absent>'}");
    world_free(stage);
}
END_TEST

SUITE("create", test_answer_is_byte_for_byte, test_every_prefix_is_served_and_kept,
      test_input_comes_back_as_it_was_sent, test_ids_hold_the_time_of_creation, test_same_seed_same_bodies,
      test_bad_bodies, test_what_version_may_be, test_an_official_model_runs_by_its_name,
      test_an_official_model_has_a_path_of_its_own, test_its_path_takes_the_headers_and_webhooks_of_the_other,
      test_there_version_is_an_unknown_member, test_other_models_have_no_such_path,
      test_what_is_not_here_is_said_in_the_log, test_unknown_models_may_be_accepted_there,
      test_a_version_alone_behind_models, test_webhook_is_echoed, test_wait_answers_when_the_output_is_there,
      test_wait_that_times_out_says_starting, test_what_prefer_may_be, test_wait_on_a_manual_clock_ends_in_either_time,
      test_output_in_the_last_instant_is_in_time, test_wait_ends_when_the_prediction_is_canceled,
      test_wait_of_a_world_that_is_reset, test_a_waiting_client_that_leaves, test_what_cancel_after_may_be);
