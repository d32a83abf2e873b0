/* --output-urls data: files in `output` itself, wherever it is shown, and no time that changes for it. */
#include "lib/gate.h"
#include "lib/logged.h"
#include "lib/suite.h"
#include "lib/world.h"

#include "base/digest.h"
#include "base/log.h"
#include "core/inlined.h"
#include "core/prediction.h"
#include "core/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DATA   "--output-urls data --seed 1"
#define MANUAL DATA " --clock manual --start-time " STAGE_START
#define HOOK   "http://app.test/hook"

#define URI             "{'type':'string','format':'uri'}"
#define LIST(items)     "{'type':'array','items':" items "}"
#define ITERATOR(items) "{'type':'array','items':" items ",'x-cog-array-type':'iterator'}"

#define PNG "data:image/png;base64,iVBORw0KGgo"

/* A model whose version is "m", of that Output schema. */
static void add_model(struct stage *stage, const char *output)
{
    struct buf model = {0};

    buf_printf(&model,
               "{'owner':'acme','name':'m','latest_version':{'id':'m','openapi_schema':{'components':{'schemas':{"
               "'Input':{'type':'object'},'Output':%s}}}}}",
               output);
    world_add_model(stage, buf_cstr(&model));
    buf_free(&model);
}

static void create(struct stage *stage, const char *input)
{
    struct buf body = {0};

    buf_printf(&body, "{'version':'m','input':%s}", input);
    world_ask(stage, "POST /v1/predictions", NULL, buf_cstr(&body), 201, "{'status':'starting','output':null}");
    buf_free(&body);
}

static void expect(struct stage *stage, const char *json)
{
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, json);
}

static void expect_begins(const char *text, const char *prefix)
{
    ck_assert_msg(strncmp(text, prefix, strlen(prefix)) == 0, "%.80s", text);
}

static struct world *its_world(struct stage *stage)
{
    return worlds_find(app_worlds(world_app(stage)), "test");
}

/* --- what is shown ------------------------------------------------------------------------------------------------- */

/* The bytes of the file that a prediction without the option leads to. */
static char *delivered(const char *body, size_t *len)
{
    struct stage *stage = world_new("--seed 1");
    char path[256];

    world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    world_advance(stage, 1100);
    expect(stage, "{'status':'succeeded'}");
    snprintf(path, sizeof(path), "GET %s", world_text(stage, "output.0") + strlen("http://localhost"));
    world_ask(stage, path, NULL, NULL, 200, NULL);
    *len = world_answer(stage)->len;
    char *bytes = xmemdup0(world_answer(stage)->body, *len);
    world_free(stage);
    return bytes;
}

START_TEST(test_the_file_is_the_one_that_a_url_leads_to)
{
    struct stage *stage = world_new(DATA);
    size_t len;
    char *file = delivered(CREATE, &len);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, "{'status':'starting','output':null}");
    world_advance(stage, 99.999);
    expect(stage, "{'status':'starting','output':null}");
    world_advance(stage, 0.001);
    expect(stage, "{'status':'processing','started_at':'2026-01-01T00:00:00.1Z','output':null}");
    world_advance(stage, 1000);
    expect(stage, "{'status':'succeeded','completed_at':'2026-01-01T00:00:01.1Z','output':['*'],"
                  "'metrics':{'predict_time':1,'total_time':1.1}}");
    const char *uri = world_text(stage, "output.0"), *text = strchr(uri, ',') + 1;
    expect_begins(uri, PNG);
    unsigned char *decoded = xmalloc(strlen(text));
    ck_assert_int_eq(digest_base64_decode(decoded, text, strlen(text)), (long)len);
    ck_assert_mem_eq(decoded, file, len);
    free(decoded);
    free(file);
    world_free(stage);
}
END_TEST

