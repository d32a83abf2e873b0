#include "control/waits.h"
#include "control/control.h"
#include "control/requests.h"
#include "core/prediction.h"
#include "core/store.h"
#include "http/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    NAMED_MAX = 5,    // predictions that a 408 names; the rest are counted
    LOOKED_AT = 1000, // the newest, among which they are sought: a 408 costs no more in a large world
};

/* A parked call of either kind. A wait is told what happens to its prediction; a settle looks once a turn, because what
 * it waits for is not always an event: the end of an advance, a clock that is frozen. */
struct parked {
    struct control *control;
    struct list link; /* of a settle: in control.settles */
    struct exchange *exchange;
    int64_t timeout;
    struct timer timer;
    struct observer watch, closing;
    struct world *world;   /* NULL: all of them */
    char id[ID_LEN + 1];   /* of the prediction; "": settle */
    bool any_terminal;     /* status=terminal */
    enum status status;    /* else this one */
    size_t webhooks;       /* so many are to be delivered; 0: it is no wait for webhooks */
    size_t requests, came; /* so many are to come, of these; so many have; 0: it is no wait for requests */
    struct journal_filter filter;
    struct journal_watch journal;
};

static void parked_free(struct parked *parked)
{
    sched_cancel(parked->control->real_timers, &parked->timer);
    unobserve(&parked->watch);
    unobserve(&parked->closing);
    list_remove(&parked->link);
    list_remove(&parked->journal.link);
    free(parked);
}

static void finish(struct parked *parked)
{
    struct exchange *exchange = parked->exchange;

    parked_free(parked);
    exchange_wake(exchange);
}

static void on_abandoned(struct exchange *exchange)
{
    parked_free(exchange->parked_by);
}

static void answer_now(const struct control *control, const struct world *world, struct exchange *exchange)
{
    buf_lit(&exchange->response.body, "{\"now\":");
    control_put_time(&exchange->response.body, control_now(control, world));
    buf_char(&exchange->response.body, '}');
    control_answer(exchange, 200);
}

static void see_closing(struct observer *observer, const struct event *event)
{
    struct parked *parked = container_of(observer, struct parked, closing);

    (void)event;
    problem(&parked->exchange->response, 404, NULL, "The world was reset.");
    finish(parked);
}

static struct parked *park(struct control *control, struct exchange *exchange, const struct parked *what)
{
    struct parked *parked = xnew(struct parked);

    *parked = *what;
    list_init(&parked->link);
    list_init(&parked->journal.link);
    parked->control = control;
    parked->exchange = exchange;
    parked->closing.see = see_closing;
    if (parked->world)
        observe(&parked->world->at_close, &parked->closing);
    sched_set(control->real_timers, &parked->timer, control->worlds->base->mono + parked->timeout);
    exchange->parked_by = parked;
    exchange->abandoned = on_abandoned;
    return parked;
}

/* --- settle ----------------------------------------------------------------------------------------------------- */

/* "real clock: every prediction is terminal and every delivery concluded. manual clock: nothing is due at the present
 * instant and nothing is in flight." */
static bool world_is_settled(const struct world *world)
{
    const struct timer *first = sched_first(&world->sched);

    if (world->clock.manual)
        return !world->advancing && world->in_flight == 0 && (!first || first->due > clock_now(&world->clock));
    return world->unfinished == 0 && world->pending_deliveries == 0;
}

static bool is_settled(const struct control *control, const struct world *world)
{
    if (world)
        return world_is_settled(world);
    worlds_each (link, control->worlds)
        if (!world_is_settled(world_of(link)))
            return false;
    return true;
}

/* What is open, as a list in words. */
struct open_things {
    struct buf text;
    size_t unfinished, named; /* predictions: how many there are, and how many the text names */
    size_t clocks;            /* worlds with a manual clock that the text names */
    size_t webhooks;          /* deliveries that are pending or under way */
    size_t uploads;           /* files that are being hashed */
    size_t held;              /* holds on predictions */
    size_t preparing;         /* input files that are being read */
};

__attribute__((format(printf, 2, 3))) static void add_open(struct open_things *open, const char *format, ...)
{
    char text[128];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    buf_printf(&open->text, "%s%s", open->text.len > 0 ? ", " : "", text);
}

static void name_unfinished(struct open_things *open, const struct timeline *timeline)
{
    size_t len = timeline->len, last = len > LOOKED_AT ? len - LOOKED_AT : 0;

    for (size_t place = len; place > last && open->named < NAMED_MAX; place--) {
        const struct prediction *prediction = timeline_at(timeline, place - 1);
        enum status status = (enum status)prediction->status;
        if (status_is_terminal(status))
            continue;
        add_open(open, "%s %s is %s", prediction_word(prediction), prediction->id, status_name(status));
        open->named++;
    }
}

static void add_unfinished(struct open_things *open, const struct world *world)
{
    open->unfinished += world->unfinished;
    name_unfinished(open, &world->timeline);
    name_unfinished(open, &world->trainings);
}

