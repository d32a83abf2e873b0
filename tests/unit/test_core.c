#include "base/json.h"
#include "core/advance.h"
#include "core/capability.h"
#include "core/catalog.h"
#include "core/lifecycle.h"
#include "core/progress.h"
#include "core/store.h"
#include "core/view.h"
#include "lib/suite.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MS(count)    ((count) * NS_PER_MS)
#define S(count)     ((count) * NS_PER_S)
#define START        S(INT64_C(1767225600)) // 2026-01-01T00:00:00Z

#define VERSION "795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477"
#define OTHER   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* --- a small server of worlds ----------------------------------------------------------------------------------- */

static struct timebase base;
static struct worlds *worlds;
static struct catalog catalog;
static struct arena arena;
static struct rng dice; // of the tests that roll: the same in each run

static struct buf told; // what the watch has seen: "processing 100000000, output 1100000000"
static struct observer watch;

static void see(struct observer *observer, const struct event *event)
{
    static const char *const names[] = {
        [EVENT_PROCESSING] = "processing",     [EVENT_OUTPUT] = "output",
        [EVENT_COMPLETED] = "completed",       [EVENT_REMOVED] = "removed",
        [EVENT_GONE] = "gone",                 [EVENT_WAIT_TIMEOUT] = "timeout",
        [EVENT_WORLD_CLOSING] = "closing",
    };

    (void)observer;
    buf_printf(&told, "%s%s %lld", told.len > 0 ? ", " : "", names[event->type], (long long)(event->at - START));
}

/* What happened since the last call: times since START, in nanoseconds. */
static void expect_told(const char *expected)
{
    ck_assert_str_eq(buf_cstr(&told), expected);
    told.len = 0;
}

/* {"head":…,"steps":…,"files":…,"reference":…} is the plan; a number is drawn so that the generator moves on. */
static void fake_plan(struct plan *plan, const struct version *version, const cJSON *input, struct rng *rng)
{
    const char *head = json_get_string(input, "head");
    double steps = 20, files = 2;

    (void)version;
    json_get_number(input, "steps", &steps);
    json_get_number(input, "files", &files);
    *plan = (struct plan){.log_head = head ? xstrdup(head) : NULL,
                          .steps = (int64_t)steps,
                          .look = rng_next(rng),
                          .width = 512,
                          .height = 512,
                          .files = (uint8_t)files};
    json_get_bool(input, "reference", &plan->reference);
}

static const struct maker fake_maker = {.plan = fake_plan};

static struct world_settings usual(void)
{
    return (struct world_settings){.speed = 1,
                                   .start_time = START,
                                   .boot = MS(100),
                                   .predict = S(1),
                                   .max_predictions = 1000,
                                   .max_worlds = 10,
                                   .max_memory = 1 << 24,
                                   .seeded = true,
                                   .seed = 7};
}

static void begin(struct world_settings settings)
{
    worlds = worlds_new(&settings, &base, &fake_maker);
    watch = (struct observer){.see = see};
    observe(&worlds->observers, &watch);
}

static void end(void)
{
    unobserve(&watch);
    worlds_free(worlds);
    worlds = NULL;
    told.len = 0;
}

static void set_up(void)
{
    base = (struct timebase){.mono = S(5000), .wall = S(INT64_C(1800000000))};
    dice = (struct rng){.key = {1, 2}};
    catalog_init(&catalog, (struct hash_key){3, 4});
    catalog_add_embedded(&catalog);
}

static void tear_down(void)
{
    if (worlds)
        end();
    catalog_free(&catalog);
    arena_free(&arena);
    buf_free(&told);
}

/* Real time passes, in one go. */
static void pass(int64_t ns)
{
    base.mono += ns;
    base.wall += ns;
    worlds_run_due(worlds, 1000000);
}

static enum store_verdict try_create(struct world *world, const char *input, int64_t cancel_after,
                                     struct prediction **prediction)
{
    struct json_error error;
    struct prediction_request request = {.version = catalog_resolve(&catalog, VERSION),
                                         .input = json_parse(&arena, input, strlen(input), JSON_REQUEST, &error),
                                         .cancel_after = cancel_after};

