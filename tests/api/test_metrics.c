/* GET /_mock/metrics. */
#include "core/tally.h"
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANUAL "--clock manual --start-time " STAGE_START
#define HOOKED "{'version':'" VERSION "','input':{" INPUT "},'webhook':'http://hook.test/'}"

static void scrape(struct stage *stage)
{
    world_ask(stage, "GET /_mock/metrics", "Authorization: -", NULL, 200, NULL);
}

/* The page has exactly this line, in which ' stands for ". */
static void expect_line(struct stage *stage, const char *sample)
{
    char line[256];

    snprintf(line, sizeof(line), "\nreplicate_mock_%s\n", sample);
    for (char *at = line; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    ck_assert_msg(strstr(world_answer(stage)->body, line) != NULL, "%s is not in\n%s", line, world_answer(stage)->body);
}

START_TEST(test_a_young_server)
{
    struct stage *stage = world_new(MANUAL " --max-memory 1MiB");

    scrape(stage);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    const char *page =
        "# HELP replicate_mock_build_info The version that runs.\n"
        "# TYPE replicate_mock_build_info gauge\n"
        "replicate_mock_build_info{version=\"" PROJECT_VERSION "\"} 1\n"
        "# HELP replicate_mock_uptime_seconds Since when it runs, in real time.\n"
        "# TYPE replicate_mock_uptime_seconds gauge\n"
        "replicate_mock_uptime_seconds 0\n"
        "# HELP replicate_mock_connections Open connections, by the door that they came in by.\n"
        "# TYPE replicate_mock_connections gauge\n"
        "replicate_mock_connections{door=\"http\"} 1\n"
        "replicate_mock_connections{door=\"https\"} 0\n"
        "# HELP replicate_mock_requests_total Requests by operation and status; none: they went without an answer.\n"
        "# TYPE replicate_mock_requests_total counter\n"
        "# HELP replicate_mock_waits Requests that wait for their prediction now: Prefer: wait.\n"
        "# TYPE replicate_mock_waits gauge\n"
        "replicate_mock_waits 0\n"
        "# HELP replicate_mock_streams Event streams that are open now.\n"
        "# TYPE replicate_mock_streams gauge\n"
        "replicate_mock_streams 0\n"
        "# HELP replicate_mock_worlds Worlds, one for each token.\n"
        "# TYPE replicate_mock_worlds gauge\n"
        "replicate_mock_worlds 0\n"
        "# HELP replicate_mock_predictions Predictions and trainings that are kept.\n"
        "# TYPE replicate_mock_predictions gauge\n"
        "replicate_mock_predictions{state=\"unfinished\"} 0\n"
        "replicate_mock_predictions{state=\"finished\"} 0\n"
        "# HELP replicate_mock_predictions_created_total Those that were ever made; filled: finished when they came.\n"
        "# TYPE replicate_mock_predictions_created_total counter\n"
        "replicate_mock_predictions_created_total{kind=\"prediction\"} 0\n"
        "replicate_mock_predictions_created_total{kind=\"deployment\"} 0\n"
        "replicate_mock_predictions_created_total{kind=\"training\"} 0\n"
        "replicate_mock_predictions_created_total{kind=\"filled\"} 0\n"
        "# HELP replicate_mock_predictions_completed_total Those that have come to their end here, by status.\n"
        "# TYPE replicate_mock_predictions_completed_total counter\n"
        "replicate_mock_predictions_completed_total{status=\"succeeded\"} 0\n"
        "replicate_mock_predictions_completed_total{status=\"failed\"} 0\n"
        "replicate_mock_predictions_completed_total{status=\"canceled\"} 0\n"
        "replicate_mock_predictions_completed_total{status=\"aborted\"} 0\n"
        "# HELP replicate_mock_webhook_attempts_total Attempts to deliver webhooks, by how they ended.\n"
        "# TYPE replicate_mock_webhook_attempts_total counter\n"
        "replicate_mock_webhook_attempts_total{outcome=\"delivered\"} 0\n"
        "replicate_mock_webhook_attempts_total{outcome=\"refused\"} 0\n"
        "replicate_mock_webhook_attempts_total{outcome=\"unanswered\"} 0\n"
        "# HELP replicate_mock_webhooks_pending Webhooks that are neither delivered nor given up.\n"
        "# TYPE replicate_mock_webhooks_pending gauge\n"
        "replicate_mock_webhooks_pending 0\n"
        "# HELP replicate_mock_scenario_hits_total Requests that a rule has hit.\n"
        "# TYPE replicate_mock_scenario_hits_total counter\n"
        "replicate_mock_scenario_hits_total 0\n"
        "# HELP replicate_mock_memory_used_bytes What is stored of predictions, files and webhooks.\n"
        "# TYPE replicate_mock_memory_used_bytes gauge\n"
        "replicate_mock_memory_used_bytes 0\n"
        "# HELP replicate_mock_memory_limit_bytes How much that may be: --max-memory.\n"
        "# TYPE replicate_mock_memory_limit_bytes gauge\n"
        "replicate_mock_memory_limit_bytes 1048576\n";
    ck_assert_str_eq(world_answer(stage)->body, page);
    world_free(stage);
}
END_TEST

START_TEST(test_requests)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, "{}", 422, NULL);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /v1/predictions/{id}", "Authorization: Bearer other", NULL, 404, NULL);
    world_ask(stage, "GET /v1/predictions", "Authorization: -", NULL, 401, NULL);
    world_ask(stage, "GET /v1/nothing", NULL, NULL, 404, NULL);
    world_ask(stage, "POST /_mock/nothing", NULL, NULL, 404, NULL);
    world_ask(stage, "POST /_mock/scenarios", NULL,
              "{'match':{'operation':'predictions.get'},'response':{'drop':'before-headers'},'name':'gone'}", 201,
              NULL);
    struct client *other = world_client(stage);
    client_send(other, "GET /v1/predictions/{id}", NULL, NULL);
    ck_assert(client_is_closed(other));
    client_leave(other);
    scrape(stage);
    expect_line(stage, "requests_total{operation='mock.scenarios.create',status='201'} 1");
    expect_line(stage, "requests_total{operation='predictions.create',status='201'} 2");
    expect_line(stage, "requests_total{operation='predictions.create',status='422'} 1");
    expect_line(stage, "requests_total{operation='predictions.get',status='none'} 1");
    expect_line(stage, "requests_total{operation='predictions.get',status='200'} 1");
    expect_line(stage, "requests_total{operation='predictions.get',status='404'} 1");
    expect_line(stage, "requests_total{operation='predictions.list',status='401'} 1");
    expect_line(stage, "requests_total{operation='unknown',status='404'} 2");
    expect_line(stage, "scenario_hits_total 1");
    expect_line(stage, "worlds 2"); // a journal is a world's
    scrape(stage);
    expect_line(stage, "requests_total{operation='mock.metrics',status='200'} 1");
    world_free(stage);
}
END_TEST

