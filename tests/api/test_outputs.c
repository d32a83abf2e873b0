/* What models answer, by their Output schema: as GET, streams, webhooks and /delivery show it. */
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

#define START   "--boot 100ms --predict 1s --seed 1"
#define SECONDS "1767225600"
#define HOOK    "http://app.test/hook"

#define URI             "{'type':'string','format':'uri'}"
#define STRING          "{'type':'string'}"
#define LIST(items)     "{'type':'array','items':" items "}"
#define ITERATOR(items) "{'type':'array','items':" items ",'x-cog-array-type':'iterator'}"

/* A model "acme/NAME" of that Output schema, whose version bears its name; and a prediction of it. */
static void add_model(struct stage *stage, const char *name, const char *output, const char *more)
{
    struct buf model = {0};

    buf_printf(&model,
               "{'owner':'acme','name':'%s',%s'latest_version':{'id':'%s','openapi_schema':{'components':{'schemas':{"
               "'Input':{'type':'object'},'Output':%s}}}}}",
               name, more, name, output);
    world_add_model(stage, buf_cstr(&model));
    buf_free(&model);
}

static void create(struct stage *stage, const char *name, const char *input)
{
    struct buf body = {0};

    buf_printf(&body, "{'version':'%s','input':%s}", name, input);
    world_ask(stage, "POST /v1/predictions", NULL, buf_cstr(&body), 201, "{'status':'starting','output':null}");
    buf_free(&body);
}

static struct stage *with_model(const char *output, const char *input)
{
    struct stage *stage = world_new(START);

    add_model(stage, "m", output, "");
    create(stage, "m", input);
    return stage;
}

static void expect(struct stage *stage, const char *json)
{
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, json);
}

/* The path of what a URL in the answer leads to. */
static const char *path_of(struct stage *stage, const char *member)
{
    static char path[256];
    const char *url = world_text(stage, member);

    ck_assert_int_eq(strncmp(url, "http://localhost/", 17), 0);
    snprintf(path, sizeof(path), "GET %s", url + strlen("http://localhost"));
    return path;
}

START_TEST(test_every_shape)
{
    static const struct {
        const char *schema, *output;
    } table[] = {
        {URI, "'*'"},
        {LIST(URI), "['*']"},
        {STRING, "'*'"},
        {LIST(STRING), "['This',' is',' replicate-mock,',' standing',' in',' for',' acme/m.',' Its',' answer',' to',"
                       "' this',' input',' has',' the',' number','*']"},
        {"{'type':'object','required':['file','n'],'properties':{'n':{'type':'integer','minimum':4,'maximum':4},'file'"
         ":" URI ",'list':{'type':'array','items':{'const':true},'maxItems':2}}}",
         "{'file':'*','list':[true,true],'n':4}"},
        {"{'type':'number','minimum':0.25,'maximum':0.25}", "0.25"},
        {"{'type':'integer','minimum':3,'maximum':3}", "3"},
        {"{'enum':[false]}", "false"},
        {"{'type':'null'}", "null"},
        {LIST(LIST("{'const':1}")), "[[1,1,1],[1,1,1]]"},
        {"{'$ref':'#/components/schemas/Input'}", "{'output':'*'}"},
        {"{'type':'array','maxItems':0}", "[]"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct stage *stage = with_model(table[i].schema, "{}");
        struct buf wanted = {0};
        world_advance(stage, 1099);
        expect(stage, "{'status':'processing','output':null}");
        world_advance(stage, 1);
        buf_printf(&wanted, "{'status':'succeeded','output':%s}", table[i].output);
        expect(stage, buf_cstr(&wanted));
        buf_free(&wanted);
        world_free(stage);
    }
}
END_TEST

/* Members of an object stand in the order of their keys, in answers, lists and webhooks alike. */
START_TEST(test_keys_are_sorted)
{
    struct stage *stage = world_new(START);

    add_model(stage, "m", "{'type':'object','properties':{'b':{'const':2},'a':{'const':{'d':4,'c':3}}}}", "");
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'m','input':{},'webhook':'" HOOK "'}", 201, NULL);
    world_advance(stage, 1100);
    ck_assert_ptr_nonnull(strstr(world_hook_body(stage, &(size_t){0}), "\"output\":{\"a\":{\"c\":3,\"d\":4},\"b\":2}"));
    world_hook_answer(stage, 200);
    expect(stage, NULL);
    ck_assert_ptr_nonnull(strstr(world_answer(stage)->body, "\"output\":{\"a\":{\"c\":3,\"d\":4},\"b\":2}"));
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    ck_assert_ptr_nonnull(strstr(world_answer(stage)->body, "\"output\":{\"a\":{\"c\":3,\"d\":4},\"b\":2}"));
    world_free(stage);
}
END_TEST

