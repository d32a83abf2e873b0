/* near_miss: which request a rule has nearly hit, and what was wrong with it. */
#include "base/id.h"
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

#define JSON   "Content-Type: application/json"
#define OTHER  "Authorization: Bearer other"
#define NOBODY "Authorization: -"
#define RULES  "GET /_mock/scenarios"
#define MODEL  "rossjillian/controlnet"

static void post(struct stage *stage, const char *rules)
{
    world_ask(stage, "POST /_mock/scenarios", JSON, rules, 201, NULL);
}

static void create(struct stage *stage, const char *headers, const char *input, int status)
{
    char body[1024];

    snprintf(body, sizeof(body), "{'version':'" VERSION "','input':{" INPUT "%s}}", input);
    world_ask(stage, "POST /v1/predictions", headers, body, status, NULL);
}

/* What the only rule shows. */
static void expect(struct stage *stage, const char *headers, const char *near_miss)
{
    char results[1024];

    snprintf(results, sizeof(results), "{'results':[{'near_miss':%s}]}", near_miss);
    world_ask(stage, RULES, headers, NULL, 200, results);
}

START_TEST(test_all_but_one)
{
    struct stage *stage = world_new("");

    post(stage,
         "{'name':'r','match':{'model':'" MODEL "','input':{'prompt':{'contains':'nude','matches':'e$'},'seed':13}},"
         "'response':{'status':500}}");
    expect(stage, NULL, "null");
    create(stage, NULL, ",'seed':12", 201); // two do not fit
    expect(stage, NULL, "null");
    world_advance(stage, 1500);
    create(stage, NULL, ",'seed':13", 201);
    world_ask(stage, RULES, NULL, NULL, 200, NULL);
    char id[UUID_TEXT], wanted[2048];
    snprintf(id, sizeof(id), "%s", world_text(stage, "results.0.near_miss.request"));
    snprintf(wanted, sizeof(wanted),
             "{\"results\":[{\"name\":\"r\",\"match\":{\"model\":\"" MODEL "\",\"input\":{\"prompt\":{\"contains\":"
             "\"nude\",\"matches\":\"e$\"},\"seed\":13}},\"response\":{\"status\":500},\"hits\":0,\"near_miss\":{"
             "\"at\":\"2026-01-01T00:00:01.5Z\",\"matcher\":\"input.prompt\",\"wanted\":{\"contains\":\"nude\","
             "\"matches\":\"e$\"},\"got\":\"a turtle\",\"request\":\"%s\",\"method\":\"POST\",\"path\":"
             "\"/v1/predictions\",\"operation\":\"predictions.create\"}}]}",
             id);
    ck_assert_str_eq(world_answer(stage)->body, wanted);
    world_ask(stage, "GET /_mock/requests?limit=1", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_text(stage, "results.0.id"), id); // it is the journal's
    world_free(stage);
}
END_TEST

START_TEST(test_each_kind_of_matcher)
{
    struct stage *stage = world_new("");

    post(stage, "{'name':'r','match':{'operation':'predictions.create','model':'" MODEL "','input':{'seed':{'gt':7}}},"
                "'response':{'status':500}}");
    create(stage, NULL, "", 201); // a member that is missing
    expect(stage, NULL, "{'matcher':'input.seed','wanted':{'gt':7},'got':null}");
    create(stage, NULL, ",'seed':7", 201);
    expect(stage, NULL, "{'matcher':'input.seed','wanted':{'gt':7},'got':7}");
    world_ask(stage, "POST /v1/models/replicate/hello-world/predictions", NULL, "{'input':{'text':'a','seed':8}}", 404,
              NULL);
    expect(stage, NULL, "{'matcher':'input.seed'}"); // neither the operation nor the model
    world_ask(
        stage, "POST /v1/predictions", NULL,
        "{'version':'5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa','input':{'text':'a','seed':8}}",
        201, NULL);
    expect(stage, NULL, "{'matcher':'model','wanted':'" MODEL "','got':'replicate/hello-world'}");
    world_ask(stage, "POST /v1/models/" MODEL "/predictions", NULL, "{'input':{" INPUT ",'seed':8}}", 404, NULL);
    expect(stage, NULL,
           "{'matcher':'operation','wanted':'predictions.create','got':'models.predictions.create',"
           "'path':'/v1/models/" MODEL "/predictions','operation':'models.predictions.create'}");
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'" VERSION "'}", 422, NULL); // no input at all
    expect(stage, NULL, "{'matcher':'input.seed','got':null,'path':'/v1/predictions'}");
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_none)
{
    struct stage *stage = world_new("");

    post(stage, "{'name':'r','skip':1,'times':1,'match':{'input':{'seed':13}},'response':{'status':500}}");
    create(stage, NULL, ",'seed':13", 201); // let pass
    create(stage, NULL, ",'seed':13", 500); // hit
    create(stage, NULL, ",'seed':13", 201); // no more of them
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    expect(stage, NULL, "null");
    post(stage, "{'name':'r','match':{'operation':'files.create'},'response':{'status':500}}");
    create(stage, NULL, "", 201); // a rule of an operation alone is not nearly for all the others
    expect(stage, NULL, "null");
    post(stage, "{'name':'r','response':{'status':500},'times':0}");
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    expect(stage, NULL, "null");
    world_free(stage);
}
END_TEST

