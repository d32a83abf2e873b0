#include "out/outbox.h"
#include "base/log.h"

#include <stdio.h>

static const int64_t attempt_timeout = 10 * NS_PER_S;

/* After the completion. The first attempt comes with it. */
static const int64_t retries[] = {1 * NS_PER_S,  3 * NS_PER_S,  7 * NS_PER_S,
                                  15 * NS_PER_S, 31 * NS_PER_S, 60 * NS_PER_S};

enum { RETRY_COUNT = sizeof(retries) / sizeof(*retries) };

/* A rule that changes nothing. */
static const struct script_webhook harmless = {.duplicate = 1};

static const struct script_webhook *suffers(const struct outbox *outbox)
{
    return outbox ? &outbox->rule : &harmless;
}

void outbox_publish(const struct delivery *delivery, enum event_type type)
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

/* What the signature is made over. A wrong one is the right one of another body. */
static struct slice signed_part(const struct delivery *delivery)
{
    return (struct slice){delivery->body.data, delivery->body.len - suffers(delivery->outbox)->bad_signature};
}

static void on_answer(void *arg, const struct transport_result *result);

void sender_send(struct sender *sender, struct delivery *delivery)
{
    int64_t timestamp = timestamp_of(delivery->world);
    char id[64], stamp[64], signed_by[96], signature[SIGNATURE_LEN + 1];

    signature_make(signature, sender->secret, delivery->id, timestamp, signed_part(delivery));
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
    struct transport_request request = {.url = delivery->url,
                                        .headers = headers,
                                        .body = {delivery->body.data, delivery->body.len},
                                        .timeout = attempt_timeout};
    delivery->next_attempt_at = 0;
    delivery_attempt(delivery, clock_now(&delivery->world->clock));
    delivery->world->in_flight++;
    sender->in_flight++;
    delivery->sender = sender;
    delivery->transfer = sender->transport->interface->submit(sender->transport, &request, on_answer, delivery);
    outbox_publish(delivery, EVENT_WEBHOOK_ATTEMPT);
}

static void landed(struct delivery *delivery)
{
    delivery->transfer = NULL;
    delivery->world->in_flight--;
    delivery->sender->in_flight--;
}

