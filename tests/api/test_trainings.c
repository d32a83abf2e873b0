/* Trainings: who may start one, how it lives, what it pushes and leaves behind. */
#include "lib/suite.h"
#include "lib/world.h"

#include "core/models.h"

#include <stdio.h>
#include <string.h>

#define TRAINER                                                                                                        \
    "{'owner':'acme','name':'trainer','latest_version':{'id':'t1','openapi_schema':{'components':{'schemas':{"         \
    "'Input':{'type':'object','required':['prompt'],'properties':{'prompt':{'type':'string'}}},"                       \
    "'TrainingInput':{'type':'object','required':['input_images'],'properties':{'input_images':{'type':'string',"      \
    "'format':'uri'},'steps':{'type':'integer','maximum':6000}}},'Output':{'type':'string'}}}}}}"

#define TRAIN  "POST /v1/models/acme/trainer/versions/t1/trainings"
#define IMAGES "'input_images':'https://example.com/a.zip'"
#define BODY   "{'destination':'me/tuned','input':{" IMAGES ",'steps':4}}"

#define NOT_FOUND "{\"detail\":\"The requested resource could not be found.\",\"status\":404}\n"

/* A model of the token's own, as POST /v1/models makes it. */
static void own_model(struct stage *stage, const char *token, const char *owner, const char *name)
{
    ck_assert_ptr_nonnull(models_create(worlds_use(app_worlds(world_app(stage)), token), owner, name));
}

static struct stage *with_trainer(const char *options)
{
    struct stage *stage = world_new(options);

    world_add_model(stage, TRAINER);
    own_model(stage, "test", "me", "tuned");
    return stage;
}

#define MANUAL "--clock manual --seed 1 --start-time " STAGE_START

static void advance(struct stage *stage, const char *by, const char *expected)
{
    char body[64];

    snprintf(body, sizeof(body), "{'by':'%s'}", by);
    world_ask(stage, "POST /_mock/clock/advance", NULL, body, 200, expected);
}

/* The answer is `format` with the id of the latest training in each of `count` places. */
static void expect_body(struct stage *stage, const char *text)
{
    char expected[4096] = "";

    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "~"), have = strlen(expected);
        snprintf(expected + have, sizeof(expected) - have, "%.*s%s", (int)len, at, at[len] ? world_id(stage) : "");
        at += len + (at[len] != '\0');
    }
    ck_assert_str_eq(world_answer(stage)->body, expected);
}

START_TEST(test_its_answers_byte_for_byte)
{
    struct stage *stage = with_trainer(MANUAL);

    world_ask(stage, TRAIN, NULL, BODY, 201, NULL);
    expect_body(stage,
                "{\"id\":\"~\",\"model\":\"acme/trainer\",\"version\":\"t1\",\"input\":{\"input_images\":"
                "\"https://example.com/a.zip\",\"steps\":4},\"logs\":\"\",\"output\":null,\"data_removed\":false,"
                "\"error\":null,\"source\":\"api\",\"status\":\"starting\",\"created_at\":\"2026-01-01T00:00:00Z\","
                "\"urls\":{\"cancel\":\"http://localhost/v1/predictions/~/cancel\","
                "\"get\":\"http://localhost/v1/predictions/~\",\"web\":\"https://replicate.com/p/~\"}}\n");
    advance(stage, "350ms", NULL);
    world_ask(stage, "GET /v1/trainings/{id}", NULL, NULL, 200, NULL);
    static const char shown[] =
        "{\"completed_at\":null,\"created_at\":\"2026-01-01T00:00:00.000000Z\",\"data_removed\":false,\"error\":null,"
        "\"id\":\"~\",\"input\":{\"input_images\":\"https://example.com/a.zip\",\"steps\":4},"
        "\"logs\":\"  0%|          | 0/4 [00:00\\u003c?, ?it/s]\\n 25%|██▌       | 1/4 [00:00\\u003c00:00,  "
        "4.00it/s]\\n\",\"metrics\":{},\"output\":null,\"started_at\":\"2026-01-01T00:00:00.100000Z\","
        "\"status\":\"processing\",\"urls\":{\"get\":\"http://localhost/v1/trainings/~\","
        "\"cancel\":\"http://localhost/v1/trainings/~/cancel\",\"web\":\"https://replicate.com/p/~\"},"
        "\"model\":\"acme/trainer\",\"version\":\"t1\",\"webhook\":null}";
    expect_body(stage, shown);
    world_ask(stage, "GET /v1/trainings", NULL, NULL, 200, NULL);
    char list[2048];
    snprintf(list, sizeof(list), "{\"next\":null,\"previous\":null,\"results\":[%s]}", shown);
    expect_body(stage, list);
    // A client that polls it as a prediction finds it, too.
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'id':'{id}','status':'processing','output':null,'started_at':'2026-01-01T00:00:00.1Z',"
              "'urls':{'get':'http://localhost/v1/predictions/{id}','stream':'<absent>'}}");
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[]}");
    world_free(stage);
}
END_TEST

