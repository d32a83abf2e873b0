/* What is looked up beside models: search, collections, hardware, account. */
#include "core/catalog.h"
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

static void expect_body(struct stage *stage, const char *expected)
{
    char *text = xstrdup(expected);

    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    ck_assert_str_eq(world_answer(stage)->body, text);
    free(text);
}

#define LLAMA(description)                                                                                             \
    "{'owner':'o','name':'llama','description':" description                                                           \
    ",'visibility':'public','github_url':null,'paper_url':null,'license_url':null,'run_count':0,"                      \
    "'cover_image_url':null,'url':'https://replicate.com/o/llama','default_example':null,'latest_version':null}"

/* --- QUERY /models -------------------------------------------------------------------------------------------------- */

START_TEST(test_query)
{
    static const char *const queries[] = {"llama", "'llama'", "'\\u006clama'", "LLAMA of a", "\n llama!"};
    struct stage *stage = world_new("");

    world_add_model(stage, "{'owner':'o','name':'llama','description':'An animal'}");
    for (size_t i = 0; i < COUNT(queries); i++) {
        world_ask(stage, "QUERY /v1/models", "Content-Type: text/plain", queries[i], 200,
                  "{'next':null,'previous':null}");
        ck_assert_str_eq(answer_header(world_answer(stage), "Allow"), "GET, POST, QUERY");
        ck_assert_str_eq(world_text(stage, "results.0.name"), "llama"); // all of the name goes before a part of it
        ck_assert_str_eq(world_text(stage, "results.1.name"), "meta-llama-3-8b-instruct");
        ck_assert_str_eq(world_text(stage, "results.2.name"), "");
    }
    world_ask(stage, "QUERY /v1/models", NULL, "animal", 200, NULL);
    expect_body(stage, "{'next':null,'previous':null,'results':[" LLAMA("'An animal'") "]}");
    world_ask(stage, "QUERY /v1/models", NULL, "zebra", 200, NULL);
    expect_body(stage, "{'next':null,'previous':null,'results':[]}");
    world_ask(stage, "QUERY /v1/models", NULL, "", 200, "{'results':[]}");
    world_ask(stage, "QUERY /v1/models", NULL, "3", 200, NULL); // short words count where there is no other
    ck_assert_str_eq(world_text(stage, "results.0.name"), "meta-llama-3-8b-instruct");
    world_free(stage);
}
END_TEST

/* A body has up to 16 MiB; its first 64 KiB are looked at. */
START_TEST(test_query_of_any_length)
{
    enum { FAR = 64 * 1024 };
    struct stage *stage = world_new("");
    char *query = malloc(FAR + 16);

    memset(query, ' ', FAR);
    memcpy(query + FAR - 5, "llama", 6);
    world_ask(stage, "QUERY /v1/models", NULL, query, 200, NULL);
    ck_assert_str_eq(world_text(stage, "results.0.name"), "meta-llama-3-8b-instruct");
    memcpy(query + FAR - 5, "     llama", 11);
    world_ask(stage, "QUERY /v1/models", NULL, query, 200, "{'results':[]}");
    free(query);
    world_free(stage);
}
END_TEST

START_TEST(test_query_finds_ones_own)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/models", NULL,
              "{'owner':'me','name':'zebra','visibility':'private','hardware':'cpu','description':'Stripes'}", 201,
              NULL);
    world_ask(stage, "QUERY /v1/models", NULL, "stripes", 200, NULL);
    ck_assert_str_eq(world_text(stage, "results.0.name"), "zebra");
    world_ask(stage, "QUERY /v1/models", "Authorization: Bearer other", "stripes", 200, "{'results':[]}");
    world_ask(stage, "PATCH /v1/models/me/zebra", NULL, "{'description':''}", 200, NULL);
    world_ask(stage, "QUERY /v1/models", NULL, "stripes", 200, "{'results':[]}");
    world_free(stage);
}
END_TEST

START_TEST(test_query_answers_a_page)
{
    struct stage *stage = world_new("");
    char model[128];

    for (int i = 10; i < 40; i++) {
        snprintf(model, sizeof(model), "{'owner':'o','name':'zebra-%d'}", i);
        world_add_model(stage, model);
    }
    world_ask(stage, "QUERY /v1/models", NULL, "zebra", 200, "{'next':null}");
    ck_assert_str_ne(world_text(stage, "results.24.name"), "");
    ck_assert_str_eq(world_text(stage, "results.25.name"), "");
    world_free(stage);
}
END_TEST

/* --- /search --------------------------------------------------------------------------------------------------------- */

START_TEST(test_search)
{
    struct stage *stage = world_new("");

    world_add_model(stage, "{'owner':'o','name':'llama','description':'Compose an \\u0022animal\\u0022'}");
    world_ask(stage, "GET /v1/search?query=animal+compose", NULL, NULL, 200,
              "{'query':'animal compose','models':[{'model':{'name':'llama'},'metadata':{'tags':[],'score':2}}],"
              "'collections':[{'name':'Generate music','slug':'ai-music-generation',"
              "'description':'Models that compose music','models':['meta/musicgen']}],'pages':[]}");
    ck_assert_str_eq(world_text(stage, "models.0.metadata.generated_description"), "Compose an \"animal\"");
    world_ask(stage, "GET /v1/search?query=zebra", NULL, NULL, 200, NULL);
    expect_body(stage, "{'query':'zebra','models':[],'collections':[],'pages':[]}");
    world_free(stage);
}
END_TEST

