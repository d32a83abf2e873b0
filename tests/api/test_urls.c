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

/* The beginning of a text of the latest answer. */
static void expect_begin(struct stage *stage, const char *path, const char *begin, const char *headers)
{
    const char *text = world_text(stage, path);

    ck_assert_msg(strncmp(text, begin, strlen(begin)) == 0, "%s: %s is %s, not %s…", headers, path, text, begin);
}

/* Where an answer sends whoever came so: to the API, to streams, to files. The server listens at 7375. */
struct sent {
    const char *headers, *api, *streams, *files;
};

static void expect_sent(struct stage *stage, const struct sent *sent)
{
    world_ask(stage, "GET /v1/predictions/{id}", sent->headers, NULL, 200, "{'status':'succeeded'}");
    expect_begin(stage, "urls.get", sent->api, sent->headers);
    expect_begin(stage, "urls.cancel", sent->api, sent->headers);
    expect_begin(stage, "urls.stream", sent->streams, sent->headers);
    expect_begin(stage, "output.0", sent->files, sent->headers);
}

/* Twice, because answers are kept; the table ends with an empty row. */
static void expect_all_sent(const char *options, const struct sent *table)
{
    struct stage *stage = world_new(options);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 1200);
    for (int i = 0; i < 2; i++)
        for (const struct sent *sent = table; sent->headers; sent++)
            expect_sent(stage, sent);
    world_free(stage);
}

#define PROXY "X-Forwarded-Proto: https\n"
#define TLS   "--tls-port 7376 --tls-dir /nowhere "

START_TEST(test_without_tls)
{
    static const struct sent table[] = {{"Host: localhost:7375", "http://localhost:7375/v1/",
                                         "http://localhost:7375/v1/", "http://localhost:7375/delivery/pbxt/"},
                                        {PROXY "Host: a", "https://a/v1/", "https://a/v1/", "https://a/delivery/pbxt/"},
                                        {"Host: api.replicate.com", "http://api.replicate.com/v1/",
                                         "http://api.replicate.com/v1/", "http://api.replicate.com/delivery/pbxt/"},
                                        {PROXY "Host: api.replicate.com", "https://api.replicate.com/v1/",
                                         "https://stream.replicate.com/v1/", "https://replicate.delivery/pbxt/"},
                                        {0}};

    expect_all_sent("", table);
}
END_TEST

START_TEST(test_files_by_tls)
{
    static const struct sent table[] = {
        // Whoever came by the server's own port is sent to its other one …
        {"Host: localhost:7375", "http://localhost:7375/v1/", "http://localhost:7375/v1/",
         "https://localhost:7376/delivery/pbxt/"},
        {"Host: [::1]:7375", "http://[::1]:7375/v1/", "http://[::1]:7375/v1/", "https://[::1]:7376/delivery/pbxt/"},
        {"Host: mock:7375", "http://mock:7375/v1/", "http://mock:7375/v1/", "https://mock:7376/delivery/pbxt/"},
        {"Host: a.Mocks.test:7375", "http://a.Mocks.test:7375/v1/", "http://a.Mocks.test:7375/v1/",
         "https://a.Mocks.test:7376/delivery/pbxt/"},
        // … if its certificate is for the name by which he knows it …
        {"Host: other:7375", "http://other:7375/v1/", "http://other:7375/v1/", "http://other:7375/delivery/pbxt/"},
        {"Host: a.b.mocks.test:7375", "http://a.b.mocks.test:7375/v1/", "http://a.b.mocks.test:7375/v1/",
         "http://a.b.mocks.test:7375/delivery/pbxt/"},
        {"Host: 192.168.0.7:7375", "http://192.168.0.7:7375/v1/", "http://192.168.0.7:7375/v1/",
         "http://192.168.0.7:7375/delivery/pbxt/"},
        // … but where ports are mapped, nobody knows where that is.
        {"Host: localhost:49153", "http://localhost:49153/v1/", "http://localhost:49153/v1/",
         "http://localhost:49153/delivery/pbxt/"},
        {"Host: localhost", "http://localhost/v1/", "http://localhost/v1/", "http://localhost/delivery/pbxt/"},
        // Neither behind a proxy, even at a port of the same number.
        {"X-Forwarded-Proto: http\nHost: a:7375", "http://a:7375/v1/", "http://a:7375/v1/",
         "http://a:7375/delivery/pbxt/"},
        {"X-Forwarded-Host: a:7375\nHost: b", "http://a:7375/v1/", "http://a:7375/v1/", "http://a:7375/delivery/pbxt/"},
        {"X-Forwarded-Port: 80\nHost: a:7375", "http://a:7375/v1/", "http://a:7375/v1/",
         "http://a:7375/delivery/pbxt/"},
        {PROXY "Host: a:7375", "https://a:7375/v1/", "https://a:7375/v1/", "https://a:7375/delivery/pbxt/"},
        // What no proxy can mean says nothing of the scheme.
        {"X-Forwarded-Proto: ftp\nHost: a:7375", "http://a:7375/v1/", "http://a:7375/v1/",
         "http://a:7375/delivery/pbxt/"},
        {0}};

    expect_all_sent(TLS "--tls-name mock --tls-name *.mocks.test", table);
}
END_TEST

