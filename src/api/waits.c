#include "api/waits.h"
#include "api/cors.h"
#include "api/errors.h"
#include "api/origin.h"
#include "core/prediction.h"

#include <stdlib.h>

struct wait {
    struct api *api;
    struct exchange *exchange;
    struct prediction *prediction;
    struct timer simulated, real;
    struct observer watch, closing;
};

static void wait_free(struct wait *wait)
{
    sched_cancel(&wait->prediction->world->sched, &wait->simulated);
    sched_cancel(wait->api->real_timers, &wait->real);
    unobserve(&wait->watch);
    unobserve(&wait->closing);
    wait->api->worlds->tally.waits--;
    free(wait);
}

static void answer(struct wait *wait, int status,
                   void (*view)(struct buf *out, const struct prediction *prediction, const struct view_base *base))
{
    struct exchange *exchange = wait->exchange;
    struct response *response = &exchange->response;
    struct view_base base = origin_base(exchange, &wait->api->origin);

    response->status = status;
    response->content_type = CONTENT_JSON;
    view(&response->body, wait->prediction, &base);
    buf_char(&response->body, '\n');
    response_header(response, "Preference-Applied", exchange->request.headers[HEADER_PREFER]);
    cors_allow_any_origin(exchange);
    wait_free(wait);
    exchange_wake(exchange);
}

static void answer_gone(struct wait *wait)
{
    struct exchange *exchange = wait->exchange;

    errors_answer(exchange, 404);
    cors_allow_any_origin(exchange);
    wait_free(wait);
    exchange_wake(exchange);
}

static void see(struct observer *observer, const struct event *event)
{
    struct wait *wait = container_of(observer, struct wait, watch);

    if (event->type == EVENT_OUTPUT || event->type == EVENT_COMPLETED)
        answer(wait, 201, view_gateway);
    else if (event->type == EVENT_GONE)
        answer_gone(wait);
}

static void see_closing(struct observer *observer, const struct event *event)
{
    (void)event;
    answer_gone(container_of(observer, struct wait, closing));
}

static void on_simulated_timeout(struct timer *timer)
{
    struct wait *wait = container_of(timer, struct wait, simulated);
    struct prediction *prediction = wait->prediction;
    struct event event = {
        .type = EVENT_WAIT_TIMEOUT, .world = prediction->world, .prediction = prediction, .at = timer->due};

    answer(wait, 202, view_gateway_at_creation);
    event_publish(&event);
}

static void on_real_timeout(struct timer *timer)
{
    answer(container_of(timer, struct wait, real), 202, view_gateway_at_creation);
}

/* The client has gone; its prediction goes on. */
static void on_abandoned(struct exchange *exchange)
{
    wait_free(exchange->parked_by);
}

void waits_park(struct api *api, struct exchange *exchange, struct prediction *prediction, int64_t ns)
{
    struct wait *wait = xnew(struct wait);
    struct world *world = prediction->world;

    *wait = (struct wait){.api = api,
                          .exchange = exchange,
                          .prediction = prediction,
                          // Late: output that arrives in the very instant of the timeout has arrived in time.
                          .simulated = {.fire = on_simulated_timeout, .late = true},
                          .real = {.fire = on_real_timeout},
                          .watch = {.see = see},
                          .closing = {.see = see_closing}};
    observe(&prediction->observers, &wait->watch);
    observe(&world->at_close, &wait->closing);
    sched_set(&world->sched, &wait->simulated, time_after(clock_now(&world->clock), ns));
    sched_set(api->real_timers, &wait->real, api->worlds->base->mono + ns);
    api->worlds->tally.waits++;
    exchange->parked_by = wait;
    exchange->abandoned = on_abandoned;
}
