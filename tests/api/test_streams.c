/* urls.stream: transcripts of event streams, byte by byte. */
#include "lib/suite.h"
#include "lib/world.h"

#include "core/lifecycle.h"
#include "core/store.h"
#include "core/world.h"
#include "http/server.h"

#include <stdio.h>
#include <string.h>

/* What a stage's clock begins with, in seconds: the first half of every event's id. */
#define SECONDS "1767225600"

#define HI               ": hi\n\n"
#define HEARTBEAT        ": heartbeat\n\n"
#define TIMEOUT          ":408: 408 Request Timeout\n\n"
#define EVENT(name, n)   "event: " name "\nid: " SECONDS ":" #n "\n"
#define OUTPUT(n, text)  EVENT("output", n) "data: " text "\n\n"
#define DONE(n, json)    EVENT("done", n) "data: " json "\n\n"
#define CANCELED         "{'reason':'canceled'}"
#define ALL_BUT_THE_LAST 15

/* A model whose output grows word by word, and what it says to the input {}: with --predict 1600ms a word every 100. */
#define MODEL(output)                                                                                                  \
    "{'owner':'acme','name':'writer','latest_version':{'id':'w1','openapi_schema':{'components':{'schemas':{"          \
    "'Input':{'type':'object'},'Output':" output "}}}}}"
#define TEXTS "{'type':'array','items':{'type':'string'},'x-cog-array-type':'iterator'}"
#define WRITE "{'version':'w1','input':{}}"
#define START "--boot 100ms --predict 1600ms"
#define WORDS 16
static const char *const words[WORDS] = {"This",          " is",  " replicate-mock,", " standing", " in",   " for",
                                         " acme/writer.", " Its", " answer",          " to",       " this", " input",
                                         " has",          " the", " number",          " 709943."};

static char *append_words(char *text, int from, int to)
{
    for (int i = from; i < to; i++)
        text += sprintf(text, "event: output\nid: " SECONDS ":%d\ndata: %s\n\n", i, words[i]);
    return text;
}

/* From the word `from` up to the word `to`, which is not among them, then `rest`. */
static void expect_words(struct client *client, const char *first, int from, int to, const char *rest)
{
    char text[4096];

    strcpy(append_words(strcpy(text, first) + strlen(first), from, to), rest);
    client_expect_stream(client, text);
}

enum { REQUEST = 512 };

/* The path of the stream of what was created last. */
static const char *path_of_stream(struct stage *stage)
{
    static char path[128];
    const char *url = world_text(stage, "urls.stream");

    ck_assert_int_eq(strncmp(url, "http://localhost/", 17), 0);
    snprintf(path, sizeof(path), "%s", url + strlen("http://localhost"));
    return path;
}

static const char *create(struct stage *stage, const char *body)
{
    world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    return path_of_stream(stage);
}

static const char *write_words(struct stage *stage)
{
    world_add_model(stage, MODEL(TEXTS));
    return create(stage, WRITE);
}

static void get(struct client *client, const char *path, const char *headers)
{
    struct buf request = {0}, all = {0};

    buf_printf(&request, "GET %s", path);
    buf_printf(&all, "Authorization: -%s%s", headers ? "\n" : "", headers ? headers : "");
    client_send(client, buf_cstr(&request), buf_cstr(&all), NULL);
    buf_free(&request);
    buf_free(&all);
}

static struct client *open_stream(struct stage *stage, const char *path, const char *headers)
{
    struct client *client = world_client(stage);

    get(client, path, headers);
    return client;
}

static void expect_headers(struct client *client)
{
    const struct answer *answer = client_answer(client);

    ck_assert_int_eq(answer->status, 200);
    ck_assert_str_eq(answer_header(answer, "Content-Type"), "text/event-stream");
    ck_assert_str_eq(answer_header(answer, "Cache-Control"), "no-cache");
    ck_assert_str_eq(answer_header(answer, "X-Accel-Buffering"), "no");
    ck_assert_str_eq(answer_header(answer, "Access-Control-Allow-Origin"), "*");
    ck_assert_str_eq(answer_header(answer, "Content-Length"), "");
}

