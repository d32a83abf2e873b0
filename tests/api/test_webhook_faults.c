/* What a rule's `webhook` does: duplicates, drops, delays, the wrong order, wrong signatures. Times are exact milliseconds
 * of virtual time. */
#include "core/signature.h"
#include "lib/suite.h"
#include "lib/world.h"
#include "out/outbox.h"

#include "core/models.h"

#include <stdio.h>
#include <string.h>

#define JSON   "Content-Type: application/json"
#define HOOK   "http://app.test/hook"
#define SECRET "whsec_cmVwbGljYXRlLW1vY2stdGVzdC1rZXkh"
#define MANUAL "--clock manual --start-time 2026-01-01T00:00:00Z --seed 1"

/* A stage on which that is the `webhook` of a rule for all that create predictions. */
static struct stage *stage_with(const char *options, const char *webhook)
{
    struct stage *stage = world_new(options);
    char rule[256];

    snprintf(rule, sizeof(rule), "{'webhook':%s}", webhook);
    world_ask(stage, "POST /_mock/scenarios", JSON, rule, 201, NULL);
    return stage;
}

/* A ControlNet prediction, with these events of it told. */
static void create(struct stage *stage, const char *events)
{
    char body[1024];

    snprintf(body, sizeof(body),
             "{'version':'" VERSION "','input':{" INPUT ",'seed':7},'webhook':'" HOOK "','webhook_events_filter':%s}",
             events);
    world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
}

static void expect_deliveries(struct stage *stage, const char *json)
{
    world_ask(stage, "GET /_mock/webhooks", NULL, NULL, 200, json);
}

/* Time passes by steps: in one go all that falls due would happen at its end. */
static void pass(struct stage *stage, int ms)
{
    for (; ms > 0; ms -= 100)
        world_advance(stage, ms < 100 ? ms : 100);
}

/* Nothing is under way. */
static void expect_idle(struct stage *stage)
{
    ck_assert_uint_eq(world_hooks(stage), 0);
}

/* What the oldest message under way has to say for itself. */
struct seen {
    char id[64], stamp[32], body[4096];
};

static struct seen seen(struct stage *stage)
{
    struct seen seen;
    size_t len;

    snprintf(seen.id, sizeof(seen.id), "%s", world_hook_header(stage, "webhook-id"));
    snprintf(seen.stamp, sizeof(seen.stamp), "%s", world_hook_header(stage, "webhook-timestamp"));
    snprintf(seen.body, sizeof(seen.body), "%s", world_hook_body(stage, &len));
    ck_assert_uint_lt(len, sizeof(seen.body));
    return seen;
}

/* Why the signature of the oldest does not fit; NULL: it does. */
static const char *check_signature(struct stage *stage)
{
    size_t len;
    const char *body = world_hook_body(stage, &len);

    return signature_check(world_hook_header(stage, "webhook-signature"), SECRET,
                           world_hook_header(stage, "webhook-id"), world_hook_header(stage, "webhook-timestamp"),
                           (struct slice){body, len}, 0, 0);
}

/* --- duplicate ------------------------------------------------------------------------------------------------------ */

