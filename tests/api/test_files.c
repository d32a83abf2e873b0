/* /files: uploads in every shape that clients send, what is kept of them, how they are had back, when they go. */
#include "lib/gate.h"
#include "lib/suite.h"
#include "lib/world.h"

#include "base/digest.h"
#include "core/files.h"
#include "http/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MULTIPART "Content-Type: multipart/form-data; boundary=X"
#define CONTENT                                                                                                        \
    "--X\r\nContent-Disposition: form-data; name='content'; filename='a.txt'\r\nContent-Type: text/plain\r\n\r\n"
#define END     "\r\n--X--\r\n"
#define UPLOAD  CONTENT "hello" END
#define STARTED "--clock manual --seed 7 --start-time " STAGE_START

#define MD5_OF_HELLO "5d41402abc4b2a76b9719d911017c592"
#define SHA_OF_HELLO "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static void upload(struct stage *stage, const char *body, int status, const char *json)
{
    world_ask(stage, "POST /v1/files", MULTIPART, body, status, json);
}

/* A part of that name and text, with further parameters. */
#define FIELD(name, more, text) "--X\r\nContent-Disposition: form-data; name='" name "'" more "\r\n\r\n" text "\r\n"

/* --- uploads ------------------------------------------------------------------------------------------------------ */

START_TEST(test_the_recorded_body)
{
    struct stage *stage = world_new(STARTED);
    char expected[1024];

    upload(stage, FIELD("metadata", "", "{'foo': 'bar','a':[1.50, 2]}") UPLOAD, 201, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "application/json");
    snprintf(expected, sizeof(expected),
             "{\"id\":\"%s\",\"name\":\"a.txt\",\"content_type\":\"text/plain\",\"size\":5,\"etag\":\"" MD5_OF_HELLO
             "\",\"checksums\":{\"sha256\":\"" SHA_OF_HELLO "\",\"md5\":\"" MD5_OF_HELLO
             "\"},\"metadata\":{\"a\":[1.50,2],\"foo\":\"bar\"},\"created_at\":\"2026-01-01T00:00:00Z\","
             "\"expires_at\":\"2026-01-02T00:00:00Z\",\"urls\":{\"get\":\"http://localhost/v1/files/%s\"}}",
             world_id(stage), world_id(stage));
    ck_assert_str_eq(world_answer(stage)->body, expected);
    ck_assert_uint_eq(strlen(world_id(stage)), FILE_ID_LEN);
    world_ask(stage, "GET /v1/files/{id}", NULL, NULL, 200, NULL); // metadata, not bytes
    ck_assert_str_eq(world_answer(stage)->body, expected);
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, NULL);
    char list[1200];
    snprintf(list, sizeof(list), "{\"next\":null,\"previous\":null,\"results\":[%s]}", expected);
    ck_assert_str_eq(world_answer(stage)->body, list);
    world_ask(stage, "HEAD /v1/files/{id}", NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_shapes)
{
    static const char *const cases[][2] = {
        {UPLOAD, "{'name':'a.txt','content_type':'text/plain','size':5,'metadata':{}}"},
        // JavaScript: metadata is a file, and comes behind
        {CONTENT "hello\r\n--X\r\nContent-Disposition: form-data; name='metadata'; filename='blob'\r\n"
                 "Content-Type: application/json\r\n\r\n{'a':1}" END,
         "{'name':'a.txt','metadata':{'a':1}}"},
        // Python 2.x: name and type are lost
        {"--X\r\nContent-Disposition: form-data; name='content'; filename='upload'\r\n"
         "Content-Type: application/octet-stream\r\n\r\nhello" END,
         "{'name':'upload','content_type':'application/octet-stream','etag':'" MD5_OF_HELLO "'}"},
        // the documentation's: fields of their own, which go before what the part says
        {FIELD("type", "", "image/png") FIELD("filename", "", "b.png") UPLOAD,
         "{'name':'b.png','content_type':'image/png','size':5}"},
        {UPLOAD "--X\r\n" FIELD("filename", "", "behind the end") "--X--", "{'name':'a.txt'}"},
        {FIELD("type", "", "") FIELD("filename", "", "") FIELD("metadata", "", "") UPLOAD,
         "{'name':'a.txt','content_type':'text/plain','metadata':{}}"},
        // neither a file name nor a type
        {FIELD("content", "", "hello") "--X--",
         "{'name':'file','content_type':'application/octet-stream','etag':'" MD5_OF_HELLO "'}"},
        {FIELD("content", "; filename=''", "hello") "--X--", "{'name':'file'}"},
        {FIELD("content", "; filename='a%22\\\\b\xe2\x82\xac.txt'", "") "--X--",
         "{'name':'a\\'\\\\b\xe2\x82\xac.txt','size':0,'etag':'d41d8cd98f00b204e9800998ecf8427e'}"},
        {FIELD("metadata", "", " null ") FIELD("other", "", "1") UPLOAD, "{'metadata':{}}"},
    };
    struct stage *stage = world_new("");

    for (size_t i = 0; i < COUNT(cases); i++)
        upload(stage, cases[i][0], 201, cases[i][1]);
    world_free(stage);
}
END_TEST

