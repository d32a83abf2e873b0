/* /delivery: the output files. */
#include "lib/pictures.h"
#include "lib/suite.h"
#include "lib/world.h"

#include <spng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A prediction of this picture with these further members of the input, finished. */
static struct stage *with_output(const char *image, const char *more)
{
    struct stage *stage = world_new("");
    char body[4096];

    snprintf(body, sizeof(body), "{'version':'" VERSION "','input':{'image':'%s','prompt':'x','structure':'canny'%s}}",
             image, more);
    world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    world_advance(stage, 1100);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
    return stage;
}

/* "GET /delivery/…" of the n-th output; asks for the prediction first. */
static const char *request_of(struct stage *stage, const char *method, int n)
{
    static char request[256];
    char path[32];

    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, NULL);
    snprintf(path, sizeof(path), "output.%d", n);
    snprintf(request, sizeof(request), "%s %s", method, world_text(stage, path) + strlen("http://localhost"));
    return request;
}

static void fetch(struct stage *stage, int n, uint32_t *width, uint32_t *height)
{
    struct spng_ihdr ihdr;
    size_t size;

    world_ask(stage, request_of(stage, "GET", n), "Authorization: -", NULL, 200, NULL);
    const struct answer *answer = world_answer(stage);
    spng_ctx *png = spng_ctx_new(0);
    ck_assert_int_eq(spng_set_png_buffer(png, answer->body, answer->len), 0);
    ck_assert_int_eq(spng_get_ihdr(png, &ihdr), 0);
    ck_assert_int_eq(spng_decoded_image_size(png, SPNG_FMT_RGB8, &size), 0);
    void *pixels = xmalloc(size);
    ck_assert_int_eq(spng_decode_image(png, pixels, size, SPNG_FMT_RGB8, 0), 0);
    free(pixels);
    spng_ctx_free(png);
    *width = ihdr.width;
    *height = ihdr.height;
}

START_TEST(test_a_file)
{
    struct stage *stage = with_output("https://example.com/a.png", "");
    uint32_t width, height;

    const char *url = world_text(stage, "output.0");
    ck_assert_int_eq(strncmp(url, "http://localhost/delivery/pbxt/", 31), 0);
    ck_assert_uint_eq(strspn(url + 31, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), 49);
    ck_assert_str_eq(url + 31 + 49, "/out-0.png");
    fetch(stage, 0, &width, &height);
    ck_assert(width == 512 && height == 512);
    const struct answer *answer = world_answer(stage);
    ck_assert_str_eq(answer_header(answer, "Content-Type"), "image/png");
    ck_assert_str_eq(answer_header(answer, "Cache-Control"), "public,max-age=3600");
    ck_assert_str_eq(answer_header(answer, "Accept-Ranges"), "bytes");
    ck_assert_str_eq(answer_header(answer, "Access-Control-Allow-Origin"), "*");
    ck_assert_str_eq(answer_header(answer, "Last-Modified"), "Thu, 01 Jan 2026 00:00:01 GMT");
    ck_assert_uint_eq(strlen(answer_header(answer, "ETag")), 34);
    world_free(stage);
}
END_TEST

/* Of a picture of 300 x 200 with a resolution of 256 the outputs are 384 x 256; the map of canny is of its own size. */
START_TEST(test_sizes_follow_the_picture)
{
    static const char *const names[] = {"/ref-out.png", "/out-0.png", "/out-1.png"};
    char *picture = pictures_png_uri(300, 200);
    struct stage *stage = with_output(picture, ",'image_resolution':256,'num_outputs':2,'return_reference_image':true");
    uint32_t width, height;

    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'output':['*','*','*']}");
    for (int i = 0; i < 3; i++) {
        char path[16];
        snprintf(path, sizeof(path), "output.%d", i);
        world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, NULL);
        ck_assert_str_eq(strrchr(world_text(stage, path), '/'), names[i]);
        fetch(stage, i, &width, &height);
        ck_assert_msg(width == (i == 0 ? 300 : 384) && height == (i == 0 ? 200 : 256), "%u x %u", width, height);
    }
    free(picture);
    world_free(stage);
}
END_TEST

