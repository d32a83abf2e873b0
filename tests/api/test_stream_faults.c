/* What a rule does to those who come with a key: its `stream`, copied into the prediction, and rules for the operations
 * streams.get and delivery.get. */
#include "lib/suite.h"
#include "lib/world.h"

#include "http/server.h"

#include <stdio.h>
#include <string.h>

#define JSON      "Content-Type: application/json"
#define NOBODY    "Authorization: -"
#define OTHER     "Authorization: Bearer other"
#define SECONDS   "1767225600"
#define HI        ": hi\n\n"
#define HEARTBEAT ": heartbeat\n\n"
#define DONE      "event: done\nid: " SECONDS ":16\ndata: {}\n\n"
#define MANUAL    "--clock manual --start-time 2026-01-01T00:00:00Z"

/* A model whose output grows word by word: with these times a word every 100 ms, the first after 200. */
#define MODEL                                                                                                          \
    "{'owner':'acme','name':'writer','latest_version':{'id':'w1','openapi_schema':{'components':{'schemas':{"          \
    "'Input':{'type':'object'},'Output':{'type':'array','items':{'type':'string'},'x-cog-array-type':'iterator'}}}}}}"
#define START "--boot 100ms --predict 1600ms "
#define WRITE "{'version':'w1','input':{}}"
enum { WORDS = 16 };
static const char *const words[WORDS] = {"This",          " is",  " replicate-mock,", " standing", " in",   " for",
                                         " acme/writer.", " Its", " answer",          " to",       " this", " input",
                                         " has",          " the", " number",          " 709943."};

static void post(struct stage *stage, const char *rule)
{
    world_ask(stage, "POST /_mock/scenarios", JSON, rule, 201, NULL);
}

/* "GET" and the path of the URL at that place of the latest answer. */
static const char *request_of(struct stage *stage, const char *place)
{
    static char request[256];
    const char *url = world_text(stage, place);

    ck_assert_int_eq(strncmp(url, "http://localhost/", 17), 0);
    snprintf(request, sizeof(request), "GET %s", url + strlen("http://localhost"));
    return request;
}

/* Created as `body` says, with a rule whose `stream` is that (empty: none); the request for its stream. */
static const char *create(struct stage *stage, const char *stream, const char *body)
{
    char rule[128];

    if (*stream) {
        snprintf(rule, sizeof(rule), "{'stream':%s}", stream);
        post(stage, rule);
    }
    world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    return request_of(stage, "urls.stream");
}

static struct stage *stage_with_writer(const char *options)
{
    struct stage *stage = world_new(options);

    world_add_model(stage, MODEL);
    return stage;
}

static struct client *get(struct stage *stage, const char *request, const char *header)
{
    struct client *client = world_client(stage);
    char headers[128];

    snprintf(headers, sizeof(headers), NOBODY "%s%s", *header ? "\n" : "", header);
    client_send(client, request, headers, NULL);
    return client;
}

/* From the word `from` up to the word `to`, which is not among them, then `rest`. */
static void expect_words(struct client *client, const char *first, int from, int to, const char *rest)
{
    char text[4096];
    int len = sprintf(text, "%s", first);

    for (int i = from; i < to; i++)
        len += sprintf(text + len, "event: output\nid: " SECONDS ":%d\ndata: %s\n\n", i, words[i]);
    strcpy(text + len, rest);
    client_expect_stream(client, text);
}

/* The connection was closed, and no last chunk came before. */
static void expect_broken(struct client *client)
{
    ck_assert(client_is_closed(client));
    client_expect_stream(client, "");
}

/* --- cut_after ------------------------------------------------------------------------------------------------------ */

START_TEST(test_cut)
{
    struct stage *stage = stage_with_writer(START);
    struct client *client = get(stage, create(stage, "{'cut_after':3}", WRITE), "");

    client_expect_stream(client, HI);
    for (int i = 0; i < 3; i++) {
        world_advance(stage, i == 0 ? 199 : 99);
        client_expect_stream(client, "");
        ck_assert(!client_is_closed(client));
        world_advance(stage, 1);
        expect_words(client, "", i, i + 1, "");
    }
    expect_broken(client);
    ck_assert_int_eq(client_answer(client)->status, 200);
    world_free(stage);
}
END_TEST

