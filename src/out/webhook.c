#include "out/webhook.h"
#include "base/log.h"
#include "core/delivery.h"
#include "core/progress.h"
#include "core/view.h"
#include "out/outbox.h"

#include <stdio.h>
#include <stdlib.h>

enum { REAPED_AT_ONCE = 10000 };

static const int64_t throttle = 500 * NS_PER_MS; // "output and logs events at most once every 500 ms"

struct webhooks {
    struct worlds *worlds;
    struct sender sender;
    struct observer watch;
};

/* One receiver of one prediction: what it wants, what it has been told, and what is on its way to it. It ends when the
 * prediction is completed (or gone) and its outbox is empty. */
struct channel {
    struct world *world;
    struct prediction *prediction; /* NULL: nothing further is to come of it */
    struct hook *hook;             /* the prediction's */
    struct observer closing;
    struct timer progress; /* when logs or output are looked at next */
    int64_t told_at;       /* of the last output or logs; 0: none yet */
    unsigned pieces;       /* of the output that were told */
    size_t logs_len;       /* of the logs that were told */
    struct outbox outbox;
};

static void channel_end(struct channel *channel)
{
    sched_cancel(&channel->world->sched, &channel->progress);
    unobserve(&channel->closing);
    outbox_free(&channel->outbox);
    free(channel);
}

static void on_emptied(struct outbox *outbox)
{
    channel_end(container_of(outbox, struct channel, outbox));
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
    outbox_publish(delivery, EVENT_WEBHOOK_CONCLUDED);
}

/* Is it never sent, because a rule of a scenario says so? */
static bool is_dropped(const struct channel *channel, enum delivery_event event)
{
    const struct script *script = channel->prediction->script;

    return script && (script->webhook.drop & 1U << event) != 0;
}

/* Is it known that no message will follow that one? */
static bool is_last(const struct channel *channel, enum delivery_event event)
{
    return event == DELIVERY_COMPLETED || (event == DELIVERY_START && channel->hook->events == 1U << DELIVERY_START);
}

static void tell(struct channel *channel, enum delivery_event event)
{
    const struct hooks *hooks = channel->prediction->hooks;
    struct view_base base = {.api = {hooks->api_base, strlen(hooks->api_base)},
                             .streams = {hooks->streams_base, strlen(hooks->streams_base)},
                             .files = {hooks->files_base, strlen(hooks->files_base)}};
    struct buf body = {0};

    if (is_dropped(channel, event)) {
        note(channel, event, DELIVERY_DROPPED, "dropped by a rule");
        return;
    }
    if (channel->world->pending_deliveries >= DELIVERIES_PENDING ||
        channel->world->worlds->delivery_bytes >= deliveries_max_bytes(channel->world->worlds)) {
        note(channel, event, DELIVERY_DROPPED, "too many webhooks are pending");
        return;
    }
    view_webhook(&body, channel->prediction, &base);
    struct delivery *delivery = delivery_new(channel->world, channel->prediction, event, channel->hook->url, &body);
    outbox_put(&channel->outbox, delivery, is_last(channel, event));
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
    channel->outbox.completed_at = at;
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
    outbox_complete(&channel->outbox);
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

/* The world has closed: what was under way was broken off then. Its deliveries are freed with it. */
static void see_closing(struct observer *observer, const struct event *event)
{
    struct channel *channel = container_of(observer, struct channel, closing);

    (void)event;
    if (channel->prediction)
        channel->hook->channel = NULL;
    channel_end(channel);
}

static void open_channel(struct webhooks *webhooks, struct prediction *prediction, struct hook *hook)
{
    struct channel *channel = xnew(struct channel);

    *channel = (struct channel){.world = prediction->world,
                                .prediction = prediction,
                                .hook = hook,
                                .closing = {.see = see_closing},
                                .progress = {.fire = on_progress}};
    outbox_init(&channel->outbox, &webhooks->sender, prediction->world, prediction->script);
    channel->outbox.emptied = on_emptied;
    hook->channel = channel;
    observe(&prediction->world->at_reap, &channel->closing);
}

/* Nothing more leaves a world that closes; its channels end later. */
static void break_off(struct world *world)
{
    if (world->in_flight == 0)
        return;
    list_each (link, &world->deliveries) {
        struct delivery *delivery = container_of(link, struct delivery, link);
        if (delivery->transfer)
            sender_cancel(delivery);
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
        break_off(event->world);
}

/* --- the whole ----------------------------------------------------------------------------------------------------- */

struct webhooks *webhooks_new(struct worlds *worlds, struct transport *transport, const char *secret)
{
    struct webhooks *webhooks = xnew(struct webhooks);

    *webhooks = (struct webhooks){
        .worlds = worlds, .sender = {.transport = transport, .secret = secret}, .watch = {.see = see_all}};
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
    while (worlds_reap(webhooks->worlds, REAPED_AT_ONCE)) // for the channels to end while there are webhooks
        ;
    unobserve(&webhooks->watch);
    free(webhooks);
}

bool webhooks_resend(struct webhooks *webhooks, struct delivery *delivery)
{
    if (delivery->state == DELIVERY_PENDING || delivery->body.len == 0 || delivery->state >= DELIVERY_FILTERED)
        return false;
    delivery_become(delivery, DELIVERY_PENDING);
    sender_send(&webhooks->sender, delivery);
    return true;
}

size_t webhooks_in_flight(const struct webhooks *webhooks)
{
    return webhooks->sender.in_flight;
}