START_TEST(test_it_pushes_a_version_that_runs)
{
    struct stage *stage = with_trainer(MANUAL);
    char version[128], body[256];

    world_ask(stage, TRAIN, NULL, BODY, 201, NULL);
    advance(stage, "1h",
            "{'fired':[{'at':'2026-01-01T00:00:00.1Z','what':'training.processing','id':'{id}'},"
            "{'at':'2026-01-01T00:00:01.1Z','what':'training.succeeded','id':'{id}'}]}");
    world_ask(stage, "GET /v1/trainings/{id}", NULL, NULL, 200,
              "{'status':'succeeded','error':null,'metrics':{'predict_time':1,'total_time':1.1},"
              "'output':{'version':'*','weights':'*'}}");
    snprintf(version, sizeof(version), "%s", world_text(stage, "output.version"));
    ck_assert_int_eq(strncmp(version, "me/tuned:", 9), 0);
    ck_assert_uint_eq(strlen(version), 9 + 64);
    ck_assert_uint_eq(strspn(version + 9, "0123456789abcdef"), 64);
    snprintf(body, sizeof(body), "{'version':'%s','input':{}}", version);
    world_ask(stage, "POST /v1/predictions", NULL, body, 422, "{'detail':'- input: prompt is required\\n'}");
    snprintf(body, sizeof(body), "{'version':'%s','input':{'prompt':'x'}}", version + 9);
    world_ask(stage, "POST /v1/predictions", NULL, body, 201, "{'model':'me/tuned'}");
    ck_assert_str_eq(world_text(stage, "version"), version + 9);
    // It can be trained further.
    char request[256];
    snprintf(request, sizeof(request), "POST /v1/models/me/tuned/versions/%s/trainings", version + 9);
    world_ask(stage, request, NULL, BODY, 201, "{'model':'me/tuned'}");
    world_free(stage);
}
END_TEST

START_TEST(test_from_an_empty_model_to_one_that_runs)
{
    struct stage *stage = world_new(MANUAL);
    char version[128], request[256];

    world_add_model(stage, TRAINER);
    world_ask(stage, "POST /v1/models", NULL, "{'owner':'me','name':'mine','visibility':'private','hardware':'gpu-t4'}",
              201, NULL);
    world_ask(stage, TRAIN, NULL, "{'destination':'me/mine','input':{" IMAGES "}}", 201, NULL);
    advance(stage, "1100ms", NULL);
    world_ask(stage, "GET /v1/models/me/mine", NULL, NULL, 200, "{'latest_version':{'cog_version':'*'}}");
    snprintf(version, sizeof(version), "%s", world_text(stage, "latest_version.id"));
    world_ask(stage, "GET /v1/models/me/mine/versions", NULL, NULL, 200, "{'results':['*']}");
    ck_assert_str_eq(world_text(stage, "results.0.id"), version);
    world_ask(stage, "GET /v1/trainings/{id}", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_text(stage, "output.version") + strlen("me/mine:"), version);
    snprintf(request, sizeof(request), "DELETE /v1/models/me/mine/versions/%s", version);
    world_ask(stage, request, NULL, NULL, 202, NULL);
    world_ask(stage, "GET /v1/trainings/{id}", NULL, NULL, 200, "{'status':'succeeded','output':{'version':'*'}}");
    world_free(stage);
}
END_TEST

