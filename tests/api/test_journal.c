/* The journal of requests: what stands in it, whose it is, what is not shown, what bounds it, and waiting for it. */
#include "core/journal.h"
#include "lib/gate.h"
#include "lib/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY "Authorization: -"
#define OTHER  "Authorization: Bearer other"
#define UPLOAD                                                                                                         \
    "--b\r\nContent-Disposition: form-data; name='content'; filename='a.txt'\r\nContent-Type: text/plain\r\n\r\n"      \
    "hello\r\n--b--\r\n"

/* A model of one version, `d1`, with that Input. */
#define MODEL(input)                                                                                                   \
    "{'owner':'acme','name':'deep','latest_version':{'id':'d1','openapi_schema':{'components':{'schemas':{'Input':"    \
    "{" input "},'Output':{'type':'string'}}}}}}"

/* What stands in the stage's own journal. */
static void expect_journal(struct stage *stage, const char *filter, const char *json)
{
    char request[512];

    snprintf(request, sizeof(request), "GET /_mock/requests%s", filter);
    world_ask(stage, request, NULL, NULL, 200, json);
}

/* --- what an entry says --------------------------------------------------------------------------------------------- */

START_TEST(test_every_member)
{
    struct stage *stage = world_new("--clock manual --seed 1 --start-time " STAGE_START);
    static const char expected[] =
        "{\"count\":1,\"results\":[{\"id\":\"f3d87ae8-1da0-4f7b-9a2f-9b8f4d4a2b4e\",\"at\":\"2026-01-01T00:00:00Z\","
        "\"method\":\"GET\",\"path\":\"/v1/predictions/\",\"query\":{\"foo\":\"1, 2\",\"b r\":\"\"},"
        "\"operation\":\"predictions.list\",\"status\":200,\"duration_ms\":0,"
        "\"headers\":{\"host\":\"localhost\",\"authorization\":\"[redacted]\",\"x-one\":\"a, b\"},\"body\":null,"
        "\"scenario\":null,\"unread\":[\"query.foo\",\"query.b r\",\"query.foo\"]}]}";

    world_ask(stage, "GET /v1/predictions/?foo=1&b%20r&foo=2", "X-One: a\nx-one: b", NULL, 200, NULL);
    expect_journal(stage, "", NULL);
    const char *body = world_answer(stage)->body, *id = strstr(body, "\"id\":\"");
    ck_assert_ptr_nonnull(id);
    ck_assert(id[6 + 14] == '4' && strchr("89ab", id[6 + 19])); // a random UUID by its form
    ck_assert_str_eq(id + 6 + 36, strstr(expected, "\",\"at\""));
    world_free(stage);
}
END_TEST

START_TEST(test_a_creation)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    expect_journal(stage, "",
                   "{'count':1,'results':[{'method':'POST','path':'/v1/predictions','operation':'predictions.create',"
                   "'status':201,'unread':[],'scenario':null,'query':{}}]}");
    char *sent = xstrdup(CREATE);
    for (char *at = sent; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    ck_assert_str_eq(world_text(stage, "results.0.body"), sent); // as it was sent, to the byte
    free(sent);
    world_free(stage);
}
END_TEST

/* Paths and methods that are nothing are their token's, too; a HEAD is no GET. */
START_TEST(test_whatever_is_asked)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /v1/nothing/of/the/kind", NULL, NULL, 404, NULL);
    expect_journal(stage, "", "{'results':[{'path':'/v1/nothing/of/the/kind','operation':null,'status':404}]}");
    world_ask(stage, "PUT /v1/predictions", NULL, "{}", 405, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'method':'PUT','operation':null,'status':405,'body':null}]}");
    world_ask(stage, "HEAD /v1/account", NULL, NULL, 200, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'method':'HEAD','operation':'account.get','status':200}]}");
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':", 400, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'status':400,'body':'{\\'version\\':','unread':[]}]}");
    world_ask(stage, "POST /predictions", "Content-Encoding: gzip", "x", 415, NULL);
    expect_journal(stage, "?limit=1", "{'count':5,'results':[{'path':'/predictions','status':415,'body':null}]}");
    world_free(stage);
}
END_TEST

