/* /_mock/predictions: what a world holds, and a history that is put into it. */
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

#define MANUAL "--clock manual --start-time " STAGE_START
#define KEEPS  MANUAL " --retention 0"
#define HELLO  "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
#define OLD_ID "gm3qorzdhgbfurvjtvhg6dckhu"
#define AN_ID  "wnvz9f5zb5rme0d0pv8brd3ddc"

static char *copy_of(struct stage *stage)
{
    return xstrdup(world_answer(stage)->body);
}

START_TEST(test_one)
{
    struct stage *stage = world_new(KEEPS);

    world_ask(stage, "POST /_mock/predictions", NULL,
              "{'id':'" AN_ID "','model':'rossjillian/controlnet','version':'" VERSION "',"
              "'input':{'prompt':'a turtle','b':1.50,'a':[2]},'logs':'one\\ntwo\\nthree',"
              "'output':['https://example.com/1.png','https://example.com/2.png'],'data_removed':false,'error':null,"
              "'source':'api','status':'succeeded','created_at':'2025-12-31T23:00:00.123456Z',"
              "'started_at':'2025-12-31T23:00:01.5Z','completed_at':'2025-12-31T23:00:03.25Z',"
              "'webhook':'https://example.com/hook','metrics':{'predict_time':99},'urls':{'get':'x'}}",
              201, "{'ids':['" AN_ID "']}");
    ck_assert_str_eq(world_answer(stage)->body, "{\"ids\":[\"" AN_ID "\"]}");
    world_ask(stage, "GET /v1/predictions/" AN_ID, NULL, NULL, 200, NULL);
    const char *begin = "{\"id\":\"" AN_ID "\",\"model\":\"rossjillian/controlnet\",\"version\":\"" VERSION "\","
                        "\"input\":{\"a\":[2],\"b\":1.50,\"prompt\":\"a turtle\"},\"logs\":\"one\\ntwo\\nthree\","
                        "\"output\":[\"https://example.com/1.png\",\"https://example.com/2.png\"],"
                        "\"data_removed\":false,\"error\":null,\"source\":\"api\",\"status\":\"succeeded\","
                        "\"created_at\":\"2025-12-31T23:00:00.123Z\",\"started_at\":\"2025-12-31T23:00:01.5Z\","
                        "\"completed_at\":\"2025-12-31T23:00:03.25Z\",\"webhook\":\"https://example.com/hook\","
                        "\"metrics\":{\"predict_time\":1.75,\"total_time\":3.127},"
                        "\"urls\":{\"cancel\":\"http://localhost/v1/predictions/" AN_ID "/cancel\","
                        "\"get\":\"http://localhost/v1/predictions/" AN_ID "\","
                        "\"stream\":\"http://localhost/v1/files/";
    ck_assert_msg(strncmp(world_answer(stage)->body, begin, strlen(begin)) == 0, "%s", world_answer(stage)->body);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[{'id':'" AN_ID "','status':'succeeded'}]}");
    world_ask(stage, "POST /v1/predictions/" AN_ID "/cancel", NULL, NULL, 200, "{'status':'succeeded'}");
    world_ask(stage, "GET /_mock/wait?prediction=" AN_ID "&status=terminal", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /_mock/webhooks", NULL, NULL, 200, "{'results':[]}");
    world_ask(stage, "GET /v1/predictions/" AN_ID, "Authorization: Bearer other", NULL, 404, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_not_given)
{
    struct stage *stage = world_new(KEEPS " --seed 1");
    char id[64];

    world_ask(stage, "POST /_mock/predictions", NULL, "{'model':'replicate/hello-world','status':'succeeded'}", 201,
              NULL);
    snprintf(id, sizeof(id), "GET /v1/predictions/%s", world_text(stage, "ids.0"));
    world_ask(stage, id, NULL, NULL, 200,
              "{'model':'replicate/hello-world','input':{},'logs':'','output':null,'error':null,"
              "'created_at':'2026-01-01T00:00:00Z','started_at':'2026-01-01T00:00:00Z',"
              "'completed_at':'2026-01-01T00:00:00Z','metrics':{'predict_time':0,'total_time':0},"
              "'webhook':'<absent>','deadline':'<absent>','deployment':'<absent>'}");
    // The time after it, where there is one; what was aborted need not have begun.
    world_ask(
        stage, "POST /_mock/predictions", NULL,
        "[{'model':'replicate/hello-world','status':'failed','error':'No.','completed_at':'2025-06-01T00:00:00Z'},"
        "{'model':'replicate/hello-world','status':'aborted','created_at':'2025-05-01T00:00:00Z'}]",
        201, NULL);
    world_ask(
        stage, "GET /_mock/predictions", NULL, NULL, 200,
        "{'results':[{'status':'succeeded'},"
        "{'status':'failed','error':'No.','created_at':'2025-06-01T00:00:00Z','started_at':'2025-06-01T00:00:00Z'},"
        "{'status':'aborted','created_at':'2025-05-01T00:00:00Z','started_at':'<absent>',"
        "'completed_at':'2025-05-01T00:00:00Z'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_seed)
{
    char first[2][27] = {{0}};

    for (int i = 0; i < 2; i++) {
        struct stage *stage = world_new(KEEPS " --seed 7");
        world_ask(stage, "POST /_mock/predictions", NULL, "[{'model':'replicate/hello-world','status':'succeeded'}]",
                  201, NULL);
        snprintf(first[i], sizeof(first[i]), "%s", world_text(stage, "ids.0"));
        world_free(stage);
    }
    ck_assert_uint_eq(strlen(first[0]), 26);
    ck_assert_str_eq(first[0], first[1]);
}
END_TEST

/* Whatever a prediction has become here, its answer is taken. */
START_TEST(test_there_and_back)
{
    static const char *const bodies[] = {
        CREATE,
        "{'version':'" HELLO "','input':{'text':'Alice'}}",
        "{'version':'meta/meta-llama-3-8b-instruct','input':{'prompt':'Tell me \\u00e9 <b>'}}",
    };
    struct stage *stage = world_new(KEEPS);

    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        world_ask(stage, "POST /v1/predictions", NULL, bodies[i], 201, NULL);
        world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1m'}", 200, NULL);
        world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
        char *before = copy_of(stage);
        world_ask(stage, "POST /_mock/predictions", NULL, before, 422, "{'invalid_fields':[{'field':'id'}]}");
        char request[64];
        snprintf(request, sizeof(request), "GET /v1/predictions/%s", world_id(stage));
        world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['clock']}", 200, NULL);
        world_ask(stage, "POST /_mock/predictions", NULL, before, 201, NULL);
        world_ask(stage, request, NULL, NULL, 200, NULL);
        ck_assert_str_eq(world_answer(stage)->body, before);
        free(before);
    }
    world_free(stage);
}
END_TEST

/* Whatever the output is, it is shown as it was given, keys sorted; its stream tells its pieces. */
START_TEST(test_output)
{
    static const struct {
        const char *output, *status, *shown, *events;
    } cases[] = {
        {"null", "failed", "null", "event: error\nid: 1767225600:0\ndata: {\"detail\":\"\"}\n\n"},
        {"'text \\u003c'", "succeeded", "\"text \\u003c\"", "event: output\nid: 1767225600:0\ndata: text <\n\n"},
        {"[]", "succeeded", "[]", "event: done"},
        {"['a ','b']", "canceled", "[\"a \",\"b\"]", "event: output\nid: 1767225600:0\ndata: a \n\nevent: output\n"},
        {"{'b':1.0,'a':[null]}", "succeeded", "{\"a\":[null],\"b\":1.0}",
         "event: output\nid: 1767225600:0\ndata: {\"a\":[null],\"b\":1.0}\n\n"},
        {"0.30", "succeeded", "0.30", "event: output\nid: 1767225600:0\ndata: 0.30\n\n"},
        {"false", "succeeded", "false", "event: output\nid: 1767225600:0\ndata: false\n\n"},
    };
    struct stage *stage = world_new(KEEPS);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char body[256], request[128], member[128];
        snprintf(body, sizeof(body), "{'model':'replicate/hello-world','status':'%s','output':%s}", cases[i].status,
                 cases[i].output);
        world_ask(stage, "POST /_mock/predictions", NULL, body, 201, NULL);
        snprintf(request, sizeof(request), "GET /v1/predictions/%s", world_text(stage, "ids.0"));
        world_ask(stage, request, NULL, NULL, 200, NULL);
        snprintf(member, sizeof(member), "\"output\":%s,\"data_removed\"", cases[i].shown);
        ck_assert_msg(strstr(world_answer(stage)->body, member) != NULL, "%s", world_answer(stage)->body);
        struct client *reader = world_client(stage);
        snprintf(request, sizeof(request), "GET %s", world_text(stage, "urls.stream") + strlen("http://localhost"));
        client_send(reader, request, NULL, NULL);
        ck_assert_msg(strstr(client_stream(reader), cases[i].events) != NULL, "%s", client_stream(reader));
        client_leave(reader);
    }
    world_free(stage);
}
END_TEST

