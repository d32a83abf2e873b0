/* Rules, from /_mock/scenarios to what a client sees. */
#include "lib/suite.h"
#include "lib/world.h"

#include "base/embed.h"

#include <stdio.h>
#include <string.h>

#define JSON    "Content-Type: application/json"
#define OTHER   "Authorization: Bearer other"
#define NOBODY  "Authorization: -"
#define LIST    "GET /v1/predictions"
#define RULE(r) "{'match':{'operation':'predictions.list'},'response':" r "}"

static void post(struct stage *stage, const char *rules, const char *answer)
{
    world_ask(stage, "POST /_mock/scenarios", JSON, rules, 201, answer);
}

static void create(struct stage *stage, int status)
{
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, status, NULL);
}

static void expect_header(struct stage *stage, const char *name, const char *value)
{
    ck_assert_str_eq(answer_header(world_answer(stage), name), value);
}

/* --- what is answered ----------------------------------------------------------------------------------------------- */

START_TEST(test_the_bodies_of_statuses)
{
    static const struct {
        int status;
        const char *body;
    } cases[] = {
        {401, "{\"title\":\"Unauthenticated\",\"detail\":\"You did not pass a valid authentication "
              "token\",\"status\":401}\n"},
        {402,
         "{\"title\":\"Insufficient credit\",\"detail\":\"You have insufficient credit to run this model. Go to "
         "https://replicate.com/account/billing#billing to purchase credit. Once you purchase credit, please wait a "
         "few minutes before trying again.\",\"status\":402}\n"},
        {404, "{\"detail\":\"The requested resource could not be found.\",\"status\":404}\n"},
        {405, "{\"detail\":\"Method \\\"POST\\\" not allowed.\",\"status\":405}\n"},
        {413, "{\"title\":\"Payload too large\",\"detail\":\"The request body is too large.\",\"status\":413}\n"},
        {422, "{\"detail\":\"- input: prompt is required\\n\",\"status\":422,\"title\":\"Input validation "
              "failed\",\"invalid_fields\":[{\"type\":\"required\",\"field\":\"input\",\"description\":\"prompt is "
              "required\"}]}\n"},
        {429, "{\"detail\":\"Request was throttled. Your rate limit resets in "
              "~1s.\",\"status\":429,\"retry_after\":1}\n"},
        {500, "{\"title\":\"Internal server error\",\"detail\":\"An unexpected error occurred.\",\"status\":500}\n"},
        {503,
         "{\"title\":\"Service unavailable\",\"detail\":\"The service is temporarily unavailable.\",\"status\":503}\n"},
        {418, "{\"detail\":\"The server answered with status 418.\",\"status\":418}\n"},
    };
    struct stage *stage = world_new("");
    char rule[128];

    for (size_t i = 0; i < COUNT(cases); i++) {
        snprintf(rule, sizeof(rule), "{'name':'r','response':{'status':%d}}", cases[i].status);
        post(stage, rule, "{'names':['r']}");
        if (cases[i].status == 405 || cases[i].status == 418)
            world_undescribed(stage); // no create is refused so by itself
        create(stage, cases[i].status);
        ck_assert_str_eq(world_answer(stage)->body, cases[i].body);
        expect_header(stage, "Content-Type", "application/problem+json");
        bool shown = cases[i].status != 401; // "no ratelimit headers on the 401"
        expect_header(stage, "ratelimit-remaining", !shown ? "" : cases[i].status == 429 ? "0" : "599");
        expect_header(stage, "ratelimit-reset", shown ? "1" : "");
        expect_header(stage, "Retry-After", cases[i].status == 429 ? "1" : "");
    }
    world_free(stage);
}
END_TEST

START_TEST(test_a_body_and_headers_of_ones_own)
{
    struct stage *stage = world_new("");

    post(stage, RULE("{'status':200,'body':{'z':1.50,'a':[]},'headers':{'X-One':'1','ratelimit-remaining':'7'}}"),
         NULL);
    world_undescribed(stage);
    world_ask(stage, LIST, NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_answer(stage)->body, "{\"z\":1.50,\"a\":[]}\n"); // in the order of the rule, digit for digit
    expect_header(stage, "Content-Type", "application/json");
    expect_header(stage, "X-One", "1");
    expect_header(stage, "ratelimit-remaining", "7");
    post(stage,
         "{'name':'rule-1','match':{'operation':'predictions.list'},'response':{'status':502,'body':'<html>bad</html>',"
         "'headers':{'content-type':'text/html'}}}",
         "{'names':['rule-1']}");
    world_ask(stage, LIST, NULL, NULL, 502, NULL);
    ck_assert_str_eq(world_answer(stage)->body, "<html>bad</html>");
    expect_header(stage, "Content-Type", "text/html");
    world_free(stage);
}
END_TEST