/* Who comes back with the id of his last event gets as many again, and comes to the end; `done` does not break off. */
START_TEST(test_each_connection_is_cut)
{
    static const struct {
        const char *last;
        int from, to;
    } cases[] = {{"", 0, 6}, {"Last-Event-ID: " SECONDS ":5", 6, 12}, {"", 0, 6}};
    struct stage *stage = stage_with_writer(START);
    char request[256];

    snprintf(request, sizeof(request), "%s", create(stage, "{'cut_after':6}", WRITE));
    world_advance(stage, 1700);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct client *client = get(stage, request, cases[i].last);
        expect_words(client, HI, cases[i].from, cases[i].to, "");
        expect_broken(client);
    }
    struct client *client = get(stage, request, "Last-Event-ID: " SECONDS ":11"); // four words, and done
    expect_words(client, HI, 12, 16, DONE);
    ck_assert(!client_stream_has_ended(client));
    world_advance(stage, 250);
    ck_assert(client_stream_has_ended(client));
    ck_assert(!client_is_closed(client));
    client =
        get(stage, request, "Last-Event-ID: " SECONDS ":10"); // with the sixth comes done: nothing is left to break
    expect_words(client, HI, 11, 16, DONE);
    world_advance(stage, 250);
    ck_assert(!client_is_closed(client));
    client = get(stage, request, "Last-Event-ID: " SECONDS ":9"); // done would be the seventh
    expect_words(client, HI, 10, 16, "");
    expect_broken(client);
    world_free(stage);
}
END_TEST

/* Comments do not count; 0 never gets anywhere; a file is an event, too. */
START_TEST(test_what_counts)
{
    struct stage *stage = stage_with_writer("--boot 40s");
    struct client *client = get(stage, create(stage, "{'cut_after':1}", WRITE), "");

    world_advance(stage, 15000);
    world_advance(stage, 15000);
    client_expect_stream(client, HI HEARTBEAT HEARTBEAT);
    ck_assert(!client_is_closed(client));
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, NULL);
    client_expect_stream(client, "event: done\nid: " SECONDS ":0\ndata: {'reason':'canceled'}\n\n");
    world_free(stage);
    stage = stage_with_writer("");
    client = get(stage, create(stage, "{'cut_after':0}", WRITE), "");
    client_expect_stream(client, HI);
    expect_broken(client);
    world_ask(stage, "DELETE /_mock/scenarios", NULL, NULL, 204, NULL);
    client = get(stage,
                 create(stage, "{'cut_after':1}", "{'version':'" VERSION "','input':{" INPUT ",'num_outputs':2}}"), "");
    world_advance(stage, 1100);
    ck_assert_ptr_nonnull(strstr(client_stream(client), "event: output\nid: " SECONDS ":0\ndata: http://localhost/"));
    ck_assert_ptr_null(strstr(client_stream(client), ":1\n"));
    ck_assert(client_is_closed(client));
    world_free(stage);
}
END_TEST

/* --- stall ---------------------------------------------------------------------------------------------------------- */

/* For so long after it was opened nothing comes, not even a heartbeat; then all that there is by then. */
START_TEST(test_stall)
{
    struct stage *stage = stage_with_writer(START);
    struct client *client = get(stage, create(stage, "{'stall':'20s'}", WRITE), "");

    client_expect_stream(client, HI);
    world_advance(stage, 15000);
    world_advance(stage, 4999);
    client_expect_stream(client, "");
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
    world_advance(stage, 1);
    expect_words(client, "", 0, 16, DONE);
    world_advance(stage, 250);
    ck_assert(client_stream_has_ended(client));
    ck_assert(!client_is_closed(client));
    world_free(stage);
}
END_TEST

/* Once in each connection; a heartbeat comes again when it is over. */
START_TEST(test_stall_of_a_slow_one)
{
    struct stage *stage = stage_with_writer("--boot 40s");
    struct client *client = get(stage, create(stage, "{'stall':'20s'}", WRITE), "");

    world_advance(stage, 15000);
    world_advance(stage, 5000);
    client_expect_stream(client, HI);
    world_advance(stage, 10000);
    client_expect_stream(client, HEARTBEAT);
    client = get(stage, request_of(stage, "urls.stream"), "");
    world_advance(stage, 15000);
    client_expect_stream(client, HI);
    world_free(stage);
}
END_TEST

