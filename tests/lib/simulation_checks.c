/* What must hold of a simulated server, an invariant a function. */
#include "lib/fake_transport.h"
#include "lib/simulation.h"

#include "core/signature.h"
#include "core/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "Sent again 1, 3, 7, 15, 31 and 60 s after completion." */
static const int64_t retries[] = {1, 3, 7, 15, 31, 60};

enum { RETRIES = sizeof(retries) / sizeof(*retries), ATTEMPTS_KEPT = 32, PAGE = 1000 };

/* --- the network ------------------------------------------------------------------------------------------------------ */

/* The line of that name. */
static const char *header_of(struct sim *sim, const struct fake_transfer *hook, const char *name)
{
    const char *line = strstr(hook->headers, name);

    must(line != NULL, "no %s", name);
    line += strlen(name) + strlen(": ");
    return arena_strndup(&sim->arena, line, strcspn(line, "\n"));
}

/* The URL says for which prediction of which world, and which of its receivers. */
static struct sim_message *introduce(struct sim *sim, const struct fake_transfer *hook, const char *id)
{
    struct sim_message *message = &sim->messages[sim->message_count++];
    unsigned world, number;
    char last = '\0';

    must(sim->message_count < MESSAGES_MAX, "too many messages");
    must(sscanf(hook->url, "http://app.test/of-w%u-p%u-%c", &world, &number, &last) == 3, "%s", hook->url);
    *message = (struct sim_message){
        .prediction = &sim->predictions[number], .hook = last == 'b', .body = xmemdup0(hook->body, hook->body_len)};
    snprintf(message->id, sizeof(message->id), "%s", id);
    must(!message->prediction->closed, "%s goes out after a reset", hook->url);
    return message;
}

static struct sim_message *find(struct sim *sim, const struct fake_transfer *hook)
{
    const char *id = header_of(sim, hook, "webhook-id");
    unsigned world = (unsigned)atoi(hook->url + strlen("http://app.test/of-w"));
    struct sim_message *message = sim_find_message(sim, (int)world, id);

    return message ? message : introduce(sim, hook, id);
}

/* The same message is the same in each attempt. */
static void check_same(const struct sim_message *message, const struct fake_transfer *hook)
{
    must(strlen(message->body) == hook->body_len && memcmp(message->body, hook->body, hook->body_len) == 0,
         "%s: the body has changed", message->id);
}

/* It fits, but where a rule says that it must not; what somebody resends is out of the rule's reach. */
static void check_signature(struct sim *sim, const struct sim_message *message, const struct fake_transfer *hook,
                            bool resent)
{
    const char *why =
        signature_check(header_of(sim, hook, "webhook-signature"), SIM_SECRET, message->id,
                        header_of(sim, hook, "webhook-timestamp"), (struct slice){hook->body, hook->body_len}, 0, 0);

    must((why != NULL) == (message->prediction->rule.bad_signature && !resent), "%s: %s", message->id,
         why ? why : "its signature fits");
}

static void see_attempt(struct sim *sim, const struct fake_transfer *hook)
{
    struct sim_message *message = find(sim, hook);
    bool resent = message->asked_for > 0;

    must(!message->under_way, "%s is sent twice at once", message->id);
    check_same(message, hook);
    check_signature(sim, message, hook, resent);
    sim_note(sim, "sent to %s: %s%s\n", hook->url, hook->headers, message->body);
    message->sent++;
    message->by_schedule += !resent;
    message->asked_for -= resent;
}

/* One at a time to a receiver, but for what somebody resends. */
static void check_one_at_a_time(struct sim *sim, const struct sim_message *message)
{
    for (unsigned i = 0; i < sim->message_count; i++) {
        const struct sim_message *other = &sim->messages[i];
        bool crosses = other != message && other->under_way && other->prediction == message->prediction &&
                       other->hook == message->hook;
        must(!crosses || other->by_schedule < other->sent || message->by_schedule < message->sent,
             "%s and %s are under way to one receiver", message->id, other->id);
    }
}

