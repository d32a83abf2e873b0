/* Input files: read before a prediction begins, wherever they are, and what becomes of a prediction whose file cannot be. */
#include "lib/fake_transport.h"
#include "lib/gate.h"
#include "lib/logged.h"
#include "lib/pictures.h"
#include "lib/suite.h"
#include "lib/world.h"

#include "base/digest.h"
#include "base/log.h"
#include "core/files.h"
#include "core/input_url.h"
#include "core/prediction.h"
#include "core/store.h"
#include "out/preparing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANUAL "--clock manual --seed 1 --start-time " STAGE_START
#define HOOK   "http://app.test/hook"

/* The sides of the picture that is sent, of its output, and of the stand-in's. */
enum { WIDTH = 300, HEIGHT = 200, OUT_WIDTH = 768, OUT_HEIGHT = 512, STAND_IN = 512 };

/* The body of a prediction with that image, further members of the input (",'steps':3") and of the body. Good until the
 * next call. */
static const char *body_of(const char *image, const char *input, const char *more)
{
    static struct buf body;

    body.len = 0;
    buf_printf(&body, "{'version':'" VERSION "','input':{'image':'%s','prompt':'x','structure':'canny','seed':7%s}%s}",
               image, input, more);
    return buf_cstr(&body);
}

static void create(struct stage *stage, const char *image)
{
    world_ask(stage, "POST /v1/predictions", NULL, body_of(image, "", ""), 201,
              "{'status':'starting','output':null,'error':null,'logs':''}");
}

static void create_with_picture(struct stage *stage)
{
    char *uri = pictures_png_uri(WIDTH, HEIGHT);

    create(stage, uri);
    free(uri);
}

static void expect(struct stage *stage, const char *json)
{
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, json);
}

static void advance(struct stage *stage, const char *by, const char *expected)
{
    char body[64];

    snprintf(body, sizeof(body), "{'by':'%s'}", by);
    world_ask(stage, "POST /_mock/clock/advance", NULL, body, 200, expected);
}

/* That of its n-th output. Asks for the prediction first. */
static void expect_size(struct stage *stage, int n, int width, int height)
{
    char path[256];
    int actual_width, actual_height;

    expect(stage, "{'status':'succeeded'}");
    snprintf(path, sizeof(path), "output.%d", n);
    const char *url = world_text(stage, path);
    ck_assert_int_eq(strncmp(url, "http://localhost/", 17), 0);
    snprintf(path, sizeof(path), "GET %s", url + strlen("http://localhost"));
    world_ask(stage, path, NULL, NULL, 200, NULL);
    pictures_size(world_answer(stage)->body, world_answer(stage)->len, &actual_width, &actual_height);
    ck_assert_msg(actual_width == width && actual_height == height, "%d x %d", actual_width, actual_height);
}

static struct world *its_world(struct stage *stage)
{
    return worlds_find(app_worlds(world_app(stage)), "test");
}

/* The latest prediction's error is as `expected`, in which ~ stands for any character and # for eight of them, which chance chooses. */
static void expect_error(struct stage *stage, const char *expected)
{
    const char *error = world_text(stage, "error"), *at = error;

    for (const char *c = expected; *c; c++) {
        size_t len = *c == '#' ? 8 : 1;
        ck_assert_msg(strlen(at) >= len && (strchr("#~", *c) || *c == *at), "%s\nis not\n%s", error, expected);
        at += len;
    }
    ck_assert_str_eq(at, "");
}

/* --- uploads --------------------------------------------------------------------------------------------------------- */

static void upload_as(struct stage *stage, const char *token, const void *bytes, size_t len, char id[FILE_ID_LEN + 1])
{
    static const char head[] = "--X\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.png\"\r\n\r\n";
    static const char tail[] = "\r\n--X--\r\n";
    struct client *client = world_client(stage);
    struct buf request = {0};
    struct json_error error;
    struct arena arena = {0};

    buf_printf(&request,
               "POST /v1/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
               "Content-Type: multipart/form-data; boundary=X\r\nContent-Length: %zu\r\n\r\n",
               token, strlen(head) + len + strlen(tail));
    buf_str(&request, head);
    buf_add(&request, bytes, len);
    buf_str(&request, tail);
    client_send_raw(client, request.data, request.len);
    world_settle(stage);
    client_expect(client, 201, NULL);
    const struct answer *answer = client_answer(client);
    const char *found = json_get_string(json_parse(&arena, answer->body, answer->len, JSON_GRAMMAR, &error), "id");
    ck_assert_uint_eq(strlen(found), FILE_ID_LEN);
    memcpy(id, found, FILE_ID_LEN + 1);
    arena_free(&arena);
    buf_free(&request);
    client_leave(client);
}

static void upload_picture(struct stage *stage, char id[FILE_ID_LEN + 1])
{
    size_t len;
    char *png = pictures_png(WIDTH, HEIGHT, &len);

    upload_as(stage, "test", png, len, id);
    free(png);
}

static void delete_file(struct stage *stage, const char *id)
{
    char request[128];

    snprintf(request, sizeof(request), "DELETE /v1/files/%s", id);
    world_ask(stage, request, NULL, NULL, 204, NULL);
}

/* --- what is read ----------------------------------------------------------------------------------------------------- */

START_TEST(test_a_data_uri)
{
    struct stage *stage = world_new(MANUAL);
    char *uri = pictures_png_uri(WIDTH, HEIGHT);

    world_ask(stage, "POST /v1/predictions", NULL, body_of(uri, ",'return_reference_image':true", ""), 201,
              "{'status':'starting'}");
    advance(stage, "99.999ms", "{'fired':[]}");
    advance(stage, "0.001ms", "{'fired':[{'at':'2026-01-01T00:00:00.1Z','what':'prediction.processing','id':'{id}'}]}");
    advance(stage, "1s", "{'fired':[{'at':'2026-01-01T00:00:01.1Z','what':'prediction.succeeded','id':'{id}'}]}");
    expect(stage, "{'metrics':{'predict_time':1,'total_time':1.1},'error':null,'output':['*','*']}");
    expect_size(stage, 0, WIDTH, HEIGHT); // canny's map
    expect_size(stage, 1, OUT_WIDTH, OUT_HEIGHT);
    free(uri);
    world_free(stage);
}
END_TEST