START_TEST(test_retry_after_is_said_twice)
{
    struct stage *stage = world_new("");

    post(stage, RULE("{'status':429,'headers':{'retry-after':'7'}}"), NULL);
    world_ask(stage, LIST, NULL, NULL, 429, "{'retry_after':7}");
    expect_header(stage, "Retry-After", "7");
    expect_header(stage, "ratelimit-reset", "7");
    world_free(stage);
}
END_TEST

START_TEST(test_instead_of_the_operation)
{
    struct stage *stage = world_new("--rate-limit 1/min");

    post(stage, "{'times':1,'response':{'status':500}}", "{'names':['rule-1']}");
    create(stage, 500);
    expect_header(stage, "ratelimit-remaining", "1"); // nor was the limiter asked
    world_ask(stage, LIST, NULL, NULL, 200, "{'results':[]}");
    create(stage, 201);
    world_free(stage);
}
END_TEST

START_TEST(test_magic)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'" VERSION
              "','input':{'image':'https://a.b/c.png','structure':'canny','prompt':'x mock:429 y'}}",
              429, "{'detail':'Request was throttled. Your rate limit resets in ~1s.','status':429,'retry_after':1}");
    world_ask(stage, "POST /v1/predictions", NULL, "{'input':{'prompt':'mock:4290'}}", 429,
              NULL); // before it is checked
    world_ask(stage, "POST /v1/predictions", NULL, "{'input':{'prompt':['mock:429']}}", 429, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, "{'input':{'prompt':'mock 429'}}", 422, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, "{'input':{'prompt':'mock:429'}", 400, NULL); // no JSON
    create(stage, 201);
    world_free(stage);
}
END_TEST

/* --- which requests ------------------------------------------------------------------------------------------------- */