static char *repeated(const char *before, char c, size_t count, const char *after)
{
    char *text = xmalloc(strlen(before) + count + strlen(after) + 1), *to = stpcpy(text, before);

    memset(to, c, count);
    strcpy(to + count, after);
    return text;
}

START_TEST(test_what_is_wrong_with_it)
{
    static const char *const cases[][2] = {
        {FIELD("file", "; filename='a.txt'", "hello") "--X--",
         "{'detail':'- content is required\\n','status':422,'title':'Input validation failed','invalid_fields':["
         "{'type':'required','field':'','description':'content is required'}]}"},
        {"--X--", "{'detail':'- content is required\\n'}"},
        {FIELD("metadata", "", "{'a':}") UPLOAD, "{'detail':'- metadata: Must be valid JSON: line 1, column 6: "
                                                 "expected a value after \\u0027:\\u0027, found \\u0027}\\u0027\\n'}"},
        {FIELD("metadata", "", "[1]") UPLOAD,
         "{'detail':'- metadata: Invalid type. Expected: object, given: array\\n','invalid_fields':["
         "{'type':'invalid_type','field':'metadata','description':'Invalid type. Expected: object, given: array'}]}"},
        {FIELD("type", "", "png") UPLOAD, "{'detail':'- type: Must be a media type, such as image/png\\n'}"},
        {FIELD("type", "", "image/png\r\nX-Own: 1") UPLOAD,
         "{'detail':'- type: Must be a media type, such as image/png\\n'}"},
        {FIELD("filename", "", "\xff") FIELD("type", "", "x") UPLOAD,
         "{'detail':'- filename: Must be UTF-8\\n- type: Must be a media type, such as image/png\\n'}"},
    };
    struct stage *stage = world_new("");

    for (size_t i = 0; i < COUNT(cases); i++) {
        upload(stage, cases[i][0], 422, cases[i][1]);
        ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "application/problem+json");
    }
    char *name = repeated("--X\r\nContent-Disposition: form-data; name='filename'\r\n\r\n", 'n', 256, "\r\n" UPLOAD);
    upload(stage, name, 422, "{'detail':'- filename: String length must be less than or equal to 255\\n'}");
    free(name);
    char *metadata =
        repeated("--X\r\nContent-Disposition: form-data; name=metadata\r\n\r\n{}", ' ', 65535, "\r\n" UPLOAD);
    upload(stage, metadata, 422, "{'detail':'- metadata: Must be at most 65536 bytes\\n'}");
    free(metadata);
    upload(
        stage, "--X\r\nhello", 400,
        "{'title':'Bad request','detail':'Part 1 of the multipart body, before byte 5: the body ends in its headers; "
        "lines end with CR LF, and behind them is an empty one.','status':400}");
    upload(stage, "", 400, "{'detail':'The body is empty; it must have a part for each field.'}");
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, "{'results':[]}");
    world_free(stage);
}
END_TEST