/* The same message, one after the other, and one delivery. */
START_TEST(test_duplicates)
{
    struct stage *stage = stage_with("--webhook-secret " SECRET, "{'duplicate':3}");

    create(stage, "['completed']");
    world_advance(stage, 1100);
    struct seen first = seen(stage);
    for (int i = 0; i < 3; i++) {
        struct seen next = seen(stage);
        ck_assert_uint_eq(world_hooks(stage), 1);
        ck_assert_str_eq(next.id, first.id);
        ck_assert_str_eq(next.body, first.body);
        ck_assert_str_eq(next.stamp, i < 2 ? "1767225601" : "1767225603");
        ck_assert_ptr_null(check_signature(stage));
        if (i == 1)
            world_advance(stage, 2000); // the next waits for this answer, and is stamped anew
        world_hook_answer(stage, 200);
    }
    expect_idle(stage);
    expect_deliveries(stage, "{'results':[{'state':'delivered','next_attempt_at':null,'attempts':["
                             "{'at':'2026-01-01T00:00:01.1Z','status':200,'error':null},"
                             "{'at':'2026-01-01T00:00:01.1Z','status':200,'error':null},"
                             "{'at':'2026-01-01T00:00:03.1Z','status':200,'error':null}]},"
                             "{'state':'filtered'},{'state':'filtered'}]}");
    world_ask(stage, "GET /_mock/wait?webhooks=1&timeout=1s", NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

/* What fails is sent again by its schedule; once it has come through it is there twice. */
START_TEST(test_duplicates_of_the_end_follow_its_first_success)
{
    struct stage *stage = stage_with("", "{'duplicate':2}");

    create(stage, "['completed']");
    world_advance(stage, 1100);
    world_hook_answer(stage, 500);
    expect_idle(stage);
    world_advance(stage, 999);
    expect_idle(stage);
    world_advance(stage, 1);
    world_hook_answer(stage, 200);
    ck_assert_uint_eq(world_hooks(stage), 1);
    world_hook_answer(stage, 500); // the receiver has it already: neither a failure nor sent again
    world_advance(stage, 100000);
    expect_idle(stage);
    expect_deliveries(stage,
                      "{'results':[{'state':'delivered','attempts':[{'at':'2026-01-01T00:00:01.1Z','status':500},"
                      "{'at':'2026-01-01T00:00:02.1Z','status':200,'error':null},"
                      "{'at':'2026-01-01T00:00:02.1Z','status':500,'error':'answered 500'}]},'*','*']}");
    world_free(stage);
}
END_TEST

/* A message that is never sent again is sent twice whatever the answers; one 2xx is enough. */
START_TEST(test_duplicates_of_others)
{
    struct stage *stage = stage_with("", "{'duplicate':2}");

    create(stage, "['start','completed']");
    world_advance(stage, 100);
    world_hook_answer(stage, 500);
    ck_assert_uint_eq(world_hooks(stage), 1);
    world_hook(stage, HOOK, "{'status':'processing'}");
    world_advance(stage, 1000);
    world_hook_answer(stage, 302); // final, and no success: no duplicates
    expect_idle(stage);
    expect_deliveries(stage, "{'results':[{'event':'completed','state':'failed','attempts':['*']},{'event':'logs'},"
                             "{'event':'start','state':'delivered','attempts':[{'status':500},{'status':200}]}]}");
    create(stage, "['start']");
    world_advance(stage, 100);
    world_hook_answer(stage, 500);
    world_hook_fail(stage, "connection refused");
    expect_idle(stage);
    world_ask(stage, "GET /_mock/webhooks?limit=2", NULL, NULL, 200,
              "{'results':['*',{'event':'start','state':'failed','attempts':[{'status':500},{'status':null}]}]}");
    world_free(stage);
}
END_TEST

/* A manual clock stands still while any of them is under way, and what fired says when. */
START_TEST(test_duplicates_on_a_manual_clock)
{
    struct stage *stage = stage_with(MANUAL, "{'duplicate':2}");
    struct client *tester = world_client(stage), *settler = world_client(stage);

    create(stage, "['completed']");
    client_send(tester, "POST /_mock/clock/advance", NULL, "{'by':'5s'}");
    client_send(settler, "POST /_mock/settle", NULL, NULL);
    world_hook_answer(stage, 503);
    client_expect_waiting(tester); // 2.1 s: sent again
    world_hook_answer(stage, 200);
    client_expect_waiting(tester);
    client_expect_waiting(settler);
    world_hook_answer(stage, 200);
    client_expect(tester, 200,
                  "{'now':'2026-01-01T00:00:05Z','fired':["
                  "{'at':'2026-01-01T00:00:00.1Z','what':'prediction.processing'},"
                  "{'at':'2026-01-01T00:00:01.1Z','what':'prediction.succeeded'},"
                  "{'at':'2026-01-01T00:00:01.1Z','what':'webhook.attempt'},"
                  "{'at':'2026-01-01T00:00:02.1Z','what':'webhook.attempt'},"
                  "{'at':'2026-01-01T00:00:02.1Z','what':'webhook.attempt'}]}");
    client_expect(settler, 200, "{'now':'2026-01-01T00:00:05Z'}");
    world_free(stage);
}
END_TEST

/* --- drop ----------------------------------------------------------------------------------------------------------- */

START_TEST(test_drop)
{
    struct stage *stage = stage_with("", "{'drop':['start','completed']}");

    create(stage, "['start','logs','completed']");
    world_advance(stage, 100);
    world_hook(stage, HOOK, "{'status':'processing'}"); // the logs
    world_advance(stage, 600);
    world_hook(stage, HOOK, "{'status':'processing'}");
    pass(stage, 10000);
    expect_idle(stage);
    expect_deliveries(
        stage, "{'results':[{'event':'completed','state':'dropped','next_attempt_at':null,'attempts':[{'at':"
               "'2026-01-01T00:00:01.1Z','status':null,'duration_ms':0,'error':'dropped by a rule: completed'}]},"
               "{'event':'logs','state':'delivered'},{'event':'logs','state':'delivered'},"
               "{'event':'start','state':'dropped','attempts':[{'error':'dropped by a rule: start'}]}]}");
    char request[128];
    snprintf(request, sizeof(request), "POST /_mock/webhooks/%s/resend", world_text(stage, "results.0.id"));
    world_ask(stage, request, NULL, NULL, 409, NULL);
    world_ask(stage, "POST /_mock/settle", NULL, NULL, 200, NULL);
    world_free(stage);
}
END_TEST

/* Output that comes with the end has no message of its own that could be dropped. */
START_TEST(test_drop_names_what_the_list_shows)
{
    struct stage *stage = stage_with("", "{'drop':['output']}");

    create(stage, "['output']");
    world_advance(stage, 1100);
    world_hook(stage, HOOK, "{'status':'succeeded'}");
    world_free(stage);
}
END_TEST

/* --- delay ---------------------------------------------------------------------------------------------------------- */

/* Each message as it was when it happened, later by that. What waits for its time gives way to nothing. */
START_TEST(test_delay)
{
    struct stage *stage = stage_with("", "{'delay':'5s'}");

    create(stage, "['start','logs','completed']");
    world_advance(stage, 100);
    expect_deliveries(stage,
                      "{'results':[{'event':'logs','state':'pending','attempts':[],'next_attempt_at':"
                      "'2026-01-01T00:00:05.1Z'},{'event':'start','next_attempt_at':'2026-01-01T00:00:05.1Z'}]}");
    pass(stage, 4999);
    expect_idle(stage);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
    world_advance(stage, 1);
    world_hook(stage, HOOK,
               "{'status':'processing','logs':'Using seed: 7\\n  0%|          | 0/20 [00:00<?, ?it/s]\\n'}");
    world_hook(stage, HOOK, "{'status':'processing'}");
    world_advance(stage, 499);
    expect_idle(stage);
    world_advance(stage, 1);
    world_hook(stage, HOOK, "{'status':'processing'}");
    world_advance(stage, 499);
    expect_idle(stage);
    world_advance(stage, 1);
    world_hook(stage, HOOK, "{'status':'succeeded','completed_at':'2026-01-01T00:00:01.1Z'}");
    expect_deliveries(
        stage, "{'results':[{'event':'completed','state':'delivered','attempts':[{'at':'2026-01-01T00:00:06.1Z'}]},"
               "{'event':'logs','attempts':[{'at':'2026-01-01T00:00:05.6Z'}]},"
               "{'event':'logs','attempts':[{'at':'2026-01-01T00:00:05.1Z'}]},"
               "{'event':'start','attempts':[{'at':'2026-01-01T00:00:05.1Z'}]}]}");
    world_free(stage);
}
END_TEST

/* The schedule moves as a whole: 1, 3, 7… s after completion and delay. */
START_TEST(test_delay_and_retries)
{
    static const int at[] = {0, 1000, 3000, 7000, 15000, 31000, 60000};
    struct stage *stage = stage_with("", "{'delay':'20s'}");
    int now = -20000;

    create(stage, "['completed']");
    world_advance(stage, 1100);
    for (size_t i = 0; i < COUNT(at); i++) {
        world_advance(stage, at[i] - now - 1);
        expect_idle(stage);
        world_advance(stage, 1);
        now = at[i];
        world_hook_answer(stage, 500);
    }
    world_advance(stage, 100000);
    expect_idle(stage);
    expect_deliveries(stage, "{'results':[{'state':'failed'},'*','*']}");
    world_free(stage);
}
END_TEST

/* A late message that has begun to be late for another reason gives way as ever. */
START_TEST(test_delay_and_a_slow_receiver)
{
    struct stage *stage = stage_with("--predict 3s", "{'delay':'200ms'}");

    create(stage, "['start','logs']");
    pass(stage, 300); // the start is under way, and stays so; of logs those of 0 ms wait for it
    ck_assert_uint_eq(world_hooks(stage), 1);
    pass(stage, 300); // logs of 500 ms: they are not due before 700
    expect_deliveries(stage, "{'results':[{'event':'logs','state':'pending'},{'event':'logs','state':'dropped'},"
                             "{'event':'start','state':'pending'}]}");
    world_hook_answer(stage, 200);
    expect_idle(stage);
    world_advance(stage, 199);
    expect_idle(stage);
    world_advance(stage, 1);
    world_hook(stage, HOOK, "{'status':'processing'}");
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL); // with the rest of them
    expect_idle(stage);
    world_free(stage);
}
END_TEST

START_TEST(test_delay_on_a_manual_clock)
{
    struct stage *stage = stage_with(MANUAL, "{'delay':'10m'}");
    struct client *tester = world_client(stage);

    create(stage, "['completed']");
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'10m'}", 200,
              "{'fired':[{'what':'prediction.processing'},{'what':'prediction.succeeded'}]}");
    world_ask(stage, "POST /_mock/settle", NULL, NULL, 200, NULL); // nothing is due now
    client_send(tester, "POST /_mock/clock/advance", NULL, "{'by':'2s'}");
    ck_assert_str_eq(world_hook_header(stage, "webhook-timestamp"), "1767226201");
    world_hook_answer(stage, 200);
    client_expect(tester, 200, "{'fired':[{'at':'2026-01-01T00:10:01.1Z','what':'webhook.attempt'}]}");
    world_free(stage);
}
END_TEST

