#include "control/clock.h"
#include "core/advance.h"
#include "http/problem.h"

#include <stdlib.h>

enum { SLICE = 1000 }; // timers that a move runs in one turn, in all its worlds: about a millisecond, then others go on

static const double max_speed = 1e6;
static const uint64_t max_steps = 1000000000;

/* A call that moves clocks: of one world, or of all that were there when it came. */
struct move {
    struct control *control;
    struct exchange *exchange;
    struct list link; /* in control.moves, while it is parked */
    bool is_put;      /* answers as the clock does, not with what fired */
    bool whole_server;
    struct advance *advances;
    size_t count;
};

/* --- answers ---------------------------------------------------------------------------------------------------- */

static void put_clock(struct buf *out, bool manual, double speed, int64_t now)
{
    buf_printf(out, "{\"mode\":\"%s\",\"speed\":%.15g,\"now\":", manual ? "manual" : "real", speed);
    control_put_time(out, now);
    buf_char(out, '}');
}

/* The clock of the world; without one, that of a world which would be made now. */
static enum verdict answer_clock(const struct control *control, const struct world *world, struct exchange *exchange)
{
    const struct world_settings *settings = &control->worlds->settings;
    struct buf *out = &exchange->response.body;

    put_clock(out, world ? world->clock.manual : settings->manual_clock, world ? world->clock.speed : settings->speed,
              control_now(control, world));
    return control_answer(exchange, 200);
}

/* An entry, and its place among those of all worlds: of two at one time the elder world's comes first. */
struct entry {
    const struct fired *fired;
    size_t order;
};

static int by_time(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->fired->at != y->fired->at)
        return x->fired->at < y->fired->at ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static void put_fired(struct buf *out, const struct fired *fired, bool whole_server)
{
    buf_lit(out, "{\"at\":");
    control_put_time(out, fired->at);
    buf_printf(out, ",\"what\":\"%s\",\"id\":\"%s\"", fired->what, fired->id);
    if (whole_server)
        buf_printf(out, ",\"world\":\"%s\"", fired->world);
    buf_char(out, '}');
}

/* The entries of all worlds in order; `count` of them. free() it. */
static struct entry *sort_fired(const struct move *move, size_t count)
{
    struct entry *entries = xcalloc(count, sizeof(*entries));
    size_t order = 0;

    for (size_t i = 0; i < move->count; i++)
        for (size_t j = 0; j < move->advances[i].count; j++, order++)
            entries[order] = (struct entry){&move->advances[i].fired[j], order};
    qsort(entries, count, sizeof(*entries), by_time);
    return entries;
}

/* All that fired in any of the worlds; at most ADVANCE_MAX_FIRED are shown. */
static void put_all_fired(struct buf *out, const struct move *move)
{
    size_t count = 0, more = 0;

    for (size_t i = 0; i < move->count; i++) {
        count += move->advances[i].count;
        more += move->advances[i].more;
    }
    struct entry *entries = sort_fired(move, count);
    buf_lit(out, "\"fired\":[");
    for (size_t i = 0; i < count && i < ADVANCE_MAX_FIRED; i++) {
        if (i > 0)
            buf_char(out, ',');
        put_fired(out, entries[i].fired, move->whole_server);
    }
    buf_char(out, ']');
    if (count > ADVANCE_MAX_FIRED)
        more += count - ADVANCE_MAX_FIRED;
    if (more > 0)
        buf_printf(out, ",\"more\":%zu", more);
    free(entries);
}

/* Where the clocks stand: the furthest of them. */
static int64_t now_of(const struct move *move)
{
    int64_t now = 0;

    for (size_t i = 0; i < move->count; i++) {
        const struct world *world = move->advances[i].world;
        if (world && clock_now(&world->clock) > now)
            now = clock_now(&world->clock);
    }
    return now ? now : control_now(move->control, NULL);
}

static void answer_move(struct move *move)
{
    struct exchange *exchange = move->exchange;
    struct buf *out = &exchange->response.body;

    if (move->is_put) {
        answer_clock(move->control, control_world(move->control, exchange), exchange);
        return;
    }
    if (!move->whole_server && !move->advances[0].world) {
        problem(&exchange->response, 404, NULL, "The world was reset while its clock advanced.");
        return;
    }
    buf_lit(out, "{\"now\":");
    control_put_time(out, now_of(move));
    buf_char(out, ',');
    put_all_fired(out, move);
    buf_char(out, '}');
    control_answer(exchange, 200);
}

/* --- moves ------------------------------------------------------------------------------------------------------ */

static void move_free(struct move *move)
{
    for (size_t i = 0; i < move->count; i++)
        advance_end(&move->advances[i]);
    list_remove(&move->link);
    free(move->advances);
    free(move);
}

static void on_abandoned(struct exchange *exchange)
{
    move_free(exchange->parked_by);
}