START_TEST(test_logs_are_kept_to_the_byte)
{
    static const char *const logs[] = {"", "a", "a\\n", "\\n", "\\n\\na\\n\\n", "  x\\r\\ny\\t"};
    struct stage *stage = world_new(KEEPS);

    for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++) {
        char body[256], member[64];
        snprintf(body, sizeof(body), "{'model':'replicate/hello-world','status':'succeeded','logs':'%s'}", logs[i]);
        world_ask(stage, "POST /_mock/predictions", NULL, body, 201, NULL);
        world_ask(stage, "GET /_mock/predictions?limit=1", NULL, NULL, 200, NULL);
        snprintf(member, sizeof(member), "\"logs\":\"%s\",\"output\"", logs[i]);
        ck_assert_msg(strstr(world_answer(stage)->body, member) != NULL, "%s", world_answer(stage)->body);
    }
    world_free(stage);
}
END_TEST

static const struct {
    const char *body, *field, *says;
} refusals[] = {
    {"{'model':'replicate/hello-world'}", "status", "is needed"},
    {"{'model':'replicate/hello-world','status':'processing'}", "status", "succeeded, failed, canceled, aborted"},
    {"{'model':'replicate/hello-world','status':1}", "status", "is finished"},
    {"{'status':'succeeded'}", "model", "one of them is needed"},
    {"{'status':'succeeded','model':'no/body'}", "model", "none that this server knows"},
    {"{'status':'succeeded','version':'hidden'}", "version", "none that this server knows"},
    {"{'status':'succeeded','model':'replicate/hello-world','version':'" VERSION "'}", "version", "not of that model"},
    {"{'status':'succeeded','model':5}", "model", "a string or null, not integer"},
    {"{'model':'replicate/hello-world','status':'succeeded','id':'x'}", "id", "26 small letters and digits"},
    {"{'model':'replicate/hello-world','status':'succeeded','input':[]}", "input", "an object, not array"},
    {"{'model':'replicate/hello-world','status':'succeeded','logs':['a']}", "logs", "a string or null, not array"},
    {"{'model':'replicate/hello-world','status':'succeeded','error':'e'}", "error", "not succeeded"},
    {"{'model':'replicate/hello-world','status':'succeeded','source':'web'}", "source", "takes \\\"api\\\""},
    {"{'model':'replicate/hello-world','status':'succeeded','data_removed':1}", "data_removed", "true or false"},
    {"{'model':'replicate/hello-world','status':'succeeded','webhook':'x y'}", "webhook", "takes a URL"},
    {"{'model':'replicate/hello-world','status':'succeeded','created_at':'yesterday'}", "created_at",
     "a date and time"},
    {"{'model':'replicate/hello-world','status':'succeeded','created_at':'2026-01-01T00:00:00.001Z'}", "created_at",
     "in the future"},
    {"{'model':'replicate/hello-world','status':'succeeded','completed_at':'2026-01-01T00:00:00.000000001Z',"
     "'created_at':'2025-01-01'}",
     "completed_at", "in the future"},
    {"{'model':'replicate/hello-world','status':'succeeded','created_at':'2025-01-02','started_at':'2025-01-01'}",
     "started_at", "before created_at"},
    {"{'model':'replicate/hello-world','status':'succeeded','started_at':'2025-01-02','completed_at':'2025-01-01'}",
     "completed_at", "before started_at"},
    {"{'model':'replicate/hello-world','status':'succeeded','speed':1}", "speed",
     "no such member; known are: id, model"},
    {"[]", "", "from 1 to 10000"},
    {"['x']", "[0]", "an object, not string"},
    {"'x'", "", "JSON object or an array"},
};

