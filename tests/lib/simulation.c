#include "lib/simulation.h"
#include "lib/fake_transport.h"

#include "core/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the run -------------------------------------------------------------------------------------------------------- */

struct sim *sim_new(uint64_t seed, const char *settings)
{
    struct sim *sim = xnew(struct sim);
    struct buf options = {0};

    buf_printf(&options, SIM_SETTINGS " --seed %llu %s", (unsigned long long)seed, settings);
    sim->stage = world_new(buf_cstr(&options));
    sim->rng.key = (struct hash_key){seed, 0};
    sim->traces = getenv("SIMULATION_TRACE") != NULL;
    buf_free(&options);
    return sim;
}

void sim_free(struct sim *sim)
{
    world_free(sim->stage);
    for (unsigned i = 0; i < sim->message_count; i++)
        free(sim->messages[i].body);
    arena_free(&sim->arena);
    buf_free(&sim->transcript);
    free(sim);
}

void sim_step(struct sim *sim)
{
    arena_reset(&sim->arena);
}

unsigned sim_draw(struct sim *sim, unsigned count)
{
    return (unsigned)(rng_next(&sim->rng) % count);
}

bool sim_chance(struct sim *sim, unsigned percent)
{
    return sim_draw(sim, 100) < percent;
}

const char *sim_text(struct sim *sim, const char *format, ...)
{
    char text[4096];
    va_list args;

    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    ck_assert_int_lt(len, (int)sizeof(text));
    return arena_strndup(&sim->arena, text, (size_t)len);
}

void sim_note(struct sim *sim, const char *format, ...)
{
    size_t before = sim->transcript.len;
    va_list args;
    char *text;

    va_start(args, format);
    ck_assert_int_ge(vasprintf(&text, format, args), 0);
    va_end(args);
    buf_str(&sim->transcript, text);
    free(text);
    if (sim->traces)
        fwrite(sim->transcript.data + before, 1, sim->transcript.len - before, stderr);
}

/* --- asking --------------------------------------------------------------------------------------------------------- */

static const char *headers_of(struct sim *sim, int world, const char *more)
{
    const char *token = world == WHOLE ? "-" : sim_text(sim, "Bearer w%d", world);

    return sim_text(sim, "Authorization: %s%s%s", token, more ? "\n" : "", more ? more : "");
}

/* "Nothing of one world can be seen from another": whatever a world is given to keep says whose it is. */
static void check_owner(int world, const char *what, const char *text)
{
    for (const char *at = text; world != WHOLE && (at = strstr(at, "of-w")); at += 4)
        must(atoi(at + 4) == world, "%s shows world %d %.40s", what, world, at);
}

static const cJSON *read_answer(struct sim *sim, int world, const char *what, const struct answer *answer)
{
    struct json_error error;

    sim_note(sim, "%d %s: %d %s\n", world, what, answer->status, answer->body);
    check_owner(world, what, answer->body);
    return json_parse(&sim->arena, answer->body, answer->len, JSON_GRAMMAR, &error);
}

/* What of the API a world is asked stands in its journal; and makes the world. */
static void note_asked(struct sim *sim, int world, const char *request)
{
    if (world == WHOLE || strstr(request, " /_mock"))
        return;
    sim->worlds[world].used = true;
    sim->worlds[world].journaled++;
}

const cJSON *sim_ask(struct sim *sim, int world, int status, const char *request, const char *body)
{
    // Forms are the only bodies that begin so.
    const char *type = body && *body == '-' ? "Content-Type: multipart/form-data; boundary=X" : NULL;

    world_ask(sim->stage, request, headers_of(sim, world, type), body, status, NULL);
    const struct answer *answer = world_answer(sim->stage);
    must(answer->status < 500, "%s: %d %s", request, answer->status, answer->body);
    note_asked(sim, world, request);
    return read_answer(sim, world, request, answer);
}

/* --- what is answered later ------------------------------------------------------------------------------------------ */

static struct sim_call *free_place(struct sim *sim)
{
    for (struct sim_call *call = sim->calls; call < sim->calls + CALLS; call++)
        if (!call->client)
            return call;
    return NULL;
}

