/* What a rule's `prediction` has in store: how predictions go and end, what they print and put out, wherever it shows. */
#include "lib/gate.h"
#include "lib/suite.h"
#include "lib/world.h"

#include "core/store.h"
#include "core/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON   "Content-Type: application/json"
#define MANUAL "--clock manual --seed 1 --start-time " STAGE_START
#define HOOK   "http://app.test/hook"

/* A model whose output is a list of texts that grows; and one that makes one text. */
#define MODEL(name, output)                                                                                            \
    "{'owner':'acme','name':'" name "','latest_version':{'id':'" name "','openapi_schema':{'components':{'schemas':{"  \
    "'Input':{'type':'object'},'Output':" output "}}}}}"
#define WRITER  MODEL("writer", "{'type':'array','items':{'type':'string'},'x-cog-array-type':'iterator'}")
#define SPEAKER MODEL("speaker", "{'type':'string'}")
#define WRITE   "{'version':'writer','input':{}}"
#define SPEAK   "{'version':'speaker','input':{}}"

#define EVENT(name, n, text) "event: " name "\nid: 1767225600:" #n "\n" text "\n\n"

static struct stage *with_models(const char *options)
{
    struct stage *stage = world_new(options);

    world_add_model(stage, WRITER);
    world_add_model(stage, SPEAKER);
    return stage;
}

/* A rule for all that creates predictions; of the same name it takes the place of the one before. */
static void rule(struct stage *stage, const char *prediction)
{
    struct buf body = {0};

    buf_printf(&body, "{'name':'r','prediction':%s}", prediction);
    world_ask(stage, "POST /_mock/scenarios", JSON, buf_cstr(&body), 201, "{'names':['r']}");
    buf_free(&body);
}

static void create(struct stage *stage, const char *body)
{
    world_ask(stage, "POST /v1/predictions", NULL, body, 201, "{'status':'starting','output':null,'logs':''}");
}

static void expect(struct stage *stage, const char *json)
{
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, json);
}

static void advance(struct stage *stage, const char *by, const char *expected)
{
    char body[64];

    snprintf(body, sizeof(body), "{'by':'%s'}", by);
    world_ask(stage, "POST /_mock/clock/advance", JSON, body, 200, expected);
}

static void hits(struct stage *stage, const char *expected)
{
    world_ask(stage, "GET /_mock/scenarios", NULL, NULL, 200, expected);
}

/* These bytes, where `~` stands for the id of the latest prediction. */
static void expect_bytes(struct stage *stage, const char *bytes, const char *text)
{
    struct buf expected = {0};

    for (const char *at = text; *at; at++)
        if (*at == '~')
            buf_str(&expected, world_id(stage));
        else
            buf_char(&expected, *at);
    ck_assert_str_eq(bytes, buf_cstr(&expected));
    buf_free(&expected);
}

/* --- how it ends ---------------------------------------------------------------------------------------------------- */

