/* A token's whole world: everything that it makes stays with it, comes out the same of the same seed, and goes with a
 * reset, part by part. */
#include "lib/suite.h"
#include "lib/world.h"

#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#define STARTED "--clock manual --seed 7 --start-time " STAGE_START
#define CANARY  "30e22229542eb3f79d4f945dacb58d32001b02cc313ae6f54eef27904edf3272"
#define TRAINER                                                                                                        \
    "/v1/models/ostris/flux-dev-lora-trainer/versions/"                                                                \
    "e440909d3512c31646ee2e0c7d6f6f4923224863a6a10c494606e79fb5844497"

/* One request of the story; {v} is the version that its training has pushed. */
struct line {
    const char *request, *headers, *body;
    int status;
};

static const struct line story[] = {
    {"POST /v1/models", NULL, "{'owner':'me','name':'mine','visibility':'private','hardware':'cpu'}", 201},
    {"POST /v1/files", "Content-Type: multipart/form-data; boundary=X",
     "--X\r\nContent-Disposition: form-data; name='content'; filename='a.txt'\r\n\r\nhello\r\n--X--\r\n", 201},
    {"POST " TRAINER "/trainings", NULL,
     "{'destination':'me/mine','input':{'input_images':'https://example.com/a.zip'},'webhook':'https://example.com/t'}",
     201},
    {"POST /v1/deployments", NULL,
     "{'name':'app','model':'replicate/canary','version':'" CANARY
     "','hardware':'cpu','min_instances':0,'max_instances':1}",
     200},
    {"POST /v1/deployments/replicate-mock/app/predictions", NULL, "{'input':{'text':'you'}}", 201},
    {"POST /v1/models/meta/meta-llama-3-8b-instruct/predictions", NULL, "{'input':{'prompt':'a turtle'}}", 201},
    {"POST /_mock/scenarios", NULL, "{'name':'no','match':{'input':{'prompt':'no'}},'response':{'status':500}}", 201},
    {"POST /_mock/inbox/in", NULL, "{}", 200},
    {"POST /_mock/clock/advance", NULL, "{'by':'5s'}", 200},
    {"GET /v1/trainings", NULL, NULL, 200},
    {"GET /v1/predictions", NULL, NULL, 200},
    {"GET /v1/files", NULL, NULL, 200},
    {"GET /v1/deployments", NULL, NULL, 200},
    {"GET /_mock/webhooks", NULL, NULL, 200},
    {"GET /v1/models/me/mine/versions", NULL, NULL, 200},
};

/* Tells the story; appends every answer to `all`, unless it is NULL. */
static void tell(struct stage *stage, struct buf *all)
{
    for (size_t i = 0; i < COUNT(story); i++) {
        world_send(stage, story[i].request, story[i].headers, story[i].body);
        if (strncmp(story[i].request, "POST /_mock/clock", 17) == 0) // it holds while a webhook is under way
            world_hook(stage, "https://example.com/t", "{'status':'succeeded'}");
        world_expect(stage, story[i].status, NULL);
        if (all)
            buf_printf(all, "%s\n%s\n", story[i].request, world_answer(stage)->body);
    }
}

/* Not by ck_assert_str_eq, which cannot say so much. */
static void expect_same(struct buf *first, struct buf *second)
{
    const char *one = buf_cstr(first), *other = buf_cstr(second);
    size_t at = 0;

    while (one[at] && one[at] == other[at])
        at++;
    ck_assert_msg(one[at] == other[at], "byte %zu: %.200s", at, one + (at > 100 ? at - 100 : 0));
}

/* "The same script gives the same bodies", whatever others do meanwhile, and after a reset too. */
START_TEST(test_the_same_seed_tells_the_same_story)
{
    struct stage *stage = world_new(STARTED), *other = world_new(STARTED);
    struct buf first = {0}, second = {0}, third = {0};

    tell(stage, &first);
    world_ask(other, "POST /v1/predictions", "Authorization: Bearer other", CREATE, 201, NULL);
    tell(other, &second);
    expect_same(&first, &second);
    world_ask(stage, "POST /_mock/reset", NULL, "{}", 200, "{'worlds':1}");
    tell(stage, &third);
    expect_same(&first, &third);
    buf_free(&first);
    buf_free(&second);
    buf_free(&third);
    world_free(stage);
    world_free(other);
}
END_TEST

/* --- others --------------------------------------------------------------------------------------------------------- */

/* What another token gets for what is not its own; ~ is an id: of the training, the prediction, the file, the version. */
static const struct {
    char id; /* t, p, f, v */
    const char *request, *body;
    int status;
} strangers[] = {
    {'t', "GET /v1/trainings/~", NULL, 404},
    {'t', "GET /v1/predictions/~", NULL, 404},
    {'t', "POST /v1/trainings/~/cancel", NULL, 404},
    {'p', "GET /v1/predictions/~", NULL, 404},
    {'p', "POST /v1/predictions/~/cancel", NULL, 404},
    {'p', "GET /_mock/wait?prediction=~&status=terminal", NULL, 404},
    {'f', "GET /v1/files/~", NULL, 404},
    {'f', "DELETE /v1/files/~", NULL, 404},
    {'v', "GET /v1/models/me/mine/versions/~", NULL, 404},
    {'v', "DELETE /v1/models/me/mine/versions/~", NULL, 404},
    {'v', "POST /v1/models/~/predictions", "{'input':{'prompt':'x'}}", 404},
    {'v', "POST /v1/models/me/mine/versions/~/trainings", "{'destination':'me/mine','input':{}}", 404},
    {'v', "POST /v1/predictions", "{'version':'~','input':{'prompt':'x'}}", 422},
    {'v', "POST /v1/deployments",
     "{'name':'x','model':'me/mine','version':'~','hardware':'cpu','min_instances':0,'max_instances':1}", 422},
    {'v', "GET /v1/models/me/mine", NULL, 404},
    {'v', "PATCH /v1/models/me/mine", "{'description':'x'}", 404},
    {'v', "DELETE /v1/models/me/mine", NULL, 404},
    {'v', "POST " TRAINER "/trainings", "{'destination':'me/mine','input':{}}", 404},
    {'v', "GET /v1/deployments/replicate-mock/app", NULL, 404},
    {'v', "PATCH /v1/deployments/replicate-mock/app", "{'min_instances':1}", 404},
    {'v', "DELETE /v1/deployments/replicate-mock/app", NULL, 404},
    {'v', "POST /v1/deployments/replicate-mock/app/predictions", "{'input':{'text':'x'}}", 404},
};