/* "/_mock calls are not in it." */
START_TEST(test_calls_of_the_tester)
{
    struct stage *stage = world_new("--clock manual");

    world_ask(stage, "GET /_mock/clock", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /_mock/nothing", NULL, NULL, 404, NULL);
    world_ask(stage, "POST /_mock/inbox/a", NULL, "{}", 200, NULL);
    expect_journal(stage, "", "{'count':0,'results':[]}");
    world_ask(stage, "GET /_mock/requests", NOBODY, NULL, 200, "{'count':0,'results':[]}");
    world_free(stage);
}
END_TEST

START_TEST(test_secrets)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /v1/account?api_token=abc&signature=xyz",
              "Authorization: Bearer s3cret\nCookie: session=1\nProxy-Authorization: Basic eA==\nX-Api-Key: k\n"
              "Accept: text/plain",
              NULL, 200, NULL);
    world_ask(stage, "GET /_mock/requests", "Authorization: Bearer s3cret", NULL, 200,
              "{'results':[{'headers':{'authorization':'[redacted]','cookie':'[redacted]','x-api-key':'[redacted]',"
              "'proxy-authorization':'[redacted]','accept':'text/plain'},'query':{'api_token':'[redacted]',"
              "'signature':'[redacted]'}}]}");
    ck_assert_ptr_null(strstr(world_answer(stage)->body, "s3cret"));
    world_free(stage);
}
END_TEST

/* --- bodies --------------------------------------------------------------------------------------------------------- */

START_TEST(test_data_uris_are_shortened)
{
    struct stage *stage = world_new("");
    struct buf body = {0};

    buf_lit(&body,
            "{'version':'" VERSION "','input':{'prompt':'data: a \\'quote\\', b','image':'data:image/png;base64,");
    for (int i = 0; i < 100000; i++)
        buf_lit(&body, "QUJD");
    buf_lit(&body, "','structure':'canny','x':'data:text/plain,short','negative_prompt':'my data: a, b");
    for (int i = 0; i < 100; i++)
        buf_lit(&body, " and c");
    buf_lit(&body, "'}}");
    world_ask(stage, "POST /v1/predictions", NULL, buf_cstr(&body), 201, NULL);
    expect_journal(stage, "", "{'results':[{'unread':['input.x']}]}");
    const char *shown = world_text(stage, "results.0.body");
    ck_assert_ptr_nonnull(strstr(shown, "\"prompt\":\"data: a \\\"quote\\\", b\",\"image\":\"data:image/png;base64,"
                                        "[400000 bytes]\",\"structure\":\"canny\",\"x\":\"data:text/plain,short\","
                                        "\"negative_prompt\":\"my data: a, b and c and c"));
    ck_assert_str_eq(shown + strlen(shown) - 15, " and c and c\"}}");
    buf_free(&body);
    world_free(stage);
}
END_TEST

/* 64 KiB, and no half of a character. */
START_TEST(test_long_bodies_are_cut)
{
    struct stage *stage = world_new("");
    struct buf body = {0};

    buf_lit(&body, "{'version':'");
    while (body.len < 100000)
        buf_lit(&body, "\xe2\x82\xac");
    buf_lit(&body, "'}");
    world_ask(stage, "POST /v1/predictions", NULL, buf_cstr(&body), 422, NULL);
    expect_journal(stage, "", NULL);
    const char *shown = world_text(stage, "results.0.body");
    ck_assert_uint_eq(strlen(shown), 65535); // 12 bytes, and three for each of the others
    ck_assert_int_eq(memcmp(shown + 2, buf_cstr(&body) + 2, 7), 0);
    buf_free(&body);
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_no_text)
{
    static const char bytes[] = "POST /v1/predictions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test\r\n"
                                "Content-Type: application/octet-stream; x=1\r\nContent-Length: 4\r\n\r\n\xff\x00zz";
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);

    client_send_raw(client, bytes, sizeof(bytes) - 1);
    client_expect(client, 400, NULL);
    expect_journal(stage, "", "{'results':[{'body':'[application/octet-stream, 4 bytes]','status':400}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_an_upload)
{
    struct stage *stage = world_new("");
    struct gate gate;

    gate_close(&gate, stage);
    world_send(stage, "POST /v1/files", "Content-Type: multipart/form-data; boundary=b", UPLOAD);
    struct client *other = world_client(stage);
    client_send(other, "GET /_mock/requests", NULL, NULL);
    client_expect(other, 200, "{'count':0}"); // it is not answered yet
    gate_open(&gate, stage);
    world_expect(stage, 201, NULL);
    expect_journal(stage, "",
                   "{'count':1,'results':[{'operation':'files.create','status':201,"
                   "'body':'[multipart/form-data, 113 bytes]'}]}");
    world_free(stage);
}
END_TEST

/* --- what nobody has read ------------------------------------------------------------------------------------------- */

START_TEST(test_unread_input)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'" VERSION "','stream':true,'webhook_events_filter':['completed'],'input':{" INPUT
              ",'num_inference_steps':20,'seed':1,'a':{'b':1}}}",
              201, NULL);
    expect_journal(stage, "", "{'results':[{'unread':['input.num_inference_steps','input.a']}]}");
    world_free(stage);
}
END_TEST