/* The picture's base64 as careful clients write it, and as careless ones do. */
START_TEST(test_spellings)
{
    struct stage *stage = world_new("");
    char *uri = pictures_png_uri(WIDTH, HEIGHT), *text = strchr(uri, ',') + 1;
    static const char *const heads[] = {"data:image/png;base64,", "DATA:application/octet-stream;BASE64,",
                                        "data:;base64,", "data:image/png;charset=utf-8;base64,"};
    struct buf spelt = {0};

    for (size_t i = 0; i < COUNT(heads); i++) {
        spelt.len = 0;
        buf_printf(&spelt, "%s", heads[i]);
        for (const char *c = text; *c; c++) {
            if (i == 1 && strchr("+/=", *c))
                buf_printf(&spelt, "%%%02X", *c);
            else
                buf_char(&spelt, *c);
            if (i == 2 && (c - text) % 76 == 75)
                buf_str(&spelt, "%0D%0A");
        }
        create(stage, buf_cstr(&spelt));
        world_advance(stage, 1100);
        expect_size(stage, 0, OUT_WIDTH, OUT_HEIGHT);
    }
    buf_free(&spelt);
    free(uri);
    world_free(stage);
}
END_TEST

START_TEST(test_uploaded_files)
{
    static const char *const urls[][2] = {{"https://api.replicate.com/v1/files/", ""},
                                          {"http://localhost/v1/files/", ""},
                                          {"http://localhost:7375/v1/files/", "/"},
                                          {"https://elsewhere.example/prefix/files/", ""},
                                          {"HTTP://127.0.0.1/v1/v1/files/", ""},
                                          {"http://localhost/files/", "/download?owner=o&expiry=1&signature=s%3D"}};
    struct stage *stage = world_new(MANUAL);
    char id[FILE_ID_LEN + 1], url[256];

    upload_picture(stage, id);
    for (size_t i = 0; i < COUNT(urls); i++) {
        snprintf(url, sizeof(url), "%s%s%s", urls[i][0], id, urls[i][1]);
        create(stage, url);
        advance(stage, "1100ms", NULL);
        expect_size(stage, 0, OUT_WIDTH, OUT_HEIGHT);
    }
    world_free(stage);
}
END_TEST

/* One that is deleted while it waits for its turn was there when the model was started. */
START_TEST(test_a_file_that_is_deleted_meanwhile)
{
    struct stage *stage = world_new("");
    char id[FILE_ID_LEN + 1], url[128];
    struct gate gate;

    upload_picture(stage, id);
    snprintf(url, sizeof(url), "https://api.replicate.com/v1/files/%s", id);
    gate_close(&gate, stage);
    create(stage, url);
    delete_file(stage, id);
    gate_open(&gate, stage);
    world_advance(stage, 1100);
    expect_size(stage, 0, OUT_WIDTH, OUT_HEIGHT);
    ck_assert_uint_eq(app_worlds(world_app(stage))->files->bytes, 0);
    world_free(stage);
}
END_TEST

START_TEST(test_files_that_are_not_there)
{
    struct stage *stage = world_new(MANUAL);
    char mine[FILE_ID_LEN + 1], other[FILE_ID_LEN + 1], url[128], error[512];

    upload_picture(stage, mine);
    upload_as(stage, "another", "x", 1, other);
    delete_file(stage, mine);
    const char *const ids[] = {mine, other, "NGZiNmY2YzQtMThhZi00ZjcyLWFhZjktODg4NTY0NWNlMDEy", "never"};
    for (size_t i = 0; i < COUNT(ids); i++) {
        snprintf(url, sizeof(url), "https://api.replicate.com/v1/files/%s", ids[i]);
        create(stage, url);
        ck_assert_uint_eq(its_world(stage)->in_flight, 0);
        advance(stage, "1s", "{'fired':[{'what':'prediction.processing'},{'what':'prediction.failed'}]}");
        snprintf(error, sizeof(error),
                 "{'status':'failed','output':null,'logs':'','error':"
                 "'404 Client Error: Not Found for url: %s',"
                 "'metrics':{'predict_time':0.02,'total_time':0.12}}",
                 url);
        expect(stage, error);
    }
    world_free(stage);
}
END_TEST

START_TEST(test_an_expired_file)
{
    struct stage *stage = world_new(MANUAL " --retention 0");
    char id[FILE_ID_LEN + 1], url[128];

    upload_picture(stage, id);
    snprintf(url, sizeof(url), "https://api.replicate.com/v1/files/%s", id);
    advance(stage, "24h", NULL);
    create(stage, url);
    advance(stage, "1s", NULL);
    expect(stage, "{'status':'failed'}");
    world_free(stage);
}
END_TEST