    ck_assert_ptr_nonnull(request.version);
    ck_assert_ptr_nonnull(request.input);
    return lifecycle_create(world, &request, prediction);
}

static struct prediction *create_until(struct world *world, int64_t cancel_after)
{
    struct prediction *prediction = NULL;

    ck_assert_int_eq(try_create(world, "{}", cancel_after, &prediction), STORE_OK);
    return prediction;
}

static struct prediction *create(struct world *world)
{
    return create_until(world, 0);
}

static uint64_t roll(uint64_t sides)
{
    return rng_next(&dice) % sides;
}

/* --- clock ------------------------------------------------------------------------------------------------------ */

START_TEST(test_clock_real)
{
    struct clock clock = clock_start(&base, false, 1, START);

    ck_assert_int_eq(clock_now(&clock), START);
    base.mono += 123456789;
    ck_assert_int_eq(clock_now(&clock), START + 123456789);
    ck_assert_int_eq(clock_mono_at(&clock, START + S(1)), S(5001));
    ck_assert_int_le(clock_mono_at(&clock, START - 1), base.mono); // past: now
    base.mono = INT64_MAX;
    ck_assert_int_eq(clock_now(&clock), TIME_MAX_NS);
}
END_TEST

START_TEST(test_clock_scaled)
{
    static const struct {
        double speed;
        int64_t real, simulated;
    } cases[] = {
        {20, MS(50), S(1)},   {20, 1, 20},         {0.5, S(2), S(1)},           {0.5, 1, 0},
        {1e6, 1000, MS(1)},   {1e6, S(1), S(1000000)}, {1e6, S(INT64_C(100000000)), TIME_MAX_NS - START},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        base.mono = S(7);
        struct clock clock = clock_start(&base, false, cases[i].speed, START);
        base.mono += cases[i].real;
        ck_assert_int_eq(clock_now(&clock), START + cases[i].simulated);
    }
}
END_TEST

/* When the time comes at which a timer is to be due, the clock shows it; and it did not a moment before. */
static void check_wake(double speed, int64_t ahead)
{
    base.mono = (int64_t)roll(S(INT64_C(10000000)));
    struct clock clock = clock_start(&base, false, speed, START);
    int64_t at = clock_mono_at(&clock, START + ahead);

    ck_assert_int_ne(at, CLOCK_NEVER);
    base.mono = at;
    ck_assert_msg(clock_now(&clock) >= START + ahead, "early: speed %f, %lld ahead", speed, (long long)ahead);
    base.mono = at - 4;
    ck_assert_msg(clock_now(&clock) < START + ahead || base.mono <= clock.since, "late: speed %f, %lld ahead",
                  speed, (long long)ahead);
}

START_TEST(test_clock_wakes_when_it_is_time)
{
    static const double speeds[] = {1, 20, 0.5, 1e6, 3, 0.1, 1.0 / 3, 7.77, 999999.5, 0.001, 1.0000001};

    for (size_t i = 0; i < COUNT(speeds); i++)
        for (int bits = 0; bits < 62; bits++)
            for (int round = 0; round < 20; round++) {
                uint64_t ahead = (UINT64_C(1) << bits) + roll(UINT64_C(1) << bits);
                // Up to 26 days of real waiting: beyond, a double has no single nanoseconds any more.
                if ((double)ahead / speeds[i] < 0x1p51 && ahead < (uint64_t)(TIME_MAX_NS - START))
                    check_wake(speeds[i], (int64_t)ahead);
            }
}
END_TEST

START_TEST(test_clock_never)
{
    struct clock clock = clock_start(&base, false, 1e-9, START);

    ck_assert_int_eq(clock_mono_at(&clock, TIME_MAX_NS), CLOCK_NEVER);
    clock = clock_start(&base, false, 1, 0);
    base.mono = clock.since = INT64_MAX - 5;
    ck_assert_int_eq(clock_mono_at(&clock, 4), INT64_MAX - 1);
    ck_assert_int_eq(clock_mono_at(&clock, 6), CLOCK_NEVER);
}
END_TEST

