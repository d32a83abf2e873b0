#include "core/advance.h"
#include "core/delivery.h"
#include "core/files.h"
#include "core/prediction.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME(training, step) ((training) ? "training." step : "prediction." step)

static const char *name_of_end(enum status status, bool training)
{
    switch (status) {
    case STATUS_SUCCEEDED: return NAME(training, "succeeded");
    case STATUS_FAILED: return NAME(training, "failed");
    case STATUS_CANCELED: return NAME(training, "canceled");
    case STATUS_ABORTED: return NAME(training, "aborted");
    case STATUS_STARTING:
    case STATUS_PROCESSING:
    case STATUS_COUNT: break;
    }
    return NULL;
}

/* What the list says of an event; NULL: nothing, because a timer that completes a prediction is one entry. */
static const char *name_of(const struct event *event)
{
    bool training = event->prediction && event->prediction->kind == PREDICTION_TRAINING;

    switch (event->type) {
    case EVENT_PROCESSING: return NAME(training, "processing");
    case EVENT_GREW_OUTPUT: return NAME(training, "output");
    case EVENT_GREW_LOGS: return NAME(training, "logs");
    case EVENT_COMPLETED: return name_of_end((enum status)event->prediction->status, training);
    case EVENT_REMOVED: return NAME(training, "removed");
    case EVENT_WAIT_TIMEOUT: return "wait.timeout";
    case EVENT_WEBHOOK_ATTEMPT: return "webhook.attempt";
    case EVENT_WEBHOOK_GIVEN_UP: return "webhook.given_up";
    case EVENT_FILE_EXPIRED: return "file.expired";
    case EVENT_CREATED:
    case EVENT_PREPARED:
    case EVENT_WEBHOOK_CONCLUDED:
    case EVENT_OUTPUT:
    case EVENT_GONE:
    case EVENT_WORLD_CLOSING: break;
    }
    return NULL;
}

static const char *id_of(const struct event *event)
{
    if (event->file)
        return event->file->id;
    return event->delivery ? event->delivery->id : event->prediction->id;
}

static void see(struct observer *observer, const struct event *event)
{
    struct advance *advance = container_of(observer, struct advance, watch);
    const char *what = name_of(event);

    // A cancel by another request, between two slices, is not ours; what becomes of a webhook is.
    if ((!advance->firing && !event->delivery) || !what)
        return;
    advance->told = true;
    if (advance->count == advance->max_fired) {
        advance->more++;
        return;
    }
    if (advance->count == advance->cap) {
        advance->cap = advance->cap ? advance->cap * 2 : 8;
        advance->fired = xrealloc(advance->fired, advance->cap * sizeof(*advance->fired));
    }
    struct fired *fired = &advance->fired[advance->count++];
    *fired = (struct fired){.at = event->at, .what = what};
    memcpy(fired->world, event->world->name, sizeof(fired->world));
    snprintf(fired->id, sizeof(fired->id), "%s", id_of(event));
}

static void let_go(struct advance *advance)
{
    unobserve(&advance->watch);
    unobserve(&advance->closing);
    if (!advance->world)
        return;
    advance->world->advancing = false;
    world_clock_changed(advance->world);
    advance->world = NULL;
}

static void see_closing(struct observer *observer, const struct event *event)
{
    (void)event;
    let_go(container_of(observer, struct advance, closing));
}

void advance_start(struct advance *advance, struct world *world, int64_t target, uint64_t steps, size_t max_fired)
{
    *advance = (struct advance){.world = world,
                                .target = target,
                                .by_steps = steps > 0,
                                .steps = steps,
                                .max_fired = max_fired,
                                .watch = {.see = see},
                                .closing = {.see = see_closing}};
    world->advancing = true;
    world_clock_changed(world);
    observe(&world->observers, &advance->watch);
    observe(&world->at_close, &advance->closing);
}

static bool may_fire(const struct advance *advance, const struct timer *timer)
{
    if (!timer)
        return false;
    return advance->by_steps ? advance->steps > 0 : timer->due <= advance->target;
}

/* "Real and scaled clocks never hold." */
bool advance_holds(const struct advance *advance)
{
    return advance->world && advance->world->clock.manual && advance->world->in_flight > 0;
}

bool advance_run(struct advance *advance, size_t *budget)
{
    struct timer *timer;

    while (advance->world && !advance_holds(advance) &&
           may_fire(advance, timer = sched_first(&advance->world->sched))) {
        if (*budget == 0)
            return false;
        --*budget;
        clock_jump(&advance->world->clock, timer->due);
        advance->firing = true;
        advance->told = false;
        sched_fire(&advance->world->sched);
        advance->firing = false;
        advance->steps -= advance->by_steps && advance->told;
    }
    if (!advance->world)
        return true;
    if (advance_holds(advance))
        return false;
    if (!advance->by_steps)
        clock_jump(&advance->world->clock, advance->target);
    return true;
}

void advance_end(struct advance *advance)
{
    let_go(advance);
    free(advance->fired);
    advance->fired = NULL;
}