START_TEST(test_doors)
{
    struct stage *stage = world_new("--max-body 1KiB");

    // --max-body is for JSON
    char *large = repeated(CONTENT, 'x', 5000, END);
    upload(stage, large, 201, "{'size':5000}");
    free(large);
    world_ask(stage, "POST /files", MULTIPART "\nOrigin: https://app.test", UPLOAD, 201, NULL);
    ck_assert_int_eq(strncmp(world_text(stage, "urls.get"), "http://localhost/files/", 23), 0);
    ck_assert_str_eq(answer_header(world_answer(stage), "Access-Control-Allow-Origin"), "*");
    world_free(stage);
}
END_TEST

START_TEST(test_too_large)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);
    static const char head[] =
        "POST /v1/files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\nExpect: 100-continue\r\n"
        "Content-Type: multipart/form-data; boundary=X\r\nContent-Length: %zu\r\n\r\n";
    char text[sizeof(head) + 20];

    snprintf(text, sizeof(text), head, (size_t)100 * 1000 * 1000 + 512 * 1024);
    client_send_raw(client, text, strlen(text));
    client_expect(client, 100, NULL); // it may be small enough
    client = world_client(stage);
    snprintf(text, sizeof(text), head, (size_t)101 * 1000 * 1000);
    client_send_raw(client, text, strlen(text));
    client_expect(client, 413, NULL);
    ck_assert_str_eq(client_answer(client)->body, "{\"detail\":\"Files must be less than 100MB in size\"}\n");
    ck_assert_str_eq(answer_header(client_answer(client), "Content-Type"), "application/problem+json");
    world_free(stage);
}
END_TEST

/* --- list, delete, worlds ----------------------------------------------------------------------------------------- */

START_TEST(test_pages)
{
    struct stage *stage = world_new(STARTED);
    char body[512];

    for (int i = 0; i < 130; i++) { // all within the same millisecond
        snprintf(body, sizeof(body), FIELD("filename", "", "%d") UPLOAD, i);
        upload(stage, body, 201, NULL);
    }
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, "{'previous':null}");
    ck_assert_str_eq(world_text(stage, "results.0.name"), "129");
    ck_assert_str_eq(world_text(stage, "results.99.name"), "30");
    ck_assert_str_eq(world_text(stage, "results.100.name"), "");
    snprintf(body, sizeof(body), "GET %s", world_text(stage, "next") + strlen("http://localhost"));
    ck_assert_int_eq(strncmp(body, "GET /v1/files?cursor=", 21), 0);
    upload(stage, UPLOAD, 201, NULL); // what comes meanwhile moves nothing
    world_ask(stage, body, NULL, NULL, 200, "{'next':null}");
    ck_assert_str_eq(world_text(stage, "results.0.name"), "29");
    ck_assert_str_eq(world_text(stage, "results.29.name"), "0");
    world_free(stage);
}
END_TEST

