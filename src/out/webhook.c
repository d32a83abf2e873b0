#include "out/webhook.h"
#include "base/log.h"
#include "core/delivery.h"
#include "core/progress.h"
#include "core/view.h"

#include <stdio.h>
#include <stdlib.h>

static const int64_t attempt_timeout = 10 * NS_PER_S;
static const int64_t throttle = 500 * NS_PER_MS; // "output and logs events at most once every 500 ms"

/* After the completion. The first attempt comes with it. */
static const int64_t retries[] = {1 * NS_PER_S,  3 * NS_PER_S,  7 * NS_PER_S,
                                  15 * NS_PER_S, 31 * NS_PER_S, 60 * NS_PER_S};

enum { RETRY_COUNT = sizeof(retries) / sizeof(*retries) };

struct webhooks {
    struct worlds *worlds;
    struct transport *transport;
    const char *secret;
    struct observer watch;
    size_t in_flight;
};

/* One receiver of one prediction: what it wants, what it has been told, and what is on its way to it. It ends when the
 * prediction is completed (or gone) and its queue is empty. */
struct channel {
    struct webhooks *webhooks;
    struct world *world;
    struct prediction *prediction; /* NULL: nothing further is to come of it */
    struct hook *hook;             /* the prediction's */
    struct observer closing;
    struct timer progress; /* when logs or output are looked at next */
    int64_t told_at;       /* of the last output or logs; 0: none yet */
    unsigned pieces;       /* of the output that were told */
    size_t logs_len;       /* of the logs that were told */
    struct list queue;     /* deliveries, the first under way or waiting to be sent again */
    struct timer retry;    /* of the first */
    size_t retried;
    int64_t completed_at;
};

static void publish(const struct delivery *delivery, enum event_type type)
{
    struct world *world = delivery->world;
    struct event event = {.type = type, .world = world, .delivery = delivery, .at = clock_now(&world->clock)};

    event_publish(&event);
}

/* --- one attempt -------------------------------------------------------------------------------------------------- */

/* "webhook-timestamp is the attempt's wall time (with a manual clock: the world's)". */
static int64_t timestamp_of(const struct world *world)
{
    return (world->clock.manual ? clock_now(&world->clock) : world->worlds->base->wall) / NS_PER_S;
}

static enum tally_attempt outcome_of(const struct attempt *attempt)
{
    if (!attempt->error)
        return TALLY_DELIVERED;
    return attempt->status ? TALLY_REFUSED : TALLY_UNANSWERED;
}

static void on_answer(void *arg, const struct transport_result *result);

static void send_attempt(struct webhooks *webhooks, struct delivery *delivery)
{
    struct slice body = {delivery->body.data, delivery->body.len};
    int64_t timestamp = timestamp_of(delivery->world);
    char id[64], stamp[64], signed_by[96], signature[SIGNATURE_LEN + 1];

    signature_make(signature, webhooks->secret, delivery->id, timestamp, body);
    snprintf(id, sizeof(id), "webhook-id: %s", delivery->id);
    snprintf(stamp, sizeof(stamp), "webhook-timestamp: %lld", (long long)timestamp);
    snprintf(signed_by, sizeof(signed_by), "webhook-signature: %s", signature);
    // Names and values as recorded; Svix sends for Replicate.
    const char *const headers[] = {"content-type: application/json",
                                   "user-agent: Webhooks/1.66.0 (sender-9YMgn)",
                                   id,
                                   stamp,
                                   signed_by,
                                   "accept-encoding: gzip",
                                   NULL};
    struct transport_request request = {
        .url = delivery->url, .headers = headers, .body = body, .timeout = attempt_timeout};
    delivery->next_attempt_at = 0;
    delivery_attempt(delivery, clock_now(&delivery->world->clock));
    delivery->world->in_flight++;
    webhooks->in_flight++;
    delivery->webhooks = webhooks;
    delivery->transfer = webhooks->transport->interface->submit(webhooks->transport, &request, on_answer, delivery);
    publish(delivery, EVENT_WEBHOOK_ATTEMPT);
}

static void landed(struct delivery *delivery)
{
    delivery->transfer = NULL;
    delivery->world->in_flight--;
    delivery->webhooks->in_flight--;
}

static void cancel_attempt(struct delivery *delivery)
{
    struct transport *transport = delivery->webhooks->transport;

    transport->interface->cancel(transport, delivery->transfer);
    landed(delivery);
}