/* --- growing -------------------------------------------------------------------------------------------------------- */

START_TEST(test_an_iterator_of_texts_grows)
{
    struct stage *stage = world_new("--boot 100ms --predict 1600ms");

    add_model(stage, "m", ITERATOR(STRING), "");
    create(stage, "m", "{}");
    world_advance(stage, 199);
    expect(stage, "{'status':'processing','output':null}");
    world_advance(stage, 1);
    expect(stage, "{'output':['This']}");
    world_advance(stage, 99);
    expect(stage, "{'output':['This']}");
    world_advance(stage, 1);
    expect(stage, "{'output':['This',' is']}");
    world_advance(stage, 1399);
    expect(stage, "{'status':'processing','output':['This',' is',' replicate-mock,',' standing',' in',' for',"
                  "' acme/m.',' Its',' answer',' to',' this',' input',' has',' the',' number']}");
    world_advance(stage, 1);
    expect(stage, "{'status':'succeeded','output':['This',' is',' replicate-mock,',' standing',' in',' for',"
                  "' acme/m.',' Its',' answer',' to',' this',' input',' has',' the',' number','*']}");
    world_free(stage);
}
END_TEST

START_TEST(test_an_iterator_of_files_grows)
{
    struct stage *stage = with_model(ITERATOR(URI), "{'num_outputs':4}");
    char first[256], second[256];

    world_advance(stage, 349);
    expect(stage, "{'output':null}");
    world_advance(stage, 1);
    expect(stage, "{'status':'processing','output':['*']}");
    snprintf(first, sizeof(first), "%s", path_of(stage, "output.0"));
    world_advance(stage, 250);
    expect(stage, "{'output':['*','*']}");
    snprintf(second, sizeof(second), "%s", path_of(stage, "output.1"));
    // What is there can be fetched, while the rest is still to come.
    world_ask(stage, first, "Authorization: -", NULL, 200, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Last-Modified"), "Thu, 01 Jan 2026 00:00:00 GMT");
    world_ask(stage, second, "Authorization: -", NULL, 200, NULL);
    // What was there when it was cancelled stays.
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'canceled','output':['*','*']}");
    world_advance(stage, 5000);
    expect(stage, "{'status':'canceled','output':['*','*']}");
    world_ask(stage, second, "Authorization: -", NULL, 200, NULL);
    world_free(stage);
}
END_TEST

/* The name of a file is no way to it before its time: the key in the URL is made for that name. */
START_TEST(test_a_file_is_not_there_before_its_time)
{
    struct stage *stage = with_model(ITERATOR(URI), "{}"), *ahead = with_model(ITERATOR(URI), "{}");
    char last[256];

    world_advance(ahead, 1100);
    expect(ahead, "{'output':['*','*']}");
    snprintf(last, sizeof(last), "%s", path_of(ahead, "output.1")); // with a seed both servers have the same keys
    world_advance(stage, 1099);
    world_ask(stage, last, "Authorization: -", NULL, 404, NULL);
    world_advance(stage, 1);
    world_ask(stage, last, "Authorization: -", NULL, 200, NULL);
    world_free(stage);
    world_free(ahead);
}
END_TEST

START_TEST(test_an_iterator_of_values_grows)
{
    struct stage *stage = with_model(ITERATOR("{'type':'object','properties':{'n':{'const':1}}}"), "{}");

    world_advance(stage, 350);
    expect(stage, "{'output':[{'n':1}]}");
    world_advance(stage, 750);
    expect(stage, "{'status':'succeeded','output':[{'n':1},{'n':1},{'n':1},{'n':1}]}");
    world_free(stage);
}
END_TEST

/* --- webhooks ------------------------------------------------------------------------------------------------------- */

static struct stage *with_hook(const char *output, const char *input)
{
    struct stage *stage = world_new(START);
    struct buf body = {0};

    add_model(stage, "m", output, "");
    buf_printf(&body, "{'version':'m','input':%s,'webhook':'" HOOK "'}", input);
    world_ask(stage, "POST /v1/predictions", NULL, buf_cstr(&body), 201, NULL);
    buf_free(&body);
    return stage;
}

START_TEST(test_webhooks_of_files_that_come_one_by_one)
{
    struct stage *stage = with_hook(ITERATOR(URI), "{'num_outputs':2}");

    world_advance(stage, 599);
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_advance(stage, 1);
    world_hook(stage, HOOK, "{'status':'processing','output':['*']}");
    world_advance(stage, 500);
    world_hook(stage, HOOK, "{'status':'succeeded','output':['*','*']}");
    ck_assert_uint_eq(world_hooks(stage), 0);
    world_free(stage);
}
END_TEST