START_TEST(test_delete)
{
    struct stage *stage = world_new("");

    upload(stage, UPLOAD, 201, NULL);
    world_ask(stage, "DELETE /v1/files/{id}", NULL, NULL, 204, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "text/plain");
    ck_assert_uint_eq(world_answer(stage)->len, 0);
    world_ask(stage, "DELETE /v1/files/{id}", NULL, NULL, 404, "{'detail':'File not found'}");
    world_ask(stage, "GET /v1/files/{id}", NULL, NULL, 404, "{'detail':'File not found'}");
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, "{'results':[]}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_token_is_a_world)
{
    struct stage *stage = world_new("");

    upload(stage, UPLOAD, 201, NULL);
    world_ask(stage, "GET /v1/files/{id}", "Authorization: Bearer other", NULL, 404, "{'detail':'File not found'}");
    world_ask(stage, "GET /v1/files", "Authorization: Bearer other", NULL, 200, "{'results':[]}");
    world_ask(stage, "GET /v1/files/{id}", "Authorization: Bearer other", NULL, 404, "{'detail':'File not found'}");
    world_ask(stage, "DELETE /v1/files/{id}", "Authorization: Bearer other", NULL, 404, NULL);
    world_ask(stage, "GET /v1/files/{id}", "Authorization: Token test", NULL, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_seed)
{
    char *bodies[2];

    for (int i = 0; i < 2; i++) {
        struct stage *stage = world_new(STARTED);
        upload(stage, UPLOAD, 201, NULL);
        upload(stage, CONTENT "other" END, 201, NULL);
        world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
        world_ask(stage, "GET /v1/files", NULL, NULL, 200, NULL);
        bodies[i] = xstrdup(world_answer(stage)->body);
        upload(stage, UPLOAD, 201, NULL);
        const char *id = world_id(stage);
        ck_assert_ptr_null(strstr(bodies[i], id));
        world_free(stage);
    }
    ck_assert_str_eq(bodies[0], bodies[1]);
    free(bodies[0]);
    free(bodies[1]);
}
END_TEST

START_TEST(test_expiry)
{
    struct stage *stage = world_new(STARTED);
    char expected[256];

    upload(stage, UPLOAD, 201, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'23h'}", 200, "{'fired':[]}");
    snprintf(expected, sizeof(expected),
             "{'now':'2026-01-02T01:00:00Z','fired':[{'at':'2026-01-02T00:00:00Z','what':"
             "'file.expired','id':'%s'}]}",
             world_id(stage));
    upload(stage, CONTENT "later" END, 201, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'2h'}", 200, expected);
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, "{'results':[{'expires_at':'2026-01-02T23:00:00Z'}]}");
    world_ask(stage, "POST /_mock/settle", NULL, NULL, 200, NULL); // expiry does not count
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'steps':1}", 200, "{'now':'2026-01-02T23:00:00Z'}");
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, "{'results':[]}");
    world_free(stage);
}
END_TEST