/* "First match wins", but what stands behind it would like to know all the same. */
START_TEST(test_behind_a_rule_that_hits)
{
    struct stage *stage = world_new("");

    post(stage, "{'scenarios':[{'name':'a','match':{'input':{'seed':1}},'response':{'status':500}},"
                "{'name':'b','match':{'input':{'seed':2}},'response':{'status':501}},"
                "{'name':'c','match':{'input':{'seed':{'gt':0}}},'response':{'status':502}}]}");
    create(stage, NULL, ",'seed':1", 500);
    world_ask(stage, RULES, NULL, NULL, 200,
              "{'results':[{'name':'c','hits':0,'near_miss':null},{'name':'b','hits':0,'near_miss':{'got':1}},"
              "{'name':'a','hits':1,'near_miss':null}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_worlds)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /_mock/scenarios", JSON "\n" NOBODY,
              "{'match':{'input':{'seed':13}},'response':{'status':500}}", 201, NULL);
    create(stage, NULL, ",'seed':1", 201); // the world's first request
    world_ask(stage, "POST /_mock/clock/advance", JSON, "{'by':'1h'}", 409, NULL);
    world_advance(stage, 1000);
    create(stage, OTHER, ",'seed':2", 201);
    expect(stage, NULL, "{'got':1,'at':'2026-01-01T00:00:00Z','world':'<absent>'}");
    expect(stage, OTHER, "{'got':2,'at':'2026-01-01T00:00:01Z','world':'<absent>'}");
    expect(stage, NOBODY, "{'got':2,'world':'d9298a10'}");
    create(stage, NULL, ",'seed':3", 201);
    expect(stage, NOBODY, "{'got':3,'world':'9f86d081'}"); // the latest, whatever the clocks show
    expect(stage, "Authorization: Bearer nobody-yet", "null");
    world_ask(stage, "POST /_mock/reset", JSON, "{'keep':['scenarios']}", 200, NULL);
    world_ask(stage, "POST /_mock/reset", JSON "\n" OTHER, "{}", 200, NULL);
    expect(stage, OTHER, "null");
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_long_is_cut)
{
    static const struct {
        const char *sent, *got;
    } cases[] = {
        {"'data:image/png;base64,c2VjcmV0'", "'data:image/png;base64,…'"},
        {"['DATA:text/plain,a',true,null]", "['DATA:text/plain,…',true,null]"},
        {"{'a':{'b':{'c':{'d':1}}}}", "{'a':{'b':{'c':{'…':'…'}}}}"},
        {"1.50", "1.50"},
        {"''", "''"},
        {"[]", "[]"},
        {"{}", "{}"},
    };
    struct stage *stage = world_new("");
    struct buf long_text = {0};

    post(stage, "{'match':{'input':{'x':'y'}},'response':{'status':500}}");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[256];
        snprintf(text, sizeof(text), "{'input':{'x':%s}}", cases[i].sent);
        world_ask(stage, "POST /v1/predictions", NULL, text, 422, NULL);
        snprintf(text, sizeof(text), "{'got':%s}", cases[i].got);
        expect(stage, NULL, text);
    }
    buf_lit(&long_text, "{'input':{'x':'");
    for (int i = 0; i < 100000; i++)
        buf_lit(&long_text, "€"); // of three bytes
    buf_lit(&long_text, "'}}");
    world_ask(stage, "POST /v1/predictions", NULL, buf_cstr(&long_text), 422, NULL);
    world_ask(stage, RULES, NULL, NULL, 200, NULL);
    ck_assert_uint_eq(strlen(world_text(stage, "results.0.near_miss.got")), 53 * 3 + strlen("…"));
    long_text.len = 0;
    buf_lit(&long_text, "{'input':{'x':[1");
    for (int i = 0; i < 10000; i++)
        buf_lit(&long_text, ",1");
    buf_lit(&long_text, "]}}");
    world_ask(stage, "POST /v1/predictions", NULL, buf_cstr(&long_text), 422, NULL);
    world_ask(stage, RULES, NULL, NULL, 200, NULL);
    ck_assert_ptr_nonnull(strstr(world_answer(stage)->body, ",1,1,1,\"…\"],\"request\":\""));
    ck_assert_uint_lt(world_answer(stage)->len, 1024);
    buf_free(&long_text);
    world_free(stage);
}
END_TEST

SUITE("near_miss", test_all_but_one, test_each_kind_of_matcher, test_what_is_none, test_behind_a_rule_that_hits,
      test_worlds, test_what_is_long_is_cut);