/* The end of the answer comes a moment after `done`: Go's client loses what it has not handed on by then. */
static void expect_end(struct stage *stage, struct client *client)
{
    world_advance(stage, 249);
    ck_assert(!client_stream_has_ended(client));
    world_advance(stage, 1);
    ck_assert(client_stream_has_ended(client));
}

START_TEST(test_words_come_as_they_are_written)
{
    struct stage *stage = world_new(START);
    const char *path = write_words(stage);
    struct client *client = open_stream(stage, path, NULL);

    client_expect_stream(client, HI);
    expect_headers(client);
    ck_assert_str_eq(answer_header(client_answer(client), "Transfer-Encoding"), "chunked");
    world_advance(stage, 199);
    client_expect_stream(client, "");
    for (int i = 0; i < ALL_BUT_THE_LAST; i++) {
        world_advance(stage, 1);
        expect_words(client, "", i, i + 1, "");
        world_advance(stage, 99);
        client_expect_stream(client, "");
    }
    ck_assert(!client_stream_has_ended(client));
    world_advance(stage, 1);
    client_expect_stream(client, OUTPUT(15, " 709943.") DONE(16, "{}"));
    expect_end(stage, client);
    // What was streamed is what GET shows.
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
    for (int i = 0; i < WORDS; i++) {
        char at[16];
        snprintf(at, sizeof(at), "output.%d", i);
        ck_assert_str_eq(world_text(stage, at), words[i]);
    }
    // The connection is free for the next request.
    client_send(client, "GET /v1/predictions/{id}", NULL, NULL);
    client_expect(client, 200, "{'id':'{id}'}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_later_reader_gets_what_was_there)
{
    struct stage *stage = world_new(START);
    const char *path = write_words(stage);

    world_advance(stage, 450);
    struct client *client = open_stream(stage, path, NULL);
    expect_words(client, HI, 0, 3, "");
    world_advance(stage, 50);
    client_expect_stream(client, OUTPUT(3, " standing"));
    world_advance(stage, 250); // two at once
    expect_words(client, "", 4, 6, "");
    world_advance(stage, 10000);
    expect_words(client, "", 6, 16, DONE(16, "{}"));
    expect_end(stage, client);
    world_free(stage);
}
END_TEST

/* Files come with the end, a URL each. */
START_TEST(test_files)
{
    struct stage *stage = world_new(START);
    const char *path =
        create(stage, "{'version':'" VERSION "','input':{" INPUT ",'num_outputs':2,'return_reference_image':true}}");

    ck_assert_int_eq(strncmp(path, "/v1/files/", 10), 0);
    struct client *client = open_stream(stage, path, "Accept: text/event-stream");
    client_expect_stream(client, HI);
    expect_headers(client);
    world_advance(stage, 1699);
    client_expect_stream(client, "");
    world_advance(stage, 1);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded','output':['*','*','*']}");
    char expected[1024];
    int len = 0;
    for (int i = 0; i < 3; i++) {
        char at[16];
        snprintf(at, sizeof(at), "output.%d", i);
        len += sprintf(expected + len, "event: output\nid: " SECONDS ":%d\ndata: %s\n\n", i, world_text(stage, at));
    }
    ck_assert_ptr_nonnull(strstr(expected, "data: http://localhost/delivery/pbxt/"));
    ck_assert_ptr_nonnull(strstr(expected, "/ref-out.png\n"));
    strcpy(expected + len, DONE(3, "{}"));
    client_expect_stream(client, expected);
    expect_end(stage, client);
    world_free(stage);
}
END_TEST

START_TEST(test_a_text_that_comes_whole)
{
    struct stage *stage = world_new(START);

    world_add_model(stage, MODEL("{'type':'string'}"));
    struct client *client = open_stream(stage, create(stage, WRITE), NULL);
    world_advance(stage, 1699);
    client_expect_stream(client, HI);
    world_advance(stage, 1);
    client_expect_stream(client, OUTPUT(0, "This is replicate-mock, standing in for acme/writer. Its answer to this "
                                           "input has the number 709943.") DONE(1, "{}"));
    world_free(stage);
}
END_TEST

START_TEST(test_cancel)
{
    struct stage *stage = world_new(START);
    struct client *client = open_stream(stage, write_words(stage), NULL);

    world_advance(stage, 350);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'canceled'}");
    expect_words(client, HI, 0, 2, DONE(2, CANCELED));
    expect_end(stage, client);
    world_advance(stage, 5000);
    // Before it has begun.
    client = open_stream(stage, create(stage, WRITE), NULL);
    client_expect_stream(client, HI);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, NULL);
    client_expect_stream(client, "event: done\nid: 1767225605:0\ndata: " CANCELED "\n\n");
    expect_end(stage, client);
    world_free(stage);
}
END_TEST