/* More members than are looked through one by one. */
START_TEST(test_unread_of_many)
{
    struct stage *stage = world_new("");
    struct buf body = {0};

    world_add_model(stage, MODEL("'type':'object','properties':{'a':{},'z':{}}"));
    buf_lit(&body, "{'version':'d1','input':{'a':1");
    for (int i = 0; i < 150; i++)
        buf_printf(&body, ",'k%d':1", i);
    buf_lit(&body, ",'z':1}}");
    world_ask(stage, "POST /v1/predictions", NULL, buf_cstr(&body), 201, NULL);
    expect_journal(stage, "", NULL);
    ck_assert_str_eq(world_text(stage, "results.0.unread.0"), "input.k0"); // not what the model has
    ck_assert_str_eq(world_text(stage, "results.0.unread.99"), "input.k99");
    ck_assert_str_eq(world_text(stage, "results.0.unread.100"), ""); // a hundred are enough to see what is wrong
    buf_free(&body);
    world_free(stage);
}
END_TEST

/* What the schema says of members within members; an object that it says nothing of is taken as a whole. */
START_TEST(test_unread_deeper)
{
    struct stage *stage = world_new("");

    world_add_model(stage, MODEL("'type':'object','properties':{'free':{'type':'object'},'list':{'type':'array',"
                                 "'items':{'type':'object','properties':{'a':{}}}},'map':{'type':'object',"
                                 "'properties':{'a':{}},'additionalProperties':{'type':'integer'}}}"));
    world_ask(
        stage, "POST /v1/predictions", NULL,
        "{'version':'d1','input':{'free':{'x':1},'list':[{'a':{'y':1},'b':1},{'c':2}],'map':{'a':0,'z':1},'q':0}}", 201,
        NULL);
    expect_journal(stage, "", "{'results':[{'unread':['input.list.0.b','input.list.1.c','input.q']}]}");
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'d1','input':{'q':0}}", 201, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'unread':['input.q']}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_unread_where_nothing_is_known)
{
    struct stage *stage = world_new("");

    world_add_model(stage, MODEL("'type':'object'"));
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'d1','input':{'prompt':'x','q':{'r':1}}}", 201, NULL);
    expect_journal(
        stage, "",
        "{'results':[{'unread':['input.prompt','input.q']}]}"); // the schema lacks it: there is nothing that it has
    world_free(stage);
}
END_TEST

START_TEST(test_unread_without_a_schema)
{
    struct stage *stage = world_new("--unknown-models accept");

    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'who/knows','input':{'q':{'r':1}}}", 201, NULL);
    expect_journal(stage, "", "{'results':[{'unread':[]}]}"); // what it reads nobody knows
    world_free(stage);
}
END_TEST

/* Of what was refused it is told what had no effect on that: a misspelt member, but not an input that was not looked at. */
START_TEST(test_unread_of_what_is_refused)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions?x=1", NULL, "{'versoin':'v','input':{'a':1}}", 422, NULL);
    expect_journal(stage, "", "{'results':[{'unread':['versoin']}]}");
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'v','input':{'a':1}}", 422, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'unread':[]}]}");
    world_ask(stage, "POST /v1/models/no/body/predictions", NULL, "{'input':{'a':1}}", 404, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'unread':[]}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_unread_elsewhere)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, "{'why':1}", 200, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'unread':['why']}]}");
    world_ask(stage, "GET /v1/predictions?limit=5&source=web", NULL, NULL, 200, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'unread':['query.limit']}]}");
    world_ask(stage, "POST /v1/models", NULL,
              "{'owner':'replicate','name':'mine','visibility':'private','hardware':'cpu','colour':'red'}", 0, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'unread':['colour']}]}");
    world_free(stage);
}
END_TEST

