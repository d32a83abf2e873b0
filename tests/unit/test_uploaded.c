/* Uploaded files: ids, the order in which they go, and what they count. */
#include "core/files.h"
#include "core/store.h"
#include "lib/suite.h"

#include <stdio.h>
#include <string.h>

#define HOUR  (3600 * NS_PER_S)
#define START (INT64_C(1767225600) * NS_PER_S)

static struct timebase base;
static struct worlds *worlds;
static struct world *world;
static size_t expired;
static struct observer watch;

static void see(struct observer *observer, const struct event *event)
{
    (void)observer;
    if (event->type != EVENT_FILE_EXPIRED)
        return;
    ck_assert_int_eq(event->at, event->file->expires_at);
    expired++;
}

static void begin(void)
{
    struct world_settings settings = {.manual_clock = true,
                                      .speed = 1,
                                      .start_time = START,
                                      .max_predictions = 10,
                                      .max_worlds = 10,
                                      .max_memory = 100000000,
                                      .seeded = true,
                                      .seed = 1};

    base = (struct timebase){.mono = 1, .wall = START};
    worlds = worlds_new(&settings, &base, NULL);
    world = worlds_use(worlds, "test");
    watch = (struct observer){.see = see};
    observe(&worlds->observers, &watch);
    expired = 0;
}

static void end(void)
{
    unobserve(&watch);
    worlds_free(worlds); // asserts that nothing is counted any more
}

static struct file *add(struct world *to, int64_t created_at, size_t len)
{
    struct file *file = xnew(struct file);

    file_id(file->id, &to->rng);
    file->created_at = created_at;
    file->name = xstrdup("a");
    file->content_type = xstrdup("text/plain");
    file->metadata = xstrdup("{}");
    file->blob = blob_new(worlds, xmalloc(len), len);
    files_add(to, file);
    return file;
}

START_TEST(test_ids)
{
    struct rng rng = {{1, 2}, 0};
    char id[FILE_ID_LEN + 1], uuid[64] = "";

    for (int i = 0; i < 1000; i++) {
        file_id(id, &rng);
        ck_assert_uint_eq(strlen(id), FILE_ID_LEN);
        ck_assert_int_eq(digest_base64_decode((unsigned char *)uuid, id, FILE_ID_LEN), 36);
        ck_assert_uint_eq(strspn(uuid, "0123456789abcdef-"), 36);
        ck_assert(uuid[8] == '-' && uuid[13] == '-' && uuid[18] == '-' && uuid[23] == '-');
        ck_assert(uuid[14] == '4' && strchr("89ab", uuid[19]));
    }
}
END_TEST

START_TEST(test_each_goes_after_a_day)
{
    struct file *first = add(world, START, 1);

    add(world, START + HOUR, 1);
    ck_assert_int_eq(first->expires_at, START + 24 * HOUR);
    ck_assert_int_eq(sched_first(&world->sched)->due, START + 24 * HOUR);
    sched_fire(&world->sched);
    ck_assert_uint_eq(expired, 1);
    ck_assert_uint_eq(world->files->count, 1);
    ck_assert_int_eq(sched_first(&world->sched)->due, START + 25 * HOUR);
    file_delete(container_of(world->files->list.next, struct file, link));
    ck_assert_ptr_null(sched_first(&world->sched));
    ck_assert_uint_eq(worlds->files->bytes, 0);
    ck_assert_uint_eq(expired, 1); // what is deleted does not expire
}
END_TEST

START_TEST(test_found_in_their_own_world)
{
    struct file *file = add(world, START, 1);
    struct world *other = worlds_use(worlds, "other");
    char id[FILE_ID_LEN + 1];

    memcpy(id, file->id, sizeof(id));
    ck_assert_ptr_eq(files_find(world, id), file);
    ck_assert_ptr_eq(files_find_any(worlds, id), file);
    ck_assert_ptr_null(files_find(other, id));
    ck_assert_ptr_null(files_find(NULL, id));
    ck_assert_ptr_null(files_find(world, ""));
    id[0] ^= 1;
    ck_assert_ptr_null(files_find(world, id));
    id[0] ^= 1;
    world_close(world);
    ck_assert_ptr_null(files_find_any(worlds, id));
}
END_TEST