START_TEST(test_clock_manual)
{
    struct clock clock = clock_start(&base, true, 20, START);

    base.mono += S(3600);
    ck_assert_int_eq(clock_now(&clock), START);
    ck_assert_int_eq(clock_mono_at(&clock, START + 1), CLOCK_NEVER);
    ck_assert_int_le(clock_mono_at(&clock, START), base.mono);
    clock_jump(&clock, START + 5);
    ck_assert_int_eq(clock_now(&clock), START + 5);
    ck_assert_int_le(clock_mono_at(&clock, START + 5), base.mono);
}
END_TEST

START_TEST(test_clock_jumps_forward_alone)
{
    struct clock clock = clock_start(&base, false, 20, START);

    base.mono += S(1);
    clock_jump(&clock, START + S(5)); // shows 20 s
    ck_assert_int_eq(clock_now(&clock), START + S(20));
    clock_jump(&clock, START + S(60));
    ck_assert_int_eq(clock_now(&clock), START + S(60));
    base.mono += S(1);
    ck_assert_int_eq(clock_now(&clock), START + S(80)); // and it goes on
}
END_TEST

START_TEST(test_clock_freezes_and_thaws)
{
    struct clock clock = clock_start(&base, false, 20, START);

    base.mono += S(1);
    clock_set(&clock, true, 20);
    ck_assert_int_eq(clock_now(&clock), START + S(20));
    base.mono += S(100);
    ck_assert_int_eq(clock_now(&clock), START + S(20));
    clock_set(&clock, false, 0.5);
    ck_assert_int_eq(clock_now(&clock), START + S(20));
    base.mono += S(100);
    ck_assert_int_eq(clock_now(&clock), START + S(70));
    clock_set(&clock, false, 1);
    ck_assert_int_eq(clock_now(&clock), START + S(70));
}
END_TEST

/* --- sched ------------------------------------------------------------------------------------------------------ */

struct probe {
    struct timer timer;
    char name;
    int64_t again; // set itself anew to then when it fires; 0: not
};

static struct sched sched;
static char fired[64];
static int changes;

static void note_change(struct sched *changed)
{
    ck_assert_ptr_eq(changed, &sched);
    changes++;
}

static void fire_probe(struct timer *timer)
{
    struct probe *probe = container_of(timer, struct probe, timer);
    char name[2] = {probe->name, '\0'};

    ck_assert_int_eq(timer->node.place, 0); // out already
    strcat(fired, name);
    if (probe->again)
        sched_set(&sched, timer, probe->again);
    probe->again = 0;
}

static struct probe probe_of(char name)
{
    return (struct probe){.timer.fire = fire_probe, .name = name};
}

static void expect_fired(const char *expected)
{
    fired[0] = '\0';
    while (sched_first(&sched))
        sched_fire(&sched);
    ck_assert_str_eq(fired, expected);
}

START_TEST(test_sched_order)
{
    struct probe a = probe_of('a'), b = probe_of('b'), c = probe_of('c'), d = probe_of('d');

    sched_init(&sched, NULL);
    ck_assert_ptr_null(sched_first(&sched));
    sched_set(&sched, &c.timer, 5);
    sched_set(&sched, &a.timer, 3);
    sched_set(&sched, &b.timer, 3);
    sched_set(&sched, &d.timer, -1);
    ck_assert_ptr_eq(sched_first(&sched), &d.timer);
    expect_fired("dabc");
    sched_set(&sched, &a.timer, 3); // set anew it stands behind those of the same time
    sched_set(&sched, &b.timer, 3);
    sched_set(&sched, &c.timer, 9);
    sched_set(&sched, &a.timer, 3);
    sched_set(&sched, &c.timer, 1);
    expect_fired("cba");
    sched_free(&sched);
}
END_TEST

START_TEST(test_sched_cancel)
{
    struct probe a = probe_of('a'), b = probe_of('b'), c = probe_of('c');

    changes = 0;
    sched_init(&sched, note_change);
    sched_cancel(&sched, &a.timer); // not set: nothing changes
    ck_assert_int_eq(changes, 0);
    sched_set(&sched, &a.timer, 1);
    sched_set(&sched, &b.timer, 2);
    sched_set(&sched, &c.timer, 3);
    ck_assert_int_eq(changes, 3);
    sched_cancel(&sched, &b.timer);
    sched_cancel(&sched, &b.timer);
    ck_assert_int_eq(changes, 4);
    expect_fired("ac");
    ck_assert_int_eq(changes, 6);
    sched_free(&sched);
}
END_TEST