/* --- whose it is ---------------------------------------------------------------------------------------------------- */

START_TEST(test_two_worlds)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /v1/account", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /v1/hardware", OTHER, NULL, 200, NULL);
    expect_journal(stage, "", "{'count':1,'results':[{'operation':'account.get','world':'<absent>'}]}");
    world_ask(stage, "GET /_mock/requests", OTHER, NULL, 200, "{'count':1,'results':[{'operation':'hardware.list'}]}");
    world_ask(stage, "GET /_mock/requests", NOBODY, NULL, 200,
              "{'count':2,'results':[{'operation':'hardware.list','world':'d9298a10'},"
              "{'operation':'account.get','world':'9f86d081'}]}");
    world_ask(stage, "GET /_mock/requests", "Authorization: Bearer third", NULL, 200, "{'count':0,'results':[]}");
    ck_assert_uint_eq(worlds_count(app_worlds(world_app(stage))), 2); // "a read makes no world"
    world_free(stage);
}
END_TEST

/* "Requests refused with 401 stand only in the whole-server journal." */
START_TEST(test_without_a_good_token)
{
    struct stage *stage = world_new("--token test");

    world_ask(stage, "GET /v1/account", NOBODY, NULL, 401, NULL);
    world_ask(stage, "GET /v1/account", OTHER, NULL, 401, NULL);
    world_ask(stage, "GET /v1/nothing", OTHER, NULL, 404, NULL);
    expect_journal(stage, "", "{'count':0}");
    world_ask(stage, "GET /_mock/requests", OTHER, NULL, 200, "{'count':0}");
    world_ask(stage, "GET /_mock/requests", NOBODY, NULL, 200,
              "{'count':3,'results':[{'status':404,'world':null},{'status':401,'operation':'account.get','world':null},"
              "{'status':401,'world':null}]}");
    ck_assert_uint_eq(worlds_count(app_worlds(world_app(stage))), 0);
    world_free(stage);
}
END_TEST

START_TEST(test_no_token_is_needed)
{
    struct stage *stage = world_new("--auth none");

    world_ask(stage, "GET /v1/account", NOBODY, NULL, 200, NULL);
    world_ask(stage, "GET /_mock/requests", "Authorization: Bearer none", NULL, 200, "{'count':1}");
    world_free(stage);
}
END_TEST

START_TEST(test_bad_http)
{
    static const char bytes[] =
        "GET /v1/account?x=%zz HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test\r\n\r\n";
    static const char control[] = "GET /_mock/health?x=%zz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct stage *stage = world_new("");

    client_send_raw(world_client(stage), bytes, sizeof(bytes) - 1);
    client_send_raw(world_client(stage), control, sizeof(control) - 1);
    world_ask(stage, "GET /_mock/requests", NOBODY, NULL, 200,
              "{'count':1,'results':[{'path':'/v1/account','query':{},'operation':null,'status':400,'world':null}]}");
    world_free(stage);
}
END_TEST

/* Their URLs are the keys: they are of the world whose prediction it is. */
START_TEST(test_files_and_streams)
{
    struct stage *stage = world_new("--seed 1");
    struct client *reader = world_client(stage);
    char request[512];

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    snprintf(request, sizeof(request), "GET %s", world_text(stage, "urls.stream") + strlen("http://localhost"));
    client_send(reader, request, NOBODY, NULL);
    expect_journal(stage, "?limit=1", "{'count':2,'results':[{'operation':'streams.get','status':200}]}");
    world_advance(stage, 1100);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, NULL);
    snprintf(request, sizeof(request), "GET %s", world_text(stage, "output.0") + strlen("http://localhost"));
    world_ask(stage, request, NOBODY, NULL, 200, NULL);
    expect_journal(stage, "?limit=1", "{'count':4,'results':[{'operation':'delivery.get','status':200}]}");
    world_ask(stage, "GET /delivery/pbxt/none/out-0.png", NOBODY, NULL, 404, NULL);
    expect_journal(stage, "", "{'count':4}");
    world_ask(stage, "GET /_mock/requests", NOBODY, NULL, 200, "{'count':5}");
    world_free(stage);
}
END_TEST