START_TEST(test_reset)
{
    struct stage *stage = world_new(STARTED);
    char first[80], second[80];

    upload(stage, UPLOAD, 201, NULL);
    snprintf(first, sizeof(first), "GET /v1/files/%s", world_id(stage));
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['files']}", 200, "{'worlds':1}");
    world_ask(stage, first, NULL, NULL, 200, "{'expires_at':'2026-01-02T00:00:00Z'}");
    upload(stage, UPLOAD, 201, NULL); // the first of its world, which begins its ids anew, but not with one that is there
    ck_assert_str_ne(world_id(stage), first + strlen("GET /v1/files/"));
    snprintf(second, sizeof(second), "DELETE /v1/files/%s", world_id(stage));
    world_ask(stage, second, NULL, NULL, 204, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['files','predictions']}", 200, NULL);
    world_ask(stage, first, NULL, NULL, 200, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, "{'keep':['predictions']}", 200, NULL);
    world_ask(stage, first, NULL, NULL, 404, NULL);
    upload(stage, UPLOAD, 201, NULL);
    world_ask(stage, "POST /_mock/reset", "Authorization: -", NULL, 200, NULL);
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, "{'results':[]}");
    upload(stage, UPLOAD, 201, NULL); // the first of a new world: the seed gives it the same id
    world_ask(stage, first, NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

/* --- download ----------------------------------------------------------------------------------------------------- */

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

/* "GET …/download?…" of the latest upload, signed with that secret. In a buffer that the next call uses again. */
static const char *signed_with(struct stage *stage, const char *secret, const char *method, const char *owner,
                               const char *expiry)
{
    static char request[512];
    char text[256], signature[64];
    unsigned char mac[SHA256_BYTES];
    struct slice part = {text, (size_t)snprintf(text, sizeof(text), "%s %s %s", owner, world_id(stage), expiry)};

    digest_hmac_sha256(mac, (struct slice){secret, strlen(secret)}, &part, 1);
    digest_base64_encode(signature, mac, sizeof(mac));
    int at = snprintf(request, sizeof(request), "%s /v1/files/%s/download?expiry=%s&owner=%s&signature=", method,
                      world_id(stage), expiry, owner);
    for (const char *c = signature; *c; c++)
        at += snprintf(request + at, sizeof(request) - (size_t)at, "%%%02X", (unsigned)*c);
    return request;
}

static const char *download(struct stage *stage)
{
    return signed_with(stage, SECRET, "GET", "mattt", "1767229200"); // 01:00
}

#define PUBLIC "Authorization: -"

START_TEST(test_download)
{
    struct stage *stage = world_new(STARTED " --webhook-secret " SECRET);

    upload(stage, UPLOAD, 201, NULL);
    world_ask(stage, download(stage), PUBLIC, NULL, 200, NULL);
    const struct answer *answer = world_answer(stage);
    ck_assert_str_eq(answer->body, "hello");
    ck_assert_str_eq(answer_header(answer, "Content-Type"), "text/plain");
    ck_assert_str_eq(answer_header(answer, "ETag"), "\"" MD5_OF_HELLO "\"");
    ck_assert_str_eq(answer_header(answer, "Last-Modified"), "Thu, 01 Jan 2026 00:00:00 GMT");
    ck_assert_str_eq(answer_header(answer, "Accept-Ranges"), "bytes");
    ck_assert_str_eq(answer_header(answer, "Access-Control-Allow-Origin"), "*");
    world_ask(stage, download(stage), "Range: bytes=1-2", NULL, 206, NULL);
    ck_assert_str_eq(world_answer(stage)->body, "el");
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Range"), "bytes 1-2/5");
    world_ask(stage, download(stage), "Range: bytes=5-", NULL, 416, NULL);
    world_ask(stage, download(stage), "If-None-Match: \"" MD5_OF_HELLO "\"", NULL, 304, NULL);
    world_ask(stage, signed_with(stage, SECRET, "HEAD", "mattt", "1767229200"), PUBLIC, NULL, 200, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Length"), "5");
    upload(stage, CONTENT END, 201, NULL);
    world_ask(stage, download(stage), "Range: bytes=-1", NULL, 416, NULL);
    world_ask(stage, download(stage), PUBLIC, NULL, 200, NULL);
    ck_assert_uint_eq(world_answer(stage)->len, 0);
    world_free(stage);
}
END_TEST

START_TEST(test_downloads_that_may_not_be)
{
    struct stage *stage = world_new(STARTED " --webhook-secret " SECRET);
    static const char *const questions[] = {
        "", "?owner=mattt&expiry=1767229200", "?owner=mattt&expiry=1767229200&signature=",
        "?owner=mattt&expiry=1767229200&signature=zuoghqlrcnw8YHywkpaXQlHsVhWen/DZ4aal76dLiOo=", "?signature=1"};
    static const char *const expiries[] = {"1767225600", "0", "", "-1", "1e12", "1767229200.5", "9999999999999999999"};
    const char *not_found = "{'detail':'File not found','status':'<absent>'}";
    char request[256];

    upload(stage, UPLOAD, 201, NULL);
    for (size_t i = 0; i < COUNT(questions); i++) {
        snprintf(request, sizeof(request), "GET /v1/files/%s/download%s", world_id(stage), questions[i]);
        world_ask(stage, request, NULL, NULL, 404, not_found);
    }
    for (size_t i = 0; i < COUNT(expiries); i++)
        world_ask(stage, signed_with(stage, SECRET, "GET", "mattt", expiries[i]), PUBLIC, NULL, 404, not_found);
    world_ask(stage, signed_with(stage, "whsec_other", "GET", "mattt", "1767229200"), PUBLIC, NULL, 404, not_found);
    world_ask(stage, signed_with(stage, SECRET, "GET", "", "999999999999"), PUBLIC, NULL, 200, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'3599s'}", 200, NULL);
    world_ask(stage, download(stage), PUBLIC, NULL, 200, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1s'}", 200, NULL); // the world's clock
    world_ask(stage, download(stage), PUBLIC, NULL, 404, not_found);
    world_ask(stage, signed_with(stage, SECRET, "GET", "mattt", "999999999999"), PUBLIC, NULL, 200, NULL);
    world_ask(stage, "DELETE /v1/files/{id}", NULL, NULL, 204, NULL);
    world_ask(stage, signed_with(stage, SECRET, "GET", "mattt", "999999999999"), PUBLIC, NULL, 404, not_found);
    world_free(stage);
}
END_TEST

START_TEST(test_deleted_while_it_is_sent)
{
    enum { LEN = 3000000 };
    struct stage *stage = world_new(STARTED " --webhook-secret " SECRET);
    struct client *client = world_client(stage);
    char *body = repeated(CONTENT, 'x', LEN, END), head[512];

    upload(stage, body, 201, NULL);
    snprintf(head, sizeof(head), "%s HTTP/1.1\r\nHost: a\r\n\r\n", download(stage));
    client_put_raw(client, head, strlen(head));
    world_settle(stage); // as much is sent as the socket takes
    world_ask(stage, "DELETE /v1/files/{id}", NULL, NULL, 204, NULL);
    ck_assert_uint_ge(app_worlds(world_app(stage))->files->bytes, LEN);
    client_expect(client, 200, NULL);
    ck_assert_uint_eq(client_answer(client)->len, LEN);
    ck_assert_uint_eq(strspn(client_answer(client)->body, "x"), LEN);
    ck_assert_uint_eq(app_worlds(world_app(stage))->files->bytes, 0);
    free(body);
    world_free(stage);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------------------------- */

START_TEST(test_memory)
{
    struct stage *stage = world_new("--max-memory 100KiB --predict 1h");
    char *body = repeated(CONTENT, 'x', 40000, END), *larger = repeated(CONTENT, 'x', 110000, END);

    upload(stage, body, 201, NULL);
    upload(stage, body, 201, NULL);
    upload(stage, larger, 503,
           "{'title':'Service unavailable','detail':'--max-memory is used up, and nothing finished is left to give "
           "up.','status':503}");
    ck_assert_str_eq(answer_header(world_answer(stage), "Retry-After"), "1");
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, "{'results':['*','*']}");
    upload(stage, body, 201, "{'size':40000}"); // the oldest goes
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, "{'results':['*','*']}");
    free(body);
    free(larger);
    world_free(stage);
}
END_TEST

START_TEST(test_memory_is_shared_with_predictions)
{
    struct stage *stage = world_new("--max-memory 100KiB --predict 1s");
    char *body = repeated(CONTENT, 'x', 40000, END);
    char *create =
        repeated("{'version':'" VERSION "','input':{'image':'https://example.com/a.png','structure':'canny','prompt':'",
                 'x', 40000, "'}}");

    world_ask(stage, "POST /v1/predictions", NULL, create, 201, NULL);
    world_advance(stage, 1100);
    upload(stage, body, 201, NULL);
    upload(stage, body, 201, NULL); // the data of the prediction is older
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[{'data_removed':true}]}");
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, "{'results':['*','*']}");
    world_ask(stage, "POST /v1/predictions", NULL, create, 201, NULL); // now a file is
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, "{'results':['*']}");
    world_advance(stage, 1100);
    world_ask(stage, "POST /v1/predictions", NULL, create, 201, NULL); // still: it came before the second prediction
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, "{'results':[]}");
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200,
              "{'results':[{'data_removed':false},{'data_removed':false},'*']}");
    world_ask(stage, "POST /v1/predictions", NULL, create, 201, NULL);
    upload(stage, body, 503, NULL); // two that are not finished are left
    free(body);
    free(create);
    world_free(stage);
}
END_TEST