START_TEST(test_sched_set_while_it_fires)
{
    struct probe a = probe_of('a'), b = probe_of('b');

    sched_init(&sched, NULL);
    sched_set(&sched, &a.timer, 1);
    sched_set(&sched, &b.timer, 2);
    a.again = 2; // behind b, which was there first
    expect_fired("aba");
    sched_set(&sched, &a.timer, 5);
    a.again = 1; // to the past: still once more
    expect_fired("aa");
    sched_free(&sched);
}
END_TEST

/* --- timeline --------------------------------------------------------------------------------------------------- */

enum { TIMELINE_MOST = 300 };

static struct prediction *model[TIMELINE_MOST]; // what the timeline should hold, in order
static size_t model_len;

static void drop_from_model(struct timeline *timeline, size_t place)
{
    struct prediction *gone = model[place];

    timeline_remove(timeline, gone);
    memmove(&model[place], &model[place + 1], (--model_len - place) * sizeof(*model));
    free(gone);
}

static size_t model_place(const struct prediction *like, bool by_time)
{
    size_t place = 0;

    while (place < model_len && (by_time ? model[place]->created_at < like->created_at
                                         : model[place]->number < like->number))
        place++;
    return place;
}

static void compare_timeline(const struct timeline *timeline, uint64_t numbers, int64_t times)
{
    ck_assert_uint_eq(timeline->len, model_len);
    for (size_t i = 0; i < model_len; i++)
        ck_assert_ptr_eq(timeline_at(timeline, i), model[i]);
    for (int i = 0; i < 4; i++) {
        struct prediction like = {.number = roll(numbers + 2), .created_at = (int64_t)roll((uint64_t)times + 2)};
        ck_assert_uint_eq(timeline_place_of_number(timeline, like.number), model_place(&like, false));
        ck_assert_uint_eq(timeline_place_of_time(timeline, like.created_at), model_place(&like, true));
    }
}

START_TEST(test_timeline_against_a_model)
{
    struct timeline timeline = {0};
    uint64_t number = 0;
    int64_t time = 0;

    model_len = 0;
    for (int step = 0; step < 6000; step++) {
        // In turns it grows, shrinks at its old end (the usual way), and anywhere.
        uint64_t kind = roll(8), phase = (uint64_t)step / 500 % 3;
        if (model_len == 0 || (model_len < TIMELINE_MOST && kind < (phase == 0 ? 6 : 3))) {
            struct prediction *prediction = xnew(struct prediction);
            prediction->number = number++;
            prediction->created_at = time += (int64_t)roll(3); // several share one
            timeline_append(&timeline, prediction);
            model[model_len++] = prediction;
        } else {
            drop_from_model(&timeline, phase == 1 ? 0 : kind == 7 ? model_len - 1 : roll(model_len));
        }
        compare_timeline(&timeline, number, time);
    }
    while (model_len > 0)
        drop_from_model(&timeline, model_len - 1);
    ck_assert_uint_eq(timeline.len, 0);
    timeline_free(&timeline);
}
END_TEST

/* --- statuses --------------------------------------------------------------------------------------------------- */

START_TEST(test_statuses)
{
    static const char *const names[STATUS_COUNT] = {"starting", "processing", "succeeded",
                                                    "failed",   "canceled",   "aborted"};
    // A line for each status before, a column for each status behind it.
    static const char *const may[STATUS_COUNT] = {".+.+++", "..+++.", "......", "......", "......", "......"};
    enum status status;

    for (int from = 0; from < STATUS_COUNT; from++) {
        ck_assert_str_eq(status_name((enum status)from), names[from]);
        ck_assert(status_parse(names[from], &status));
        ck_assert_int_eq(status, from);
        ck_assert_int_eq(status_is_terminal((enum status)from), from >= STATUS_SUCCEEDED);
        for (int to = 0; to < STATUS_COUNT; to++)
            ck_assert_msg(status_may_become((enum status)from, (enum status)to) == (may[from][to] == '+'),
                          "%s to %s", names[from], names[to]);
    }
    ck_assert(!status_parse("cancelled", &status));
    ck_assert(!status_parse("", &status));
    ck_assert(!status_parse("Starting", &status));
}
END_TEST