bool sim_can_call(struct sim *sim)
{
    return free_place(sim) != NULL;
}

struct sim_call *sim_call(struct sim *sim, enum sim_kind kind, int world, const char *request, const char *headers,
                          const char *body)
{
    struct sim_call *call = free_place(sim);

    if (!call)
        return NULL;
    *call = (struct sim_call){
        .client = world_client(sim->stage), .kind = kind, .world = world, .journaled = kind == CALL_CREATE};
    if (world != WHOLE) {
        call->era = sim->worlds[world].era;
        call->journal_era = sim->worlds[world].journal_era;
        sim->worlds[world].used |= call->journaled;
    }
    client_send(call->client, request, kind == CALL_STREAM ? "Authorization: -" : headers_of(sim, world, headers),
                body);
    if (kind == CALL_STREAM)
        note_asked(sim, world, request); // "a request stands there when the head of a stream has been given to be sent"
    return call;
}

/* It stands in the journal now, if that is still the one in which it was begun. */
static void end_call(struct sim *sim, struct sim_call *call)
{
    if (call->journaled && sim->worlds[call->world].journal_era == call->journal_era)
        sim->worlds[call->world].journaled++;
    client_leave(call->client);
    call->client = NULL;
    world_settle(sim->stage);
}

void sim_leave(struct sim *sim, struct sim_call *call)
{
    sim_note(sim, "%d leaves\n", call->world);
    end_call(sim, call);
}

static bool is_of_the_past(const struct sim *sim, const struct sim_call *call)
{
    return call->world != WHOLE && sim->worlds[call->world].era != call->era;
}

/* What is answered to a creation follows from the rule that was hit, or the prediction is made. */
static void end_create(struct sim *sim, struct sim_call *call, int status, const cJSON *body)
{
    struct sim_prediction *prediction = call->prediction;

    if (prediction->rule.status) {
        must(status == prediction->rule.status, "rule r%u answers %d", prediction->rule.number, status);
    } else if (status == 503) {
        must(sim->max_predictions > 0 && (prediction->refused || !*prediction->id), "there is no room for p%u",
             prediction->number);
        prediction->refused = true;
    } else if (is_of_the_past(sim, call) || prediction->evicted) {
        must(status == 404 || status == 201 || status == 202, "p%u of the past: %d", prediction->number, status);
    } else {
        must(status == 201 || status == 202, "p%u: %d", prediction->number, status);
        must(sim_find(sim, call->world, body) == prediction, "p%u has another id", prediction->number);
    }
}

static void end_other(struct sim *sim, const struct sim_call *call, int status)
{
    if (call->world != WHOLE && call->kind == CALL_MOVE)
        sim->worlds[call->world].moved = true;
    must(status < 500, "a call of kind %d: %d", call->kind, status);
}

static void take_answer(struct sim *sim, struct sim_call *call)
{
    static const char *const names[] = {"creates", "moves", "waits"};

    client_expect(call->client, 0, NULL);
    const struct answer *answer = client_answer(call->client);
    const cJSON *body = read_answer(sim, call->world, names[call->kind], answer);
    if (call->kind == CALL_CREATE)
        end_create(sim, call, answer->status, body);
    else
        end_other(sim, call, answer->status);
    end_call(sim, call);
}

static void take_closing(struct sim *sim, struct sim_call *call)
{
    must(call->prediction && call->prediction->rule.drops, "the connection of a call of kind %d is closed", call->kind);
    sim_note(sim, "%d is dropped\n", call->world);
    end_call(sim, call);
}

/* Its end is the whole of it. */
static void take_stream(struct sim *sim, struct sim_call *call)
{
    if (!client_stream_has_ended(call->client))
        return;
    check_stream(sim, call);
    sim_note(sim, "%d streams: %s\n", call->world, client_stream(call->client));
    end_call(sim, call);
}