START_TEST(test_search_limits)
{
    static const char *const bad[] = {"0", "51", "-1", "x", "", "1x", "100"};
    struct stage *stage = world_new("");
    char model[128], request[64];

    for (int i = 10; i < 70; i++) {
        snprintf(model, sizeof(model), "{'owner':'o','name':'zebra-%d'}", i);
        world_add_model(stage, model);
    }
    world_ask(stage, "GET /v1/search?query=zebra", NULL, NULL, 200, NULL);
    ck_assert_str_ne(world_text(stage, "models.19.model.name"), "");
    ck_assert_str_eq(world_text(stage, "models.20.model.name"), "");
    world_ask(stage, "GET /v1/search?query=zebra&limit=50", NULL, NULL, 200, NULL);
    ck_assert_str_ne(world_text(stage, "models.49.model.name"), "");
    world_ask(stage, "GET /v1/search?query=zebra&limit=1", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_text(stage, "models.1.model.name"), "");
    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(request, sizeof(request), "GET /v1/search?query=zebra&limit=%s", bad[i]);
        world_ask(stage, request, NULL, NULL, 400, NULL);
        ck_assert_str_eq(world_answer(stage)->body,
                         "{\"detail\":\"Query parameter \\\"limit\\\" must be an integer from 1 to 50\"}");
    }
    world_ask(stage, "GET /v1/search", NULL, NULL, 400, NULL);
    ck_assert_str_eq(world_answer(stage)->body, "{\"detail\":\"Query parameter \\\"query\\\" is required\"}");
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "application/json");
    world_ask(stage, "GET /v1/search?query=", NULL, NULL, 400, NULL);
    world_free(stage);
}
END_TEST

/* --- collections ------------------------------------------------------------------------------------------------------ */

START_TEST(test_collections)
{
    struct stage *stage = world_new("");
    char slugs[32][64];
    int count = 0;

    world_ask(stage, "GET /v1/collections", NULL, NULL, 200, "{'next':null,'previous':null}");
    static const char first[] =
        "{\"next\":null,\"previous\":null,\"results\":[{\"name\":\"Generate images\",\"slug\":"
        "\"text-to-image\",\"description\":\"Models that draw a picture of what a text says\"},";
    ck_assert_int_eq(strncmp(world_answer(stage)->body, first, strlen(first)), 0);
    for (; count < 32; count++) {
        char path[32];
        snprintf(path, sizeof(path), "results.%d.slug", count);
        snprintf(slugs[count], sizeof(slugs[count]), "%s", world_text(stage, path));
        if (!*slugs[count])
            break;
    }
    ck_assert_int_eq(count, 7);
    for (int i = 0; i < count; i++) { // each has models that there are
        char request[128];
        snprintf(request, sizeof(request), "GET /v1/collections/%.63s", slugs[i]);
        world_ask(stage, request, NULL, NULL, 200, NULL);
        ck_assert_str_eq(world_text(stage, "slug"), slugs[i]);
        ck_assert_str_ne(world_text(stage, "full_description"), "");
        ck_assert_str_ne(world_text(stage, "models.0.url"), "");
        ck_assert_str_eq(world_text(stage, "models.1.url"), "");
    }
    world_ask(stage, "GET /v1/collections/none", NULL, NULL, 404, NULL);
    expect_body(stage, "{'detail':'Not found.'}");
    world_free(stage);
}
END_TEST

/* --- hardware, account ------------------------------------------------------------------------------------------------ */

START_TEST(test_hardware)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /v1/hardware", NULL, NULL, 200, NULL);
    expect_body(stage, "[{'sku':'cpu','name':'CPU'},{'sku':'cpu-small','name':'CPU (Small)'},"
                       "{'sku':'gpu-t4','name':'Nvidia T4 GPU'},{'sku':'gpu-l40s','name':'Nvidia L40S GPU'},"
                       "{'sku':'gpu-l40s-2x','name':'2x Nvidia L40S GPU'},"
                       "{'sku':'gpu-a100-large','name':'Nvidia A100 (80GB) GPU'},"
                       "{'sku':'gpu-a100-large-2x','name':'2x Nvidia A100 (80GB) GPU'},"
                       "{'sku':'gpu-h100','name':'Nvidia H100 GPU'}]");
    world_free(stage);
}
END_TEST

START_TEST(test_account)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /v1/account", NULL, NULL, 200, NULL);
    expect_body(stage, "{'type':'user','username':'replicate-mock','name':'Replicate Mock',"
                       "'github_url':'https://example.com/replicate-mock',"
                       "'avatar_url':'https://example.com/replicate-mock.png'}");
    world_ask(stage, "GET /v1/account", "Authorization: -", NULL, 401, NULL);
    world_free(stage);
}
END_TEST

SUITE("search", test_query, test_query_of_any_length, test_query_finds_ones_own, test_query_answers_a_page, test_search,
      test_search_limits, test_collections, test_hardware, test_account);