static void add_world(struct open_things *open, const struct world *world)
{
    if (world_is_settled(world))
        return;
    if (!world->clock.manual) {
        open->webhooks += world->pending_deliveries;
        add_unfinished(open, world);
        return;
    }
    open->webhooks += world->in_flight - world->uploads - world->held;
    open->uploads += world->uploads;
    open->held += world->held - world->preparing;
    open->preparing += world->preparing;
    if (world->in_flight == 0 && open->clocks++ < NAMED_MAX)
        add_open(open, "%s", world->advancing ? "an advance is under way" : "timers are due");
}

static void on_settle_timeout(struct timer *timer)
{
    struct parked *parked = container_of(timer, struct parked, timer);
    struct open_things open = {.unfinished = 0};

    if (parked->world)
        add_world(&open, parked->world);
    else
        worlds_each (link, parked->control->worlds)
            add_world(&open, world_of(link));
    if (open.unfinished > open.named)
        add_open(&open, "unfinished predictions%s: %zu", open.named > 0 ? " besides" : "",
                 open.unfinished - open.named);
    if (open.webhooks > 0)
        add_open(&open, "webhooks not concluded: %zu", open.webhooks);
    if (open.uploads > 0)
        add_open(&open, "uploads being hashed: %zu", open.uploads);
    if (open.preparing > 0)
        add_open(&open, "input files being read: %zu", open.preparing);
    if (open.held > 0)
        add_open(&open, "predictions whose files are being made: %zu", open.held);
    problem_printf(&parked->exchange->response, 408, NULL, "Not settled in time: %s", buf_cstr(&open.text));
    buf_free(&open.text);
    finish(parked);
}

void waits_run(struct control *control)
{
    list_each (link, &control->settles) {
        struct parked *parked = container_of(link, struct parked, link);
        if (!is_settled(control, parked->world))
            continue;
        answer_now(control, parked->world, parked->exchange);
        finish(parked);
    }
}

enum verdict waits_settle(void *context, struct exchange *exchange)
{
    static const char *const no_members[] = {NULL};
    struct control *control = context;
    struct world *world = control_world(control, exchange);
    struct parked what = {.world = world, .timer.fire = on_settle_timeout};
    const cJSON *body = control_body(exchange);

    if (!body || !control_check_members(exchange, body, no_members) || !control_timeout(exchange, &what.timeout) ||
        !control_check_params(exchange, "timeout"))
        return VERDICT_ANSWER;
    if ((exchange->token && !world) || is_settled(control, world)) { // a world that nobody has used is at rest
        answer_now(control, world, exchange);
        return VERDICT_ANSWER;
    }
    list_append(&control->settles, &park(control, exchange, &what)->link);
    return VERDICT_PARK;
}

/* --- wait ------------------------------------------------------------------------------------------------------- */

static bool is_there(const struct parked *parked, const struct prediction *prediction)
{
    if (parked->any_terminal)
        return status_is_terminal((enum status)prediction->status);
    return prediction->status == parked->status;
}

/* Whatever was waited for cannot come any more, or did not come in time. */
static void fill_408(struct exchange *exchange, const struct prediction *prediction, const char *why)
{
    problem_printf(&exchange->response, 408, NULL, "%s: %s %s is %s.", why, prediction_word(prediction), prediction->id,
                   status_name((enum status)prediction->status));
}

static void on_wait_timeout(struct timer *timer)
{
    struct parked *parked = container_of(timer, struct parked, timer);

    fill_408(parked->exchange, store_find(parked->control->worlds->store, parked->id), "It did not come in time");
    finish(parked);
}

static const char never[] = "It cannot come any more";

static bool can_come(const struct parked *parked, const struct prediction *prediction)
{
    enum status now = (enum status)prediction->status;

    return parked->any_terminal ? !status_is_terminal(now) : status_may_reach(now, parked->status);
}

static void see_wait(struct observer *observer, const struct event *event)
{
    struct parked *parked = container_of(observer, struct parked, watch);

    if (event->type == EVENT_GONE)
        problem(&parked->exchange->response, 404, NULL, "The prediction made room for newer ones.");
    else if (is_there(parked, event->prediction))
        answer_now(parked->control, event->world, parked->exchange);
    else if (!can_come(parked, event->prediction))
        fill_408(parked->exchange, event->prediction, never);
    else
        return;
    finish(parked);
}

/* --- wait for webhooks ------------------------------------------------------------------------------------------ */

/* How many were delivered, in the world of the request or in all. */
static size_t delivered(const struct control *control, const struct exchange *exchange)
{
    const struct world *world = control_world(control, exchange);
    size_t count = world ? world->delivered : 0;

    if (!exchange->token)
        worlds_each (link, control->worlds)
            count += world_of(link)->delivered;
    return count;
}

static void see_webhook(struct observer *observer, const struct event *event)
{
    struct parked *parked = container_of(observer, struct parked, watch);
    struct exchange *exchange = parked->exchange;

    if (event->type != EVENT_WEBHOOK_CONCLUDED || delivered(parked->control, exchange) < parked->webhooks)
        return;
    answer_now(parked->control, control_world(parked->control, exchange), exchange);
    finish(parked);
}