void sim_take_answers(struct sim *sim)
{
    for (struct sim_call *call = sim->calls; call < sim->calls + CALLS; call++) {
        if (!call->client)
            continue;
        if (call->kind == CALL_STREAM)
            take_stream(sim, call);
        else if (client_is_closed(call->client)) // what has come of an answer that was broken off is not looked at
            take_closing(sim, call);
        else if (client_is_answered(call->client))
            take_answer(sim, call);
    }
}

/* --- resets ------------------------------------------------------------------------------------------------------------ */

void sim_forget_predictions(struct sim *sim, int world)
{
    for (unsigned i = 0; i < sim->prediction_count; i++)
        sim->predictions[i].closed |= sim->predictions[i].world == world;
    sim->worlds[world].era++;
    sim->worlds[world].pending = 0;
}

void sim_forget_rules(struct sim *sim, int world)
{
    for (unsigned i = 0; i < sim->rule_count; i++)
        sim->rules[i].gone |= sim->rules[i].world == world;
}

void sim_forget_requests(struct sim *sim, int world)
{
    sim->worlds[world].journal_era++;
    sim->worlds[world].journaled = 0;
}

/* --- what is known ----------------------------------------------------------------------------------------------------- */

int64_t sim_time(const cJSON *object, const char *key)
{
    const char *text = json_get_string(object, key);
    int64_t ns = 0;

    if (text)
        must(time_parse(text, &ns), "%s is no time: %s", key, text);
    return ns;
}

/* What the machine's clock shows. */
static int64_t machine_now(const struct sim *sim)
{
    return app_worlds(world_app(sim->stage))->base->mono;
}

static bool is_moving(const struct sim *sim, int world)
{
    for (const struct sim_call *call = sim->calls; call < sim->calls + CALLS; call++)
        if (call->client && call->kind == CALL_MOVE && (call->world == world || call->world == WHOLE))
            return true;
    return false;
}

void sim_note_moves(struct sim *sim)
{
    for (int world = 0; world < WORLDS; world++)
        sim->worlds[world].moved |= is_moving(sim, world);
}

/* A clock that nobody has moved since has gone on at its own pace, or stands. */
static void check_clock(struct sim *sim, int number, int64_t now)
{
    const struct sim_world *world = &sim->worlds[number];
    double passed = world->manual ? 0 : (double)(machine_now(sim) - world->looked_at) * world->speed;
    int64_t off = now - world->now - (int64_t)passed;

    if (!world->now)
        return;
    must(now >= world->now, "the clock of world %d went back", number);
    must(world->moved || (off <= sim_slack(sim, number) && off >= -sim_slack(sim, number)),
         "the clock of world %d is off by %lld ns", number, (long long)off);
}

int64_t sim_now(struct sim *sim, int world)
{
    struct sim_world *known = &sim->worlds[world];
    const cJSON *shown = sim_ask(sim, world, 200, "GET /_mock/clock", NULL);
    int64_t now = sim_time(shown, "now");

    check_clock(sim, world, now);
    json_get_number(shown, "speed", &known->speed);
    known->manual = strcmp(json_get_string(shown, "mode"), "manual") == 0;
    known->has_run |= !known->manual;
    known->now = known->used ? now : 0; // it begins to run when there is a world
    known->looked_at = machine_now(sim);
    known->moved = false;
    return now;
}

int64_t sim_slack(const struct sim *sim, int world)
{
    if (is_moving(sim, world))
        return NS_PER_MS; // what has just been created may be due a little earlier: created_at has no less than that
    return sim->worlds[world].manual || sim->worlds[world].speed == 1 ? 0 : (int64_t)(4 * sim->worlds[world].speed) + 1;
}

int64_t sim_start(const struct sim_prediction *prediction)
{
    return prediction->created_at + prediction->boot;
}

/* It ends before it would start. */
static bool never_starts(const struct sim_prediction *prediction, int64_t *at, enum status *end)
{
    int64_t start = prediction->created_at + prediction->boot;

    *at = start;
    *end = STATUS_ABORTED;
    if (prediction->deadline && prediction->deadline < start)
        *at = prediction->deadline;
    else if (prediction->end != STATUS_ABORTED)
        return false;
    return true;
}