/* Why the answer is none that counts; malloc'd. NULL: it is, a 2xx. */
static char *failure_of(const struct transport_result *result)
{
    char text[64];

    if (result->error)
        return xstrdup(result->error);
    if (result->status >= 200 && result->status < 300)
        return NULL;
    snprintf(text, sizeof(text), result->status >= 300 && result->status < 400 ? "%d is not followed" : "answered %d",
             result->status);
    return xstrdup(text);
}

/* --- the queue of a channel --------------------------------------------------------------------------------------- */

static void send_next(struct channel *channel);

static void channel_end(struct channel *channel)
{
    sched_cancel(&channel->world->sched, &channel->progress);
    sched_cancel(&channel->world->sched, &channel->retry);
    unobserve(&channel->closing);
    free(channel);
}

static void conclude(struct delivery *delivery, enum delivery_state state)
{
    struct channel *channel = delivery->channel;

    list_remove(&delivery->queued);
    delivery->channel = NULL;
    delivery_become(delivery, state);
    publish(delivery, EVENT_WEBHOOK_CONCLUDED);
    if (channel)
        send_next(channel);
}

/* Sets the timer for the next attempt; false: there is none. */
static bool plan_retry(struct channel *channel, struct delivery *delivery)
{
    int64_t now = clock_now(&channel->world->clock);

    if (channel->retried == RETRY_COUNT)
        return false;
    int64_t due = time_after(channel->completed_at, retries[channel->retried++]);
    delivery->next_attempt_at = due > now ? due : now;
    sched_set(&channel->world->sched, &channel->retry, delivery->next_attempt_at);
    return true;
}

static bool is_retried(const struct delivery *delivery, const struct transport_result *result)
{
    bool worth_it = result->error || result->status >= 400;

    return delivery->channel && delivery->event == DELIVERY_COMPLETED && worth_it;
}

static void on_answer(void *arg, const struct transport_result *result)
{
    struct delivery *delivery = arg;
    struct attempt *attempt = &delivery->attempts[delivery->attempt_count - 1];

    landed(delivery);
    attempt->status = result->status;
    attempt->duration = result->duration;
    attempt->error = failure_of(result);
    delivery->world->worlds->tally.attempts[outcome_of(attempt)]++;
    if (!attempt->error) {
        conclude(delivery, DELIVERY_DELIVERED);
        return;
    }
    log_info("world %s: webhook %s of %s: %s", delivery->world->name, delivery->id, delivery->prediction_id,
             attempt->error);
    if (is_retried(delivery, result)) {
        if (plan_retry(delivery->channel, delivery))
            return;
        publish(delivery, EVENT_WEBHOOK_GIVEN_UP);
    }
    conclude(delivery, DELIVERY_FAILED);
}

static void on_retry(struct timer *timer)
{
    struct channel *channel = container_of(timer, struct channel, retry);

    send_attempt(channel->webhooks, list_first(&channel->queue, struct delivery, queued));
}

/* The first of the queue begins, unless it is under way or waits for its next attempt. */
static void send_next(struct channel *channel)
{
    struct delivery *first = list_first(&channel->queue, struct delivery, queued);

    if (!first && !channel->prediction)
        channel_end(channel);
    else if (first && first->attempt_count == 0)
        send_attempt(channel->webhooks, first);
}

/* --- from events to messages --------------------------------------------------------------------------------------- */

/* A message that is never sent, and why. */
static void note(struct channel *channel, enum delivery_event event, enum delivery_state state, const char *why)
{
    struct delivery *delivery =
        delivery_new(channel->world, channel->prediction, event, channel->hook->url, &(struct buf){0});
    char text[64];

    snprintf(text, sizeof(text), "%s: %s", why, delivery_event_name(event));
    delivery_attempt(delivery, clock_now(&channel->world->clock))->error = xstrdup(text);
    delivery_become(delivery, state);
    publish(delivery, EVENT_WEBHOOK_CONCLUDED);
}

static bool is_intermediate(enum delivery_event event)
{
    return event == DELIVERY_OUTPUT || event == DELIVERY_LOGS;
}

/* An output or logs message that has not begun says less than the new one, which takes its place. */
static void drop_superseded(struct channel *channel)
{
    list_each (link, &channel->queue) {
        struct delivery *delivery = container_of(link, struct delivery, queued);
        if (delivery->attempt_count > 0 || !is_intermediate(delivery->event))
            continue;
        list_remove(&delivery->queued);
        delivery->channel = NULL;
        delivery_attempt(delivery, clock_now(&channel->world->clock))->error =
            xstrdup("a later one took its place before it was sent");
        delivery_become(delivery, DELIVERY_DROPPED);
        publish(delivery, EVENT_WEBHOOK_CONCLUDED);
    }
}

