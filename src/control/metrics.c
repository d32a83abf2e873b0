#include "control/metrics.h"
#include "base/timefmt.h"
#include "control/control.h"
#include "core/store.h"

#include <inttypes.h>
#include <stdio.h>

/* What is written, of which server, and under what name. */
struct page {
    struct buf *out;
    const struct control *control;
    const struct exchange *exchange;
    const char *name;
};

/* --- samples -------------------------------------------------------------------------------------------------------- */

static void put_number(struct page *page, uint64_t number)
{
    buf_printf(page->out, "%s %" PRIu64 "\n", page->name, number);
}

/* One of those that a label tells apart; the value of it needs no escaping. */
static void put_labelled(struct page *page, const char *label, const char *value, uint64_t number)
{
    buf_printf(page->out, "%s{%s=\"%s\"} %" PRIu64 "\n", page->name, label, value, number);
}

static void put_build(struct page *page)
{
    put_labelled(page, "version", page->control->version, 1);
}

static void put_uptime(struct page *page)
{
    const struct worlds *worlds = page->control->worlds;
    char text[TIME_TEXT];

    seconds_format(text, worlds->base->mono - worlds->tally.began, 3);
    buf_printf(page->out, "%s %s\n", page->name, text);
}

static void put_connections(struct page *page)
{
    put_labelled(page, "door", "http", server_connections_at(page->exchange->server, DOOR_HTTP));
    put_labelled(page, "door", "https", server_connections_at(page->exchange->server, DOOR_HTTPS));
}

static void put_request(struct page *page, const char *operation, const char *status, uint64_t count)
{
    buf_printf(page->out, "%s{operation=\"%s\",status=\"%s\"} %" PRIu64 "\n", page->name, operation, status, count);
}

static void put_requests(struct page *page)
{
    const struct tally *tally = &page->control->worlds->tally;
    struct tally_row *rows = arena_alloc(page->exchange->scratch, TALLY_ROWS_MAX * sizeof(*rows));
    size_t count = tally_requests(tally, rows);
    char status[16];

    for (size_t i = 0; i < count; i++) {
        snprintf(status, sizeof(status), "%d", rows[i].status);
        put_request(page, rows[i].operation, rows[i].status ? status : "none", rows[i].count);
    }
    if (tally->other_requests > 0)
        put_request(page, "other", "other", tally->other_requests);
}

static void put_waits(struct page *page)
{
    put_number(page, page->control->worlds->tally.waits);
}

static void put_streams(struct page *page)
{
    put_number(page, page->control->worlds->tally.streams);
}

static void put_worlds(struct page *page)
{
    put_number(page, worlds_count(page->control->worlds));
}

static void put_present(struct page *page)
{
    const struct worlds *worlds = page->control->worlds;

    put_labelled(page, "state", "unfinished", worlds->unfinished);
    put_labelled(page, "state", "finished", worlds->store->count - worlds->unfinished);
}

static void put_created(struct page *page)
{
    const struct tally *tally = &page->control->worlds->tally;

    put_labelled(page, "kind", "prediction", tally->created[PREDICTION_PLAIN]);
    put_labelled(page, "kind", "deployment", tally->created[PREDICTION_DEPLOYED]);
    put_labelled(page, "kind", "training", tally->created[PREDICTION_TRAINING]);
    put_labelled(page, "kind", "filled", tally->filled);
}

static void put_completed(struct page *page)
{
    for (int status = 0; status < STATUS_COUNT; status++)
        if (status_is_terminal((enum status)status))
            put_labelled(page, "status", status_name((enum status)status),
                         page->control->worlds->tally.completed[status]);
}

static void put_attempts(struct page *page)
{
    static const char *const outcomes[TALLY_ATTEMPTS] = {
        [TALLY_DELIVERED] = "delivered", [TALLY_REFUSED] = "refused", [TALLY_UNANSWERED] = "unanswered"};

    for (int i = 0; i < TALLY_ATTEMPTS; i++)
        put_labelled(page, "outcome", outcomes[i], page->control->worlds->tally.attempts[i]);
}

static void put_pending(struct page *page)
{
    size_t pending = 0;

    worlds_each (link, page->control->worlds)
        pending += world_of(link)->pending_deliveries;
    put_number(page, pending);
}

static void put_hits(struct page *page)
{
    put_number(page, page->control->worlds->tally.hits);
}

static void put_memory(struct page *page)
{
    const struct worlds *worlds = page->control->worlds;

    put_number(page, store_memory_used(worlds->store, worlds));
}

static void put_memory_limit(struct page *page)
{
    put_number(page, page->control->worlds->store->max_bytes);
}

/* --- the page ------------------------------------------------------------------------------------------------------- */

/* By the conventions of Prometheus: a counter's name ends with _total, a unit is one of its base units. */
static const struct family {
    const char *name, *type, *help;
    void (*put)(struct page *page);
} families[] = {
    {"build_info", "gauge", "The version that runs.", put_build},
    {"uptime_seconds", "gauge", "Since when it runs, in real time.", put_uptime},
    {"connections", "gauge", "Open connections, by the door that they came in by.", put_connections},
    {"requests_total", "counter", "Requests by operation and status; none: they went without an answer.", put_requests},
    {"waits", "gauge", "Requests that wait for their prediction now: Prefer: wait.", put_waits},
    {"streams", "gauge", "Event streams that are open now.", put_streams},
    {"worlds", "gauge", "Worlds, one for each token.", put_worlds},
    {"predictions", "gauge", "Predictions and trainings that are kept.", put_present},
    {"predictions_created_total", "counter", "Those that were ever made; filled: finished when they came.",
     put_created},
    {"predictions_completed_total", "counter", "Those that have come to their end here, by status.", put_completed},
    {"webhook_attempts_total", "counter", "Attempts to deliver webhooks, by how they ended.", put_attempts},
    {"webhooks_pending", "gauge", "Webhooks that are neither delivered nor given up.", put_pending},
    {"scenario_hits_total", "counter", "Requests that a rule has hit.", put_hits},
    {"memory_used_bytes", "gauge", "What is stored of predictions, files and webhooks.", put_memory},
    {"memory_limit_bytes", "gauge", "How much that may be: --max-memory.", put_memory_limit},
};

enum verdict metrics_get(void *context, struct exchange *exchange)
{
    struct page page = {.out = &exchange->response.body, .control = context, .exchange = exchange};

    if (!control_check_params(exchange, "none"))
        return VERDICT_ANSWER;
    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
        page.name = arena_printf(exchange->scratch, "replicate_mock_%s", families[i].name);
        buf_printf(page.out, "# HELP %s %s\n# TYPE %s %s\n", page.name, families[i].help, page.name, families[i].type);
        families[i].put(&page);
    }
    exchange->response.status = 200;
    exchange->response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return VERDICT_ANSWER;
}
