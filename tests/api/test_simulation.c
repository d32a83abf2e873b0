/* Long runs of operations, drawn from a seed, on virtual time: what must hold does so after each of them, and the same seed
 * gives the same bytes (lib/simulation.h).
 *
 * A failure names its seed and the step: SIMULATION_SEED=17 in the environment runs that one alone, SIMULATION_TRACE=1 shows
 * what is asked and answered. SIMULATION_SEEDS=1000 runs so many, from SIMULATION_SEED on. */
#include "lib/simulation.h"
#include "lib/suite.h"

#include "core/world.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STEPS = 120, CHECKED_EVERY = 8, SEEDS = 20, SEEDS_UNDER_VALGRIND = 2 };

/* Models that are small: one whose output grows, one that can be trained. */
#define MODEL(name, schemas)                                                                                           \
    "{'owner':'acme','name':'" name "','latest_version':{'id':'" name "','openapi_schema':{'components':{'schemas':{"  \
    "'Input':{'type':'object'}," schemas "}}}}}"
#define WRITER  MODEL("writer", "'Output':{'type':'array','items':{'type':'string'},'x-cog-array-type':'iterator'}")
#define TRAINER MODEL("trainer", "'TrainingInput':{'type':'object'},'Output':{'type':'string'}")

/* Where the run is. Shared, because a test that fails ends its process. */
static struct place {
    bool runs;
    uint64_t seed;
    unsigned step;
    char operation[32];
} * place;

/* --- time --------------------------------------------------------------------------------------------------------------- */

enum { DUES_MAX = 8 };

/* When something of the prediction is due that is still to come. */
static unsigned put_dues(struct sim *sim, const struct sim_prediction *prediction, int64_t now, int64_t dues[DUES_MAX])
{
    struct sim_seen end = sim_state_at(sim, prediction, TIME_MAX_NS);
    int64_t start = sim_start(prediction), sent = end.completed_at + prediction->rule.delay;
    const int64_t all[] = {start,
                           start + prediction->rule.delay,
                           end.completed_at,
                           sent,
                           sent + NS_PER_S,
                           sent + 3 * NS_PER_S,
                           prediction->created_at + NS_PER_S, // of who waits so long
                           end.completed_at + sim->retention};
    unsigned count = 0;

    for (size_t i = 0; i < COUNT(all); i++)
        if (all[i] > now)
            dues[count++] = all[i];
    return count;
}

/* When something of some prediction of the world falls due; INT64_MAX: nothing does. */
static int64_t some_due(struct sim *sim, int world, int64_t now)
{
    const struct sim_prediction *prediction = sim_prediction(sim, world);
    int64_t dues[DUES_MAX];
    unsigned count = prediction ? put_dues(sim, prediction, now, dues) : 0;

    return count > 0 ? dues[sim_draw(sim, count)] : INT64_MAX;
}

/* A moment at which something falls due in the world, sooner rather than later; now and then one beside it, or any. */
static int64_t some_time(struct sim *sim, int world, int64_t now)
{
    static const int64_t beside[] = {0, 0, 0, 0, 1, -1};
    int64_t time = INT64_MAX;

    for (int i = 0; i < 3; i++) {
        int64_t due = some_due(sim, world, now);
        time = due < time ? due : time;
    }
    if (time == INT64_MAX || sim_chance(sim, 30))
        return now + sim_length(sim) + (sim_chance(sim, 20) ? sim_draw(sim, 1000000) : 0);
    time += PICK(sim, beside);
    return time > now ? time : now;
}

/* The machine's clock goes on, and all that run with it. */
static void pass(struct sim *sim, int world, int64_t ns)
{
    if (!sim->worlds[world].manual)
        ns = (int64_t)((double)ns / sim->worlds[world].speed);
    world_pass(sim->stage, ns);
}

static const char *time_text(struct sim *sim, int64_t ns)
{
    char text[TIME_TEXT];

    time_format(text, ns, TIME_NANOS);
    return sim_text(sim, "%s", text);
}

/* What moves a clock may have to wait for the answers of receivers. */
static void move(struct sim *sim, int world, const char *request, const char *body)
{
    sim_call(sim, CALL_MOVE, world, request, NULL, body);
    sim_note_moves(sim);
    sim_take_answers(sim);
}

