/* Models and their versions: the catalogue's, and those that a token makes. */
#include "core/catalog.h"
#include "core/models.h"
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

#define MINE    "{'owner':'me','name':'mine','visibility':'private','hardware':'cpu'}"
#define TRUE_ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* The body is exactly this; ' stands for ". */
static void expect_body(struct stage *stage, const char *expected)
{
    char *text = xstrdup(expected);

    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    ck_assert_str_eq(world_answer(stage)->body, text);
    free(text);
}

static void expect_type(struct stage *stage, const char *type)
{
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), type);
}

/* A training of the token `test` has come to its end. Returns the id of what it pushed. */
static const char *push(struct stage *stage, const char *name)
{
    struct world *world = worlds_find(app_worlds(world_app(stage)), "test");
    struct catalog *catalog = app_catalog(world_app(stage));
    struct model *model = models_find(catalog, world, name, strlen(name));
    const struct version *pushed = models_push_version(world, model, catalog_resolve(catalog, VERSION));

    ck_assert_ptr_nonnull(pushed);
    return pushed->id;
}

/* Sends a request whose path ends with that. */
static void ask_of(struct stage *stage, const char *request_begin, const char *what, const char *body, int status,
                   const char *json)
{
    char request[256];

    snprintf(request, sizeof(request), "%s%s", request_begin, what);
    world_ask(stage, request, NULL, body, status, json);
}

/* --- making, changing, deleting --------------------------------------------------------------------------------------- */

START_TEST(test_create)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/models", NULL,
              "{'owner':'me','name':'my-model.2','visibility':'public','hardware':'gpu-t4','description':'Mine',"
              "'github_url':'https://github.com/me/mine','paper_url':'','license_url':'https://me.test/license',"
              "'cover_image_url':'https://me.test/cover.png'}",
              201, NULL);
    expect_type(stage, "application/json");
    expect_body(stage,
                "{'url':'https://replicate.com/me/my-model.2','owner':'me','name':'my-model.2','description':'Mine',"
                "'visibility':'public','github_url':'https://github.com/me/mine','paper_url':null,"
                "'license_url':'https://me.test/license','run_count':0,"
                "'cover_image_url':'https://me.test/cover.png','default_example':null,'latest_version':null}");
    world_ask(stage, "POST /v1/models", NULL, MINE, 201, NULL);
    static const char mine[] = "{'url':'https://replicate.com/me/mine','owner':'me','name':'mine','description':null,"
                               "'visibility':'private','github_url':null,'paper_url':null,'license_url':null,"
                               "'run_count':0,'cover_image_url':null,'default_example':null,'latest_version':null}";
    expect_body(stage, mine);
    world_ask(stage, "GET /v1/models/me/mine", NULL, NULL, 200, NULL);
    expect_body(stage, mine);
    world_free(stage);
}
END_TEST

/* "additionalProperties: false" is documented of predictions alone. */
START_TEST(test_other_members_are_not_looked_at)
{
    struct stage *stage = world_new("");

    world_ask(
        stage, "POST /v1/models", NULL,
        "{'owner':'me','name':'mine','visibility':'private','hardware':'cpu','readme':'x','weights_url':'https://w',"
        "'tags':['a']}",
        201, "{'visibility':'private','weights_url':'<absent>'}");
    world_ask(stage, "GET /v1/models/me/mine/readme", NULL, NULL, 404, NULL);
    world_ask(stage, "PATCH /v1/models/me/mine", NULL,
              "{'visibility':'public','cover_image_url':'https://c','name':'other','description':'New'}", 200,
              "{'name':'mine','visibility':'private','cover_image_url':null,'description':'New'}");
    world_free(stage);
}
END_TEST

START_TEST(test_create_of_what_there_is)
{
    static const char taken[] = "{'detail':'A model with that name and owner already exists.','status':409,'errors':["
                                "{'detail':'A model with that name and owner already exists.'}]}\n";
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/models", NULL, MINE, 201, NULL);
    world_ask(stage, "POST /v1/models", NULL, MINE, 409, NULL);
    expect_type(stage, "application/problem+json");
    expect_body(stage, taken);
    world_ask(stage, "POST /v1/models", NULL,
              "{'owner':'rossjillian','name':'controlnet','visibility':'public','hardware':'cpu'}", 409, NULL);
    expect_body(stage, taken);
    world_ask(stage, "POST /v1/models", "Authorization: Bearer other", MINE, 201, NULL); // another token's
    world_free(stage);
}
END_TEST