static void tell(struct channel *channel, enum delivery_event event)
{
    const struct hooks *hooks = channel->prediction->hooks;
    struct view_base base = {.api = {hooks->api_base, strlen(hooks->api_base)},
                             .streams = {hooks->streams_base, strlen(hooks->streams_base)},
                             .files = {hooks->files_base, strlen(hooks->files_base)}};
    struct buf body = {0};

    if (channel->world->pending_deliveries >= DELIVERIES_PENDING ||
        channel->world->worlds->delivery_bytes >= deliveries_max_bytes(channel->world->worlds)) {
        note(channel, event, DELIVERY_DROPPED, "too many webhooks are pending");
        return;
    }
    if (is_intermediate(event))
        drop_superseded(channel);
    view_webhook(&body, channel->prediction, &base);
    struct delivery *delivery = delivery_new(channel->world, channel->prediction, event, channel->hook->url, &body);
    delivery->channel = channel;
    list_append(&channel->queue, &delivery->queued);
    send_next(channel);
}

static bool wants(const struct channel *channel, enum delivery_event event)
{
    return (channel->hook->events & 1U << event) != 0;
}

/* --- logs and output as they grow ------------------------------------------------------------------------------------ */

static size_t logs_length(const struct prediction *prediction, int64_t now)
{
    struct buf logs = {0};

    progress_logs(&logs, prediction, now);
    size_t len = logs.len;
    buf_free(&logs);
    return len;
}

static void publish_growth(struct prediction *prediction, enum event_type type, int64_t at)
{
    struct event event = {.type = type, .world = prediction->world, .prediction = prediction, .at = at};

    event_publish(&event);
}

/* Tells what has grown since the last time. */
static void look(struct channel *channel, int64_t now)
{
    struct prediction *prediction = channel->prediction;
    unsigned pieces = progress_pieces(prediction, now);
    size_t logs_len = wants(channel, DELIVERY_LOGS) ? logs_length(prediction, now) : 0;
    bool output = pieces > channel->pieces && wants(channel, DELIVERY_OUTPUT);

    if (output || logs_len > channel->logs_len) {
        if (channel->told_at && now - channel->told_at < throttle) {
            sched_set(&channel->world->sched, &channel->progress, channel->told_at + throttle);
            return;
        }
        channel->told_at = now;
        channel->pieces = pieces;
        channel->logs_len = logs_len;
        publish_growth(prediction, output ? EVENT_GREW_OUTPUT : EVENT_GREW_LOGS, now);
        tell(channel, output ? DELIVERY_OUTPUT : DELIVERY_LOGS);
    }
    int64_t next = progress_next(prediction, now);
    if (next != CLOCK_NEVER)
        sched_set(&channel->world->sched, &channel->progress, next);
}

static void on_progress(struct timer *timer)
{
    look(container_of(timer, struct channel, progress), timer->due);
}

/* --- the events of a prediction -------------------------------------------------------------------------------------- */

static bool output_grows(const struct prediction *prediction)
{
    return prediction->plan.grows && plan_pieces(&prediction->plan) > 1;
}

static void on_processing(struct channel *channel, int64_t at)
{
    struct prediction *prediction = channel->prediction;

    if (wants(channel, DELIVERY_START))
        tell(channel, DELIVERY_START);
    else
        note(channel, DELIVERY_START, DELIVERY_FILTERED, "filtered");
    if (progress_has_logs(prediction) && !wants(channel, DELIVERY_LOGS))
        note(channel, DELIVERY_LOGS, DELIVERY_FILTERED, "filtered");
    if (output_grows(prediction) && !wants(channel, DELIVERY_OUTPUT))
        note(channel, DELIVERY_OUTPUT, DELIVERY_FILTERED, "filtered");
    if (wants(channel, DELIVERY_LOGS) || (output_grows(prediction) && wants(channel, DELIVERY_OUTPUT)))
        look(channel, at);
}

/* "Where all output arrives with the end, output and completed are one delivery, the terminal one, sent when the filter has
 * either." */
static void on_completed(struct channel *channel, int64_t at)
{
    struct prediction *prediction = channel->prediction;
    bool output = progress_pieces(prediction, at) > channel->pieces && wants(channel, DELIVERY_OUTPUT);

    sched_cancel(&channel->world->sched, &channel->progress);
    channel->completed_at = at;
    if (output || wants(channel, DELIVERY_COMPLETED))
        tell(channel, DELIVERY_COMPLETED);
    else
        note(channel, DELIVERY_COMPLETED, DELIVERY_FILTERED, "filtered");
}