START_TEST(test_every_place_that_shows_an_output)
{
    struct stage *stage = world_new(DATA);
    char uri[256 * 1024];
    size_t len;

    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'" VERSION "','input':{" INPUT ",'seed':7},'webhook':'" HOOK "'}", 201, NULL);
    world_advance(stage, 1100);
    expect(stage, NULL);
    snprintf(uri, sizeof(uri), "%s", world_text(stage, "output.0"));
    expect_begins(uri, PNG);
    const char *body = world_hook_body(stage, &len);
    ck_assert_ptr_nonnull(strstr(body, uri));
    world_hook(stage, HOOK, "{'output':['*']}");
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_text(stage, "results.0.output.0"), uri);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'succeeded'}");
    ck_assert_str_eq(world_text(stage, "output.0"), uri);
    world_send(stage, "POST /v1/predictions", "Prefer: wait", CREATE);
    world_advance(stage, 1100);
    world_expect(stage, 201, "{'status':'processing','output':['*'],'completed_at':'<absent>'}");
    ck_assert_str_eq(world_text(stage, "output.0"), uri);
    world_free(stage);
}
END_TEST

START_TEST(test_a_stream)
{
    struct stage *stage = world_new(DATA);
    struct client *reader = world_client(stage);
    struct buf event = {0};
    char path[256];

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    snprintf(path, sizeof(path), "GET %s", world_text(stage, "urls.stream") + strlen("http://localhost"));
    client_send(reader, path, "Accept: text/event-stream", NULL);
    client_expect_stream(reader, ": hi\n\n");
    world_advance(stage, 1100);
    expect(stage, NULL);
    buf_printf(&event,
               "event: output\nid: 1767225600:0\ndata: %s\n\n"
               "event: done\nid: 1767225600:1\ndata: {}\n\n",
               world_text(stage, "output.0"));
    client_expect_stream(reader, buf_cstr(&event));
    buf_free(&event);
    world_free(stage);
}
END_TEST

START_TEST(test_files_of_an_object)
{
    struct stage *stage = world_new(DATA);

    add_model(stage, "{'type':'object','properties':{'picture':" URI ",'pages':" LIST(URI) "}}");
    create(stage, "{}");
    world_advance(stage, 1100);
    expect(stage, "{'output':{'picture':'*','pages':'*'}}");
    expect_begins(world_text(stage, "output.picture"), "data:");
    expect_begins(world_text(stage, "output.pages.0"), "data:");
    world_free(stage);
}
END_TEST

START_TEST(test_files_that_come_one_by_one)
{
    struct stage *stage = world_new(DATA);
    char first[64 * 1024];

    add_model(stage, ITERATOR(URI));
    create(stage, "{'num_outputs':2,'width':64,'height':64}");
    world_advance(stage, 599);
    expect(stage, "{'status':'processing','output':null}");
    world_advance(stage, 1);
    expect(stage, "{'status':'processing','output':['*']}");
    snprintf(first, sizeof(first), "%s", world_text(stage, "output.0"));
    expect_begins(first, PNG);
    world_advance(stage, 500);
    expect(stage, "{'status':'succeeded','output':['*','*']}");
    ck_assert_str_eq(world_text(stage, "output.0"), first);
    expect_begins(world_text(stage, "output.1"), PNG);
    ck_assert_str_ne(world_text(stage, "output.1"), first);
    world_free(stage);
}
END_TEST

START_TEST(test_what_has_no_files_waits_for_nothing)
{
    struct stage *stage = world_new(DATA);
    struct gate gate;

    add_model(stage, "{'type':'string'}");
    gate_close(&gate, stage);
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'m','input':{},'webhook':'" HOOK "'}", 201, NULL);
    ck_assert_uint_eq(app_jobs(world_app(stage)), 1); // the gate's
    ck_assert_uint_eq(its_world(stage)->in_flight, 0);
    world_advance(stage, 1100);
    expect(stage, "{'status':'succeeded','output':'*'}");
    world_hook(stage, HOOK, "{'status':'succeeded'}");
    gate_open(&gate, stage);
    world_free(stage);
}
END_TEST

