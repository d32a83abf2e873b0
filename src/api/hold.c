#include "api/hold.h"

static const int64_t longest_real = 3600 * NS_PER_S; // a clock that nobody moves holds up no connection for ever

/* It lies in the exchange's arena. */
struct hold {
    struct api *api;
    struct exchange *exchange;
    struct world *world;
    int64_t ns;
    struct timer simulated, real;
    struct observer closing;
    struct wake_hook hook;
    // Of what streams: whose it is. It runs on meanwhile, and nothing of it goes out.
    void *stream;
    void (*stream_abandoned)(struct exchange *exchange);
};

static void unlink_hold(struct hold *hold)
{
    sched_cancel(&hold->world->sched, &hold->simulated);
    sched_cancel(hold->api->real_timers, &hold->real);
    unobserve(&hold->closing);
}

static void release(struct hold *hold)
{
    struct exchange *exchange = hold->exchange;
    bool streams = exchange->fill != NULL; // and has not ended meanwhile

    unlink_hold(hold);
    exchange->wake_hook = NULL;
    exchange->parked_by = streams ? hold->stream : NULL;
    exchange->abandoned = streams ? hold->stream_abandoned : NULL;
    exchange_wake(exchange);
}

static void on_simulated_time(struct timer *timer)
{
    release(container_of(timer, struct hold, simulated));
}

static void on_real_time(struct timer *timer)
{
    release(container_of(timer, struct hold, real));
}

static void see_closing(struct observer *observer, const struct event *event)
{
    (void)event;
    release(container_of(observer, struct hold, closing));
}

static void on_abandoned(struct exchange *exchange)
{
    struct hold *hold = exchange->parked_by;

    unlink_hold(hold);
    exchange->parked_by = hold->stream;
    if (exchange->fill)
        hold->stream_abandoned(exchange);
}

/* False: its world is gone. */
static bool begin(struct hold *hold)
{
    const struct exchange *exchange = hold->exchange;

    hold->world = worlds_find(hold->api->worlds, exchange->token);
    if (!hold->world)
        return false;
    observe(&hold->world->at_close, &hold->closing);
    sched_set(&hold->world->sched, &hold->simulated, time_after(clock_now(&hold->world->clock), hold->ns));
    sched_set(hold->api->real_timers, &hold->real, hold->api->worlds->base->mono + longest_real);
    hold->exchange->parked_by = hold;
    hold->exchange->abandoned = on_abandoned;
    return true;
}

/* The answer that a handler had parked for is there now. */
static void on_woken(struct wake_hook *hook, struct exchange *exchange)
{
    exchange->abandoned = NULL; // whoever had parked it is gone
    if (!begin(container_of(hook, struct hold, hook)))
        exchange_wake(exchange);
}

/* What streams has more to say, or has ended. */
static void on_stirred(struct wake_hook *hook, struct exchange *exchange)
{
    if (exchange->fill)
        exchange->wake_hook = hook;
    else
        release(container_of(hook, struct hold, hook));
}

static enum verdict hold_stream(struct hold *hold)
{
    struct exchange *exchange = hold->exchange;

    hold->stream = exchange->parked_by;
    hold->stream_abandoned = exchange->abandoned;
    hold->hook.woken = on_stirred;
    if (!begin(hold))
        return VERDICT_STREAM;
    exchange->wake_hook = &hold->hook;
    return VERDICT_PARK;
}

enum verdict hold_answer(struct api *api, struct exchange *exchange, enum verdict verdict, int64_t ns)
{
    struct hold *hold = arena_alloc(&exchange->arena, sizeof(*hold));

    *hold = (struct hold){.api = api,
                          .exchange = exchange,
                          .ns = ns,
                          .simulated = {.fire = on_simulated_time},
                          .real = {.fire = on_real_time},
                          .closing = {.see = see_closing},
                          .hook = {.woken = on_woken}};
    if (verdict == VERDICT_STREAM)
        return hold_stream(hold);
    if (verdict == VERDICT_PARK) {
        exchange->wake_hook = &hold->hook;
        return VERDICT_PARK;
    }
    return begin(hold) ? VERDICT_PARK : verdict;
}