static void advance(struct sim *sim, int world, int64_t now, int64_t to)
{
    switch (sim_draw(sim, 3)) {
    case 0: move(sim, world, "POST /_mock/clock/advance", sim_text(sim, "{'steps':%u}", 1 + sim_draw(sim, 4))); break;
    case 1: move(sim, world, "POST /_mock/clock/advance", sim_text(sim, "{'to':'%s'}", time_text(sim, to))); break;
    default:
        move(sim, world, "POST /_mock/clock/advance", sim_text(sim, "{'by':'%s'}", sim_duration(sim, to - now)));
        break;
    }
}

/* To where something falls due in some world, by the way in which time passes there; or by the other. */
static void let_time_pass(struct sim *sim)
{
    int world = sim_world(sim);
    int64_t now = sim_now(sim, world), to = some_time(sim, world, now);

    if (sim->worlds[world].manual != sim_chance(sim, 10)) {
        sim->worlds[world].used = true;
        advance(sim, world, now, to);
    } else {
        pass(sim, world, to - now);
    }
}

static void advance_all(struct sim *sim)
{
    move(sim, WHOLE, "POST /_mock/clock/advance", sim_text(sim, "{'by':'%s'}", sim_duration(sim, sim_length(sim))));
}

static void set_clock(struct sim *sim)
{
    static const char *const changes[] = {"{'mode':'manual'}", "{'mode':'manual'}",         "{'mode':'real','speed':1}",
                                          "{'mode':'real'}",   "{'mode':'real','speed':3}", "{'speed':0.5}"};
    int world = sim_world(sim);

    sim_now(sim, world);
    sim->worlds[world].used = true;
    sim_ask(sim, world, 0, "PUT /_mock/clock", PICK(sim, changes)); // its time stays, and nothing is waited for
    sim_now(sim, world);
}

static void set_now(struct sim *sim)
{
    int world = sim_world(sim);
    int64_t now = sim_now(sim, world);

    sim->worlds[world].used = true;
    move(sim, world, "PUT /_mock/clock", sim_text(sim, "{'now':'%s'}", time_text(sim, some_time(sim, world, now))));
}

/* --- receivers ---------------------------------------------------------------------------------------------------------- */

static void answer_with(struct sim *sim, size_t at, int status)
{
    check_network(sim); // each attempt is seen, however soon it is answered
    sim_note_moves(sim);
    sim->attempts[status == 0 ? 2 : status >= 200 && status < 300 ? 0 : 1]++;
    if (status == 0)
        world_hook_fail_at(sim->stage, at, "connection refused");
    else
        world_hook_answer_at(sim->stage, at, status);
    check_network(sim);
}

static void answer(struct sim *sim)
{
    static const int statuses[] = {200, 200, 204, 302, 404, 500, 500, 0};
    size_t count = world_hooks(sim->stage);

    if (count > 0)
        answer_with(sim, sim_draw(sim, (unsigned)count), PICK(sim, statuses));
}

static void answer_all(struct sim *sim)
{
    int status = sim_chance(sim, 70) ? 200 : 500;

    for (int i = 0; i < 50 && world_hooks(sim->stage) > 0; i++)
        answer_with(sim, 0, status);
}

static void resend(struct sim *sim)
{
    struct sim_message *message = sim->message_count > 0 ? &sim->messages[sim_draw(sim, sim->message_count)] : NULL;

    if (!message || message->prediction->closed)
        return;
    const char *request = sim_text(sim, "POST /_mock/webhooks/%s/resend", message->id);
    sim_ask(sim, message->prediction->world, 0, request, NULL);
    message->asked_for += world_answer(sim->stage)->status == 202;
}

/* --- whoever reads ------------------------------------------------------------------------------------------------------ */

static void read_prediction(struct sim *sim)
{
    int world = sim_world(sim);
    const struct sim_prediction *prediction = sim_prediction(sim, world);

    if (!prediction || prediction->training)
        return;
    sim_ask(sim, world, 0, sim_text(sim, "GET /v1/predictions/%s", prediction->id), NULL);
    sim_ask(sim, (world + 1) % WORLDS, 404, sim_text(sim, "GET /v1/predictions/%s", prediction->id), NULL);
}