START_TEST(test_create_refuses)
{
    static const struct {
        const char *body;
        int status;
        const char *answer;
    } cases[] = {
        {"{'name':'x','visibility':'public'}", 422,
         "{'detail':'- owner is required\\n- hardware is required\\n','title':'Input validation failed'}"},
        {"{'owner':'me','name':'x','visibility':'secret','hardware':'cpu'}", 422,
         "{'invalid_fields':[{'type':'enum','field':'visibility','description':'visibility must be one of the "
         "following: \\'public\\', \\'private\\''}]}"},
        {"{'owner':'me','name':'x','visibility':'public','hardware':'cpu','description':null}", 422,
         "{'detail':'- description: Invalid type. Expected: string, given: null\\n'}"},
        {"{'owner':'m/e','name':'X','visibility':'public','hardware':'cpu'}", 422,
         "{'detail':'- owner: Does not match pattern \\u0027^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?$\\u0027\\n- "
         "name: "
         "Does not match pattern \\u0027^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$\\u0027\\n'}"},
        {"{'owner':'me','name':'','visibility':'public','hardware':'cpu'}", 422, "{'status':422}"},
        {"{'owner':'me','name':'-x','visibility':'public','hardware':'cpu'}", 422, "{'status':422}"},
        {"{'owner':'me','name':'..','visibility':'public','hardware':'cpu'}", 422, "{'status':422}"},
        {"[]", 422, "{'detail':'- Invalid type. Expected: object, given: array\\n'}"},
        {"{", 400, "{'title':'Bad request'}"},
        {"", 400, "{'detail':'The request body is empty; it must be a JSON object.'}"},
    };
    struct stage *stage = world_new("");

    for (size_t i = 0; i < COUNT(cases); i++)
        world_ask(stage, "POST /v1/models", NULL, cases[i].body, cases[i].status, cases[i].answer);
    world_ask(stage, "GET /v1/models/me/x", NULL, NULL, 404, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_a_thousand_at_most)
{
    struct stage *stage = world_new("");
    char body[128];

    for (int i = 0; i < MODELS_MAX; i++) {
        snprintf(body, sizeof(body), "{'owner':'me','name':'m%d','visibility':'public','hardware':'cpu'}", i);
        world_ask(stage, "POST /v1/models", NULL, body, 201, NULL);
    }
    world_ask(stage, "POST /v1/models", NULL, MINE, 403,
              "{'detail':'There is a limit of 1,000 models per account.','status':403}");
    world_ask(stage, "DELETE /v1/models/me/m7", NULL, NULL, 204, NULL);
    world_ask(stage, "POST /v1/models", NULL, MINE, 201, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_texts_are_bounded)
{
    struct stage *stage = world_new("--max-body 48MiB");
    size_t len = (size_t)40 * 1024 * 1024;
    char *body = xmalloc(len + 32);

    world_ask(stage, "POST /v1/models", NULL, MINE, 201, NULL);
    size_t head = (size_t)sprintf(body, "{'readme':'");
    memset(body + head, 'x', len);
    strcpy(body + head + len, "'}");
    world_ask(stage, "PATCH /v1/models/me/mine", NULL, body, 200, NULL);
    world_ask(stage, "PATCH /v1/models/me/mine", NULL, body, 503,
              "{'detail':'The models of all tokens hold 64 MiB; delete some.'}");
    ck_assert_str_eq(answer_header(world_answer(stage), "Retry-After"), "1");
    free(body);
    world_free(stage);
}
END_TEST

START_TEST(test_update)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/models", NULL, MINE, 201, NULL);
    world_ask(stage, "GET /v1/models/me/mine/readme", NULL, NULL, 404, NULL);
    expect_body(stage, "{'detail':'Not found.'}");
    world_ask(stage, "PATCH /v1/models/me/mine", NULL,
              "{'description':'New','readme':'# Mine\\n\xc3\xbc','github_url':'https://github.com/me/mine',"
              "'paper_url':'https://me.test/paper','weights_url':'https://me.test/weights','license_url':'https://"
              "me.test/l'}",
              200, NULL);
    expect_body(stage,
                "{'url':'https://replicate.com/me/mine','owner':'me','name':'mine','description':'New',"
                "'visibility':'private','github_url':'https://github.com/me/mine','paper_url':'https://me.test/paper',"
                "'license_url':'https://me.test/l','weights_url':'https://me.test/weights','run_count':0,"
                "'cover_image_url':null,'default_example':null,'latest_version':null}");
    world_ask(stage, "GET /v1/models/me/mine/readme", NULL, NULL, 0, NULL);
    ck_assert_int_eq(world_answer(stage)->status, 200);
    expect_type(stage, "text/plain; charset=utf-8");
    ck_assert_str_eq(world_answer(stage)->body, "# Mine\n\xc3\xbc");
    world_ask(stage, "PATCH /v1/models/me/mine", NULL, "{'github_url':'','readme':''}", 200,
              "{'github_url':null,'description':'New'}");
    world_ask(stage, "GET /v1/models/me/mine/readme", NULL, NULL, 404, NULL);
    world_ask(stage, "PATCH /v1/models/me/mine", NULL, "{}", 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_delete)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/models", NULL, MINE, 201, NULL);
    const char *id = push(stage, "me/mine");
    world_ask(stage, "DELETE /v1/models/me/mine", NULL, NULL, 400,
              "{'detail':'This model has versions. You can only delete models that have no versions: delete these "
              "first.','status':400}");
    ask_of(stage, "DELETE /v1/models/me/mine/versions/", id, NULL, 202, NULL);
    ck_assert_uint_eq(world_answer(stage)->len, 0);
    world_ask(stage, "DELETE /v1/models/me/mine", NULL, NULL, 204, NULL);
    ck_assert_uint_eq(world_answer(stage)->len, 0);
    world_ask(stage, "GET /v1/models/me/mine", NULL, NULL, 404, NULL);
    expect_type(stage, "application/problem+json");
    expect_body(stage, "{'detail':'Not found.'}");
    world_ask(stage, "DELETE /v1/models/me/mine", NULL, NULL, 404, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_not_ones_own)
{
    static const char *const requests[] = {
        "DELETE /v1/models/rossjillian/controlnet", ("DELETE /v1/models/rossjillian/controlnet/versions/" VERSION),
        "DELETE /v1/models/black-forest-labs/flux-schnell", "PATCH /v1/models/replicate/hello-world"};
    struct stage *stage = world_new("");

    for (size_t i = 0; i < COUNT(requests); i++)
        world_ask(stage, requests[i], NULL, *requests[i] == 'P' ? "{}" : NULL, 403,
                  "{'detail':'You do not have permission to perform this action.','status':403}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_token_sees_its_own)
{
    static const char *const requests[] = {"GET /v1/models/me/mine", "GET /v1/models/me/mine/versions",
                                           "GET /v1/models/me/mine/readme", "GET /v1/models/me/mine/examples",
                                           "DELETE /v1/models/me/mine"};
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/models", NULL, MINE, 201, NULL);
    for (size_t i = 0; i < COUNT(requests); i++) {
        world_ask(stage, requests[i], "Authorization: Bearer other", NULL, 404, NULL);
        expect_body(stage, "{'detail':'Not found.'}");
    }
    ck_assert_uint_eq(worlds_count(app_worlds(world_app(stage))), 2); // a question makes a world: for its journal
    world_ask(stage, "GET /v1/models/me/mine", NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_reset)
{
    struct stage *stage = world_new("--seed 1");
    char first[65], second[65];

    world_ask(stage, "POST /v1/models", NULL, MINE, 201, NULL);
    snprintf(first, sizeof(first), "%s", push(stage, "me/mine"));
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['models']}", 200, NULL);
    world_ask(stage, "GET /v1/models/me/mine", NULL, NULL, 200, NULL);
    // The world's generator is as new; what it draws is taken.
    snprintf(second, sizeof(second), "%s", push(stage, "me/mine"));
    ck_assert_str_ne(first, second);
    ask_of(stage, "GET /v1/models/me/mine/versions/", first, NULL, 200, NULL);
    ask_of(stage, "GET /v1/models/me/mine/versions/", second, NULL, 200, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['predictions']}", 200, NULL);
    world_ask(stage, "GET /v1/models/me/mine", NULL, NULL, 404, NULL);
    world_ask(stage, "POST /v1/models", NULL, MINE, 201, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /v1/models/me/mine", NULL, NULL, 404, NULL);
    world_free(stage);
}
END_TEST

/* --- versions ------------------------------------------------------------------------------------------------------ */

START_TEST(test_versions_of_the_catalogue)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /v1/models/replicate/canary/versions", NULL, NULL, 200, NULL);
    static const char canary[] =
        "{'id':'30e22229542eb3f79d4f945dacb58d32001b02cc313ae6f54eef27904edf3272',"
        "'created_at':'2023-09-20T16:05:37.281934Z','cog_version':'0.8.6','openapi_schema':{'info':{'title':'Cog',"
        "'version':'0.1.0'},'paths':{},'openapi':'3.0.2','components':{'schemas':{'Input':{'type':'object',"
        "'title':'Input','required':['text'],'properties':{'text':{'type':'string','title':'Text','x-order':0,"
        "'description':'Whom to greet'}}},'Output':{'type':'array','items':{'type':'string'},'title':'Output',"
        "'x-cog-array-type':'iterator','x-cog-array-display':'concatenate'}}}}}";
    char page[1024];
    snprintf(page, sizeof(page), "{'next':null,'previous':null,'results':[%s]}", canary);
    expect_body(stage, page);
    world_ask(stage,
              "GET /v1/models/replicate/canary/versions/"
              "30e22229542eb3f79d4f945dacb58d32001b02cc313ae6f54eef27904edf3272",
              NULL, NULL, 200, NULL);
    expect_body(stage, canary);
    world_ask(stage, "GET /v1/models/replicate/canary/versions/" VERSION, NULL, NULL, 404, NULL); // another model's
    expect_body(stage, "{'detail':'Not found.'}");
    world_ask(stage, "GET /v1/models/replicate/canary/versions/undefined", NULL, NULL, 404, NULL);
    world_ask(stage, "GET /v1/models/replicate/nothing/versions", NULL, NULL, 404, NULL);
    world_free(stage);
}
END_TEST

/* "404 or an empty list marks an official model", for Python 2's use(); its latest version is to be seen. */
START_TEST(test_versions_of_official_models)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /v1/models/black-forest-labs/flux-schnell/versions", NULL, NULL, 404, NULL);
    expect_body(stage, "{'detail':'Not found.'}");
    world_ask(stage, "GET /v1/models/black-forest-labs/flux-schnell", NULL, NULL, 200,
              "{'is_official':true,'latest_version':{'cog_version':'0.11.6','openapi_schema':{}}}");
    ask_of(stage, "GET /v1/models/black-forest-labs/flux-schnell/versions/", world_text(stage, "latest_version.id"),
           NULL, 200, "{'cog_version':'0.11.6'}");
    world_free(stage);
}
END_TEST

START_TEST(test_versions_of_ones_own)
{
    struct stage *stage = world_new("--clock manual --start-time " STAGE_START);
    char first[65], second[65];

    world_ask(stage, "POST /v1/models", NULL, MINE, 201, NULL);
    world_ask(stage, "GET /v1/models/me/mine/versions", NULL, NULL, 200, NULL);
    expect_body(stage, "{'next':null,'previous':null,'results':[]}");
    snprintf(first, sizeof(first), "%s", push(stage, "me/mine"));
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1.5s'}", 200, NULL);
    snprintf(second, sizeof(second), "%s", push(stage, "me/mine"));
    world_ask(stage, "GET /v1/models/me/mine/versions", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_text(stage, "results.0.id"), second); // the newest first
    ck_assert_str_eq(world_text(stage, "results.1.id"), first);
    ask_of(stage, "GET /v1/models/me/mine/versions/", first, NULL, 200,
           "{'created_at':'2026-01-01T00:00:00.000000Z','cog_version':'0.8.0-beta8'}");
    world_ask(stage, "GET /v1/models/me/mine", NULL, NULL, 200,
              "{'latest_version':{'created_at':'2026-01-01T00:00:01.500000Z'}}");
    ask_of(stage, "DELETE /v1/models/me/mine/versions/", second, NULL, 202, NULL);
    ask_of(stage, "DELETE /v1/models/me/mine/versions/", second, NULL, 404, NULL);
    world_ask(stage, "GET /v1/models/me/mine", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_text(stage, "latest_version.id"), first);
    world_free(stage);
}
END_TEST

/* What was pushed is run like any other, by its token alone, and its predictions do not need it afterwards. */
START_TEST(test_runs_of_ones_own)
{
    struct stage *stage = world_new("--boot 0 --predict 1s");
    char by_id[256], by_name[256], id[65], path[256];

    world_ask(stage, "POST /v1/models", NULL, MINE, 201, NULL);
    snprintf(id, sizeof(id), "%s", push(stage, "me/mine"));
    snprintf(by_id, sizeof(by_id), "{'version':'%s','input':{" INPUT "}}", id);
    snprintf(by_name, sizeof(by_name), "{'version':'me/mine:%s','input':{" INPUT "}}", id);
    world_ask(stage, "POST /v1/predictions", NULL, by_id, 201, "{'model':'me/mine'}");
    world_ask(stage, "POST /v1/predictions", NULL, by_name, 201, "{'model':'me/mine'}");
    ck_assert_str_eq(world_text(stage, "version"), id);
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer other", by_id, 422, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'me/mine','input':{" INPUT "}}", 422, NULL);
    snprintf(path, sizeof(path), "{'version':'%s','input':{}}", id);
    world_ask(stage, "POST /v1/predictions", NULL, path, 422,
              "{'detail':'- input: image is required\\n- input: prompt is required\\n- input: structure is "
              "required\\n'}");
    ask_of(stage, "DELETE /v1/models/me/mine/versions/", id, NULL, 202, NULL);
    world_ask(stage, "DELETE /v1/models/me/mine", NULL, NULL, 204, NULL);
    world_advance(stage, 1000);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded','model':'me/mine'}");
    world_ask(stage, "POST /v1/predictions", NULL, by_id, 422, NULL);
    world_free(stage);
}
END_TEST

/* --- lists --------------------------------------------------------------------------------------------------------- */

/* The names on the page, with blanks between them. */
static void expect_names(struct stage *stage, const char *expected)
{
    struct buf names = {0};

    for (int i = 0; i < 25; i++) {
        char path[32];
        snprintf(path, sizeof(path), "results.%d.name", i);
        const char *name = world_text(stage, path);
        if (*name)
            buf_printf(&names, "%s%s", i > 0 ? " " : "", name);
    }
    ck_assert_str_eq(buf_cstr(&names), expected);
    buf_free(&names);
}

START_TEST(test_list)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /v1/models", NULL, NULL, 200, "{'next':null,'previous':null}");
    expect_names(stage, "flux-schnell video-01 whisper flux-dev-lora-trainer meta-llama-3-8b-instruct musicgen canary "
                        "controlnet img2aestheticscore hello-world");
    world_ask(stage, "GET /v1/models?sort_direction=asc&sort_by=model_created_at", NULL, NULL, 200, NULL);
    expect_names(stage, "hello-world whisper img2aestheticscore controlnet musicgen canary meta-llama-3-8b-instruct "
                        "flux-schnell flux-dev-lora-trainer video-01");
    world_ask(stage, "GET /v1/models?sort_by=latest_version_created_at&sort_direction=desc", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_text(stage, "results.0.name"), "flux-schnell");
    world_ask(stage, "GET /v1/models?sort_by=run_count", NULL, NULL, 400,
              "{'title':'Bad request','detail':'sort_by: \\'run_count\\' is not supported; it is "
              "latest_version_created_at or model_created_at.','status':400}");
    world_ask(stage, "GET /v1/models?sort_direction=up", NULL, NULL, 400,
              "{'title':'Bad request','detail':'sort_direction: \\'up\\' is not supported; it is desc or asc.',"
              "'status':400}");
    world_free(stage);
}
END_TEST

START_TEST(test_list_with_ones_own)
{
    struct stage *stage = world_new("--clock manual --start-time 2024-11-27T00:00:00Z");

    world_ask(stage, "POST /v1/models", NULL, MINE, 201, NULL);
    world_ask(stage, "POST /v1/models", NULL, "{'owner':'a','name':'a','visibility':'public','hardware':'cpu'}", 201,
              NULL);
    world_ask(stage, "GET /v1/models", NULL, NULL, 200, NULL);
    expect_names(stage,
                 "flux-schnell video-01 a mine whisper flux-dev-lora-trainer meta-llama-3-8b-instruct musicgen canary "
                 "controlnet img2aestheticscore hello-world");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'720h'}", 200, NULL);
    push(stage, "me/mine");
    world_ask(stage, "GET /v1/models", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_text(stage, "results.0.name"), "mine");
    world_ask(stage, "GET /v1/models?sort_by=model_created_at", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_text(stage, "results.0.name"), "a");
    ck_assert_str_eq(world_text(stage, "results.1.name"), "mine");
    ck_assert_str_eq(world_text(stage, "results.2.name"), "video-01");
    world_ask(stage, "GET /v1/models", "Authorization: Bearer other", NULL, 200, NULL);
    ck_assert_str_eq(world_text(stage, "results.0.name"), "flux-schnell");
    world_free(stage);
}
END_TEST