void check_network(struct sim *sim)
{
    uint64_t newest = sim->transfers;
    size_t count = world_hooks(sim->stage);

    for (unsigned i = 0; i < sim->message_count; i++)
        sim->messages[i].under_way = false;
    for (size_t i = 0; i < count; i++) {
        const struct fake_transfer *hook = world_hook_at(sim->stage, i);
        if (hook->serial > sim->transfers)
            see_attempt(sim, hook);
        struct sim_message *message = find(sim, hook);
        must(!message->under_way && !message->prediction->closed, "%s is under way twice, or after a reset",
             message->id);
        message->under_way = true;
        check_one_at_a_time(sim, message);
        newest = hook->serial > newest ? hook->serial : newest;
    }
    sim->transfers = newest;
}

/* --- predictions ------------------------------------------------------------------------------------------------------ */

static bool same_time(int64_t shown, int64_t expected)
{
    return expected == SIM_SOME_TIME || shown / 1000 == expected / 1000; // lists show microseconds
}

static bool is_like(const struct sim_seen *shown, const struct sim_seen *expected)
{
    bool either = expected->status == STATUS_COUNT; // a training whose destination may be gone
    bool fits = either ? shown->status == STATUS_SUCCEEDED || shown->status == STATUS_FAILED
                       : shown->status == expected->status;

    return fits && same_time(shown->started_at, expected->started_at) &&
           same_time(shown->completed_at, expected->completed_at) && shown->data_removed == expected->data_removed;
}

static struct sim_seen read_prediction(const cJSON *shown)
{
    struct sim_seen seen = {.started_at = sim_time(shown, "started_at"),
                            .completed_at = sim_time(shown, "completed_at")};
    const char *status = json_get_string(shown, "status");

    must(status && status_parse(status, &seen.status), "status %s", status);
    json_get_bool(shown, "data_removed", &seen.data_removed);
    return seen;
}

/* What has been cannot be undone: "status moves along allowed edges only", times stay, and data that is gone is gone. */
static void check_forward(const struct sim_prediction *prediction, const struct sim_seen *shown)
{
    const struct sim_seen *before = &prediction->seen;

    must(shown->status == before->status || status_may_reach(before->status, shown->status), "p%u went from %s to %s",
         prediction->number, status_name(before->status), status_name(shown->status));
    must(!before->started_at || same_time(shown->started_at, before->started_at), "p%u started twice",
         prediction->number);
    must(!before->completed_at || same_time(shown->completed_at, before->completed_at), "p%u ended twice",
         prediction->number);
    must(shown->data_removed >= before->data_removed, "p%u has its data again", prediction->number);
}

/* "created <= started <= completed", and nothing is later than now. */
static void check_order_of_times(const struct sim_prediction *prediction, const struct sim_seen *shown, int64_t now)
{
    int64_t times[] = {prediction->created_at, shown->started_at, shown->completed_at, now}, last = 0;

    for (size_t i = 0; i < 4; i++) {
        must(times[i] == 0 || times[i] / 1000 >= last / 1000, "p%u: the times are out of order", prediction->number);
        last = times[i] ? times[i] : last;
    }
}

/* All that is due by now has happened, at its exact time; of what is due at this very instant perhaps a part. */
static void check_state(struct sim *sim, const struct sim_prediction *prediction, const struct sim_seen *shown,
                        int64_t now)
{
    int64_t slack = sim_slack(sim, prediction->world), start = sim_start(prediction);
    struct sim_seen expected = sim_state_at(sim, prediction, now);
    struct sim_seen before = sim_state_at(sim, prediction, now - slack);
    struct sim_seen between = {.status = STATUS_PROCESSING, .started_at = start};
    bool is_between = start > now - slack && start <= now && is_like(shown, &between);
    // Data goes in the order in which predictions have ended, though the times of that are cut to milliseconds.
    struct sim_seen kept = expected;
    kept.data_removed = sim_state_at(sim, prediction, now - slack - NS_PER_MS).data_removed;
    bool is_kept = is_like(shown, &kept);

    must(is_like(shown, &expected) || is_like(shown, &before) || is_between || is_kept,
         "p%u is %s, %" PRId64 " %" PRId64 " %d; expected %s, %" PRId64 " %" PRId64 " %d at %" PRId64,
         prediction->number, status_name(shown->status), shown->started_at, shown->completed_at, shown->data_removed,
         expected.status < STATUS_COUNT ? status_name(expected.status) : "at its end", expected.started_at,
         expected.completed_at, expected.data_removed, now);
}