static void read_stream(struct sim *sim)
{
    int world = sim_world(sim);
    struct sim_prediction *prediction = sim_prediction(sim, world);

    if (!prediction || prediction->training)
        return;
    const cJSON *shown = sim_ask(sim, world, 0, sim_text(sim, "GET /v1/predictions/%s", prediction->id), NULL);
    const char *url = json_get_string(json_get(shown, "urls"), "stream");
    struct sim_call *call =
        url ? sim_call(sim, CALL_STREAM, world, sim_text(sim, "GET %s", url + strlen("http://localhost")), NULL, NULL)
            : NULL;
    if (call)
        call->prediction = prediction;
}

static void wait_for(struct sim *sim)
{
    int world = sim_world(sim);
    const struct sim_prediction *prediction = sim_prediction(sim, world);

    if (prediction && sim_chance(sim, 50))
        sim_call(sim, CALL_WAIT, world, sim_text(sim, "GET /_mock/wait?prediction=%s&timeout=1s", prediction->id), NULL,
                 NULL);
    else
        sim_call(sim, CALL_WAIT, world, "POST /_mock/settle?timeout=1s", NULL, NULL);
}

static void leave(struct sim *sim)
{
    struct sim_call *call = &PICK(sim, sim->calls);

    sim_note_moves(sim);
    if (call->client)
        sim_leave(sim, call);
}

static void read_lists(struct sim *sim)
{
    static const char *const lists[] = {"/v1/predictions", "/_mock/requests?limit=20", "/v1/deployments",
                                        "/v1/files",       "/_mock/inbox/in",          "/v1/models",
                                        "/_mock/scenarios"};

    sim_ask(sim, sim_world(sim), 200, sim_text(sim, "GET %s", PICK(sim, lists)), NULL);
}

static void read_whole(struct sim *sim)
{
    static const char *const lists[] = {"requests", "webhooks", "predictions", "scenarios", "clock", "health"};

    sim_ask(sim, WHOLE, 200, sim_text(sim, "GET /_mock/%s", PICK(sim, lists)), NULL);
}

static void use_inbox(struct sim *sim)
{
    int world = sim_world(sim);

    sim_ask(sim, world, 200, "POST /_mock/inbox/in", sim_text(sim, "{'from':'of-w%d-'}", world));
    sim->worlds[world].used = true;
}

static void forget_requests(struct sim *sim)
{
    int world = sim_world(sim);

    sim_ask(sim, world, 204, "DELETE /_mock/requests", NULL);
    sim->worlds[world].journaled = 0;
}

/* --- files -------------------------------------------------------------------------------------------------------------- */

static void upload(struct sim *sim)
{
    struct sim_file *file = &sim->files[sim->file_count];
    int world = sim_world(sim);

    if (sim->file_count == RUN_FILES_MAX)
        return;
    const char *form = sim_text(sim,
                                "--X\r\nContent-Disposition: form-data; name='content'; filename='of-w%d-'\r\n\r\n"
                                "of-w%d-\r\n--X--\r\n",
                                world, world);
    const cJSON *shown = sim_ask(sim, world, 201, "POST /v1/files", form);
    *file = (struct sim_file){.world = world, .expires_at = sim_time(shown, "expires_at")};
    snprintf(file->id, sizeof(file->id), "%s", json_get_string(shown, "id"));
    sim->file_count++;
}

static void delete_file(struct sim *sim)
{
    struct sim_file *file = sim->file_count > 0 ? &sim->files[sim_draw(sim, sim->file_count)] : NULL;

    if (!file || file->gone)
        return;
    int64_t now = sim_now(sim, file->world);
    const char *request = sim_text(sim, "DELETE /v1/files/%s", file->id);
    sim_ask(sim, file->world, file->expires_at > now ? 204 : 0, request, NULL);
    file->gone = true;
}

/* --- resets ------------------------------------------------------------------------------------------------------------- */

