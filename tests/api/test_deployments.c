/* /deployments: made, listed, changed, run, deleted; whose they are, and what a reset does to them. */
#include "lib/suite.h"
#include "lib/world.h"

#include "core/deployments.h"

#include <stdio.h>
#include <string.h>

#define PAINTER                                                                                                        \
    "{'owner':'acme','name':'painter','latest_version':{'id':'aa','openapi_schema':{'components':{'schemas':{"         \
    "'Input':{'type':'object','required':['prompt']},'Output':{'type':'string'}}}}}}"
/* The same model with a further version. */
#define PAINTER_2 "{'owner':'acme','name':'painter','latest_version':{'id':'bb'}}"

#define DEPLOY(name)                                                                                                   \
    "{'name':'" name "','model':'acme/painter','version':'aa','hardware':'gpu-t4','min_instances':0,"                  \
    "'max_instances':3}"

#define NOT_FOUND "{\"detail\":\"Not found.\"}"

static struct stage *with_painter(void)
{
    struct stage *stage = world_new("--clock manual --start-time 2026-01-01T00:00:00.123456Z --unknown-models refuse");

    world_add_model(stage, PAINTER);
    return stage;
}

static void expect_body(struct stage *stage, const char *expected)
{
    ck_assert_str_eq(world_answer(stage)->body, expected);
}

static void expect_not_found(struct stage *stage, const char *request, const char *body)
{
    world_ask(stage, request, NULL, body, 404, NULL);
    expect_body(stage, NOT_FOUND);
}

#define BODY(name, number, created_at, version, hardware, min, max)                                                    \
    "{\"owner\":\"replicate-mock\",\"name\":\"" name "\",\"current_release\":{\"number\":" number                      \
    ",\"model\":\"acme/painter\",\"version\":\"" version "\",\"created_at\":\"" created_at "\",\"created_by\":"        \
    "{\"type\":\"user\",\"username\":\"replicate-mock\",\"name\":\"Replicate Mock\","                                  \
    "\"github_url\":\"https://example.com/replicate-mock\",\"avatar_url\":\"https://example.com/replicate-mock.png\"}" \
    ",\"configuration\":{\"hardware\":\"" hardware "\",\"min_instances\":" min ",\"max_instances\":" max "}}}"

START_TEST(test_one_is_made_and_shown)
{
    static const char body[] = BODY("my-app", "1", "2026-01-01T00:00:00.123456Z", "aa", "gpu-t4", "0", "3");
    struct stage *stage = with_painter();

    world_ask(stage, "POST /v1/deployments", NULL, DEPLOY("my-app"), 200, NULL); // 200, by the documentation
    expect_body(stage, body);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "application/json");
    world_ask(stage, "GET /v1/deployments/replicate-mock/my-app", NULL, NULL, 200, NULL);
    expect_body(stage, body);
    world_ask(stage, "GET /deployments", NULL, NULL, 200, NULL);
    char list[2048];
    snprintf(list, sizeof(list), "{\"next\":null,\"previous\":null,\"results\":[%s]}", body);
    expect_body(stage, list);
    world_free(stage);
}
END_TEST

