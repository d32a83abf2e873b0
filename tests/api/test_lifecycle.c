/* A prediction's life on the simulated clock, to the millisecond. */
#include "lib/suite.h"
#include "lib/world.h"

#include "base/embed.h"

#include <stdio.h>
#include <string.h>

START_TEST(test_starting_processing_succeeded)
{
    struct stage *stage = world_new("--boot 100ms --predict 1s");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201,
              "{'status':'starting','created_at':'2026-01-01T00:00:00Z'}");
    world_advance(stage, 99.999);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'starting','logs':'','started_at':'<absent>','output':null}");
    world_advance(stage, 0.001);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'processing','started_at':'2026-01-01T00:00:00.1Z','completed_at':'<absent>','output':null,"
              "'logs':'Using seed: 7\\n  0%|          | 0/20 [00:00<?, ?it/s]\\n'}");
    world_advance(stage, 250);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'processing','logs':'Using seed: 7\\n  0%|          | 0/20 [00:00<?, ?it/s]\\n"
              " 10%|█         | 2/20 [00:00<00:00, 20.00it/s]\\n 20%|██        | 4/20 [00:00<00:00, 20.00it/s]\\n'}");
    world_advance(stage, 749.999);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'processing','metrics':'<absent>'}");
    world_advance(stage, 0.001);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'succeeded','completed_at':'2026-01-01T00:00:01.1Z','output':['*'],'error':null,"
              "'metrics':{'predict_time':1,'total_time':1.1}}");
    ck_assert(strstr(world_text(stage, "logs"), "100%|██████████| 20/20 [00:01<00:00, 20.00it/s]\n"));
    world_free(stage);
}
END_TEST

START_TEST(test_times_are_the_deadlines_however_late_the_loop_comes)
{
    struct stage *stage = world_new("--boot 100ms --predict 1s");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 60000); // both steps in one turn
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'started_at':'2026-01-01T00:00:00.1Z','completed_at':'2026-01-01T00:00:01.1Z'}");
    world_free(stage);
}
END_TEST

START_TEST(test_speed)
{
    struct stage *stage = world_new("--speed 20");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 54);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'processing'}");
    world_advance(stage, 1.001); // 1.1 s at twenty times the pace
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'succeeded','started_at':'2026-01-01T00:00:00.1Z','completed_at':'2026-01-01T00:00:01.1Z'}");
    world_free(stage);
}
END_TEST

START_TEST(test_manual_clock_stands)
{
    struct stage *stage = world_new("--clock manual --start-time 2030-06-01T12:00:00Z");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, "{'created_at':'2030-06-01T12:00:00Z'}");
    world_advance(stage, 3600000);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'starting'}");
    world_free(stage);
}
END_TEST

START_TEST(test_no_time_at_all)
{
    struct stage *stage = world_new("--boot 0 --predict 0 --clock manual --start-time " STAGE_START);

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, "{'status':'starting'}");
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'succeeded','completed_at':'2026-01-01T00:00:00Z','metrics':{'predict_time':0,'total_time':0},"
              "'logs':'Using seed: 7\\n100%|██████████| 20/20 [00:00<?, ?it/s]\\n'}");
    world_free(stage);
}
END_TEST

/* --- the fixture ------------------------------------------------------------------------------------------------- */

/* The members in their order, those of `urls` and `metrics` with them. */
static void list_members(struct buf *out, const cJSON *object)
{
    for (const cJSON *member = object->child; member; member = member->next) {
        buf_printf(out, "%s ", member->string);
        if (cJSON_IsObject(member) && strcmp(member->string, "input") != 0)
            list_members(out, member);
    }
}

/* The answer has the members of the fixture's answer of that name, in that order, and the same input. */
static void expect_as_fixture(struct stage *stage, const char *name)
{
    const struct embedded *file = embedded_find("fixtures/controlnet-answers.json");
    const struct answer *answer = world_answer(stage);
    struct arena arena = {0};
    struct json_error error;
    struct buf expected = {0}, actual = {0};

    const cJSON *fixture = json_get(json_parse(&arena, file->data, file->len, JSON_REQUEST, &error), name);
    const cJSON *body = json_parse(&arena, answer->body, answer->len, JSON_REQUEST, &error);
    list_members(&expected, fixture);
    list_members(&actual, body);
    json_canonical(&expected, json_get(fixture, "input"));
    json_canonical(&actual, json_get(body, "input"));
    ck_assert_str_eq(buf_cstr(&actual), buf_cstr(&expected));
    buf_free(&expected);
    buf_free(&actual);
    arena_free(&arena);
}