START_TEST(test_the_same_seed_the_same_bytes)
{
    char *bodies[2];

    for (int i = 0; i < 2; i++) {
        struct stage *stage = world_new(MANUAL);
        world_ask(stage, "POST /v1/predictions", NULL, "{'version':'" VERSION "','input':{" INPUT ",'num_outputs':2}}",
                  201, NULL);
        world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'2s'}", 200, NULL);
        expect(stage, "{'status':'succeeded','output':['*','*']}");
        bodies[i] = xmemdup0(world_answer(stage)->body, world_answer(stage)->len);
        world_free(stage);
    }
    ck_assert_str_eq(bodies[0], bodies[1]);
    ck_assert_ptr_nonnull(strstr(bodies[0], "\"output\":[\"" PNG));
    free(bodies[0]);
    free(bodies[1]);
}
END_TEST

/* --- while they are drawn ------------------------------------------------------------------------------------------- */

START_TEST(test_a_manual_clock_holds)
{
    struct stage *stage = world_new(MANUAL);
    struct client *control = world_client(stage);
    struct gate gate;

    gate_close(&gate, stage);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, "{'status':'starting'}");
    client_send(control, "POST /_mock/clock/advance", NULL, "{'by':'1100ms'}");
    client_expect_waiting(control);
    gate_open(&gate, stage);
    client_expect(control, 200,
                  "{'now':'2026-01-01T00:00:01.1Z','fired':["
                  "{'at':'2026-01-01T00:00:00.1Z','what':'prediction.processing','id':'{id}'},"
                  "{'at':'2026-01-01T00:00:01.1Z','what':'prediction.succeeded','id':'{id}'}]}");
    expect(stage, "{'started_at':'2026-01-01T00:00:00.1Z','completed_at':'2026-01-01T00:00:01.1Z'}");
    world_free(stage);
}
END_TEST

START_TEST(test_no_time_at_all)
{
    struct stage *stage = world_new(MANUAL " --boot 0 --predict 0");
    struct client *control = world_client(stage);
    struct gate gate;

    gate_close(&gate, stage);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    client_send(control, "POST /_mock/clock/advance", NULL, "{'by':'1s'}");
    client_expect_waiting(control);
    gate_open(&gate, stage);
    client_expect(control, 200, "{'fired':[]}"); // it all happened at creation
    expect(stage, "{'status':'succeeded','output':['*'],'started_at':'2026-01-01T00:00:00Z',"
                  "'completed_at':'2026-01-01T00:00:00Z'}");
    world_free(stage);
}
END_TEST

START_TEST(test_settle_says_what_it_waits_for)
{
    struct stage *stage = world_new(MANUAL);
    struct gate gate;

    gate_close(&gate, stage);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/settle?timeout=0", NULL, NULL, 408,
              "{'detail':'Not settled in time: predictions whose files are being made: 1'}");
    gate_open(&gate, stage);
    world_ask(stage, "POST /_mock/settle", NULL, NULL, 200, "{'now':'2026-01-01T00:00:00Z'}");
    world_free(stage);
}
END_TEST

/* A clock that runs by itself waits for nothing; the prediction does. */
START_TEST(test_on_a_real_clock_it_begins_when_they_are_there)
{
    struct stage *stage = world_new(DATA);
    struct gate gate;

    gate_close(&gate, stage);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 5000);
    expect(stage, "{'status':'starting','started_at':'<absent>','output':null}");
    gate_open(&gate, stage);
    expect(stage, "{'status':'processing','started_at':'2026-01-01T00:00:05Z'}");
    world_advance(stage, 1000);
    expect(stage, "{'status':'succeeded','completed_at':'2026-01-01T00:00:06Z','output':['*'],"
                  "'metrics':{'predict_time':1,'total_time':6}}");
    world_free(stage);
}
END_TEST

START_TEST(test_cancel)
{
    struct stage *stage = world_new(MANUAL);
    struct gate gate;

    gate_close(&gate, stage);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'canceled','output':null}");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'2s'}", 200,
              "{'now':'2026-01-01T00:00:02Z','fired':[]}"); // nobody waits for its files
    gate_open(&gate, stage);
    expect(stage, "{'status':'canceled','completed_at':'2026-01-01T00:00:00Z','output':null}");
    world_free(stage);
}
END_TEST

