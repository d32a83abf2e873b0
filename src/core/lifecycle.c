#include "core/lifecycle.h"
#include "base/json.h"
#include "core/catalog.h"
#include "core/delivery.h"
#include "core/training.h"
#include "core/world.h"

#include <assert.h>

enum { SCRATCH_KEPT = 64 * 1024 };

static const int64_t breaks_within = 20 * NS_PER_MS; // a model opens its file at once

static void tell(struct prediction *prediction, enum event_type type, int64_t at)
{
    struct event event = {.type = type, .world = prediction->world, .prediction = prediction, .at = at};

    event_publish(&event);
}

/* When its present status ends by itself; CLOCK_NEVER: when it is released. */
static int64_t step_due(const struct prediction *prediction)
{
    if (prediction->overdue)
        return CLOCK_NEVER;
    return prediction->status == STATUS_STARTING ? time_after(prediction->created_at, prediction->boot)
                                                 : time_after(prediction->started_at, prediction->predict);
}

static bool deadline_comes_first(const struct prediction *prediction)
{
    return prediction->deadline != 0 && prediction->deadline < step_due(prediction);
}

static void set_timer(struct prediction *prediction)
{
    int64_t due = deadline_comes_first(prediction) ? prediction->deadline : step_due(prediction);

    if (due != CLOCK_NEVER)
        sched_set(&prediction->world->sched, &prediction->timer, due);
}

/* The last step of every prediction, whatever its end. */
static void complete(struct prediction *prediction, enum status status, int64_t at)
{
    prediction_become(prediction, status);
    prediction->completed_at = at;
    sched_cancel(&prediction->world->sched, &prediction->timer);
    store_finished(prediction->world->worlds->store, prediction);
    tell(prediction, EVENT_COMPLETED, at);
}

static void start(struct prediction *prediction, int64_t at)
{
    prediction_become(prediction, STATUS_PROCESSING);
    prediction->started_at = at;
    set_timer(prediction);
    tell(prediction, EVENT_PROCESSING, at);
}

static void become_overdue(struct prediction *prediction)
{
    prediction->overdue = true;
    set_timer(prediction);
}

static void fail(struct prediction *prediction, const char *error, int64_t at)
{
    store_set_error(prediction->world->worlds->store, prediction, error);
    complete(prediction, STATUS_FAILED, at);
}

static void break_down(struct prediction *prediction, int64_t at)
{
    prediction->error = prediction->flaw; // counted as one and as the other
    prediction->flaw = NULL;
    complete(prediction, STATUS_FAILED, at);
}

static void succeed(struct prediction *prediction, int64_t at)
{
    if (prediction->kind == PREDICTION_TRAINING && !training_push(prediction)) {
        fail(prediction, "The training destination has gone, or has room for no further version", at);
        return;
    }
    // "Returned as soon as all output exists, before finalisation": for a `Prefer: wait` there is a moment in which the
    // output is complete and the status is still `processing`.
    prediction->output_ready = true;
    tell(prediction, EVENT_OUTPUT, at);
    complete(prediction, STATUS_SUCCEEDED, at);
}

/* How its rule has it end; STATUS_COUNT: as ever. */
static enum status scripted_end(const struct prediction *prediction)
{
    return prediction->script ? prediction->script->prediction.status : STATUS_COUNT;
}

static void end(struct prediction *prediction, int64_t at)
{
    if (scripted_end(prediction) == STATUS_FAILED)
        fail(prediction, prediction->script->prediction.error, at);
    else if (scripted_end(prediction) == STATUS_CANCELED)
        complete(prediction, STATUS_CANCELED, at);
    else if (prediction->flaw)
        break_down(prediction, at);
    else
        succeed(prediction, at);
}

static void fire(struct timer *timer)
{
    struct prediction *prediction = container_of(timer, struct prediction, timer);
    int64_t at = timer->due;

    if (deadline_comes_first(prediction))
        // Cancel-After: `aborted` where the deadline passes before the start, `canceled` after it.
        complete(prediction, prediction->status == STATUS_STARTING ? STATUS_ABORTED : STATUS_CANCELED, at);
    else if (prediction->status == STATUS_STARTING && scripted_end(prediction) == STATUS_ABORTED)
        complete(prediction, STATUS_ABORTED,
                 at); // "aborted" is what ends before it starts: there is nothing to wait for
    else if (prediction->holds > 0)
        become_overdue(prediction);
    else if (prediction->status == STATUS_STARTING)
        start(prediction, at);
    else
        end(prediction, at);
}

static struct hooks *make_hooks(const struct prediction_request *request)
{
    const struct {
        const char *url;
        unsigned events;
    } wanted[] = {{request->webhook, request->webhook_events}, {request->webhook_completed, 1U << DELIVERY_COMPLETED}};
    struct hooks *hooks = NULL;

    for (size_t i = 0; i < 2; i++) {
        if (!wanted[i].url)
            continue;
        if (!hooks)
            hooks = xnew(struct hooks);
        hooks->list[hooks->count++] = (struct hook){.url = xstrdup(wanted[i].url), .events = wanted[i].events};
    }
    if (!hooks)
        return NULL;
    hooks->api_base = xmemdup0(request->base.api.data, request->base.api.len);
    hooks->streams_base = xmemdup0(request->base.streams.data, request->base.streams.len);
    hooks->files_base = xmemdup0(request->base.files.data, request->base.files.len);
    return hooks;
}