START_TEST(test_outputs_differ_and_come_back_the_same)
{
    struct stage *stage = with_output("https://example.com/a.png", ",'num_outputs':2,'seed':1");
    uint32_t width, height;
    char etags[3][64];

    for (int i = 0; i < 3; i++) {
        fetch(stage, i % 2, &width, &height);
        snprintf(etags[i], sizeof(etags[i]), "%s", answer_header(world_answer(stage), "ETag"));
    }
    ck_assert_str_ne(etags[0], etags[1]);
    ck_assert_str_eq(etags[0], etags[2]);
    world_free(stage);
}
END_TEST

START_TEST(test_head)
{
    struct stage *stage = with_output("https://example.com/a.png", "");
    uint32_t width, height;
    char length[32];

    fetch(stage, 0, &width, &height);
    snprintf(length, sizeof(length), "%s", answer_header(world_answer(stage), "Content-Length"));
    // "A server MUST ignore a Range header field received with a request method … for which range handling is not
    // defined. For this specification, GET is the only method."
    static const char *const headers[] = {NULL, "Range: bytes=0-9", "Range: bytes=999999999-"};
    for (int i = 0; i < 3; i++) {
        world_ask(stage, request_of(stage, "HEAD", 0), headers[i], NULL, 200, NULL);
        ck_assert_str_eq(answer_header(world_answer(stage), "Content-Length"), length);
        ck_assert_str_eq(answer_header(world_answer(stage), "Content-Range"), "");
        ck_assert_str_eq(answer_header(world_answer(stage), "Accept-Ranges"), "bytes");
        ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "image/png");
        ck_assert_str_eq(answer_header(world_answer(stage), "Last-Modified"), "Thu, 01 Jan 2026 00:00:01 GMT");
    }
    world_free(stage);
}
END_TEST

/* A Range header; what part of the file comes back, counted from its end where negative; status. */
static const struct {
    const char *range;
    int status;
    long from, to;
} ranges[] = {
    {"bytes=0-99", 206, 0, 99},        {"bytes=100-", 206, 100, -1},     {"bytes=-100", 206, -100, -1},
    {"bytes=0-999999999", 206, 0, -1}, {"bytes=-999999999", 206, 0, -1}, {"bytes=5-5", 206, 5, 5},
    {"bytes=999999999-", 416, 0, 0},   {"bytes=-0", 416, 0, 0},          {"bytes=0-1,3-4", 200, 0, -1},
    {"bytes=9-5", 200, 0, -1},         {"lines=0-1", 200, 0, -1},        {"bytes=a-b", 200, 0, -1},
    {"bytes=-", 200, 0, -1},           {"BYTES=5-5", 206, 5, 5},         {"bytes=999999999-5", 200, 0, -1},
};

START_TEST(test_ranges)
{
    struct stage *stage = with_output("https://example.com/a.png", "");
    uint32_t width, height;

    fetch(stage, 0, &width, &height);
    long len = (long)world_answer(stage)->len;
    char *whole = xmemdup0(world_answer(stage)->body, (size_t)len);
    for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
        char header[64], expected[64];
        long from = ranges[i].from < 0 ? len + ranges[i].from : ranges[i].from;
        long to = ranges[i].to < 0 ? len + ranges[i].to : ranges[i].to;
        snprintf(header, sizeof(header), "Range: %s", ranges[i].range);
        world_ask(stage, request_of(stage, "GET", 0), header, NULL, ranges[i].status, NULL);
        const struct answer *answer = world_answer(stage);
        if (ranges[i].status == 416) {
            snprintf(expected, sizeof(expected), "bytes */%ld", len);
            ck_assert_str_eq(answer_header(answer, "Content-Range"), expected);
            continue;
        }
        ck_assert_msg((long)answer->len == to - from + 1, "%s: %zu bytes", ranges[i].range, answer->len);
        ck_assert_int_eq(memcmp(answer->body, whole + from, answer->len), 0);
        snprintf(expected, sizeof(expected), "bytes %ld-%ld/%ld", from, to, len);
        ck_assert_str_eq(answer_header(answer, "Content-Range"), ranges[i].status == 206 ? expected : "");
    }
    free(whole);
    world_free(stage);
}
END_TEST