/* --- while it is hashed ------------------------------------------------------------------------------------------- */

START_TEST(test_its_client_leaves)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage);
    struct gate gate;

    gate_close(&gate, stage);
    client_send(client, "POST /v1/files", MULTIPART, UPLOAD);
    ck_assert_uint_eq(app_jobs(world_app(stage)), 2);
    client_leave(client);
    world_settle(stage);
    ck_assert(!server_busy(app_server(world_app(stage))));
    gate_open(&gate, stage);
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, "{'results':[{'size':5}]}"); // all of it had come
    world_free(stage);
}
END_TEST

START_TEST(test_its_world_is_reset)
{
    struct stage *stage = world_new("");
    struct client *client = world_client(stage), *control = world_client(stage);
    struct gate gate;

    gate_close(&gate, stage);
    client_send(client, "POST /v1/files", MULTIPART, UPLOAD);
    client_send(control, "POST /_mock/reset", "Content-Type: application/json", "{}");
    gate_open(&gate, stage);
    client_expect(control, 200, NULL);
    world_undescribed(stage);
    client_expect(client, 404, NULL); // as everywhere in a world that has gone
    world_ask(stage, "GET /v1/files", NULL, NULL, 200, "{'results':[]}");
    ck_assert_uint_eq(app_worlds(world_app(stage))->files->bytes, 0);
    world_free(stage);
}
END_TEST