/* A slice of them together. True: all have arrived. *more: there is more to run at once; else they hold. */
static bool run_slice(struct move *move, bool *more)
{
    size_t budget = SLICE;
    bool arrived = true;

    for (size_t i = 0; i < move->count; i++)
        arrived &= advance_run(&move->advances[i], &budget);
    *more = !arrived && budget == 0;
    return arrived;
}

/* Runs what one slice covers; most moves end there and then. */
static enum verdict move_begin(struct move *move)
{
    struct exchange *exchange = move->exchange;
    bool more;

    if (run_slice(move, &more)) {
        answer_move(move);
        move_free(move);
        return VERDICT_ANSWER;
    }
    list_append(&move->control->moves, &move->link);
    exchange->parked_by = move;
    exchange->abandoned = on_abandoned;
    return VERDICT_PARK;
}

bool clock_run(struct control *control)
{
    bool any_more = false;

    list_each (link, &control->moves) {
        struct move *move = container_of(link, struct move, link);
        bool more, arrived = run_slice(move, &more);
        any_more |= more;
        if (!arrived)
            continue;
        struct exchange *exchange = move->exchange;
        answer_move(move);
        move_free(move);
        exchange_wake(exchange);
    }
    return any_more;
}

/* A move of the request's world, or of all worlds that `takes` says yes to. */
static struct move *move_new(struct control *control, struct exchange *exchange, struct world *world,
                             bool (*takes)(const struct world *world))
{
    struct move *move = xnew(struct move);

    move->control = control;
    move->exchange = exchange;
    list_init(&move->link);
    move->whole_server = !world;
    move->advances = xcalloc(world ? 1 : worlds_count(control->worlds), sizeof(*move->advances));
    if (world)
        move->advances[move->count++].world = world;
    else
        worlds_each (link, control->worlds)
            if (takes(world_of(link)))
                move->advances[move->count++].world = world_of(link);
    return move;
}

static bool refuse_busy(struct exchange *exchange, const struct world *world)
{
    if (!world->advancing)
        return false;
    problem(&exchange->response, 409, NULL, "Another advance of this world's clock is under way.");
    return true;
}

/* Is any of the worlds that are meant advancing already? Then the response says so. */
static bool any_busy(const struct control *control, const struct world *world, struct exchange *exchange)
{
    if (world)
        return refuse_busy(exchange, world);
    worlds_each (link, control->worlds)
        if (refuse_busy(exchange, world_of(link)))
            return true;
    return false;
}

/* Refuses a time (0: none is given) that the world, or any of all worlds, has behind it. */
static bool check_not_past(const struct control *control, const struct world *world, struct exchange *exchange,
                           const char *member, int64_t time)
{
    bool past = world && time < clock_now(&world->clock);

    if (!time)
        return true;
    if (!world)
        worlds_each (link, control->worlds)
            past |= time < clock_now(&world_of(link)->clock);
    if (past)
        control_invalid(exchange, member, "That time is past: a clock does not go back.");
    return !past;
}

/* The world of the request, made if need be. False: there are too many. */
static bool use_world(struct control *control, struct exchange *exchange, struct world **world)
{
    *world = exchange->token ? worlds_use(control->worlds, exchange->token) : NULL;
    if (*world || !exchange->token)
        return true;
    problem(&exchange->response, 503, NULL, "There are --max-worlds tokens in use, each with unfinished predictions.");
    return false;
}

/* --- advance ---------------------------------------------------------------------------------------------------- */

struct advance_request {
    int64_t by, to; /* 0: not given */
    uint64_t steps; /* 0: not given */
};

static bool read_advance(struct exchange *exchange, struct advance_request *request)
{
    static const char *const members[] = {"by", "to", "steps", NULL};
    const cJSON *body = control_body(exchange);
    double steps = 0;

    if (!body || !control_check_members(exchange, body, members))
        return false;
    const char *by = json_get_string(body, "by"), *to = json_get_string(body, "to");
    bool has_steps = json_get_number(body, "steps", &steps);
    if (cJSON_GetArraySize(body) != 1)
        control_invalid(exchange, "", "Exactly one of by, to and steps.");
    else if (json_get(body, "by") && (!by || !duration_parse(by, &request->by)))
        control_invalid(exchange, "by", "A duration, as a string: \"250ms\", \"1.5s\", \"2m\", \"1h\".");
    else if (json_get(body, "to") && (!to || !time_parse(to, &request->to)))
        control_invalid(exchange, "to", "A time, as a string: \"2026-01-31T12:00:00Z\".");
    else if (json_get(body, "steps") &&
             (!has_steps || steps < 1 || steps > (double)max_steps || steps != (double)(uint64_t)steps))
        control_invalid(exchange, "steps", "How many timers to run: a whole number from 1 to 1000000000.");
    else {
        request->steps = (uint64_t)steps;
        return true;
    }
    return false;
}

static bool is_manual(const struct world *world)
{
    return world->clock.manual;
}