START_TEST(test_a_change_is_a_new_release)
{
    struct stage *stage = with_painter();

    world_add_model(stage, PAINTER_2);
    world_ask(stage, "POST /v1/deployments", NULL, DEPLOY("my-app"), 200, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1m'}", 200, NULL);
    world_ask(stage, "PATCH /v1/deployments/replicate-mock/my-app", NULL, "{'min_instances':3,'max_instances':10}", 200,
              NULL);
    expect_body(stage, BODY("my-app", "2", "2026-01-01T00:01:00.123456Z", "aa", "gpu-t4", "3", "10"));
    world_ask(stage, "PATCH /v1/deployments/replicate-mock/my-app", NULL, "{'version':'bb'}", 200, NULL);
    world_ask(stage, "PATCH /v1/deployments/replicate-mock/my-app", NULL, "{'hardware':'cpu \\u003c'}", 200, NULL);
    expect_body(stage, BODY("my-app", "4", "2026-01-01T00:01:00.123456Z", "bb", "cpu \\u003c", "3", "10"));
    world_ask(stage, "PATCH /v1/deployments/replicate-mock/my-app", NULL, "{'version':'acme/painter:aa'}", 200,
              "{'current_release':{'number':5,'version':'aa'}}");
    // Members that it does not know are taken, and nothing comes of them.
    world_ask(stage, "PATCH /v1/deployments/replicate-mock/my-app", NULL, "{'model':'acme/other','name':'x'}", 200,
              "{'name':'my-app','current_release':{'number':5,'model':'acme/painter'}}");
    // Nothing is given, nothing changes.
    world_ask(stage, "PATCH /v1/deployments/replicate-mock/my-app", NULL, "{}", 200,
              "{'current_release':{'number':5}}");
    world_free(stage);
}
END_TEST

START_TEST(test_bad_bodies)
{
    static const struct {
        const char *request, *body, *detail;
    } bad[] = {
        {"POST", "{'name':'x','model':'acme/painter'}",
         "- version is required\\n- hardware is required\\n- min_instances is required\\n"
         "- max_instances is required\\n"},
        {"POST",
         "{'name':'x','model':'acme/painter','version':'aa','hardware':'a','min_instances':6,"
         "'max_instances':21}",
         "- min_instances: Must be less than or equal to 5\\n- max_instances: Must be less than or equal to 20\\n"},
        {"POST",
         "{'name':'x','model':'acme/painter','version':'aa','hardware':'a','min_instances':2,"
         "'max_instances':1}",
         "- max_instances: Must be greater than or equal to 2\\n"},
        {"PATCH", "{'min_instances':4}", "- min_instances: Must be less than or equal to 3\\n"},
        {"PATCH", "[]", "- Invalid type. Expected: object, given: array\\n"},
    };
    struct stage *stage = with_painter();
    char request[128], expected[512];

    world_ask(stage, "POST /v1/deployments", NULL, DEPLOY("my-app"), 200, NULL);
    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(request, sizeof(request), "%s /v1/deployments%s", bad[i].request,
                 *bad[i].request == 'P' && bad[i].request[1] == 'A' ? "/replicate-mock/my-app" : "");
        snprintf(expected, sizeof(expected), "{'title':'Input validation failed','detail':'%s'}", bad[i].detail);
        world_ask(stage, request, NULL, bad[i].body, 422, expected);
    }
    world_ask(stage, "POST /v1/deployments", NULL, "{", 400, NULL);
    world_ask(stage, "PATCH /v1/deployments/replicate-mock/my-app", NULL, NULL, 400, NULL);
    world_ask(stage, "GET /v1/deployments/replicate-mock/my-app", NULL, NULL, 200, "{'current_release':{'number':1}}");
    world_ask(stage, "GET /v1/deployments", NULL, NULL, 200, "{'results':['*']}");
    world_free(stage);
}
END_TEST

START_TEST(test_what_a_name_and_hardware_may_be)
{
    static const struct {
        const char *name, *hardware, *description;
    } bad[] = {
        {"a/b", "cpu", "Does not match pattern '^[a-zA-Z0-9._-]{1,100}$'"},
        {"", "cpu", "Does not match pattern '^[a-zA-Z0-9._-]{1,100}$'"},
        {"a\\u00e9", "cpu", "Does not match pattern '^[a-zA-Z0-9._-]{1,100}$'"},
        {"a", "", "Does not match pattern '^.{1,100}$'"},
    };
    struct stage *stage = with_painter();
    char body[512], long_name[102] = "";

    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(body, sizeof(body),
                 "{'name':'%s','model':'acme/painter','version':'aa','hardware':'%s','min_instances':0,"
                 "'max_instances':0}",
                 bad[i].name, bad[i].hardware);
        world_ask(stage, "POST /v1/deployments", NULL, body, 422, "{'invalid_fields':[{'type':'pattern'}]}");
        ck_assert_str_eq(world_text(stage, "invalid_fields.0.description"), bad[i].description);
    }
    memset(long_name, 'x', 101);
    for (int len = 101; len >= 100; len--) { // one byte too many, then the most there may be
        long_name[len] = '\0';
        snprintf(body, sizeof(body),
                 "{'name':'%s','model':'acme/painter','version':'aa','hardware':'%s','min_instances':0,"
                 "'max_instances':0}",
                 long_name, long_name);
        world_ask(stage, "POST /v1/deployments", NULL, body, len == 100 ? 200 : 422, NULL);
    }
    world_free(stage);
}
END_TEST

