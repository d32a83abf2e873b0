/* GET /predictions: pages, cursors, filters. */
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

/* A second apart, so that a prediction's number is also the second of its creation. */
static struct stage *with_predictions(int count)
{
    struct stage *stage = world_new("--clock manual --retention 0 --start-time " STAGE_START);

    for (int i = 0; i < count; i++) {
        char body[256];
        snprintf(body, sizeof(body), "{'version':'" VERSION "','input':{" INPUT ",'n':%d}}", i);
        world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
        world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1s'}", 200, NULL);
    }
    return stage;
}

/* Follows a URL of the answer ("next" or "previous") as a client does: verbatim. */
static void follow(struct stage *stage, const char *link)
{
    char request[512];
    const char *url = world_text(stage, link);

    ck_assert_msg(strncmp(url, "http://localhost/v1/predictions?cursor=", 39) == 0, "%s is %s", link, url);
    snprintf(request, sizeof(request), "GET %s", url + strlen("http://localhost"));
    world_ask(stage, request, NULL, NULL, 200, NULL);
}

/* The answer shows predictions `first` down to `last`, and no others. */
static void expect_page(struct stage *stage, int first, int last)
{
    const char *at = world_answer(stage)->body;

    for (int n = first; n >= last; n--) {
        char input[32];
        snprintf(input, sizeof(input), "\"n\":%d,", n);
        at = strstr(at, "\"n\":");
        ck_assert_msg(at && strncmp(at, input, strlen(input)) == 0, "expected %d, found %.30s", n, at ? at : "the end");
        at++;
    }
    ck_assert_ptr_null(strstr(at, "\"n\":"));
}

START_TEST(test_empty)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_answer(stage)->body, "{\"next\":null,\"previous\":null,\"results\":[]}");
    world_free(stage);
}
END_TEST

START_TEST(test_exactly_one_page)
{
    struct stage *stage = with_predictions(100);

    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'next':null,'previous':null}");
    expect_page(stage, 99, 0);
    world_free(stage);
}
END_TEST

START_TEST(test_pages_forward_and_back)
{
    struct stage *stage = with_predictions(250);

    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'previous':null}");
    expect_page(stage, 249, 150);
    follow(stage, "next");
    expect_page(stage, 149, 50);
    follow(stage, "next");
    expect_page(stage, 49, 0);
    ck_assert_str_eq(world_text(stage, "next"), "");
    follow(stage, "previous");
    expect_page(stage, 149, 50);
    follow(stage, "previous");
    expect_page(stage, 249, 150);
    ck_assert_str_eq(world_text(stage, "previous"), "");
    world_free(stage);
}
END_TEST

START_TEST(test_pages_are_stable_while_new_ones_come)
{
    struct stage *stage = with_predictions(150);

    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    expect_page(stage, 149, 50);
    char next[256];
    snprintf(next, sizeof(next), "GET %s", world_text(stage, "next") + strlen("http://localhost"));
    for (int n = 150; n < 160; n++) {
        char body[256];
        snprintf(body, sizeof(body), "{'version':'" VERSION "','input':{" INPUT ",'n':%d}}", n);
        world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    }
    world_ask(stage, next, NULL, NULL, 200, NULL);
    expect_page(stage, 49, 0);
    follow(stage, "previous"); // the hundred next to that page
    expect_page(stage, 149, 50);
    follow(stage, "previous"); // and what has come since
    expect_page(stage, 159, 150);
    world_free(stage);
}
END_TEST

START_TEST(test_the_edge_of_a_page_may_go)
{
    struct stage *stage = world_new("--clock manual --retention 0 --max-predictions 120 --start-time " STAGE_START);
    char next[256];

    for (int n = 0; n < 130; n++) { // ten go
        char body[256];
        snprintf(body, sizeof(body), "{'version':'" VERSION "','input':{" INPUT ",'n':%d}}", n);
        world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
        world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'2s'}", 200, NULL);
    }
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    expect_page(stage, 129, 30);
    snprintf(next, sizeof(next), "GET %s", world_text(stage, "next") + strlen("http://localhost"));
    for (int n = 130; n < 145; n++) {
        char body[256];
        snprintf(body, sizeof(body), "{'version':'" VERSION "','input':{" INPUT ",'n':%d}}", n);
        world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
        world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'2s'}", 200, NULL);
    }
    world_ask(stage, next, NULL, NULL, 200, "{'next':null}");
    expect_page(stage, 29, 25);
    world_free(stage);
}
END_TEST