START_TEST(test_refused)
{
    struct stage *stage = world_new(KEEPS);
    char expected[256];

    for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
        snprintf(expected, sizeof(expected), "{'status':422,'invalid_fields':[{'field':'%s'}]}", refusals[i].field);
        world_ask(stage, "POST /_mock/predictions", NULL, refusals[i].body, 422, expected);
        ck_assert_msg(strstr(world_answer(stage)->body, refusals[i].says) != NULL, "%s: %s", refusals[i].body,
                      world_answer(stage)->body);
    }
    world_ask(stage, "POST /_mock/predictions", NULL, "{", 400, NULL);
    world_ask(stage, "POST /_mock/predictions", "Content-Type: text/plain", "{}", 415, NULL);
    world_ask(stage, "GET /_mock/predictions?status=failed", NULL, NULL, 422, NULL);
    // None of this has made a world.
    world_ask(stage, "GET /_mock/health", NULL, NULL, 200, "{'worlds':0,'predictions':0}");
    world_ask(stage, "POST /_mock/predictions", "Authorization: -",
              "{'model':'replicate/hello-world','status':'succeeded'}", 422, "{'invalid_fields':[{'field':''}]}");
    ck_assert_ptr_nonnull(strstr(world_answer(stage)->body, "Into which world?"));
    world_free(stage);
}
END_TEST