/* "Non-iterator outputs produce no separate output event." */
START_TEST(test_webhooks_of_what_comes_whole)
{
    static const char *const schemas[] = {LIST(STRING), LIST(URI),           STRING,
                                          URI,          "{'type':'object'}", LIST("{'type':'number'}")};

    for (size_t i = 0; i < COUNT(schemas); i++) {
        struct stage *stage = with_hook(schemas[i], "{}");
        world_advance(stage, 1099);
        ck_assert_uint_eq(world_hooks(stage), 0);
        world_advance(stage, 1);
        world_hook(stage, HOOK, "{'status':'succeeded','output':'*'}");
        ck_assert_uint_eq(world_hooks(stage), 0);
        world_free(stage);
    }
}
END_TEST

/* --- streams -------------------------------------------------------------------------------------------------------- */

static struct client *open_stream(struct stage *stage, const char *prefix)
{
    struct client *client = world_client(stage);
    const char *path = path_of(stage, "urls.stream");

    ck_assert_msg(strncmp(path, prefix, strlen(prefix)) == 0, "%s", path);
    client_send(client, path, "Authorization: -", NULL);
    client_expect_stream(client, ": hi\n\n");
    return client;
}

static void expect_event(struct client *client, const char *name, int number, const char *data)
{
    struct buf event = {0};

    buf_printf(&event, "event: %s\nid: " SECONDS ":%d\ndata: %s\n\n", name, number, data);
    client_expect_stream(client, buf_cstr(&event));
    buf_free(&event);
}

START_TEST(test_streams_of_files_that_come_one_by_one)
{
    struct stage *stage = with_model(ITERATOR(URI), "{}");
    struct client *client = open_stream(stage, "GET /v1/files/");

    world_advance(stage, 599);
    client_expect_stream(client, "");
    world_advance(stage, 1);
    expect(stage, NULL);
    expect_event(client, "output", 0, world_text(stage, "output.0"));
    world_advance(stage, 500);
    expect(stage, NULL);
    struct buf rest = {0};
    buf_printf(&rest, "event: output\nid: " SECONDS ":1\ndata: %s\n\nevent: done\nid: " SECONDS ":2\ndata: {}\n\n",
               world_text(stage, "output.1"));
    client_expect_stream(client, buf_cstr(&rest));
    buf_free(&rest);
    world_free(stage);
}
END_TEST