static void check_prediction(struct sim *sim, struct sim_prediction *prediction, const cJSON *shown, int64_t now)
{
    struct sim_seen seen = read_prediction(shown);

    check_forward(prediction, &seen);
    check_order_of_times(prediction, &seen, now);
    check_state(sim, prediction, &seen, now);
    prediction->seen = seen;
}

static unsigned count_held(const struct sim *sim, int world, bool training)
{
    unsigned count = 0;

    for (unsigned i = 0; i < sim->prediction_count; i++)
        count += sim_is_held(&sim->predictions[i], world) && sim->predictions[i].training == training;
    return count;
}

/* Lists hold what is held, the newest first, and nothing else. Returns how many. */
static unsigned check_list(struct sim *sim, int world, const char *request, bool training, int64_t now)
{
    const cJSON *shown = json_get(sim_ask(sim, world, 200, request, NULL), "results")->child;
    bool listed[PREDICTIONS_MAX] = {false};
    int64_t last = INT64_MAX;
    unsigned count = 0;

    for (; shown; shown = shown->next, count++) {
        struct sim_prediction *prediction = sim_find(sim, world, shown);
        must(prediction != NULL, "world %d shows what it was not asked for: %s", world, json_get_string(shown, "id"));
        must(prediction->training == training, "p%u stands in the other list", prediction->number);
        must(prediction->created_at <= last, "p%u stands before a newer one", prediction->number);
        last = prediction->created_at;
        listed[prediction->number] = true;
        check_prediction(sim, prediction, shown, now);
    }
    for (unsigned i = 0; i < sim->prediction_count; i++) {
        struct sim_prediction *missing = &sim->predictions[i];
        if (listed[i] || missing->training != training || !sim_is_held(missing, world))
            continue;
        // "The oldest finished one goes first", where there are too many.
        must(sim->max_predictions > 0 && sim_state_at(sim, missing, now).completed_at > 0, "p%u is missing", i);
        missing->evicted = true;
    }
    return count;
}

static void check_predictions(struct sim *sim, int world, int64_t now)
{
    unsigned evicted = 0, before = count_held(sim, world, false) + count_held(sim, world, true);
    unsigned count = check_list(sim, world, sim_text(sim, "GET /_mock/predictions?limit=%d", PAGE), false, now);

    count += check_list(sim, world, "GET /v1/trainings", true, now);
    evicted = before > count ? before - count : 0;
    must(sim->max_predictions == 0 || count <= sim->max_predictions, "world %d holds %u", world, count);
    must(evicted == 0 || count == sim->max_predictions, "world %d has lost %u", world, evicted);
}

/* --- one message ------------------------------------------------------------------------------------------------------ */

/* How a message goes by its rule and the schedule: what may follow the attempts so far. */
struct course {
    const struct sim_rule *rule;
    bool exact;           /* its clock stands while an attempt is under way: none comes late */
    bool ends;            /* it is the message of the end, which is sent again where it fails */
    int64_t scheduled_by; /* what the schedule counts from */
    int64_t not_before;   /* the next attempt */
    unsigned copies, retried;
    bool delivered, over;
};

static void follow_copy(struct course *course, int64_t at)
{
    course->over = ++course->copies >= course->rule->duplicate;
    course->not_before = at;
}

static void follow_failure(struct course *course, int64_t at, int status)
{
    course->over = course->retried == RETRIES || (status >= 300 && status < 400);
    if (course->over)
        return;
    int64_t due = course->scheduled_by + retries[course->retried++] * NS_PER_S;
    course->not_before = due > at ? due : at; // "or when the one before has ended, whichever is later"
}

static void follow(struct course *course, const cJSON *attempt)
{
    int64_t at = sim_time(attempt, "at");
    double status = 0;

    json_get_number(attempt, "status", &status);
    bool succeeded = status >= 200 && status < 300;
    course->delivered |= succeeded;
    if (!course->ends || course->delivered)
        follow_copy(course, at);
    else
        follow_failure(course, at, (int)status);
}

static struct course course_of(struct sim *sim, const struct sim_prediction *prediction, bool ends)
{
    struct sim_seen end = sim_state_at(sim, prediction, TIME_MAX_NS);
    int64_t happened = ends ? end.completed_at : sim_start(prediction);

    return (struct course){.rule = &prediction->rule,
                           .exact = !sim->worlds[prediction->world].has_run,
                           .ends = ends,
                           .scheduled_by = happened + prediction->rule.delay,
                           .not_before = happened + prediction->rule.delay};
}