static void follow(struct stage *stage, const char *link)
{
    char request[512];
    const char *url = world_text(stage, link);

    ck_assert_msg(strncmp(url, "http://localhost/v1/models?cursor=", 34) == 0, "%s is %s", link, url);
    snprintf(request, sizeof(request), "GET %s", url + strlen("http://localhost"));
    world_ask(stage, request, NULL, NULL, 200, NULL);
}

/* 40 of them and the ten that are compiled in: two pages. */
START_TEST(test_pages)
{
    struct stage *stage = world_new("");
    char model[256];

    world_ask(stage, "GET /v1/models", NULL, NULL, 200, NULL); // the order is made anew when more come
    for (int i = 10; i < 50; i++) {
        snprintf(model, sizeof(model), "{'owner':'o','name':'n%d','created_at':'2026-01-01T00:00:%dZ'}", i, i);
        world_add_model(stage, model);
    }
    world_ask(stage, "GET /v1/models", NULL, NULL, 200, "{'previous':null}");
    ck_assert_str_eq(world_text(stage, "results.0.name"), "n49");
    ck_assert_str_eq(world_text(stage, "results.24.name"), "n25");
    ck_assert_str_eq(world_text(stage, "results.25.name"), "");
    follow(stage, "next");
    ck_assert_str_eq(world_text(stage, "results.0.name"), "n24");
    ck_assert_str_eq(world_text(stage, "results.24.name"), "hello-world");
    ck_assert_str_eq(world_text(stage, "next"), "");
    follow(stage, "previous");
    ck_assert_str_eq(world_text(stage, "results.0.name"), "n49");
    world_ask(stage, "GET /v1/models?sort_direction=asc", NULL, NULL, 200, NULL);
    follow(stage, "next"); // the direction stays in the link
    ck_assert_str_eq(world_text(stage, "results.24.name"), "n49");
    world_free(stage);
}
END_TEST