/* What ends a prediction comes in the same instant in which the message before it is due. */
START_TEST(test_a_message_that_is_due_goes_once)
{
    struct stage *stage = stage_with("", "{'delay':'1s'}");

    create(stage, "['start','completed']");
    pass(stage, 1100);
    ck_assert_uint_eq(world_hooks(stage), 1);
    world_hook_answer(stage, 500);
    expect_idle(stage);
    expect_deliveries(stage, "{'results':[{'state':'pending'},'*',{'state':'failed','attempts':["
                             "{'at':'2026-01-01T00:00:01.1Z','status':500,'error':'answered 500'}]}]}");
    world_free(stage);
}
END_TEST

/* --- reorder -------------------------------------------------------------------------------------------------------- */

START_TEST(test_reorder)
{
    struct stage *stage = stage_with("", "{'reorder':true}");

    create(stage, "['start','completed']");
    world_advance(stage, 1099);
    expect_idle(stage);
    world_advance(stage, 1);
    world_hook(stage, HOOK, "{'status':'succeeded'}");
    world_hook(stage, HOOK, "{'status':'processing','output':null}");
    expect_idle(stage);
    world_advance(stage, 100000);
    expect_idle(stage);
    world_free(stage);
}
END_TEST

/* Of any two that follow each other the second goes first; none is lost, and none gives way. */
START_TEST(test_reorder_many)
{
    struct stage *stage = stage_with("--predict 2s", "{'reorder':true}");
    size_t len, before = SIZE_MAX;

    create(stage, "['start','logs','completed']");
    pass(stage, 2100);
    for (int i = 0; i < 6; i++) {
        char json[64];
        snprintf(json, sizeof(json), "{'status':'%s'}", i == 0 ? "succeeded" : "processing");
        world_hook_expect(stage, HOOK, json);
        world_hook_body(stage, &len);
        ck_assert(i < 5 ? len < before : len == before); // the logs shrink; the first came with the start
        before = len;
        world_hook_answer(stage, 200);
    }
    expect_idle(stage);
    expect_deliveries(stage,
                      "{'results':[{'event':'completed','state':'delivered'},{'event':'logs','state':'delivered'},"
                      "{'event':'logs','state':'delivered'},{'event':'logs','state':'delivered'},"
                      "{'event':'logs','state':'delivered'},{'event':'start','state':'delivered'}]}");
    world_free(stage);
}
END_TEST