/* No more attempts than there may be, none before its time, and what comes next is as it is shown. */
static void check_course(struct sim *sim, const struct sim_message *message, const cJSON *shown, int64_t now)
{
    bool ends = strcmp(json_get_string(shown, "event"), "completed") == 0;
    bool pending = strcmp(json_get_string(shown, "state"), "pending") == 0;
    struct course course = course_of(sim, message->prediction, ends);
    const cJSON *attempt = json_get(shown, "attempts")->child;

    for (unsigned i = 0; i < message->by_schedule; i++, attempt = attempt->next) {
        int64_t at = sim_time(attempt, "at");
        must(!course.over, "%s: attempt %u is one too many", message->id, i + 1);
        must(at >= course.not_before && at <= now, "%s: attempt %u came at its wrong time", message->id, i + 1);
        must(i == 0 || !course.exact || at == course.not_before, "%s: attempt %u was late", message->id, i + 1);
        if (message->under_way && !attempt->next)
            return;
        follow(&course, attempt);
    }
    if (message->by_schedule < message->sent)
        return; // its end has been told before; what comes of a resend is its own answer's
    must(pending == !course.over, "%s is %s", message->id, json_get_string(shown, "state"));
    must(pending || course.delivered == (strcmp(json_get_string(shown, "state"), "delivered") == 0), "%s is %s",
         message->id, json_get_string(shown, "state"));
    must(!pending || sim_time(shown, "next_attempt_at") >= course.not_before, "%s is sent too soon", message->id);
}

/* What never left has not been seen by the network, and what it has seen is listed. */
static void check_message(struct sim *sim, int world, const cJSON *shown, int64_t now)
{
    const char *id = json_get_string(shown, "id"), *state = json_get_string(shown, "state");
    const struct sim_message *message = sim_find_message(sim, world, id);
    bool never = strcmp(state, "filtered") == 0 || strcmp(state, "dropped") == 0;
    unsigned attempts = (unsigned)cJSON_GetArraySize(json_get(shown, "attempts"));

    if (!message) {
        must(never || (strcmp(state, "pending") == 0 && attempts == 0), "%s is %s, but was not sent", id, state);
        return;
    }
    must(!never && attempts == (message->sent < ATTEMPTS_KEPT ? message->sent : ATTEMPTS_KEPT),
         "%s was sent %u times, not %u", id, message->sent, attempts);
    if (message->sent < ATTEMPTS_KEPT)
        check_course(sim, message, shown, now);
}

/* --- the messages of one receiver --------------------------------------------------------------------------------------- */

/* A row of the list, as far as it has to do with order. */
struct row {
    const char *url, *event;
    bool pending, never; /* never: filtered or dropped */
    bool under_way;
    unsigned attempts;
    int64_t first, next; /* attempt; 0: none */
    const struct sim_prediction *prediction;
};

static struct row read_row(struct sim *sim, int world, const cJSON *shown)
{
    const char *state = json_get_string(shown, "state");
    const cJSON *attempts = json_get(shown, "attempts");
    const struct sim_message *message = sim_find_message(sim, world, json_get_string(shown, "id"));
    struct row row = {.url = json_get_string(shown, "url"),
                      .event = json_get_string(shown, "event"),
                      .pending = strcmp(state, "pending") == 0,
                      .never = strcmp(state, "filtered") == 0 || strcmp(state, "dropped") == 0,
                      .under_way = message && message->under_way,
                      .attempts = (unsigned)cJSON_GetArraySize(attempts),
                      .next = sim_time(shown, "next_attempt_at")};
    unsigned number = (unsigned)atoi(strstr(row.url, "-p") + 2);

    if (row.attempts > 0)
        row.first = sim_time(attempts->child, "at");
    row.prediction = &sim->predictions[number];
    return row;
}

/* `first` goes before `second`: this one has not begun before that has ended. */
static void check_turns(const struct row *first, const struct row *second)
{
    if (first->never || second->never || second->attempts == 0)
        return;
    must(first->attempts > 0 && first->first <= second->first, "%s: the %s has overtaken the %s", first->url,
         second->event, first->event);
}