START_TEST(test_cancel_after)
{
    struct stage *stage = world_new(DATA);
    struct gate gate;

    gate_close(&gate, stage);
    world_ask(stage, "POST /v1/predictions", "Cancel-After: 5", CREATE, 201, "{'deadline':'2026-01-01T00:00:05Z'}");
    world_advance(stage, 4999);
    expect(stage, "{'status':'starting'}");
    world_advance(stage, 60000);
    expect(stage, "{'status':'aborted'}");
    gate_open(&gate, stage);
    expect(stage, "{'status':'aborted','started_at':'<absent>','completed_at':'2026-01-01T00:00:05Z','output':null}");
    ck_assert_uint_eq(its_world(stage)->in_flight, 0);
    world_free(stage);
}
END_TEST

START_TEST(test_a_wait_times_out)
{
    struct stage *stage = world_new(DATA);
    struct gate gate;

    gate_close(&gate, stage);
    world_send(stage, "POST /v1/predictions", "Prefer: wait=2", CREATE);
    world_advance(stage, 2000);
    world_expect(stage, 202, "{'status':'starting','output':null}");
    gate_open(&gate, stage);
    world_advance(stage, 1000);
    expect(stage, "{'status':'succeeded','output':['*']}");
    world_free(stage);
}
END_TEST

START_TEST(test_a_reset)
{
    struct stage *stage = world_new(DATA);
    struct gate gate;

    gate_close(&gate, stage);
    for (int i = 0; i < 3; i++)
        world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    ck_assert_uint_eq(app_jobs(world_app(stage)), 2); // the gate's, and one for all three
    world_ask(stage, "POST /_mock/reset", NULL, "{}", 200, NULL);
    gate_open(&gate, stage);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[]}");
    ck_assert_uint_eq(app_worlds(world_app(stage))->store->bytes, 0);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL); // and all goes on
    world_advance(stage, 1100);
    expect(stage, "{'status':'succeeded','output':['*']}");
    expect_begins(world_text(stage, "output.0"), PNG);
    world_free(stage);
}
END_TEST

START_TEST(test_the_end_of_the_program)
{
    struct stage *stage = world_new(DATA);

    for (int i = 0; i < 20; i++)
        world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_free(stage); // in whatever state they are
}
END_TEST

/* --- bounds --------------------------------------------------------------------------------------------------------- */

START_TEST(test_retention_takes_them)
{
    struct stage *stage = world_new(DATA " --retention 1h");
    const struct store *store = app_worlds(world_app(stage))->store;

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    ck_assert_uint_gt(store->bytes, 90000); // they are drawn by now
    world_advance(stage, 1100);
    world_advance(stage, 3600000);
    expect(stage, "{'status':'succeeded','data_removed':true,'output':null}");
    ck_assert_uint_lt(store->bytes, 2000);
    world_free(stage);
}
END_TEST

/* Room for the picture of one, of some 147,000 bytes. */
START_TEST(test_memory)
{
    struct stage *stage = world_new(DATA " --max-memory 192KiB");
    char first[64], path[128], log[1024];

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    snprintf(first, sizeof(first), "%s", world_id(stage));
    log_begin();
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 1100);
    expect(stage, "{'status':'succeeded','output':['*']}"); // the first was not finished then: nothing could go
    log_end(log, sizeof(log));
    expect_begins(world_text(stage, "output.0"), "http://localhost/delivery/");
    ck_assert_ptr_nonnull(strstr(log, " warn  prediction "));
    ck_assert_ptr_nonnull(strstr(log, world_id(stage)));
    ck_assert_ptr_nonnull(strstr(log, "its files are shown by their URLs: --max-memory is used up, and 147"));
    snprintf(path, sizeof(path), "GET /v1/predictions/%s", first);
    world_ask(stage, path, NULL, NULL, 200, NULL);
    expect_begins(world_text(stage, "output.0"), PNG);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 1100);
    expect(stage, "{'output':['*']}");
    expect_begins(world_text(stage, "output.0"), PNG);
    world_ask(stage, path, NULL, NULL, 200, "{'data_removed':true,'output':null}"); // it made room
    world_free(stage);
}
END_TEST