/* "In the place of the cut": it comes when the silence is over. */
START_TEST(test_stall_and_cut)
{
    struct stage *stage = stage_with_writer(START);
    struct client *client = get(stage, create(stage, "{'cut_after':3,'stall':'20s'}", WRITE), "");

    world_advance(stage, 400);
    expect_words(client, HI, 0, 3, "");
    world_advance(stage, 15000);
    world_advance(stage, 4999);
    client_expect_stream(client, "");
    ck_assert(!client_is_closed(client));
    world_advance(stage, 1);
    expect_broken(client);
    world_free(stage);
}
END_TEST

/* It goes on exactly when the clock has passed; real time alone does nothing. */
START_TEST(test_stall_on_a_manual_clock)
{
    struct stage *stage = stage_with_writer(START MANUAL);
    struct client *client = get(stage, create(stage, "{'stall':'10s'}", WRITE), "");

    world_advance(stage, 60000);
    client_expect_stream(client, HI);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'9.999s'}", 200, NULL);
    client_expect_stream(client, "");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1ms'}", 200, "{'fired':[]}");
    expect_words(client, "", 0, 16, DONE);
    world_free(stage);
}
END_TEST

static void expect_connections(struct stage *stage, size_t count)
{
    world_settle(stage);
    ck_assert_uint_eq(server_connections(app_server(world_app(stage))), count);
}

/* Who leaves meanwhile is forgotten; a world that goes takes what is silent with it, and cut as it would have been. */
START_TEST(test_leaving_while_it_is_silent)
{
    struct stage *stage = stage_with_writer(START);
    struct client *client = get(stage, create(stage, "{'cut_after':1,'stall':'10s'}", WRITE), "");

    world_advance(stage, 200);
    expect_words(client, HI, 0, 1, "");
    expect_connections(stage, 2);
    client_leave(client);
    expect_connections(stage, 1);
    world_advance(stage, 20000);
    client = get(stage, request_of(stage, "urls.stream"), "");
    expect_words(client, HI, 0, 1, "");
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL);
    expect_broken(client);
    client = get(stage, create(stage, "{'stall':'10s'}", WRITE), "");
    client_expect_stream(client, HI);
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL);
    expect_broken(client);
    world_free(stage);
}
END_TEST

/* --- rules for streams.get ------------------------------------------------------------------------------------------ */

#define STREAMS "'match':{'operation':'streams.get'}"

/* The prediction's world's own, however its reader came; nobody else's. */
START_TEST(test_a_stream_is_refused)
{
    struct stage *stage = stage_with_writer(START);
    char request[256];

    snprintf(request, sizeof(request), "%s", create(stage, "", WRITE));
    world_ask(stage, "POST /_mock/scenarios", OTHER "\n" JSON, "{" STREAMS ",'response':{'status':500}}", 201, NULL);
    post(stage, "{'name':'gone'," STREAMS ",'skip':1,'times':1,'response':{'status':404}}");
    client_expect_stream(get(stage, request, ""), HI); // let pass
    struct client *client = get(stage, request, "Origin: https://app.test");
    client_expect(client, 404, "{'detail':'The requested resource could not be found.','status':404}");
    ck_assert_str_eq(answer_header(client_answer(client), "Access-Control-Allow-Origin"), "*");
    ck_assert_str_eq(answer_header(client_answer(client), "ratelimit-remaining"), "");
    client_expect_stream(get(stage, request, ""), HI);
    world_ask(stage, "GET /_mock/scenarios", NULL, NULL, 200, "{'results':[{'name':'gone','hits':1}]}");
    world_ask(stage, "GET /_mock/scenarios", OTHER, NULL, 200, "{'results':[{'hits':0}]}");
    post(stage, "{" STREAMS ",'response':{'status':418,'headers':{'x-tea':'pot'},'body':'short and stout'}}");
    client = get(stage, request, "");
    world_undescribed(stage);
    client_expect(client, 418, NULL);
    ck_assert_str_eq(client_answer(client)->body, "short and stout");
    ck_assert_str_eq(answer_header(client_answer(client), "x-tea"), "pot");
    client = get(stage, "GET /v1/streams/aaaa", ""); // nobody's
    client_expect(client, 404, NULL);
    world_ask(stage, "POST /_mock/reset", NULL, "{}", 200, NULL);
    client_expect(get(stage, request, ""), 404, NULL);
    world_free(stage);
}
END_TEST