/* The rows of a receiver go in their order, which a rule may have turned round; the list has the newest first. */
static void check_turns_of_all(const struct row *rows, unsigned count)
{
    for (unsigned newer = 0; newer < count; newer++)
        for (unsigned older = newer + 1; older < count; older++) {
            if (strcmp(rows[newer].url, rows[older].url) != 0)
                continue;
            if (rows[newer].prediction->rule.reorder)
                check_turns(&rows[newer], &rows[older]);
            else
                check_turns(&rows[older], &rows[newer]);
            break; // its next neighbour; the others follow
        }
}

/* What is pending waits for something: an answer, a time, another message, or the one that is to overtake it. */
static void check_none_is_forgotten(struct sim *sim, const struct row *rows, unsigned count, int world, int64_t now)
{
    int64_t slack = sim_slack(sim, world);

    for (unsigned i = 0; i < count; i++) {
        bool waits = !rows[i].pending;
        for (unsigned j = 0; j < count && !waits; j++)
            waits = strcmp(rows[i].url, rows[j].url) == 0 && rows[j].pending &&
                    (rows[j].under_way || rows[j].next > now - slack);
        if (!waits && rows[i].prediction->rule.reorder)
            waits = sim_state_at(sim, rows[i].prediction, now - slack).completed_at == 0;
        must(waits, "the %s for %s waits for nothing", rows[i].event, rows[i].url);
    }
}

/* Each receiver is told once of the start, if there was one, and once of the end, if it has come. */
static void check_told_once(struct sim *sim, const struct row *rows, unsigned count, int world, int64_t now)
{
    int64_t slack = sim_slack(sim, world);

    for (unsigned p = 0; p < sim->prediction_count; p++) {
        const struct sim_prediction *prediction = &sim->predictions[p];
        unsigned starts = 0, ends = 0;
        if (prediction->hooks == 0 || !*prediction->id || prediction->closed || prediction->world != world)
            continue;
        for (unsigned i = 0; i < count; i++) {
            starts += rows[i].prediction == prediction && strcmp(rows[i].event, "start") == 0;
            ends += rows[i].prediction == prediction && strcmp(rows[i].event, "completed") == 0;
        }
        struct sim_seen state = sim_state_at(sim, prediction, now), before = sim_state_at(sim, prediction, now - slack);
        must(ends == (state.completed_at ? prediction->hooks : 0) ||
                 ends == (before.completed_at ? prediction->hooks : 0),
             "p%u: its end was told %u times", p, ends);
        must(starts <= prediction->hooks &&
                 (state.started == SIM_PERHAPS || starts == (state.started == SIM_YES ? prediction->hooks : 0) ||
                  starts == (before.started == SIM_YES ? prediction->hooks : 0)),
             "p%u: its start was told %u times", p, starts);
    }
}

static void check_messages(struct sim *sim, int world, int64_t now)
{
    static struct row rows[PAGE];
    const cJSON *shown = sim_ask(sim, world, 200, sim_text(sim, "GET /_mock/webhooks?limit=%d", PAGE), NULL);
    unsigned count = 0, pending = 0;

    for (shown = json_get(shown, "results")->child; shown; shown = shown->next) {
        check_message(sim, world, shown, now);
        rows[count] = read_row(sim, world, shown);
        pending += rows[count++].pending;
    }
    must(count < PAGE, "too many messages to look at");
    check_turns_of_all(rows, count);
    check_none_is_forgotten(sim, rows, count, world, now);
    check_told_once(sim, rows, count, world, now);
    sim->worlds[world].pending = pending;
}

/* --- requests, rules --------------------------------------------------------------------------------------------------- */

/* "count is of all that match": each request that was answered, and that the world remembers, once. */
static void check_journal(struct sim *sim, int world)
{
    double count = 0;

    json_get_number(sim_ask(sim, world, 200, "GET /_mock/requests?limit=1", NULL), "count", &count);
    must(count == sim->worlds[world].journaled || sim->worlds[world].journaled > PAGE,
         "world %d: %.0f requests, not %u", world, count, sim->worlds[world].journaled);
}