/* From one model's output to the next one's input, whatever host the URL has. */
START_TEST(test_outputs_of_ours)
{
    struct stage *stage = world_new(MANUAL);
    char url[256], real[256];

    create_with_picture(stage);
    advance(stage, "1100ms", NULL);
    expect(stage, NULL);
    snprintf(url, sizeof(url), "%s", world_text(stage, "output.0"));
    create(stage, url);
    advance(stage, "1100ms", NULL);
    expect_size(stage, 0, OUT_WIDTH, OUT_HEIGHT);
    snprintf(real, sizeof(real), "https://replicate.delivery%s", strstr(url, "/pbxt/"));
    create(stage, real);
    advance(stage, "1100ms", NULL);
    expect_size(stage, 0, OUT_WIDTH, OUT_HEIGHT);
    real[strlen("https://replicate.delivery/pbxt/")] ^= 1; // nobody's: a picture at some URL
    create(stage, real);
    advance(stage, "1100ms", NULL);
    expect_size(stage, 0, STAND_IN, STAND_IN);
    advance(stage, "1h", NULL); // the files went
    create(stage, url);
    advance(stage, "1100ms", NULL);
    expect(stage, "{'status':'failed'}");
    ck_assert_int_eq(strncmp(world_text(stage, "error"), "404 Client Error: Not Found for url: http://localhost/", 54),
                     0);
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_not_read)
{
    static const char *const urls[] = {"https://example.com/a.png", "http://example.com/files/logo",
                                       "https://example.com/v1/files/logo.png", "https://example.com/v1/files/",
                                       "https://replicate.delivery/pbxt/KEY/out-0.png"};
    struct stage *stage = world_new("");
    struct gate gate;

    gate_close(&gate, stage);
    for (size_t i = 0; i < COUNT(urls); i++) {
        create(stage, urls[i]);
        ck_assert_uint_eq(its_world(stage)->in_flight, 0);
    }
    ck_assert_uint_eq(app_jobs(world_app(stage)), 1); // the gate's
    world_advance(stage, 1100);
    gate_open(&gate, stage);
    expect_size(stage, 0, STAND_IN, STAND_IN);
    world_free(stage);
}
END_TEST