/* Cancel-After, before the start and after it. */
START_TEST(test_deadlines)
{
    struct stage *stage = world_new("--boot 10s --predict 16s");

    world_add_model(stage, MODEL(TEXTS));
    world_ask(stage, "POST /v1/predictions", "Cancel-After: 5s", WRITE, 201, NULL);
    struct client *aborted = open_stream(stage, path_of_stream(stage), NULL);
    world_ask(stage, "POST /v1/predictions", "Cancel-After: 11s", WRITE, 201, NULL);
    struct client *canceled = open_stream(stage, path_of_stream(stage), NULL);
    world_advance(stage, 5000);
    client_expect_stream(aborted, HI DONE(0, CANCELED));
    client_expect_stream(canceled, HI);
    world_advance(stage, 6000);
    client_expect_stream(canceled, OUTPUT(0, "This") DONE(1, CANCELED));
    world_free(stage);
}
END_TEST

static struct prediction *prediction_of(struct stage *stage)
{
    return store_find(app_worlds(world_app(stage))->store, world_id(stage));
}

/* Nothing that a client can ask for fails by itself. */
static void break_down(struct stage *stage, const char *error)
{
    struct prediction *prediction = prediction_of(stage);
    struct world *world = prediction->world;
    struct event event = {
        .type = EVENT_COMPLETED, .world = world, .prediction = prediction, .at = clock_now(&world->clock)};

    prediction->error = xstrdup(error);
    world->worlds->store->bytes += strlen(error) + 1; // which the store will take off it
    prediction_become(prediction, STATUS_FAILED);
    prediction->completed_at = event.at;
    sched_cancel(&world->sched, &prediction->timer);
    store_finished(world->worlds->store, prediction);
    event_publish(&event);
}

/* What was written before it failed stays in the stream, for whoever comes later as well, though GET shows no output. */
START_TEST(test_failed)
{
    static const char error[] =
        "event: error\nid: " SECONDS ":2\n"
        "data: {'detail':'CUDA out of memory\\n\\u003ccat\\u003e'}\n\n" DONE(3, "{'reason':'error'}");
    struct stage *stage = world_new(START);
    const char *path = write_words(stage);
    struct client *client = open_stream(stage, path, NULL);

    world_advance(stage, 350);
    expect_words(client, HI, 0, 2, "");
    break_down(stage, "CUDA out of memory\n<cat>");
    client_expect_stream(client, error);
    expect_end(stage, client);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'failed','output':null}");
    get(client, path, NULL);
    expect_words(client, HI, 0, 2, error);
    expect_end(stage, client);
    get(client, path, "Last-Event-ID: " SECONDS ":1");
    expect_words(client, HI, 2, 2, error);
    expect_end(stage, client);
    get(client, path, "Last-Event-ID: " SECONDS ":2");
    client_expect_stream(client, HI DONE(3, "{'reason':'error'}"));
    expect_end(stage, client);
    get(client, path, "Last-Event-ID: " SECONDS ":3");
    client_expect_stream(client, HI DONE(3, "{'reason':'error'}"));
    world_free(stage);
}
END_TEST

START_TEST(test_replay)
{
    struct stage *stage = world_new(START);
    const char *path = write_words(stage);

    world_advance(stage, 1700);
    for (int i = 0; i < 2; i++) {
        struct client *client = open_stream(stage, path, NULL);
        expect_words(client, HI, 0, 16, DONE(16, "{}"));
        expect_end(stage, client);
        world_advance(stage, 100000);
    }
    world_free(stage);
}
END_TEST