START_TEST(test_its_weights_can_be_fetched)
{
    struct stage *stage = with_trainer(MANUAL);
    char request[256];

    world_ask(stage, TRAIN, NULL, BODY, 201, NULL);
    advance(stage, "1100ms", NULL);
    world_ask(stage, "GET /v1/trainings/{id}", NULL, NULL, 200, NULL);
    const char *url = world_text(stage, "output.weights");
    ck_assert_int_eq(strncmp(url, "http://localhost/delivery/pbxt/", 31), 0);
    ck_assert_str_eq(strrchr(url, '/'), "/trained_model.tar");
    snprintf(request, sizeof(request), "GET %s", url + strlen("http://localhost"));
    world_ask(stage, request, "Authorization: -", NULL, 200, NULL);
    const struct answer *tar = world_answer(stage);
    ck_assert_str_eq(answer_header(tar, "Content-Type"), "application/x-tar");
    ck_assert_uint_eq(tar->len, 10240);
    ck_assert_str_eq(tar->body, "output/flux_train_replicate/lora.safetensors");
    ck_assert_str_eq(tar->body + 257, "ustar");
    ck_assert_int_eq(tar->body[512], 72); // the length of what follows, in eight bytes
    ck_assert_int_eq(strncmp(tar->body + 520, "{\"__metadata__\":{\"format\":\"pt\",\"training\":\"", 43), 0);
    char etag[64];
    snprintf(etag, sizeof(etag), "If-None-Match: %s", answer_header(tar, "ETag"));
    world_ask(stage, request, etag, NULL, 304, NULL);
    world_ask(stage, request, "Range: bytes=257-261", NULL, 206, NULL);
    ck_assert_str_eq(world_answer(stage)->body, "ustar");
    advance(stage, "1h",
            "{'fired':[{'at':'2026-01-01T01:00:01.1Z','what':'file.expired','id':'{id}'},"
            "{'at':'2026-01-01T01:00:01.1Z','what':'training.removed','id':'{id}'}]}");
    world_ask(stage, request, NULL, NULL, 404, "{'detail':'File not found'}");
    world_ask(stage, "GET /v1/trainings/{id}", NULL, NULL, 200, "{'output':null,'input':{},'data_removed':true}");
    world_free(stage);
}
END_TEST

START_TEST(test_its_weights_expire)
{
    struct stage *stage = with_trainer("--clock manual --retention 0");
    char request[256];

    world_ask(stage, TRAIN, NULL, BODY, 201, NULL);
    advance(stage, "2s", "{'fired':['*','*']}");
    world_ask(stage, "GET /v1/trainings/{id}", NULL, NULL, 200, NULL);
    snprintf(request, sizeof(request), "GET %s", world_text(stage, "output.weights") + strlen("http://localhost"));
    world_ask(stage, request, NULL, NULL, 200, NULL);
    advance(stage, "1h", "{'fired':[{'what':'file.expired','id':'{id}'}]}");
    world_ask(stage, request, NULL, NULL, 404, "{'detail':'File not found'}");
    world_free(stage);
}
END_TEST