void sender_cancel(struct delivery *delivery)
{
    struct transport *transport = delivery->sender->transport;

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

/* --- whose turn it is ----------------------------------------------------------------------------------------------- */

/* Of two that follow each other the second goes first: nothing does before it is known which is the last. */
static bool is_holding(const struct outbox *outbox)
{
    return suffers(outbox)->reorder && !outbox->released;
}

/* Whoever comes to it before the timer does, the timer does not send it once more. */
static void send_first(struct outbox *outbox)
{
    sched_cancel(&outbox->world->sched, &outbox->next);
    sender_send(outbox->sender, list_first(&outbox->queue, struct delivery, queued));
}

/* The first of the queue begins, unless it is under way or waits for its next attempt. */
static void send_next(struct outbox *outbox)
{
    struct delivery *first = list_first(&outbox->queue, struct delivery, queued);

    if (!first && outbox->complete && outbox->emptied)
        outbox->emptied(outbox);
    if (!first || first->attempt_count > 0 || is_holding(outbox))
        return;
    if (first->next_attempt_at > clock_now(&outbox->world->clock))
        sched_set(&outbox->world->sched, &outbox->next, first->next_attempt_at);
    else
        send_first(outbox);
}

static void on_next(struct timer *timer)
{
    send_first(container_of(timer, struct outbox, next));
}

static void conclude(struct delivery *delivery, enum delivery_state state)
{
    struct outbox *outbox = delivery->outbox;

    list_remove(&delivery->queued);
    delivery->outbox = NULL;
    delivery_become(delivery, state);
    outbox_publish(delivery, EVENT_WEBHOOK_CONCLUDED);
    if (outbox)
        send_next(outbox);
}

/* --- what follows from an answer ------------------------------------------------------------------------------------ */

/* How many attempts come before the first that was answered with a 2xx; all of them where none was. */
static size_t failed_first(const struct delivery *delivery)
{
    size_t count = 0;

    while (count < delivery->attempt_count && (delivery->attempts[count].error || !delivery->attempts[count].status))
        count++;
    return count;
}

/* Is it sent once more, though nothing has failed or nothing is to be sent again? */
static bool is_duplicated(const struct delivery *delivery)
{
    size_t copies = delivery->attempt_count;

    if (delivery->event == DELIVERY_COMPLETED)
        copies -= failed_first(delivery); // those were sent again because they failed
    return copies > 0 && copies < suffers(delivery->outbox)->duplicate;
}

static bool is_retried(const struct delivery *delivery, const struct transport_result *result)
{
    bool worth_it = result->error || result->status >= 400;

    return delivery->outbox && delivery->event == DELIVERY_COMPLETED && worth_it;
}

/* Sets the timer for the next attempt; false: there is none. */
static bool plan_retry(struct outbox *outbox, struct delivery *delivery)
{
    int64_t now = clock_now(&outbox->world->clock);

    if (outbox->retried == RETRY_COUNT)
        return false;
    int64_t due = time_after(outbox->completed_at, suffers(outbox)->delay + retries[outbox->retried++]);
    delivery->next_attempt_at = due > now ? due : now;
    sched_set(&outbox->world->sched, &outbox->next, delivery->next_attempt_at);
    return true;
}

/* None of its attempts has had a 2xx. */
static void handle_failure(struct delivery *delivery, const struct transport_result *result)
{
    if (is_retried(delivery, result)) {
        if (plan_retry(delivery->outbox, delivery))
            return;
        outbox_publish(delivery, EVENT_WEBHOOK_GIVEN_UP);
    }
    conclude(delivery, DELIVERY_FAILED);
}

/* What a resend comes to is its own answer's; what stands in an outbox was delivered if a copy of it was. */
static bool was_delivered(const struct delivery *delivery)
{
    if (!delivery->outbox)
        return !delivery->attempts[delivery->attempt_count - 1].error;
    return failed_first(delivery) < delivery->attempt_count;
}

static enum tally_attempt outcome_of(const struct attempt *attempt)
{
    if (!attempt->error)
        return TALLY_DELIVERED;
    return attempt->status ? TALLY_REFUSED : TALLY_UNANSWERED;
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
    if (attempt->error)
        log_info("world %s: webhook %s of %s: %s", delivery->world->name, delivery->id, delivery->prediction_id,
                 attempt->error);
    if (delivery->outbox && is_duplicated(delivery))
        sender_send(delivery->outbox->sender, delivery);
    else if (was_delivered(delivery))
        conclude(delivery, DELIVERY_DELIVERED);
    else
        handle_failure(delivery, result);
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

void outbox_init(struct outbox *outbox, struct sender *sender, struct world *world, const struct script *script)
{
    *outbox = (struct outbox){
        .sender = sender, .world = world, .rule = script ? script->webhook : harmless, .next = {.fire = on_next}};
    list_init(&outbox->queue);
}

void outbox_free(struct outbox *outbox)
{
    sched_cancel(&outbox->world->sched, &outbox->next);
    list_each (link, &outbox->queue) {
        struct delivery *delivery = container_of(link, struct delivery, queued);
        if (delivery->transfer)
            sender_cancel(delivery);
        list_remove(&delivery->queued);
        delivery->outbox = NULL;
    }
}

static bool is_intermediate(const struct delivery *delivery)
{
    return delivery->event == DELIVERY_OUTPUT || delivery->event == DELIVERY_LOGS;
}

/* An output or logs message that could have begun, and has not, says less than the new one, which takes its place. One
 * that a rule delays or holds goes out as it is. */
static void drop_superseded(struct outbox *outbox)
{
    int64_t now = clock_now(&outbox->world->clock);

    list_each (link, &outbox->queue) {
        struct delivery *delivery = container_of(link, struct delivery, queued);
        if (delivery->attempt_count > 0 || !is_intermediate(delivery) || delivery->next_attempt_at > now)
            continue;
        list_remove(&delivery->queued);
        delivery->outbox = NULL;
        delivery_attempt(delivery, now)->error = xstrdup("a later one took its place before it was sent");
        delivery_become(delivery, DELIVERY_DROPPED);
        outbox_publish(delivery, EVENT_WEBHOOK_CONCLUDED);
    }
}

void outbox_put(struct outbox *outbox, struct delivery *delivery, bool last)
{
    const struct script_webhook *rule = suffers(outbox);

    if (is_intermediate(delivery) && !rule->reorder)
        drop_superseded(outbox);
    delivery->outbox = outbox;
    if (rule->delay > 0)
        delivery->next_attempt_at = time_after(clock_now(&outbox->world->clock), rule->delay);
    if (rule->reorder)
        list_prepend(&outbox->queue, &delivery->queued);
    else
        list_append(&outbox->queue, &delivery->queued);
    outbox->released |= last;
    send_next(outbox);
}

void outbox_complete(struct outbox *outbox)
{
    outbox->released = outbox->complete = true;
    send_next(outbox);
}