START_TEST(test_last_event_id)
{
    static const struct {
        const char *id;
        int from;
    } cases[] = {
        {SECONDS ":0", 1},
        {SECONDS ":3", 4},
        {SECONDS ":03", 4},
        {SECONDS ":14", 15},
        {SECONDS ":15", 16},
        {SECONDS ":16", 16}, // behind `done` is nothing, and a stream always ends with it
        {SECONDS ":17", 0},  // never given out, and so on
        {SECONDS ":4294967295", 0},
        {SECONDS ":4294967299", 0},
        {SECONDS ":18446744073709551619", 0},
        {"1767225601:3", 0},
        {"1767225599:3", 0},
        {"", 0},
        {"3", 0},
        {":3", 0},
        {SECONDS, 0},
        {SECONDS ":", 0},
        {SECONDS ":-1", 0},
        {SECONDS ":+3", 0},
        {SECONDS ":3 4", 0},
        {SECONDS ":3:3", 0},
        {SECONDS ":3.0", 0},
        {SECONDS ":0x3", 0},
        {SECONDS ":three", 0},
    };
    struct stage *stage = world_new(START);
    const char *path = write_words(stage);
    struct client *client = world_client(stage);

    world_advance(stage, 1700);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char header[64];
        snprintf(header, sizeof(header), "Last-Event-ID: %s", cases[i].id);
        get(client, path, header);
        expect_words(client, HI, cases[i].from, 16, DONE(16, "{}"));
        expect_end(stage, client);
    }
    world_free(stage);
}
END_TEST

/* Who comes back before the end. */
START_TEST(test_last_event_id_of_a_running_one)
{
    struct stage *stage = world_new(START);
    const char *path = write_words(stage);

    world_advance(stage, 400);
    struct client *behind = open_stream(stage, path, "Last-Event-ID: " SECONDS ":0");
    struct client *last = open_stream(stage, path, "last-event-id: " SECONDS ":2");
    struct client *ahead = open_stream(stage, path, "Last-Event-ID: " SECONDS ":3");
    expect_words(behind, HI, 1, 3, "");
    client_expect_stream(last, HI);
    expect_words(ahead, HI, 0, 3, ""); // an event that nobody has had: not one of this stream's
    world_advance(stage, 100);
    expect_words(behind, "", 3, 4, "");
    expect_words(last, "", 3, 4, "");
    expect_words(ahead, "", 3, 4, "");
    world_free(stage);
}
END_TEST

START_TEST(test_readers_come_and_go)
{
    struct stage *stage = world_new(START);
    const char *path = write_words(stage);
    struct client *one = open_stream(stage, path, NULL), *other = open_stream(stage, path, NULL);

    world_advance(stage, 200);
    expect_words(one, HI, 0, 1, "");
    expect_words(other, HI, 0, 1, "");
    ck_assert_uint_eq(server_connections(app_server(world_app(stage))), 3);
    client_leave(one);
    world_settle(stage);
    ck_assert_uint_eq(server_connections(app_server(world_app(stage))), 2); // noticed at once, with nothing to send
    world_advance(stage, 100);
    expect_words(other, "", 1, 2, "");
    client_leave(other);
    world_advance(stage, 5000);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
    world_free(stage);
}
END_TEST

START_TEST(test_reset)
{
    struct stage *stage = world_new(START);
    const char *path = write_words(stage);
    struct client *client = open_stream(stage, path, NULL);

    world_advance(stage, 350);
    expect_words(client, HI, 0, 2, "");
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL);
    client_expect_stream(client, DONE(2, CANCELED));
    ck_assert(client_stream_has_ended(client));
    get(client, path, NULL);
    client_expect(client, 404, NULL);
    world_free(stage);
}
END_TEST