/* What is counted of predictions goes on through a reset; what is there is there no more. */
START_TEST(test_predictions_and_reset)
{
    struct stage *stage = world_new(MANUAL " --retention 0");

    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /v1/predictions/{id}/cancel", NULL, NULL, 200, NULL);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    world_ask(stage, "POST /_mock/clock/advance", NULL, "{'by':'1m'}", 200, NULL);
    world_ask(stage, "POST /v1/predictions", "Authorization: Bearer other", CREATE, 201, NULL);
    world_ask(
        stage, "POST /_mock/predictions", NULL,
        "[{'model':'replicate/hello-world','status':'failed'},{'model':'replicate/hello-world','status':'succeeded'}]",
        201, NULL);
    scrape(stage);
    expect_line(stage, "worlds 2");
    expect_line(stage, "predictions{state='unfinished'} 1");
    expect_line(stage, "predictions{state='finished'} 4");
    expect_line(stage, "predictions_created_total{kind='prediction'} 3");
    expect_line(stage, "predictions_created_total{kind='filled'} 2");
    expect_line(stage, "predictions_completed_total{status='succeeded'} 1");
    expect_line(stage, "predictions_completed_total{status='canceled'} 1");
    expect_line(stage, "predictions_completed_total{status='failed'} 0");
    world_ask(stage, "POST /_mock/reset", "Authorization: -", NULL, 200, NULL);
    scrape(stage);
    expect_line(stage, "worlds 0");
    expect_line(stage, "predictions{state='unfinished'} 0");
    expect_line(stage, "predictions{state='finished'} 0");
    expect_line(stage, "memory_used_bytes 0");
    expect_line(stage, "predictions_created_total{kind='prediction'} 3");
    expect_line(stage, "predictions_completed_total{status='succeeded'} 1");
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_open)
{
    struct stage *stage = world_new("");
    struct client *waiting = world_client(stage), *reading = world_client(stage);
    char stream[256];

    client_send(waiting, "POST /v1/predictions", "Prefer: wait", CREATE);
    world_ask(stage, "POST /v1/predictions", NULL, CREATE, 201, NULL);
    snprintf(stream, sizeof(stream), "GET %s", world_text(stage, "urls.stream") + strlen("http://localhost"));
    client_send(reading, stream, NULL, NULL);
    world_advance(stage, 10.5);
    scrape(stage);
    expect_line(stage, "uptime_seconds 0.01");
    expect_line(stage, "connections{door='http'} 3");
    expect_line(stage, "waits 1");
    expect_line(stage, "streams 1");
    expect_line(stage, "requests_total{operation='streams.get',status='200'} 1"); // its head has gone out
    client_leave(reading);
    world_advance(stage, 5000);
    client_expect(waiting, 201, NULL);
    world_settle(stage);
    scrape(stage);
    expect_line(stage, "connections{door='http'} 2");
    expect_line(stage, "waits 0");
    expect_line(stage, "streams 0");
    expect_line(stage, "requests_total{operation='predictions.create',status='201'} 2");
    world_free(stage);
}
END_TEST