/* By the prediction's model and input; until these are removed. Of the whole server, too. */
START_TEST(test_which_stream)
{
    struct stage *stage = stage_with_writer("--boot 1ms --predict 1ms --retention 10s");
    char one[256], two[256];

    world_ask(stage, "POST /_mock/scenarios", JSON "\n" NOBODY,
              "{'match':{'operation':'streams.*','model':'acme/writer','input':{'topic':{'contains':'cat'}}},"
              "'response':{'status':503}}",
              201, NULL);
    snprintf(one, sizeof(one), "%s", create(stage, "", "{'version':'w1','input':{'topic':'cats'}}"));
    snprintf(two, sizeof(two), "%s", create(stage, "", "{'version':'w1','input':{'topic':'dogs'}}"));
    world_advance(stage, 2);
    client_expect(get(stage, one, ""), 503, NULL);
    ck_assert_ptr_nonnull(strstr(client_stream(get(stage, two, "")), "event: done\n"));
    snprintf(one, sizeof(one), "%s", create(stage, "", "{'version':'" VERSION "','input':{" INPUT "}}"));
    ck_assert_ptr_nonnull(strstr(client_stream(get(stage, one, "")), HI));
    world_free(stage);
}
END_TEST

START_TEST(test_a_stream_is_dropped)
{
    struct stage *stage = stage_with_writer(START);
    char request[256];

    snprintf(request, sizeof(request), "%s", create(stage, "", WRITE));
    post(stage, "{" STREAMS ",'times':1,'response':{'drop':'before-headers'}}");
    post(stage, "{" STREAMS ",'times':1,'response':{'drop':'mid-body'}}");
    struct client *client = get(stage, request, "");
    ck_assert(client_is_closed(client));
    client = get(stage, request, "");
    client_expect_stream(client, HI);
    world_advance(stage, 300);
    expect_words(client, "", 0, 1, ""); // it has no half: it breaks off behind its first event
    expect_broken(client);
    client = get(stage, request, "");
    expect_words(client, HI, 0, 2, "");
    ck_assert(!client_is_closed(client));
    world_free(stage);
}
END_TEST

/* Head and all come late; what has happened meanwhile is there then. */
START_TEST(test_a_stream_is_delayed)
{
    struct stage *stage = stage_with_writer(START);
    char request[256];

    snprintf(request, sizeof(request), "%s", create(stage, "", WRITE));
    post(stage, "{" STREAMS ",'response':{'delay':'400ms'}}");
    struct client *client = get(stage, request, "");
    for (int i = 0; i < 3; i++) // a word wakes nobody
        world_advance(stage, 100);
    world_advance(stage, 99);
    client_expect_waiting(client);
    world_advance(stage, 1);
    expect_words(client, HI, 0, 3, "");
    world_advance(stage, 100);
    expect_words(client, "", 3, 4, "");
    client_leave(get(stage, request, "")); // while it is held
    client = get(stage, request, "");
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL); // at once, and to its end
    expect_words(client, HI, 0, 4, "event: done\nid: " SECONDS ":4\ndata: {'reason':'canceled'}\n\n");
    ck_assert_str_ne(answer_header(client_answer(client), "Content-Length"),
                     ""); // it is whole: nothing is left to stream
    post(stage, "{" STREAMS ",'response':{'delay':'400ms'}}");
    get(stage, create(stage, "", WRITE), ""); // held when the server stops
    world_free(stage);
}
END_TEST

/* --- rules for delivery.get ----------------------------------------------------------------------------------------- */

#define FILES  "'match':{'operation':'delivery.get'}"
#define RANDOM "{'version':'" VERSION "','input':{" INPUT "}}"