/* Words that are due, and that nobody has been woken for, when the world goes. */
START_TEST(test_reset_in_the_same_moment)
{
    struct stage *stage = world_new(START);
    struct client *client = open_stream(stage, write_words(stage), NULL);
    struct world *world = prediction_of(stage)->world;

    world_advance(stage, 250);
    expect_words(client, HI, 0, 1, "");
    clock_jump(&world->clock, clock_now(&world->clock) + 250 * NS_PER_MS);
    world_close(world);
    expect_words(client, "", 1, 4, DONE(4, CANCELED));
    ck_assert(client_stream_has_ended(client));
    world_free(stage);
}
END_TEST

START_TEST(test_data_removed)
{
    struct stage *stage = world_new(START " --retention 1m");
    const char *path = write_words(stage);

    world_advance(stage, 61699);
    struct client *client = open_stream(stage, path, NULL);
    expect_words(client, HI, 0, 16, DONE(16, "{}"));
    world_advance(stage, 1);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'data_removed':true}");
    client = open_stream(stage, path, NULL);
    client_expect_stream(client, HI TIMEOUT);
    expect_headers(client);
    ck_assert(client_stream_has_ended(client));
    world_free(stage);
}
END_TEST

START_TEST(test_manual_clock)
{
    struct stage *stage = world_new(START " --clock manual");
    const char *path = write_words(stage);
    struct client *client = open_stream(stage, path, NULL);

    world_advance(stage, 5000);
    client_expect_stream(client, HI);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'250ms'}", 200, NULL);
    expect_words(client, "", 0, 1, "");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'50ms'}", 200, NULL);
    expect_words(client, "", 1, 2, "");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1h'}", 200,
              "{'fired':[{'what':'prediction.succeeded'}]}"); // a reader's timers are no entries
    expect_words(client, "", 2, 16, DONE(16, "{}"));
    world_free(stage);
}
END_TEST

/* "Heartbeats read the real clock", also where the world's stands still. */
START_TEST(test_heartbeat)
{
    static const char *const clocks[] = {"--clock manual", "--speed 0.001", "--speed 100 --predict 100h"};

    for (size_t i = 0; i < COUNT(clocks); i++) {
        struct stage *stage = world_new(clocks[i]);
        struct client *client = open_stream(stage, write_words(stage), NULL);
        world_advance(stage, 14999);
        client_expect_stream(client, HI);
        world_advance(stage, 1);
        client_expect_stream(client, HEARTBEAT);
        world_advance(stage, 14999);
        client_expect_stream(client, "");
        world_advance(stage, 1);
        client_expect_stream(client, HEARTBEAT);
        world_advance(stage, 700);
        struct client *other = open_stream(stage, path_of_stream(stage), NULL); // all beat by whole seconds
        world_advance(stage, 14299);
        client_expect_stream(client, "");
        client_expect_stream(other, HI);
        world_advance(stage, 1);
        client_expect_stream(client, HEARTBEAT);
        client_expect_stream(other, HEARTBEAT);
        ck_assert(!client_stream_has_ended(client));
        world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, NULL);
        client_expect_stream(client, DONE(0, CANCELED));
        world_advance(stage, 60000);
        client_expect_stream(client, "");
        world_free(stage);
    }
}
END_TEST

/* --- readers who do not read ------------------------------------------------------------------------------------ */

enum { MANY = 50000 };

/* A prediction with so many outputs that no socket takes them, finished. Those behind the model's words are empty. */
static const char *write_much(struct stage *stage)
{
    const char *path = write_words(stage);

    prediction_of(stage)->plan.pieces = MANY;
    world_advance(stage, 1700);
    return path;
}

static void expect_much(struct client *client, const char *rest)
{
    struct buf expected = {0};

    buf_lit(&expected, HI);
    for (int i = 0; i < MANY; i++)
        buf_printf(&expected, "event: output\nid: " SECONDS ":%d\ndata: %s\n\n", i, i < WORDS ? words[i] : "");
    buf_str(&expected, rest);
    client_expect_stream(client, buf_cstr(&expected));
    buf_free(&expected);
}

/* Sends the request and leaves what comes in the socket. */
static struct client *open_unread(struct stage *stage, const char *path)
{
    struct client *client = world_client(stage);
    char request[REQUEST];

