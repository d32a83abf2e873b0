/* The URLs of answers, however the client came; and those that clients make of them. */
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

/* The prediction's own URL, as an answer to a request with these headers shows it. */
static void expect_url(struct stage *stage, const char *headers, const char *url)
{
    char wanted[256];

    snprintf(wanted, sizeof(wanted), "%s/v1/predictions/%s", url, world_id(stage));
    world_ask(stage, "GET /v1/predictions/{id}", headers, NULL, 200, NULL);
    ck_assert_str_eq(world_text(stage, "urls.get"), wanted);
}

START_TEST(test_forwarded_ports)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    expect_url(stage, "X-Forwarded-Port: 8443\nX-Forwarded-Proto: HTTPS\nX-Forwarded-Host: mock.example",
               "https://mock.example:8443");
    expect_url(stage, "X-Forwarded-Port: 8080\nHost: mock.example", "http://mock.example:8080");
    expect_url(stage, "X-Forwarded-Port: 8080\nHost: [::1]", "http://[::1]:8080");
    expect_url(stage, "X-Forwarded-Port: 8080, 9\nHost: mock.example", "http://mock.example:8080");
    // A port that stands at the host is the client's own.
    expect_url(stage, "X-Forwarded-Port: 8080\nHost: mock.example:49153", "http://mock.example:49153");
    expect_url(stage, "X-Forwarded-Port: 8080\nX-Forwarded-Host: [::1]:443\nHost: a", "http://[::1]:443");
    expect_url(stage, "X-Forwarded-Port: 443\nX-Forwarded-Proto: https\nHost: mock.example", "https://mock.example");
    expect_url(stage, "X-Forwarded-Port: 80\nX-Forwarded-Proto: https\nHost: mock.example", "https://mock.example");
    expect_url(stage, "X-Forwarded-Port: \"\nHost: mock.example", "http://mock.example");
    expect_url(stage, "X-Forwarded-Port: 123456\nHost: mock.example", "http://mock.example");
    world_free(stage);
}
END_TEST

START_TEST(test_hosts)
{
    static const char *const good[] = {"a",     "a:1",        "a.b_c-d:80",        "127.0.0.1:7375",
                                       "[::1]", "[::1]:7375", "[::ffff:1.2.3.4]:1"};
    static const char *const bad[] = {"a b", "a:b",     "a:1:2", "::1", "[::1", "[::1]x",
                                      "[]",  "[a.b/c]", "a/b",   "a@b", ":80"};
    struct stage *stage = world_new("");
    char header[64], url[64];

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        snprintf(header, sizeof(header), "Host: %s", good[i]);
        snprintf(url, sizeof(url), "http://%s", good[i]);
        expect_url(stage, header, url);
        snprintf(header, sizeof(header), "Host: other\nX-Forwarded-Host: %s", good[i]);
        expect_url(stage, header, url);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        snprintf(header, sizeof(header), "Host: %s", bad[i]);
        world_ask(stage, "GET /v1/predictions/{id}", header, NULL, 400,
                  "{'title':'Bad request','detail':'The Host header is not a host name with an optional port.'}");
        if (strchr(bad[i], ' ')) // a list's first is what stands before it
            continue;
        snprintf(header, sizeof(header), "Host: other\nX-Forwarded-Host: %s", bad[i]);
        expect_url(stage, header, "http://other");
    }
    world_free(stage);
}
END_TEST

/* Every page of the list, each asked for at `before` and what `next` says. */
static size_t follow(struct stage *stage, const char *before, const char *headers)
{
    char request[512];
    size_t pages = 1;

    while (*world_text(stage, "next")) {
        snprintf(request, sizeof(request), "GET %s%s", before, world_text(stage, "next"));
        world_ask(stage, request, headers, NULL, 200, NULL);
        pages++;
    }
    return pages;
}

