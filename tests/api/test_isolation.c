/* A thousand worlds on one server: no trace of one in another, and one goes without a word of the others. */
#include "lib/suite.h"
#include "lib/world.h"

#include "core/world.h"

#include <stdio.h>
#include <string.h>

enum { WORLDS = 1000 };

/* What each world makes: % is the world's number. All that it says of itself holds "of-w%-". */
static const struct {
    const char *request, *headers, *body;
    int status;
} made[] = {
    {"POST /v1/predictions", NULL,
     "{'version':'" VERSION
     "','input':{'image':'https://example.com/of-w%-.png','prompt':'of-w%-','structure':'canny'},"
     "'webhook':'http://app.test/of-w%-'}",
     201},
    {"POST /_mock/predictions", NULL,
     "{'model':'replicate/hello-world','status':'succeeded','input':{'text':'of-w%-'},'output':'hello of-w%-'}", 201},
    {"POST /v1/files", "Content-Type: multipart/form-data; boundary=X",
     "--X\r\nContent-Disposition: form-data; name='content'; filename='of-w%-'\r\n\r\nof-w%-\r\n--X--\r\n", 201},
    {"POST /v1/models", NULL, "{'owner':'me','name':'of-w%-x','visibility':'private','hardware':'cpu'}", 201},
    {"POST /_mock/scenarios", NULL,
     "{'name':'of-w%-','match':{'operation':'predictions.get'},'response':{'status':404}}", 201},
    {"POST /_mock/inbox/in", NULL, "{'from':'of-w%-'}", 200},
    {"GET /v1/predictions/of-w%-", NULL, NULL, 404},
    {"POST /_mock/clock/advance", NULL, "{'by':'500ms'}", 200}, // so that its webhook is noted
};

static const char *const lists[] = {"/v1/predictions", "/_mock/predictions", "/v1/files",      "/_mock/scenarios",
                                    "/_mock/inbox/in", "/_mock/requests",    "/_mock/webhooks"};

/* A copy of `text` with the number for each %; NULL of NULL. It lives until the next but two. */
static const char *numbered(const char *text, int number)
{
    static char copies[3][1024];
    static int next;
    char *copy = copies[next++ % 3];
    size_t len = 0;

    for (; text && *text && len + 16 < sizeof(copies[0]); text++)
        len += (size_t)(*text == '%' ? snprintf(copy + len, 16, "%d", number) : snprintf(copy + len, 2, "%c", *text));
    copy[len] = '\0';
    return text ? copy : NULL;
}

/* The request as that world sends it. */
static void ask_as(struct stage *stage, int number, const char *request, const char *more, const char *body, int status)
{
    char headers[256];

    snprintf(headers, sizeof(headers), "Authorization: Bearer w%d%s%s", number, more ? "\n" : "", more ? more : "");
    world_ask(stage, numbered(request, number), headers, numbered(body, number), status, NULL);
}

static void fill(struct stage *stage, int number)
{
    for (size_t i = 0; i < COUNT(made); i++)
        ask_as(stage, number, made[i].request, made[i].headers, made[i].body, made[i].status);
}

/* How often what came last names that world; any other is a fault. */
static int count_own(struct stage *stage, int number)
{
    int count = 0, named;

    for (const char *at = world_answer(stage)->body; (at = strstr(at, "of-w")); at++, count++)
        ck_assert_msg(sscanf(at, "of-w%d-", &named) == 1 && named == number, "%.40s stands in world %d", at, number);
    return count;
}

/* The world sees what it has made in each list, or, where it has nothing, nothing. */
static void expect_own(struct stage *stage, int number, bool has_some)
{
    for (size_t i = 0; i < COUNT(lists); i++) {
        char request[64];
        snprintf(request, sizeof(request), "GET %s", lists[i]);
        ask_as(stage, number, request, NULL, NULL, 200);
        ck_assert_msg((count_own(stage, number) > 0) == has_some, "%s of world %d", lists[i], number);
        if (!has_some && strcmp(lists[i], "/_mock/requests") != 0) // which has those of this test
            ck_assert(strstr(world_answer(stage)->body, "\"results\":[]"));
    }
}

static void expect_worlds(struct stage *stage, int worlds, int predictions)
{
    char expected[64];

    snprintf(expected, sizeof(expected), "{'worlds':%d,'predictions':%d}", worlds, predictions);
    world_ask(stage, "GET /_mock/health", "Authorization: -", NULL, 200, expected);
}