    int len = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    client_put_raw(client, request, (size_t)len);
    world_settle(stage);
    return client;
}

/* Reads until nothing more comes. */
static const char *read_on(struct client *client)
{
    size_t before, now = 0;

    do {
        before = now;
        now = strlen(client_stream(client));
    } while (now > before);
    return client_stream(client);
}

START_TEST(test_a_slow_reader_misses_nothing)
{
    struct stage *stage = world_new(START);
    struct client *client = open_unread(stage, write_much(stage));

    world_advance(stage, 10000);
    ck_assert_uint_gt(strlen(read_on(client)), MANY * sizeof("event: output\nid: " SECONDS ":0\ndata: \n"));
    expect_much(client, DONE(50000, "{}"));
    expect_end(stage, client);
    world_free(stage);
}
END_TEST

/* However many there were. */
START_TEST(test_a_slow_reader_gets_one_heartbeat)
{
    struct stage *stage = world_new(START);
    struct client *client = open_unread(stage, write_much(stage));

    for (int i = 0; i < 10; i++)
        world_advance(stage, 15000);
    const char *beat = strstr(read_on(client), HEARTBEAT);
    ck_assert_ptr_nonnull(beat);
    ck_assert_ptr_null(strstr(beat + 1, HEARTBEAT));
    world_free(stage);
}
END_TEST

/* Takes a stream apart: outputs from 0 on without a gap, then exactly `rest`, in which %u is the next number. */
static void expect_outputs_and(const char *stream, const char *rest)
{
    char event[128], end[128];
    unsigned count = 0;

    ck_assert_int_eq(strncmp(stream, HI, strlen(HI)), 0);
    stream += strlen(HI);
    for (;; count++) {
        int len = snprintf(event, sizeof(event), "event: output\nid: " SECONDS ":%u\ndata: %s\n\n", count,
                           count < WORDS ? words[count] : "");
        if (strncmp(stream, event, (size_t)len) != 0)
            break;
        stream += len;
    }
    ck_assert_uint_gt(count, WORDS);
    ck_assert_uint_lt(count, MANY);
    snprintf(end, sizeof(end), "event: done\nid: " SECONDS ":%u\ndata: {\"reason\":\"canceled\"}\n\n", count);
    ck_assert_str_eq(stream, rest ? rest : end);
}

START_TEST(test_a_slow_reader_whose_world_goes)
{
    struct stage *stage = world_new(START);
    struct client *client = open_unread(stage, write_much(stage));

    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL);
    expect_outputs_and(read_on(client), NULL);
    ck_assert(client_stream_has_ended(client));
    world_free(stage);
}
END_TEST

START_TEST(test_a_slow_reader_whose_prediction_goes)
{
    static const char *const options[] = {START " --max-predictions 1", START " --retention 1m"};

    for (size_t i = 0; i < COUNT(options); i++) {
        struct stage *stage = world_new(options[i]);
        struct client *client = open_unread(stage, write_much(stage));
        char id[32];
        snprintf(id, sizeof(id), "%s", world_id(stage));
        if (i == 0)
            create(stage, WRITE);
        else
            world_advance(stage, 60000);
        world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':['*']}");
        ck_assert_int_eq(strcmp(world_text(stage, "results.0.id"), id) == 0, i == 1);
        const char *text = read_on(client), *beat = strstr(text, HEARTBEAT);
        char *stream = xstrdup(text);
        if (i == 1) // in this minute
            strcpy(stream + (beat - text), beat + strlen(HEARTBEAT));
        expect_outputs_and(stream, TIMEOUT);
        ck_assert(client_stream_has_ended(client));
        free(stream);
        world_free(stage);
    }
}
END_TEST

START_TEST(test_a_slow_reader_who_leaves)
{
    struct stage *stage = world_new(START);
    struct client *client = open_unread(stage, write_much(stage));

    client_leave(client);
    world_settle(stage);
    ck_assert_uint_eq(server_connections(app_server(world_app(stage))), 1);
    world_free(stage);
}
END_TEST

/* --- who may read, and where ------------------------------------------------------------------------------------ */