enum { LARGE = 16 };

/* Large pictures, of which not all fit. */
static void create_large(struct stage *stage)
{
    create(stage, "{'num_outputs':16,'width':2048,'height':2048}");
    world_advance(stage, 1100);
    expect(stage, "{'status':'succeeded'}");
}

START_TEST(test_what_does_not_fit_is_shown_by_its_url)
{
    struct stage *stage = world_new(DATA);
    char log[4096], line[256], path[16];
    size_t inlined = 0, bytes = 0;

    add_model(stage, LIST(URI));
    log_begin();
    create_large(stage);
    log_end(log, sizeof(log));
    for (int i = 0; i < LARGE; i++) {
        snprintf(path, sizeof(path), "output.%d", i);
        const char *shown = world_text(stage, path);
        snprintf(line, sizeof(line), "prediction %s: out-%d.png, ", world_id(stage), i);
        bool is_data = strncmp(shown, PNG, strlen(PNG)) == 0;
        ck_assert_int_eq(strstr(log, line) == NULL, is_data);
        inlined += is_data;
        bytes += is_data ? strlen(shown) : 0;
        if (!is_data)
            expect_begins(shown, "http://localhost/delivery/");
    }
    ck_assert(inlined > 1 && inlined < LARGE);
    ck_assert_uint_le(bytes, INLINED_MAX);
    ck_assert_ptr_nonnull(
        strstr(log, " bytes, is shown by its URL: with it there would be more than 8388608 bytes of data: URIs\n"));
    world_free(stage);
}
END_TEST

START_TEST(test_a_page_of_large_outputs_is_short)
{
    struct stage *stage = world_new(DATA " --retention 1h");

    add_model(stage, LIST(URI));
    create_large(stage);
    create_large(stage);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[{'id':'{id}'}]}");
    char next[256];
    snprintf(next, sizeof(next), "GET %s", world_text(stage, "next") + strlen("http://localhost"));
    world_ask(stage, next, NULL, NULL, 200, "{'results':['*'],'next':null}");
    world_advance(stage, 3600000); // without their data both fit
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':['*','*'],'next':null}");
    world_free(stage);
}
END_TEST

START_TEST(test_files_of_others_are_fetched_meanwhile)
{
    struct stage *stage = world_new(DATA " --max-memory 64KiB"); // so that there is a URL to fetch
    struct client *fetcher = world_client(stage);
    char path[256];

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 1100);
    expect(stage, NULL);
    snprintf(path, sizeof(path), "GET %s", world_text(stage, "output.0") + strlen("http://localhost"));
    struct gate gate;
    gate_close(&gate, stage);
    for (int i = 0; i < 5; i++)
        world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    client_send(fetcher, path, NULL, NULL);
    ck_assert_uint_eq(app_jobs(world_app(stage)), 3); // the gate's, one for all five, the fetch
    gate_open(&gate, stage);
    client_expect(fetcher, 200, NULL);
    world_free(stage);
}
END_TEST

SUITE("inlining", test_the_file_is_the_one_that_a_url_leads_to, test_every_place_that_shows_an_output, test_a_stream,
      test_files_of_an_object, test_files_that_come_one_by_one, test_what_has_no_files_waits_for_nothing,
      test_the_same_seed_the_same_bytes, test_a_manual_clock_holds, test_no_time_at_all,
      test_settle_says_what_it_waits_for, test_on_a_real_clock_it_begins_when_they_are_there, test_cancel,
      test_cancel_after, test_a_wait_times_out, test_a_reset, test_the_end_of_the_program, test_retention_takes_them,
      test_memory, test_what_does_not_fit_is_shown_by_its_url, test_a_page_of_large_outputs_is_short,
      test_files_of_others_are_fetched_meanwhile);