/* What is held waits until the one that follows was delivered, or given up. */
START_TEST(test_reorder_and_retries)
{
    struct stage *stage = stage_with("", "{'reorder':true}");

    create(stage, "['start','completed']");
    world_advance(stage, 1100);
    world_hook_answer(stage, 500);
    expect_idle(stage);
    world_advance(stage, 1000);
    world_hook(stage, HOOK, "{'status':'succeeded'}");
    world_hook(stage, HOOK, "{'status':'processing'}");
    expect_idle(stage);
    world_free(stage);
}
END_TEST

/* One alone goes out as ever; so does, at the end, what nothing follows. */
START_TEST(test_reorder_of_one)
{
    struct stage *stage = stage_with("", "{'reorder':true}");

    create(stage, "['start']");
    world_advance(stage, 100);
    world_hook(stage, HOOK, "{'status':'processing'}");
    world_advance(stage, 1000);
    expect_idle(stage);
    create(stage, "['completed']");
    world_advance(stage, 1100);
    world_hook(stage, HOOK, "{'status':'succeeded'}");
    create(stage, "['logs']"); // two, and then the end of which nobody is told
    pass(stage, 1099);
    expect_idle(stage);
    world_advance(stage, 1);
    world_hook(stage, HOOK, "{'status':'processing'}");
    world_hook(stage, HOOK,
               "{'status':'processing','logs':'Using seed: 7\\n  0%|          | 0/20 [00:00<?, ?it/s]\\n'}");
    expect_idle(stage);
    world_free(stage);
}
END_TEST