/* A value is one event, of a list each element, as JSON on one line. */
START_TEST(test_streams_of_values)
{
    static const struct {
        const char *schema, *events;
    } table[] = {
        {"{'const':{'b':'<x>','a':[1,2]}}", "event: output\nid: " SECONDS ":0\ndata: {'a':[1,2],'b':'\\u003cx\\u003e'}"
                                            "\n\nevent: done\nid: " SECONDS ":1\ndata: {}\n\n"},
        {"{'type':'integer','minimum':3,'maximum':3}",
         "event: output\nid: " SECONDS ":0\ndata: 3\n\nevent: done\nid: " SECONDS ":1\ndata: {}\n\n"},
        {LIST("{'const':{'n':1}}"), "event: output\nid: " SECONDS ":0\ndata: {'n':1}\n\nevent: output\nid: " SECONDS
                                    ":1\ndata: {'n':1}\n\nevent: done\nid: " SECONDS ":2\ndata: {}\n\n"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct stage *stage = with_model(table[i].schema, "{}");
        struct client *client = open_stream(stage, "GET /v1/streams/");
        world_advance(stage, 1100);
        client_expect_stream(client, table[i].events);
        world_free(stage);
    }
}
END_TEST

/* --- files ---------------------------------------------------------------------------------------------------------- */

#define EXAMPLE(ending) "'default_example':{'output':'https://replicate.delivery/pbxt/x/out." ending "'},"

START_TEST(test_files_of_every_kind)
{
    static const struct {
        const char *example, *name, *type, *begin;
        size_t begin_len;
    } table[] = {
        {EXAMPLE("gif"), "/out-0.png", "image/png", "\x89PNG", 4},
        {EXAMPLE("jpg"), "/out-0.jpg", "image/jpeg", "\xff\xd8\xff\xe0", 4},
        {EXAMPLE("webp"), "/out-0.webp", "image/webp", "RIFF", 4},
        {EXAMPLE("mp4"), "/out-0.webm", "video/webm", "\x1a\x45\xdf\xa3", 4},
        {EXAMPLE("mp3"), "/out-0.wav", "audio/wav", "RIFF", 4},
        {EXAMPLE("json"), "/out-0.json", "application/json", "{\"made_by\"", 10},
        {EXAMPLE("zip"), "/out-0.txt", "text/plain; charset=utf-8", "This file", 9},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct stage *stage = world_new(START);
        char path[256], length[32], condition[128];
        add_model(stage, "m", LIST(URI), table[i].example);
        create(stage, "m", "{'num_outputs':2}");
        world_advance(stage, 1100);
        expect(stage, NULL);
        snprintf(path, sizeof(path), "%s", path_of(stage, "output.0"));
        ck_assert_str_eq(strrchr(path, '/'), table[i].name);
        world_ask(stage, path, "Authorization: -", NULL, 200, NULL);
        const struct answer *answer = world_answer(stage);
        ck_assert_str_eq(answer_header(answer, "Content-Type"), table[i].type);
        snprintf(length, sizeof(length), "%zu", answer->len);
        ck_assert_str_eq(answer_header(answer, "Content-Length"), length);
        ck_assert_uint_lt(answer->len, 200000);
        ck_assert_mem_eq(answer->body, table[i].begin, table[i].begin_len);
        ck_assert_str_eq(answer_header(answer, "Last-Modified"), "Thu, 01 Jan 2026 00:00:01 GMT");
        snprintf(condition, sizeof(condition), "Authorization: -\nIf-None-Match: %s", answer_header(answer, "ETag"));
        world_ask(stage, path, condition, NULL, 304, NULL);
        world_free(stage);
    }
}
END_TEST

/* Files inside a value are there with it, and what is none is not. */
START_TEST(test_files_in_a_value)
{
    struct stage *stage = with_model("{'type':'object','properties':{'audio':" URI ",'video':" URI "}}", "{}");
    char audio[256], video[256];

    world_advance(stage, 1100);
    expect(stage, "{'output':{'audio':'*','video':'*'}}");
    snprintf(audio, sizeof(audio), "%s", path_of(stage, "output.audio"));
    snprintf(video, sizeof(video), "%s", path_of(stage, "output.video"));
    ck_assert_str_eq(strrchr(audio, '/'), "/out-0.wav");
    ck_assert_str_eq(strrchr(video, '/'), "/out-1.webm");
    world_ask(stage, audio, NULL, NULL, 200, NULL);
    world_ask(stage, video, NULL, NULL, 200, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "video/webm");
    strcpy(strrchr(audio, '.'), ".webm");
    world_ask(stage, audio, NULL, NULL, 404, NULL);
    world_free(stage);
}
END_TEST

/* --- the same for the same ------------------------------------------------------------------------------------------ */

/* `output` of a prediction by that token; in a buffer that the next but one call overwrites. */
static const char *output_of(struct stage *stage, const char *token, const char *input)
{
    static char outputs[2][4096];
    static int turn;
    char *output = outputs[turn ^= 1], body[256];

    snprintf(body, sizeof(body), "{'version':'m','input':%s}", input);
    world_ask(stage, "POST /v1/predictions", token, body, 201, NULL);
    world_advance(stage, 1100);
    world_ask(stage, "GET /v1/predictions/{id}", token, NULL, 200, "{'status':'succeeded'}");
    const char *begin = strstr(world_answer(stage)->body, "\"output\":"), *end = strstr(begin, ",\"data_removed\"");
    snprintf(output, sizeof(outputs[0]), "%.*s", (int)(end - begin), begin);
    return output;
}

START_TEST(test_one_input_one_output)
{
    static const char *const schemas[] = {STRING, LIST(STRING), "{'type':'object'}", "{'type':'number'}"};

    for (size_t i = 0; i < COUNT(schemas); i++) {
        struct stage *stage = world_new("");
        add_model(stage, "m", schemas[i], "");
        const char *first = output_of(stage, "Authorization: Bearer one", "{'prompt':'a turtle','seed':1}");
        ck_assert_str_eq(first, output_of(stage, "Authorization: Bearer two", "{'seed':1,'prompt':'a turtle'}"));
        ck_assert_str_ne(output_of(stage, "Authorization: Bearer one", "{'prompt':'a turtle','seed':1}"),
                         output_of(stage, "Authorization: Bearer one", "{'prompt':'a turtle','seed':2}"));
        world_free(stage);
    }
}
END_TEST

SUITE("outputs", test_every_shape, test_keys_are_sorted, test_an_iterator_of_texts_grows,
      test_an_iterator_of_files_grows, test_a_file_is_not_there_before_its_time, test_an_iterator_of_values_grows,
      test_webhooks_of_files_that_come_one_by_one, test_webhooks_of_what_comes_whole,
      test_streams_of_files_that_come_one_by_one, test_streams_of_values, test_files_of_every_kind,
      test_files_in_a_value, test_one_input_one_output);