/* "times and skip count, so a fault is never a matter of chance." */
static void check_hits(struct sim *sim, int world)
{
    const cJSON *shown = json_get(sim_ask(sim, world, 200, "GET /_mock/scenarios", NULL), "results")->child;
    unsigned there = 0, listed = 0;

    for (unsigned i = 0; i < sim->rule_count; i++)
        there += sim->rules[i].world == world && !sim->rules[i].gone;
    for (; shown; shown = shown->next, listed++) {
        double hits = -1;
        const char *name = json_get_string(shown, "name");
        const struct sim_rule *rule = &sim->rules[atoi(strrchr(name, 'r') + 1) - 1];
        json_get_number(shown, "hits", &hits);
        must(hits == rule->hits, "%s has hit %.0f times, not %u", name, hits, rule->hits);
    }
    must(listed == there, "world %d has %u rules, not %u", world, listed, there);
}

static bool is_listed(const cJSON *shown, const char *id)
{
    for (; shown; shown = shown->next)
        if (strcmp(json_get_string(shown, "id"), id) == 0)
            return true;
    return false;
}

/* "Expiry 24 h", on the world's clock: those that it was given and nobody has deleted, and no other. */
static void check_files(struct sim *sim, int world, int64_t now)
{
    const cJSON *shown = json_get(sim_ask(sim, world, 200, "GET /v1/files", NULL), "results");
    int64_t slack = sim_slack(sim, world);
    int count = 0;

    for (struct sim_file *file = sim->files; file < sim->files + sim->file_count; file++) {
        if (file->world != world || file->gone)
            continue;
        bool there = is_listed(shown->child, file->id);
        must(there ? file->expires_at > now - slack : file->expires_at <= now, "world %d %s the file %s", world,
             there ? "still has" : "has lost", file->id);
        file->gone = !there;
        count += there;
    }
    must(cJSON_GetArraySize(shown) == count, "world %d has %d files, not %d", world, cJSON_GetArraySize(shown), count);
}

/* --- whoever waits ------------------------------------------------------------------------------------------------------ */

/* A creation is answered by the end of its prediction, or of its patience; and nobody waits for a world that is gone. */
static void check_waits(struct sim *sim, int world, int64_t now)
{
    int64_t slack = sim_slack(sim, world), real = app_worlds(world_app(sim->stage))->base->mono;

    for (const struct sim_call *call = sim->calls; call < sim->calls + CALLS; call++) {
        if (!call->client || call->world != world || call->kind == CALL_STREAM)
            continue;
        must(call->era == sim->worlds[world].era || call->kind == CALL_WAIT, "a call of kind %d outlives its world",
             call->kind);
        if (call->kind != CALL_CREATE || call->prediction->rule.answer_delay > 0)
            continue;
        must(sim_state_at(sim, call->prediction, now - slack).completed_at == 0,
             "who waits for p%u is not told of its end", call->prediction->number);
        must(now - slack < call->until && real < call->real_until, "who waits for p%u waits for too long",
             call->prediction->number);
    }
}

/* Events are numbered without a gap, and `done` is there if and only if the prediction has ended. */
void check_stream(struct sim *sim, const struct sim_call *call)
{
    const char *text = client_stream(call->client);
    int64_t now = sim_now(sim, call->world), slack = sim_slack(sim, call->world);
    unsigned next = 0;
    bool done = strstr(text, "event: done") != NULL;

    for (const char *at = text; (at = strstr(at, "\nid: ")); next++, at++)
        must((unsigned)atoi(strchr(at, ':') + 1 + strcspn(strchr(at, ':') + 1, ":") + 1) == next,
             "the stream of p%u: event %u is missing", call->prediction->number, next);
    if (call->era != sim->worlds[call->world].era || call->prediction->evicted || call->prediction->rule.streams)
        return;
    struct sim_seen state = sim_state_at(sim, call->prediction, now);
    struct sim_seen before = sim_state_at(sim, call->prediction, now - slack);
    must(!done || state.completed_at, "the stream of p%u is done too soon", call->prediction->number);
    // Where the data is gone nothing comes any more, and the stream ends by itself.
    must(done || !before.completed_at || state.data_removed, "the stream of p%u goes on", call->prediction->number);
}

static void check_streams(struct sim *sim, int world)
{
    for (const struct sim_call *call = sim->calls; call < sim->calls + CALLS; call++)
        if (call->client && call->world == world && call->kind == CALL_STREAM)
            check_stream(sim, call);
}

/* --- the whole ---------------------------------------------------------------------------------------------------------- */