/* Of several all or none, and each fault has its place. */
START_TEST(test_all_or_none)
{
    struct stage *stage = world_new(KEEPS);

    world_ask(stage, "POST /_mock/predictions", NULL,
              "[{'model':'replicate/hello-world','status':'succeeded'},"
              "{'model':'replicate/hello-world','status':'starting'},"
              "{'model':'replicate/hello-world','status':'succeeded','x':1}]",
              422, "{'invalid_fields':[{'field':'[1].status'},{'field':'[2].x'}]}");
    world_ask(stage, "POST /_mock/predictions", NULL,
              "[{'id':'" AN_ID "','model':'replicate/hello-world','status':'succeeded'},"
              "{'id':'" AN_ID "','model':'replicate/hello-world','status':'succeeded'}]",
              422, NULL);
    ck_assert_ptr_nonnull(strstr(world_answer(stage)->body, "is given twice"));
    world_ask(stage, "GET /_mock/predictions", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_answer(stage)->body, "{\"results\":[]}");
    // What a world has, no other may have; after a reset it is free again.
    world_ask(stage, "POST /_mock/predictions", NULL,
              "{'id':'" AN_ID "','model':'replicate/hello-world','status':'succeeded'}", 201, NULL);
    world_ask(stage, "POST /_mock/predictions", "Authorization: Bearer other",
              "{'id':'" AN_ID "','model':'replicate/hello-world','status':'succeeded'}", 422,
              "{'invalid_fields':[{'field':'id'}]}");
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL);
    world_ask(stage, "POST /_mock/predictions", "Authorization: Bearer other",
              "{'id':'" AN_ID "','model':'replicate/hello-world','status':'succeeded'}", 201, NULL);
    world_free(stage);
}
END_TEST