enum {
    KEEP_SCENARIOS = 1,
    KEEP_CLOCK = 2,
    KEEP_FILES = 4,
    KEEP_MODELS = 8,
    KEEP_REQUESTS = 16,
    KEEP_INBOX = 32,
    KEEP_PREDICTIONS = 64
};

static const char *keep_text(struct sim *sim, unsigned keep)
{
    static const char *const parts[] = {"scenarios", "clock", "files", "models", "requests", "inbox", "predictions"};
    struct buf body = {0};

    buf_str(&body, "{'keep':[");
    for (size_t i = 0; i < COUNT(parts); i++)
        if (keep & 1U << i)
            buf_printf(&body, "%s'%s'", body.data[body.len - 1] == '[' ? "" : ",", parts[i]);
    buf_str(&body, "]}");
    const char *text = sim_text(sim, "%s", buf_cstr(&body));
    buf_free(&body);
    return text;
}

static void note_reset(struct sim *sim, int number, unsigned keep)
{
    struct sim_world *world = &sim->worlds[number];

    if (!(keep & KEEP_SCENARIOS))
        sim_forget_rules(sim, number);
    if (!(keep & KEEP_REQUESTS))
        sim_forget_requests(sim, number);
    for (unsigned i = 0; i < sim->file_count; i++)
        sim->files[i].gone |= sim->files[i].world == number && !(keep & KEEP_FILES);
    if (!(keep & KEEP_MODELS))
        world->has_model = world->has_deployment = false;
    if (keep & KEEP_PREDICTIONS)
        return;
    sim_forget_predictions(sim, number);
    if (!(keep & KEEP_CLOCK)) {
        world->now = 0;
        world->has_run = false;
    }
}

static void reset(struct sim *sim, int world, unsigned keep)
{
    for (int i = 0; i < WORLDS; i++) {
        if (i != world && world != WHOLE)
            continue;
        check_world(sim, i); // what has ended until now is noted
        note_reset(sim, i, keep);
    }
    sim_ask(sim, world, 200, "POST /_mock/reset", keep_text(sim, keep));
    for (int i = 0; i < WORLDS; i++)
        if (i == world || world == WHOLE)
            sim->worlds[i].used = worlds_find(app_worlds(world_app(sim->stage)), sim_text(sim, "w%d", i)) != NULL;
}

static void reset_one(struct sim *sim)
{
    reset(sim, sim_world(sim), sim_chance(sim, 50) ? sim_draw(sim, 128) : 0);
}

static void reset_all(struct sim *sim)
{
    reset(sim, WHOLE, sim_draw(sim, 128));
}

/* --- the run ------------------------------------------------------------------------------------------------------------ */

static const struct operation {
    unsigned weight;
    const char *name;
    void (*run)(struct sim *sim);
} operations[] = {
    {32, "create", sim_create},
    {6, "cancel", sim_cancel},
    {8, "add_rule", sim_add_rule},
    {1, "delete_rule", sim_delete_rule},
    {36, "let_time_pass", let_time_pass},
    {2, "advance_all", advance_all},
    {6, "set_clock", set_clock},
    {2, "set_now", set_now},
    {16, "answer", answer},
    {8, "answer_all", answer_all},
    {4, "resend", resend},
    {3, "read_prediction", read_prediction},
    {4, "read_stream", read_stream},
    {4, "wait_for", wait_for},
    {4, "leave", leave},
    {2, "read_lists", read_lists},
    {2, "read_whole", read_whole},
    {3, "upload", upload},
    {1, "delete_file", delete_file},
    {1, "use_inbox", use_inbox},
    {1, "forget_requests", forget_requests},
    {2, "reset_one", reset_one},
    {1, "reset_all", reset_all},
};

static const struct operation *some_operation(struct sim *sim)
{
    unsigned sum = 0;

    for (size_t i = 0; i < COUNT(operations); i++)
        sum += operations[i].weight;
    const struct operation *operation = operations;
    for (unsigned left = sim_draw(sim, sum); left >= operation->weight; operation++)
        left -= operation->weight;
    return operation;
}

static void note_step(struct sim *sim, const char *operation)
{
    sim_step(sim);
    place->step++;
    snprintf(place->operation, sizeof(place->operation), "%s", operation);
    sim_note(sim, "--- step %u: %s\n", place->step, operation);
}