START_TEST(test_conditions)
{
    struct stage *stage = with_output("https://example.com/a.png", "");
    uint32_t width, height;
    char header[128], etag[64], length[32];

    fetch(stage, 0, &width, &height);
    snprintf(etag, sizeof(etag), "%s", answer_header(world_answer(stage), "ETag"));
    snprintf(length, sizeof(length), "%s", answer_header(world_answer(stage), "Content-Length"));
    snprintf(header, sizeof(header), "If-None-Match: \"other\", %s", etag);
    world_ask(stage, request_of(stage, "GET", 0), header, NULL, 304, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "ETag"), etag);
    const char *shown = answer_header(world_answer(stage), "Content-Length");
    ck_assert(!*shown || strcmp(shown, length) == 0); // RFC 9110, 8.6: that of the 200, or none
    snprintf(header, sizeof(header), "If-None-Match: W/%s\nRange: bytes=0-9", etag); // looked at before Range
    world_ask(stage, request_of(stage, "GET", 0), header, NULL, 304, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Range"), "");
    snprintf(header, sizeof(header), "If-None-Match: \"x%.33s", etag + 1); // ours is only a part of it
    world_ask(stage, request_of(stage, "GET", 0), header, NULL, 200, NULL);
    world_ask(stage, request_of(stage, "GET", 0), "If-None-Match: \"other\"", NULL, 200, NULL);
    snprintf(header, sizeof(header), "Range: bytes=0-9\nIf-Range: %s", etag);
    world_ask(stage, request_of(stage, "GET", 0), header, NULL, 206, NULL);
    world_ask(stage, request_of(stage, "GET", 0), "Range: bytes=0-9\nIf-Range: \"other\"", NULL, 200, NULL);
    world_free(stage);
}
END_TEST

#define AT     "Thu, 01 Jan 2026 00:00:01 GMT" /* when the file was made, in the three forms that dates may have */
#define AT_850 "Thursday, 01-Jan-26 00:00:01 GMT"
#define AT_C   "Thu Jan  1 00:00:01 2026"
#define BEFORE "Thu, 01 Jan 2026 00:00:00 GMT"
#define AFTER  "Thu, 01 Jan 2026 00:00:02 GMT"

/* Headers, # for the ETag, and what they get: RFC 9110, 13. */
static const struct {
    const char *headers;
    int status;
} conditions[] = {
    {"If-Match: #", 200},
    {"If-Match: *", 200},
    {"If-Match: \"other\", #", 200},
    {"If-Match: \"other\"", 412},
    {"If-Match: W/#", 412}, // the comparison is a strong one
    {"If-Match: \"other\"\nRange: bytes=0-9", 412},
    {"If-Match: \"other\"\nIf-None-Match: #", 412}, // goes first
    {"If-Match: #\nIf-None-Match: #", 304},
    {"If-Match: #\nIf-Unmodified-Since: " BEFORE, 200}, // where there is an ETag, no date
    {"If-Unmodified-Since: " BEFORE, 412},
    {"If-Unmodified-Since: " AT, 200},
    {"If-Unmodified-Since: " AFTER, 200},
    {"If-Unmodified-Since: yesterday", 200},
    {"If-None-Match: *", 304},
    {"If-Modified-Since: " BEFORE, 200},
    {"If-Modified-Since: " AT, 304},
    {"If-Modified-Since: " AT_850, 304},
    {"If-Modified-Since: " AT_C, 304},
    {"If-Modified-Since: " AFTER, 304},
    {"If-Modified-Since: 2026-01-01T00:00:02Z", 200}, // no date of HTTP
    {"If-Modified-Since: " AT "\nRange: bytes=0-9", 304},
    {"If-None-Match: \"other\"\nIf-Modified-Since: " AFTER, 200},
    {"If-None-Match: #\nIf-Modified-Since: " BEFORE, 304},
    {"Range: bytes=0-9\nIf-Range: #", 206},
    {"Range: bytes=0-9\nIf-Range: W/#", 200},
    {"Range: bytes=0-9\nIf-Range: " AT, 206},
    {"Range: bytes=0-9\nIf-Range: " AT_C, 206},
    {"Range: bytes=0-9\nIf-Range: " BEFORE, 200}, // exactly that date, or none
    {"Range: bytes=0-9\nIf-Range: " AFTER, 200},
    {"Range: bytes=999999999-\nIf-Range: " AFTER, 200},
    {"Range: bytes=999999999-\nIf-Range: " AT, 416},
};