START_TEST(test_head)
{
    struct stage *stage = world_new(START);
    char request[REQUEST];

    snprintf(request, sizeof(request), "HEAD %s", write_words(stage));
    world_send(stage, request, "Authorization: -", NULL);
    world_expect(stage, 200, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "text/event-stream");
    ck_assert_str_eq(answer_header(world_answer(stage), "Cache-Control"), "no-cache");
    // Nothing follows, and nobody is left to be told of words.
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'id':'{id}'}");
    ck_assert(list_empty(&prediction_of(stage)->observers));
    world_free(stage);
}
END_TEST

START_TEST(test_keys)
{
    struct stage *stage = world_new(START);
    char text[128], file[128], wrong[256];
    struct client *client = world_client(stage);

    snprintf(text, sizeof(text), "%s", write_words(stage));
    snprintf(file, sizeof(file), "%s", create(stage, CREATE));
    const char *paths[] = {text, file};
    for (size_t i = 0; i < 2; i++) {
        for (size_t at = strlen("/v1/streams/") + (i == 0); at < strlen(paths[i]); at++) {
            strcpy(wrong, paths[i]);
            if (wrong[at] == '-') // without it it is an uploaded file's by its form
                continue;
            wrong[at] = wrong[at] == 'b' ? 'c' : 'b';
            get(client, wrong, NULL);
            client_expect(client, 404, "{'detail':'The requested resource could not be found.'}");
        }
    }
    // The key of a stream of words behind /files/, with whatever tag, and the other way round.
    char *key = strrchr(file, '/') + 1;
    snprintf(wrong, sizeof(wrong), "/v1/files/abcd-%s", strrchr(text, '/') + 1);
    get(client, wrong, NULL);
    client_expect(client, 404, NULL);
    snprintf(wrong, sizeof(wrong), "/v1/streams/%s", key);
    get(client, wrong, NULL);
    client_expect(client, 404, NULL);
    snprintf(wrong, sizeof(wrong), "/v1/streams/%s", key + 5);
    get(client, wrong, NULL);
    client_expect(client, 404, NULL);
    world_ask(stage, "GET /v1/streams", NULL, NULL, 404, NULL);
    world_ask(stage, "GET /v1/streams/{id}", NULL, NULL, 404, NULL);
    snprintf(wrong, sizeof(wrong), "GET %s/more", text);
    world_ask(stage, wrong, NULL, NULL, 404, NULL);
    // What is no stream's key by its form is another resource's.
    world_ask(stage, "POST /v1/files/NGZiNmY2YzQtMThhZi00ZjcyLWFhZjktODg4NTY0NWNlMDEy", NULL, "{}", 405, NULL);
    get(client, file, "Origin: https://example.com");
    client_expect_stream(client, HI);
    world_free(stage);
}
END_TEST

START_TEST(test_no_token_is_needed)
{
    struct stage *stage = world_new(START " --auth required --token right");
    struct client *client = world_client(stage);
    static const char *const headers[] = {"Authorization: -", "Authorization: Bearer wrong", "Authorization: right",
                                          "Authorization: Bearer right"};
    char request[REQUEST];

    world_add_model(stage, MODEL(TEXTS));
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer right", WRITE, 201, NULL);
    snprintf(request, sizeof(request), "GET %s", path_of_stream(stage));
    world_advance(stage, 1700);
    for (size_t i = 0; i < COUNT(headers); i++) {
        client_send(client, request, headers[i], NULL);
        expect_words(client, HI, 0, 16, DONE(16, "{}"));
        expect_end(stage, client);
    }
    world_free(stage);
}
END_TEST