START_TEST(test_the_fixture_answers_as_it_says)
{
    const struct embedded *request = embedded_find("fixtures/controlnet-request.json");
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL, request->data, 201, "{'status':'starting'}");
    expect_as_fixture(stage, "create");
    world_advance(stage, 500);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'processing'}");
    expect_as_fixture(stage, "processing");
    world_advance(stage, 1000);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
    expect_as_fixture(stage, "succeeded");
    world_ask(stage, "POST /v1/predictions", NULL, request->data, 201, NULL);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'canceled'}");
    expect_as_fixture(stage, "canceled");
    world_free(stage);
}
END_TEST

/* --- cancel ------------------------------------------------------------------------------------------------------ */

START_TEST(test_cancel_while_starting)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 50);
    // Recorded: started_at comes 3 microseconds before the end.
    world_ask(
        stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200,
        "{'status':'canceled','completed_at':'2026-01-01T00:00:00.050000Z','started_at':'2026-01-01T00:00:00.049997Z',"
        "'output':null,'logs':null,'metrics':{'predict_time':0.000003,'total_time':0.05}}");
    world_advance(stage, 5000);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'canceled','completed_at':'2026-01-01T00:00:00.05Z'}");
    world_free(stage);
}
END_TEST

START_TEST(test_cancel_while_processing)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 333);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", "Content-Type: application/json", NULL, 200, NULL);
    static const char order[] =
        "completed_at,created_at,data_removed,error,id,input,logs,metrics,output,started_at,status,"
        "urls,model,version,webhook";
    char keys[256] = "";
    struct arena arena = {0};
    struct json_error error;
    const struct answer *answer = world_answer(stage);
    const cJSON *body = json_parse(&arena, answer->body, answer->len, JSON_REQUEST, &error);
    for (const cJSON *member = body->child; member; member = member->next)
        snprintf(keys + strlen(keys), sizeof(keys) - strlen(keys), "%s%s", *keys ? "," : "", member->string);
    ck_assert_str_eq(keys, order);
    ck_assert_int_eq(answer->body[answer->len - 1], '}'); // no newline
    arena_free(&arena);
    world_advance(stage, 5000);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'canceled','completed_at':'2026-01-01T00:00:00.333Z','output':null,"
              "'metrics':{'predict_time':0.233,'total_time':0.333}}");
    ck_assert(strstr(world_text(stage, "logs"), " 4/20 ") && !strstr(world_text(stage, "logs"), " 6/20 "));
    world_free(stage);
}
END_TEST

START_TEST(test_cancel_of_a_finished_one_changes_nothing)
{
    struct stage *stage = world_new("");
    char before[4096];

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 2000);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, NULL);
    snprintf(before, sizeof(before), "%s", world_answer(stage)->body);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, "{'status':'succeeded','output':['*']}");
    world_advance(stage, 2000);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, NULL);
    ck_assert_str_eq(world_answer(stage)->body, before);
    world_free(stage);
}
END_TEST

/* --- Cancel-After -------------------------------------------------------------------------------------------------- */

START_TEST(test_deadline_before_the_start_aborts)
{
    struct stage *stage = world_new("--boot 1h");

    world_ask(stage, "POST /v1/predictions", "Cancel-After: 5", CREATE, 201, "{'deadline':'2026-01-01T00:00:05Z'}");
    world_advance(stage, 4999);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'starting'}");
    world_advance(stage, 1);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'aborted','started_at':'<absent>','completed_at':'2026-01-01T00:00:05Z','logs':'',"
              "'metrics':{'predict_time':'<absent>','total_time':5}}");
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200,
              "{'status':'aborted','started_at':null,'logs':null}");
    world_free(stage);
}
END_TEST