/* --- capability ------------------------------------------------------------------------------------------------- */

static const struct hash_key secret = {0x1111, 0x2222};

START_TEST(test_file_keys_lead_back)
{
    static const char *const names[] = {"out-0.png", "out-15.png", "ref-out.png", "", "o"};
    char id[ID_LEN + 1], key[FILE_KEY_LEN + 1], back[ID_LEN + 1];

    for (int64_t ms = 1700000000000; ms < 1700000000200; ms++) {
        id_prediction(id, ms, &dice);
        for (size_t i = 0; i < COUNT(names); i++) {
            capability_file_key(key, &secret, id, names[i]);
            ck_assert_uint_eq(strlen(key), 49);
            ck_assert_uint_eq(strspn(key, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), 49);
            ck_assert(capability_file_id(back, &secret, key, names[i]));
            ck_assert_str_eq(back, id);
        }
    }
}
END_TEST

START_TEST(test_file_keys_of_extreme_ids)
{
    static const char *const ids[] = {"00000000000000000000000000", "zzzzzzzzzzzzzzzzzzzzzzzzzw"};
    char key[FILE_KEY_LEN + 1], back[ID_LEN + 1];

    for (size_t i = 0; i < COUNT(ids); i++) {
        capability_file_key(key, &secret, ids[i], "out-0.png");
        ck_assert(capability_file_id(back, &secret, key, "out-0.png"));
        ck_assert_str_eq(back, ids[i]);
    }
}
END_TEST