START_TEST(test_a_thousand_worlds)
{
    struct stage *stage = world_new("--clock manual --start-time " STAGE_START);

    for (int i = 0; i < WORLDS; i++)
        fill(stage, i);
    expect_worlds(stage, WORLDS, 2 * WORLDS);
    for (int i = 0; i < WORLDS; i++)
        expect_own(stage, i, true);
    world_ask(stage, "GET /_mock/metrics", "Authorization: -", NULL, 200, NULL);
    ck_assert_int_eq(count_own(stage, -1), 0);
    ck_assert(!strstr(world_answer(stage)->body, "world=")); // no numbers of one world
    world_free(stage);
}
END_TEST

START_TEST(test_one_of_many_is_reset)
{
    struct stage *stage = world_new("--clock manual --start-time " STAGE_START);

    for (int i = 0; i < 20; i++)
        fill(stage, i);
    ask_as(stage, 7, "POST /_mock/reset", NULL, "{}", 200);
    expect_worlds(stage, 19, 38);
    expect_own(stage, 7, false);
    for (int i = 0; i < 20; i++)
        if (i != 7)
            expect_own(stage, i, true);
    for (size_t i = 0; i < COUNT(lists); i++) { // nor is anything left in what is told of all
        char request[64];
        snprintf(request, sizeof(request), "GET %s?limit=1000", lists[i]);
        if (strncmp(lists[i], "/_mock", 6) != 0)
            continue;
        world_ask(stage, request, "Authorization: -", NULL, 200, NULL);
        ck_assert_msg(!strstr(world_answer(stage)->body, "of-w7-"), "%s", lists[i]);
    }
    world_free(stage);
}
END_TEST

START_TEST(test_clocks_and_limits_are_each_worlds_own)
{
    struct stage *stage = world_new("--clock manual --rate-limit 1/min --start-time " STAGE_START);

    ask_as(stage, 1, "POST /v1/predictions", NULL, CREATE, 201);
    ask_as(stage, 1, "POST /v1/predictions", NULL, CREATE, 429);
    ask_as(stage, 2, "POST /v1/predictions", NULL, CREATE, 201);
    ask_as(stage, 2, "POST /_mock/clock/advance", NULL, "{'by':'60s'}", 200);
    ask_as(stage, 2, "POST /v1/predictions", NULL, CREATE, 201);
    ask_as(stage, 1, "POST /v1/predictions", NULL, CREATE, 429);
    world_ask(stage, "GET /_mock/clock", "Authorization: Bearer w1", NULL, 200, "{'now':'2026-01-01T00:00:00Z'}");
    world_ask(stage, "GET /_mock/clock", "Authorization: Bearer w2", NULL, 200, "{'now':'2026-01-01T00:01:00Z'}");
    world_free(stage);
}
END_TEST

/* --- resets --------------------------------------------------------------------------------------------------------- */

#define WITH_WEBHOOK "{'version':'" VERSION "','input':{" INPUT "},'webhook':'http://hooks/'}"

/* "Reset of one answered in microseconds whatever it holds": it hides what there is, and that is freed a little a turn. */
START_TEST(test_a_reset_frees_in_slices)
{
    enum { EACH = 150, SLICE = 20 };
    struct stage *stage = world_new("--clock manual");
    struct worlds *worlds = app_worlds(world_app(stage));
    size_t budget = 0;
    int slices = 0;

    for (int i = 0; i < EACH; i++) {
        world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
        world_ask(stage, "POST /_mock/inbox/in", NULL, "{'n':1}", 200, NULL);
    }
    size_t held = worlds->received.bytes;
    ck_assert_uint_gt(held, 0);
    world_close(worlds_find(worlds, "test"));
    ck_assert_uint_eq(worlds->received.bytes, held); // nothing has been freed yet, and nothing can be found
    world_ask(stage, "GET /_mock/health", "Authorization: -", NULL, 200, "{'worlds':0,'predictions':0}");
    ck_assert_uint_eq(worlds->received.bytes, 0); // the turns of that request have
    for (int i = 0; i < EACH; i++) {
        world_ask(stage, "POST /v1/predictions", NULL, WITH_WEBHOOK, 201, NULL);
        world_ask(stage, "POST /_mock/inbox/in", NULL, "{'n':1}", 200, NULL);
    }
    world_close(worlds_find(worlds, "test"));
    ck_assert(inboxes_reap(&worlds->received, &budget)); // without a budget there is more to do
    while (worlds_reap(worlds, SLICE))
        slices++;
    ck_assert_int_eq(slices, (4 * EACH - 1) / SLICE); // webhooks, predictions, messages, requests
    ck_assert_uint_eq(worlds->received.bytes, 0);
    world_free(stage);
}
END_TEST

SUITE("isolation", test_a_thousand_worlds, test_one_of_many_is_reset, test_clocks_and_limits_are_each_worlds_own,
      test_a_reset_frees_in_slices);