START_TEST(test_deployments_read_and_trainings_do_not)
{
    struct stage *stage = world_new(MANUAL);

    world_ask(stage, "POST /v1/deployments", NULL,
              "{'name':'d','model':'rossjillian/controlnet','version':'" VERSION
              "','hardware':'cpu','min_instances':0,'max_instances':1}",
              200, NULL);
    world_ask(stage, "POST /v1/deployments/replicate-mock/d/predictions", NULL,
              "{'input':{'image':'data:;base64,aGVsbG8=','prompt':'x','structure':'canny'}}", 201, NULL);
    advance(stage, "1s", NULL);
    expect(stage, "{'status':'failed'}");
    world_ask(stage, "POST /v1/models", NULL, "{'owner':'o','name':'n','visibility':'private','hardware':'cpu'}", 201,
              NULL);
    world_ask(stage, "POST /v1/models/rossjillian/controlnet/versions/" VERSION "/trainings", NULL,
              "{'destination':'o/n','input':{'image':'data:;base64,aGVsbG8='}}", 201, NULL);
    advance(stage, "2s", NULL);
    world_ask(stage, "GET /v1/trainings/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
    world_free(stage);
}
END_TEST

/* --- what cannot be read ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *image;
    bool opened; // by the model: its first line is in the logs
    const char *error;
} broken[] = {
    {"data:image/png;base64,aGVsbG8=", true, "cannot identify image file PosixPath('/tmp/tmp#file.png')"},
    {"data:image/jpeg;base64,aGVsbG8=", true, "cannot identify image file PosixPath('/tmp/tmp#file.jpg')"},
    {"data:IMAGE/GIF;x=y;base64,aGVsbG8=", true, "cannot identify image file PosixPath('/tmp/tmp#file.gif')"},
    {"data:image/webp;base64,aGVsbG8=", true, "cannot identify image file PosixPath('/tmp/tmp#file')"},
    {"data:application/octet-stream;base64,aGVsbG8=", true,
     "cannot identify image file PosixPath('/tmp/tmp#file.bin')"},
    {"data:;base64,", true, "cannot identify image file PosixPath('/tmp/tmp#file')"},
    {"data:image/svg+xml,%3Csvg xmlns=''/%3E<>&", true, "cannot identify image file PosixPath('/tmp/tmp#file.svg')"},
    {"data:,", true, "cannot identify image file PosixPath('/tmp/tmp#file')"},
    {"data:image/png;base64", false,
     "Prediction input failed validation: {\"detail\":[{\"loc\":[\"body\",\"input\",\"image\"],\"msg\":\"not enough "
     "values to unpack (expected 2, got 1)\",\"type\":\"value_error\"}]}"},
    {"data:image/png;base64,aGVsb", false,
     "Prediction input failed validation: {\"detail\":[{\"loc\":[\"body\",\"input\",\"image\"],\"msg\":\"Invalid "
     "base64-encoded string: number of data characters (5) cannot be 1 more than a multiple of "
     "4\",\"type\":\"value_error.\"}]}"},
    {"data:image/png;base64,aGVsbG8", false,
     "Prediction input failed validation: {\"detail\":[{\"loc\":[\"body\",\"input\",\"image\"],\"msg\":\"Incorrect "
     "padding\",\"type\":\"value_error.\"}]}"},
    {"FTP://example.com/a.png", false,
     "Prediction input failed validation: {\"detail\":[{\"loc\":[\"body\",\"input\",\"image\"],\"msg\":\"'ftp' is not "
     "a valid URL scheme. 'data', 'http', or 'https' is supported.\",\"type\":\"value_error\"}]}"},
    {"file:///etc/passwd", false,
     "Prediction input failed validation: {\"detail\":[{\"loc\":[\"body\",\"input\",\"image\"],\"msg\":\"'file' is not "
     "a valid URL scheme. 'data', 'http', or 'https' is supported.\",\"type\":\"value_error\"}]}"},
};

START_TEST(test_what_cannot_be_read)
{
    struct stage *stage = world_new(MANUAL);

    for (size_t i = 0; i < COUNT(broken); i++) {
        struct buf image = {0}; // a ' of the image is not one of the JSON around it
        for (const char *c = broken[i].image; *c; c++)
            buf_str(&image, *c == '\'' ? "%27" : (char[]){*c, '\0'});
        create(stage, buf_cstr(&image));
        advance(stage, "1s", "{'fired':[{'what':'prediction.processing'},{'what':'prediction.failed'}]}");
        expect(stage, "{'status':'failed','output':null,'metrics':{'predict_time':0.02,'total_time':0.12}}");
        expect_error(stage, broken[i].error);
        ck_assert_str_eq(world_text(stage, "logs"), broken[i].opened ? "Using seed: 7\n" : "");
        buf_free(&image);
    }
    world_free(stage);
}
END_TEST

/* A picture that is cut short, or whose pixels make no sense. */
START_TEST(test_half_a_picture)
{
    struct stage *stage = world_new(MANUAL);
    size_t len;
    char *png = pictures_png(WIDTH, HEIGHT, &len);

    char *uri = pictures_uri("image/png", png, len / 2);
    create(stage, uri);
    advance(stage, "1s", NULL);
    expect(stage, "{'status':'failed','logs':'Using seed: 7\\n',"
                  "'error':'image file is truncated'}");
    free(uri);
    memset(png + 60, 0xff, 40);
    uri = pictures_uri("image/png", png, len);
    create(stage, uri);
    advance(stage, "1s", NULL);
    expect(stage, "{'status':'failed','error':'broken data stream when reading image file'}");
    free(uri);
    free(png);
    world_free(stage);
}
END_TEST

START_TEST(test_an_upload_that_is_no_picture)
{
    struct stage *stage = world_new(MANUAL);
    char id[FILE_ID_LEN + 1], url[128], error[256];

    upload_as(stage, "test", "hello", 5, id);
    snprintf(url, sizeof(url), "http://localhost/v1/files/%s", id);
    create(stage, url);
    advance(stage, "1s", NULL);
    expect(stage, "{'status':'failed','logs':'Using seed: 7\\n'}");
    snprintf(error, sizeof(error), "cannot identify image file PosixPath('/tmp/tmp#%s')", id);
    expect_error(stage, error);
    world_free(stage);
}
END_TEST

/* The same script, the same bodies: the name of the file too. */
START_TEST(test_the_same_seed_the_same_failure)
{
    char *bodies[2];

    for (int i = 0; i < 2; i++) {
        struct stage *stage = world_new(MANUAL);
        create(stage, broken[0].image);
        advance(stage, "1s", NULL);
        expect(stage, NULL);
        bodies[i] = xmemdup0(world_answer(stage)->body, world_answer(stage)->len);
        world_free(stage);
    }
    ck_assert_str_eq(bodies[0], bodies[1]);
    free(bodies[0]);
    free(bodies[1]);
}
END_TEST

/* Everything else about it is as about any prediction: it starts when it should, and predicts no longer than it was to. */
START_TEST(test_how_long_it_takes)
{
    struct stage *stage = world_new(MANUAL " --boot 5s --predict 3ms");

    create(stage, broken[0].image);
    advance(stage, "4.999s", "{'fired':[]}");
    expect(stage, "{'status':'starting','error':null,'logs':''}");
    advance(stage, "2ms", "{'fired':[{'at':'2026-01-01T00:00:05Z','what':'prediction.processing','id':'{id}'}]}");
    expect(stage, "{'status':'processing','error':null,'logs':'Using seed: 7\\n','output':null}");
    advance(stage, "1s", "{'fired':[{'at':'2026-01-01T00:00:05.003Z','what':'prediction.failed','id':'{id}'}]}");
    expect(stage, "{'status':'failed','started_at':'2026-01-01T00:00:05Z','completed_at':'2026-01-01T00:00:05.003Z'}");
    world_free(stage);
}
END_TEST

START_TEST(test_webhooks_of_a_failure)
{
    struct stage *stage = world_new("--seed 1");

    world_ask(stage, "POST /v1/predictions", NULL,
              body_of(broken[0].image, "",
                      ",'webhook':'" HOOK "','webhook_events_filter':['start','output','logs','completed']"),
              201, NULL);
    world_advance(stage, 100);
    world_hook(stage, HOOK, "{'status':'processing','error':null,'output':null}");
    world_hook(stage, HOOK, "{'status':'processing','logs':'Using seed: 7\\n'}");
    world_advance(stage, 1000);
    world_hook(stage, HOOK,
               "{'status':'failed','logs':'Using seed: 7\\n','output':null,'started_at':"
               "'2026-01-01T00:00:00.1Z','completed_at':'2026-01-01T00:00:00.12Z'}");
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_ask(stage, "POST /v1/predictions", NULL,
              body_of("ftp://a/b", "", ",'webhook':'" HOOK "','webhook_events_filter':['start','logs','completed']"),
              201, NULL);
    world_advance(stage, 100);
    world_hook(stage, HOOK, "{'status':'processing','logs':''}");
    world_advance(stage, 1000);
    world_hook(stage, HOOK, "{'status':'failed','logs':''}");
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_free(stage);
}
END_TEST

START_TEST(test_a_stream_of_a_failure)
{
    struct stage *stage = world_new("--seed 1");
    struct client *reader = world_client(stage);
    char path[256];

    create(stage, "ftp://a/b");
    snprintf(path, sizeof(path), "GET %s", world_text(stage, "urls.stream") + strlen("http://localhost"));
    client_send(reader, path, "Accept: text/event-stream", NULL);
    client_expect_stream(reader, ": hi\n\n");
    world_advance(stage, 120);
    const char *events = client_stream(reader);
    ck_assert_ptr_nonnull(strstr(events, "event: error\nid: "));
    ck_assert_ptr_nonnull(strstr(events, "{\"detail\":\"Prediction input failed validation: "));
    ck_assert_ptr_nonnull(strstr(events, "event: done\n"));
    ck_assert_ptr_nonnull(strstr(events, "{\"reason\":\"error\"}"));
    ck_assert_ptr_null(strstr(events, "event: output"));
    world_free(stage);
}
END_TEST

START_TEST(test_a_wait_for_a_failure)
{
    struct stage *stage = world_new("");

    world_send(stage, "POST /v1/predictions", "Prefer: wait", body_of(broken[0].image, "", ""));
    world_advance(stage, 119.999);
    client_expect_waiting(world_client(stage));
    world_advance(stage, 0.001);
    world_expect(stage, 201, "{'status':'failed','output':null}");
    world_free(stage);
}
END_TEST

/* What a rule says of the end or of the output goes before what the file is. */
START_TEST(test_rules)
{
    static const struct {
        const char *rule, *shown;
    } cases[] = {
        {"{'output':['https://example.com/x.png']}", "{'status':'succeeded','output':['https://example.com/x.png']}"},
        {"{'status':'failed','error':'NSFW'}", "{'status':'failed','error':'NSFW','metrics':{'predict_time':1}}"},
        {"{'status':'canceled'}", "{'status':'canceled'}"},
        {"{'status':'aborted'}", "{'status':'aborted'}"},
        {"{'status':'succeeded'}", "{'status':'succeeded','output':['*']}"},
        {"{'boot':'0','predict':'2s'}", "{'status':'failed','metrics':{'predict_time':0.02,'total_time':0.02}}"},
        {"{'logs':['one']}", "{'status':'failed','logs':'one\\n'}"},
    };
    static const char *const images[] = {"data:;base64,aGVsbG8=", "ftp://a/b", "http://localhost/v1/files/never"};
    struct stage *stage = world_new(MANUAL);
    struct buf body = {0};

    for (size_t i = 0; i < COUNT(cases); i++) {
        body.len = 0;
        buf_printf(&body, "{'name':'r','prediction':%s}", cases[i].rule);
        world_ask(stage, "POST /_mock/scenarios", "Content-Type: application/json", buf_cstr(&body), 201, NULL);
        for (size_t j = 0; j < COUNT(images); j++) {
            create(stage, images[j]);
            advance(stage, "3s", NULL);
            expect(stage, cases[i].shown);
        }
    }
    buf_free(&body);
    world_free(stage);
}
END_TEST

/* --- while it is read -------------------------------------------------------------------------------------------------- */

START_TEST(test_a_manual_clock_holds)
{
    struct stage *stage = world_new(MANUAL);
    struct client *control = world_client(stage);
    struct gate gate;

    gate_close(&gate, stage);
    create_with_picture(stage);
    client_send(control, "POST /_mock/clock/advance", NULL, "{'by':'1100ms'}");
    client_expect_waiting(control);
    world_ask(stage, "POST /_mock/settle?timeout=0", NULL, NULL, 408,
              "{'detail':'Not settled in time: input files being read: 1'}");
    gate_open(&gate, stage);
    client_expect(control, 200,
                  "{'now':'2026-01-01T00:00:01.1Z','fired':["
                  "{'at':'2026-01-01T00:00:00.1Z','what':'prediction.processing','id':'{id}'},"
                  "{'at':'2026-01-01T00:00:01.1Z','what':'prediction.succeeded','id':'{id}'}]}");
    expect_size(stage, 0, OUT_WIDTH, OUT_HEIGHT);
    world_free(stage);
}
END_TEST

START_TEST(test_settle_waits_for_it)
{
    struct stage *stage = world_new(MANUAL);
    struct client *control = world_client(stage);
    struct gate gate;

    gate_close(&gate, stage);
    create_with_picture(stage);
    client_send(control, "POST /_mock/settle", NULL, NULL);
    client_expect_waiting(control);
    gate_open(&gate, stage);
    client_expect(control, 200, "{'now':'2026-01-01T00:00:00Z'}");
    expect(stage, "{'status':'starting'}");
    world_free(stage);
}
END_TEST

START_TEST(test_no_time_at_all)
{
    struct stage *stage = world_new(MANUAL " --boot 0 --predict 0");

    create_with_picture(stage);
    advance(stage, "1s", NULL);
    expect(stage, "{'status':'succeeded','completed_at':'2026-01-01T00:00:00Z'}");
    create(stage, broken[0].image);
    advance(stage, "1s", NULL);
    expect(stage, "{'status':'failed','started_at':'2026-01-01T00:00:01Z','completed_at':'2026-01-01T00:00:01Z'}");
    create(stage, "ftp://a/b");
    advance(stage, "1s", NULL);
    expect(stage, "{'status':'failed','completed_at':'2026-01-01T00:00:02Z'}");
    world_free(stage);
}
END_TEST

/* created_at has milliseconds, a clock nanoseconds: what begins at once begins with the first, as do those that read nothing. */
START_TEST(test_no_time_at_all_between_milliseconds)
{
    struct stage *stage = world_new("--clock manual --boot 0 --start-time 2026-01-01T00:00:00.0019Z");

    create(stage, broken[0].image);
    expect(stage, "{'status':'processing','created_at':'2026-01-01T00:00:00.001Z',"
                  "'started_at':'2026-01-01T00:00:00.001Z'}");
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    expect(stage, "{'status':'processing','started_at':'2026-01-01T00:00:00.001Z'}");
    world_free(stage);
}
END_TEST

/* A clock that runs by itself waits for nothing; the prediction does. */
START_TEST(test_on_a_real_clock_it_begins_when_it_is_read)
{
    struct stage *stage = world_new("");
    struct gate gate;

    gate_close(&gate, stage);
    create(stage, broken[0].image);
    world_advance(stage, 5000);
    expect(stage, "{'status':'starting','started_at':'<absent>'}");
    gate_open(&gate, stage);
    expect(stage, "{'status':'processing','started_at':'2026-01-01T00:00:05Z'}");
    world_advance(stage, 20);
    expect(stage, "{'status':'failed','completed_at':'2026-01-01T00:00:05.02Z'}");
    world_free(stage);
}
END_TEST

START_TEST(test_cancel)
{
    struct stage *stage = world_new(MANUAL);
    struct gate gate;

    gate_close(&gate, stage);
    create_with_picture(stage);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'canceled'}");
    advance(stage, "2s", "{'now':'2026-01-01T00:00:02Z','fired':[]}"); // nobody waits for its file
    create(stage, broken[0].image);
    gate_open(&gate, stage);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'canceled','error':null}");
    advance(stage, "2s", NULL);
    expect(stage, "{'status':'canceled','error':null}"); // though it would have failed
    ck_assert_uint_eq(its_world(stage)->in_flight, 0);
    ck_assert_uint_eq(its_world(stage)->preparing, 0);
    world_free(stage);
}
END_TEST