START_TEST(test_the_version_must_be_one_of_the_model)
{
    static const char *const versions[] = {
        VERSION, "acme/painter:cc", "latest", ("rossjillian/controlnet:" VERSION), "acme/painter", ""};
    struct stage *stage = with_painter();
    char body[512];

    world_ask(stage, "POST /v1/deployments", NULL, DEPLOY("my-app"), 200, NULL);
    for (size_t i = 0; i < COUNT(versions); i++) {
        snprintf(body, sizeof(body), "{'version':'%s'}", versions[i]);
        world_ask(stage, "PATCH /v1/deployments/replicate-mock/my-app", NULL, body, 422,
                  "{'title':'Invalid version or not permitted'}");
    }
    snprintf(body, sizeof(body),
             "{'name':'x','model':'acme/nothing','version':'aa','hardware':'a','min_instances':0,'max_instances':1}");
    world_ask(stage, "POST /v1/deployments", NULL, body, 422,
              "{'title':'Invalid version or not permitted','status':422}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_name_is_taken_until_its_deployment_goes)
{
    struct stage *stage = with_painter();

    world_ask(stage, "POST /v1/deployments", NULL, DEPLOY("my-app"), 200, NULL);
    world_ask(stage, "POST /v1/deployments", NULL, DEPLOY("my-app"), 409,
              "{'detail':'A deployment with that name and owner already exists.','status':409}");
    world_ask(stage, "DELETE /v1/deployments/replicate-mock/my-app", NULL, NULL, 204, NULL);
    expect_body(stage, "");
    expect_not_found(stage, "DELETE /v1/deployments/replicate-mock/my-app", NULL);
    world_ask(stage, "POST /v1/deployments", NULL, DEPLOY("my-app"), 200, "{'current_release':{'number':1}}");
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_not_there)
{
    struct stage *stage = with_painter();

    expect_not_found(stage, "GET /v1/deployments/replicate-mock/my-app", NULL);
    world_ask(stage, "POST /v1/deployments", NULL, DEPLOY("my-app"), 200, NULL);
    expect_not_found(stage, "GET /v1/deployments/acme/my-app", NULL); // another owner's
    expect_not_found(stage, "GET /v1/deployments/replicate-mock/my", NULL);
    expect_not_found(stage, "PATCH /v1/deployments/replicate-mock/other", "{}");
    world_ask(stage, "POST /v1/deployments/acme/my-app/predictions", NULL, "{'input':{}}", 404,
              "{'detail':'The requested resource could not be found.','status':404}"); // by another server
    world_ask(stage, "PUT /v1/deployments/replicate-mock/my-app", NULL, "{}", 405, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Allow"), "GET, HEAD, PATCH, DELETE, OPTIONS");
    // Another token's world has none of them.
    world_ask(stage, "GET /v1/deployments", "Authorization: Bearer other", NULL, 200, "{'results':[]}");
    world_ask(stage, "GET /v1/deployments/replicate-mock/my-app", "Authorization: Bearer other", NULL, 404, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_it_runs_the_version_of_its_release)
{
    struct stage *stage = with_painter();

    world_add_model(stage, PAINTER_2);
    world_ask(stage, "POST /v1/deployments", NULL, DEPLOY("my-app"), 200, NULL);
    world_ask(stage, "POST /v1/deployments/replicate-mock/my-app/predictions", NULL, "{'input':{}}", 422,
              "{'detail':'- input: prompt is required\\n'}");
    world_ask(stage, "POST /v1/deployments/replicate-mock/my-app/predictions", NULL, "{'version':'aa','input':{}}", 422,
              "{'detail':'- Additional property version is not allowed\\n'}");
    world_ask(stage, "POST /v1/deployments/replicate-mock/my-app/predictions", NULL,
              "{'input':{'prompt':'x'},'webhook':'http://localhost:1/hook','webhook_events_filter':['completed']}", 201,
              "{'model':'acme/painter','version':'aa','status':'starting','deployment':'replicate-mock/my-app',"
              "'urls':{'get':'http://localhost/v1/predictions/{id}'}}");
    ck_assert_ptr_nonnull(strstr(world_answer(stage)->body,
                                 "\"created_at\":\"2026-01-01T00:00:00.123Z\",\"deployment\":\"replicate-mock/my-app\","
                                 "\"webhook\""));
    // The deployment may go; what it has made stays.
    world_ask(stage, "PATCH /v1/deployments/replicate-mock/my-app", NULL, "{'version':'bb'}", 200, NULL);
    world_ask(stage, "DELETE /v1/deployments/replicate-mock/my-app", NULL, NULL, 204, NULL);
    world_send(stage, "POST /_mock/clock/advance", NULL, "{'by':'2s'}");
    world_hook(stage, "http://localhost:1/hook", "{'deployment':'replicate-mock/my-app','status':'succeeded'}");
    world_expect(stage, 200, NULL);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'succeeded','version':'aa','deployment':'replicate-mock/my-app'}");
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[{'deployment':'replicate-mock/my-app'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_wait_and_cancel_after_hold_there_too)
{
    struct stage *stage = world_new("");
    struct client *waiting = world_client(stage);

    world_add_model(stage, PAINTER);
    world_ask(stage, "POST /v1/deployments", NULL, DEPLOY("my-app"), 200, NULL);
    client_send(waiting, "POST /v1/deployments/replicate-mock/my-app/predictions", "Prefer: wait\nCancel-After: 30",
                "{'input':{'prompt':'x'}}");
    world_advance(stage, 1099);
    client_expect_waiting(waiting);
    world_advance(stage, 1);
    client_expect(waiting, 201,
                  "{'status':'processing','output':'*','deployment':'replicate-mock/my-app',"
                  "'deadline':'2026-01-01T00:00:30Z'}");
    world_free(stage);
}
END_TEST

START_TEST(test_the_newest_comes_first_a_hundred_a_page)
{
    struct stage *stage = with_painter();
    char body[256], next[256];

    for (int i = 0; i < 130; i++) {
        snprintf(body, sizeof(body),
                 "{'name':'d%d','model':'acme/painter','version':'aa','hardware':'a','min_instances':0,"
                 "'max_instances':1}",
                 i);
        world_ask(stage, "POST /v1/deployments", NULL, body, 200, NULL);
    }
    world_ask(stage, "GET /v1/deployments", NULL, NULL, 200, "{'previous':null}");
    ck_assert_str_eq(world_text(stage, "results.0.name"), "d129");
    ck_assert_str_eq(world_text(stage, "results.99.name"), "d30");
    ck_assert_str_eq(world_text(stage, "results.100.name"), "");
    snprintf(next, sizeof(next), "GET %s", world_text(stage, "next") + strlen("http://localhost"));
    world_ask(stage, "DELETE /v1/deployments/replicate-mock/d50", NULL, NULL, 204, NULL);
    world_ask(stage, next, NULL, NULL, 200, "{'next':null}");
    ck_assert_str_eq(world_text(stage, "results.0.name"), "d29");
    ck_assert_str_eq(world_text(stage, "results.29.name"), "d0");
    world_free(stage);
}
END_TEST

START_TEST(test_they_are_bounded)
{
    struct stage *stage = with_painter();
    char body[256];

    for (int i = 0; i <= DEPLOYMENTS_MAX; i++) {
        snprintf(body, sizeof(body),
                 "{'name':'d%d','model':'acme/painter','version':'aa','hardware':'a','min_instances':0,"
                 "'max_instances':1}",
                 i);
        world_ask(stage, "POST /v1/deployments", NULL, body, i < DEPLOYMENTS_MAX ? 200 : 503, NULL);
    }
    ck_assert_str_eq(answer_header(world_answer(stage), "Retry-After"), "1");
    world_ask(stage, "DELETE /v1/deployments/replicate-mock/d7", NULL, NULL, 204, NULL);
    world_ask(stage, "POST /v1/deployments", NULL, body, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_a_reset_takes_them_unless_models_are_kept)
{
    static const struct {
        const char *keep;
        int status;
    } resets[] = {{"{'keep':['models']}", 200},
                  {"{'keep':['models','predictions']}", 200},
                  {"{'keep':['predictions','clock']}", 404},
                  {"{}", 404}};
    struct stage *stage = with_painter();

    for (size_t i = 0; i < COUNT(resets); i++) {
        world_send(stage, "POST /v1/deployments", NULL, DEPLOY("my-app")); // made anew, or there still
        world_expect(stage, 0, NULL);
        world_ask(stage, "POST /_mock/reset", NULL, resets[i].keep, 200, "{'worlds':1}");
        world_ask(stage, "GET /v1/deployments/replicate-mock/my-app", NULL, NULL, resets[i].status, NULL);
    }
    world_free(stage);
}
END_TEST

START_TEST(test_unknown_models_may_be_accepted)
{
    struct stage *stage = world_new("--unknown-models accept");

    world_ask(stage, "POST /v1/deployments", NULL, DEPLOY("my-app"), 200,
              "{'current_release':{'model':'acme/painter','version':'aa'}}");
    world_ask(stage, "POST /v1/deployments/replicate-mock/my-app/predictions", NULL, "{'input':{}}", 201,
              "{'model':'acme/painter','version':'aa'}");
    world_free(stage);
}
END_TEST

SUITE("deployments", test_one_is_made_and_shown, test_a_change_is_a_new_release, test_bad_bodies,
      test_what_a_name_and_hardware_may_be, test_the_version_must_be_one_of_the_model,
      test_a_name_is_taken_until_its_deployment_goes, test_what_is_not_there, test_it_runs_the_version_of_its_release,
      test_wait_and_cancel_after_hold_there_too, test_the_newest_comes_first_a_hundred_a_page, test_they_are_bounded,
      test_a_reset_takes_them_unless_models_are_kept, test_unknown_models_may_be_accepted);