START_TEST(test_deadline_while_processing_cancels)
{
    struct stage *stage = world_new("--predict 1h");

    world_ask(stage, "POST /v1/predictions", "Cancel-After: 5s", CREATE, 201, NULL);
    world_advance(stage, 6000);
    world_ask(
        stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
        "{'status':'canceled','completed_at':'2026-01-01T00:00:05Z','metrics':{'predict_time':4.9,'total_time':5}}");
    world_free(stage);
}
END_TEST

START_TEST(test_deadline_after_the_end_does_nothing)
{
    struct stage *stage = world_new("--boot 1s --predict 4s");

    world_ask(stage, "POST /v1/predictions", "Cancel-After: 5s", CREATE, 201, NULL);
    world_advance(stage, 60000); // both fall at 5 s: what is finished in that instant is finished
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'status':'succeeded','deadline':'2026-01-01T00:00:05Z'}");
    world_free(stage);
}
END_TEST

/* --- retention ------------------------------------------------------------------------------------------------------ */

START_TEST(test_retention_empties_input_output_and_logs)
{
    struct stage *stage = world_new("--retention 1h");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 1100);
    world_advance(stage, 3600000 - 1);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'data_removed':false,'input':{'prompt':'a turtle'}}");
    world_advance(stage, 1);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200,
              "{'data_removed':true,'output':null,'logs':'','status':'succeeded','metrics':{'predict_time':1}}");
    ck_assert(strstr(world_answer(stage)->body, "\"input\":{},"));
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200,
              "{'results':[{'data_removed':true,'logs':null,'output':null}]}");
    world_free(stage);
}
END_TEST

START_TEST(test_retention_of_zero_keeps)
{
    struct stage *stage = world_new("--retention 0");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_advance(stage, 1e9);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'data_removed':false,'output':['*']}");
    world_free(stage);
}
END_TEST

/* --- progress ------------------------------------------------------------------------------------------------------- */

START_TEST(test_a_billion_steps_cost_nothing)
{
    struct stage *stage = world_new("--predict 30s");

    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'" VERSION "','input':{" INPUT ",'steps':1000000000,'seed':1}}", 201, NULL);
    world_advance(stage, 3600 * 1000 - 1);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
    const char *logs = world_text(stage, "logs");
    int lines = 0;
    for (const char *at = logs; (at = strchr(at, '\n')); at++)
        lines++;
    ck_assert_int_eq(lines, 1 + 100); // "Using seed" and a hundred of progress
    ck_assert(strstr(logs, "1000000000/1000000000 [00:30<00:00, 33333333.33it/s]"));
    world_free(stage);
}
END_TEST

START_TEST(test_the_seed_is_printed_as_it_was_sent)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'" VERSION "','input':{" INPUT ",'seed':18446744073709551615}}", 201, NULL);
    world_advance(stage, 100);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, NULL);
    ck_assert_int_eq(strncmp(world_text(stage, "logs"), "Using seed: 18446744073709551615\n", 33), 0);
    world_free(stage);
}
END_TEST

START_TEST(test_no_time_is_beyond_the_last)
{
    struct stage *stage = world_new(
        "--clock manual --start-time 2199-12-31T00:00:00Z --boot 876000h --predict 876000h --retention 876000h");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'steps':4}", 200,
              "{'now':'2200-01-01T00:00:00Z','fired':[{'what':'prediction.processing'},{'what':'prediction.succeeded'},"
              "{'what':'file.expired'},{'at':'2200-01-01T00:00:00Z','what':'prediction.removed'}]}");
    world_free(stage);
}
END_TEST

SUITE("lifecycle", test_the_fixture_answers_as_it_says, test_no_time_is_beyond_the_last,
      test_starting_processing_succeeded, test_times_are_the_deadlines_however_late_the_loop_comes, test_speed,
      test_manual_clock_stands, test_no_time_at_all, test_cancel_while_starting, test_cancel_while_processing,
      test_cancel_of_a_finished_one_changes_nothing, test_deadline_before_the_start_aborts,
      test_deadline_while_processing_cancels, test_deadline_after_the_end_does_nothing,
      test_retention_empties_input_output_and_logs, test_retention_of_zero_keeps, test_a_billion_steps_cost_nothing,
      test_the_seed_is_printed_as_it_was_sent);