START_TEST(test_cancel_after)
{
    struct stage *stage = world_new("");
    struct gate gate;

    gate_close(&gate, stage);
    world_ask(stage, "POST /v1/predictions", "Cancel-After: 5", body_of(broken[0].image, "", ""), 201, NULL);
    world_advance(stage, 60000);
    expect(stage, "{'status':'aborted','completed_at':'2026-01-01T00:00:05Z'}");
    gate_open(&gate, stage);
    expect(stage, "{'status':'aborted','error':null}");
    ck_assert_uint_eq(its_world(stage)->in_flight, 0);
    world_free(stage);
}
END_TEST

START_TEST(test_a_wait_times_out)
{
    struct stage *stage = world_new("");
    char *uri = pictures_png_uri(WIDTH, HEIGHT);
    struct gate gate;

    gate_close(&gate, stage);
    world_send(stage, "POST /v1/predictions", "Prefer: wait=2", body_of(uri, "", ""));
    world_advance(stage, 2000);
    world_expect(stage, 202, "{'status':'starting','output':null}");
    gate_open(&gate, stage);
    world_advance(stage, 1000);
    expect(stage, "{'status':'succeeded','output':['*']}");
    free(uri);
    world_free(stage);
}
END_TEST

START_TEST(test_a_reset)
{
    struct stage *stage = world_new("");
    char id[FILE_ID_LEN + 1], url[128];
    struct gate gate;

    upload_picture(stage, id);
    snprintf(url, sizeof(url), "http://localhost/v1/files/%s", id);
    gate_close(&gate, stage);
    for (int i = 0; i < 3; i++) {
        create_with_picture(stage);
        create(stage, url);
    }
    ck_assert_uint_eq(app_jobs(world_app(stage)), 2); // the gate's, and one for all six
    world_ask(stage, "POST /_mock/reset", NULL, "{}", 200, NULL);
    gate_open(&gate, stage);
    ck_assert_uint_eq(app_jobs(world_app(stage)), 0);
    ck_assert_uint_eq(app_worlds(world_app(stage))->store->bytes, 0);
    ck_assert_uint_eq(app_worlds(world_app(stage))->files->bytes, 0);
    create_with_picture(stage); // and all goes on
    world_advance(stage, 1100);
    expect_size(stage, 0, OUT_WIDTH, OUT_HEIGHT);
    world_free(stage);
}
END_TEST