/* History has its place among what is there, in lists, pages and filters, also in a page that is followed meanwhile. */
START_TEST(test_places)
{
    struct stage *stage = world_new(KEEPS);
    char next[512];

    for (int i = 0; i < 150; i++) {
        world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
        world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'10s'}", 200, NULL);
    }
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'previous':null}");
    snprintf(next, sizeof(next), "GET %s", world_text(stage, "next") + strlen("http://localhost"));
    world_ask(stage, next, NULL, NULL, 200, NULL);
    char *page = copy_of(stage);
    // Two older than all, one between, one newer than the page's edge; the same time as one that is there: after it.
    world_ask(stage, "POST /_mock/predictions", NULL,
              "[{'model':'replicate/hello-world','status':'succeeded','created_at':'2025-06-02T00:00:00Z'},"
              "{'model':'replicate/hello-world','status':'succeeded','created_at':'2025-06-01T00:00:00Z'},"
              "{'model':'replicate/hello-world','status':'succeeded','created_at':'2026-01-01T00:00:10Z'},"
              "{'model':'replicate/hello-world','status':'succeeded','created_at':'2026-01-01T00:20:05Z'}]",
              201, NULL);
    world_ask(stage, next, NULL, NULL, 200, NULL);
    const char *got = world_answer(stage)->body;
    const char *last_of_page = strstr(page, "\"created_at\":");
    ck_assert_int_eq(strncmp(strstr(got, "\"created_at\":"), last_of_page, 45), 0); // it begins where it began
    free(page);
    world_ask(stage, "GET /v1/predictions?created_before=2026-01-01T00:00:11Z", NULL, NULL, 200,
              "{'next':null,'results':[{'created_at':'2026-01-01T00:00:10.000000Z','model':'replicate/hello-world'},"
              "{'created_at':'2026-01-01T00:00:10.000000Z','model':'rossjillian/controlnet'},"
              "{'created_at':'2026-01-01T00:00:00.000000Z'},"
              "{'created_at':'2025-06-02T00:00:00.000000Z'},{'created_at':'2025-06-01T00:00:00.000000Z'}]}");
    world_ask(
        stage, "GET /v1/predictions?created_after=2026-01-01T00:20:01Z&created_before=2026-01-01T00:20:11Z", NULL, NULL,
        200, "{'results':[{'created_at':'2026-01-01T00:20:10.000000Z'},{'created_at':'2026-01-01T00:20:05.000000Z'}]}");
    // Whatever comes now is newer than all.
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "GET /_mock/predictions?limit=1", NULL, NULL, 200, "{'results':[{'id':'{id}'}]}");
    world_free(stage);
}
END_TEST

/* Given in one breath, without times: the last one is the newest. */
START_TEST(test_order_of_one_instant)
{
    struct stage *stage = world_new(KEEPS);

    world_ask(stage, "POST /_mock/predictions", NULL,
              "[{'model':'replicate/hello-world','status':'succeeded','output':'a'},"
              "{'model':'replicate/hello-world','status':'succeeded','output':'b'},"
              "{'model':'replicate/hello-world','status':'succeeded','output':'c'}]",
              201, NULL);
    world_ask(stage, "GET /_mock/predictions", NULL, NULL, 200,
              "{'results':[{'output':'c'},{'output':'b'},{'output':'a'}]}");
    world_free(stage);
}
END_TEST

/* The whole server, with whose each is. */
START_TEST(test_whole_server)
{
    struct stage *stage = world_new(KEEPS);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/predictions", "Authorization: Bearer other",
              "[{'model':'replicate/hello-world','status':'succeeded','created_at':'2025-06-02'}]", 201, NULL);
    world_ask(stage, "GET /_mock/predictions", "Authorization: -", NULL, 200,
              "{'results':[{'id':'{id}','status':'starting','world':'9f86d081'},"
              "{'status':'succeeded','world':'d9298a10'}]}");
    world_ask(stage, "GET /_mock/predictions?limit=1", "Authorization: -", NULL, 200, "{'results':[{'id':'{id}'}]}");
    world_ask(stage, "GET /_mock/predictions", NULL, NULL, 200, "{'results':[{'id':'{id}','world':'<absent>'}]}");
    world_ask(stage, "GET /_mock/predictions", "Authorization: Bearer nobody", NULL, 200, "{'results':[]}");
    world_free(stage);
}
END_TEST

/* A page stays one, however large the inputs are. */
START_TEST(test_bounded_in_bytes)
{
    struct stage *stage = world_new(KEEPS);
    size_t len = 3 * 1024 * 1024;
    char *body = xmalloc(len + 256);

    strcpy(body, "{'model':'replicate/hello-world','status':'succeeded','output':'");
    memset(body + strlen(body), 'x', len);
    strcpy(body + strlen("{'model':'replicate/hello-world','status':'succeeded','output':'") + len, "'}");
    for (int i = 0; i < 5; i++)
        world_ask(stage, "POST /_mock/predictions", NULL, body, 201, NULL);
    free(body);
    world_ask(stage, "GET /_mock/predictions", NULL, NULL, 200, "{'more':3}");
    world_ask(stage, "GET /_mock/predictions?limit=1", NULL, NULL, 200, "{'more':'<absent>'}");
    world_free(stage);
}
END_TEST