START_TEST(test_all_conditions)
{
    struct stage *stage = with_output("https://example.com/a.png", "");
    char etag[64];

    world_ask(stage, request_of(stage, "GET", 0), NULL, NULL, 200, NULL);
    snprintf(etag, sizeof(etag), "%s", answer_header(world_answer(stage), "ETag"));
    for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
        struct buf headers = {0};
        for (const char *at = conditions[i].headers; *at; at++) {
            if (*at == '#')
                buf_str(&headers, etag);
            else
                buf_char(&headers, *at);
        }
        world_send(stage, request_of(stage, "GET", 0), buf_cstr(&headers), NULL);
        world_settle(stage);
        world_expect(stage, 0, NULL);
        const struct answer *answer = world_answer(stage);
        ck_assert_msg(answer->status == conditions[i].status, "%s: %d", conditions[i].headers, answer->status);
        ck_assert_str_eq(answer_header(answer, "Access-Control-Allow-Origin"), "*");
        ck_assert_str_eq(answer_header(answer, "ETag"), answer->status < 400 ? etag : "");
        if (answer->status == 304)
            ck_assert_str_eq(answer_header(answer, "Cache-Control"), "public,max-age=3600");
        if (answer->status == 412)
            ck_assert_str_eq(answer->body, "{\"detail\":\"The file is not the one that If-Match or "
                                           "If-Unmodified-Since is about.\",\"status\":412}\n");
        buf_free(&headers);
    }
    world_free(stage);
}
END_TEST

#define PAGE "Origin: https://page.example"

/* What the script of a web page is let see. */
static void expect_open(struct stage *stage, bool of_page)
{
    const struct answer *answer = world_answer(stage);

    ck_assert_str_eq(answer_header(answer, "Access-Control-Allow-Origin"), "*");
    ck_assert_ptr_null(strstr(strstr(answer->head, "Access-Control-Allow-Origin") + 1, "Access-Control-Allow-Origin"));
    ck_assert_str_eq(answer_header(answer, "Access-Control-Expose-Headers"),
                     of_page ? "Accept-Ranges, Content-Length, Content-Range, ETag, Last-Modified" : "");
}