/* If nobody cancels it. */
static struct sim_seen left_alone(const struct sim_prediction *prediction, int64_t now)
{
    int64_t start = sim_start(prediction), end = start + prediction->predict, at;
    enum status last = prediction->end;

    if (never_starts(prediction, &at, &last))
        return now < at ? (struct sim_seen){.status = STATUS_STARTING}
                        : (struct sim_seen){.status = last, .completed_at = at};
    last = prediction->end;
    if (now < start)
        return (struct sim_seen){.status = STATUS_STARTING};
    if (prediction->deadline && prediction->deadline < end) {
        end = prediction->deadline;
        last = STATUS_CANCELED;
    }
    if (now < end)
        return (struct sim_seen){.status = STATUS_PROCESSING, .started = SIM_YES, .started_at = start};
    return (struct sim_seen){.status = last, .started = SIM_YES, .started_at = start, .completed_at = end};
}

/* "Before its start: started_at 3 us before completed_at", but not before created_at. */
static struct sim_seen canceled(const struct sim_prediction *prediction)
{
    struct sim_seen state = {.status = STATUS_CANCELED, .completed_at = prediction->canceled_at};
    int64_t after = prediction->canceled_at - sim_start(prediction);
    int64_t just_before = prediction->canceled_at - 3 * NS_PER_US;

    if (after < 0)
        state.started_at = just_before > prediction->created_at ? just_before : prediction->created_at;
    else if (after < NS_PER_MS) // created_at is cut to one: what is due by it may be earlier than the request itself
        state.started_at = SIM_SOME_TIME;
    else
        state.started_at = sim_start(prediction);
    state.started = after < 0 ? SIM_NO : after < NS_PER_MS ? SIM_PERHAPS : SIM_YES;
    return state;
}

struct sim_seen sim_state_at(const struct sim *sim, const struct sim_prediction *prediction, int64_t now)
{
    bool is_canceled = prediction->canceled_at && prediction->canceled_at <= now;
    struct sim_seen state = is_canceled ? canceled(prediction) : left_alone(prediction, now);

    state.data_removed = sim->retention > 0 && state.completed_at > 0 && state.completed_at + sim->retention <= now;
    return state;
}

bool sim_is_held(const struct sim_prediction *prediction, int world)
{
    return prediction->world == world && *prediction->id && !prediction->refused && !prediction->evicted &&
           !prediction->closed;
}

static struct sim_prediction *find_number(struct sim *sim, int world, const cJSON *shown)
{
    const char *prompt = json_get_string(json_get(shown, "input"), "prompt"),
               *at = prompt ? strstr(prompt, " p") : NULL;
    unsigned number = at ? (unsigned)atoi(at + 2) : UINT32_MAX;

    if (number >= sim->prediction_count)
        return NULL;
    struct sim_prediction *prediction = &sim->predictions[number];
    bool is_new = prediction->world == world && !*prediction->id && !prediction->refused && !prediction->closed;
    return is_new ? prediction : NULL;
}

static void introduce(struct sim_prediction *prediction, const cJSON *shown)
{
    int64_t created_at = sim_time(shown, "created_at");

    snprintf(prediction->id, sizeof(prediction->id), "%s", json_get_string(shown, "id"));
    if (prediction->deadline)
        prediction->deadline += created_at;
    prediction->created_at = created_at;
}

struct sim_prediction *sim_find(struct sim *sim, int world, const cJSON *shown)
{
    const char *id = json_get_string(shown, "id");

    for (unsigned i = 0; id && i < sim->prediction_count; i++)
        if (strcmp(sim->predictions[i].id, id) == 0 && sim_is_held(&sim->predictions[i], world))
            return &sim->predictions[i];
    struct sim_prediction *prediction = id ? find_number(sim, world, shown) : NULL;
    if (prediction)
        introduce(prediction, shown);
    return prediction;
}

struct sim_message *sim_find_message(struct sim *sim, int world, const char *id)
{
    for (unsigned i = sim->message_count; i-- > 0;) {
        struct sim_message *message = &sim->messages[i];
        if (strcmp(message->id, id) == 0 && message->prediction->world == world && !message->prediction->closed)
            return message;
    }
    return NULL;
}