static const char *const lists[] = {"/v1/trainings",   "/v1/predictions", "/v1/files",       "/v1/deployments",
                                    "/_mock/webhooks", "/_mock/inbox/in", "/_mock/scenarios"};

/* Copies `text` with `id` for each ~. */
static const char *with_id(char *to, size_t size, const char *text, const char *id)
{
    size_t len = 0;

    for (; text && *text && len + 100 < size; text++)
        len += (size_t)(*text == '~' ? snprintf(to + len, size - len, "%s", id) : snprintf(to + len, 2, "%c", *text));
    to[len] = '\0';
    return text ? to : NULL;
}

START_TEST(test_what_one_token_makes_is_not_there_for_another)
{
    struct stage *stage = world_new(STARTED);
    char ids[4][128], request[512], body[512];
    static const char which[] = "tpfv";

    tell(stage, NULL);
    static const char *const ways[] = {"/v1/trainings", "/v1/predictions", "/v1/files", "/v1/models/me/mine/versions"};
    for (size_t i = 0; i < COUNT(ways); i++) {
        snprintf(request, sizeof(request), "GET %s", ways[i]);
        world_ask(stage, request, NULL, NULL, 200, NULL);
        snprintf(ids[i], sizeof(ids[i]), "%s", world_text(stage, "results.0.id"));
        ck_assert_str_ne(ids[i], "");
    }
    for (size_t i = 0; i < COUNT(strangers); i++) {
        const char *id = ids[strchr(which, strangers[i].id) - which];
        world_ask(stage, with_id(request, sizeof(request), strangers[i].request, id), "Authorization: Bearer other",
                  with_id(body, sizeof(body), strangers[i].body, id), strangers[i].status, NULL);
    }
    for (size_t i = 0; i < COUNT(lists); i++) {
        snprintf(request, sizeof(request), "GET %s", lists[i]);
        world_ask(stage, request, "Authorization: Bearer other", NULL, 200, "{'results':[]}");
    }
    world_free(stage);
}
END_TEST

/* --- resets --------------------------------------------------------------------------------------------------------- */

START_TEST(test_a_reset_spares_what_it_is_told)
{
    // Of each list, in the order above, whether anything is left; then of the model, and of the clock.
    static const struct {
        const char *keep, *left;
    } table[] = {
        {"", "....... .."},
        {"'scenarios'", "......s .."},
        {"'clock'", "....... .c"},
        {"'files'", "..f.... .."},
        {"'models'", "...d... m."},
        {"'requests'", "....... .."},
        {"'inbox'", ".....i. .."},
        {"'predictions'", "tp..w.. .c"},
        {"'predictions','models'", "tp.dw.. mc"},
        {"'predictions','files'", "tpf.w.. .c"},
        {"'files','models','clock','inbox','scenarios'", "..fd.is mc"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct stage *stage = world_new(STARTED);
        char left[] = "tpfdwis mc", text[128];
        tell(stage, NULL);
        snprintf(text, sizeof(text), "{'keep':[%s]}", table[i].keep);
        world_ask(stage, "POST /_mock/reset", NULL, text, 200, "{'worlds':1}");
        for (size_t list = 0; list < COUNT(lists); list++) {
            snprintf(text, sizeof(text), "GET %s", lists[list]);
            world_ask(stage, text, NULL, NULL, 200, NULL);
            if (strstr(world_answer(stage)->body, "\"results\":[]"))
                left[list] = '.';
        }
        world_ask(stage, "GET /v1/models/me/mine", NULL, NULL, 0, NULL);
        if (world_answer(stage)->status == 404)
            left[8] = '.';
        world_ask(stage, "GET /_mock/clock", NULL, NULL, 200, NULL);
        if (strcmp(world_text(stage, "now"), STAGE_START) == 0)
            left[9] = '.';
        ck_assert_msg(strcmp(left, table[i].left) == 0, "keep %s: %s, not %s", table[i].keep, left, table[i].left);
        world_free(stage);
    }
}
END_TEST

/* Predictions are shown as they were, their model gone or not. */
START_TEST(test_predictions_outlive_their_model)
{
    struct stage *stage = world_new(STARTED);
    char body[256];

    tell(stage, NULL);
    with_id(body, sizeof(body), "{'version':'~','input':{'prompt':'x'}}", world_text(stage, "results.0.id"));
    world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['predictions']}", 200, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'5s'}", 200, NULL);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'succeeded','model':'me/mine','output':['*']}");
    world_ask(stage, "GET /v1/trainings", NULL, NULL, 200, "{'results':[{'status':'succeeded','output':'*'}]}");
    world_free(stage);
}
END_TEST

SUITE("worlds", test_the_same_seed_tells_the_same_story, test_what_one_token_makes_is_not_there_for_another,
      test_a_reset_spares_what_it_is_told, test_predictions_outlive_their_model);