/* The request for the first file of a prediction that has succeeded. */
static const char *make_file(struct stage *stage)
{
    world_ask(stage, "POST /v1/predictions", NULL, RANDOM, 201, NULL);
    world_advance(stage, 1100);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
    return request_of(stage, "output.0");
}

START_TEST(test_a_file_is_refused)
{
    struct stage *stage = world_new("");
    char request[256];

    snprintf(request, sizeof(request), "%s", make_file(stage));
    post(stage, "{" FILES ",'times':1,'response':{'status':404}}");
    post(stage, "{" FILES ",'times':1,'response':{'status':500}}");
    struct client *client = get(stage, request, "");
    client_expect(client, 404, "{'detail':'File not found'}");
    ck_assert_str_eq(answer_header(client_answer(client), "Access-Control-Allow-Origin"), "*");
    client_expect(get(stage, request, ""), 500, NULL);
    client = get(stage, request, "");
    client_expect(client, 200, NULL);
    ck_assert_str_eq(answer_header(client_answer(client), "Content-Type"), "image/png");
    client_expect(get(stage, "GET /delivery/pbxt/aaaa/out-0.png", ""), 404, NULL);
    world_free(stage);
}
END_TEST

/* A whole file, a half of one, and one that is late: all of the same length. */
START_TEST(test_a_file_is_slow_and_breaks_off)
{
    struct stage *stage = world_new("");
    char request[256];

    snprintf(request, sizeof(request), "%s", make_file(stage));
    struct client *client = get(stage, request, "");
    client_expect(client, 200, NULL);
    size_t len = client_answer(client)->len;
    post(stage, "{'match':{'operation':'delivery.get','model':'rossjillian/controlnet','input':{'prompt':'a turtle'}},"
                "'times':1,'response':{'delay':'3s'}}");
    post(stage, "{" FILES ",'times':1,'response':{'drop':'mid-body'}}");
    post(stage, "{" FILES ",'times':1,'response':{'drop':'before-headers'}}");
    client = get(stage, request, "");
    world_advance(stage, 2999);
    client_expect_waiting(client);
    world_advance(stage, 1);
    client_expect(client, 200, NULL);
    ck_assert_uint_eq(client_answer(client)->len, len);
    client = get(stage, request, "");
    ck_assert(client_is_closed(client));
    client_stream(client);
    char length[32];
    snprintf(length, sizeof(length), "%zu", len);
    ck_assert_str_eq(answer_header(client_answer(client), "Content-Length"), length);
    client = get(stage, request, "");
    ck_assert(client_is_closed(client));
    world_free(stage);
}
END_TEST

/* A file that comes by an older URL, the bucket in the host, is the same. */
START_TEST(test_a_file_by_its_host)
{
    struct stage *stage = world_new("");
    char request[256];

    snprintf(request, sizeof(request), "GET %s",
             strstr(make_file(stage), "/delivery/pbxt/") + strlen("/delivery/pbxt"));
    world_undescribed(stage);
    client_expect(get(stage, request, "Host: pbxt.replicate.delivery"), 200, NULL);
    post(stage, "{" FILES ",'response':{'status':503}}");
    world_undescribed(stage);
    client_expect(get(stage, request, "Host: pbxt.replicate.delivery"), 503, NULL);
    world_free(stage);
}
END_TEST

START_TEST(test_searches_are_ruled_as_ever)
{
    struct stage *stage = world_new("");

    post(stage, "{'match':{'operation':'models.search'},'response':{'status':503}}");
    world_ask(stage, "QUERY /v1/models", "Content-Type: text/plain", "turtle", 503, NULL);
    world_ask(stage, "GET /v1/models", NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

SUITE("stream_faults", test_cut, test_each_connection_is_cut, test_what_counts, test_stall, test_stall_of_a_slow_one,
      test_stall_and_cut, test_stall_on_a_manual_clock, test_leaving_while_it_is_silent, test_a_stream_is_refused,
      test_which_stream, test_a_stream_is_dropped, test_a_stream_is_delayed, test_a_file_is_refused,
      test_a_file_is_slow_and_breaks_off, test_a_file_by_its_host, test_searches_are_ruled_as_ever);