/* One world goes while another's wait behind it in the queue. */
START_TEST(test_a_reset_of_another_world)
{
    struct stage *stage = world_new("");
    struct gate gate;

    gate_close(&gate, stage);
    for (int i = 0; i < 4; i++)
        world_ask(stage, "POST /v1/predictions", i % 2 ? "Authorization: Bearer other" : NULL,
                  body_of(broken[0].image, "", ""), 201, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, "{}", 200, NULL);
    gate_open(&gate, stage);
    world_advance(stage, 1100);
    world_ask(stage, "GET /v1/predictions", "Authorization: Bearer other", NULL, 200,
              "{'results':[{'status':'failed'},{'status':'failed'}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_the_end_of_the_program)
{
    struct stage *stage = world_new("");

    for (int i = 0; i < 20; i++)
        create_with_picture(stage);
    world_free(stage); // in whatever state they are
}
END_TEST

START_TEST(test_two_share_the_queue)
{
    struct stage *stage = world_new("");
    struct client *fetcher = world_client(stage);
    char path[256];
    struct gate gate;

    create_with_picture(stage);
    world_advance(stage, 1100);
    expect(stage, NULL);
    snprintf(path, sizeof(path), "GET %s", world_text(stage, "output.0") + strlen("http://localhost"));
    gate_close(&gate, stage);
    for (int i = 0; i < 5; i++)
        create_with_picture(stage);
    client_send(fetcher, path, NULL, NULL);
    ck_assert_uint_eq(app_jobs(world_app(stage)), 3); // the gate's, one for all five, the fetch
    gate_open(&gate, stage);
    client_expect(fetcher, 200, NULL);
    world_advance(stage, 1100);
    expect_size(stage, 0, OUT_WIDTH, OUT_HEIGHT);
    world_free(stage);
}
END_TEST

/* --- files in the output itself ---------------------------------------------------------------------------------------- */

START_TEST(test_inlined_files_follow_it)
{
    struct stage *stage = world_new(MANUAL " --output-urls data");
    struct gate gate;

    gate_close(&gate, stage);
    create_with_picture(stage);
    ck_assert_uint_eq(app_jobs(world_app(stage)), 2); // the gate's, and what reads: nothing is drawn yet
    ck_assert_uint_eq(its_world(stage)->held, 2);
    gate_open(&gate, stage);
    ck_assert_uint_eq(its_world(stage)->held, 0);
    advance(stage, "1100ms", NULL);
    expect(stage, "{'status':'succeeded','output':['*'],'completed_at':'2026-01-01T00:00:01.1Z'}");
    const char *text = strchr(world_text(stage, "output.0"), ',') + 1;
    char *png = xmalloc(strlen(text));
    long len = digest_base64_decode((unsigned char *)png, text, strlen(text));
    int width, height;
    pictures_size(png, (size_t)len, &width, &height);
    ck_assert(width == OUT_WIDTH && height == OUT_HEIGHT);
    free(png);
    world_free(stage);
}
END_TEST

START_TEST(test_what_will_fail_is_not_inlined)
{
    static const char *const images[] = {"data:;base64,aGVsbG8=", "ftp://a/b", "http://localhost/v1/files/never"};
    struct stage *stage = world_new(MANUAL " --output-urls data");
    const struct store *store = app_worlds(world_app(stage))->store;

    for (size_t i = 0; i < COUNT(images); i++) {
        create(stage, images[i]);
        ck_assert_uint_eq(its_world(stage)->held, 0);
        advance(stage, "1s", NULL);
        expect(stage, "{'status':'failed','output':null}");
    }
    ck_assert_uint_lt(store->bytes, 10000); // no picture among it
    create(stage, images[0]);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'canceled'}");
    world_free(stage);
}
END_TEST

/* --- bounds ------------------------------------------------------------------------------------------------------------ */

START_TEST(test_retention_takes_what_was_made_of_it)
{
    struct stage *stage = world_new(MANUAL " --retention 1h");
    const struct store *store = app_worlds(world_app(stage))->store;

    create(stage, "https://example.com/a.png");
    size_t before = store->bytes;
    char *uri = pictures_png_uri(WIDTH, HEIGHT);
    create(stage, uri);
    advance(stage, "1s", NULL);
    ck_assert_uint_gt(store->bytes, 2 * before + strlen(uri));
    advance(stage, "2h", NULL);
    expect(stage, "{'status':'succeeded','data_removed':true}");
    ck_assert_uint_lt(store->bytes, 2 * before);
    free(uri);
    world_free(stage);
}
END_TEST

START_TEST(test_memory)
{
    char *uri = pictures_png_uri(WIDTH, HEIGHT), options[128], log[1024];

    // Room for the prediction, and none for its map.
    snprintf(options, sizeof(options), MANUAL " --max-memory %zu", strlen(uri) + 1600);
    struct stage *stage = world_new(options);
    log_begin();
    create(stage, uri);
    advance(stage, "1100ms", NULL);
    log_end(log, sizeof(log));
    expect_size(stage, 0, STAND_IN, STAND_IN);
    ck_assert_ptr_nonnull(strstr(log, " warn  prediction "));
    ck_assert_ptr_nonnull(strstr(log, "a stand-in is drawn for its input picture: --max-memory is used up"));
    free(uri);
    world_free(stage);
}
END_TEST

/* --- by HTTP ------------------------------------------------------------------------------------------------------------ */

#define FETCHING MANUAL " --fetch-inputs"

static void answer_with_picture(struct stage *stage)
{
    size_t len;
    char *png = pictures_png(WIDTH, HEIGHT, &len);

    world_fetch_answer(stage, 200, png, len);
    free(png);
}

START_TEST(test_a_fetch)
{
    struct stage *stage = world_new(FETCHING);
    struct client *control = world_client(stage);

    create(stage, "https://example.com/a.png?x=1&y=<2>");
    ck_assert_uint_eq(world_fetches(stage), 1);
    world_fetch_expect(stage, "https://example.com/a.png?x=1&y=<2>");
    client_send(control, "POST /_mock/clock/advance", NULL, "{'by':'1100ms'}");
    client_expect_waiting(control);
    answer_with_picture(stage);
    client_expect(control, 200, "{'now':'2026-01-01T00:00:01.1Z','fired':['*','*']}");
    expect(stage, "{'status':'succeeded','completed_at':'2026-01-01T00:00:01.1Z'}");
    expect_size(stage, 0, OUT_WIDTH, OUT_HEIGHT);
    create_with_picture(stage); // what needs no network does not wait for it
    ck_assert_uint_eq(world_fetches(stage), 0);
    world_free(stage);
}
END_TEST

#define POOL(host, port, url)                                                                                          \
    "HTTPSConnectionPool(host='" host "', port=" port "): Max retries exceeded with url: " url " "

START_TEST(test_fetches_that_fail)
{
    static const struct {
        const char *url;
        int status; // 0: none comes, for this reason
        const char *reason, *error;
    } cases[] = {
        {"https://example.com/a.png", 404, NULL, "404 Client Error: Not Found for url: https://example.com/a.png"},
        {"https://example.com/a.png", 503, NULL,
         "503 Server Error: Service Unavailable for url: https://example.com/a.png"},
        {"https://example.com/a.png", 499, NULL, "499 Client Error:  for url: https://example.com/a.png"},
        {"https://u:p@example.com:8443/a.png?b#c", 0, "connection refused",
         POOL("example.com", "8443", "/a.png?b") "(Caused by NewConnectionError('<urllib3.connection.HTTPSConnection "
                                                 "object at 0x7f#~~>: Failed to establish a new connection: [Errno "
                                                 "111] Connection refused'))"},
        {"https://nowhere.invalid", 0, "could not resolve host nowhere.invalid",
         POOL("nowhere.invalid", "443",
              "/") "(Caused by NewConnectionError('<urllib3.connection.HTTPSConnection "
                   "object at 0x7f#~~>: Failed to establish a new connection: [Errno -2] Name or service not known'))"},
        {"https://example.com/a.png", 0, "connection reset",
         "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))"},
        {"https://example.com/a.png", 0, "certificate verify failed: expired",
         POOL("example.com", "443", "/a.png") "(Caused by SSLError(SSLCertVerificationError(1, '[SSL: "
                                              "CERTIFICATE_VERIFY_FAILED] certificate verify failed: expired')))"},
        {"https://example.com/a.png", 0, "no answer within 30 s",
         POOL("example.com", "443", "/a.png") "(Caused by OSError('no answer within 30 s'))"},
    };
    struct stage *stage = world_new(FETCHING);

    for (size_t i = 0; i < COUNT(cases); i++) {
        create(stage, cases[i].url);
        if (cases[i].reason)
            world_fetch_fail(stage, cases[i].reason);
        else
            world_fetch_answer(stage, cases[i].status, "", 0);
        advance(stage, "1s", NULL);
        expect(stage, "{'status':'failed','logs':'','output':null,'metrics':{'predict_time':0.02}}");
        const char *address = strstr(world_text(stage, "error"), "0x7f");
        if (address)
            ck_assert_uint_eq(strspn(address + 4, "0123456789abcdef"), 10);
        expect_error(stage, cases[i].error);
    }
    create(stage, "https://example.com/b.html");
    world_fetch_answer(stage, 200, "<p>", 3);
    advance(stage, "1s", NULL);
    expect(stage, "{'status':'failed','logs':'Using seed: 7\\n'}");
    expect_error(stage, "cannot identify image file PosixPath('/tmp/tmp#b.html')");
    create(stage, "https://example.com/");
    world_fetch_answer(stage, 204, "", 0);
    advance(stage, "1s", NULL);
    expect(stage, "{'status':'failed'}");
    expect_error(stage, "cannot identify image file PosixPath('/tmp/tmp#')");
    world_free(stage);
}
END_TEST

/* The transport has them all, and knows whose turn it is: a slow server holds up no other one. */
START_TEST(test_fetches_begin_at_once)
{
    struct stage *stage = world_new(FETCHING);
    char url[64], first[64];

    for (int i = 0; i < 20; i++) {
        snprintf(url, sizeof(url), "https://example.com/%d.png", i);
        create(stage, url);
        if (i == 0)
            snprintf(first, sizeof(first), "POST /v1/predictions/%s/cancel", world_id(stage));
    }
    ck_assert_uint_eq(world_fetches(stage), 20);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, NULL);
    world_ask(stage, first, NULL, NULL, 200, NULL);
    for (int i = 1; i < 19; i++) {
        snprintf(url, sizeof(url), "https://example.com/%d.png", i);
        world_fetch_expect(stage, url);
        answer_with_picture(stage);
    }
    ck_assert_uint_eq(world_fetches(stage), 0);
    ck_assert_uint_eq(its_world(stage)->in_flight, 0);
    world_free(stage);
}
END_TEST