START_TEST(test_webhooks)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL, HOOKED, 201, NULL);
    world_advance(stage, 1100);
    scrape(stage);
    expect_line(stage, "webhooks_pending 1");
    world_hook_answer(stage, 500);
    world_advance(stage, 1000);
    world_hook_fail(stage, "connection refused");
    world_advance(stage, 2000);
    world_hook_answer(stage, 200);
    scrape(stage);
    expect_line(stage, "webhook_attempts_total{outcome='delivered'} 1");
    expect_line(stage, "webhook_attempts_total{outcome='refused'} 1");
    expect_line(stage, "webhook_attempts_total{outcome='unanswered'} 1");
    expect_line(stage, "webhooks_pending 0");
    world_free(stage);
}
END_TEST

/* Statuses of rules are told apart up to a bound. */
START_TEST(test_bounded)
{
    struct stage *stage = world_new("");
    char rule[256];

    for (int i = 0; i < 4; i++) {
        static const char *const paths[] = {"GET /v1/account", "GET /v1/hardware", "GET /v1/collections",
                                            "GET /v1/models"};
        static const char *const operations[] = {"account.get", "hardware.list", "collections.list", "models.list"};
        for (int status = 400; status < 600; status++) {
            snprintf(rule, sizeof(rule),
                     "{'name':'it','match':{'operation':'%s'},'response':{'status':%d,'body':{'detail':'x'}}}",
                     operations[i], status);
            world_ask(stage, "POST /_mock/scenarios", NULL, rule, 201, NULL);
            world_undescribed(stage);
            world_ask(stage, paths[i], NULL, NULL, status, NULL);
        }
    }
    scrape(stage);
    expect_line(stage, "requests_total{operation='account.get',status='599'} 1");
    expect_line(stage, "requests_total{operation='mock.scenarios.create',status='201'} 800");
    expect_line(stage, "requests_total{operation='other',status='other'} 33");
    world_free(stage);
}
END_TEST

/* Two routes of one operation have a literal each: what is shown is one row. */
START_TEST(test_rows_of_one_operation)
{
    static const char one[] = "a.b", same[] = "a.b", other[] = "a.a";
    struct tally *tally = xnew(struct tally);
    struct tally_row rows[TALLY_ROWS_MAX];

    tally_request(tally, one, 200);
    tally_request(tally, same, 200);
    tally_request(tally, one, 200);
    tally_request(tally, same, 0);
    tally_request(tally, other, 500);
    ck_assert_uint_eq(tally_requests(tally, rows), 3);
    ck_assert(strcmp(rows[0].operation, "a.a") == 0 && rows[0].status == 500 && rows[0].count == 1);
    ck_assert(strcmp(rows[1].operation, "a.b") == 0 && rows[1].status == 0 && rows[1].count == 1);
    ck_assert(strcmp(rows[2].operation, "a.b") == 0 && rows[2].status == 200 && rows[2].count == 3);
    free(tally);
}
END_TEST

START_TEST(test_open_to_any_host)
{
    struct stage *stage = world_new("");

    world_ask(stage, "GET /_mock/metrics", "Host: prometheus.example.com", NULL, 200, NULL);
    world_ask(stage, "HEAD /_mock/metrics", NULL, NULL, 200, NULL);
    world_ask(stage, "GET /_mock/metrics?x=1", NULL, NULL, 422, NULL);
    world_ask(stage, "POST /_mock/metrics", NULL, NULL, 405, NULL);
    world_ask(stage, "GET /_mock/predictions", "Host: prometheus.example.com", NULL, 403, NULL);
    world_free(stage);
}
END_TEST

SUITE("metrics", test_a_young_server, test_requests, test_predictions_and_reset, test_what_is_open, test_webhooks,
      test_bounded, test_rows_of_one_operation, test_open_to_any_host);