START_TEST(test_an_advance_holds)
{
    struct stage *stage = world_new(STARTED);
    struct client *client = world_client(stage), *control = world_client(stage);
    struct gate gate;

    gate_close(&gate, stage);
    client_send(client, "POST /v1/files", MULTIPART, UPLOAD);
    client_send(control, "POST /_mock/clock/advance", "Content-Type: application/json", "{'by':'25h'}");
    gate_open(&gate, stage);
    client_expect(client, 201, "{'created_at':'2026-01-01T00:00:00Z'}");
    client_expect(control, 200, "{'fired':[{'at':'2026-01-02T00:00:00Z','what':'file.expired'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_settle_says_what_it_waits_for)
{
    struct stage *stage = world_new(STARTED);
    struct client *client = world_client(stage), *control = world_client(stage);
    struct gate gate;

    gate_close(&gate, stage);
    client_send(client, "POST /v1/files", MULTIPART, UPLOAD);
    client_send(control, "POST /_mock/settle?timeout=0", NULL, NULL);
    gate_open(&gate, stage);
    client_expect(control, 408, "{'detail':'Not settled in time: uploads being hashed: 1'}");
    client_expect(client, 201, NULL);
    world_ask(stage, "POST /_mock/settle", NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_others_are_served_meanwhile)
{
    struct stage *stage = world_new("--max-worlds 1");
    struct client *client = world_client(stage), *other = world_client(stage);
    struct gate gate;

    gate_close(&gate, stage);
    client_send(client, "POST /v1/files", MULTIPART, UPLOAD);
    client_send(other, "GET /v1/files", NULL, NULL);
    static const char stranger[] = "GET /v1/files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer stranger\r\n\r\n";
    client_put_raw(other, stranger, sizeof(stranger) - 1);
    world_settle(stage);
    gate_open(&gate, stage);
    client_expect(other, 200, "{'results':[]}");
    client_expect(other, 503, NULL); // a world that is in use makes no room
    client_expect(client, 201, NULL);
    world_free(stage);
}
END_TEST

SUITE("files", test_the_recorded_body, test_shapes, test_what_is_wrong_with_it, test_doors, test_too_large, test_pages,
      test_delete, test_a_token_is_a_world, test_seed, test_expiry, test_reset, test_download,
      test_downloads_that_may_not_be, test_deleted_while_it_is_sent, test_memory,
      test_memory_is_shared_with_predictions, test_its_client_leaves, test_its_world_is_reset, test_an_advance_holds,
      test_settle_says_what_it_waits_for, test_others_are_served_meanwhile);