/* Files are fetched faster than they are read: so many bytes wait at most, and what was under way. */
START_TEST(test_fetches_are_bounded)
{
    struct stage *stage = world_new(FETCHING);
    struct transport *transport = app_transport(world_app(stage));
    char *large = xcalloc(1, PREPARING_AHEAD);
    struct gate gate;

    gate_close(&gate, stage);
    for (int i = 0; i < 4; i++)
        create(stage, "https://example.com/a.png");
    world_fetch_answer(stage, 200, large, PREPARING_AHEAD); // this one is at the worker
    ck_assert(!fake_paused(transport));
    world_fetch_answer(stage, 200, large, PREPARING_AHEAD - 1);
    ck_assert(!fake_paused(transport));
    world_fetch_answer(stage, 200, large, 1);
    ck_assert(fake_paused(transport));
    world_fetch_answer(stage, 200, large, PREPARING_AHEAD);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'canceled'}");
    ck_assert(fake_paused(transport));
    gate_open(&gate, stage);
    ck_assert(!fake_paused(transport));
    gate_close(&gate, stage);
    for (int i = 0; i < 2; i++) {
        create(stage, "https://example.com/a.png");
        world_fetch_answer(stage, 200, large, PREPARING_AHEAD);
    }
    ck_assert(fake_paused(transport));
    world_ask(stage, "POST /_mock/reset", NULL, "{}", 200, NULL);
    ck_assert(!fake_paused(transport));
    gate_open(&gate, stage);
    free(large);
    world_free(stage);
}
END_TEST