/* "Old ids (before 2024): 26 characters of another alphabet", as those in the documentation's examples are. */
START_TEST(test_ids_of_old)
{
    struct stage *stage = world_new(KEEPS);
    const char *other = "p2345678901234567890abcilo";

    world_ask(stage, "POST /_mock/predictions", NULL,
              "[{'id':'" OLD_ID "','model':'replicate/hello-world','status':'succeeded','output':'hello Alice'},"
              "{'id':'p2345678901234567890abcilo','model':'replicate/hello-world','status':'succeeded'}]",
              201, "{'ids':['" OLD_ID "','p2345678901234567890abcilo']}");
    world_ask(stage, "GET /v1/predictions/" OLD_ID, NULL, NULL, 200, "{'id':'" OLD_ID "','output':'hello Alice'}");
    const char *stream = world_text(stage, "urls.stream");
    ck_assert_ptr_nonnull(strstr(stream, "/v1/streams/"));
    char *key = xstrdup(strstr(stream, "/v1/streams/"));
    char request[256];
    snprintf(request, sizeof(request), "GET %s", key);
    world_ask(stage, request, "Authorization: -", NULL, 404, NULL); // a key of ours has no room for such an id
    snprintf(request, sizeof(request), "GET /v1/predictions/%s", other);
    world_ask(stage, request, NULL, NULL, 200, NULL);
    ck_assert_str_ne(strstr(world_text(stage, "urls.stream"), "/v1/streams/"), key);
    free(key);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[{'id':'*'},{'id':'" OLD_ID "'}]}");
    world_ask(stage, "GET /_mock/wait?prediction=" OLD_ID, NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

/* However old it is, its data stays for as long as that of what has just ended. */
START_TEST(test_retention)
{
    struct stage *stage = world_new(MANUAL " --retention 1h");

    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'" HELLO "','input':{'text':'x'}}", 201, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'30m'}", 200, NULL);
    world_ask(
        stage, "POST /_mock/predictions", NULL,
        "[{'model':'replicate/hello-world','status':'succeeded','output':'new','created_at':'2026-01-01T00:20:00Z'},"
        "{'model':'replicate/hello-world','status':'succeeded','output':'lost','logs':'x','created_at':'2025-06-01',"
        "'data_removed':true},"
        "{'model':'replicate/hello-world','status':'succeeded','output':'past','logs':'x','created_at':'2025-06-02'}]",
        201, NULL);
    world_ask(stage, "GET /_mock/predictions", NULL, NULL, 200,
              "{'results':[{'output':'new','data_removed':false},{'data_removed':false},"
              "{'output':'past','logs':'x','data_removed':false,'created_at':'2025-06-02T00:00:00Z'},"
              "{'output':null,'logs':'','data_removed':true,'created_at':'2025-06-01T00:00:00Z'}]}");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'to':'2026-01-01T01:29:59Z'}", 200,
              "{'fired':[{'at':'2026-01-01T01:00:01.1Z','what':'prediction.removed','id':'{id}'}]}");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1s'}", 200,
              "{'fired':[{'at':'2026-01-01T01:30:00Z','what':'prediction.removed'},"
              "{'at':'2026-01-01T01:30:00Z','what':'prediction.removed'}]}");
    world_free(stage);
}
END_TEST