/* --- how it ended --------------------------------------------------------------------------------------------------- */

START_TEST(test_a_parked_request)
{
    struct stage *stage = world_new("--clock manual --start-time " STAGE_START);

    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'5s'}", 200, NULL);
    world_send(stage, "POST /v1/predictions", "Prefer: wait=10", CREATE);
    struct client *other = world_client(stage);
    client_send(other, "GET /_mock/requests", NULL, NULL);
    client_expect(other, 200, "{'count':0}");
    client_send(other, "POST /_mock/clock/advance", NULL, "{'by':'2s'}");
    client_expect(other, 200, NULL);
    world_expect(stage, 201, NULL);
    world_id(stage);
    expect_journal(stage, "",
                   "{'count':1,'results':[{'at':'2026-01-01T00:00:05Z','status':201,'duration_ms':0,"
                   "'unread':[],'headers':{'prefer':'wait=10'}}]}");
    ck_assert_str_eq(world_text(stage, "results.0.body") + 1,
                     "\"version\":\"" VERSION "\",\"input\":{\"image\":"
                     "\"https://example.com/a.png\",\"prompt\":\"a turtle\",\"structure\":\"canny\",\"seed\":7}}");
    world_free(stage);
}
END_TEST

/* Of thousands that wait the journal holds no more than their lengths. */
START_TEST(test_many_parked_requests)
{
    struct stage *stage = world_new("");
    struct buf body = {0};

    buf_lit(&body, "{'x':'");
    while (body.len < JOURNAL_BODY_KEPT)
        buf_char(&body, 'x');
    buf_lit(&body, "'}");
    world_ask(stage, "POST /_mock/scenarios", NULL, "{'response':{'status':500,'delay':'1m'}}", 201, NULL);
    for (int i = 0; i <= JOURNAL_OPEN_BYTES / JOURNAL_BODY_KEPT; i++)
        client_send(world_client(stage), "POST /v1/predictions", "Content-Type: application/json", buf_cstr(&body));
    world_advance(stage, 60000);
    expect_journal(stage, "", NULL);
    ck_assert_str_eq(world_text(stage, "results.0.body"), "[application/json, 65538 bytes]");
    ck_assert_uint_eq(strlen(world_text(stage, "results.9.body")), JOURNAL_BODY_KEPT); // an entry is more than its body
    // There is room again.
    world_ask(stage, "GET /v1/account", "Content-Type: application/json", "[1]", 200, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'body':'[1]'}]}");
    buf_free(&body);
    world_free(stage);
}
END_TEST

START_TEST(test_real_durations)
{
    struct stage *stage = world_new("--predict 2s");

    world_send(stage, "POST /v1/predictions", "Prefer: wait", CREATE);
    world_advance(stage, 2100);
    world_expect(stage, 201, NULL);
    expect_journal(stage, "", "{'results':[{'duration_ms':2100}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_client_leaves)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);

    client_send(client, "POST /v1/predictions", "Prefer: wait", CREATE);
    client_expect_waiting(client);
    world_advance(stage, 20);
    client_leave(client);
    world_settle(stage);
    expect_journal(stage, "",
                   "{'count':1,'results':[{'status':null,'duration_ms':20,'operation':'predictions.create'}]}");
    expect_journal(stage, "?status=201", "{'count':0}");
    world_free(stage);
}
END_TEST

/* With half of the body: it was never handled. */
START_TEST(test_a_client_leaves_early)
{
    static const char bytes[] = "POST /v1/predictions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test\r\n"
                                "Content-Length: 40\r\n\r\n{\"version\"";
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);

    client_send_raw(client, bytes, sizeof(bytes) - 1);
    client_leave(client);
    world_advance(stage, 2000);
    expect_journal(stage, "",
                   "{'count':1,'results':[{'status':null,'body':null,'unread':[],"
                   "'headers':{'content-length':'40'}}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_rules)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /_mock/scenarios", NULL,
              "{'scenarios':[{'name':'busy','match':{'operation':'account.get'},'times':1,"
              "'response':{'status':503,'body':{'detail':'no'}}},"
              "{'name':'late','match':{'operation':'hardware.list'},'response':{'delay':'3s'}},"
              "{'name':'gone','match':{'operation':'predictions.list'},'response':{'drop':'before-headers'}},"
              "{'name':'half','match':{'operation':'models.list'},'response':{'drop':'mid-body'}}]}",
              201, NULL);
    world_undescribed(stage);
    world_ask(stage, "GET /v1/account?x=1", NULL, NULL, 503, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'scenario':'busy','status':503,'unread':[]}]}");
    world_ask(stage, "GET /v1/account", NULL, NULL, 200, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'scenario':null,'status':200}]}");
    world_send(stage, "GET /v1/hardware", NULL, NULL);
    world_advance(stage, 3000);
    world_expect(stage, 200, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'scenario':'late','duration_ms':3000}]}");
    struct client *client = world_client(stage);
    client_send(client, "GET /v1/predictions", NULL, NULL);
    ck_assert(client_is_closed(client));
    expect_journal(stage, "?limit=1", "{'results':[{'scenario':'gone','status':null}]}");
    client = world_client(stage);
    client_send(client, "GET /v1/models", NULL, NULL);
    expect_journal(stage, "?limit=1", "{'results':[{'scenario':'half','status':200}]}");
    world_free(stage);
}
END_TEST