START_TEST(test_a_changed_key_is_refused)
{
    static const char all[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_~ /";
    char id[ID_LEN + 1], key[FILE_KEY_LEN + 1], back[ID_LEN + 1];

    id_prediction(id, 1700000000000, &dice);
    capability_file_key(key, &secret, id, "out-0.png");
    for (size_t at = 0; at < FILE_KEY_LEN; at++) {
        char right = key[at];
        for (const char *wrong = all; *wrong; wrong++) {
            key[at] = *wrong;
            ck_assert_msg(capability_file_id(back, &secret, key, "out-0.png") == (*wrong == right),
                          "character %zu as %c", at, *wrong);
        }
        key[at] = right;
    }
}
END_TEST

START_TEST(test_keys_open_nothing_else)
{
    static const struct hash_key others[] = {{0x1111, 0x2223}, {0x1110, 0x2222}, {0x2222, 0x1111}};
    char id[ID_LEN + 1], key[FILE_KEY_LEN + 2], back[ID_LEN + 1];

    id_prediction(id, 1700000000000, &dice);
    capability_file_key(key, &secret, id, "out-0.png");
    ck_assert(!capability_file_id(back, &secret, key, "out-1.png"));
    ck_assert(!capability_file_id(back, &secret, key, "ref-out.png"));
    ck_assert(!capability_file_id(back, &secret, key, "out-0.pn"));
    ck_assert(!capability_file_id(back, &secret, key, ""));
    for (size_t i = 0; i < COUNT(others); i++)
        ck_assert(!capability_file_id(back, &others[i], key, "out-0.png"));
    key[FILE_KEY_LEN] = '0';
    key[FILE_KEY_LEN + 1] = '\0';
    ck_assert(!capability_file_id(back, &secret, key, "out-0.png"));
    key[FILE_KEY_LEN - 1] = '\0';
    ck_assert(!capability_file_id(back, &secret, key, "out-0.png"));
    ck_assert(!capability_file_id(back, &secret, "", "out-0.png"));
}
END_TEST

START_TEST(test_stream_keys)
{
    char id[ID_LEN + 1], key[STREAM_KEY_LEN + 1], tag[STREAM_TAG_LEN + 1], last[STREAM_KEY_LEN + 1] = "";

    for (int i = 0; i < 200; i++) {
        id_prediction(id, 1700000000000 + i, &dice);
        capability_stream_key(key, tag, &secret, id);
        ck_assert_uint_eq(strlen(key), 52);
        ck_assert_uint_eq(strspn(key, "abcdefghijklmnopqrstuvwxyz234567"), 52);
        ck_assert_uint_eq(strlen(tag), 4);
        ck_assert_uint_eq(strspn(tag, "abcdefghijklmnopqrstuvwxyz"), 4);
        ck_assert_str_ne(key, last);
        capability_stream_key(last, tag, &(struct hash_key){5, 5}, id);
        ck_assert_str_ne(key, last);
        strcpy(last, key);
        capability_stream_key(key, tag, &secret, id);
        ck_assert_str_eq(key, last);
    }
}
END_TEST

/* --- catalog ---------------------------------------------------------------------------------------------------- */

START_TEST(test_catalog_of_the_embedded)
{
    static const char *const unknown[] = {
        "rossjillian/controlnet",
        "rossjillian/controlnet:latest",
        "rossjillian/controlnet:795433b1",
        "rossjillian/controlnet:",
        "rossjillian/controlnet:" VERSION "0",
        "rossjillian/controlnet: " VERSION,
        "rossjillian/other:" VERSION,
        "rossjillian:" VERSION,
        "/" VERSION,
        ":" VERSION,
        "795433b1",
        "795433B19458D0F4FA172A7CCF93178D2ADB1CB8AB2AD6C8FDC33FDBCD49F477",
        "Rossjillian/controlnet:" VERSION,
        OTHER,
        VERSION "0",
        "controlnet",
        "latest",
        "hidden",
        "",
        "/",
        ":",
    };
    const struct version *version = catalog_resolve(&catalog, VERSION);

    ck_assert_ptr_nonnull(version);
    ck_assert_str_eq(version->id, VERSION);
    ck_assert_str_eq(version->shown, VERSION);
    ck_assert_str_eq(version->model->full_name, "rossjillian/controlnet");
    ck_assert(!version->model->official);
    ck_assert_ptr_eq(version->model->latest, version);
    ck_assert_ptr_eq(catalog_resolve(&catalog, "rossjillian/controlnet:" VERSION), version);
    for (size_t i = 0; i < COUNT(unknown); i++)
        ck_assert_msg(!catalog_resolve(&catalog, unknown[i]), "%s", unknown[i]);
}
END_TEST

static void add(const char *json)
{
    char *reason = NULL;

    ck_assert_msg(catalog_add(&catalog, json, strlen(json), &reason), "%s: %s", json, reason);
}

START_TEST(test_catalog_of_official_models)
{
    add("{\"owner\":\"a\",\"name\":\"b\",\"is_official\":true,\"latest_version\":{\"id\":\"" OTHER "\"}}");
    const struct version *version = catalog_resolve(&catalog, "a/b");

    ck_assert_ptr_nonnull(version);
    ck_assert(version->model->official);
    ck_assert_str_eq(version->id, OTHER);
    ck_assert_str_eq(version->shown, "hidden");
    ck_assert_ptr_eq(catalog_resolve(&catalog, "a/b:" OTHER), version);
    ck_assert_ptr_eq(catalog_resolve(&catalog, OTHER), version);
    ck_assert_ptr_null(catalog_resolve(&catalog, "a/b:latest"));
    ck_assert_ptr_null(catalog_resolve(&catalog, "a/b:" VERSION)); // another model's
    ck_assert_ptr_null(catalog_resolve(&catalog, "rossjillian/controlnet:" OTHER));
}
END_TEST

START_TEST(test_catalog_of_models_without_version)
{
    add("{\"owner\":\"a\",\"name\":\"none\",\"is_official\":true}");
    add("{\"owner\":\"a\",\"name\":\"null\",\"is_official\":true,\"latest_version\":null}");
    ck_assert_ptr_null(catalog_resolve(&catalog, "a/none"));
    ck_assert_ptr_null(catalog_resolve(&catalog, "a/null"));
}
END_TEST

START_TEST(test_catalog_gives_reasons)
{
    static const char object[] = "a model is a JSON object, as GET /v1/models/{owner}/{name} answers it";
    static const char owner[] = "owner: a model needs one, a string without a slash";
    static const char name[] = "name: a model needs one, a string without a slash";
    static const char id[] = "latest_version.id: a version's id is 64 hexadecimal digits";
    static const struct {
        const char *json, *reason;
    } cases[] = {
        {"[]", object},
        {"\"rossjillian/controlnet\"", object},
        {"null", object},
        {"{\"name\":\"b\"}", owner},
        {"{\"owner\":1,\"name\":\"b\"}", owner},
        {"{\"owner\":\"\",\"name\":\"b\"}", owner},
        {"{\"owner\":\"a/b\",\"name\":\"b\"}", owner},
        {"{\"owner\":\"a\"}", name},
        {"{\"owner\":\"a\",\"name\":null}", name},
        {"{\"owner\":\"a\",\"name\":\"\"}", name},
        {"{\"owner\":\"a\",\"name\":\"/\"}", name},
        {"{\"owner\":\"a\",\"name\":\"b\",\"latest_version\":{}}", id},
        {"{\"owner\":\"a\",\"name\":\"b\",\"latest_version\":\"" OTHER "\"}", id},
        {"{\"owner\":\"a\",\"name\":\"b\",\"latest_version\":{\"id\":7}}", id},
        {"{\"owner\":\"a\",\"name\":\"b\",\"latest_version\":{\"id\":\"0123\"}}", id},
        {"{\"owner\":\"a\",\"name\":\"b\",\"latest_version\":{\"id\":\"" OTHER "0\"}}", id},
        {"{\"owner\":\"a\",\"name\":\"b\",\"latest_version\":{\"id\":"
         "\"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\"}}", id},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *reason = NULL;
        ck_assert(!catalog_add(&catalog, cases[i].json, strlen(cases[i].json), &reason));
        ck_assert_str_eq(reason, cases[i].reason);
        free(reason);
    }
    ck_assert_uint_eq(catalog.models.len, 1); // nothing was added
    ck_assert_uint_eq(catalog.versions.len, 1);
}
END_TEST

START_TEST(test_catalog_says_where_the_json_is_wrong)
{
    static const char json[] = "{\"owner\":\n  ,}";
    char *reason = NULL;

    ck_assert(!catalog_add(&catalog, json, strlen(json), &reason));
    ck_assert_msg(strncmp(reason, "line 2, column 3: ", 18) == 0 && strlen(reason) > 18, "%s", reason);
    free(reason);
}
END_TEST

/* --- files of a plan -------------------------------------------------------------------------------------------- */

START_TEST(test_plan_files)
{
    struct plan plan = {.files = 3, .look = 0xabcdef00, .width = 64, .height = 128};
    char name[FILE_NAME_MAX];

    plan_file_name(&plan, 2, name);
    ck_assert_str_eq(name, "out-2.png");
    ck_assert_int_eq(plan_file_index(&plan, "out-2.png"), 2);
    ck_assert_int_eq(plan_file_index(&plan, "out-3.png"), -1);
    ck_assert_int_eq(plan_file_index(&plan, "ref-out.png"), -1);
    plan.reference = true;
    plan_file_name(&plan, 0, name);
    ck_assert_str_eq(name, "ref-out.png");
    plan_file_name(&plan, 2, name);
    ck_assert_str_eq(name, "out-1.png");
    ck_assert_int_eq(plan_file_index(&plan, "ref-out.png"), 0);
    ck_assert_int_eq(plan_file_index(&plan, "out-0.png"), 1);
    ck_assert_int_eq(plan_file_index(&plan, "out-2.png"), -1);
    ck_assert_int_eq(plan_file_index(&plan, ""), -1);
}
END_TEST

START_TEST(test_plan_drawings)
{
    struct plan with = {.files = 3, .look = 0xabcdef00, .width = 64, .height = 128, .reference = true};
    struct plan without = {.files = 2, .look = 0xabcdef00, .width = 64, .height = 128};

    for (unsigned i = 0; i < 2; i++) { // the same picture with a reference beside it and without
        struct drawing a = plan_drawing(&with, i + 1), b = plan_drawing(&without, i);
        ck_assert(a.look == b.look && a.width == 64 && a.height == 128 && !a.reference && !b.reference);
    }
    ck_assert(plan_drawing(&with, 0).reference);
    ck_assert(plan_drawing(&without, 0).look != plan_drawing(&without, 1).look);
}
END_TEST