START_TEST(test_filters)
{
    struct stage *stage = with_predictions(10);

    world_ask(stage, "GET /v1/predictions?created_after=2026-01-01T00:00:07Z", NULL, NULL, 200, NULL);
    expect_page(stage, 9, 7); // at or after
    world_ask(stage, "GET /v1/predictions?created_before=2026-01-01T00:00:03Z", NULL, NULL, 200, NULL);
    expect_page(stage, 2, 0); // before
    world_ask(
        stage,
        "GET /v1/predictions?created_after=2026-01-01T01:00:02%2B01:00&created_before=2026-01-01T00:00:05.0000001Z",
        NULL, NULL, 200, NULL);
    expect_page(stage, 5, 2);
    world_ask(stage, "GET /v1/predictions?created_after=2026-01-02&created_before=2026-01-01", NULL, NULL, 200,
              "{'results':[]}");
    world_ask(stage, "GET /v1/predictions?source=web", NULL, NULL, 200, "{'results':[],'next':null}");
    world_free(stage);
}
END_TEST

START_TEST(test_filters_stay_in_the_links)
{
    struct stage *stage = with_predictions(130);

    world_ask(stage, "GET /v1/predictions?created_after=2026-01-01T00:00:10Z", NULL, NULL, 200, NULL);
    expect_page(stage, 129, 30);
    follow(stage, "next");
    expect_page(stage, 29, 10);
    ck_assert_str_eq(world_text(stage, "next"), "");
    follow(stage, "previous");
    expect_page(stage, 129, 30);
    world_free(stage);
}
END_TEST

START_TEST(test_bad_questions)
{
    struct stage *stage = with_predictions(3);

    world_ask(stage, "GET /v1/predictions?created_after=yesterday", NULL, NULL, 400,
              "{'title':'Bad request','detail':'created_after: \\'yesterday\\' is not a date and time such as "
              "2026-01-31T12:00:00Z.'}");
    world_ask(stage, "GET /v1/predictions?created_before=2026-02-30", NULL, NULL, 400, "{'status':400}");
    world_ask(stage, "GET /v1/predictions?source=api", NULL, NULL, 400, "{'status':400}");
    static const char *const cursors[] = {
        "x", "AAAA", "cD0x", "cD0xMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODk=", "%2F%2F%2F%2F", "cD0t"};
    for (size_t i = 0; i < sizeof(cursors) / sizeof(*cursors); i++) {
        char request[256];
        if (strcmp(cursors[i], "cD0x") == 0) // "p=1": one of ours
            continue;
        snprintf(request, sizeof(request), "GET /v1/predictions?cursor=%s", cursors[i]);
        world_ask(stage, request, NULL, NULL, 404,
                  "{'detail':'Invalid cursor: follow `next` and `previous` of a page as they are.','status':404}");
    }
    world_ask(stage, "GET /v1/predictions?cursor", NULL, NULL, 200, NULL); // Ruby's
    expect_page(stage, 2, 0);
    world_ask(stage, "GET /v1/predictions?cursor=&unknown=1", NULL, NULL, 200, NULL);
    expect_page(stage, 2, 0);
    world_free(stage);
}
END_TEST

START_TEST(test_links_lead_back_to_where_the_client_came_from)
{
    struct stage *stage = with_predictions(101);

    world_ask(stage, "GET /predictions", "Host: mock.test:99", NULL, 200, NULL);
    ck_assert_int_eq(strncmp(world_text(stage, "next"), "http://mock.test:99/predictions?cursor=", 39), 0);
    world_free(stage);
}
END_TEST

SUITE("list", test_empty, test_exactly_one_page, test_pages_forward_and_back, test_pages_are_stable_while_new_ones_come,
      test_the_edge_of_a_page_may_go, test_filters, test_filters_stay_in_the_links, test_bad_questions,
      test_links_lead_back_to_where_the_client_came_from);