/* What has lost its data comes without, whatever is given; it is the first to go. */
START_TEST(test_data_removed)
{
    struct stage *stage = world_new(KEEPS " --max-predictions 2");

    world_ask(stage, "POST /_mock/predictions", NULL,
              "[{'model':'replicate/hello-world','status':'succeeded','output':'old','created_at':'2025-06-01'},"
              "{'model':'replicate/hello-world','status':'failed','error':'No.','input':{'a':1},'output':'x',"
              "'logs':'x','data_removed':true,'created_at':'2025-06-02'}]",
              201, NULL);
    world_ask(stage, "GET /_mock/predictions", NULL, NULL, 200,
              "{'results':[{'input':{'a':'<absent>'},'output':null,'logs':'','error':'No.','data_removed':true,"
              "'status':'failed','started_at':'2025-06-02T00:00:00Z'},{'output':'old','data_removed':false}]}");
    world_ask(stage, "POST /_mock/predictions", NULL,
              "{'model':'replicate/hello-world','status':'succeeded','output':'new'}", 201, NULL);
    world_ask(stage, "GET /_mock/predictions", NULL, NULL, 200, "{'results':[{'output':'new'},{'output':'old'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_limits_hold)
{
    struct stage *stage = world_new(KEEPS " --max-predictions 3");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL); // unfinished: it stays
    world_ask(stage, "POST /_mock/predictions", NULL,
              "[{'model':'replicate/hello-world','status':'succeeded','output':1,'created_at':'2025-06-01'},"
              "{'model':'replicate/hello-world','status':'succeeded','output':2,'created_at':'2025-06-02'}]",
              201, NULL);
    world_ask(stage, "POST /_mock/predictions", NULL,
              "[{'model':'replicate/hello-world','status':'succeeded','output':3,'created_at':'2025-06-03'}]", 201,
              NULL);
    world_ask(stage, "GET /_mock/predictions", NULL, NULL, 200,
              "{'results':[{'status':'starting'},{'output':3},{'output':2}]}");
    world_ask(stage, "POST /_mock/predictions", NULL,
              "[{'model':'replicate/hello-world','status':'succeeded'},"
              "{'model':'replicate/hello-world','status':'succeeded'},"
              "{'model':'replicate/hello-world','status':'succeeded'}]",
              503, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Retry-After"), "1");
    world_ask(stage, "GET /_mock/predictions", NULL, NULL, 200,
              "{'results':[{'status':'starting'},{'output':3},{'output':2}]}");
    world_free(stage);

    stage = world_new(KEEPS " --max-memory 64KiB");
    char *body = xmalloc(80 * 1024);
    snprintf(body, 80 * 1024, "{'model':'replicate/hello-world','status':'succeeded','output':'%070000d'}", 1);
    world_ask(stage, "POST /_mock/predictions", NULL, body, 503, NULL);
    snprintf(body, 80 * 1024, "{'model':'replicate/hello-world','status':'succeeded','output':'%025000d'}", 1);
    for (int i = 0; i < 2; i++)
        world_ask(stage, "POST /_mock/predictions", NULL, body, 201, NULL);
    world_ask(stage, "GET /_mock/predictions", NULL, NULL, 200,
              "{'results':[{'data_removed':false},{'data_removed':true}]}");
    free(body);
    world_free(stage);
}
END_TEST

/* Versions: by model, by version, by both, hidden ones, unknown ones, and those of a deployment. */
START_TEST(test_versions)
{
    struct stage *stage = world_new(KEEPS " --unknown-models accept");

    world_ask(stage, "POST /_mock/predictions", NULL,
              "[{'version':'" VERSION "','status':'succeeded'},"
              "{'model':'rossjillian/controlnet','version':'rossjillian/controlnet:" VERSION "','status':'succeeded'},"
              "{'model':'meta/meta-llama-3-8b-instruct','version':'hidden','status':'succeeded'},"
              "{'model':'some/body','status':'succeeded','deployment':'acme/it'},"
              "{'model':'some/body','version':'abc','status':'succeeded','deadline':'2025-01-01T00:00:00.5Z'},"
              "{'version':'some/one:1','status':'succeeded'}]",
              201, NULL);
    world_ask(stage, "GET /_mock/predictions", NULL, NULL, 200,
              "{'results':[{'model':'some/one','version':'1'},"
              "{'model':'some/body','version':'abc','deadline':'2025-01-01T00:00:00.5Z'},"
              "{'model':'some/body','version':'hidden','deployment':'acme/it'},"
              "{'model':'meta/meta-llama-3-8b-instruct','version':'hidden'},"
              "{'model':'rossjillian/controlnet','version':'" VERSION "'},"
              "{'model':'rossjillian/controlnet','version':'" VERSION "'}]}");
    world_free(stage);
}
END_TEST

SUITE("fill", test_one, test_what_is_not_given, test_seed, test_there_and_back, test_output,
      test_logs_are_kept_to_the_byte, test_refused, test_all_or_none, test_places, test_order_of_one_instant,
      test_whole_server, test_bounded_in_bytes, test_ids_of_old, test_retention, test_data_removed, test_limits_hold,
      test_versions);