/* --- what is shown of a file's model --------------------------------------------------------------------------------- */

START_TEST(test_what_a_model_lacks_is_added)
{
    struct stage *stage = world_new("");

    world_add_model(stage, "{ 'owner' : 'o', 'name':'n',\n 'github_url':'', 'extra': { 'a b' : [1, 2] },"
                           " 'default_example':{'rating':5,'id':'abc','output':'x','error':''},"
                           " 'latest_version':{'id':'" TRUE_ID "','cog_version':null,'more':1}}");
    world_ask(stage, "GET /v1/models/o/n", "Host: mock.test", NULL, 200, NULL);
    expect_body(
        stage,
        "{'owner':'o','name':'n','github_url':null,'extra':{'a b':[1,2]},'default_example':{'completed_at':null,"
        "'created_at':'1970-01-01T00:00:00.000000Z','data_removed':false,'error':null,'id':'abc','input':{},'logs':'',"
        "'metrics':{},'model':'o/n','output':'x','started_at':null,'status':'succeeded','urls':{"
        "'get':'http://mock.test/v1/predictions/abc','cancel':'http://mock.test/v1/predictions/abc/cancel',"
        "'web':'https://replicate.com/p/abc'},'version':'" TRUE_ID "','webhook':null,'rating':5},"
        "'latest_version':{'id':'" TRUE_ID "','created_at':'1970-01-01T00:00:00.000000Z','cog_version':'',"
        "'openapi_schema':{'info':{'title':'Cog','version':'0.1.0'},'paths':{},'openapi':'3.0.2','components':{'"
        "schemas':{"
        "'Input':{'type':'object','title':'Input'},'Output':{'title':'Output'}}}}},'description':null,"
        "'visibility':'public','paper_url':null,'license_url':null,'run_count':0,'cover_image_url':null,"
        "'url':'https://replicate.com/o/n'}");
    world_add_model(stage, "{'owner':'o','name':'bare'}");
    world_ask(stage, "GET /v1/models/o/bare", NULL, NULL, 200, NULL);
    expect_body(stage, "{'owner':'o','name':'bare','description':null,'visibility':'public','github_url':null,"
                       "'paper_url':null,'license_url':null,'run_count':0,'cover_image_url':null,"
                       "'url':'https://replicate.com/o/bare','default_example':null,'latest_version':null}");
    world_ask(stage, "GET /v1/models/o/bare/versions", NULL, NULL, 200, "{'results':[]}");
    world_free(stage);
}
END_TEST