/* A rule that was deleted while its answer waits still has its name there. */
START_TEST(test_a_rule_is_gone)
{
    struct stage *stage = world_new("");
    struct client *other = world_client(stage);

    world_ask(stage, "POST /_mock/scenarios", NULL,
              "{'name':'late','match':{'operation':'account.get'},'response':{'delay':'1s'}}", 201, NULL);
    world_send(stage, "GET /v1/account", NULL, NULL);
    client_send(other, "DELETE /_mock/scenarios/late", NULL, NULL);
    client_expect(other, 204, NULL);
    world_advance(stage, 1000);
    world_expect(stage, 200, NULL);
    expect_journal(stage, "", "{'results':[{'scenario':'late'}]}");
    world_free(stage);
}
END_TEST

/* --- filters -------------------------------------------------------------------------------------------------------- */

/* Four requests, a second apart. */
static struct stage *with_four(void)
{
    static const char *const requests[] = {"GET /v1/account", "GET /v1/predictions", "POST /v1/predictions",
                                           "GET /predictions/none"};
    static const int statuses[] = {200, 200, 201, 404};
    struct stage *stage = world_new("--clock manual --start-time " STAGE_START);

    for (size_t i = 0; i < COUNT(requests); i++) {
        world_ask(stage, requests[i], NULL, *requests[i] == 'P' ? CREATE : NULL, statuses[i], NULL);
        world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1s'}", 200, NULL);
    }
    return stage;
}

static const struct {
    const char *filter;
    int count;
} filters[] = {
    {"", 4},
    {"?method=GET", 3},
    {"?method=post", 1},
    {"?method=PUT", 0},
    {"?path=/v1/predictions", 2},
    {"?path=/predictions/", 1},
    {"?path=predictions", 0}, // "prefix"
    {"?operation=predictions.create", 1},
    {"?operation=predictions.*", 3},
    {"?operation=*.get", 2},
    {"?status=404", 1},
    {"?status=500", 0},
    {"?since=2026-01-01T00:00:01Z", 3},
    {"?since=2026-01-01T00:00:03.5Z", 0},
    {"?since=2026-01-01T00:00:01Z&method=GET&path=/v1&status=200&operation=*list&limit=1", 1},
};

START_TEST(test_filters)
{
    struct stage *stage = with_four();

    for (size_t i = 0; i < COUNT(filters); i++) {
        char request[256], expected[64];
        snprintf(request, sizeof(request), "GET /_mock/requests%s", filters[i].filter);
        snprintf(expected, sizeof(expected), "{'count':%d}", filters[i].count);
        world_ask(stage, request, NULL, NULL, 200, expected);
    }
    expect_journal(stage, "?limit=2", "{'count':4,'results':[{'status':404},{'status':201}]}"); // of all that match
    world_free(stage);
}
END_TEST