START_TEST(test_who_may_start_one)
{
    static const char *const nowhere[] = {"POST /v1/models/acme/trainer/versions/t2/trainings",
                                          "POST /v1/models/acme/nothing/versions/t1/trainings",
                                          "POST /v1/models/rossjillian/controlnet/versions/t1/trainings"};
    static const char *const destinations[] = {"<invalid>",   "me/nothing", "acme/trainer",
                                               "other/tuned", "",           "me/tuned:t1"};
    struct stage *stage = with_trainer("");
    char body[256];

    own_model(stage, "another", "other", "tuned");
    for (size_t i = 0; i < COUNT(nowhere); i++) {
        world_ask(stage, nowhere[i], NULL, BODY, 404, NULL);
        ck_assert_str_eq(world_answer(stage)->body, NOT_FOUND);
    }
    for (size_t i = 0; i < COUNT(destinations); i++) {
        snprintf(body, sizeof(body), "{'destination':'%s','input':{" IMAGES "}}", destinations[i]);
        world_ask(stage, TRAIN, NULL, body, 404, NULL);
        ck_assert_str_eq(world_answer(stage)->body,
                         "{\"detail\":\"The specified training destination does not exist\",\"status\":404}\n");
        ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "application/problem+json");
    }
    world_free(stage);
}
END_TEST

START_TEST(test_its_body_is_checked)
{
    static const struct {
        const char *body, *detail;
    } bad[] = {
        {"{}", "- destination is required\\n- input is required\\n"},
        {"{'destination':1,'input':[]}", "- destination: Invalid type. Expected: string, given: integer\\n"
                                         "- input: Invalid type. Expected: object, given: array\\n"},
        {"{'destination':'me/tuned','input':{'steps':6001}}",
         "- input: input_images is required\\n- input.steps: Must be less than or equal to 6000\\n"},
    };
    struct stage *stage = with_trainer("");
    char expected[256];

    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(expected, sizeof(expected), "{'title':'Input validation failed','detail':'%s'}", bad[i].detail);
        world_ask(stage, TRAIN, NULL, bad[i].body, 422, expected);
    }
    world_ask(stage, TRAIN, NULL, "{'destination':'me/tuned','input':{" IMAGES "},'webhook':'x'}", 422,
              "{'invalid_fields':[{'type':'format','field':'webhook'}]}");
    // The description of the API does not forbid further members here; and not every model says what it takes.
    world_ask(stage, TRAIN, "Prefer: wait\nCancel-After: never",
              "{'destination':'me/tuned','input':{" IMAGES "},'version':'t1','model':'x'}", 201, "{'version':'t1'}");
    world_ask(stage, "POST /v1/models/rossjillian/controlnet/versions/" VERSION "/trainings", NULL,
              "{'destination':'me/tuned','input':{'anything':[1,{}]}}", 201, "{'input':{'anything':[1,{}]}}");
    world_free(stage);
}
END_TEST

START_TEST(test_cancel)
{
    struct stage *stage = with_trainer("");

    world_ask(stage, TRAIN, NULL, BODY, 201, NULL);
    world_advance(stage, 50);
    world_ask(stage, "POST /v1/trainings/{id}/cancel", NULL, NULL, 200, NULL);
    // As recorded: below /predictions, and started three microseconds before its end.
    expect_body(stage,
                "{\"completed_at\":\"2026-01-01T00:00:00.050000Z\",\"created_at\":\"2026-01-01T00:00:00.000000Z\","
                "\"data_removed\":false,\"error\":null,\"id\":\"~\",\"input\":{\"input_images\":"
                "\"https://example.com/a.zip\",\"steps\":4},\"logs\":null,\"metrics\":{\"predict_time\":0.000003,"
                "\"total_time\":0.05},\"output\":null,\"started_at\":\"2026-01-01T00:00:00.049997Z\","
                "\"status\":\"canceled\",\"urls\":{\"get\":\"http://localhost/v1/predictions/~\","
                "\"cancel\":\"http://localhost/v1/predictions/~/cancel\",\"web\":\"https://replicate.com/p/~\"},"
                "\"model\":\"acme/trainer\",\"version\":\"t1\",\"webhook\":null}");
    world_ask(stage, TRAIN, NULL, BODY, 201, NULL);
    world_advance(stage, 500);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'canceled','output':null}");
    world_advance(stage, 5000);
    world_ask(stage, "POST /v1/trainings/{id}/cancel", NULL, NULL, 200, "{'status':'canceled'}");
    world_ask(stage, "GET /v1/trainings", NULL, NULL, 200, "{'results':[{'status':'canceled'},{'status':'canceled'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_no_training)
{
    struct stage *stage = with_trainer("");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "GET /v1/trainings/{id}", NULL, NULL, 404, NULL);
    ck_assert_str_eq(world_answer(stage)->body, NOT_FOUND);
    world_ask(stage, "POST /v1/trainings/{id}/cancel", NULL, NULL, 404, NULL);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'starting'}");
    world_ask(stage, "GET /v1/trainings", NULL, NULL, 200, "{'results':[]}");
    world_ask(stage, TRAIN, NULL, BODY, 201, NULL);
    world_ask(stage, "GET /v1/trainings/{id}", "Authorization: Bearer another", NULL, 404, NULL);
    world_ask(stage, "GET /v1/trainings", "Authorization: Bearer another", NULL, 200, "{'results':[]}");
    world_free(stage);
}
END_TEST

