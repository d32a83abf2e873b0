/* What bounds a server: predictions, memory, worlds; and what a hundred thousand predictions cost. */
#include "lib/suite.h"
#include "lib/world.h"

#include "core/prediction.h"
#include "core/store.h"
#include "core/world.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(test_the_oldest_finished_one_makes_room)
{
    struct stage *stage = world_new("--max-predictions 2");
    char first[32];

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    snprintf(first, sizeof(first), "GET /v1/predictions/%s", world_id(stage));
    world_advance(stage, 1100);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, first, NULL, NULL, 404, NULL);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':['*','*']}");
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 503,
              "{'title':'Service unavailable','detail':'*','status':503}");
    ck_assert_str_eq(answer_header(world_answer(stage), "Retry-After"), "1");
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer other", CREATE, 201,
              NULL); // the bound is a world's
    world_free(stage);
}
END_TEST

START_TEST(test_a_wait_for_what_makes_room)
{
    struct stage *stage = world_new("--max-predictions 1 --predict 1h");
    struct client *client = world_client(stage);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    client_send(client, "GET /_mock/wait?prediction={id}&status=succeeded", NULL, NULL);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, NULL);
    client_expect(client, 408, NULL); // canceled: it cannot succeed any more
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_free(stage);
}
END_TEST

static char *with_input_of(size_t len)
{
    char *body = xmalloc(len + 256);
    int at = sprintf(body, "{'version':'" VERSION
                           "','input':{'image':'https://example.com/a.png','structure':'canny','prompt':'");

    memset(body + at, 'x', len);
    strcpy(body + at + len, "'}}");
    return body;
}

START_TEST(test_memory_is_given_back_by_the_oldest_data)
{
    struct stage *stage = world_new("--max-memory 100KiB");
    char *body = with_input_of(40000);

    world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    world_advance(stage, 1100);
    world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL); // the first one's input goes
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200,
              "{'results':[{'data_removed':false},{'data_removed':false},{'data_removed':true,'status':'succeeded','"
              "output':null}]}");
    world_ask(stage, "POST /v1/predictions", NULL, body, 503, NULL); // nothing finished is left
    ck_assert_str_eq(answer_header(world_answer(stage), "Retry-After"), "1");
    free(body);
    world_free(stage);
}
END_TEST

START_TEST(test_worlds_make_room_by_idleness)
{
    struct stage *stage = world_new("--max-worlds 2");

    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer a", CREATE, 201, NULL);
    world_ask(stage, "GET /v1/predictions", "Authorization: Bearer b", NULL, 200, NULL);
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer c", CREATE, 201, NULL); // b goes: a is at work
    world_ask(stage, "GET /v1/predictions", "Authorization: Bearer d", NULL, 503, NULL);
    world_advance(stage, 1100);
    world_ask(stage, "GET /v1/predictions", "Authorization: Bearer a", NULL, 200,
              "{'results':['*']}"); // now c is longest idle
    world_ask(stage, "GET /v1/predictions", "Authorization: Bearer d", NULL, 200, NULL);
    world_ask(stage, "GET /v1/predictions", "Authorization: Bearer a", NULL, 200, "{'results':['*']}");
    world_free(stage);
}
END_TEST

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* Sanitizers and valgrind bring a malloc of their own, which counts otherwise. */
static bool malloc_is_the_systems(void)
{
#ifdef __SANITIZE_ADDRESS__
    return false;
#else
    return !getenv("UNDER_VALGRIND");
#endif
}

static size_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* What a large body took is given back: when it was answered, while its client waits, when its client left midway. */
START_TEST(test_large_bodies_leave_nothing)
{
    enum { MANY = 20, SIZE = 1000000 };
    struct stage *stage = world_new("--predict 1h --max-memory 64MiB");
    char *body = with_input_of(SIZE);
    struct client *clients[MANY];

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    size_t before = allocated();
    for (int i = 0; i < MANY; i++) {
        clients[i] = world_client(stage);
        client_send(clients[i], "POST /v1/predictions", "Prefer: wait", body);
        char head[160];
        struct client *leaving = world_client(stage);
        snprintf(head, sizeof(head),
                 "POST /v1/predictions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\nContent-Length: %d\r\n\r\n",
                 SIZE);
        client_send_raw(leaving, head, strlen(head));
        client_send_raw(leaving, body, SIZE / 2);
        client_leave(leaving);
        world_settle(stage);
    }
    if (malloc_is_the_systems())
        ck_assert_uint_lt(allocated() - before, (MANY + 5) * SIZE); // the stored inputs, and the stage's own buffers
    free(body);
    world_free(stage);
}
END_TEST

START_TEST(test_a_page_of_large_inputs_is_short)
{
    struct stage *stage = world_new("");
    char *body = with_input_of(3000000);

    for (int i = 0; i < 5; i++)
        world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200,
              "{'results':['*','*'],'previous':null}"); // 8 MiB of inputs
    char next[256];
    snprintf(next, sizeof(next), "GET %s", world_text(stage, "next") + strlen("http://localhost"));
    world_ask(stage, next, NULL, NULL, 200, "{'results':['*','*']}");
    snprintf(next, sizeof(next), "GET %s", world_text(stage, "next") + strlen("http://localhost"));
    world_ask(stage, next, NULL, NULL, 200, "{'results':['*'],'next':null}");
    snprintf(next, sizeof(next), "GET %s", world_text(stage, "previous") + strlen("http://localhost"));
    world_ask(stage, next, NULL, NULL, 200, "{'results':['*','*']}");
    free(body);
    world_free(stage);
}
END_TEST

START_TEST(test_a_hundred_thousand_predictions)
{
    int count = getenv("UNDER_VALGRIND") ? 2000 : 99999; // and one more before
    struct stage *stage = world_new("--retention 0");
    char *body = with_input_of(640); // an input of some 700 bytes, whole

    world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    size_t before = allocated();
    for (int i = 0; i < count; i++)
        world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    size_t each = (allocated() - before) / (size_t)count;
    if (malloc_is_the_systems())
        ck_assert_msg(each > 700 && each < 2048, "%zu bytes each", each);
    world_ask(stage, "GET /_mock/health", NULL, NULL, 200, NULL);
    world_advance(stage, 1100);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    ck_assert_uint_le(app_worlds(world_app(stage))->store->count, 100000); // --max-predictions
    world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    ck_assert_uint_le(app_worlds(world_app(stage))->store->count, 100000);
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, "{'worlds':1}");
    world_ask(stage, "GET /_mock/health", NULL, NULL, 200, "{'predictions':0}");
    world_settle(stage);
    ck_assert_uint_eq(app_worlds(world_app(stage))->store->bytes, 0);
    free(body);
    world_free(stage);
}
END_TEST

SUITE("bounds", test_large_bodies_leave_nothing, test_a_page_of_large_inputs_is_short,
      test_the_oldest_finished_one_makes_room, test_a_wait_for_what_makes_room,
      test_memory_is_given_back_by_the_oldest_data, test_worlds_make_room_by_idleness,
      test_a_hundred_thousand_predictions);
