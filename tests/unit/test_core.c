#include "base/json.h"
#include "base/log.h"
#include "core/advance.h"
#include "core/capability.h"
#include "core/catalog.h"
#include "core/lifecycle.h"
#include "core/output_files.h"
#include "core/progress.h"
#include "core/store.h"
#include "core/view.h"
#include "lib/suite.h"

#include <stdio.h>
#include <string.h>

#define MS(count) ((count)*NS_PER_MS)
#define S(count)  ((count)*NS_PER_S)
#define START     S(INT64_C(1767225600)) // 2026-01-01T00:00:00Z

#define VERSION "795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477"
#define OTHER   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* --- a small server of worlds --------------------------------------------------------------------------- */

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
        [EVENT_PROCESSING] = "processing",
        [EVENT_OUTPUT] = "output",
        [EVENT_COMPLETED] = "completed",
        [EVENT_REMOVED] = "removed",
        [EVENT_GONE] = "gone",
        [EVENT_WAIT_TIMEOUT] = "timeout",
        [EVENT_WORLD_CLOSING] = "closing",
        [EVENT_FILE_EXPIRED] = "expired",
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

/* The input is the plan: head, steps, files, reference, grows. A number is drawn so that the generator moves on. */
static void fake_plan(struct plan *plan, const struct version *version, const cJSON *input, struct rng *rng)
{
    const char *head = json_get_string(input, "head");
    double steps = 20, files = 2;
    bool reference = false, grows = false;

    (void)version;
    json_get_number(input, "steps", &steps);
    json_get_number(input, "files", &files);
    json_get_bool(input, "reference", &reference);
    json_get_bool(input, "grows", &grows);
    *plan = (struct plan){.shape = OUTPUT_FILES,
                          .steps = (int64_t)steps,
                          .look = rng_next(rng),
                          .width = 512,
                          .height = 512,
                          .files = (uint8_t)files,
                          .reference = reference,
                          .grows = grows};
    snprintf(plan->log_head, sizeof(plan->log_head), "%s", head ? head : "");
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
    log_setup(LOG_ERROR, false); // worlds that go are warned of
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

static enum store_verdict try_create_with(struct world *world, const char *input, int64_t cancel_after,
                                          const char *webhook, struct prediction **prediction)
{
    struct json_error error;
    struct prediction_request request = {.version = catalog_resolve(&catalog, VERSION),
                                         .input = json_parse(&arena, input, strlen(input), JSON_REQUEST, &error),
                                         .webhook = webhook,
                                         .cancel_after = cancel_after};

    ck_assert_ptr_nonnull(request.version);
    ck_assert_ptr_nonnull(request.input);
    return lifecycle_create(world, &request, prediction);
}

static enum store_verdict try_create(struct world *world, const char *input, int64_t cancel_after,
                                     struct prediction **prediction)
{
    return try_create_with(world, input, cancel_after, NULL, prediction);
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

/* --- clock ---------------------------------------------------------------------------------------------- */

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
        {20, MS(50), S(1)},
        {20, 1, 20},
        {0.5, S(2), S(1)},
        {0.5, 1, 0},
        {1e6, 1000, S(1)},
        {1e6, S(1), S(1000000)},
        {1e6, S(INT64_C(100000000)), TIME_MAX_NS - START},
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
    ck_assert_msg(clock_now(&clock) < START + ahead || base.mono <= clock.since, "late: speed %f, %lld ahead", speed,
                  (long long)ahead);
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

/* --- sched ---------------------------------------------------------------------------------------------- */

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

/* --- timeline ------------------------------------------------------------------------------------------- */

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

static bool is_older(const struct prediction *a, const struct prediction *b)
{
    return a->created_at != b->created_at ? a->created_at < b->created_at : a->number < b->number;
}

static size_t model_place(const struct prediction *like)
{
    size_t place = 0;

    while (place < model_len && is_older(model[place], like))
        place++;
    return place;
}

/* Some that were created at any time until now. */
static void merge_some(struct timeline *timeline, uint64_t *number, int64_t time)
{
    struct prediction *more[8];
    size_t count = roll(8);
    int64_t at = (int64_t)roll((uint64_t)time + 1);

    for (size_t i = 0; i < count; i++) {
        struct prediction *prediction = more[i] = xnew(struct prediction);
        prediction->number = (*number)++;
        prediction->created_at = at = at + (int64_t)roll(3) < time ? at + (int64_t)roll(3) : at;
        size_t place = model_place(prediction);
        memmove(&model[place + 1], &model[place], (model_len++ - place) * sizeof(*model));
        model[place] = prediction;
    }
    timeline_merge(timeline, more, count);
}

static void compare_timeline(const struct timeline *timeline, uint64_t numbers, int64_t times)
{
    ck_assert_uint_eq(timeline->len, model_len);
    size_t same = 0;
    while (same < model_len && timeline_at(timeline, same) == model[same])
        same++;
    ck_assert_uint_eq(same, model_len);
    for (int i = 0; i < 4; i++) {
        struct prediction like = {.number = roll(numbers + 2), .created_at = (int64_t)roll((uint64_t)times + 2)};
        ck_assert_uint_eq(timeline_place_of(timeline, like.created_at, like.number), model_place(&like));
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
        } else if (model_len < TIMELINE_MOST - 8 && kind == 6) {
            merge_some(&timeline, &number, time);
        } else if (model_len > 0) {
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

/* --- statuses ------------------------------------------------------------------------------------------- */

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
            ck_assert_msg(status_may_become((enum status)from, (enum status)to) == (may[from][to] == '+'), "%s to %s",
                          names[from], names[to]);
    }
    ck_assert(!status_parse("cancelled", &status));
    ck_assert(!status_parse("", &status));
    ck_assert(!status_parse("Starting", &status));
}
END_TEST

/* --- capability ----------------------------------------------------------------------------------------- */

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

START_TEST(test_every_character_of_a_key_varies)
{
    char id[ID_LEN + 1], key[FILE_KEY_LEN + 1], seen[FILE_KEY_LEN][64] = {""};

    for (int i = 0; i < 200; i++) {
        id_prediction(id, 1700000000000, &dice);
        capability_file_key(key, &secret, id, "out-0.png");
        for (size_t at = 0; at < FILE_KEY_LEN; at++)
            if (!strchr(seen[at], key[at]))
                seen[at][strlen(seen[at])] = key[at];
    }
    for (size_t at = 0; at < FILE_KEY_LEN; at++)
        ck_assert_msg(strlen(seen[at]) >= 15, "character %zu: %s", at, seen[at]);
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

START_TEST(test_stream_keys_lead_back)
{
    static const char *const extremes[] = {"00000000000000000000000000", "zzzzzzzzzzzzzzzzzzzzzzzzzw"};
    char id[ID_LEN + 1], key[STREAM_KEY_LEN + 1], tag[STREAM_TAG_LEN + 1], back[ID_LEN + 1];

    for (size_t i = 0; i < 200; i++) {
        if (i < COUNT(extremes))
            strcpy(id, extremes[i]);
        else
            id_prediction(id, 1700000000000 + (int64_t)i, &dice);
        capability_stream_key(key, tag, &secret, id);
        ck_assert(capability_stream_id(back, &secret, tag, key));
        ck_assert_str_eq(back, id);
        ck_assert(capability_stream_id(back, &secret, NULL, key));
        ck_assert_str_eq(back, id);
    }
}
END_TEST

START_TEST(test_a_changed_stream_key_is_refused)
{
    static const char all[] = "abcdefghijklmnopqrstuvwxyz234567ABCZ0189-_~ /";
    char id[ID_LEN + 1], key[STREAM_KEY_LEN + 2], tag[STREAM_TAG_LEN + 1], back[ID_LEN + 1];

    id_prediction(id, 1700000000000, &dice);
    capability_stream_key(key, tag, &secret, id);
    for (size_t at = 0; at < STREAM_KEY_LEN + STREAM_TAG_LEN; at++) {
        char *where = at < STREAM_KEY_LEN ? &key[at] : &tag[at - STREAM_KEY_LEN], right = *where;
        for (const char *wrong = all; *wrong; wrong++) {
            *where = *wrong;
            ck_assert_msg(capability_stream_id(back, &secret, tag, key) == (*wrong == right), "character %zu as %c", at,
                          *wrong);
        }
        *where = right;
    }
    ck_assert(!capability_stream_id(back, &(struct hash_key){0x1111, 0x2223}, tag, key));
    ck_assert(!capability_stream_id(back, &(struct hash_key){0x2222, 0x1111}, NULL, key));
    ck_assert(!capability_stream_id(back, &secret, "", key));
    strcpy(key + STREAM_KEY_LEN, "a");
    ck_assert(!capability_stream_id(back, &secret, NULL, key));
    key[STREAM_KEY_LEN - 1] = '\0';
    ck_assert(!capability_stream_id(back, &secret, NULL, key));
    ck_assert(!capability_stream_id(back, &secret, NULL, ""));
}
END_TEST

/* --- catalog -------------------------------------------------------------------------------------------- */

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

/* Adds a model whose text stays; what is wrong with it goes to *faults. */
static bool try_add(const char *json, struct arena *own, struct faults *faults)
{
    struct json_error error;
    const cJSON *tree = json_parse(own, json, strlen(json), JSON_GRAMMAR, &error);

    ck_assert_msg(tree != NULL, "%s: %s", json, error.reason);
    faults_init(faults, own);
    return catalog_add(&catalog, tree, (struct slice){json, strlen(json)}, faults);
}

static void add(const char *json)
{
    struct arena own = {0};
    struct faults faults;

    ck_assert_msg(try_add(json, &own, &faults), "%s: %s", json, faults.list[0].description);
    arena_free(&own); // the tree need not stay
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

/* Model objects of before 2025 do not say. */
START_TEST(test_catalog_of_what_stays_official)
{
    add("{\"owner\":\"a\",\"name\":\"b\",\"is_official\":true,\"latest_version\":{\"id\":\"1\"}}");
    add("{\"owner\":\"a\",\"name\":\"b\",\"latest_version\":{\"id\":\"2\"}}");
    ck_assert_ptr_nonnull(catalog_resolve(&catalog, "a/b"));
    ck_assert_str_eq(catalog_resolve(&catalog, "a/b")->id, "2");
    add("{\"owner\":\"a\",\"name\":\"b\",\"is_official\":false,\"latest_version\":{\"id\":\"3\"}}");
    ck_assert_ptr_null(catalog_resolve(&catalog, "a/b"));
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
    static const char object[] = ": a model is a JSON object, as GET /v1/models/{owner}/{name} answers it\n";
    static const char owner[] = "owner: a model needs one, a string without a slash\n";
    static const char name[] = "name: a model needs one, a string without a slash\n";
    static const char id[] = "latest_version.id: a version needs one, such as 64 hexadecimal digits: a string of at "
                             "most 64 letters, digits, '-', '_' and '.'\n";
    static const struct {
        const char *json, *reasons;
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
        {"{\"owner\":\"a\",\"name\":\"b\",\"latest_version\":{\"id\":\"\"}}", id},
        {"{\"owner\":\"a\",\"name\":\"b\",\"latest_version\":{\"id\":\"" OTHER "0\"}}", id},
        {"{\"owner\":\"a\",\"name\":\"b\",\"latest_version\":{\"id\":\"a\\\"b\"}}", id},
        {"{\"owner\":\"a\",\"name\":\"b\",\"latest_version\":{\"id\":\"0\",\"openapi_schema\":{}}}",
         "latest_version.openapi_schema: there is nothing at #/components/schemas/Input\n"},
        {"{\"name\":\"b\",\"latest_version\":{\"id\":\"0\",\"openapi_schema\":{\"components\":{\"schemas\":{\"Input\":"
         "{\"properties\":{\"a\":{\"type\":\"text\"},\"b\":{\"pattern\":\"(\"}}}}}}}}",
         "owner: a model needs one, a string without a slash\n"
         "latest_version.openapi_schema.components.schemas.Input.properties.a.type: a type is null, boolean, string, "
         "number, integer, array or object\n"
         "latest_version.openapi_schema.components.schemas.Input.properties.b.pattern: missing closing "
         "parenthesis at offset 1\n"},
    };
    size_t models = catalog.models.len, versions = catalog.versions.len;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena own = {0};
        struct faults faults;
        struct buf reasons = {0};
        ck_assert(!try_add(cases[i].json, &own, &faults));
        for (size_t fault = 0; fault < faults.count; fault++)
            buf_printf(&reasons, "%s: %s\n", faults.list[fault].field, faults.list[fault].description);
        ck_assert_str_eq(buf_cstr(&reasons), cases[i].reasons);
        buf_free(&reasons);
        arena_free(&own);
    }
    ck_assert_uint_eq(catalog.models.len, models); // nothing was added
    ck_assert_uint_eq(catalog.versions.len, versions);
}
END_TEST

/* --- files of a plan ------------------------------------------------------------------------------------ */

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

/* --- progress ------------------------------------------------------------------------------------------- */

static struct prediction running(int64_t steps, int64_t predict)
{
    return (struct prediction){.status = STATUS_PROCESSING,
                               .created_at = START,
                               .started_at = START,
                               .predict = predict,
                               .plan = {.steps = steps}};
}

static void expect_logs(const struct prediction *prediction, int64_t elapsed, const char *expected)
{
    struct buf logs = {0};

    progress_logs(&logs, prediction, START + elapsed);
    ck_assert_str_eq(buf_cstr(&logs), expected);
    buf_free(&logs);
}

#define LOGS_AT_0 "Using seed: 7\n  0%|          | 0/20 [00:00<?, ?it/s]\n"
#define LOGS_AT_499MS                                                                                                  \
    LOGS_AT_0 " 10%|█         | 2/20 [00:00<00:00, 20.00it/s]\n"                                                     \
              " 20%|██        | 4/20 [00:00<00:00, 20.00it/s]\n"                                                   \
              " 30%|███       | 6/20 [00:00<00:00, 20.00it/s]\n"                                                 \
              " 40%|████      | 8/20 [00:00<00:00, 20.00it/s]\n"
#define LOGS_AT_500MS LOGS_AT_499MS " 50%|█████     | 10/20 [00:00<00:00, 20.00it/s]\n"
#define LOGS_AT_1S                                                                                                     \
    LOGS_AT_500MS " 60%|██████    | 12/20 [00:00<00:00, 20.00it/s]\n"                                      \
                  " 70%|███████   | 14/20 [00:00<00:00, 20.00it/s]\n"                                    \
                  " 80%|████████  | 16/20 [00:00<00:00, 20.00it/s]\n"                                  \
                  " 90%|█████████ | 18/20 [00:00<00:00, 20.00it/s]\n"                                \
                  "100%|██████████| 20/20 [00:01<00:00, 20.00it/s]\n"

START_TEST(test_logs_grow_with_time)
{
    struct prediction prediction = running(20, S(1));
    const char *head = "Using seed: 7\n";

    snprintf(prediction.plan.log_head, sizeof(prediction.plan.log_head), "%s", head);
    expect_logs(&prediction, 0, LOGS_AT_0);
    expect_logs(&prediction, MS(100) - 1, LOGS_AT_0);
    expect_logs(&prediction, MS(499), LOGS_AT_499MS);
    expect_logs(&prediction, MS(500), LOGS_AT_500MS);
    expect_logs(&prediction, S(1) - 1,
                LOGS_AT_500MS " 60%|██████    | 12/20 [00:00<00:00, 20.00it/s]\n"
                              " 70%|███████   | 14/20 [00:00<00:00, 20.00it/s]\n"
                              " 80%|████████  | 16/20 [00:00<00:00, 20.00it/s]\n"
                              " 90%|█████████ | 18/20 [00:00<00:00, 20.00it/s]\n");
    expect_logs(&prediction, S(1), LOGS_AT_1S);
    expect_logs(&prediction, S(1000), LOGS_AT_1S);
}
END_TEST

START_TEST(test_logs_stop_where_it_was_canceled)
{
    struct prediction prediction = running(20, S(1));
    const char *head = "Using seed: 7\n";

    snprintf(prediction.plan.log_head, sizeof(prediction.plan.log_head), "%s", head);
    prediction.status = STATUS_CANCELED;
    prediction.completed_at = START + MS(520);
    expect_logs(&prediction, MS(520), LOGS_AT_500MS);
    expect_logs(&prediction, S(1000), LOGS_AT_500MS);
    prediction.status = STATUS_SUCCEEDED;
    prediction.completed_at = START + S(1);
    expect_logs(&prediction, S(1000), LOGS_AT_1S);
    prediction.data_removed = true;
    expect_logs(&prediction, S(1000), "");
}
END_TEST

START_TEST(test_no_logs_before_it_runs)
{
    struct prediction prediction = running(20, S(1));
    const char *head = "Using seed: 7\n";

    snprintf(prediction.plan.log_head, sizeof(prediction.plan.log_head), "%s", head);
    prediction.started_at = 0;
    prediction.status = STATUS_STARTING;
    expect_logs(&prediction, S(1), "");
    prediction.status = STATUS_ABORTED;
    prediction.completed_at = START + MS(50);
    expect_logs(&prediction, S(1), "");
}
END_TEST

START_TEST(test_logs_without_a_bar)
{
    struct prediction prediction = running(0, S(1));
    const char *head = "one\ntwo\n";

    expect_logs(&prediction, S(1), "");
    snprintf(prediction.plan.log_head, sizeof(prediction.plan.log_head), "%s", head);
    expect_logs(&prediction, 0, "one\ntwo\n");
    expect_logs(&prediction, S(1), "one\ntwo\n");
    prediction.plan.steps = -5;
    expect_logs(&prediction, S(1), "one\ntwo\n");
}
END_TEST

START_TEST(test_logs_of_a_short_run)
{
    struct prediction prediction = running(20, MS(50));

    expect_logs(&prediction, 0, "");
    expect_logs(&prediction, MS(50) - 1, "");
    expect_logs(&prediction, MS(50), "100%|██████████| 20/20 [00:00<00:00, 400.00it/s]\n");
}
END_TEST

START_TEST(test_logs_of_no_time_at_all)
{
    struct prediction prediction = running(20, 0);

    expect_logs(&prediction, 0, "100%|██████████| 20/20 [00:00<?, ?it/s]\n");
}
END_TEST

/* "  4%|▍         | 2/50 [00:00<…": how much was done by the line at `at`. Moves `at` behind it. */
static uint64_t read_done(const char **at)
{
    const char *time = strstr(*at, " ["), *count = time;

    while (count[-1] != ' ')
        count--;
    *at = strchr(time, '\n') + 1;
    return strtoull(count, NULL, 10);
}

static size_t count_lines(const struct prediction *prediction, int64_t elapsed)
{
    struct buf logs = {0};
    size_t lines = 0;
    uint64_t last = 0;

    progress_logs(&logs, prediction, START + elapsed);
    for (const char *at = buf_cstr(&logs); *at; lines++) {
        uint64_t done = read_done(&at);
        ck_assert(lines == 0 || done > last); // the bar moves with each line
        last = done;
    }
    buf_free(&logs);
    return lines;
}

/* Whenever one looks: within less than 100 ms one more line comes at most. The last one comes with the end. */
static void check_gaps(int64_t steps, int64_t predict)
{
    struct prediction prediction = running(steps, predict);
    size_t all = count_lines(&prediction, predict);

    ck_assert_uint_ge(all, 1);
    ck_assert_uint_le(all, PROGRESS_MAX_LINES);
    ck_assert_uint_eq(count_lines(&prediction, predict - 1), all - 1);
    for (int i = 0; i < 100; i++) {
        int64_t at = (int64_t)roll((uint64_t)predict);
        size_t before = count_lines(&prediction, at);
        size_t behind = count_lines(&prediction, at + MS(PROGRESS_MIN_GAP_MS) - 1);
        ck_assert_msg(behind - before <= 1, "%lld steps in %lld ns: %zu lines after %lld ns, then %zu",
                      (long long)steps, (long long)predict, before, (long long)at, behind);
    }
}

START_TEST(test_lines_are_few_and_apart)
{
    static const int64_t steps[] = {1, 20, 1000, INT64_MAX};
    static const int64_t predicts[] = {1, MS(50), MS(199), S(1) - 1, 9899999999, S(3600)};
    struct prediction hour = running(1000000000, S(3600));

    for (size_t i = 0; i < COUNT(steps); i++)
        for (size_t j = 0; j < COUNT(predicts); j++)
            check_gaps(steps[i], predicts[j]);
    ck_assert_uint_eq(count_lines(&hour, S(3600)), 100);
}
END_TEST

struct line {
    int64_t steps, predict;
    size_t index; // which line of the whole logs
    const char *text;
};

static void expect_lines(const struct line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct prediction prediction = running(lines[i].steps, lines[i].predict);
        struct buf logs = {0};
        progress_logs(&logs, &prediction, START + lines[i].predict);
        const char *line = buf_cstr(&logs);
        for (size_t skip = lines[i].index; skip > 0; skip--)
            read_done(&line);
        size_t len = strcspn(line, "\n");
        ck_assert_msg(len == strlen(lines[i].text) && memcmp(line, lines[i].text, len) == 0,
                      "\nexpected: %s\nactual:   %.*s", lines[i].text, (int)len, line);
        buf_free(&logs);
    }
}

/* What tqdm 4.70.1 itself makes of them: tqdm.format_meter(n, total, elapsed, ascii=False, ncols=None). */
START_TEST(test_lines_are_those_of_tqdm)
{
    static const struct line lines[] = {
        {20, S(1), 0, "  0%|          | 0/20 [00:00<?, ?it/s]"},
        {20, S(1), 1, " 10%|█         | 2/20 [00:00<00:00, 20.00it/s]"},
        {20, S(1), 5, " 50%|█████     | 10/20 [00:00<00:00, 20.00it/s]"},
        {20, S(1), 9, " 90%|█████████ | 18/20 [00:00<00:00, 20.00it/s]"},
        {20, S(1), 10, "100%|██████████| 20/20 [00:01<00:00, 20.00it/s]"},
        {50, MS(3750), 0, "  0%|          | 0/50 [00:00<?, ?it/s]"},
        {50, MS(3750), 1, "  2%|▏         | 1/50 [00:00<00:04,  9.87it/s]"},
        {50, MS(3750), 7, " 18%|█▊        | 9/50 [00:00<00:03, 12.69it/s]"},
        {50, MS(3750), 13, " 34%|███▍      | 17/50 [00:01<00:02, 12.90it/s]"},
        {50, MS(3750), 36, " 96%|█████████▌| 48/50 [00:03<00:00, 13.16it/s]"},
        {50, MS(3750), 37, "100%|██████████| 50/50 [00:03<00:00, 13.33it/s]"},
        {3, MS(900), 0, "  0%|          | 0/3 [00:00<?, ?it/s]"},
        {3, MS(900), 1, " 33%|███▎      | 1/3 [00:00<00:00,  3.33it/s]"},
        {3, MS(900), 2, " 67%|██████▋   | 2/3 [00:00<00:00,  3.33it/s]"},
        {3, MS(900), 3, "100%|██████████| 3/3 [00:00<00:00,  3.33it/s]"},
        {1, MS(100), 0, "  0%|          | 0/1 [00:00<?, ?it/s]"},
        {1, MS(100), 1, "100%|██████████| 1/1 [00:00<00:00, 10.00it/s]"},
        {1, MS(50), 0, "100%|██████████| 1/1 [00:00<00:00, 20.00it/s]"},
        {7, S(61), 1, " 14%|█▍        | 1/7 [00:08<00:52,  8.71s/it]"},
        {7, S(61), 2, " 29%|██▊       | 2/7 [00:17<00:43,  8.71s/it]"},
        {7, S(61), 6, " 86%|████████▌ | 6/7 [00:52<00:08,  8.71s/it]"},
        {7, S(61), 7, "100%|██████████| 7/7 [01:01<00:00,  8.71s/it]"},
        {2, S(4), 1, " 50%|█████     | 1/2 [00:02<00:02,  2.00s/it]"},
        {2, S(4), 2, "100%|██████████| 2/2 [00:04<00:00,  2.00s/it]"},
        {3, S(7200), 0, "  0%|          | 0/3 [00:00<?, ?it/s]"},
        {3, S(7200), 1, " 33%|███▎      | 1/3 [40:00<1:20:00, 2400.00s/it]"},
        {3, S(7200), 2, " 67%|██████▋   | 2/3 [1:20:00<40:00, 2400.00s/it]"},
        {3, S(7200), 3, "100%|██████████| 3/3 [2:00:00<00:00, 2400.00s/it]"},
        {5, S(86399), 1, " 20%|██        | 1/5 [4:47:59<19:11:59, 17279.80s/it]"},
        {5, S(86399), 4, " 80%|████████  | 4/5 [19:11:59<4:47:59, 17279.80s/it]"},
        {5, S(86399), 5, "100%|██████████| 5/5 [23:59:59<00:00, 17279.80s/it]"},
        {7, S(400000), 1, " 14%|█▍        | 1/7 [15:52:22<95:14:17, 57142.86s/it]"},
        {7, S(400000), 7, "100%|██████████| 7/7 [111:06:40<00:00, 57142.86s/it]"},
        {1000, S(100), 0, "  0%|          | 0/1000 [00:00<?, ?it/s]"},
        {1000, S(100), 1, "  1%|          | 10/1000 [00:01<01:39,  9.90it/s]"},
        {1000, S(100), 2, "  2%|▏         | 20/1000 [00:02<01:38,  9.90it/s]"},
        {1000, S(100), 33, " 33%|███▎      | 333/1000 [00:33<01:06,  9.99it/s]"},
        {1000, S(100), 98, " 99%|█████████▉| 989/1000 [01:38<00:01,  9.99it/s]"},
        {1000, S(100), 99, "100%|██████████| 1000/1000 [01:40<00:00, 10.00it/s]"},
        {999, MS(9900), 1, "  1%|          | 10/999 [00:00<00:09, 100.00it/s]"},
        {999, MS(9900), 50, " 50%|█████     | 504/999 [00:05<00:04, 100.80it/s]"},
        {999, MS(9900), 98, " 99%|█████████▉| 988/999 [00:09<00:00, 100.82it/s]"},
        {999, MS(9900), 99, "100%|██████████| 999/999 [00:09<00:00, 100.91it/s]"},
        {20, S(20), 1, "  5%|▌         | 1/20 [00:01<00:19,  1.00it/s]"},
        {20, S(20), 10, " 50%|█████     | 10/20 [00:10<00:10,  1.00it/s]"},
        {20, S(20), 20, "100%|██████████| 20/20 [00:20<00:00,  1.00it/s]"},
        {60, S(60), 1, "  2%|▏         | 1/60 [00:01<00:59,  1.00it/s]"},
        {60, S(60), 59, " 98%|█████████▊| 59/60 [00:59<00:01,  1.00it/s]"},
        {60, S(60), 60, "100%|██████████| 60/60 [01:00<00:00,  1.00it/s]"},
        {80, S(800), 1, "  1%|▏         | 1/80 [00:10<13:10, 10.00s/it]"},
        {80, S(800), 3, "  4%|▍         | 3/80 [00:30<12:50, 10.00s/it]"},
        {80, S(800), 39, " 49%|████▉     | 39/80 [06:30<06:50, 10.00s/it]"},
        {80, S(800), 79, " 99%|█████████▉| 79/80 [13:10<00:10, 10.00s/it]"},
        {80, S(800), 80, "100%|██████████| 80/80 [13:20<00:00, 10.00s/it]"},
        {6, MS(199980), 1, " 17%|█▋        | 1/6 [00:33<02:46, 33.33s/it]"},
        {6, MS(199980), 5, " 83%|████████▎ | 5/6 [02:46<00:33, 33.33s/it]"},
        {6, MS(199980), 6, "100%|██████████| 6/6 [03:19<00:00, 33.33s/it]"},
        {3, MS(599500), 1, " 33%|███▎      | 1/3 [03:19<06:39, 199.83s/it]"},
        {3, MS(599500), 2, " 67%|██████▋   | 2/3 [06:39<03:19, 199.83s/it]"},
        {3, MS(599500), 3, "100%|██████████| 3/3 [09:59<00:00, 199.83s/it]"},
        {1000000000, S(3600), 0, "  0%|          | 0/1000000000 [00:00<?, ?it/s]"},
        {1000000000, S(3600), 1, "  1%|          | 10101010/1000000000 [00:36<59:23, 277777.78it/s]"},
        {1000000000, S(3600), 2, "  2%|▏         | 20202020/1000000000 [01:12<58:47, 277777.78it/s]"},
        {1000000000, S(3600), 50, " 51%|█████     | 505050505/1000000000 [30:18<29:41, 277777.78it/s]"},
        {1000000000, S(3600), 98, " 99%|█████████▉| 989898989/1000000000 [59:23<00:36, 277777.78it/s]"},
        {1000000000, S(3600), 99, "100%|██████████| 1000000000/1000000000 [1:00:00<00:00, 277777.78it/s]"},
        {INT64_MAX, S(10), 0, "  0%|          | 0/9223372036854775807 [00:00<?, ?it/s]"},
        {INT64_MAX, S(10), 1,
         "  1%|          | 93165374109644200/9223372036854775807 [00:00<00:09, 922337203777711232.00it/s]"},
        {INT64_MAX, S(10), 50,
         " 51%|█████     | 4658268705482210003/9223372036854775807 [00:05<00:04, 922337203777711360.00it/s]"},
        {INT64_MAX, S(10), 99,
         "100%|██████████| 9223372036854775807/9223372036854775807 [00:10<00:00, 922337203685477632.00it/s]"},
        {123456789, MS(777), 1, " 14%|█▍        | 17636684/123456789 [00:00<00:00, 158889045.05it/s]"},
        {123456789, MS(777), 4, " 57%|█████▋    | 70546736/123456789 [00:00<00:00, 158889045.05it/s]"},
        {123456789, MS(777), 7, "100%|██████████| 123456789/123456789 [00:00<00:00, 158889046.33it/s]"},
        {100, MS(12345), 1, "  1%|          | 1/100 [00:00<00:12,  8.02it/s]"},
        {100, MS(12345), 50, " 50%|█████     | 50/100 [00:06<00:06,  8.02it/s]"},
        {100, MS(12345), 99, "100%|██████████| 100/100 [00:12<00:00,  8.10it/s]"},
        {90, MS(1234567), 1, "  1%|          | 1/90 [00:13<20:20, 13.72s/it]"},
        {90, MS(1234567), 44, " 49%|████▉     | 44/90 [10:03<10:31, 13.72s/it]"},
        {90, MS(1234567), 90, "100%|██████████| 90/90 [20:34<00:00, 13.72s/it]"},
        {97, S(13), 1, "  1%|          | 1/97 [00:00<00:12,  7.46it/s]"},
        {97, S(13), 2, "  2%|▏         | 2/97 [00:00<00:12,  7.46it/s]"},
        {97, S(13), 48, " 49%|████▉     | 48/97 [00:06<00:06,  7.46it/s]"},
        {97, S(13), 96, " 99%|█████████▉| 96/97 [00:12<00:00,  7.46it/s]"},
        {97, S(13), 97, "100%|██████████| 97/97 [00:13<00:00,  7.46it/s]"},
        {30, MS(29999), 1, "  3%|▎         | 1/30 [00:00<00:28,  1.00it/s]"},
        {30, MS(29999), 29, " 97%|█████████▋| 29/30 [00:28<00:00,  1.00it/s]"},
        {30, MS(30001), 1, "  3%|▎         | 1/30 [00:01<00:29,  1.00s/it]"},
        {30, MS(30001), 29, " 97%|█████████▋| 29/30 [00:29<00:01,  1.00s/it]"},
        {11, 1099999999, 1, "  9%|▉         | 1/11 [00:00<00:01,  9.09it/s]"},
        {11, 1099999999, 10, "100%|██████████| 11/11 [00:01<00:00, 10.00it/s]"},
    };

    expect_lines(lines, COUNT(lines));
}
END_TEST

/* Python rounds to the even neighbour. Of the same tqdm. */
START_TEST(test_percent_ties_go_to_even)
{
    static const struct line lines[] = {
        {8, S(1), 1, " 12%|█▎        | 1/8 [00:00<00:00,  8.00it/s]"},
        {8, S(1), 3, " 38%|███▊      | 3/8 [00:00<00:00,  8.00it/s]"},
        {8, S(1), 5, " 62%|██████▎   | 5/8 [00:00<00:00,  8.00it/s]"},
        {8, S(1), 7, " 88%|████████▊ | 7/8 [00:00<00:00,  8.00it/s]"},
        {40, S(4), 1, "  2%|▎         | 1/40 [00:00<00:03, 10.00it/s]"},
        {40, S(4), 3, "  8%|▊         | 3/40 [00:00<00:03, 10.00it/s]"},
        {40, S(4), 5, " 12%|█▎        | 5/40 [00:00<00:03, 10.00it/s]"},
        {40, S(4), 37, " 92%|█████████▎| 37/40 [00:03<00:00, 10.00it/s]"},
        {40, S(4), 39, " 98%|█████████▊| 39/40 [00:03<00:00, 10.00it/s]"},
        {200, S(20), 50, " 50%|█████     | 101/200 [00:10<00:09, 10.00it/s]"},
        {200, MS(9900), 1, "  1%|          | 2/200 [00:00<00:09, 20.00it/s]"},
        {16, S(3), 2, " 12%|█▎        | 2/16 [00:00<00:02,  5.33it/s]"},
        {16, S(3), 6, " 38%|███▊      | 6/16 [00:01<00:01,  5.33it/s]"},
        {16, S(3), 10, " 62%|██████▎   | 10/16 [00:01<00:01,  5.33it/s]"},
        {16, S(3), 14, " 88%|████████▊ | 14/16 [00:02<00:00,  5.33it/s]"},
        {1000, S(100), 50, " 50%|█████     | 505/1000 [00:50<00:49, 10.00it/s]"},
    };

    expect_lines(lines, COUNT(lines));
}
END_TEST

START_TEST(test_rate_ties_go_to_even)
{
    static const struct line lines[] = {
        {9, S(8), 1, " 11%|█         | 1/9 [00:00<00:07,  1.13it/s]"},
        {9, S(8), 5, " 56%|█████▌    | 5/9 [00:04<00:03,  1.13it/s]"},
        {9, S(8), 9, "100%|██████████| 9/9 [00:08<00:00,  1.12it/s]"},
        {99, S(88), 1, "  1%|          | 1/99 [00:00<01:27,  1.13it/s]"},
        {99, S(88), 7, "  7%|▋         | 7/99 [00:06<01:21,  1.13it/s]"},
        {99, S(88), 99, "100%|██████████| 99/99 [01:28<00:00,  1.12it/s]"},
        {8, S(9), 1, " 12%|█▎        | 1/8 [00:01<00:07,  1.12s/it]"},
        {8, S(9), 8, "100%|██████████| 8/8 [00:09<00:00,  1.12s/it]"},
        {11, MS(8800), 1, "  9%|▉         | 1/11 [00:00<00:08,  1.25it/s]"},
        {27, S(8), 3, " 11%|█         | 3/27 [00:00<00:07,  3.38it/s]"},
        {27, S(8), 27, "100%|██████████| 27/27 [00:08<00:00,  3.38it/s]"},
        {77, S(16), 77, "100%|██████████| 77/77 [00:16<00:00,  4.81it/s]"},
    };

    expect_lines(lines, COUNT(lines));
}
END_TEST

/* --- lifecycle ------------------------------------------------------------------------------------------ */

static void expect_times(const struct prediction *prediction, int64_t started, int64_t completed)
{
    ck_assert_int_eq(prediction->created_at, START);
    ck_assert_int_eq(prediction->started_at, started < 0 ? 0 : START + started);
    ck_assert_int_eq(prediction->completed_at, completed < 0 ? 0 : START + completed);
}

START_TEST(test_it_succeeds)
{
    begin(usual());
    struct world *world = worlds_use(worlds, "a");
    struct prediction *prediction = create(world);

    ck_assert_int_eq(prediction->status, STATUS_STARTING);
    ck_assert_uint_eq(world->unfinished, 1);
    expect_times(prediction, -1, -1);
    ck_assert_int_eq(worlds_wake_at(worlds), base.mono + MS(100));
    pass(MS(100) - 1);
    expect_told("");
    pass(37); // overslept: the times are those that were due
    expect_told("processing 100000000");
    ck_assert_int_eq(prediction->status, STATUS_PROCESSING);
    ck_assert(!prediction->output_ready);
    expect_times(prediction, MS(100), -1);
    pass(S(1));
    expect_told("output 1100000000, completed 1100000000");
    ck_assert_int_eq(prediction->status, STATUS_SUCCEEDED);
    ck_assert(prediction->output_ready);
    expect_times(prediction, MS(100), MS(1100));
    ck_assert_uint_eq(world->unfinished, 0);
    ck_assert_uint_eq(worlds->unfinished, 0);
    pass(S(100000000));
    expect_told("expired 3601100000000"); // retention 0: its data stays
    ck_assert_int_eq(worlds_wake_at(worlds), CLOCK_NEVER);
    ck_assert(!prediction->data_removed);
}
END_TEST

START_TEST(test_all_in_one_leap)
{
    struct world_settings settings = usual();

    settings.retention = S(3600);
    begin(settings);
    struct prediction *prediction = create(worlds_use(worlds, "a"));
    pass(S(7200));
    expect_told("processing 100000000, output 1100000000, completed 1100000000, "
                "expired 3601100000000, removed 3601100000000");
    expect_times(prediction, MS(100), MS(1100));
    ck_assert(prediction->data_removed);
}
END_TEST

START_TEST(test_no_time_at_all)
{
    struct world_settings settings = usual();

    settings.boot = settings.predict = 0;
    begin(settings);
    struct prediction *prediction = create(worlds_use(worlds, "a"));
    ck_assert_int_eq(prediction->status, STATUS_STARTING); // until the next turn: creation answers `starting`
    expect_told("");
    pass(0);
    expect_told("processing 0, output 0, completed 0");
    expect_times(prediction, 0, 0);
    ck_assert_int_eq(prediction->status, STATUS_SUCCEEDED);
}
END_TEST

START_TEST(test_creation_is_cut_to_the_millisecond)
{
    begin(usual());
    struct world *world = worlds_use(worlds, "a");

    pass(MS(12) + 345678);
    struct prediction *prediction = create(world);
    ck_assert_int_eq(prediction->created_at, START + MS(12));
    pass(S(2));
    expect_told("processing 112000000, output 1112000000, completed 1112000000");
}
END_TEST

START_TEST(test_creation_order)
{
    begin(usual());
    struct world *world = worlds_use(worlds, "a");
    struct prediction *first = create(world), *second = create(world);

    ck_assert_uint_eq(first->number, 0);
    ck_assert_uint_eq(second->number, 1);
    ck_assert_str_ne(first->id, second->id);
    ck_assert_ptr_eq(store_find(worlds->store, first->id), first);
    ck_assert_ptr_eq(store_find(worlds->store, second->id), second);
    ck_assert_ptr_null(store_find(worlds->store, "nothing"));
    ck_assert_ptr_null(store_find(worlds->store, ""));
    ck_assert_ptr_eq(timeline_at(&world->timeline, 0), first);
    ck_assert_ptr_eq(timeline_at(&world->timeline, 1), second);
    ck_assert_uint_eq(worlds->store->count, 2);
}
END_TEST

START_TEST(test_cancel_while_starting)
{
    begin(usual());
    struct prediction *prediction = create(worlds_use(worlds, "a"));

    pass(MS(40));
    lifecycle_cancel(prediction);
    expect_told("completed 40000000");
    ck_assert_int_eq(prediction->status, STATUS_CANCELED);
    expect_times(prediction, -1, MS(40)); // it never ran
    ck_assert(!prediction->output_ready);
    pass(S(10));
    expect_told("");
}
END_TEST

START_TEST(test_cancel_at_once)
{
    begin(usual());
    struct prediction *prediction = create(worlds_use(worlds, "a"));

    lifecycle_cancel(prediction);
    expect_told("completed 0");
    ck_assert_int_eq(prediction->status, STATUS_CANCELED);
    expect_times(prediction, -1, 0);
    ck_assert_int_eq(lifecycle_elapsed(prediction, START + S(50)), 0);
}
END_TEST

START_TEST(test_cancel_while_processing)
{
    begin(usual());
    struct prediction *prediction = create(worlds_use(worlds, "a"));

    pass(MS(700));
    lifecycle_cancel(prediction);
    expect_told("processing 100000000, completed 700000000");
    ck_assert_int_eq(prediction->status, STATUS_CANCELED);
    expect_times(prediction, MS(100), MS(700));
    ck_assert_int_eq(lifecycle_elapsed(prediction, START + S(50)), MS(600));
    pass(S(10));
    expect_told("");
}
END_TEST

START_TEST(test_cancel_afterwards_changes_nothing)
{
    begin(usual());
    struct prediction *prediction = create(worlds_use(worlds, "a"));

    pass(S(5));
    expect_told("processing 100000000, output 1100000000, completed 1100000000");
    lifecycle_cancel(prediction);
    lifecycle_cancel(prediction);
    expect_told("");
    ck_assert_int_eq(prediction->status, STATUS_SUCCEEDED);
    expect_times(prediction, MS(100), MS(1100));
    ck_assert_uint_eq(worlds->unfinished, 0);
}
END_TEST

START_TEST(test_deadline_before_the_start)
{
    begin(usual());
    struct prediction *prediction = create_until(worlds_use(worlds, "a"), MS(100) - 1);

    ck_assert_int_eq(prediction->deadline, START + MS(100) - 1);
    pass(S(10));
    expect_told("completed 99999999");
    ck_assert_int_eq(prediction->status, STATUS_ABORTED);
    expect_times(prediction, -1, MS(100) - 1);
    ck_assert(!prediction->output_ready);
}
END_TEST

START_TEST(test_deadline_while_processing)
{
    begin(usual());
    struct prediction *prediction = create_until(worlds_use(worlds, "a"), MS(500));

    pass(S(10));
    expect_told("processing 100000000, completed 500000000");
    ck_assert_int_eq(prediction->status, STATUS_CANCELED);
    expect_times(prediction, MS(100), MS(500));
}
END_TEST

START_TEST(test_deadline_at_the_very_moment)
{
    begin(usual());
    struct prediction *at_start = create_until(worlds_use(worlds, "a"), MS(100));
    struct prediction *at_end = create_until(worlds_use(worlds, "b"), MS(1100));

    pass(S(10));
    ck_assert_int_eq(at_start->status, STATUS_CANCELED); // it had started: `canceled`, not `aborted`
    expect_times(at_start, MS(100), MS(100));
    ck_assert_int_eq(at_end->status, STATUS_SUCCEEDED); // and it had ended
    expect_times(at_end, MS(100), MS(1100));
}
END_TEST

START_TEST(test_deadline_after_the_end)
{
    struct world_settings settings = usual();

    settings.retention = S(1);
    begin(settings);
    struct prediction *prediction = create_until(worlds_use(worlds, "a"), MS(1500)); // before the retention ends
    pass(S(10));
    expect_told("processing 100000000, output 1100000000, completed 1100000000, removed 2100000000");
    ck_assert_int_eq(prediction->status, STATUS_SUCCEEDED);
}
END_TEST

START_TEST(test_retention_takes_the_data)
{
    struct world_settings settings = usual();
    struct prediction *prediction = NULL;

    settings.retention = S(60);
    begin(settings);
    ck_assert_int_eq(try_create(worlds_use(worlds, "a"), "{\"head\":\"hello\\n\",\"x\":1}", 0, &prediction), STORE_OK);
    size_t bytes = worlds->store->bytes;
    pass(MS(61100) - 1);
    ck_assert(!prediction->data_removed);
    ck_assert_uint_eq(prediction->input_len, strlen("{\"head\":\"hello\\n\",\"x\":1}"));
    told.len = 0;
    pass(1);
    expect_told("removed 61100000000");
    ck_assert(prediction->data_removed);
    ck_assert_uint_eq(prediction->input_len, 2);
    ck_assert(memcmp(prediction->input, "{}", 2) == 0);
    ck_assert_str_eq(prediction->plan.log_head, "");
    ck_assert_int_eq(prediction->status, STATUS_SUCCEEDED);
    expect_times(prediction, MS(100), MS(1100));
    ck_assert_uint_eq(worlds->store->bytes, bytes - strlen("{\"head\":\"hello\\n\",\"x\":1}") + 2);
    pass(S(1000000));
    expect_told("");
}
END_TEST

START_TEST(test_retention_of_canceled_ones)
{
    struct world_settings settings = usual();

    settings.retention = S(60);
    begin(settings);
    struct prediction *canceled = create(worlds_use(worlds, "a"));
    struct prediction *aborted = create_until(worlds_use(worlds, "a"), MS(50));
    pass(MS(10));
    lifecycle_cancel(canceled);
    pass(S(100));
    expect_told("completed 10000000, completed 50000000, removed 60010000000, removed 60050000000");
    ck_assert(canceled->data_removed && aborted->data_removed);
}
END_TEST

/* --- who is told ---------------------------------------------------------------------------------------- */

static char order[32];

struct witness {
    struct observer observer;
    char name;
    struct observer *drops; // unlinked when it sees something
};

static void witness_sees(struct observer *observer, const struct event *event)
{
    struct witness *witness = container_of(observer, struct witness, observer);
    char name[2] = {witness->name, '\0'};

    (void)event;
    strcat(order, name);
    if (witness->drops)
        unobserve(witness->drops);
}

START_TEST(test_the_nearest_are_told_first)
{
    struct witness all = {{.see = witness_sees}, 'a', NULL}, of_world = {{.see = witness_sees}, 'w', NULL};
    struct witness of_it = {{.see = witness_sees}, 'p', NULL}, second = {{.see = witness_sees}, 'q', NULL};

    begin(usual());
    order[0] = '\0';
    struct world *world = worlds_use(worlds, "a");
    struct prediction *prediction = create(world);
    create(worlds_use(worlds, "other")); // of which only `all` hears
    observe(&worlds->observers, &all.observer);
    observe(&world->observers, &of_world.observer);
    observe(&prediction->observers, &of_it.observer);
    observe(&prediction->observers, &second.observer);
    pass(MS(100));
    ck_assert_str_eq(order, "pqwaa");
    unobserve(&all.observer);
    unobserve(&of_world.observer);
    unobserve(&of_it.observer);
    unobserve(&second.observer);
    unobserve(&second.observer);
}
END_TEST

START_TEST(test_watchers_may_leave_while_they_look)
{
    struct witness witnesses[] = {{{.see = witness_sees}, '1', NULL},
                                  {{.see = witness_sees}, '2', NULL},
                                  {{.see = witness_sees}, '3', NULL},
                                  {{.see = witness_sees}, '4', NULL}};

    begin(usual());
    order[0] = '\0';
    struct prediction *prediction = create(worlds_use(worlds, "a"));
    for (size_t i = 0; i < COUNT(witnesses); i++)
        observe(&prediction->observers, &witnesses[i].observer);
    witnesses[0].drops = &witnesses[0].observer; // itself, …
    witnesses[1].drops = &witnesses[2].observer; // … one that was to be told, …
    witnesses[3].drops = &witnesses[1].observer; // … one that was told
    pass(MS(100));
    ck_assert_str_eq(order, "124");
    pass(S(1)); // output and completed
    ck_assert_str_eq(order, "12444");
    unobserve(&witnesses[3].observer);
}
END_TEST

/* --- store ---------------------------------------------------------------------------------------------- */

START_TEST(test_the_oldest_finished_one_goes)
{
    struct world_settings settings = usual();
    struct prediction *extra = NULL;
    char ids[3][ID_LEN + 1];

    settings.max_predictions = 3;
    begin(settings);
    struct world *world = worlds_use(worlds, "a");
    struct prediction *held = create(world); // the oldest, but canceled last
    for (int i = 0; i < 2; i++)
        strcpy(ids[i], create(world)->id);
    ck_assert_int_eq(try_create(world, "{}", 0, &extra), STORE_FULL);
    ck_assert_int_eq(try_create(worlds_use(worlds, "b"), "{}", 0, &extra),
                     STORE_OK); // another world has its own
    lifecycle_cancel(timeline_at(&world->timeline, 2));
    lifecycle_cancel(timeline_at(&world->timeline, 1));
    lifecycle_cancel(held);
    told.len = 0;
    pass(MS(7));
    strcpy(ids[2], create(world)->id);
    expect_told("gone 7000000");
    ck_assert_ptr_null(store_find(worlds->store, ids[1])); // finished first
    ck_assert_ptr_nonnull(store_find(worlds->store, ids[0]));
    ck_assert_uint_eq(world->timeline.len, 3);
    ck_assert_ptr_eq(timeline_at(&world->timeline, 0), held);
    create(world);
    ck_assert_ptr_null(store_find(worlds->store, ids[0]));
    ck_assert_ptr_eq(timeline_at(&world->timeline, 0), held);
    create(world);
    ck_assert_ptr_ne(timeline_at(&world->timeline, 0), held);
    ck_assert_int_eq(try_create(world, "{}", 0, &extra), STORE_FULL);
    ck_assert_uint_eq(worlds->store->count, 4);
    ck_assert_uint_eq(worlds->unfinished, 4);
}
END_TEST

START_TEST(test_memory_takes_data_first)
{
    struct world_settings settings = usual();
    struct prediction *made[4] = {NULL};
    char input[1200];

    memset(input, 'x', sizeof(input));
    memcpy(input, "{\"a\":\"", 6);
    memcpy(input + sizeof(input) - 3, "\"}", 3);
    begin(settings);
    ck_assert_int_eq(try_create(worlds_use(worlds, "a"), input, 0, &made[0]), STORE_OK);
    size_t each = worlds->store->bytes;
    ck_assert_uint_gt(each, sizeof(input));
    end();

    settings.max_memory = 3 * each + 1000; // a fourth needs the data of one
    begin(settings);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(try_create(worlds_use(worlds, i == 1 ? "b" : "a"), input, 0, &made[i]), STORE_OK);
    ck_assert_uint_eq(worlds->store->bytes, 3 * each);
    ck_assert_int_eq(try_create(worlds_use(worlds, "c"), input, 0, &made[3]), STORE_NO_MEMORY);
    ck_assert_uint_eq(worlds->store->bytes, 3 * each);
    ck_assert_uint_eq(worlds->store->count, 3);
    lifecycle_cancel(made[1]); // of another world, and the first to end
    lifecycle_cancel(made[0]);
    told.len = 0;
    pass(MS(5));
    ck_assert_int_eq(try_create(worlds_use(worlds, "c"), input, 0, &made[3]), STORE_OK);
    expect_told("removed 5000000");
    ck_assert(made[1]->data_removed && !made[0]->data_removed && !made[2]->data_removed);
    ck_assert_uint_le(worlds->store->bytes, settings.max_memory);
    ck_assert_ptr_eq(store_find(worlds->store, made[1]->id), made[1]);
}
END_TEST

START_TEST(test_memory_fits_to_the_byte)
{
    struct world_settings settings = usual();
    struct prediction *prediction = NULL;

    begin(settings);
    create(worlds_use(worlds, "a"));
    settings.max_memory = 2 * worlds->store->bytes;
    end();
    begin(settings);
    create(worlds_use(worlds, "a"));
    create(worlds_use(worlds, "a"));
    ck_assert_uint_eq(worlds->store->bytes, settings.max_memory);
    end();
    settings.max_memory--;
    begin(settings);
    create(worlds_use(worlds, "a"));
    ck_assert_int_eq(try_create(worlds_use(worlds, "a"), "{}", 0, &prediction), STORE_NO_MEMORY);
}
END_TEST

START_TEST(test_memory_of_closed_worlds_goes_first)
{
    struct world_settings settings = usual();
    struct prediction *prediction = NULL;

    begin(settings);
    create(worlds_use(worlds, "a"));
    settings.max_memory = 4 * worlds->store->bytes;
    end();
    begin(settings);
    for (int i = 0; i < 3; i++)
        create(worlds_use(worlds, "a"));
    struct prediction *finished = create(worlds_use(worlds, "b"));
    lifecycle_cancel(finished);
    world_close(worlds_find(worlds, "a")); // three that nobody can see, and none of them was finished
    for (int i = 0; i < 3; i++)
        create(worlds_use(worlds, "b"));
    ck_assert(!finished->data_removed);
    ck_assert_uint_eq(worlds->store->bytes, settings.max_memory);
    ck_assert_int_eq(try_create(worlds_use(worlds, "b"), "{}", 0, &prediction), STORE_NO_MEMORY);
}
END_TEST

START_TEST(test_data_goes_in_the_order_of_completion)
{
    struct world_settings settings = usual();
    struct prediction *made[5];

    settings.retention = S(10);
    settings.max_predictions = 5;
    begin(settings);
    struct world *world = worlds_use(worlds, "a");
    for (int i = 0; i < 5; i++)
        made[i] = create(world);
    for (int i = 4; i >= 1; i--) { // the last one first, 1 ms apart
        pass(MS(1));
        lifecycle_cancel(made[i]);
    }
    expect_told("completed 1000000, completed 2000000, completed 3000000, completed 4000000");
    create(world); // made[4] goes whole, and with it its timer
    expect_told("gone 4000000");
    pass(S(10) - MS(2));
    expect_told("processing 100000000, processing 104000000, output 1100000000, completed 1100000000, "
                "output 1104000000, completed 1104000000, removed 10002000000");
    create(world); // the one without data before those with it
    expect_told("gone 10002000000");
    ck_assert(!made[2]->data_removed && !made[1]->data_removed);
    pass(MS(2));
    expect_told("removed 10003000000, removed 10004000000");
    pass(S(100));
    ck_assert(strstr(buf_cstr(&told), "removed 11100000000") && strstr(buf_cstr(&told), "removed 11104000000"));
}
END_TEST

START_TEST(test_retention_of_one_that_went_before)
{
    struct world_settings settings = usual();

    settings.boot = S(100);
    settings.retention = S(10);
    settings.max_predictions = 2;
    begin(settings);
    struct world *world = worlds_use(worlds, "a");
    struct prediction *first = create(world), *second = create(world);
    lifecycle_cancel(first);
    pass(S(1));
    lifecycle_cancel(second);
    create(world); // in the place of the first
    expect_told("completed 0, completed 1000000000, gone 1000000000");
    pass(S(11) - 1 - S(1));
    expect_told("");
    pass(1);
    expect_told("removed 11000000000");
    create(world);
    expect_told("gone 11000000000");
    pass(S(50)); // nobody is left whose data could go
    expect_told("");
}
END_TEST

/* --- the end of output files ----------------------------------------------------------------------------- */

START_TEST(test_files_expire_an_hour_after_the_end)
{
    struct prediction *grew, *other, *none;

    begin(usual());
    struct world *world = worlds_use(worlds, "a");
    try_create(world, "{\"files\":4,\"grows\":true}", MS(700), &grew); // canceled with two of its four
    try_create(world, "{\"files\":4,\"grows\":true}", MS(200), &none);
    try_create(world, "{\"files\":0}", 0, &none);
    try_create(world, "{}", 0, &other);
    pass(S(3600) + MS(700) - 1);
    told.len = 0;
    ck_assert(output_files_has(grew, 1, clock_now(&world->clock)));
    ck_assert(!output_files_has(grew, 2, clock_now(&world->clock)));
    pass(1);
    expect_told("expired 3600700000000");
    ck_assert(!output_files_has(grew, 1, clock_now(&world->clock)));
    ck_assert(output_files_has(other, 1, clock_now(&world->clock)));
    pass(MS(400));
    expect_told("expired 3601100000000");
    ck_assert(!output_files_has(other, 1, clock_now(&world->clock)));
    ck_assert_int_eq(worlds_wake_at(worlds), CLOCK_NEVER);
}
END_TEST

START_TEST(test_files_of_one_that_runs_do_not_expire)
{
    struct world_settings settings = usual();
    struct prediction *prediction;

    settings.predict = S(100000);
    begin(settings);
    struct world *world = worlds_use(worlds, "a");
    try_create(world, "{\"files\":10,\"grows\":true}", 0, &prediction);
    pass(S(90000)); // the first was there after 10000 s
    ck_assert(output_files_has(prediction, 0, clock_now(&world->clock)));
    ck_assert(!output_files_has(prediction, 9, clock_now(&world->clock)));
    expect_told("processing 100000000");
}
END_TEST

START_TEST(test_data_that_outlives_its_files)
{
    struct world_settings settings = usual();

    settings.retention = S(7200);
    begin(settings);
    create(worlds_use(worlds, "a"));
    pass(S(2));
    told.len = 0;
    pass(S(10000));
    expect_told("expired 3601100000000, removed 7201100000000");
}
END_TEST

START_TEST(test_files_that_go_with_their_data)
{
    struct world_settings settings = usual();

    settings.retention = S(3600) - 1;
    begin(settings);
    create(worlds_use(worlds, "a"));
    pass(S(2));
    told.len = 0;
    pass(S(10000));
    expect_told("removed 3601099999999");
    ck_assert_int_eq(worlds_wake_at(worlds), CLOCK_NEVER);
}
END_TEST

/* Which expired, by number; told to a server of files that go in all ways there are. */
static bool expired[400];

static void see_expiry(struct observer *observer, const struct event *event)
{
    const struct prediction *prediction = event->prediction;

    (void)observer;
    if (event->type == EVENT_FILE_EXPIRED) {
        ck_assert(!expired[prediction->number] && !prediction->data_removed && prediction->plan.files > 0);
        ck_assert_int_eq(prediction->status, STATUS_SUCCEEDED);
        ck_assert_int_eq(event->at, prediction->completed_at + S(3600));
        expired[prediction->number] = true;
    } else if (event->type == EVENT_REMOVED || event->type == EVENT_GONE) {
        bool ever = prediction->status == STATUS_SUCCEEDED && prediction->plan.files > 0;
        if (event->type == EVENT_REMOVED || !prediction->data_removed)
            ck_assert(expired[prediction->number] == (ever && event->at >= prediction->completed_at + S(3600)));
    }
}

/* Predictions with and without files, some canceled; the longest finished ones lose their data, or go whole. */
static void let_files_go(int64_t retention)
{
    static const char *const inputs[] = {"{}", "{\"files\":0}", "{\"files\":1}"};
    struct observer observer = {.see = see_expiry};
    struct world_settings settings = usual();
    struct prediction *prediction;

    settings.retention = retention;
    settings.max_predictions = 20;
    begin(settings);
    memset(expired, 0, sizeof(expired));
    struct world *world = worlds_use(worlds, "a");
    observe(&world->observers, &observer);
    for (int i = 0; i < 400; i++) {
        if (try_create(world, inputs[roll(3)], roll(3) ? 0 : MS(50 + roll(2000)), &prediction) != STORE_OK)
            ck_abort();
        pass((int64_t)roll(S(600)));
        prediction = list_first(&world->finished, struct prediction, finished);
        if (roll(8) == 0 && prediction)
            store_remove_data(worlds->store, prediction, clock_now(&world->clock));
    }
    pass(S(10000));
    ck_assert(worlds_wake_at(worlds) == CLOCK_NEVER && !world->expiring);
    for (size_t i = 0; i < world->timeline.len; i++) {
        prediction = timeline_at(&world->timeline, i);
        ck_assert(prediction->data_removed || expired[prediction->number] == output_files_any(prediction));
    }
    unobserve(&observer);
    end();
}

START_TEST(test_files_go_in_all_ways)
{
    static const int64_t retentions[] = {0, S(1800), S(3599), S(3600), S(3601), S(7200)};

    for (size_t i = 0; i < sizeof(retentions) / sizeof(*retentions); i++)
        let_files_go(retentions[i]);
}
END_TEST

START_TEST(test_nothing_is_left_in_the_end)
{
    struct world_settings settings = usual();

    settings.retention = S(1);
    settings.max_predictions = 5;
    begin(settings);
    for (int i = 0; i < 60; i++) {
        struct world *world = worlds_use(worlds, i % 3 == 0 ? "a" : "b");
        struct prediction *prediction = NULL;
        if (try_create(world, "{\"head\":\"some text\"}", roll(2) ? MS(50) : 0, &prediction) == STORE_OK &&
            roll(4) == 0)
            lifecycle_cancel(prediction);
        pass((int64_t)roll(S(1)));
    }
    world_close(worlds_find(worlds, "a"));
    world_close(worlds_find(worlds, "b"));
    ck_assert_uint_eq(worlds->store->count, 0);
    ck_assert_uint_eq(worlds->unfinished, 0);
    ck_assert_uint_gt(worlds->store->bytes, 0);
    while (worlds_reap(worlds, 3))
        ;
    ck_assert_uint_eq(worlds->store->bytes, 0);
    ck_assert_uint_eq(worlds->store->by_id.len, 0);
    ck_assert(list_empty(&worlds->store->with_data));
}
END_TEST

/* --- worlds --------------------------------------------------------------------------------------------- */

START_TEST(test_a_token_is_a_world)
{
    begin(usual());
    ck_assert_ptr_null(worlds_find(worlds, "a"));
    struct world *a = worlds_use(worlds, "a");
    struct world *b = worlds_use(worlds, "b");

    ck_assert_ptr_ne(a, b);
    ck_assert_ptr_eq(worlds_use(worlds, "a"), a);
    ck_assert_ptr_eq(worlds_find(worlds, "a"), a);
    ck_assert_ptr_null(worlds_find(worlds, "A"));
    ck_assert_ptr_null(worlds_find(worlds, ""));
    ck_assert_uint_eq(worlds_count(worlds), 2);
    ck_assert_str_eq(a->token, "a");
    ck_assert_str_eq(a->name, "ca978112"); // of its SHA-256, not of its letters
    ck_assert_int_eq(clock_now(&a->clock), START);
    clock_jump(&a->clock, START + S(9));
    ck_assert_int_eq(clock_now(&b->clock), START);
}
END_TEST

START_TEST(test_worlds_begin_at_the_time_of_day)
{
    struct world_settings settings = usual();

    settings.start_time = 0;
    begin(settings);
    pass(S(5));
    ck_assert_int_eq(clock_now(&worlds_use(worlds, "a")->clock), S(INT64_C(1800000005)));
}
END_TEST

START_TEST(test_the_longest_idle_world_goes)
{
    struct world_settings settings = usual();

    settings.max_worlds = 3;
    begin(settings);
    worlds_use(worlds, "a");
    worlds_use(worlds, "b");
    worlds_use(worlds, "c");
    worlds_use(worlds, "a");
    ck_assert_ptr_nonnull(worlds_use(worlds, "d"));
    ck_assert_ptr_null(worlds_find(worlds, "b"));
    ck_assert_ptr_nonnull(worlds_find(worlds, "a"));
    ck_assert_ptr_nonnull(worlds_find(worlds, "c"));
    ck_assert_uint_eq(worlds_count(worlds), 3);
    expect_told("closing 0");
}
END_TEST

START_TEST(test_busy_worlds_stay)
{
    struct world_settings settings = usual();
    struct witness witness = {{.see = witness_sees}, 'w', NULL};

    settings.max_worlds = 4;
    begin(settings);
    struct prediction *prediction = create(worlds_use(worlds, "unfinished"));
    worlds_use(worlds, "advancing")->advancing = true;
    observe(&worlds_use(worlds, "watched")->observers, &witness.observer);
    worlds_use(worlds, "idle");
    ck_assert_ptr_nonnull(worlds_use(worlds, "new"));
    ck_assert_ptr_null(worlds_find(worlds, "idle"));
    create(worlds_use(worlds, "new"));
    ck_assert_ptr_null(worlds_use(worlds, "newer"));
    ck_assert_ptr_nonnull(worlds_use(worlds, "unfinished")); // those that are there still can be used
    lifecycle_cancel(prediction);
    ck_assert_ptr_nonnull(worlds_use(worlds, "newer"));
    ck_assert_ptr_null(worlds_find(worlds, "unfinished"));
    unobserve(&witness.observer);
}
END_TEST

START_TEST(test_a_closed_world_is_gone_at_once)
{
    begin(usual());
    struct world *world = worlds_use(worlds, "a");
    char id[ID_LEN + 1];

    strcpy(id, create(world)->id);
    create(world);
    create(worlds_use(worlds, "b"));
    world_close(world);
    expect_told("closing 0");
    world_close(world); // nothing more
    expect_told("");
    ck_assert_ptr_null(store_find(worlds->store, id));
    ck_assert_ptr_null(worlds_find(worlds, "a"));
    ck_assert_uint_eq(worlds->store->count, 1);
    ck_assert_uint_eq(worlds->unfinished, 1);
    ck_assert_uint_eq(worlds_count(worlds), 1);
    pass(S(2)); // its timers are dropped
    expect_told("processing 100000000, output 1100000000, completed 1100000000");
    worlds_each (link, worlds)
        ck_assert_str_eq(world_of(link)->token, "b");
}
END_TEST

START_TEST(test_memory_is_freed_in_slices)
{
    begin(usual());
    for (int i = 0; i < 10; i++)
        create(worlds_use(worlds, i < 7 ? "a" : "b"));
    size_t each = worlds->store->bytes / 10;

    ck_assert(!worlds_reap(worlds, 3));
    world_close(worlds_find(worlds, "a"));
    world_close(worlds_find(worlds, "b"));
    for (size_t left = 10; left > 3;) {
        ck_assert(worlds_reap(worlds, 3));
        ck_assert_uint_eq(worlds->store->bytes, (left -= 3) * each);
    }
    ck_assert(!worlds_reap(worlds, 3));
    ck_assert_uint_eq(worlds->store->bytes, 0);
}
END_TEST

START_TEST(test_a_seed_repeats_everything)
{
    struct world_settings settings = usual();
    char ids[3][ID_LEN + 1], other[ID_LEN + 1];

    begin(settings);
    for (int i = 0; i < 3; i++)
        strcpy(ids[i], create(worlds_use(worlds, "a"))->id);
    strcpy(other, create(worlds_use(worlds, "b"))->id);
    struct hash_key key = worlds->secret;
    end();

    begin(settings);
    ck_assert_str_eq(create(worlds_use(worlds, "b"))->id, other); // another order of the worlds
    for (int i = 0; i < 3; i++)
        ck_assert_str_eq(create(worlds_use(worlds, "a"))->id, ids[i]);
    ck_assert(worlds->secret.k0 == key.k0 && worlds->secret.k1 == key.k1);
    end();

    settings.seed++;
    begin(settings);
    ck_assert_str_ne(create(worlds_use(worlds, "a"))->id, ids[0]);
    ck_assert(worlds->secret.k0 != key.k0 && worlds->secret.k1 != key.k1);
    end();

    settings.seeded = false;
    begin(settings);
    strcpy(other, create(worlds_use(worlds, "a"))->id);
    end();
    begin(settings);
    ck_assert_str_ne(create(worlds_use(worlds, "a"))->id, other);
}
END_TEST

START_TEST(test_a_seed_repeats_right_after_a_reset)
{
    char ids[3][ID_LEN + 1];

    begin(usual());
    struct world *world = worlds_use(worlds, "a");
    for (int i = 0; i < 3; i++)
        strcpy(ids[i], create(world)->id);
    world_close(world); // and it is not reaped yet
    world = worlds_use(worlds, "a");
    for (int i = 0; i < 2; i++) {
        struct prediction *again = create(world);
        ck_assert_str_eq(again->id, ids[i]);
        ck_assert_ptr_eq(store_find(worlds->store, ids[i]), again);
    }
    ck_assert_ptr_null(store_find(worlds->store, ids[2]));
    ck_assert(!worlds_reap(worlds, 100));
    for (int i = 0; i < 2; i++)
        ck_assert_ptr_eq(store_find(worlds->store, ids[i]), timeline_at(&world->timeline, (size_t)i));
    ck_assert_uint_eq(worlds->store->by_id.len, 2);
    ck_assert_uint_eq(worlds->store->count, 2);
    world_close(world);
    ck_assert_str_eq(create(worlds_use(worlds, "a"))->id, ids[0]);
}
END_TEST

START_TEST(test_worlds_run_by_their_own_clocks)
{
    begin(usual());
    struct world *fast = worlds_use(worlds, "fast"), *frozen = worlds_use(worlds, "frozen");

    clock_set(&fast->clock, false, 20);
    clock_set(&frozen->clock, true, 1);
    struct prediction *a = create(fast), *b = create(frozen), *c = create(worlds_use(worlds, "real"));
    pass(MS(60)); // 1.2 s of fast's
    expect_told("processing 100000000, output 1100000000, completed 1100000000");
    ck_assert_int_eq(a->status, STATUS_SUCCEEDED);
    ck_assert_int_eq(b->status, STATUS_STARTING);
    ck_assert_int_eq(c->status, STATUS_STARTING);
    clock_set(&frozen->clock, false, 1e6);
    world_clock_changed(frozen);
    pass(10);
    ck_assert_int_eq(b->status, STATUS_STARTING);
    pass(1000);
    ck_assert_int_eq(b->status, STATUS_PROCESSING);
    ck_assert_int_eq(b->started_at, START + MS(100));
}
END_TEST

START_TEST(test_run_due_keeps_to_its_budget)
{
    begin(usual());
    for (int i = 0; i < 5; i++)
        create(worlds_use(worlds, "a"));
    base.mono += MS(100);
    worlds_run_due(worlds, 2);
    expect_told("processing 100000000, processing 100000000");
    ck_assert_int_le(worlds_wake_at(worlds), base.mono);
    worlds_run_due(worlds, 100);
    expect_told("processing 100000000, processing 100000000, processing 100000000");
    ck_assert_int_eq(worlds_wake_at(worlds), base.mono + S(1));
}
END_TEST

/* --- advance -------------------------------------------------------------------------------------------- */

static struct advance moving;

static struct world *begin_manual(void)
{
    struct world_settings settings = usual();

    settings.manual_clock = true;
    begin(settings);
    return worlds_use(worlds, "a");
}

/* "processing 100, succeeded 1100": what the advance lists, in milliseconds. */
static void expect_fired_list(const char *expected)
{
    struct buf text = {0};

    for (size_t i = 0; i < moving.count; i++) {
        const struct fired *each = &moving.fired[i];
        bool of_files = strcmp(each->what, "file.expired") == 0;
        ck_assert(of_files || strncmp(each->what, "prediction.", 11) == 0);
        ck_assert(id_is_valid(each->id));
        buf_printf(&text, "%s%s %.10g", i > 0 ? ", " : "", strchr(each->what, '.') + 1,
                   (double)(each->at - START) / 1e6);
    }
    ck_assert_str_eq(buf_cstr(&text), expected);
    buf_free(&text);
}

START_TEST(test_advance_by_time)
{
    struct world *world = begin_manual();
    struct prediction *prediction = create(world);

    advance_start(&moving, world, START + MS(500), 0, ADVANCE_MAX_FIRED);
    ck_assert(world->advancing);
    ck_assert(advance_run(&moving, &(size_t){100}));
    expect_fired_list("processing 100");
    ck_assert_str_eq(moving.fired[0].id, prediction->id);
    ck_assert_str_eq(moving.fired[0].world, world->name);
    ck_assert_int_eq(clock_now(&world->clock), START + MS(500));
    advance_end(&moving);
    ck_assert(!world->advancing);
    advance_start(&moving, world, START + MS(1100), 0, ADVANCE_MAX_FIRED); // what is due at the very target happens
    ck_assert(advance_run(&moving, &(size_t){100}));
    expect_fired_list("succeeded 1100");
    advance_end(&moving);
    expect_times(prediction, MS(100), MS(1100));
    expect_told("processing 100000000, output 1100000000, completed 1100000000");
}
END_TEST

START_TEST(test_advance_to_the_past_or_nowhere)
{
    struct world *world = begin_manual();

    create(world);
    advance_start(&moving, world, START - S(1), 0, ADVANCE_MAX_FIRED);
    ck_assert(advance_run(&moving, &(size_t){100}));
    ck_assert_uint_eq(moving.count, 0);
    ck_assert_int_eq(clock_now(&world->clock), START);
    advance_end(&moving);
    advance_start(&moving, world, START, 0, ADVANCE_MAX_FIRED);
    ck_assert(advance_run(&moving, &(size_t){0}));
    advance_end(&moving);
    expect_told("");
}
END_TEST

START_TEST(test_advance_names_every_end)
{
    struct world_settings settings = usual();

    settings.manual_clock = true;
    settings.retention = S(1);
    begin(settings);
    struct world *world = worlds_use(worlds, "a");
    create(world);
    create_until(world, MS(50));
    create_until(world, MS(300));
    advance_start(&moving, world, START + S(3), 0, ADVANCE_MAX_FIRED);
    ck_assert(advance_run(&moving, &(size_t){100}));
    expect_fired_list("aborted 50, processing 100, processing 100, canceled 300, removed 1050, succeeded 1100, "
                      "removed 1300, removed 2100");
    advance_end(&moving);
}
END_TEST

START_TEST(test_advance_by_steps)
{
    struct world *world = begin_manual();

    create(world);
    create_until(world, MS(400));
    advance_start(&moving, world, START + S(100), 3, ADVANCE_MAX_FIRED);
    ck_assert(advance_run(&moving, &(size_t){100}));
    expect_fired_list("processing 100, processing 100, canceled 400");
    ck_assert_int_eq(clock_now(&world->clock), START + MS(400)); // where the last of them stood
    advance_end(&moving);
    advance_start(&moving, world, 0, 5, ADVANCE_MAX_FIRED); // there are two only
    ck_assert(advance_run(&moving, &(size_t){100}));
    expect_fired_list("succeeded 1100, expired 3601100");
    ck_assert_int_eq(clock_now(&world->clock), START + MS(3601100));
    advance_end(&moving);
}
END_TEST

START_TEST(test_advance_in_slices)
{
    struct world *world = begin_manual();

    for (int i = 0; i < 5; i++)
        create_until(world, MS(10 + i));
    advance_start(&moving, world, START + S(1), 0, ADVANCE_MAX_FIRED);
    ck_assert(!advance_run(&moving, &(size_t){2}));
    expect_fired_list("aborted 10, aborted 11");
    ck_assert_int_eq(clock_now(&world->clock), START + MS(11));
    ck_assert(world->advancing);
    ck_assert(!advance_run(&moving, &(size_t){2}));
    ck_assert(advance_run(&moving, &(size_t){2}));
    expect_fired_list("aborted 10, aborted 11, aborted 12, aborted 13, aborted 14");
    ck_assert_int_eq(clock_now(&world->clock), START + S(1));
    ck_assert(advance_run(&moving, &(size_t){2})); // it stays arrived
    advance_end(&moving);
}
END_TEST

/* Between two slices the loop runs what is due in all worlds: the rest of a moment that a slice has begun is
 * still the advance's. */
START_TEST(test_advance_owns_the_moment_between_slices)
{
    struct world *world = begin_manual();

    for (int i = 0; i < 4; i++)
        create(world);
    advance_start(&moving, world, START + MS(100), 0, ADVANCE_MAX_FIRED);
    ck_assert(!advance_run(&moving, &(size_t){1}));
    worlds_run_due(worlds, 1000);
    while (!advance_run(&moving, &(size_t){1}))
        worlds_run_due(worlds, 1000);
    expect_fired_list("processing 100, processing 100, processing 100, processing 100");
    advance_end(&moving);
}
END_TEST

START_TEST(test_advance_counts_steps_between_slices)
{
    struct world *world = begin_manual();

    for (int i = 0; i < 4; i++)
        create(world);
    advance_start(&moving, world, 0, 2, ADVANCE_MAX_FIRED);
    ck_assert(!advance_run(&moving, &(size_t){1}));
    worlds_run_due(worlds, 1000);
    ck_assert(advance_run(&moving, &(size_t){10}));
    expect_fired_list("processing 100, processing 100");
    expect_told("processing 100000000, processing 100000000");
    advance_end(&moving);
}
END_TEST

START_TEST(test_advance_lists_its_own_alone)
{
    struct world *world = begin_manual();
    struct prediction *canceled = create(world);

    create_until(world, MS(10));
    create_until(world, MS(20));
    create(worlds_use(worlds, "other"));
    advance_start(&moving, world, START + MS(50), 0, ADVANCE_MAX_FIRED);
    ck_assert(!advance_run(&moving, &(size_t){1}));
    lifecycle_cancel(canceled); // a request between two slices
    ck_assert(advance_run(&moving, &(size_t){100}));
    expect_fired_list("aborted 10, aborted 20");
    advance_end(&moving);
}
END_TEST

START_TEST(test_advance_keeps_a_thousand)
{
    struct world_settings settings = usual();

    settings.manual_clock = true;
    settings.max_predictions = 2000;
    begin(settings);
    struct world *world = worlds_use(worlds, "a");
    for (int i = 0; i < 600; i++)
        create(world);
    advance_start(&moving, world, START + S(2), 0, ADVANCE_MAX_FIRED);
    while (!advance_run(&moving, &(size_t){7}))
        ;
    ck_assert_uint_eq(moving.count, 1000);
    ck_assert_uint_eq(moving.more, 200);
    ck_assert_str_eq(moving.fired[999].what, "prediction.succeeded");
    advance_end(&moving);
    ck_assert_uint_eq(world->unfinished, 0);
}
END_TEST

START_TEST(test_advance_of_a_world_that_closes)
{
    struct world *world = begin_manual();

    create(world);
    create(world);
    advance_start(&moving, world, START + S(5), 0, ADVANCE_MAX_FIRED);
    ck_assert(!advance_run(&moving, &(size_t){1}));
    world_close(world); // a reset between two slices
    ck_assert_ptr_null(moving.world);
    ck_assert(!worlds_reap(worlds, 100));
    ck_assert(advance_run(&moving, &(size_t){100}));
    ck_assert_uint_eq(moving.count, 1);
    advance_end(&moving);
}
END_TEST

static void close_world(struct observer *observer, const struct event *event)
{
    if (event->type == EVENT_WORLD_CLOSING)
        return;
    unobserve(observer);
    world_close(event->world);
}

START_TEST(test_advance_of_a_world_that_closes_in_a_timer)
{
    struct observer closer = {.see = close_world};
    struct world *world = begin_manual();

    create(world);
    create(world);
    advance_start(&moving, world, START + S(5), 0, ADVANCE_MAX_FIRED);
    observe(&world->observers, &closer);
    ck_assert(advance_run(&moving, &(size_t){100}));
    ck_assert_ptr_null(moving.world);
    expect_told("closing 100000000, processing 100000000");
    advance_end(&moving);
    ck_assert_uint_eq(worlds->unfinished, 0);
}
END_TEST

START_TEST(test_advance_of_a_running_clock)
{
    begin(usual());
    struct world *world = worlds_use(worlds, "a");

    create(world);
    pass(MS(30));
    advance_start(&moving, world, START + S(1), 0, ADVANCE_MAX_FIRED);
    ck_assert(advance_run(&moving, &(size_t){100}));
    advance_end(&moving);
    expect_told("processing 100000000");
    ck_assert_int_eq(clock_now(&world->clock), START + S(1));
    ck_assert_int_eq(worlds_wake_at(worlds), base.mono + MS(100)); // and goes on from there
    pass(MS(100));
    expect_told("output 1100000000, completed 1100000000");
}
END_TEST

/* --- holds ---------------------------------------------------------------------------------------------- */

START_TEST(test_released_in_time_it_starts_in_time)
{
    begin(usual());
    struct prediction *prediction = create(worlds_use(worlds, "a"));

    lifecycle_hold(prediction);
    lifecycle_hold(prediction);
    pass(MS(50));
    lifecycle_release(prediction);
    lifecycle_release(prediction);
    pass(S(2));
    expect_told("processing 100000000, output 1100000000, completed 1100000000");
}
END_TEST

START_TEST(test_released_late_it_starts_then)
{
    begin(usual());
    struct prediction *prediction = create(worlds_use(worlds, "a"));

    lifecycle_hold(prediction);
    lifecycle_hold(prediction);
    pass(MS(300));
    lifecycle_release(prediction);
    pass(MS(300));
    expect_told(""); // one holds it still
    lifecycle_release(prediction);
    expect_told("processing 600000000");
    pass(MS(1000));
    expect_told("output 1600000000, completed 1600000000");
}
END_TEST

START_TEST(test_released_late_it_ends_at_once_where_it_takes_no_time)
{
    struct world_settings settings = usual();

    settings.boot = settings.predict = 0;
    settings.manual_clock = true;
    begin(settings);
    struct prediction *prediction = create(worlds_use(worlds, "a"));
    lifecycle_hold(prediction);
    worlds_run_due(worlds, 1000);
    expect_told("");
    lifecycle_release(prediction);
    expect_told("processing 0, output 0, completed 0");
}
END_TEST

/* It is released after its deadline, but before anybody has looked at the clock: then it ends at the deadline, and does
 * not begin behind it. */
START_TEST(test_released_behind_its_deadline)
{
    begin(usual());
    struct world *world = worlds_use(worlds, "a");
    struct prediction *prediction = create_until(world, S(5));

    lifecycle_hold(prediction);
    pass(S(1));
    base.mono += S(5);
    lifecycle_release(prediction);
    expect_told("");
    worlds_run_due(worlds, 1000);
    expect_told("completed 5000000000");
    ck_assert_int_eq(prediction->status, STATUS_ABORTED);
    ck_assert_uint_eq(world->in_flight, 0);
}
END_TEST

START_TEST(test_canceled_while_it_is_held)
{
    begin(usual());
    struct world *world = worlds_use(worlds, "a");
    struct prediction *prediction = create(world);

    lifecycle_hold(prediction);
    pass(S(3));
    lifecycle_cancel(prediction);
    lifecycle_release(prediction);
    pass(S(3));
    expect_told("completed 3000000000");
    ck_assert_uint_eq(world->in_flight, 0);
}
END_TEST

START_TEST(test_an_advance_of_a_manual_clock_holds_for_it)
{
    struct world_settings settings = usual();

    settings.manual_clock = true;
    begin(settings);
    struct world *world = worlds_use(worlds, "a");
    struct prediction *prediction = create(world);
    lifecycle_hold(prediction);
    advance_start(&moving, world, START + S(2), 0, ADVANCE_MAX_FIRED);
    ck_assert(!advance_run(&moving, &(size_t){100}));
    ck_assert_int_eq(clock_now(&world->clock), START);
    lifecycle_release(prediction);
    ck_assert(advance_run(&moving, &(size_t){100}));
    advance_end(&moving);
    expect_told("processing 100000000, output 1100000000, completed 1100000000");
}
END_TEST

/* --- view ----------------------------------------------------------------------------------------------- */

static const struct view_base where = {.api = {"http://127.0.0.1:7375/v1", 24},
                                       .streams = {"http://127.0.0.1:7375/v1", 24},
                                       .files = {"http://127.0.0.1:7375/delivery", 30}};

#define INPUT                                                                                                          \
    "{\"b\":[1.50,9007199254740993],\"a\":18446744073709551616,\"steps\":2,\"reference\":true,"                        \
    "\"head\":\"<b> & \\u2028\\n\"}"
#define INPUT_SHOWN                                                                                                    \
    "{\"a\":18446744073709551616,\"b\":[1.50,9007199254740993],\"head\":\"\\u003cb\\u003e \\u0026 "                    \
    "\\u2028\\n\","                                                                                                    \
    "\"reference\":true,\"steps\":2}"
#define LOGS_SHOWN                                                                                                     \
    "\"\\u003cb\\u003e \\u0026 \\u2028\\n"                                                                             \
    "  0%|          | 0/2 [00:00\\u003c?, ?it/s]\\n"                                                                   \
    " 50%|█████     | 1/2 [00:00\\u003c00:00,  2.00it/s]\\n"                                                 \
    "100%|██████████| 2/2 [00:01\\u003c00:00,  2.00it/s]\\n\""

static struct prediction *create_to_show(struct world *world, int64_t cancel_after, const char *webhook)
{
    struct prediction *prediction = NULL;

    ck_assert_int_eq(try_create_with(world, INPUT, cancel_after, webhook, &prediction), STORE_OK);
    return prediction;
}

/* In `expected` ID, FILE0, FILE1, TAG and KEY stand for what belongs to the prediction. */
static char *fill_in(const struct prediction *prediction, const char *expected)
{
    char files[2][FILE_KEY_LEN + 1], tag[STREAM_TAG_LEN + 1], key[STREAM_KEY_LEN + 1];
    const char *const words[][2] = {
        {"ID", prediction->id}, {"FILE0", files[0]}, {"FILE1", files[1]}, {"TAG", tag}, {"KEY", key}};
    struct buf out = {0};
    size_t len;

    capability_file_key(files[0], &worlds->secret, prediction->id, "ref-out.png");
    capability_file_key(files[1], &worlds->secret, prediction->id, "out-0.png");
    capability_stream_key(key, tag, &worlds->secret, prediction->id);
    for (const char *at = expected; *at;) {
        size_t i = 0;
        while (i < COUNT(words) && strncmp(at, words[i][0], strlen(words[i][0])) != 0)
            i++;
        if (i < COUNT(words)) {
            buf_str(&out, words[i][1]);
            at += strlen(words[i][0]);
        } else {
            buf_char(&out, *at++);
        }
    }
    buf_char(&out, '\0');
    return buf_take(&out, &len);
}

static void expect_view(void (*view)(struct buf *, const struct prediction *, const struct view_base *),
                        const struct prediction *prediction, const char *expected)
{
    struct buf out = {0};
    char *filled = fill_in(prediction, expected);

    view(&out, prediction, &where);
    ck_assert_str_eq(buf_cstr(&out), filled);
    buf_free(&out);
    free(filled);
}

#define SHOWN_HEAD "{\"id\":\"ID\",\"model\":\"rossjillian/controlnet\",\"version\":\"" VERSION "\",\"input\":"
#define URL_CANCEL "\"cancel\":\"http://127.0.0.1:7375/v1/predictions/ID/cancel\","
#define URL_GET    "\"get\":\"http://127.0.0.1:7375/v1/predictions/ID\","
#define URLS_REST  "\"stream\":\"http://127.0.0.1:7375/v1/files/TAG-KEY\",\"web\":\"https://replicate.com/p/ID\"}"
#define SHOWN_OUTPUT                                                                                                   \
    "\"output\":[\"http://127.0.0.1:7375/delivery/pbxt/FILE0/ref-out.png\","                                           \
    "\"http://127.0.0.1:7375/delivery/pbxt/FILE1/out-0.png\"]"
#define SHOWN_YOUNG                                                                                                    \
    SHOWN_HEAD INPUT_SHOWN ",\"logs\":\"\",\"output\":null,\"data_removed\":false,\"error\":null,"                     \
                           "\"source\":\"api\",\"status\":\"starting\",\"created_at\":\"2026-01-01T00:00:00Z\","
#define SHOWN_URLS  "\"urls\":{" URL_CANCEL URL_GET URLS_REST
#define DJANGO_URLS "\"urls\":{" URL_GET URL_CANCEL URLS_REST

START_TEST(test_view_of_the_gateway)
{
    begin(usual());
    struct prediction *prediction = create_to_show(worlds_use(worlds, "a"), 0, NULL);

    expect_view(view_gateway, prediction, SHOWN_YOUNG SHOWN_URLS "}");
    pass(S(2));
    expect_view(view_gateway, prediction,
                SHOWN_HEAD INPUT_SHOWN
                ",\"logs\":" LOGS_SHOWN "," SHOWN_OUTPUT ",\"data_removed\":false,\"error\":null,\"source\":\"api\","
                "\"status\":\"succeeded\",\"created_at\":\"2026-01-01T00:00:00Z\","
                "\"started_at\":\"2026-01-01T00:00:00.1Z\",\"completed_at\":\"2026-01-01T00:00:01.1Z\","
                "\"metrics\":{\"predict_time\":1,\"total_time\":1.1}," SHOWN_URLS "}");
}
END_TEST

START_TEST(test_view_with_webhook_and_deadline)
{
    begin(usual());
    struct world *world = worlds_use(worlds, "a");

    pass(MS(40));
    struct prediction *prediction = create_to_show(world, S(5), "https://example.com/<hook>?a=1&b=2");
    pass(MS(100));
    pass(123456789);
    lifecycle_cancel(prediction);
    expect_view(view_gateway, prediction,
                SHOWN_HEAD INPUT_SHOWN
                ",\"logs\":\"\\u003cb\\u003e \\u0026 \\u2028\\n  0%|          | 0/2 [00:00\\u003c?, ?it/s]\\n\","
                "\"output\":null,\"data_removed\":false,\"error\":null,\"source\":\"api\",\"status\":\"canceled\","
                "\"created_at\":\"2026-01-01T00:00:00.04Z\",\"deadline\":\"2026-01-01T00:00:05.04Z\","
                "\"started_at\":\"2026-01-01T00:00:00.14Z\",\"completed_at\":\"2026-01-01T00:00:00.263456789Z\","
                "\"webhook\":\"https://example.com/\\u003chook\\u003e?a=1\\u0026b=2\","
                "\"metrics\":{\"predict_time\":0.123456789,\"total_time\":0.223456}," SHOWN_URLS "}");
}
END_TEST

/* "Recorded for one that was cancelled before it began: started_at is 3 µs before completed_at." */
START_TEST(test_view_when_canceled_before_the_start)
{
    static const int64_t after[] = {MS(20), 2999, 0};
    static const char *const times[] = {
        "\"started_at\":\"2026-01-01T00:00:00.019997Z\",\"completed_at\":\"2026-01-01T00:00:00.02Z\","
        "\"metrics\":{\"predict_time\":0.000003,\"total_time\":0.02}",
        "\"started_at\":\"2026-01-01T00:00:00Z\",\"completed_at\":\"2026-01-01T00:00:00.000002999Z\","
        "\"metrics\":{\"predict_time\":0.000002999,\"total_time\":0.000002}",
        "\"started_at\":\"2026-01-01T00:00:00Z\",\"completed_at\":\"2026-01-01T00:00:00Z\","
        "\"metrics\":{\"predict_time\":0,\"total_time\":0}",
    };

    for (size_t i = 0; i < COUNT(after); i++) {
        struct buf expected = {0};
        begin(usual());
        struct prediction *prediction = create_to_show(worlds_use(worlds, "a"), 0, NULL);
        pass(after[i]);
        lifecycle_cancel(prediction);
        buf_printf(&expected, "%s%s,%s}",
                   SHOWN_HEAD INPUT_SHOWN
                   ",\"logs\":\"\",\"output\":null,\"data_removed\":false,\"error\":null,\"source\":\"api\","
                   "\"status\":\"canceled\",\"created_at\":\"2026-01-01T00:00:00Z\",",
                   times[i], SHOWN_URLS);
        expect_view(view_gateway, prediction, buf_cstr(&expected));
        expect_view(view_gateway_at_creation, prediction, SHOWN_YOUNG SHOWN_URLS "}");
        buf_free(&expected);
        end();
    }
}
END_TEST

START_TEST(test_view_when_aborted)
{
    begin(usual());
    struct prediction *prediction = create_to_show(worlds_use(worlds, "a"), MS(50), NULL);

    pass(S(1));
    expect_view(view_gateway, prediction,
                SHOWN_HEAD INPUT_SHOWN
                ",\"logs\":\"\",\"output\":null,\"data_removed\":false,\"error\":null,"
                "\"source\":\"api\",\"status\":\"aborted\",\"created_at\":\"2026-01-01T00:00:00Z\","
                "\"deadline\":\"2026-01-01T00:00:00.05Z\",\"completed_at\":\"2026-01-01T00:00:00.05Z\","
                "\"metrics\":{\"total_time\":0.05}," SHOWN_URLS "}");
}
END_TEST

START_TEST(test_view_when_data_is_removed)
{
    struct world_settings settings = usual();

    settings.retention = S(1);
    begin(settings);
    struct prediction *prediction = create_to_show(worlds_use(worlds, "a"), 0, NULL);
    pass(S(5));
    expect_view(view_gateway, prediction,
                SHOWN_HEAD "{},\"logs\":\"\",\"output\":null,\"data_removed\":true,\"error\":null,\"source\":\"api\","
                           "\"status\":\"succeeded\",\"created_at\":\"2026-01-01T00:00:00Z\","
                           "\"started_at\":\"2026-01-01T00:00:00.1Z\",\"completed_at\":\"2026-01-01T00:00:01.1Z\","
                           "\"metrics\":{\"predict_time\":1,\"total_time\":1.1}," SHOWN_URLS "}");
}
END_TEST

START_TEST(test_view_at_creation)
{
    begin(usual());
    struct prediction *prediction = create_to_show(worlds_use(worlds, "a"), 0, NULL);

    expect_view(view_gateway_at_creation, prediction, SHOWN_YOUNG SHOWN_URLS "}");
    pass(MS(500));
    expect_view(view_gateway_at_creation, prediction, SHOWN_YOUNG SHOWN_URLS "}");
    pass(S(10));
    expect_view(view_gateway_at_creation, prediction, SHOWN_YOUNG SHOWN_URLS "}");
    ck_assert_int_eq(prediction->status, STATUS_SUCCEEDED); // the prediction itself has not changed
}
END_TEST

#define DJANGO_TAIL "," DJANGO_URLS ",\"model\":\"rossjillian/controlnet\",\"version\":\"" VERSION "\",\"webhook\":"

START_TEST(test_view_of_django)
{
    begin(usual());
    struct prediction *prediction = create_to_show(worlds_use(worlds, "a"), 0, NULL);

    expect_view(view_django, prediction,
                "{\"completed_at\":null,\"created_at\":\"2026-01-01T00:00:00.000000Z\",\"data_removed\":false,"
                "\"error\":null,\"id\":\"ID\",\"input\":" INPUT_SHOWN ",\"logs\":null,\"metrics\":{},"
                "\"output\":null,\"started_at\":null,\"status\":\"starting\"" DJANGO_TAIL "null}");
    pass(S(2));
    expect_view(view_django, prediction,
                "{\"completed_at\":\"2026-01-01T00:00:01.100000Z\",\"created_at\":\"2026-01-01T00:00:00.000000Z\","
                "\"data_removed\":false,\"error\":null,\"id\":\"ID\",\"input\":" INPUT_SHOWN ",\"logs\":" LOGS_SHOWN
                ",\"metrics\":{\"predict_time\":1,\"total_time\":1.1}," SHOWN_OUTPUT
                ",\"started_at\":\"2026-01-01T00:00:00.100000Z\",\"status\":\"succeeded\"" DJANGO_TAIL "null}");
}
END_TEST

START_TEST(test_view_of_django_canceled_early)
{
    begin(usual());
    struct prediction *prediction = create_to_show(worlds_use(worlds, "a"), 0, "https://example.com/<hook>");

    pass(MS(20));
    lifecycle_cancel(prediction);
    expect_view(view_django, prediction,
                "{\"completed_at\":\"2026-01-01T00:00:00.020000Z\",\"created_at\":\"2026-01-01T00:00:00.000000Z\","
                "\"data_removed\":false,\"error\":null,\"id\":\"ID\",\"input\":" INPUT_SHOWN ",\"logs\":null,"
                "\"metrics\":{\"predict_time\":0.000003,\"total_time\":0.02},\"output\":null,"
                "\"started_at\":\"2026-01-01T00:00:00.019997Z\",\"status\":\"canceled\"" DJANGO_TAIL
                "\"https://example.com/\\u003chook\\u003e\"}");
}
END_TEST

START_TEST(test_view_appends)
{
    struct buf out = {0};

    begin(usual());
    struct prediction *prediction = create(worlds_use(worlds, "a"));
    buf_str(&out, "before ");
    view_gateway(&out, prediction, &where);
    view_django(&out, prediction, &where);
    ck_assert(strncmp(buf_cstr(&out), "before {\"id\":", 13) == 0);
    ck_assert_ptr_nonnull(strstr(buf_cstr(&out), "}}{\"completed_at\":"));
    buf_free(&out);
}
END_TEST

SUITE_WITH("core", set_up, tear_down, test_clock_real, test_clock_scaled, test_clock_wakes_when_it_is_time,
           test_clock_never, test_clock_manual, test_clock_jumps_forward_alone, test_clock_freezes_and_thaws,
           test_sched_order, test_sched_cancel, test_sched_set_while_it_fires, test_timeline_against_a_model,
           test_statuses, test_file_keys_lead_back, test_every_character_of_a_key_varies, test_file_keys_of_extreme_ids,
           test_a_changed_key_is_refused, test_keys_open_nothing_else, test_stream_keys, test_stream_keys_lead_back,
           test_a_changed_stream_key_is_refused, test_catalog_of_the_embedded, test_catalog_of_official_models,
           test_catalog_of_what_stays_official, test_catalog_of_models_without_version, test_catalog_gives_reasons,
           test_plan_files, test_plan_drawings, test_logs_grow_with_time, test_logs_stop_where_it_was_canceled,
           test_no_logs_before_it_runs, test_logs_without_a_bar, test_logs_of_a_short_run, test_logs_of_no_time_at_all,
           test_lines_are_few_and_apart, test_lines_are_those_of_tqdm, test_percent_ties_go_to_even,
           test_rate_ties_go_to_even, test_it_succeeds, test_all_in_one_leap, test_no_time_at_all,
           test_creation_is_cut_to_the_millisecond, test_creation_order, test_cancel_while_starting,
           test_cancel_at_once, test_cancel_while_processing, test_cancel_afterwards_changes_nothing,
           test_deadline_before_the_start, test_deadline_while_processing, test_deadline_at_the_very_moment,
           test_deadline_after_the_end, test_retention_takes_the_data, test_retention_of_canceled_ones,
           test_the_nearest_are_told_first, test_watchers_may_leave_while_they_look, test_the_oldest_finished_one_goes,
           test_memory_takes_data_first, test_memory_fits_to_the_byte, test_memory_of_closed_worlds_goes_first,
           test_data_goes_in_the_order_of_completion, test_retention_of_one_that_went_before,
           test_files_expire_an_hour_after_the_end, test_files_of_one_that_runs_do_not_expire,
           test_data_that_outlives_its_files, test_files_that_go_with_their_data, test_files_go_in_all_ways,
           test_nothing_is_left_in_the_end, test_a_token_is_a_world, test_worlds_begin_at_the_time_of_day,
           test_the_longest_idle_world_goes, test_busy_worlds_stay, test_a_closed_world_is_gone_at_once,
           test_memory_is_freed_in_slices, test_a_seed_repeats_everything, test_a_seed_repeats_right_after_a_reset,
           test_worlds_run_by_their_own_clocks, test_run_due_keeps_to_its_budget, test_advance_by_time,
           test_advance_to_the_past_or_nowhere, test_advance_names_every_end, test_advance_by_steps,
           test_advance_in_slices, test_advance_owns_the_moment_between_slices,
           test_advance_counts_steps_between_slices, test_advance_lists_its_own_alone, test_advance_keeps_a_thousand,
           test_advance_of_a_world_that_closes, test_advance_of_a_world_that_closes_in_a_timer,
           test_advance_of_a_running_clock, test_released_in_time_it_starts_in_time, test_released_late_it_starts_then,
           test_released_late_it_ends_at_once_where_it_takes_no_time, test_released_behind_its_deadline,
           test_canceled_while_it_is_held, test_an_advance_of_a_manual_clock_holds_for_it, test_view_of_the_gateway,
           test_view_with_webhook_and_deadline, test_view_when_canceled_before_the_start, test_view_when_aborted,
           test_view_when_data_is_removed, test_view_at_creation, test_view_of_django,
           test_view_of_django_canceled_early, test_view_appends);