/* --- bad_signature -------------------------------------------------------------------------------------------------- */

#define MISMATCH "the signature does not match: it is of another secret, id, timestamp or body"

/* Well-formed, and wrong; the next attempt's too. What is sent by hand is right. */
START_TEST(test_bad_signature)
{
    struct stage *stage = stage_with("--webhook-secret " SECRET, "{'bad_signature':true}");
    char request[128];

    create(stage, "['completed']");
    world_advance(stage, 1100);
    for (int i = 0; i < 2; i++) {
        const char *signature = world_hook_header(stage, "webhook-signature");
        ck_assert_uint_eq(strlen(signature), SIGNATURE_LEN);
        ck_assert_int_eq(strncmp(signature, "v1,", 3), 0);
        ck_assert_str_eq(check_signature(stage), MISMATCH);
        world_hook_answer(stage, i == 0 ? 401 : 200);
        world_advance(stage, 1000);
    }
    expect_deliveries(stage, "{'results':[{'state':'delivered'},'*','*']}");
    snprintf(request, sizeof(request), "POST /_mock/webhooks/%s/resend", world_text(stage, "results.0.id"));
    world_ask(stage, request, NULL, NULL, 202, "{'state':'pending'}");
    ck_assert_ptr_null(check_signature(stage));
    world_hook_answer(stage, 200);
    world_free(stage);
}
END_TEST

/* --- whose it is ---------------------------------------------------------------------------------------------------- */

/* All together; a rule that goes changes nothing that runs; predictions that it did not make are as ever. */
START_TEST(test_all_together)
{
    struct stage *stage = world_new("--webhook-secret " SECRET);

    world_ask(stage, "POST /_mock/scenarios", JSON,
              "{'name':'a','times':1,'webhook':{'duplicate':2,'drop':['logs'],'delay':'1s','reorder':true,"
              "'bad_signature':true}}",
              201, NULL);
    create(stage, "['start','logs','completed']");
    world_ask(stage, "DELETE /_mock/scenarios/a", NULL, NULL, 204, NULL);
    pass(stage, 2099);
    expect_idle(stage);
    world_advance(stage, 1);
    for (int i = 0; i < 4; i++) {
        ck_assert_str_eq(check_signature(stage), MISMATCH);
        world_hook(stage, HOOK, i < 2 ? "{'status':'succeeded'}" : "{'status':'processing'}");
    }
    expect_idle(stage);
    create(stage, "['start','completed']");
    world_advance(stage, 100);
    ck_assert_ptr_null(check_signature(stage));
    world_hook(stage, HOOK, "{'status':'processing'}");
    world_advance(stage, 1000);
    world_hook(stage, HOOK, "{'status':'succeeded'}");
    expect_idle(stage);
    world_free(stage);
}
END_TEST