START_TEST(test_since_a_request)
{
    struct stage *stage = with_four();
    char request[256];

    expect_journal(stage, "?operation=predictions.list", NULL);
    snprintf(request, sizeof(request), "GET /_mock/requests?since=%s", world_text(stage, "results.0.id"));
    world_ask(stage, request, NULL, NULL, 200, "{'count':2,'results':[{'status':404},{'status':201}]}");
    world_ask(stage, request, OTHER, NULL, 422, "{'invalid_fields':[{'field':'since'}]}"); // not the other's
    world_ask(stage, request, NOBODY, NULL, 200, "{'count':2}");
    world_free(stage);
}
END_TEST

START_TEST(test_filters_that_are_none)
{
    static const char *const wrong[][2] = {
        {"status=4xx", "status"},    {"status=99", "status"},
        {"status=600", "status"},    {"since=yesterday", "since"},
        {"limit=0", "limit"},        {"operation=predictions.craete", "operation"},
        {"operation=", "operation"}, {"operation=a%20b", "operation"},
        {"model=x", "model"},        {"since=f3d87ae8-1da0-4f7b-9a2f-9b8f4d4a2b4e", "since"}};
    static const char *const calls[] = {"GET /_mock/requests?", "DELETE /_mock/requests?",
                                        "GET /_mock/wait?requests=1&"};
    struct stage *stage = world_new("");

    for (size_t i = 0; i < COUNT(wrong); i++)
        for (size_t call = 0; call < COUNT(calls); call++) {
            char request[256], expected[128];
            snprintf(request, sizeof(request), "%s%s", calls[call], wrong[i][0]);
            snprintf(expected, sizeof(expected), "{'invalid_fields':[{'field':'%s'}]}", wrong[i][1]);
            world_ask(stage, request, NULL, NULL, 422, expected);
        }
    world_free(stage);
}
END_TEST

START_TEST(test_delete)
{
    struct stage *stage = with_four();

    world_ask(stage, "GET /v1/account", OTHER, NULL, 200, NULL);
    world_ask(stage, "DELETE /_mock/requests?method=POST", NULL, NULL, 204, NULL);
    expect_journal(stage, "", "{'count':3,'results':[{'status':404},{'operation':'predictions.list'},{'status':200}]}");
    world_ask(stage, "DELETE /_mock/requests?limit=1", NULL, NULL, 204, NULL);
    expect_journal(stage, "", "{'count':2,'results':[{'operation':'predictions.list'},{'operation':'account.get'}]}");
    world_ask(stage, "DELETE /_mock/requests", NULL, NULL, 204, NULL);
    expect_journal(stage, "", "{'count':0,'results':[]}");
    world_ask(stage, "DELETE /_mock/requests", "Authorization: Bearer third", NULL, 204, NULL);
    world_ask(stage, "GET /_mock/requests", OTHER, NULL, 200, "{'count':1}");
    world_ask(stage, "DELETE /_mock/requests", NOBODY, NULL, 204, NULL);
    world_ask(stage, "GET /_mock/requests", OTHER, NULL, 200, "{'count':0}");
    world_free(stage);
}
END_TEST

/* --- waiting -------------------------------------------------------------------------------------------------------- */

START_TEST(test_waiting)
{
    struct stage *stage = world_new("");
    struct client *waits = world_client(stage), *any = world_client(stage);

    world_ask(stage, "GET /_mock/wait?requests=1&timeout=0", NULL, NULL, 408,
              "{'detail':'It did not come in time: 0 of 1 requests have come.','status':408}");
    client_send(waits, "GET /_mock/wait?requests=2&operation=predictions.*&timeout=5s", NULL, NULL);
    client_send(any, "GET /_mock/wait?requests=4", NOBODY, NULL);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /v1/account", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /v1/predictions", OTHER, NULL, 200, NULL);
    client_expect_waiting(waits);
    client_expect_waiting(any);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    client_expect(waits, 200, "{'now':'*'}");
    client_expect(any, 200, "{'now':'*'}");
    world_ask(stage, "GET /_mock/wait?requests=3", NULL, NULL, 200, NULL); // "those there already count"
    client_send(waits, "GET /_mock/wait?requests=4&timeout=2s", NULL, NULL);
    world_advance(stage, 2000);
    client_expect(waits, 408, "{'detail':'It did not come in time: 3 of 4 requests have come.'}");
    world_free(stage);
}
END_TEST