START_TEST(test_methods)
{
    static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE", "QUERY"};
    struct stage *stage = world_new(START);
    char paths[2][128], request[REQUEST];

    snprintf(paths[0], sizeof(paths[0]), "%s", write_words(stage));
    snprintf(paths[1], sizeof(paths[1]), "%s", create(stage, CREATE));
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < COUNT(methods); j++) {
            snprintf(request, sizeof(request), "%s %s", methods[j], paths[i]);
            world_ask(stage, request, "Authorization: -", NULL, 405, NULL);
            ck_assert_str_eq(answer_header(world_answer(stage), "Allow"), "GET, HEAD, OPTIONS");
        }
        snprintf(request, sizeof(request), "OPTIONS %s", paths[i]);
        world_ask(stage, request,
                  "Authorization: -\nOrigin: https://example.com\nAccess-Control-Request-Method: GET\n"
                  "Access-Control-Request-Headers: last-event-id",
                  NULL, 204, NULL);
        ck_assert_str_eq(answer_header(world_answer(stage), "Access-Control-Allow-Origin"), "*");
        ck_assert_str_eq(answer_header(world_answer(stage), "Access-Control-Allow-Headers"), "last-event-id");
    }
    world_free(stage);
}
END_TEST

START_TEST(test_every_prefix)
{
    static const char *const prefixes[] = {"/v1", "", "/v1/v1"};
    struct stage *stage = world_new(START);
    char text[128], file[128], path[256];

    snprintf(text, sizeof(text), "%s", write_words(stage) + strlen("/v1"));
    world_ask(stage, "POST /predictions", NULL, CREATE, 201, NULL);
    snprintf(file, sizeof(file), "%s", path_of_stream(stage)); // has the prefix of the request
    ck_assert_int_eq(strncmp(file, "/files/", 7), 0);
    world_advance(stage, 1700);
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        snprintf(path, sizeof(path), "%s%s", prefixes[i], text);
        expect_words(open_stream(stage, path, NULL), HI, 0, 16, DONE(16, "{}"));
        snprintf(path, sizeof(path), "%s%s/?query=any", prefixes[i], file);
        struct client *client = open_stream(stage, path, "X-Forwarded-Proto: https\nX-Forwarded-Host: a.example");
        ck_assert_ptr_nonnull(strstr(client_stream(client), "data: https://a.example/delivery/pbxt/"));
    }
    world_free(stage);
}
END_TEST

START_TEST(test_http_1_0)
{
    struct stage *stage = world_new(START);
    struct client *client = world_client(stage);
    char request[REQUEST];

    int len =
        snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", write_words(stage));
    client_send_raw(client, request, (size_t)len);
    client_expect_stream(client, HI);
    expect_headers(client);
    ck_assert_str_eq(answer_header(client_answer(client), "Transfer-Encoding"), "");
    world_advance(stage, 200);
    expect_words(client, "", 0, 1, "");
    ck_assert(!client_stream_has_ended(client));
    world_advance(stage, 1500);
    expect_words(client, "", 1, 16, DONE(16, "{}"));
    expect_end(stage, client);
    ck_assert(client_is_closed(client));
    world_free(stage);
}
END_TEST

/* A request that came too soon waits until the stream has ended. */
START_TEST(test_pipelined)
{
    struct stage *stage = world_new(START);
    struct client *client = open_stream(stage, write_words(stage), NULL);
    static const char next[] = "GET /_mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n";

    client_send_raw(client, next, sizeof(next) - 1);
    client_expect_stream(client, HI);
    world_advance(stage, 1700);
    expect_words(client, "", 0, 16, DONE(16, "{}"));
    expect_end(stage, client);
    client_expect(client, 200, "{'status':'ok'}");
    world_free(stage);
}
END_TEST

SUITE("streams", test_words_come_as_they_are_written, test_a_later_reader_gets_what_was_there, test_files,
      test_a_text_that_comes_whole, test_cancel, test_deadlines, test_failed, test_replay, test_last_event_id,
      test_last_event_id_of_a_running_one, test_readers_come_and_go, test_reset, test_reset_in_the_same_moment,
      test_data_removed, test_manual_clock, test_heartbeat, test_a_slow_reader_misses_nothing,
      test_a_slow_reader_gets_one_heartbeat, test_a_slow_reader_whose_world_goes,
      test_a_slow_reader_whose_prediction_goes, test_a_slow_reader_who_leaves, test_head, test_keys,
      test_no_token_is_needed, test_methods, test_every_prefix, test_http_1_0, test_pipelined);