static void step(struct sim *sim)
{
    const struct operation *operation = some_operation(sim);

    note_step(sim, operation->name);
    operation->run(sim);
    check_network(sim);
    sim_take_answers(sim);
    if (place->step % CHECKED_EVERY == 0)
        check_whole(sim);
    else
        check_world(sim, sim_world(sim));
    check_network(sim);
    sim_take_answers(sim);
}

/* Clients leave, receivers are well, time goes on until there is nothing more that it could bring. */
static void bring_to_rest(struct sim *sim)
{
    note_step(sim, "bring to rest");
    for (struct sim_call *call = sim->calls; call < sim->calls + CALLS; call++)
        if (call->client)
            sim_leave(sim, call);
    for (int world = 0; world < WORLDS; world++) {
        sim->worlds[world].used = true;
        move(sim, world, "PUT /_mock/clock", "{'mode':'manual'}");
        move(sim, world, "POST /_mock/clock/advance", "{'by':'25h'}");
        while (world_hooks(sim->stage) > 0)
            answer_with(sim, 0, 200);
        sim_take_answers(sim);
        sim_ask(sim, world, 200, "POST /_mock/settle", NULL);
    }
    check_rest(sim);
}

static const struct setting {
    const char *options;
    unsigned max_predictions;
    int64_t retention;
} settings[] = {
    {"--clock manual", 0, 3600 * NS_PER_S},
    {"", 0, 3600 * NS_PER_S},
    {"--clock manual --retention 2s", 0, 2 * NS_PER_S},
    {"--retention 0 --max-predictions 6", 6, 0},
    {"--speed 3", 0, 3600 * NS_PER_S},
    {"--output-urls data", 0, 3600 * NS_PER_S},
};

/* All of one run: its transcript. */
static struct buf run(uint64_t seed)
{
    const struct setting *setting = &settings[seed % COUNT(settings)];
    struct sim *sim = sim_new(seed, setting->options);

    *place = (struct place){.runs = true, .seed = seed};
    sim->max_predictions = setting->max_predictions;
    sim->retention = setting->retention;
    world_add_model(sim->stage, WRITER);
    world_add_model(sim->stage, TRAINER);
    while (place->step < STEPS)
        step(sim);
    bring_to_rest(sim);
    note_step(sim, "reset all");
    reset(sim, WHOLE, 0);
    check_nothing_left(sim);
    struct buf transcript = sim->transcript;
    sim->transcript = (struct buf){0};
    sim_free(sim);
    return transcript;
}

/* "The same script gives the same bodies and webhooks." Shows the first line that differs. */
static void check_same(struct buf *first, struct buf *second)
{
    const char *one = buf_cstr(first), *other = buf_cstr(second), *line = one;

    for (; *one && *one == *other; one++, other++)
        if (*one == '\n')
            line = one + 1;
    ck_assert_msg(*one == *other, "seed %" PRIu64 " is another the second time: %.300s", place->seed, line);
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 10) : otherwise;
}

START_TEST(test_seeds)
{
    uint64_t first = number_of("SIMULATION_SEED", 1), alone = getenv("SIMULATION_SEED") ? 1 : SEEDS;
    uint64_t count = number_of("SIMULATION_SEEDS", getenv("UNDER_VALGRIND") ? SEEDS_UNDER_VALGRIND : alone);

    for (uint64_t seed = first; seed < first + count; seed++) {
        struct buf once = run(seed), again = run(seed);
        check_same(&once, &again);
        buf_free(&once);
        buf_free(&again);
    }
    place->runs = false;
}
END_TEST

static void tell_place(int signal)
{
    if (place->runs)
        dprintf(STDERR_FILENO, "SIMULATION_SEED=%" PRIu64 " fails at step %u, %s\n", place->seed, place->step,
                place->operation);
    place->runs = false;
    (void)signal;
}

int main(void)
{
    const TTest *const tests[] = {test_seeds};

    place = mmap(NULL, sizeof(*place), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    signal(SIGABRT, tell_place); // an assertion of the program's, or a sanitizer
    int result = suite_run("simulation", NULL, NULL, tests, COUNT(tests));
    tell_place(0);
    return result;
}