START_TEST(test_how_long)
{
    struct stage *stage = world_new(MANUAL);

    rule(stage, "{'boot':'5m','predict':'2.5s'}");
    create(stage, CREATE);
    advance(stage, "299.999s", "{'fired':[]}");
    expect(stage, "{'status':'starting'}");
    advance(stage, "1ms", "{'fired':[{'at':'2026-01-01T00:05:00Z','what':'prediction.processing','id':'{id}'}]}");
    advance(stage, "10s", "{'fired':[{'at':'2026-01-01T00:05:02.5Z','what':'prediction.succeeded','id':'{id}'}]}");
    expect(stage, "{'status':'succeeded','output':['*'],'metrics':{'predict_time':2.5,'total_time':302.5}}");
    rule(stage, "{'predict':'0'}"); // what it does not say is as ever
    create(stage, CREATE);
    advance(stage, "100ms", NULL);
    expect(stage, "{'status':'succeeded','output':['*'],'metrics':{'predict_time':0,'total_time':0.1}}");
    ck_assert_ptr_nonnull(strstr(world_text(stage, "logs"), "Using seed: 7\n100%|"));
    hits(stage, "{'results':[{'name':'r','hits':1,'prediction':{'predict':'0'}}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_each_end)
{
    static const struct {
        const char *rule, *fired, *shown;
    } cases[] = {
        {"{'status':'failed','error':'NSFW content detected. Try running it again, or try a different prompt.'}",
         "[{'what':'prediction.processing','at':'2026-01-01T00:00:00.1Z'},{'what':'prediction.failed','at':"
         "'2026-01-01T00:00:01.1Z'}]",
         "{'status':'failed','output':null,'error':'NSFW content detected. Try running it again, or try a different "
         "prompt.','metrics':{'predict_time':1,'total_time':1.1},'completed_at':'2026-01-01T00:00:01.1Z'}"},
        {"{'error':'of what?'}", "['*','*']", "{'status':'failed','output':null,'error':'of what?'}"},
        {"{'status':'failed'}", "['*','*']",
         "{'status':'failed','error':'The rule of a scenario has the prediction fail.'}"},
        {"{'status':'failed','error':'x','output':['never']}", "['*','*']", "{'status':'failed','output':null}"},
        {"{'status':'canceled'}", "[{'what':'prediction.processing'},{'what':'prediction.canceled'}]",
         "{'status':'canceled','error':null,'output':null,'started_at':'2026-01-01T00:00:00.1Z','completed_at':"
         "'2026-01-01T00:00:01.1Z','metrics':{'predict_time':1,'total_time':1.1}}"},
        {"{'status':'aborted','boot':'3s','logs':['x'],'output':['x']}",
         "[{'what':'prediction.aborted','at':'2026-01-01T00:00:03Z'}]",
         "{'status':'aborted','error':null,'output':null,'logs':'','started_at':'<absent>','completed_at':"
         "'2026-01-01T00:00:03Z','metrics':{'predict_time':'<absent>','total_time':3}}"},
        {"{'status':'succeeded'}", "[{'what':'prediction.processing'},{'what':'prediction.succeeded'}]",
         "{'status':'succeeded','output':['*'],'error':null}"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct stage *stage = world_new(MANUAL);
        char expected[512];
        rule(stage, cases[i].rule);
        create(stage, CREATE);
        snprintf(expected, sizeof(expected), "{'fired':%s}", cases[i].fired);
        advance(stage, "10s", expected);
        expect(stage, cases[i].shown);
        hits(stage, "{'results':[{'hits':1}]}");
        world_free(stage);
    }
}
END_TEST

START_TEST(test_a_deadline_comes_first_if_it_does)
{
    struct stage *stage = world_new(MANUAL " --retention 0");

    rule(stage, "{'boot':'1s','predict':'1h','status':'failed'}");
    world_ask(stage, "POST /v1/predictions", "Cancel-After: 10s", CREATE, 201, NULL);
    advance(stage, "2h", "{'fired':['*',{'at':'2026-01-01T00:00:10Z','what':'prediction.canceled'}]}");
    expect(stage, "{'status':'canceled','error':null}");
    world_ask(stage, "POST /v1/predictions", "Cancel-After: 2h", CREATE, 201, NULL);
    advance(stage, "3h", "{'fired':['*',{'what':'prediction.failed'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_failure_byte_for_byte)
{
    struct stage *stage = with_models(MANUAL);

    rule(stage, "{'predict':'2s','error':'<out of memory>','logs':['one','\\u00e4 & two']}");
    create(stage, SPEAK);
    advance(stage, "10s", NULL);
    expect(stage, NULL);
    char *stream = xstrdup(world_text(stage, "urls.stream")), bytes[2048];
    snprintf(bytes, sizeof(bytes),
             "{\"id\":\"~\",\"model\":\"acme/speaker\",\"version\":\"speaker\",\"input\":{},\"logs\":\"one\\n\u00e4 "
             "\\u0026 two\\n\",\"output\":null,\"data_removed\":false,\"error\":\"\\u003cout of memory\\u003e\","
             "\"source\":\"api\",\"status\":\"failed\",\"created_at\":\"2026-01-01T00:00:00Z\",\"started_at\":"
             "\"2026-01-01T00:00:00.1Z\",\"completed_at\":\"2026-01-01T00:00:02.1Z\",\"metrics\":{\"predict_time\":2,"
             "\"total_time\":2.1},\"urls\":{\"cancel\":\"http://localhost/v1/predictions/~/cancel\",\"get\":"
             "\"http://localhost/v1/predictions/~\",\"stream\":\"%s\",\"web\":\"https://replicate.com/p/~\"}}\n",
             stream);
    expect_bytes(stage, world_answer(stage)->body, bytes);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'failed'}");
    free(stream);
    world_free(stage);
}
END_TEST

/* --- logs ----------------------------------------------------------------------------------------------------------- */

START_TEST(test_logs_line_by_line)
{
    struct stage *stage = world_new(MANUAL);

    rule(stage, "{'predict':'3s','logs':['one','','three, with \\n in it']}");
    create(stage, CREATE);
    advance(stage, "1099ms", NULL);
    expect(stage, "{'status':'processing','logs':''}");
    advance(stage, "1ms", NULL);
    expect(stage, "{'logs':'one\\n'}");
    advance(stage, "999ms", NULL);
    expect(stage, "{'logs':'one\\n'}");
    advance(stage, "1ms", NULL);
    expect(stage, "{'logs':'one\\n\\n'}");
    advance(stage, "999ms", NULL);
    expect(stage, "{'logs':'one\\n\\n'}");
    advance(stage, "1ms", NULL);
    expect(stage, "{'status':'succeeded','logs':'one\\n\\nthree, with \\n in it\\n'}");
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200,
              "{'results':[{'logs':'one\\n\\nthree, with \\n in it\\n'}]}");
    advance(stage, "1h", "{'fired':['*',{'what':'prediction.removed'}]}");
    expect(stage, "{'logs':'','output':null,'data_removed':true}");
    rule(stage, "{'logs':[]}");
    create(stage, CREATE);
    advance(stage, "10s", NULL);
    expect(stage, "{'status':'succeeded','logs':''}");
    world_free(stage);
}
END_TEST

START_TEST(test_logs_of_one_that_is_canceled)
{
    struct stage *stage = world_new(MANUAL);

    rule(stage, "{'boot':'0','predict':'10s','logs':['1','2','3','4','5']}");
    create(stage, CREATE);
    advance(stage, "4.5s", NULL);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'canceled','logs':'1\\n2\\n'}");
    advance(stage, "1m", NULL);
    expect(stage, "{'status':'canceled','logs':'1\\n2\\n'}");
    world_free(stage);
}
END_TEST

/* --- output --------------------------------------------------------------------------------------------------------- */

START_TEST(test_a_list_grows_where_the_models_grows)
{
    struct stage *stage = with_models(MANUAL);

    rule(stage, "{'boot':'0','predict':'400ms','output':['a','<b>',{'z':1.50,'a':null},4]}");
    create(stage, WRITE);
    advance(stage, "99ms", NULL);
    expect(stage, "{'status':'processing','output':null}");
    advance(stage, "1ms", NULL);
    expect(stage, "{'output':['a']}");
    advance(stage, "299ms", NULL);
    expect(stage, "{'status':'processing','output':['a','<b>',{'a':null,'z':1.5}]}");
    advance(stage, "1ms", NULL);
    expect(stage, "{'status':'succeeded'}");
    ck_assert_ptr_nonnull(
        strstr(world_answer(stage)->body, "\"output\":[\"a\",\"\\u003cb\\u003e\",{\"a\":null,\"z\":1.50},4]"));
    create(stage, SPEAK); // of this one it does not
    advance(stage, "399ms", NULL);
    expect(stage, "{'status':'processing','output':null}");
    advance(stage, "1ms", NULL);
    expect(stage, "{'status':'succeeded','output':['a','<b>',{'a':null,'z':1.5},4]}");
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_no_list_comes_with_the_end)
{
    static const char *const outputs[] = {"\"a text\"", "\"\"", "{\"a\":1,\"b\":[2]}", "12.50", "true", "null", "[]"};
    struct stage *stage = with_models(MANUAL);
    char text[128], body[128];

    for (size_t i = 0; i < COUNT(outputs); i++)
        for (int growing = 0; growing < 2; growing++) {
            snprintf(text, sizeof(text), "{'output':%s}", outputs[i]);
            rule(stage, text);
            create(stage, growing ? WRITE : SPEAK);
            advance(stage, "1099ms", NULL);
            expect(stage, "{'status':'processing','output':null}");
            advance(stage, "1ms", NULL);
            expect(stage, "{'status':'succeeded'}");
            snprintf(body, sizeof(body), "\"output\":%s,\"data_removed\"", outputs[i]);
            ck_assert_msg(strstr(world_answer(stage)->body, body) != NULL, "%s: %s", body, world_answer(stage)->body);
        }
    world_free(stage);
}
END_TEST

START_TEST(test_no_files_are_left_behind)
{
    struct stage *stage = world_new(MANUAL);

    create(stage, CREATE);
    advance(stage, "2s", NULL);
    expect(stage, NULL);
    rule(stage, "{'output':['https://a.b/c.png']}");
    create(stage, CREATE);
    advance(stage, "2s", NULL);
    expect(stage, "{'output':['https://a.b/c.png']}");
    advance(stage, "1h",
            "{'fired':[{'what':'file.expired'},{'what':'prediction.removed'},"
            "{'what':'prediction.removed','id':'{id}'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_what_needs_no_drawing_is_not_held)
{
    struct stage *stage = world_new("--output-urls data");
    struct client *client = world_client(stage);
    struct gate gate;

    rule(stage, "{'output':['data:text/plain,a']}");
    gate_close(&gate, stage);
    create(stage, CREATE);
    world_advance(stage, 1100);
    expect(stage, "{'status':'succeeded','output':['data:text/plain,a']}");
    rule(stage, "{'status':'aborted'}"); // which is not started, whatever it waits for
    client_send(client, "POST /v1/predictions", NULL, CREATE);
    client_expect(client, 201, NULL);
    world_advance(stage, 100);
    expect(stage, "{'status':'aborted','completed_at':'2026-01-01T00:00:01.2Z'}");
    rule(stage, "{'status':'failed'}");
    create(stage, CREATE);
    world_advance(stage, 100);
    expect(stage, "{'status':'starting'}");
    gate_open(&gate, stage);
    world_advance(stage, 2000);
    expect(stage, "{'status':'failed'}");
    world_free(stage);
}
END_TEST

/* --- streams -------------------------------------------------------------------------------------------------------- */

/* Reads the stream of what was created last, of which urls.stream says `kind`. */
static struct client *open_stream(struct stage *stage, const char *kind)
{
    struct client *client = world_client(stage);
    char request[256];

    const char *path = world_text(stage, "urls.stream") + strlen("http://localhost");
    ck_assert_msg(strncmp(path, kind, strlen(kind)) == 0, "%s", path);
    snprintf(request, sizeof(request), "GET %s", path);
    client_send(client, request, "Authorization: -", NULL);
    client_expect_stream(client, ": hi\n\n");
    return client;
}

START_TEST(test_a_stream_of_what_is_given)
{
    struct stage *stage = with_models("--boot 0");

    rule(stage, "{'predict':'300ms','output':['two\\nlines','',{'b':1,'a':'<'}]}");
    create(stage, WRITE);
    struct client *client = open_stream(stage, "/v1/streams/");
    world_advance(stage, 99);
    client_expect_stream(client, "");
    world_advance(stage, 1);
    client_expect_stream(client, EVENT("output", 0, "data: two\ndata: lines"));
    world_advance(stage, 200);
    client_expect_stream(client, EVENT("output", 1, "data: ") EVENT("output", 2, "data: {\"a\":\"\\u003c\",\"b\":1}")
                                     EVENT("done", 3, "data: {}"));
    rule(stage, "{'output':null}"); // there is nothing to tell
    create(stage, SPEAK);
    client = open_stream(stage, "/v1/streams/");
    world_advance(stage, 1000);
    client_expect_stream(client, EVENT("done", 0, "data: {}"));
    world_free(stage);
}
END_TEST

START_TEST(test_a_stream_of_files)
{
    struct stage *stage = world_new("--boot 0");
    struct client *client;

    rule(stage, "{'output':['https://a.b/c.png','https://a.b/d.png']}");
    create(stage, CREATE); // its model makes files: by the path JavaScript's client tells
    client = open_stream(stage, "/v1/files/");
    world_advance(stage, 1000);
    client_expect_stream(client, EVENT("output", 0, "data: https://a.b/c.png")
                                     EVENT("output", 1, "data: https://a.b/d.png") EVENT("done", 2, "data: {}"));
    world_free(stage);
}
END_TEST

START_TEST(test_what_was_streamed_stays_streamed)
{
    struct stage *stage = with_models("--boot 0");

    rule(stage, "{'predict':'300ms','output':['a','b','c'],'status':'failed','error':'out of \\'memory\\''}");
    create(stage, WRITE);
    struct client *client = open_stream(stage, "/v1/streams/");
    world_advance(stage, 299);
    client_expect_stream(client, EVENT("output", 0, "data: a") EVENT("output", 1, "data: b"));
    expect(stage, "{'status':'processing','output':['a','b']}");
    world_advance(stage, 1);
    client_expect_stream(client, "event: error\nid: 1767225600:2\ndata: {'detail':'out of \\'memory\\''}\n\n"
                                 "event: done\nid: 1767225600:3\ndata: {'reason':'error'}\n\n");
    expect(stage, "{'status':'failed','output':null}");
    world_free(stage);
}
END_TEST

START_TEST(test_streams_of_what_is_given_up)
{
    struct stage *stage = with_models("--boot 0");

    rule(stage, "{'predict':'300ms','output':['a','b','c'],'status':'canceled'}");
    create(stage, WRITE);
    struct client *client = open_stream(stage, "/v1/streams/");
    world_advance(stage, 300);
    client_expect_stream(client, EVENT("output", 0, "data: a") EVENT("output", 1, "data: b")
                                     EVENT("done", 2, "data: {'reason':'canceled'}"));
    expect(stage, "{'status':'canceled','output':['a','b']}"); // as of one that its client cancels
    rule(stage, "{'boot':'1s','status':'aborted'}");
    create(stage, WRITE);
    client = open_stream(stage, "/v1/streams/");
    world_advance(stage, 1000);
    client_expect_stream(client, EVENT("done", 0, "data: {'reason':'canceled'}"));
    world_free(stage);
}
END_TEST

/* --- webhooks ------------------------------------------------------------------------------------------------------- */

static void create_told(struct stage *stage, const char *version, const char *filter)
{
    char body[512];

    snprintf(body, sizeof(body), "{'version':'%s','input':{},'webhook':'" HOOK "','webhook_events_filter':[%s]}",
             version, filter);
    create(stage, body);
}

START_TEST(test_webhooks_of_what_is_given)
{
    struct stage *stage = with_models("--boot 0");

    rule(stage, "{'predict':'4s','logs':['one','two'],'output':['a','b'],'status':'failed','error':'x'}");
    create_told(stage, "writer", "'start','output','logs','completed'");
    world_hook(stage, HOOK, "{'status':'processing','logs':'','output':null}");
    world_advance(stage, 1999);
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_advance(stage, 1);
    world_hook(stage, HOOK, "{'status':'processing','logs':'one\\n','output':['a']}");
    world_advance(stage, 2000);
    world_hook(stage, HOOK,
               "{'status':'failed','logs':'one\\ntwo\\n','output':null,'error':'x','metrics':{'predict_time':4}}");
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_free(stage);
}
END_TEST

START_TEST(test_webhooks_of_logs_alone)
{
    struct stage *stage = with_models("--boot 0");

    rule(stage, "{'predict':'4s','logs':['1','2','3','4'],'output':{'z':[],'a':'b'}}");
    create_told(stage, "speaker", "'logs'");
    for (int line = 1; line < 4; line++) {
        world_advance(stage, 1000);
        world_hook(stage, HOOK,
                   line == 1   ? "{'logs':'1\\n'}"
                   : line == 2 ? "{'logs':'1\\n2\\n'}"
                               : "{'logs':'1\\n2\\n3\\n'}");
    }
    world_advance(stage, 1000);
    ck_assert_uint_eq(world_hooks(stage), 0);
    rule(stage, "{'logs':[],'output':{'z':[],'a':'b'}}"); // nothing to tell of, and nothing to have been filtered
    create_told(stage, "speaker", "'completed'");
    world_advance(stage, 1000);
    size_t len;
    ck_assert_ptr_nonnull(strstr(world_hook_body(stage, &len), ",\"output\":{\"a\":\"b\",\"z\":[]},\"source\":"));
    world_hook(stage, HOOK, "{'logs':''}");
    world_ask(stage, "GET /_mock/webhooks?limit=3", NULL, NULL, 200,
              "{'results':[{'event':'completed','state':'delivered'},{'event':'start','state':'filtered'},"
              "{'event':'completed','state':'filtered'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_the_webhook_of_one_that_never_started)
{
    struct stage *stage = world_new("");

    rule(stage, "{'status':'aborted'}");
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'" VERSION "','input':{" INPUT "},'webhook':'" HOOK "'}",
              201, NULL);
    world_advance(stage, 100);
    world_hook(stage, HOOK, "{'status':'aborted','started_at':'<absent>','output':null,'logs':''}");
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_free(stage);
}
END_TEST

/* --- which of them -------------------------------------------------------------------------------------------------- */

START_TEST(test_a_rule_deleted_later_changes_nothing)
{
    struct stage *stage = with_models(MANUAL);

    rule(stage, "{'boot':'1s','predict':'1s','logs':['a','b'],'output':['c','d'],'status':'failed','error':'e'}");
    create(stage, WRITE);
    world_ask(stage, "DELETE /_mock/scenarios/r", NULL, NULL, 204, NULL);
    advance(stage, "1500ms", NULL);
    expect(stage, "{'status':'processing','logs':'a\\n','output':['c']}");
    rule(stage, "{'status':'canceled'}"); // another of that name is another
    advance(stage, "500ms", NULL);
    expect(stage, "{'status':'failed','error':'e','logs':'a\\nb\\n','output':null}");
    world_ask(stage, "DELETE /_mock/scenarios", NULL, NULL, 204, NULL);
    create(stage, WRITE);
    advance(stage, "10s", NULL);
    expect(stage, "{'status':'succeeded'}");
    world_free(stage);
}
END_TEST

START_TEST(test_two_rules_take_turns)
{
    static const char *const ends[] = {"failed", "succeeded", "canceled", "canceled", "succeeded"};
    struct stage *stage = with_models(MANUAL);

    world_ask(stage, "POST /_mock/scenarios", JSON,
              "{'scenarios':[{'name':'a','times':1,'prediction':{'error':'first'}},"
              "{'name':'b','skip':1,'times':2,'prediction':{'status':'canceled'}}]}",
              201, NULL);
    for (size_t i = 0; i < COUNT(ends); i++) {
        create(stage, WRITE);
        advance(stage, "2s", NULL);
        expect(stage, NULL);
        ck_assert_str_eq(world_text(stage, "status"), ends[i]);
    }
    hits(stage, "{'results':[{'name':'b','hits':2},{'name':'a','hits':1}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_response_without_a_status_goes_with_it)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /_mock/scenarios", JSON,
              "{'times':1,'response':{'delay':'5s'},'prediction':{'error':'late'}}", 201, NULL);
    world_send(stage, "POST /v1/predictions", NULL, CREATE);
    world_advance(stage, 5000);
    world_expect(stage, 201, "{'status':'starting'}");
    expect(stage, "{'status':'failed','error':'late','completed_at':'2026-01-01T00:00:01.1Z'}");
    world_ask(stage, "POST /_mock/scenarios", JSON,
              "{'name':'rule-1','response':{'status':500},'prediction':{'error':'never'}}", 201, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 500, NULL);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':['*']}");
    world_free(stage);
}
END_TEST

START_TEST(test_by_every_way_to_create_one)
{
    struct stage *stage = world_new(MANUAL);

    rule(stage, "{'predict':'500ms','error':'as told'}");
    world_ask(stage, "POST /v1/deployments", NULL,
              "{'name':'d','model':'rossjillian/controlnet','version':'" VERSION
              "','hardware':'cpu','min_instances':0,'max_instances':1}",
              200, NULL);
    world_ask(stage, "POST /v1/deployments/replicate-mock/d/predictions", NULL, "{'input':{" INPUT "}}", 201, NULL);
    advance(stage, "1s", NULL);
    expect(stage, "{'deployment':'replicate-mock/d','status':'failed','error':'as told'}");
    world_ask(stage, "POST /v1/models/meta/meta-llama-3-8b-instruct/predictions", NULL, "{'input':{'prompt':'x'}}", 201,
              NULL);
    advance(stage, "1s", NULL);
    expect(stage, "{'model':'meta/meta-llama-3-8b-instruct','status':'failed','error':'as told'}");
    hits(stage, "{'results':[{'name':'r','hits':2}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_trainings)
{
    struct stage *stage = world_new(MANUAL);
    static const char train[] = "POST /v1/models/rossjillian/controlnet/versions/" VERSION "/trainings";
    static const char body[] = "{'destination':'replicate-mock/tuned','input':{}}";
    static const char *const rules[] = {
        "{'boot':'1s','predict':'2s','error':'no data','logs':['a','b']}",
        "{'output':{'weights':'https://a.b/w.tar','version':'x'}}",
        "{'status':'aborted'}",
    };
    static const char *const shown[] = {
        "{'status':'failed','error':'no data','logs':'a\\nb\\n','output':null,'metrics':{'total_time':3}}",
        "{'status':'succeeded','output':{'version':'x','weights':'https://a.b/w.tar'}}",
        "{'status':'aborted','output':null}",
    };
    char text[256];

    world_ask(stage, "POST /v1/models", NULL,
              "{'owner':'replicate-mock','name':'tuned','visibility':'private','hardware':'cpu'}", 201, NULL);
    rule(stage, "{'error':'not of trainings'}"); // "without `operation`: the three that create predictions"
    world_ask(stage, train, NULL, body, 201, NULL);
    world_ask(stage, "POST /v1/trainings/{id}/cancel", NULL, NULL, 200, NULL);
    for (size_t i = 0; i < COUNT(rules); i++) {
        snprintf(text, sizeof(text), "{'name':'t','match':{'operation':'trainings.create'},'prediction':%s}", rules[i]);
        world_ask(stage, "POST /_mock/scenarios", JSON, text, 201, NULL);
        world_ask(stage, train, NULL, body, 201, "{'status':'starting'}");
        advance(stage, "5s", NULL);
        world_ask(stage, "GET /v1/trainings/{id}", NULL, NULL, 200, shown[i]);
        // What fails pushes nothing.
        world_ask(stage, "GET /v1/models/replicate-mock/tuned/versions", NULL, NULL, 200,
                  i == 0 ? "{'results':[]}" : "{'results':['*']}");
    }
    advance(stage, "2h", NULL); // nor has any of them left weights
    ck_assert_ptr_null(strstr(world_answer(stage)->body, "file.expired"));
    world_free(stage);
}
END_TEST

/* --- magic words ---------------------------------------------------------------------------------------------------- */

static void prompt(struct stage *stage, const char *text)
{
    char body[512];

    snprintf(body, sizeof(body),
             "{'version':'" VERSION
             "','input':{'image':'https://a.b/c.png','structure':'canny','prompt':'a turtle %s, please'}}",
             text);
    create(stage, body);
}

START_TEST(test_magic_words)
{
    struct stage *stage = world_new(MANUAL);

    prompt(stage, "mock:fail");
    advance(stage, "1.1s", NULL);
    expect(stage, "{'status':'failed','output':null,'error':'Prediction interrupted; please retry (code: PA)'}");
    prompt(stage, "mock:nsfw");
    advance(stage, "1.1s", NULL);
    expect(stage, "{'status':'failed','output':null,"
                  "'error':'NSFW content detected. Try running it again, or try a different prompt.'}");
    prompt(stage, "mock:slow");
    advance(stage, "10.099s", NULL);
    expect(stage, "{'status':'processing'}");
    advance(stage, "1ms", NULL);
    expect(stage, "{'status':'succeeded','output':['*'],'metrics':{'predict_time':10}}");
    prompt(stage, "mock:none");
    advance(stage, "1.1s", NULL);
    expect(stage, "{'status':'succeeded'}");
    rule(stage, "{'status':'canceled'}"); // "magic always last"
    prompt(stage, "mock:fail");
    advance(stage, "1.1s", NULL);
    expect(stage, "{'status':'canceled'}");
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_stuck_can_be_canceled)
{
    struct stage *stage = world_new(MANUAL " --retention 0");

    prompt(stage, "mock:stuck");
    advance(stage, "8000h", NULL);
    expect(stage, "{'status':'processing','output':null}");
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'canceled','output':null}");
    advance(stage, "8000h", NULL);
    expect(stage, "{'status':'canceled','metrics':{'predict_time':28799999.9,'total_time':28800000}}");
    world_free(stage);
}
END_TEST

/* --- who waits ------------------------------------------------------------------------------------------------------ */

START_TEST(test_waits)
{
    struct stage *stage = world_new("");

    rule(stage, "{'predict':'3s','error':'x'}");
    world_send(stage, "POST /v1/predictions", "Prefer: wait", CREATE);
    world_advance(stage, 3099);
    world_advance(stage, 1);
    world_expect(stage, 201, "{'status':'failed','error':'x','output':null,'metrics':{'predict_time':3}}");
    rule(stage, "{'predict':'3s','status':'canceled'}");
    world_send(stage, "POST /v1/predictions", "Prefer: wait=10", CREATE);
    world_advance(stage, 3100);
    world_expect(stage, 201, "{'status':'canceled'}");
    rule(stage, "{'predict':'3s','output':'a'}");
    world_send(stage, "POST /v1/predictions", "Prefer: wait=10", CREATE);
    world_advance(stage, 3100);
    world_expect(stage, 201, "{'status':'processing','output':'a','completed_at':'<absent>'}");
    rule(stage, "{'boot':'0','predict':'8760h','logs':['x'],'output':['x']}");
    world_send(stage, "POST /v1/predictions", "Prefer: wait=10", CREATE);
    world_advance(stage, 10000);
    world_expect(stage, 202, "{'status':'starting','output':null,'logs':'','started_at':'<absent>'}");
    expect(stage, "{'status':'processing'}");
    world_free(stage);
}
END_TEST

/* --- the same twice ------------------------------------------------------------------------------------------------- */

static void tell_story(struct buf *told)
{
    struct stage *stage = with_models(MANUAL);
    size_t len;

    rule(stage, "{'predict':'2s','logs':['a','b','c'],'output':['x','y',{'b':1,'a':2}]}");
    for (int i = 0; i < 3; i++) {
        create_told(stage, "writer", "'start','logs','completed'");
        buf_str(told, world_answer(stage)->body);
        for (int step = 0; step < 10; step++) {
            client_send(world_client(stage), "POST /_mock/clock/advance", JSON, "{'by':'300ms'}");
            while (world_hooks(stage) > 0) {
                const char *body = world_hook_body(stage, &len);
                buf_add(told, body, len);
                buf_str(told, world_hook_header(stage, "webhook-signature"));
                world_hook_answer(stage, 200);
            }
            expect(stage, NULL);
            buf_str(told, world_answer(stage)->body);
        }
    }
    world_free(stage);
}

START_TEST(test_the_same_bytes_twice)
{
    struct buf first = {0}, second = {0};

    tell_story(&first);
    tell_story(&second);
    ck_assert_str_eq(buf_cstr(&first), buf_cstr(&second));
    ck_assert_ptr_nonnull(strstr(buf_cstr(&first), "\"output\":[\"x\",\"y\",{\"a\":2,\"b\":1}]"));
    buf_free(&first);
    buf_free(&second);
}
END_TEST

/* --- bounds --------------------------------------------------------------------------------------------------------- */

enum { LARGE = 200 * 1000 };

/* A rule whose output is a text of LARGE bytes. */
static void large_rule(struct stage *stage)
{
    char *text = xmalloc(LARGE + 64);
    int at = sprintf(text, "{'output':'");

    memset(text + at, 'x', LARGE);
    strcpy(text + at + LARGE, "'}");
    rule(stage, text);
    free(text);
}

static const struct store *store_of(struct stage *stage)
{
    return app_worlds(world_app(stage))->store;
}

START_TEST(test_what_is_shared_counts_once)
{
    struct stage *stage = with_models(MANUAL);

    large_rule(stage);
    create(stage, SPEAK);
    size_t one = store_of(stage)->bytes;
    ck_assert_uint_gt(one, 2 * LARGE); // its JSON, and its text
    for (int i = 0; i < 99; i++)
        create(stage, SPEAK);
    ck_assert_uint_lt(store_of(stage)->bytes, one + 99 * 1500);
    world_ask(stage, "DELETE /_mock/scenarios", NULL, NULL, 204, NULL);
    ck_assert_uint_gt(store_of(stage)->bytes, 2 * LARGE); // they still have it
    advance(stage, "2h", NULL);
    ck_assert_uint_lt(store_of(stage)->bytes, 100 * 1500); // with their data it goes
    world_free(stage);
}
END_TEST

START_TEST(test_rules_posted_and_deleted_in_a_loop)
{
    struct stage *stage = with_models(MANUAL " --max-memory 4MiB");

    for (int i = 0; i < 50; i++) {
        large_rule(stage);
        create(stage, SPEAK);
        advance(stage, "2s", NULL);
        expect(stage, "{'status':'succeeded','data_removed':false}");
        ck_assert_uint_le(store_of(stage)->bytes, 4 << 20);
    }
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    int removed = 0;
    for (const char *at = world_answer(stage)->body; (at = strstr(at, "\"data_removed\":true")); at++)
        removed++;
    ck_assert_int_gt(removed, 35); // the oldest gave theirs
    ck_assert_int_lt(removed, 46);
    world_free(stage);
}
END_TEST

START_TEST(test_a_page_of_large_outputs_is_a_page)
{
    struct stage *stage = with_models(MANUAL);

    large_rule(stage);
    for (int i = 0; i < 60; i++)
        create(stage, SPEAK);
    advance(stage, "2s", NULL);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    ck_assert_uint_lt(world_answer(stage)->len, 9 << 20);
    ck_assert_str_ne(world_text(stage, "next"), "");
    world_free(stage);
}
END_TEST

START_TEST(test_a_reset_while_they_run)
{
    struct stage *stage = with_models(MANUAL);

    rule(stage, "{'logs':['a'],'output':['b']}");
    create(stage, WRITE);
    create(stage, WRITE);
    advance(stage, "500ms", NULL);
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL);
    world_settle(stage);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[]}");
    world_free(stage);
}
END_TEST

SUITE("outcomes", test_how_long, test_each_end, test_a_deadline_comes_first_if_it_does, test_a_failure_byte_for_byte,
      test_logs_line_by_line, test_logs_of_one_that_is_canceled, test_a_list_grows_where_the_models_grows,
      test_what_is_no_list_comes_with_the_end, test_no_files_are_left_behind, test_what_needs_no_drawing_is_not_held,
      test_a_stream_of_what_is_given, test_a_stream_of_files, test_what_was_streamed_stays_streamed,
      test_streams_of_what_is_given_up, test_webhooks_of_what_is_given, test_webhooks_of_logs_alone,
      test_the_webhook_of_one_that_never_started, test_a_rule_deleted_later_changes_nothing, test_two_rules_take_turns,
      test_a_response_without_a_status_goes_with_it, test_by_every_way_to_create_one, test_trainings, test_magic_words,
      test_what_is_stuck_can_be_canceled, test_waits, test_the_same_bytes_twice, test_what_is_shared_counts_once,
      test_rules_posted_and_deleted_in_a_loop, test_a_page_of_large_outputs_is_a_page, test_a_reset_while_they_run);