/* What its kind brings with it. */
static void make_kind(struct prediction *prediction, const struct prediction_request *request)
{
    struct world *world = prediction->world;

    if (request->destination) {
        prediction->kind = PREDICTION_TRAINING;
        prediction->training = training_new(request->catalog, request->destination);
        training_plan(&prediction->plan, request->input);
        return;
    }
    if (request->deployment) {
        prediction->kind = PREDICTION_DEPLOYED;
        prediction->deployment = xstrdup(request->deployment);
    }
    world->worlds->maker->plan(&prediction->plan, request->version, request->input, &world->rng);
}

/* What a rule says comes in the place of what the settings and the model say. */
static void follow(struct prediction *prediction, const struct script_prediction *given)
{
    struct plan *plan = &prediction->plan;

    if (given->boot >= 0)
        prediction->boot = given->boot;
    if (given->predict >= 0)
        prediction->predict = given->predict;
    if (!given->has_output)
        return;
    plan->given = true;
    plan->files = 0;
    plan->pieces = (uint32_t)given->piece_count;
}

struct prediction *lifecycle_make(struct world *world, const struct prediction_request *request)
{
    struct prediction *prediction = xnew(struct prediction);
    const struct world_settings *settings = &world->worlds->settings;
    struct buf *input = &world->worlds->scratch;

    input->len = 0;
    json_canonical(input, request->input);
    prediction->input_len = input->len;
    prediction->input = xmemdup0(input->data, input->len);
    if (input->cap > SCRATCH_KEPT)
        buf_free(input);
    prediction->webhook = request->webhook ? xstrdup(request->webhook) : NULL;
    prediction->hooks = make_hooks(request);
    prediction->world = world;
    prediction->version = request->version->unlisted ? version_copy(request->version) : request->version;
    prediction->script = script_hold(request->script);
    prediction->timer.fire = fire;
    prediction->boot = settings->boot;
    prediction->predict = settings->predict;
    list_init(&prediction->observers);
    list_init(&prediction->finished);
    list_init(&prediction->with_data);
    make_kind(prediction, request);
    if (prediction->script)
        follow(prediction, &prediction->script->prediction);
    return prediction;
}

enum store_verdict lifecycle_create(struct world *world, const struct prediction_request *request,
                                    struct prediction **created)
{
    struct store *store = world->worlds->store;
    struct prediction *prediction = lifecycle_make(world, request);
    // As if it were the first with its script: the others may go to make room for it.
    enum store_verdict verdict =
        store_make_room(store, world, prediction_bytes(prediction) + script_bytes(prediction->script));

    if (verdict != STORE_OK) {
        prediction_free(prediction);
        return verdict;
    }
    // "created_at: millisecond precision" [recorded], and the id holds that very millisecond.
    prediction->created_at = clock_now(&world->clock) / NS_PER_MS * NS_PER_MS;
    prediction->deadline = request->cancel_after ? time_after(prediction->created_at, request->cancel_after) : 0;
    prediction->number = world->created++;
    do
        id_prediction(prediction->id, prediction->created_at / NS_PER_MS, &world->rng);
    while (!store_add(store, prediction));
    set_timer(prediction);
    if (prediction->hooks || (world->worlds->settings.inline_outputs && prediction->plan.files > 0) ||
        prediction_reads(prediction))
        tell(prediction, EVENT_CREATED, prediction->created_at);
    *created = prediction;
    return STORE_OK;
}

void lifecycle_cancel(struct prediction *prediction)
{
    int64_t now = clock_now(&prediction->world->clock);

    if (status_is_terminal((enum status)prediction->status))
        return;
    complete(prediction, STATUS_CANCELED, now);
}

static void count_hold(struct prediction *prediction, int more)
{
    prediction->holds = (uint8_t)(prediction->holds + more);
    prediction->world->held += (size_t)more;
    prediction->world->in_flight += (size_t)more;
}

void lifecycle_hold(struct prediction *prediction)
{
    assert(prediction->status == STATUS_STARTING && prediction->holds < UINT8_MAX);
    count_hold(prediction, 1);
}

void lifecycle_release(struct prediction *prediction)
{
    struct world *world = prediction->world;
    int64_t now = clock_now(&world->clock);
    bool too_late = prediction->deadline != 0 && prediction->deadline <= now; // its timer ends it, at that very time

    count_hold(prediction, -1);
    if (prediction->holds > 0 || !prediction->overdue || status_is_terminal((enum status)prediction->status) ||
        too_late)
        return;
    prediction->overdue = false;
    // created_at is cut to a millisecond, and boot counts from it: within one it is not late.
    int64_t due = step_due(prediction);
    start(prediction, now - due < NS_PER_MS ? due : now);
    // What is due by now would have happened before; an advance that has come since is not to count it.
    if (prediction->timer.due > now)
        return;
    sched_cancel(&world->sched, &prediction->timer);
    fire(&prediction->timer);
}

void lifecycle_break(struct prediction *prediction, const char *error, bool opened)
{
    struct plan *plan = &prediction->plan;

    assert(prediction->status == STATUS_STARTING);
    store_set_flaw(prediction->world->worlds->store, prediction, error);
    if (prediction->predict > breaks_within)
        prediction->predict = breaks_within;
    plan->steps = 0; // it comes to none
    plan->grows = false;
    if (!opened)
        plan->log_head[0] = '\0';
}

int64_t lifecycle_elapsed(const struct prediction *prediction, int64_t now)
{
    int64_t end = prediction->completed_at ? prediction->completed_at : now;

    return prediction->started_at && end > prediction->started_at ? end - prediction->started_at : 0;
}