/* Nothing further comes of the prediction. */
static void let_go(struct channel *channel)
{
    sched_cancel(&channel->world->sched, &channel->progress);
    channel->hook->channel = NULL;
    channel->prediction = NULL;
    if (list_empty(&channel->queue))
        channel_end(channel);
}

static void see(struct channel *channel, const struct event *event)
{
    if (event->type == EVENT_PROCESSING) {
        on_processing(channel, event->at);
    } else if (event->type == EVENT_COMPLETED) {
        on_completed(channel, event->at);
        let_go(channel);
    } else if (event->type == EVENT_GONE) {
        let_go(channel);
    }
}

/* The deliveries are freed with the world. */
static void see_closing(struct observer *observer, const struct event *event)
{
    struct channel *channel = container_of(observer, struct channel, closing);

    (void)event;
    list_each (link, &channel->queue) {
        struct delivery *delivery = container_of(link, struct delivery, queued);
        if (delivery->transfer)
            cancel_attempt(delivery);
        list_remove(&delivery->queued);
        delivery->channel = NULL;
    }
    if (channel->prediction)
        channel->hook->channel = NULL;
    channel_end(channel);
}

static void open_channel(struct webhooks *webhooks, struct prediction *prediction, struct hook *hook)
{
    struct channel *channel = xnew(struct channel);

    *channel = (struct channel){.webhooks = webhooks,
                                .world = prediction->world,
                                .prediction = prediction,
                                .hook = hook,
                                .closing = {.see = see_closing},
                                .progress = {.fire = on_progress},
                                .retry = {.fire = on_retry}};
    list_init(&channel->queue);
    hook->channel = channel;
    observe(&prediction->world->at_close, &channel->closing);
}

/* Those that are resent have no channel any more. */
static void cancel_resent(struct world *world)
{
    list_each (link, &world->deliveries) {
        struct delivery *delivery = container_of(link, struct delivery, link);
        if (delivery->transfer)
            cancel_attempt(delivery);
    }
}

/* Told behind whoever watches a prediction or a world, so that what a webhook follows from comes first everywhere. */
static void see_all(struct observer *observer, const struct event *event)
{
    struct webhooks *webhooks = container_of(observer, struct webhooks, watch);
    struct hooks *hooks = event->prediction ? event->prediction->hooks : NULL;

    for (size_t i = 0; hooks && i < hooks->count; i++) {
        if (event->type == EVENT_CREATED)
            open_channel(webhooks, event->prediction, &hooks->list[i]);
        else if (hooks->list[i].channel)
            see(hooks->list[i].channel, event);
    }
    if (event->type == EVENT_WORLD_CLOSING)
        cancel_resent(event->world);
}

/* --- the whole ----------------------------------------------------------------------------------------------------- */

struct webhooks *webhooks_new(struct worlds *worlds, struct transport *transport, const char *secret)
{
    struct webhooks *webhooks = xnew(struct webhooks);

    *webhooks =
        (struct webhooks){.worlds = worlds, .transport = transport, .secret = secret, .watch = {.see = see_all}};
    observe(&worlds->observers, &webhooks->watch);
    return webhooks;
}

static void report(const struct delivery *delivery)
{
    if (delivery->state == DELIVERY_PENDING)
        log_warn("world %s: webhook %s (%s of %s) was not delivered: the server stops", delivery->world->name,
                 delivery->id, delivery_event_name(delivery->event), delivery->prediction_id);
}

void webhooks_free(struct webhooks *webhooks)
{
    if (!webhooks)
        return;
    worlds_each (link, webhooks->worlds) {
        struct world *world = world_of(link);
        list_each (each, &world->deliveries)
            report(container_of(each, struct delivery, link));
        world_close(world);
    }
    unobserve(&webhooks->watch);
    free(webhooks);
}

bool webhooks_resend(struct webhooks *webhooks, struct delivery *delivery)
{
    if (delivery->state == DELIVERY_PENDING || delivery->body.len == 0 || delivery->state >= DELIVERY_FILTERED)
        return false;
    delivery_become(delivery, DELIVERY_PENDING);
    send_attempt(webhooks, delivery);
    return true;
}

size_t webhooks_in_flight(const struct webhooks *webhooks)
{
    return webhooks->in_flight;
}