void check_world(struct sim *sim, int world)
{
    int64_t now = sim_now(sim, world);

    check_predictions(sim, world, now);
    check_messages(sim, world, now);
    check_journal(sim, world);
    check_hits(sim, world);
    check_files(sim, world, now);
    check_waits(sim, world, now);
    check_streams(sim, world);
}

/* The sum over all samples of that name that have that label. */
static uint64_t sample(struct sim *sim, const char *metrics, const char *name, const char *label)
{
    const char *full_name = arena_printf(&sim->arena, "replicate_mock_%s", name);
    uint64_t sum = 0;

    for (const char *line = metrics; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t len = strcspn(line, " {\n"), until = strcspn(line, " \n");
        if (len != strlen(full_name) || strncmp(line, full_name, len) != 0)
            continue;
        if (!label || memmem(line, until, label, strlen(label)))
            sum += strtoull(line + until, NULL, 10);
    }
    return sum;
}

static const char *ask_metrics(struct sim *sim)
{
    sim_ask(sim, WHOLE, 200, "GET /_mock/metrics", NULL);
    return arena_strndup(&sim->arena, world_answer(sim->stage)->body, world_answer(sim->stage)->len);
}

static void check_sample(struct sim *sim, const char *metrics, const char *name, const char *label, uint64_t expected)
{
    uint64_t shown = sample(sim, metrics, name, label);

    must(shown == expected, "%s{%s} is %" PRIu64 ", not %" PRIu64, name, label ? label : "", shown, expected);
}

/* What has ever been made, and ended, whatever was reset since. */
static void check_totals(struct sim *sim, const char *metrics)
{
    uint64_t made = 0, ended = 0, unfinished = 0, held = 0;

    for (unsigned i = 0; i < sim->prediction_count; i++) {
        const struct sim_prediction *each = &sim->predictions[i];
        bool has_ended = each->evicted || status_is_terminal(each->seen.status);
        made += !each->refused;
        ended += has_ended && !each->refused;
        held += sim_is_held(each, each->world);
        unfinished += sim_is_held(each, each->world) && !has_ended;
    }
    check_sample(sim, metrics, "predictions_created_total", NULL, made);
    check_sample(sim, metrics, "predictions_completed_total", NULL, ended);
    check_sample(sim, metrics, "predictions", NULL, held);
    check_sample(sim, metrics, "predictions", "\"unfinished\"", unfinished);
}

static void check_attempts(struct sim *sim, const char *metrics)
{
    static const char *const outcomes[] = {"\"delivered\"", "\"refused\"", "\"unanswered\""};

    for (int i = 0; i < 3; i++)
        check_sample(sim, metrics, "webhook_attempts_total", outcomes[i], sim->attempts[i]);
}

void check_whole(struct sim *sim)
{
    uint64_t pending = 0, used = 0;

    for (int world = 0; world < WORLDS; world++) {
        check_world(sim, world);
        pending += sim->worlds[world].pending;
        used += sim->worlds[world].used;
    }
    const char *metrics = ask_metrics(sim);
    check_totals(sim, metrics);
    check_attempts(sim, metrics);
    check_sample(sim, metrics, "webhooks_pending", NULL, pending);
    check_sample(sim, metrics, "scenario_hits_total", NULL, sim->hits);
    check_sample(sim, metrics, "worlds", NULL, used);
}

void check_rest(struct sim *sim)
{
    check_whole(sim);
    ck_assert_uint_eq(world_hooks(sim->stage), 0);
    for (int world = 0; world < WORLDS; world++)
        must(sim->worlds[world].pending == 0, "world %d has %u messages pending", world, sim->worlds[world].pending);
    for (unsigned i = 0; i < sim->prediction_count; i++)
        must(!sim_is_held(&sim->predictions[i], sim->predictions[i].world) ||
                 status_is_terminal(sim->predictions[i].seen.status),
             "p%u has not ended", i);
    check_sample(sim, ask_metrics(sim), "waits", NULL, 0);
}

void check_nothing_left(struct sim *sim)
{
    static const char *const empty[] = {"memory_used_bytes", "webhooks_pending", "waits",
                                        "streams",           "worlds",           "predictions"};
    const char *metrics = ask_metrics(sim);

    for (size_t i = 0; i < sizeof(empty) / sizeof(*empty); i++)
        check_sample(sim, metrics, empty[i], NULL, 0);
}