START_TEST(test_usual_ports)
{
    static const struct sent table[] = {
        {"Host: mock", "http://mock/v1/", "http://mock/v1/", "https://mock/delivery/pbxt/"},
        {"Host: mock:80", "http://mock:80/v1/", "http://mock:80/v1/", "https://mock/delivery/pbxt/"},
        {"X-Forwarded-Port: 80\nHost: mock", "http://mock/v1/", "http://mock/v1/", "http://mock/delivery/pbxt/"},
        {"X-Forwarded-Port: 443\nHost: mock", "http://mock/v1/", "http://mock/v1/", "http://mock/delivery/pbxt/"},
        {"Host: mock:7375", "http://mock:7375/v1/", "http://mock:7375/v1/", "http://mock:7375/delivery/pbxt/"},
        {0}};

    expect_all_sent("--port 80 --tls-port 443 --tls-dir /nowhere --tls-name mock", table);
}
END_TEST

#define REPLICATE                                                                                                      \
    "https://api.replicate.com/v1/", "https://stream.replicate.com/v1/", "https://replicate.delivery/pbxt/"

START_TEST(test_as_replicate_itself)
{
    static const struct sent table[] = {
        {PROXY "Host: api.replicate.com", REPLICATE},
        {PROXY "Host: api.replicate.com.", REPLICATE},
        {PROXY "Host: stream.replicate.com", REPLICATE}, // the events of a stream have files' URLs
        {PROXY "X-Forwarded-Host: api.replicate.com\nHost: inner:7375", REPLICATE},
        {PROXY "Host: API.Replicate.com:8443", "https://api.replicate.com:8443/v1/",
         "https://stream.replicate.com:8443/v1/", "https://replicate.delivery:8443/pbxt/"},
        {PROXY "Host: xapi.replicate.com", "https://xapi.replicate.com/v1/", "https://xapi.replicate.com/v1/",
         "https://xapi.replicate.com/delivery/pbxt/"},
        {PROXY "Host: replicate.com", "https://replicate.com/v1/", "https://replicate.com/v1/",
         "https://replicate.com/delivery/pbxt/"},
        // By plain HTTP nobody comes there by chance.
        {"Host: api.replicate.com:7375", "http://api.replicate.com:7375/v1/", "http://api.replicate.com:7375/v1/",
         "https://api.replicate.com:7376/delivery/pbxt/"},
        {0}};

    expect_all_sent(TLS, table);
}
END_TEST

START_TEST(test_public_urls)
{
    static const struct sent http[] = {{"Host: localhost:7375", "http://mock.example:8000/base/v1/",
                                        "http://mock.example:8000/base/v1/",
                                        "http://mock.example:8000/base/delivery/pbxt/"},
                                       {0}};
    static const struct sent https[] = {
        {"Host: a", "https://mock.example/v1/", "https://mock.example/v1/", "https://mock.example/delivery/pbxt/"},
        {0}};
    static const struct sent replicate[] = {{"Host: localhost:7375", REPLICATE}, {0}};

    expect_all_sent(TLS "--public-url http://mock.example:8000/base", http);
    expect_all_sent(TLS "--public-url https://mock.example", https);
    expect_all_sent(TLS "--public-url https://api.replicate.com", replicate);
}
END_TEST

START_TEST(test_schemes_that_were_asked_for)
{
    static const struct sent http[] = {{"Host: localhost:7375", "http://localhost:7375/v1/",
                                        "http://localhost:7375/v1/", "http://localhost:7375/delivery/pbxt/"},
                                       {PROXY "Host: a", "https://a/v1/", "https://a/v1/", "http://a/delivery/pbxt/"},
                                       {0}};
    static const struct sent https[] = {
        {"Host: localhost:7375", "http://localhost:7375/v1/", "http://localhost:7375/v1/",
         "https://localhost:7376/delivery/pbxt/"},
        {"Host: localhost:49153", "http://localhost:49153/v1/", "http://localhost:49153/v1/",
         "https://localhost:7376/delivery/pbxt/"}, // it was asked for, and we know no better one
        {"X-Forwarded-Host: a\nHost: b", "http://a/v1/", "http://a/v1/", "https://a/delivery/pbxt/"},
        {0}};

    expect_all_sent(TLS "--output-urls http", http);
    expect_all_sent(TLS "--output-urls https", https);
}
END_TEST

/* Through a proxy, too, which keeps the host to itself. */
START_TEST(test_delivery_by_host)
{
    struct stage *stage = world_new("");
    char request[256];

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 1200);
    world_ask(stage, "GET /v1/predictions/{id}", PROXY "Host: api.replicate.com", NULL, 200, NULL);
    snprintf(request, sizeof(request), "GET %s", world_text(stage, "output.0") + strlen("https://replicate.delivery"));
    world_ask(stage, request, "Host: replicate.delivery\nAuthorization: -", NULL, 200, NULL);
    world_ask(stage, request, "Host: x.replicate.delivery:8443\nAuthorization: -", NULL, 200, NULL);
    world_undescribed(stage); // the description knows of Host alone
    world_ask(stage, request, "X-Forwarded-Host: replicate.delivery\nHost: inner\nAuthorization: -", NULL, 200, NULL);
    world_ask(stage, request, "Host: inner\nAuthorization: -", NULL, 404, NULL);
    world_ask(stage, request, "Host: xreplicate.delivery\nAuthorization: -", NULL, 404, NULL);
    world_free(stage);
}
END_TEST

SUITE("urls", test_forwarded_ports, test_hosts, test_doubled_urls, test_doubled_paths, test_slashes_and_bare_cursors,
      test_without_tls, test_files_by_tls, test_usual_ports, test_as_replicate_itself, test_public_urls,
      test_schemes_that_were_asked_for, test_delivery_by_host);