START_TEST(test_waiting_ends)
{
    struct stage *stage = world_new("");
    struct client *waits = world_client(stage), *leaves = world_client(stage);

    world_ask(stage, "GET /v1/account", NULL, NULL, 200, NULL);
    client_send(waits, "GET /_mock/wait?requests=2", NULL, NULL);
    client_send(leaves, "GET /_mock/wait?requests=2", NULL, NULL);
    client_leave(leaves);
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL);
    client_expect(waits, 404, "{'detail':'The world was reset.'}");
    world_ask(stage, "GET /_mock/wait?requests=0", NULL, NULL, 422, NULL);
    world_free(stage);
}
END_TEST

/* --- bounds, and resets --------------------------------------------------------------------------------------------- */

START_TEST(test_the_newest_thousand)
{
    struct stage *stage = world_new("");

    for (int i = 0; i < JOURNAL_ENTRIES + 3; i++) {
        char request[64];
        snprintf(request, sizeof(request), "GET /v1/predictions/%d", i);
        world_ask(stage, request, NULL, NULL, 404, NULL);
    }
    expect_journal(stage, "?limit=1", "{'count':1000,'results':[{'path':'/v1/predictions/1002'}]}");
    expect_journal(stage, "?path=/v1/predictions/2&limit=1000", NULL);
    ck_assert_ptr_null(strstr(world_answer(stage)->body, "\"/v1/predictions/2\""));
    world_free(stage);
}
END_TEST

START_TEST(test_resets)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /v1/account", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /v1/account", NOBODY, NULL, 401, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['requests']}", 200, NULL);
    expect_journal(stage, "", "{'count':1}");
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['predictions']}", 200, NULL);
    expect_journal(stage, "", "{'count':0}");
    world_ask(stage, "GET /v1/account", NULL, NULL, 200, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL);
    expect_journal(stage, "", "{'count':0}");
    world_ask(stage, "GET /_mock/requests", NOBODY, NULL, 200, "{'count':1,'results':[{'status':401}]}");
    world_ask(stage, "POST /_mock/reset", NOBODY, "{'keep':['requests']}", 200, NULL);
    world_ask(stage, "GET /_mock/requests", NOBODY, NULL, 200, "{'count':1}");
    world_ask(stage, "POST /_mock/reset", NOBODY, NULL, 200, NULL);
    world_ask(stage, "GET /_mock/requests", NOBODY, NULL, 200, "{'count':0}");
    world_free(stage);
}
END_TEST

/* What came before a reset, and is answered by it, is of the world that is gone. */
START_TEST(test_a_reset_while_one_is_parked)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);

    client_send(client, "POST /v1/predictions", "Prefer: wait", CREATE);
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL);
    client_expect(client, 404, NULL);
    expect_journal(stage, "", "{'count':0}");
    world_ask(stage, "GET /_mock/requests", NOBODY, NULL, 200, "{'count':0}");
    client_send(client, "POST /v1/predictions", "Prefer: wait", CREATE);
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['requests']}", 200, NULL);
    client_expect(client, 404, NULL);
    expect_journal(stage, "", "{'count':1,'results':[{'status':404}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_no_room_for_a_world)
{
    struct stage *stage = world_new("--max-worlds 1 --predict 1h");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "GET /v1/account", OTHER, NULL, 200, NULL);
    world_ask(stage, "GET /_mock/requests", NOBODY, NULL, 200,
              "{'count':2,'results':[{'operation':'account.get','world':null},{'world':'9f86d081'}]}");
    world_free(stage);
}
END_TEST

SUITE("journal", test_every_member, test_a_creation, test_whatever_is_asked, test_calls_of_the_tester, test_secrets,
      test_data_uris_are_shortened, test_long_bodies_are_cut, test_what_is_no_text, test_an_upload, test_unread_input,
      test_unread_of_many, test_unread_deeper, test_unread_where_nothing_is_known, test_unread_without_a_schema,
      test_unread_of_what_is_refused, test_unread_elsewhere, test_two_worlds, test_without_a_good_token,
      test_no_token_is_needed, test_bad_http, test_files_and_streams, test_a_parked_request, test_many_parked_requests,
      test_real_durations, test_a_client_leaves, test_a_client_leaves_early, test_rules, test_a_rule_is_gone,
      test_filters, test_since_a_request, test_filters_that_are_none, test_delete, test_waiting, test_waiting_ends,
      test_the_newest_thousand, test_resets, test_a_reset_while_one_is_parked, test_no_room_for_a_world);