static void on_webhooks_timeout(struct timer *timer)
{
    struct parked *parked = container_of(timer, struct parked, timer);

    problem_printf(&parked->exchange->response, 408, NULL,
                   "It did not come in time: %zu of %zu webhooks are delivered.",
                   delivered(parked->control, parked->exchange), parked->webhooks);
    finish(parked);
}

static enum verdict wait_for_webhooks(struct control *control, struct exchange *exchange)
{
    struct parked what = {.timer.fire = on_webhooks_timeout, .watch.see = see_webhook};

    if (!control_count(exchange, "webhooks", 1000000, 1, &what.webhooks) || !control_timeout(exchange, &what.timeout) ||
        !control_check_params(exchange, "webhooks, timeout"))
        return VERDICT_ANSWER;
    what.world = control_world(control, exchange);
    if (delivered(control, exchange) >= what.webhooks) {
        answer_now(control, what.world, exchange);
        return VERDICT_ANSWER;
    }
    observe(&control->worlds->observers, &park(control, exchange, &what)->watch);
    return VERDICT_PARK;
}

/* --- wait for requests ---------------------------------------------------------------------------------------------- */

/* Those that go meanwhile, to make room for others, have come all the same. */
static void see_request(struct journal_watch *watch, const struct journal_entry *entry)
{
    struct parked *parked = container_of(watch, struct parked, journal);
    const struct control *control = parked->control;
    struct exchange *exchange = parked->exchange;
    const struct journal *journal;

    if (!requests_journal(control, exchange, &journal) || (journal && journal != entry->journal) ||
        !journal_matches(entry, &parked->filter) || ++parked->came < parked->requests)
        return;
    answer_now(control, control_world(control, exchange), exchange);
    finish(parked);
}

static void on_requests_timeout(struct timer *timer)
{
    struct parked *parked = container_of(timer, struct parked, timer);

    problem_printf(&parked->exchange->response, 408, NULL, "It did not come in time: %zu of %zu requests have come.",
                   parked->came, parked->requests);
    finish(parked);
}

static enum verdict wait_for_requests(struct control *control, struct exchange *exchange)
{
    struct parked what = {.timer.fire = on_requests_timeout, .journal.see = see_request};
    const struct journal *journal;

    if (!control_count(exchange, "requests", 1000000, 1, &what.requests) ||
        !requests_filter(control, exchange, &what.filter) || !control_timeout(exchange, &what.timeout) ||
        !control_check_params(exchange, "requests, method, path, operation, status, since, timeout"))
        return VERDICT_ANSWER;
    what.world = control_world(control, exchange);
    if (requests_journal(control, exchange, &journal))
        what.came = journal_count(control->worlds->journals, journal, &what.filter);
    if (what.came >= what.requests) {
        answer_now(control, what.world, exchange);
        return VERDICT_ANSWER;
    }
    list_append(&control->worlds->journals->watches, &park(control, exchange, &what)->journal.link);
    return VERDICT_PARK;
}

/* --- wait for a prediction --------------------------------------------------------------------------------------- */

static bool read_wait(struct exchange *exchange, struct parked *what)
{
    const char *status = target_param(&exchange->request.target, "status");

    what->any_terminal = !status || strcmp(status, "terminal") == 0;
    if (!what->any_terminal && !status_parse(status, &what->status)) {
        control_invalid(exchange, "status", "terminal, starting, processing, succeeded, failed, canceled or aborted.");
        return false;
    }
    if (!control_timeout(exchange, &what->timeout))
        return false;
    return control_check_params(exchange, "prediction, status, timeout");
}

enum verdict waits_wait(void *context, struct exchange *exchange)
{
    struct control *control = context;
    const char *id = target_param(&exchange->request.target, "prediction");
    struct parked what = {.timer.fire = on_wait_timeout, .watch.see = see_wait};

    if (!id && target_param(&exchange->request.target, "webhooks"))
        return wait_for_webhooks(control, exchange);
    if (!id && target_param(&exchange->request.target, "requests"))
        return wait_for_requests(control, exchange);
    if (!read_wait(exchange, &what))
        return VERDICT_ANSWER;
    if (!id) {
        control_invalid(exchange, "prediction", "Say what to wait for: ?prediction=ID, ?webhooks=N or ?requests=N.");
        return VERDICT_ANSWER;
    }
    struct prediction *prediction = store_find(control->worlds->store, id);
    if (!prediction || (exchange->token && strcmp(prediction->world->token, exchange->token) != 0)) {
        problem(&exchange->response, 404, NULL, "There is no such prediction.");
        return VERDICT_ANSWER;
    }
    if (is_there(&what, prediction)) {
        answer_now(control, prediction->world, exchange);
        return VERDICT_ANSWER;
    }
    if (!can_come(&what, prediction)) {
        fill_408(exchange, prediction, never);
        return VERDICT_ANSWER;
    }
    memcpy(what.id, prediction->id, sizeof(what.id));
    what.world = prediction->world;
    observe(&prediction->observers, &park(control, exchange, &what)->watch);
    return VERDICT_PARK;
}