START_TEST(test_model_and_input)
{
    struct stage *stage = world_new("--unknown-models accept");

    post(stage,
         "{'match':{'model':'rossjillian/controlnet','input':{'seed':{'gt':7},'prompt':{'matches':'^a \\\\w+$'}}},"
         "'response':{'status':500}}",
         NULL);
    create(stage, 201); // seed is 7
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'" VERSION "','input':{" INPUT ",'seed':8}}", 500, NULL);
    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'rossjillian/controlnet:" VERSION "','input':{" INPUT ",'seed':8}}", 500, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'any/thing:1','input':{" INPUT ",'seed':8}}", 201, NULL);
    post(stage, "{'match':{'model':'any/thing'},'response':{'status':503}}", NULL);
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'any/thing:1','input':{}}", 503, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_the_model_of_a_path)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/deployments", JSON,
              "{'name':'mine','model':'rossjillian/controlnet','version':'" VERSION "','hardware':'cpu',"
              "'min_instances':0,'max_instances':1}",
              200, NULL);
    char request[128];
    snprintf(request, sizeof(request), "POST /v1/deployments/%s/mine/predictions", world_text(stage, "owner"));
    post(stage, "{'match':{'model':'black-forest-labs/flux-schnell'},'response':{'status':500}}", NULL);
    post(stage, "{'match':{'model':'rossjillian/controlnet'},'response':{'status':503}}", NULL);
    post(stage, "{'match':{'operation':'models.get','model':'replicate/canary'},'response':{'status':502}}", NULL);
    world_ask(stage, request, NULL, "{'input':{}}", 503, NULL);
    world_ask(stage, "POST /v1/models/black-forest-labs/flux-schnell/predictions", NULL, "{'input':{}}", 500, NULL);
    world_ask(stage, "POST /v1/models/" VERSION "/predictions", NULL, "{'input':{}}", 503, NULL);
    world_ask(stage, "GET /v1/models/replicate/canary", NULL, NULL, 502, NULL);
    world_ask(stage, "GET /v1/models/replicate/hello-world", NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_ten_rules_in_order)
{
    struct stage *stage = world_new("");

    for (int i = 0; i < 10; i++) {
        char rule[128];
        snprintf(rule, sizeof(rule), "{'match':{'operation':'*'},'skip':1,'times':1,'response':{'status':%d}}",
                 500 + i);
        post(stage, rule, NULL);
    }
    world_ask(stage, LIST, NULL, NULL, 200, NULL); // all let one pass
    for (int i = 0; i < 10; i++)
        world_ask(stage, LIST, NULL, NULL, 500 + i, NULL);
    world_ask(stage, LIST, NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_skip_and_times_count_in_each_world)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /_mock/scenarios", JSON "\n" NOBODY,
              "{'match':{'operation':'predictions.list'},'skip':2,'times':3,'response':{'status':500}}", 201, NULL);
    for (int i = 0; i < 8; i++) {
        int status = i >= 2 && i < 5 ? 500 : 200;
        world_ask(stage, LIST, NULL, NULL, status, NULL);
        world_ask(stage, LIST, OTHER, NULL, status, NULL);
    }
    world_ask(stage, "GET /_mock/scenarios", NULL, NULL, 200, "{'results':[{'hits':3,'world':null}]}");
    world_ask(stage, "GET /_mock/scenarios", NOBODY, NULL, 200, "{'results':[{'hits':6,'world':null}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_who_has_no_token_meets_no_rule)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /_mock/scenarios", JSON "\n" NOBODY, "{'match':{'operation':'*'},'response':{'status':500}}",
              201, NULL);
    world_ask(stage, LIST, NOBODY, NULL, 401, NULL);
    world_ask(stage, LIST, NULL, NULL, 500, NULL);
    world_ask(stage, "GET /v1/nothing", NULL, NULL, 404, NULL);
    world_ask(stage, "GET /_mock/clock", NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

/* --- /_mock/scenarios ----------------------------------------------------------------------------------------------- */

START_TEST(test_post_list_delete)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /_mock/scenarios", NULL, NULL, 200, "{'results':[]}");
    post(stage, "{'scenarios':[{'response':{'status':500},'name':'a'},{'times':2,'response':{'delay':'0.5s'}}]}",
         "{'names':['a','rule-1']}");
    create(stage, 500);
    world_ask(stage, "GET /_mock/scenarios", NULL, NULL, 200, NULL);
    ck_assert_str_eq(
        world_answer(stage)->body,
        "{\"results\":[{\"name\":\"rule-1\",\"times\":2,\"response\":{\"delay\":\"0.5s\"},\"hits\":0,"
        "\"near_miss\":null},{\"name\":\"a\",\"response\":{\"status\":500},\"hits\":1,\"near_miss\":null}]}");
    world_ask(stage, "GET /_mock/scenarios?limit=1", NULL, NULL, 200, "{'results':[{'name':'rule-1'}]}");
    world_ask(stage, "GET /_mock/scenarios?nonsense=1", NULL, NULL, 422, NULL);
    world_ask(stage, "GET /_mock/scenarios", OTHER, NULL, 200, "{'results':[]}");
    world_ask(stage, "DELETE /_mock/scenarios/a", OTHER, NULL, 404, NULL);
    world_ask(stage, "DELETE /_mock/scenarios/a", NULL, NULL, 204, NULL);
    world_ask(stage, "DELETE /_mock/scenarios/a", NULL, NULL, 404, NULL);
    world_ask(stage, "GET /_mock/scenarios", NULL, NULL, 200, "{'results':[{'name':'rule-1'}]}");
    world_ask(stage, "DELETE /_mock/scenarios", NULL, NULL, 204, NULL);
    world_ask(stage, "GET /_mock/scenarios", NULL, NULL, 200, "{'results':[]}");
    create(stage, 201);
    world_free(stage);
}
END_TEST

START_TEST(test_one_of_the_same_name_takes_its_place)
{
    struct stage *stage = world_new("");

    post(stage, "{'name':'a','times':1,'response':{'status':500}}", NULL);
    post(stage, "{'name':'b','response':{'status':501}}", NULL);
    create(stage, 500);
    create(stage, 501);
    post(stage, "{'name':'a','times':1,'response':{'status':502}}", NULL);
    create(stage, 502); // in front of b still, and its count begins anew
    create(stage, 501);
    world_free(stage);
}
END_TEST

