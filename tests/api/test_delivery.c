/* /delivery: the output files. */
#include "lib/suite.h"
#include "lib/world.h"

#include <spng.h>
#include <stdio.h>
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

/* The head of a PNG of 300 x 200, enough to see its shape. */
#define PICTURE "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAASwAAADICAIAAADdvUsC"

START_TEST(test_sizes_follow_the_picture)
{
    struct stage *stage = with_output(PICTURE, ",'image_resolution':256,'num_outputs':2,'return_reference_image':true");
    uint32_t width, height;

    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'output':['*','*','*']}");
    static const char *const names[] = {"/ref-out.png", "/out-0.png", "/out-1.png"};
    for (int i = 0; i < 3; i++) {
        char path[16];
        snprintf(path, sizeof(path), "output.%d", i);
        world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, NULL);
        ck_assert_str_eq(strrchr(world_text(stage, path), '/'), names[i]);
        fetch(stage, i, &width, &height);
        ck_assert_msg(width == 384 && height == 256, "%u x %u", width, height); // 300 x 200 to 256: 384 x 256
    }
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
    world_ask(stage, request_of(stage, "HEAD", 0), NULL, NULL, 200, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Length"), length);
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
    {"bytes=-", 200, 0, -1},
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

START_TEST(test_host_of_the_real_files)
{
    struct stage *stage = with_output("https://example.com/a.png", "");
    char request[256];

    snprintf(request, sizeof(request), "GET %s", request_of(stage, "GET", 0) + strlen("GET /delivery"));
    world_ask(stage, request, "Host: replicate.delivery\nAuthorization: -", NULL, 200, NULL);
    world_ask(stage, request, "Host: a.replicate.delivery:7375\nAuthorization: -", NULL, 200, NULL);
    world_ask(stage, request, "Host: xreplicate.delivery\nAuthorization: -", NULL, 404, NULL);
    world_ask(stage, "GET /v1/predictions", "Host: replicate.delivery", NULL, 404, NULL);
    world_free(stage);
}
END_TEST

SUITE("delivery", test_host_of_the_real_files, test_a_file, test_sizes_follow_the_picture,
      test_outputs_differ_and_come_back_the_same, test_head, test_ranges, test_conditions,
      test_many_wait_for_one_drawing, test_what_is_not_there, test_files_go_with_the_data);