/* What is still to be sent when the data goes is sent as it was, and suffers on. */
START_TEST(test_what_outlives_its_data)
{
    struct stage *stage = stage_with("--retention 1s", "{'delay':'5s','duplicate':2}");

    create(stage, "['completed']");
    pass(stage, 2100);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'data_removed':true}");
    pass(stage, 4000);
    world_hook(stage, HOOK, "{'data_removed':false,'output':['*']}");
    world_hook(stage, HOOK, "{'data_removed':false,'output':['*']}");
    expect_idle(stage);
    world_free(stage);
}
END_TEST

#define TRAINER                                                                                                        \
    "{'owner':'acme','name':'trainer','latest_version':{'id':'t1','openapi_schema':{'components':{'schemas':{"         \
    "'Input':{'type':'object'},'TrainingInput':{'type':'object'},'Output':{'type':'string'}}}}}}"

/* Trainings have webhooks, too; and a world may go while some of them are late, or held. */
/* A rule's output may be megabytes, and --max-memory counts it no more when the prediction's data is gone: the messages, which
 * may wait for a day, keep only how they are to be sent. */
START_TEST(test_messages_do_not_hold_the_rule)
{
    struct script *script = script_new();
    struct outbox outbox;

    script->webhook.duplicate = 3;
    outbox_init(&outbox, NULL, NULL, script);
    ck_assert_uint_eq(script->holders, 1);
    ck_assert_uint_eq(outbox.rule.duplicate, 3);
    script_let_go(script);
}
END_TEST

START_TEST(test_trainings_and_resets)
{
    struct stage *stage = world_new("");

    world_add_model(stage, TRAINER);
    ck_assert_ptr_nonnull(models_create(worlds_use(app_worlds(world_app(stage)), "test"), "me", "tuned"));
    world_ask(stage, "POST /_mock/scenarios", JSON,
              "{'match':{'operation':'trainings.create'},'webhook':{'reorder':true,'delay':'1s'}}", 201, NULL);
    world_ask(stage, "POST /v1/models/acme/trainer/versions/t1/trainings", NULL,
              "{'destination':'me/tuned','input':{},'webhook':'" HOOK
              "','webhook_events_filter':['start','completed']}",
              201, NULL);
    pass(stage, 2099);
    expect_idle(stage);
    world_advance(stage, 1);
    world_hook(stage, HOOK, "{'status':'succeeded'}");
    ck_assert_uint_eq(world_hooks(stage), 1); // the start is under way, …
    world_ask(stage, "POST /_mock/scenarios", JSON, "{'webhook':{'reorder':true,'delay':'1s'}}", 201, NULL);
    create(stage, "['start','completed']");
    world_advance(stage, 100); // … another is held, …
    create(stage, "['completed']");
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, NULL); // … and this end is late
    world_ask(stage, "POST /_mock/reset", NULL, NULL, 200, NULL);
    expect_idle(stage);
    world_advance(stage, 100000);
    expect_idle(stage);
    world_free(stage);
}
END_TEST

SUITE("webhook_faults", test_duplicates, test_duplicates_of_the_end_follow_its_first_success, test_duplicates_of_others,
      test_duplicates_on_a_manual_clock, test_drop, test_drop_names_what_the_list_shows, test_delay,
      test_delay_and_retries, test_delay_and_a_slow_receiver, test_delay_on_a_manual_clock,
      test_a_message_that_is_due_goes_once, test_reorder, test_reorder_many, test_reorder_and_retries,
      test_reorder_of_one, test_bad_signature, test_all_together, test_what_outlives_its_data,
      test_messages_do_not_hold_the_rule, test_trainings_and_resets);