START_TEST(test_names_of_any_kind)
{
    static const struct {
        const char *name, *path;
    } cases[] = {
        {"a b", "a%20b"},           {"a/b", "a%2Fb"},       {"/", "%2f"},     {"?", "%3F"},    {"#", "%23"},
        {"100%", "100%25"},         {"a+b", "a+b"},         {"%41", "%2541"}, {"ü", "%C3%BC"}, {"*", "*"},
        {"a\\u0001\\n", "a%01%0A"}, {"\\'q\\'", "%22q%22"}, {"\\\\", "%5C"},  {"..", ".."},
    };
    struct stage *stage = world_new("");

    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[128];
        snprintf(text, sizeof(text), "{'name':'%s','response':{'status':500}}", cases[i].name);
        post(stage, text, NULL);
        snprintf(text, sizeof(text), "DELETE /_mock/scenarios/%s", cases[i].path);
        world_ask(stage, text, NULL, NULL, 204, NULL);
        world_ask(stage, "GET /_mock/scenarios", NULL, NULL, 200, "{'results':[]}");
    }
    post(stage, "{'name':'a*','response':{'status':500}}", NULL);
    world_ask(stage, "DELETE /_mock/scenarios/a", NULL, NULL, 404, NULL); // a * is none for names
    world_ask(stage, "DELETE /_mock/scenarios/a*b", NULL, NULL, 404, NULL);
    world_ask(stage, "DELETE /_mock/scenarios/a%2", NULL, NULL, 400, NULL);
    world_ask(stage, "DELETE /_mock/scenarios/a%00", NULL, NULL, 400, NULL);
    world_ask(stage, "DELETE /_mock/scenarios/a*/", NULL, NULL, 204, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_wrong_is_refused_whole)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /_mock/scenarios", JSON,
              "{'scenarios':[{'response':{'status':500}},{'match':{'operation':'x y'},'respond':{}}]}", 422,
              "{'invalid_fields':[{'field':'scenarios[1].match.operation'},{'field':'scenarios[1].respond'}]}");
    world_ask(stage, "POST /_mock/scenarios", JSON, "{'prediction':{'status':'ended','boot':'1 s'},'webhook':{}}", 422,
              "{'invalid_fields':[{'field':'prediction.status','description':'takes the status of its end: succeeded, "
              "failed, canceled or aborted'},{'field':'prediction.boot'},{'field':'webhook'}]}");
    world_ask(stage, "POST /_mock/scenarios", JSON, "{'match':{'operation':'webhooks.secret'},'response':{}}", 422,
              "{'invalid_fields':[{'field':'match.operation','description':'*'},{'field':'response'}]}");
    static const char *const unreached[] = {"files.download", "openapi.get"};
    for (size_t i = 0; i < COUNT(unreached); i++) { // a `*` that reaches others besides would pass
        char rule[128];
        snprintf(rule, sizeof(rule), "{'match':{'operation':'%s'},'response':{'status':500}}", unreached[i]);
        world_ask(stage, "POST /_mock/scenarios", JSON, rule, 422, "{'invalid_fields':[{'field':'match.operation'}]}");
        ck_assert_ptr_nonnull(strstr(world_answer(stage)->body, "is reached without a token, and takes no rules"));
    }
    world_ask(stage, "POST /_mock/scenarios", JSON, "{", 400, NULL);
    world_ask(stage, "POST /_mock/scenarios", JSON, "[]", 422, NULL);
    world_ask(stage, "GET /_mock/scenarios", NULL, NULL, 200, "{'results':[]}");
    world_free(stage);
}
END_TEST