static bool has_manual(const struct worlds *worlds)
{
    worlds_each (link, worlds)
        if (is_manual(world_of(link)))
            return true;
    return worlds_count(worlds) == 0 && worlds->settings.manual_clock;
}

static bool check_advance(struct control *control, struct exchange *exchange, const struct world *world,
                          const struct advance_request *request)
{
    if (world ? !is_manual(world) : !has_manual(control->worlds)) {
        problem(&exchange->response, 409, NULL,
                "The clock is real: it advances by itself. PUT /_mock/clock {\"mode\":\"manual\"} first, or start with "
                "--clock manual.");
        return false;
    }
    return check_not_past(control, world, exchange, "to", request->to) && !any_busy(control, world, exchange);
}

static int64_t target_of(const struct advance_request *request, const struct world *world)
{
    return request->to ? request->to : time_after(clock_now(&world->clock), request->by);
}

enum verdict clock_advance(void *context, struct exchange *exchange)
{
    struct control *control = context;
    struct advance_request request = {0};
    struct world *world;

    if (!read_advance(exchange, &request) || !use_world(control, exchange, &world) ||
        !check_advance(control, exchange, world, &request))
        return VERDICT_ANSWER;
    struct move *move = move_new(control, exchange, world, is_manual);
    for (size_t i = 0; i < move->count; i++) {
        struct world *each = move->advances[i].world;
        advance_start(&move->advances[i], each, target_of(&request, each), request.steps, ADVANCE_MAX_FIRED);
    }
    return move_begin(move);
}

/* --- the clock itself ------------------------------------------------------------------------------------------- */

enum verdict clock_get(void *context, struct exchange *exchange)
{
    struct control *control = context;

    return answer_clock(control, control_world(control, exchange), exchange);
}

struct put_request {
    const char *mode; /* NULL: as it is */
    double speed;     /* 0: as it is */
    int64_t now;      /* 0: as it is */
};

static bool read_put(struct exchange *exchange, struct put_request *request)
{
    static const char *const members[] = {"mode", "speed", "now", NULL};
    const cJSON *body = control_body(exchange);

    if (!body || !control_check_members(exchange, body, members))
        return false;
    request->mode = json_get_string(body, "mode");
    bool has_speed = json_get_number(body, "speed", &request->speed);
    const char *now = json_get_string(body, "now");
    if (json_get(body, "mode") &&
        (!request->mode || (strcmp(request->mode, "real") != 0 && strcmp(request->mode, "manual") != 0)))
        control_invalid(exchange, "mode", "\"real\" or \"manual\".");
    else if (json_get(body, "speed") && (!has_speed || !(request->speed > 0) || request->speed > max_speed))
        control_invalid(exchange, "speed", "Simulated seconds per real second: more than 0, at most 1000000.");
    else if (json_get(body, "now") && (!now || !time_parse(now, &request->now)))
        control_invalid(exchange, "now", "A time, as a string: \"2026-01-31T12:00:00Z\".");
    else
        return true;
    return false;
}

static bool check_put(const struct control *control, const struct world *world, struct exchange *exchange,
                      const struct put_request *request)
{
    return !any_busy(control, world, exchange) && check_not_past(control, world, exchange, "now", request->now);
}

static void change(struct world *world, const struct put_request *request)
{
    bool manual = request->mode ? strcmp(request->mode, "manual") == 0 : world->clock.manual;

    clock_set(&world->clock, manual, request->speed > 0 ? request->speed : world->clock.speed);
    world_clock_changed(world);
}

/* Without a world the change is for those to come as well. */
static void change_settings(struct world_settings *settings, const struct put_request *request)
{
    if (request->mode)
        settings->manual_clock = strcmp(request->mode, "manual") == 0;
    if (request->speed > 0)
        settings->speed = request->speed;
    if (request->now)
        settings->start_time = request->now;
}

static void change_all(struct control *control, struct world *world, const struct put_request *request)
{
    if (world) {
        change(world, request);
        return;
    }
    change_settings(&control->worlds->settings, request);
    worlds_each (link, control->worlds)
        change(world_of(link), request);
}

static bool any_world(const struct world *world)
{
    (void)world;
    return true;
}

enum verdict clock_put(void *context, struct exchange *exchange)
{
    struct control *control = context;
    struct put_request request = {0};
    struct world *world;

    if (!read_put(exchange, &request) || !use_world(control, exchange, &world) ||
        !check_put(control, world, exchange, &request))
        return VERDICT_ANSWER;
    change_all(control, world, &request);
    // Where the time stays nothing is waited for: a webhook under way holds up an advance, not whoever stops the clock.
    if (!request.now)
        return answer_clock(control, world, exchange);
    struct move *move = move_new(control, exchange, world, any_world);
    move->is_put = true;
    for (size_t i = 0; i < move->count; i++)
        advance_start(&move->advances[i], move->advances[i].world, request.now, 0, 0); // lists nothing
    return move_begin(move);
}