START_TEST(test_examples)
{
    struct stage *stage = world_new("");

    world_ask(
        stage, "GET /v1/models/rossjillian/controlnet/examples", NULL, NULL, 200,
        "{'next':null,'previous':null,'results':[{'id':'6fovuahuczeknb4rws5cqu4wc4','status':'succeeded','error':null,"
        "'logs':'','model':'rossjillian/controlnet','data_removed':false,'urls':{"
        "'get':'http://localhost/v1/predictions/6fovuahuczeknb4rws5cqu4wc4',"
        "'cancel':'http://localhost/v1/predictions/6fovuahuczeknb4rws5cqu4wc4/cancel',"
        "'web':'https://replicate.com/p/6fovuahuczeknb4rws5cqu4wc4'}}]}");
    world_ask(stage, "GET /v1/models/replicate/canary/examples", NULL, NULL, 200, NULL);
    expect_body(stage, "{'next':null,'previous':null,'results':[]}");
    world_ask(stage, "GET /v1/models/no/no/examples", NULL, NULL, 404, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_unknown_models_stay_unknown)
{
    struct stage *stage = world_new("--unknown-models accept");

    world_ask(stage, "GET /v1/models/some/body", NULL, NULL, 404, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_methods)
{
    struct stage *stage = world_new("");

    world_ask(stage, "PUT /v1/models", NULL, "{}", 405, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Allow"), "GET, HEAD, POST, QUERY, OPTIONS");
    world_ask(stage, "PUT /v1/models/a/b", NULL, "{}", 405, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Allow"), "GET, HEAD, PATCH, DELETE, OPTIONS");
    world_ask(stage, "GET /models/replicate/canary/", NULL, NULL, 200, NULL); // without /v1, with a slash
    world_ask(stage, "GET /v1/models", "Authorization: -", NULL, 401, NULL);
    world_free(stage);
}
END_TEST

SUITE("models", test_create, test_other_members_are_not_looked_at, test_create_of_what_there_is, test_create_refuses,
      test_a_thousand_at_most, test_texts_are_bounded, test_update, test_delete, test_what_is_not_ones_own,
      test_a_token_sees_its_own, test_reset, test_versions_of_the_catalogue, test_versions_of_official_models,
      test_versions_of_ones_own, test_runs_of_ones_own, test_list, test_list_with_ones_own, test_pages,
      test_what_a_model_lacks_is_added, test_examples, test_unknown_models_stay_unknown, test_methods);