START_TEST(test_any_page_may_read_it)
{
    struct stage *stage = with_output("https://example.com/a.png", "");
    static const struct {
        const char *method, *headers;
        int status;
    } cases[] = {
        {"GET", PAGE, 200},
        {"HEAD", PAGE, 200},
        {"GET", PAGE "\nRange: bytes=0-9", 206},
        {"GET", PAGE "\nIf-None-Match: *", 304},
        {"GET", PAGE "\nIf-Match: \"other\"", 412},
        {"GET", PAGE "\nRange: bytes=999999999-", 416},
        {"POST", PAGE, 405},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        world_ask(stage, request_of(stage, cases[i].method, 0), cases[i].headers, NULL, cases[i].status, NULL);
        expect_open(stage, true);
    }
    world_ask(stage, "GET /delivery/pbxt/short/out-0.png", PAGE, NULL, 404, NULL);
    expect_open(stage, true);
    world_ask(stage, "GET /delivery/pbxt", PAGE, NULL, 404, NULL);
    expect_open(stage, true);
    world_ask(stage, "GET /delivery/pbxt", NULL, NULL, 404, NULL); // as recorded, where no page asks
    expect_open(stage, false);
    world_ask(stage, request_of(stage, "POST", 0), NULL, NULL, 405, NULL);
    expect_open(stage, false);
    world_ask(stage, request_of(stage, "OPTIONS", 0),
              "Authorization: -\n" PAGE "\nAccess-Control-Request-Method: GET\n"
              "Access-Control-Request-Headers: range,if-range",
              NULL, 204, NULL);
    const struct answer *answer = world_answer(stage);
    ck_assert_str_eq(answer_header(answer, "Access-Control-Allow-Origin"), "*");
    ck_assert_str_eq(answer_header(answer, "Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS");
    ck_assert_str_eq(answer_header(answer, "Access-Control-Allow-Headers"), "range,if-range");
    world_free(stage);
}
END_TEST

START_TEST(test_many_wait_for_one_drawing)
{
    struct stage *stage = with_output("https://example.com/a.png", "");
    struct client *clients[20];
    char request[256];

    snprintf(request, sizeof(request), "%s", request_of(stage, "GET", 0));
    for (int i = 0; i < 20; i++)
        clients[i] = world_client(stage);
    for (int i = 0; i < 20; i++)
        client_send(clients[i], request, "Authorization: -", NULL);
    client_leave(clients[7]);
    for (int i = 0; i < 20; i++)
        if (i != 7)
            client_expect(clients[i], 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_not_there)
{
    struct stage *stage = with_output("https://example.com/a.png", "");
    char request[256];

    snprintf(request, sizeof(request), "%s", request_of(stage, "GET", 0));
    memcpy(strrchr(request, '/'), "/out-1", 6); // the key is that of out-0.png
    world_ask(stage, request, NULL, NULL, 404, "{'detail':'File not found','status':'<absent>'}");
    snprintf(request, sizeof(request), "%s", request_of(stage, "GET", 0));
    char *key = request + strlen("GET /delivery/pbxt/") + 20;
    *key = *key == 'a' ? 'b' : 'a';
    world_ask(stage, request, NULL, NULL, 404, NULL);
    world_ask(stage, "GET /delivery/pbxt/short/out-0.png", NULL, NULL, 404, NULL);
    world_ask(stage, "GET /delivery/pbxt", NULL, NULL, 404, "{'detail':'The requested resource could not be found.'}");
    snprintf(request, sizeof(request), "%s", request_of(stage, "POST", 0));
    world_ask(stage, request, NULL, NULL, 405, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Allow"), "GET, HEAD, OPTIONS");
    world_free(stage);
}
END_TEST

START_TEST(test_files_go_with_the_data)
{
    struct stage *stage = with_output("https://example.com/a.png", "");
    char request[256];

    snprintf(request, sizeof(request), "%s", request_of(stage, "GET", 0));
    world_ask(stage, request, NULL, NULL, 200, NULL);
    world_advance(stage, 3600000);
    world_ask(stage, request, NULL, NULL, 404, NULL);
    world_free(stage);
}
END_TEST

/* Hosts, and what /{bucket}/{key}/{name} and /{key}/{name} get there. */
static const struct {
    const char *host;
    int three, two;
} hosts[] = {
    {"replicate.delivery", 200, 404},
    {"replicate.delivery:443", 200, 404},
    {"Replicate.DELIVERY", 200, 404},
    {"replicate.delivery.", 200, 404},
    {"replicate.delivery.:7375", 200, 404},
    {"pbxt.replicate.delivery", 200, 200},
    {"PBXT.replicate.delivery", 200, 200},
    {"a.b.replicate.delivery:7375", 200, 200},
    {"mgxm.replicate.delivery.", 200, 200},
    {"evilreplicate.delivery", 404, 404},
    {"replicate.delivery.evil", 404, 404},
    {"replicate.delivery..", 404, 404},
    {"delivery", 404, 404},
    {"localhost", 404, 404},
};

START_TEST(test_host_of_the_real_files)
{
    struct stage *stage = with_output("https://example.com/a.png", "");
    char three[256], two[256], header[128], absolute[512];

    snprintf(three, sizeof(three), "GET %s", request_of(stage, "GET", 0) + strlen("GET /delivery"));
    snprintf(two, sizeof(two), "GET %s", three + strlen("GET /pbxt"));
    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
        snprintf(header, sizeof(header), "Host: %s", hosts[i].host);
        world_ask(stage, three, header, NULL, hosts[i].three, NULL);
        world_ask(stage, two, header, NULL, hosts[i].two, NULL);
        // The request target's own host goes before the header (RFC 9112, 3.2.2).
        snprintf(absolute, sizeof(absolute), "GET http://%s%s", hosts[i].host, three + strlen("GET "));
        world_ask(stage, absolute, "Host: localhost", NULL, hosts[i].three, NULL);
        snprintf(absolute, sizeof(absolute), "GET /delivery%s", three + strlen("GET "));
        world_ask(stage, absolute, header, NULL, 200, NULL);
    }
    world_ask(stage, "GET /v1/predictions", "Host: replicate.delivery", NULL, 404, NULL);
    world_ask(stage, "GET /v1/predictions", "Host: pbxt.replicate.delivery", NULL, 404,
              "{'detail':'File not found'}"); // a key and a name, for all that can be told
    world_ask(stage, "GET /openapi.json", "Host: pbxt.replicate.delivery", NULL, 404, NULL);
    world_ask(stage, "GET /", "Host: replicate.delivery\n" PAGE, NULL, 404, NULL);
    expect_open(stage, true);
    world_free(stage);
}
END_TEST

START_TEST(test_that_host_may_not_call_the_control_api)
{
    static const char *const names[] = {"replicate.delivery", "replicate.delivery.", "pbxt.replicate.delivery:7375"};
    struct stage *stage = with_output("https://example.com/a.png", "");
    char header[64];

    for (int i = 0; i < 3; i++) {
        snprintf(header, sizeof(header), "Host: %s", names[i]);
        world_ask(stage, "POST /_mock/reset", header, NULL, 403, NULL);
        world_ask(stage, "GET /_mock/clock", header, NULL, 403, NULL);
        ck_assert_str_eq(answer_header(world_answer(stage), "Access-Control-Allow-Origin"), "");
    }
    world_ask(stage, request_of(stage, "GET", 0), NULL, NULL, 200, NULL); // nothing was reset
    world_free(stage);
}
END_TEST

START_TEST(test_what_else_is_in_the_request)
{
    static const char *const buckets[] = {"pbxt", "xezq", "yhqm", "czjl", "mgxm", "any"};
    static const char *const tokens[] = {"-", "Bearer good", "Bearer bad", "Token good", "nonsense", "Basic OnB3"};
    struct stage *stage = world_new("--token good");
    char path[256], request[300], header[64];

    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer good", CREATE, 201, NULL);
    world_advance(stage, 1100);
    world_ask(stage, "GET /v1/predictions/{id}", "Authorization: Bearer good", NULL, 200, NULL);
    const char *url = world_text(stage, "output.0"), *key = strstr(url, "/pbxt/") + strlen("/pbxt");
    for (size_t i = 0; i < sizeof(buckets) / sizeof(*buckets); i++) {
        snprintf(path, sizeof(path), "GET /delivery/%s%s", buckets[i], key);
        world_ask(stage, path, "Authorization: -", NULL, 200, NULL);
    }
    for (size_t i = 0; i < sizeof(tokens) / sizeof(*tokens); i++) {
        snprintf(header, sizeof(header), "Authorization: %s", tokens[i]);
        world_ask(stage, path, header, NULL, 200, NULL);
        snprintf(request, sizeof(request), "%s?download=1&X-Goog-Signature=%zu&a%%20b", path, i);
        world_ask(stage, request, header, NULL, 200, NULL);
    }
    world_free(stage);
}
END_TEST

SUITE("delivery", test_host_of_the_real_files, test_a_file, test_sizes_follow_the_picture,
      test_outputs_differ_and_come_back_the_same, test_head, test_ranges, test_conditions, test_all_conditions,
      test_any_page_may_read_it, test_that_host_may_not_call_the_control_api, test_what_else_is_in_the_request,
      test_many_wait_for_one_drawing, test_what_is_not_there, test_files_go_with_the_data);