START_TEST(test_the_whole_server)
{
    struct stage *stage = world_new("");
    const char *all = JSON "\n" NOBODY;

    post(stage, RULE("{'status':500}"), NULL);
    world_ask(stage, "POST /_mock/scenarios", all, RULE("{'status':503}"), 201, NULL);
    world_ask(stage, LIST, NULL, NULL, 500, NULL); // the world's own goes first
    world_ask(stage, LIST, OTHER, NULL, 503, NULL);
    world_ask(stage, "GET /_mock/scenarios", NOBODY, NULL, 200,
              "{'results':[{'world':'9f86d081','response':{'status':500}},{'world':null,'response':{'status':503}}]}");
    world_ask(stage, "GET /_mock/scenarios?limit=1", NULL, NULL, 200, "{'results':[{'response':{'status':500}}]}");
    world_ask(stage, "DELETE /_mock/scenarios/rule-1", NOBODY, NULL, 204, NULL); // both are called so
    world_ask(stage, LIST, NULL, NULL, 200, NULL);
    world_ask(stage, LIST, OTHER, NULL, 200, NULL);
    post(stage, RULE("{'status':500}"), NULL);
    world_ask(stage, "DELETE /_mock/scenarios", NOBODY, NULL, 204, NULL);
    world_ask(stage, LIST, NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_reset)
{
    struct stage *stage = world_new("");
    const char *all = JSON "\n" NOBODY;

    post(stage, "{'times':1,'response':{'status':500}}", NULL);
    world_ask(stage, "POST /_mock/scenarios", all, RULE("{'status':503}"), 201, NULL);
    create(stage, 500);
    world_ask(stage, "POST /_mock/reset", JSON, "{'keep':['scenarios']}", 200, NULL);
    world_ask(stage, "GET /_mock/scenarios", NULL, NULL, 200, "{'results':[{'hits':1},{'hits':0}]}");
    create(stage, 201); // what is spared keeps its count
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /_mock/scenarios", NULL, NULL, 200, "{'results':[{'world':null}]}");
    world_ask(stage, LIST, NULL, NULL, 503, NULL);
    world_ask(stage, "POST /_mock/reset", all, "{'keep':['scenarios']}", 200, NULL);
    world_ask(stage, LIST, NULL, NULL, 503, NULL);
    world_ask(stage, "POST /_mock/reset", NOBODY, NULL, 200, NULL);
    world_ask(stage, LIST, NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_reset_that_spares_predictions_alone)
{
    struct stage *stage = world_new("");

    create(stage, 201);
    post(stage, "{'match':{'operation':'*'},'response':{'status':500}}", NULL);
    world_ask(stage, "POST /_mock/reset", JSON, "{'keep':['predictions']}", 200, NULL);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

/* --- delays --------------------------------------------------------------------------------------------------------- */

START_TEST(test_a_delay_holds_the_answer_not_the_operation)
{
    struct stage *stage = world_new("");
    struct client *other;

    post(stage, "{'response':{'delay':'3s'}}", NULL);
    world_send(stage, "POST /v1/predictions", NULL, CREATE);
    world_advance(stage, 2999);
    other = world_client(stage);
    client_send(other, LIST, NULL, NULL);
    client_expect(other, 200, "{'results':[{'status':'succeeded'}]}"); // it has been running all the while
    world_advance(stage, 1);
    world_expect(stage, 201, "{'status':'starting','created_at':'2026-01-01T00:00:00Z'}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_delayed_status)
{
    struct stage *stage = world_new("--clock manual");

    post(stage, RULE("{'status':503,'delay':'2s','headers':{'x-a':'b'}}"), NULL);
    world_send(stage, LIST, NULL, NULL);
    world_advance(stage, 60000);
    struct client *other = world_client(stage);
    client_send(other, "DELETE /_mock/scenarios", NULL, NULL); // the answer needs the rule no more
    client_expect(other, 204, NULL);
    client_send(other, "POST /_mock/clock/advance", JSON, "{'by':'1.999s'}");
    client_expect(other, 200, NULL);
    client_send(other, "POST /_mock/clock/advance", JSON, "{'by':'1ms'}");
    client_expect(other, 200, NULL);
    world_expect(stage, 503, "{'status':503}");
    expect_header(stage, "x-a", "b");
    world_free(stage);
}
END_TEST

START_TEST(test_a_delay_behind_prefer_wait)
{
    struct stage *stage = world_new("");

    post(stage, "{'response':{'delay':'3s'}}", NULL);
    struct client *client = world_client(stage);
    client_send(client, "POST /v1/predictions", "Prefer: wait", CREATE);
    world_advance(stage, 1100); // for the output
    world_advance(stage, 2999); // for the rule
    client_expect_waiting(client);
    world_advance(stage, 1);
    client_expect(client, 201, "{'status':'processing','output':['*']}");
    world_free(stage);
}
END_TEST

START_TEST(test_an_answer_that_is_kept_is_delayed_too)
{
    struct stage *stage = world_new("");

    create(stage, 201);
    world_advance(stage, 2000);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, NULL);
    post(stage, "{'match':{'operation':'predictions.get'},'times':1,'response':{'delay':'1s'}}", NULL);
    world_send(stage, "GET /v1/predictions/{id}", NULL, NULL);
    world_advance(stage, 1000);
    world_expect(stage, 200, "{'status':'succeeded'}");
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_a_delay_ends_with_its_world)
{
    struct stage *stage = world_new("");
    struct client *other;

    post(stage, "{'response':{'delay':'1h'}}", NULL);
    world_send(stage, "POST /v1/predictions", NULL, CREATE);
    other = world_client(stage);
    client_send(other, "POST /_mock/reset", NULL, NULL);
    client_expect(other, 200, NULL);
    world_expect(stage, 201, NULL);
    post(stage, "{'response':{'delay':'1h'}}", NULL);
    world_send(stage, "POST /v1/predictions", "Prefer: wait", CREATE);
    client_send(other, "POST /_mock/reset", NULL, NULL);
    client_expect(other, 200, NULL);
    world_expect(stage, 404, NULL); // as any wait; its delay has no clock any more
    world_free(stage);
}
END_TEST

START_TEST(test_whoever_leaves_while_he_is_delayed)
{
    struct stage *stage = world_new("");

    post(stage, "{'response':{'delay':'5s'}}", NULL);
    for (const char *const *prefer = (const char *const[]){"X: y", "Prefer: wait", NULL}; *prefer; prefer++) {
        struct client *client = world_client(stage);
        client_send(client, "POST /v1/predictions", *prefer, CREATE);
        world_advance(stage, 2000);
        client_leave(client);
        world_settle(stage);
    }
    world_advance(stage, 10000);
    world_ask(stage, LIST, NULL, NULL, 200, "{'results':['*','*']}");
    world_free(stage);
}
END_TEST

/* --- drops ---------------------------------------------------------------------------------------------------------- */

START_TEST(test_drops)
{
    struct stage *stage = world_new("");

    post(stage, "{'times':1,'response':{'drop':'before-headers'}}", NULL);
    struct client *first = world_client(stage);
    client_send(first, "POST /v1/predictions", NULL, CREATE);
    ck_assert(client_is_closed(first));
    ck_assert_str_eq(client_stream(first), "");
    world_ask(stage, LIST, NULL, NULL, 200, "{'results':['*']}"); // it has been made: that is what makes it hard

    post(stage, RULE("{'status':200,'body':'0123456789','drop':'mid-body'}"), NULL);
    struct client *second = world_client(stage);
    world_undescribed(stage);
    client_send(second, LIST, NULL, NULL);
    ck_assert_str_eq(client_stream(second), "01234");
    ck_assert_str_eq(answer_header(client_answer(second), "Content-Length"), "10");
    ck_assert(client_is_closed(second));
    world_free(stage);
}
END_TEST

START_TEST(test_an_answer_that_is_kept_is_dropped_too)
{
    struct stage *stage = world_new("");

    create(stage, 201);
    world_advance(stage, 2000);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, NULL);
    size_t len = world_answer(stage)->len;
    post(stage, "{'match':{'operation':'predictions.get'},'response':{'drop':'mid-body'}}", NULL);
    struct client *client = world_client(stage);
    client_send(client, "GET /v1/predictions/{id}", NULL, NULL);
    ck_assert_uint_eq(strlen(client_stream(client)), len / 2);
    ck_assert(client_is_closed(client));
    world_free(stage);
}
END_TEST

START_TEST(test_drops_of_what_waits)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);

    post(stage, "{'response':{'delay':'1s','drop':'before-headers'}}", NULL);
    client_send(client, "POST /v1/predictions", "Prefer: wait", CREATE);
    world_advance(stage, 1100);
    world_advance(stage, 999);
    ck_assert(!client_is_closed(client));
    world_advance(stage, 1);
    ck_assert(client_is_closed(client));
    world_free(stage);
}
END_TEST

SUITE("scenarios", test_the_bodies_of_statuses, test_a_body_and_headers_of_ones_own, test_retry_after_is_said_twice,
      test_instead_of_the_operation, test_magic, test_model_and_input, test_the_model_of_a_path,
      test_ten_rules_in_order, test_skip_and_times_count_in_each_world, test_who_has_no_token_meets_no_rule,
      test_post_list_delete, test_one_of_the_same_name_takes_its_place, test_names_of_any_kind,
      test_what_is_wrong_is_refused_whole, test_the_whole_server, test_reset, test_reset_that_spares_predictions_alone,
      test_a_delay_holds_the_answer_not_the_operation, test_a_delayed_status, test_a_delay_behind_prefer_wait,
      test_an_answer_that_is_kept_is_delayed_too, test_a_delay_ends_with_its_world,
      test_whoever_leaves_while_he_is_delayed, test_drops, test_an_answer_that_is_kept_is_dropped_too,
      test_drops_of_what_waits);