START_TEST(test_a_world_that_was_reset_makes_the_same_ids)
{
    struct file *old = add(world, START, 1);

    world_close(world);
    world = worlds_use(worlds, "test");
    struct file *file = add(world, START, 1);
    ck_assert_str_eq(file->id, old->id);
    while (worlds_reap(worlds, 1))
        ;
    ck_assert_ptr_eq(files_find(world, file->id), file);
}
END_TEST

START_TEST(test_moved_ones_keep_their_times)
{
    struct file *late = add(world, START + 10 * HOUR, 1);

    world_close(world);
    struct world *to = worlds_use(worlds, "test");
    files_move(to, world);
    ck_assert_ptr_eq(files_find(to, late->id), late);
    ck_assert_int_eq(sched_first(&to->sched)->due, START + 34 * HOUR);
    struct rng rng = {{3, 4}, 0};
    to->rng = rng;                          // a new world draws the old ids again
    struct file *early = add(to, START, 1); // its clock has been set back
    ck_assert_int_eq(sched_first(&to->sched)->due, START + 24 * HOUR);
    ck_assert_ptr_eq(container_of(to->files->list.next, struct file, link), early);
    worlds_reap(worlds, 100);
    sched_fire(&to->sched);
    ck_assert_ptr_eq(container_of(to->files->list.next, struct file, link), late);
    world = to;
}
END_TEST

START_TEST(test_the_oldest_makes_room)
{
    char first[FILE_ID_LEN + 1];

    memcpy(first, add(world, START, 0)->id, sizeof(first));
    for (int i = 1; i < FILES_MAX; i++)
        add(world, START + i, 0);
    ck_assert_ptr_nonnull(files_find(world, first));
    add(world, START + FILES_MAX, 0);
    ck_assert_ptr_null(files_find(world, first));
    ck_assert_uint_eq(world->files->count, FILES_MAX);
    ck_assert_uint_eq(expired, 0);
}
END_TEST

START_TEST(test_memory)
{
    enum { MB = 1000000 };
    struct file *sent = add(world, START, 60 * MB);

    add(world, START, 30 * MB);
    ck_assert(files_reserve(worlds, 5 * MB));
    ck_assert(!files_reserve(worlds, 101 * MB)); // nothing goes for what cannot come
    ck_assert_uint_eq(world->files->count, 2);
    struct blob *blob = blob_ref(sent->blob);
    ck_assert(files_reserve(worlds, 10 * MB)); // the oldest is being sent: its bytes would stay
    ck_assert_ptr_eq(container_of(world->files->list.next, struct file, link), sent);
    ck_assert_uint_eq(world->files->count, 1);
    ck_assert(!files_reserve(worlds, 30 * MB));
    blob_unref(blob);
    ck_assert(files_reserve(worlds, 30 * MB));
    ck_assert_uint_eq(world->files->count, 0);
    ck_assert_uint_eq(worlds->files->bytes, 45 * MB);
    files_unreserve(worlds, 45 * MB);
}
END_TEST

START_TEST(test_bytes_outlive_their_file)
{
    struct file *file = add(world, START, 10);
    struct blob *blob = blob_ref(file->blob);

    file_delete(file);
    memset(blob->data, 'x', blob->len);
    ck_assert_uint_eq(worlds->files->bytes, 10);
    blob_unref(blob);
    ck_assert_uint_eq(worlds->files->bytes, 0);
}
END_TEST

SUITE_WITH("uploaded", begin, end, test_ids, test_each_goes_after_a_day, test_found_in_their_own_world,
           test_a_world_that_was_reset_makes_the_same_ids, test_moved_ones_keep_their_times, test_the_oldest_makes_room,
           test_memory, test_bytes_outlive_their_file);