/* Go's client writes its base URL before what is absolute already. */
START_TEST(test_doubled_urls)
{
    struct stage *stage = world_new("");
    struct stage *based = world_new("--public-url https://mock.example/base//path");

    for (int i = 0; i < 201; i++) {
        world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
        world_ask(based, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    }
    static const char *const before[] = {"/v1/", "/", "//v1//", "/v1/v1/"};
    for (size_t i = 0; i < 4; i++) {
        world_ask(stage, "GET /v1/predictions", "Host: [::1]:7375", NULL, 200, NULL);
        ck_assert_uint_eq(follow(stage, before[i], "Host: [::1]:7375"), 3);
        ck_assert_str_ne(world_text(stage, "previous"), "");
        world_ask(stage, "GET /v1/predictions", "X-Forwarded-Proto: https", NULL, 200, NULL);
        ck_assert_uint_eq(follow(stage, before[i], NULL), 3);
        world_ask(stage, "GET /predictions", NULL, NULL, 200, NULL);
        ck_assert_uint_eq(follow(stage, before[i], NULL), 3);
        world_ask(based, "GET /v1/predictions", NULL, NULL, 200, NULL);
        ck_assert_uint_eq(follow(based, before[i], NULL), 3);
    }
    world_free(based);
    world_free(stage);
}
END_TEST

/* What else can be behind such a doubled beginning, and what cannot. */
START_TEST(test_doubled_paths)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/http://h:1/v1/predictions", NULL, CREATE, 201,
              "{'urls':{'get':'http://localhost/v1/predictions/{id}'}}");
    world_ask(stage, "GET /v1/http://h:1/v1/predictions/{id}", NULL, NULL, 200, "{'id':'{id}'}");
    world_ask(stage, "GET /v1/HTTPS:/h/v1/predictions/{id}", NULL, NULL, 200, NULL); // a proxy may merge slashes
    world_ask(stage, "GET /v1/http%3A//h%3A1/v1/predictions/{id}", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /v1/http://h:1/predictions/{id}", NULL, NULL, 200,
              "{'urls':{'get':'http://localhost/predictions/{id}'}}"); // bare within: its base URL had no /v1
    world_ask(stage, "GET /v1/http://h:1/v1/predictions/{id}", "Authorization: -", NULL, 401, NULL);
    world_ask(stage, "GET /v1/http://h:1/v1/nothing", NULL, NULL, 404, NULL);
    world_ask(stage, "GET /v1/http://h:1", NULL, NULL, 404, NULL);
    world_ask(stage, "GET /v1/http:", NULL, NULL, 404, NULL);
    world_ask(stage, "GET /v1/ftp://h:1/v1/predictions", NULL, NULL, 404, NULL);
    world_ask(stage, "GET /v1/http://h/_mock/health", NULL, NULL, 404, NULL); // no way around its guard
    world_free(stage);
}
END_TEST

START_TEST(test_slashes_and_bare_cursors)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions/", NULL, CREATE, 201, NULL);
    world_ask(stage, "GET //v1/predictions/{id}", NULL, NULL, 200,
              "{'urls':{'get':'http://localhost/v1/predictions/{id}'}}");
    world_ask(stage, "GET /v1//predictions/{id}/", NULL, NULL, 200, NULL);
    world_ask(stage, "POST /v1/predictions/{id}/cancel/", NULL, NULL, 200, NULL);
    // Ruby's client asks so for the first page.
    static const char *const first[] = {"GET /v1/predictions?cursor",
                                        "GET /v1/predictions?cursor=", "GET /v1/predictions/?cursor",
                                        "GET /predictions?&cursor&"};
    for (size_t i = 0; i < 4; i++)
        world_ask(stage, first[i], NULL, NULL, 200, "{'next':null,'previous':null,'results':[{'id':'{id}'}]}");
    world_free(stage);
}
END_TEST

SUITE("urls", test_forwarded_ports, test_hosts, test_doubled_urls, test_doubled_paths, test_slashes_and_bare_cursors);