/* No server takes such a URL, and nobody reads it in an error. */
START_TEST(test_a_very_long_url)
{
    struct buf url = {0}, fits = {0};
    const char *const places[] = {"v1/files/", ""};

    for (size_t i = 0; i < COUNT(places); i++) {
        url.len = 0;
        buf_printf(&url, "https://a.test/%s", places[i]);
        while (url.len <= 4 * INPUT_URL_MAX)
            buf_str(&url, "\\u00e9x");
        struct stage *stage = world_new(FETCHING);
        create(stage, buf_cstr(&url));
        ck_assert_uint_eq(world_fetches(stage), 0);
        advance(stage, "1s", NULL);
        expect(stage, "{'status':'failed','logs':''}");
        const char *error = world_text(stage, "error");
        ck_assert_ptr_nonnull(strstr(error, "(Caused by OSError('a URL of more than 64 KiB'))"));
        ck_assert_uint_lt(strlen(error), 2 * INPUT_URL_MAX);
        world_free(stage);
    }
    buf_str(&fits, "https://a.test/");
    while (fits.len < INPUT_URL_MAX - 2)
        buf_char(&fits, 'a');
    struct stage *stage = world_new(FETCHING);
    create(stage, buf_cstr(&fits));
    ck_assert_uint_eq(world_fetches(stage), 1);
    world_fetch_expect(stage, buf_cstr(&fits));
    world_free(stage);
    buf_free(&url);
    buf_free(&fits);
}
END_TEST

START_TEST(test_fetches_that_nobody_waits_for)
{
    struct stage *stage = world_new(FETCHING);

    create(stage, "https://example.com/a.png");
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'canceled'}");
    ck_assert_uint_eq(world_fetches(stage), 0);
    for (int i = 0; i < 20; i++)
        create(stage, "https://example.com/a.png");
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer other",
              body_of("https://example.com/b.png", "", ""), 201, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, "{}", 200, NULL);
    ck_assert_uint_eq(world_fetches(stage), 1); // the other world's has its turn
    world_fetch_expect(stage, "https://example.com/b.png");
    world_free(stage); // while it is under way
}
END_TEST

SUITE("inputs", test_a_data_uri, test_spellings, test_uploaded_files, test_a_file_that_is_deleted_meanwhile,
      test_files_that_are_not_there, test_an_expired_file, test_outputs_of_ours, test_what_is_not_read,
      test_deployments_read_and_trainings_do_not, test_what_cannot_be_read, test_half_a_picture,
      test_an_upload_that_is_no_picture, test_the_same_seed_the_same_failure, test_how_long_it_takes,
      test_webhooks_of_a_failure, test_a_stream_of_a_failure, test_a_wait_for_a_failure, test_rules,
      test_a_manual_clock_holds, test_settle_waits_for_it, test_no_time_at_all,
      test_no_time_at_all_between_milliseconds, test_on_a_real_clock_it_begins_when_it_is_read, test_cancel,
      test_cancel_after, test_a_wait_times_out, test_a_reset, test_a_reset_of_another_world,
      test_the_end_of_the_program, test_two_share_the_queue, test_inlined_files_follow_it,
      test_what_will_fail_is_not_inlined, test_retention_takes_what_was_made_of_it, test_memory, test_a_fetch,
      test_fetches_that_fail, test_fetches_begin_at_once, test_fetches_are_bounded, test_a_very_long_url,
      test_fetches_that_nobody_waits_for);