START_TEST(test_webhooks)
{
    struct stage *stage = with_trainer(MANUAL);
    size_t len;

    world_ask(stage, TRAIN, NULL,
              "{'destination':'me/tuned','input':{" IMAGES "},'webhook':'http://localhost:1/hook',"
              "'webhook_events_filter':['start','completed']}",
              201, "{'webhook':'http://localhost:1/hook'}");
    world_send(stage, "POST /_mock/clock/advance", NULL, "{'by':'10s'}");
    world_hook(stage, "http://localhost:1/hook",
               "{'status':'processing','urls':{'get':'http://localhost/v1/trainings/{id}'}}");
    const char *body = world_hook_body(stage, &len);
    ck_assert_int_eq(strncmp(body, "{\"completed_at\":\"2026-01-01T00:00:01.1Z\",\"created_at\":", 53), 0);
    world_hook_expect(stage, "http://localhost:1/hook",
                      "{'id':'{id}','model':'acme/trainer','status':'succeeded','output':{'version':'*','weights':'*'},"
                      "'urls':{'cancel':'http://localhost/v1/trainings/{id}/cancel','stream':'<absent>'}}");
    world_hook_fail(stage, "refused");
    world_hook(stage, "http://localhost:1/hook", "{'status':'succeeded'}"); // the end is told again
    world_expect(stage, 200,
                 "{'fired':[{'what':'training.processing'},{'what':'webhook.attempt'},"
                 "{'what':'training.succeeded'},{'what':'webhook.attempt'},{'what':'webhook.attempt'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_logs_are_told_as_they_grow)
{
    struct stage *stage = with_trainer("--clock manual --boot 0 --predict 1s --start-time " STAGE_START);

    world_ask(stage, TRAIN, NULL,
              "{'destination':'me/tuned','input':{" IMAGES ",'steps':2},'webhook':'http://localhost:1/hook',"
              "'webhook_events_filter':['logs']}",
              201, NULL);
    world_send(stage, "POST /_mock/clock/advance", NULL, "{'by':'10s'}");
    world_hook(stage, "http://localhost:1/hook", "{'logs':'  0%|          | 0/2 [00:00<?, ?it/s]\\n'}");
    world_hook(stage, "http://localhost:1/hook",
               "{'logs':'  0%|          | 0/2 [00:00<?, ?it/s]\\n"
               " 50%|█████     | 1/2 [00:00<00:00,  2.00it/s]\\n'}");
    world_expect(stage, 200,
                 "{'fired':[{'at':'2026-01-01T00:00:00.5Z','what':'training.logs','id':'{id}'},"
                 "{'what':'webhook.attempt'},{'what':'training.succeeded'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_settle_waits_for_them)
{
    struct stage *stage = with_trainer("");
    struct client *settling = world_client(stage), *waiting = world_client(stage), *impatient = world_client(stage);

    world_ask(stage, TRAIN, NULL, BODY, 201, NULL);
    client_send(settling, "POST /_mock/settle", NULL, NULL);
    client_send(waiting, "GET /_mock/wait?prediction={id}&status=terminal", NULL, NULL);
    client_send(impatient, "POST /_mock/settle?timeout=500ms", NULL, NULL);
    world_advance(stage, 1000);
    client_expect_waiting(settling);
    client_expect(impatient, 408, "{'detail':'Not settled in time: training {id} is processing'}");
    world_advance(stage, 100);
    client_expect(settling, 200, NULL);
    client_expect(waiting, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_a_destination_that_has_gone)
{
    struct stage *stage = with_trainer(MANUAL);
    struct world *world = worlds_use(app_worlds(world_app(stage)), "test");

    world_ask(stage, TRAIN, NULL, BODY, 201, NULL);
    models_delete(models_own(world, models_find(app_catalog(world_app(stage)), world, "me/tuned", 8)));
    advance(stage, "2s", "{'fired':['*',{'at':'2026-01-01T00:00:01.1Z','what':'training.failed'}]}");
    world_ask(stage, "GET /v1/trainings/{id}", NULL, NULL, 200,
              "{'status':'failed','output':null,'metrics':{'predict_time':1,'total_time':1.1},"
              "'error':'The training destination has gone, or has room for no further version'}");
    world_free(stage);
}
END_TEST

START_TEST(test_pages)
{
    struct stage *stage = with_trainer(MANUAL);
    char next[256], first[32];

    for (int i = 0; i < 101; i++) {
        world_ask(stage, TRAIN, NULL, BODY, 201, NULL);
        if (i == 0)
            snprintf(first, sizeof(first), "%s", world_id(stage));
        world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL); // another list's
    }
    world_ask(stage, "GET /v1/trainings", NULL, NULL, 200, "{'previous':null}");
    snprintf(next, sizeof(next), "%s", world_text(stage, "next"));
    ck_assert_int_eq(strncmp(next, "http://localhost/v1/trainings?cursor=", 37), 0);
    snprintf(next, sizeof(next), "GET %s", world_text(stage, "next") + strlen("http://localhost"));
    world_ask(stage, next, NULL, NULL, 200, "{'next':null,'results':['*']}");
    ck_assert_str_eq(world_text(stage, "results.0.id"), first);
    world_free(stage);
}
END_TEST

START_TEST(test_they_count_as_predictions_do)
{
    struct stage *stage = with_trainer(MANUAL " --max-predictions 2");

    world_ask(stage, TRAIN, NULL, BODY, 201, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, TRAIN, NULL, BODY, 503, NULL);
    advance(stage, "1200ms", NULL);
    world_ask(stage, TRAIN, NULL, BODY, 201, NULL); // the oldest finished one goes: the first training
    world_ask(stage, "GET /v1/trainings", NULL, NULL, 200, "{'results':[{'id':'{id}'}]}");
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':['*']}");
    world_ask(stage, "GET /_mock/health", NULL, NULL, 200, "{'predictions':2}");
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, "{'worlds':1}");
    world_ask(stage, "GET /v1/trainings", NULL, NULL, 200, "{'results':[]}");
    world_ask(stage, "GET /_mock/health", NULL, NULL, 200, "{'predictions':0}");
    world_free(stage);
}
END_TEST

SUITE("trainings", test_its_answers_byte_for_byte, test_it_pushes_a_version_that_runs,
      test_from_an_empty_model_to_one_that_runs, test_its_weights_can_be_fetched, test_its_weights_expire,
      test_who_may_start_one, test_its_body_is_checked, test_cancel, test_what_is_no_training, test_webhooks,
      test_logs_are_told_as_they_grow, test_settle_waits_for_them, test_a_destination_that_has_gone, test_pages,
      test_they_count_as_predictions_do);
