/* The journal by itself: its bounds, its order, and what outlives what. */
#include "base/timefmt.h"
#include "core/journal.h"
#include "core/maker.h"
#include "lib/suite.h"

#include <stdio.h>

static struct timebase base = {.wall = 1767225600 * NS_PER_S};
static const struct maker maker = {0};

static struct worlds *some_worlds(void)
{
    struct world_settings settings = {.speed = 1, .max_worlds = 100, .max_predictions = 10, .max_memory = 1 << 20};

    return worlds_new(&settings, &base, &maker);
}

/* A request of that path, with a body of `len` bytes. */
static struct journal_entry *begin(struct journal *journal, const char *path, size_t len)
{
    size_t path_len = strlen(path);
    char *text = xcalloc(1, path_len + len);
    struct journal_request request = {
        .number = journal_number(journal->journals), .at = base.wall, .operation = "account.get", .text = text};

    memcpy(text, path, path_len);
    request.len[JOURNAL_PATH] = path_len;
    request.len[JOURNAL_BODY] = len;
    struct journal_entry *entry = journal_begin(journal, &request);
    free(text);
    return entry;
}

static void put(struct journal *journal, const char *path, size_t len)
{
    ck_assert(journal_end(begin(journal, path, len), 200, 0));
}

static size_t count_all(const struct worlds *worlds, const struct journal *of)
{
    return journal_count(worlds->journals, of, &(struct journal_filter){0});
}

static void expect_newest(const struct worlds *worlds, const struct journal *of, const char *path)
{
    const struct journal_entry *entry = journal_next(worlds->journals, of, &(struct journal_filter){0}, NULL);
    struct slice text = journal_text(entry, JOURNAL_PATH);

    ck_assert_uint_eq(text.len, strlen(path));
    ck_assert_int_eq(memcmp(text.data, path, text.len), 0);
}

START_TEST(test_texts)
{
    struct worlds *worlds = some_worlds();
    struct journal *journal = journal_of(worlds, worlds_use(worlds, "a"));
    size_t len[JOURNAL_TEXTS] = {3, 2, 0, 4, 1, 0, 0};
    struct journal_request request = {.number = journal_number(journal->journals), .at = 5, .text = "GET/xa\0b\0!"};
    char id[UUID_TEXT], other[UUID_TEXT];

    memcpy(request.len, len, sizeof(len));
    struct journal_entry *entry = journal_begin(journal, &request);
    ck_assert_uint_eq(count_all(worlds, NULL), 0); // it is not answered yet
    ck_assert(journal_end(entry, 404, 7));
    ck_assert_int_eq(memcmp(journal_text(entry, JOURNAL_METHOD).data, "GET", 3), 0);
    ck_assert_int_eq(memcmp(journal_text(entry, JOURNAL_HEADERS).data, "a\0b", 4), 0);
    ck_assert_int_eq(*journal_text(entry, JOURNAL_BODY).data, '!');
    ck_assert_uint_eq(journal_text(entry, JOURNAL_QUERY).len, 0);
    ck_assert_uint_eq(journal_text(entry, JOURNAL_UNREAD).len, 0);
    ck_assert_int_eq(entry->status, 404);
    ck_assert_int_eq(entry->duration, 7);
    journal_id(entry, id);
    put(journal, "/x", 0);
    journal_id(journal_next(worlds->journals, journal, &(struct journal_filter){0}, NULL), other);
    ck_assert_uint_eq(strlen(id), 36);
    ck_assert(id[14] == '4' && other[14] == '4' && strchr("89ab", id[19]));
    ck_assert_str_ne(id, other);
    worlds_free(worlds);
}
END_TEST

START_TEST(test_so_many_in_a_journal)
{
    struct worlds *worlds = some_worlds();
    struct journal *a = journal_of(worlds, worlds_use(worlds, "a")), *b = journal_of(worlds, worlds_use(worlds, "b"));

    put(b, "/of-b", 0);
    for (int i = 0; i <= JOURNAL_ENTRIES; i++) {
        char path[32];
        snprintf(path, sizeof(path), "/%d", i);
        put(a, path, 0);
    }
    ck_assert_uint_eq(count_all(worlds, a), JOURNAL_ENTRIES);
    ck_assert_uint_eq(count_all(worlds, b), 1);
    ck_assert_uint_eq(count_all(worlds, NULL), JOURNAL_ENTRIES + 1);
    expect_newest(worlds, a, "/1000");
    ck_assert_uint_eq(journal_count(worlds->journals, a, &(struct journal_filter){.path = "/0"}), 0);
    worlds_free(worlds);
}
END_TEST

START_TEST(test_so_many_bytes_in_a_journal)
{
    struct worlds *worlds = some_worlds();
    struct journal *journal = journal_of(worlds, worlds_use(worlds, "a"));

    for (int i = 0; i < 100; i++) {
        put(journal, "/x", JOURNAL_BODY_KEPT);
        ck_assert_uint_le(journal->bytes, JOURNAL_BYTES);
    }
    ck_assert_uint_eq(count_all(worlds, journal), 63); // 64 bodies are 4 MiB, and an entry has more than its body
    worlds_free(worlds);
}
END_TEST

/* However many worlds there are: the oldest go, whosever they are. */
START_TEST(test_so_many_bytes_on_a_server)
{
    struct worlds *worlds = some_worlds();

    for (int i = 0; i < 20; i++) {
        char token[16];
        snprintf(token, sizeof(token), "%d", i);
        struct journal *journal = journal_of(worlds, worlds_use(worlds, token));
        for (int n = 0; n < 60; n++)
            put(journal, "/x", JOURNAL_BODY_KEPT);
        ck_assert_uint_le(worlds->journals->bytes, JOURNAL_SERVER_BYTES);
    }
    ck_assert_uint_gt(worlds->journals->bytes, JOURNAL_SERVER_BYTES - 2 * JOURNAL_BODY_KEPT);
    ck_assert_uint_eq(count_all(worlds, worlds_find(worlds, "0")->journal), 0);
    ck_assert_uint_eq(count_all(worlds, worlds_find(worlds, "19")->journal), 60);
    worlds_free(worlds);
}
END_TEST

/* What is not answered yet can make room for nothing. */
START_TEST(test_so_many_bytes_are_open)
{
    struct worlds *worlds = some_worlds();
    struct journals *journals = worlds->journals;
    struct journal *journal = journal_of(worlds, worlds_use(worlds, "a"));
    struct journal_entry *open[JOURNAL_OPEN_BYTES / JOURNAL_BODY_KEPT];
    const size_t last = COUNT(open) - 1;

    for (size_t i = 0; i < last; i++)
        open[i] = begin(journal, "/x", JOURNAL_BODY_KEPT);
    ck_assert(journals_keep_bodies(journals));
    open[last] = begin(journal, "/x", JOURNAL_BODY_KEPT);
    ck_assert(!journals_keep_bodies(journals));
    ck_assert(journal_end(open[0], 200, 0));
    ck_assert(journals_keep_bodies(journals));
    journal_close(journal);
    worlds_find(worlds, "a")->journal = NULL;
    for (size_t i = 1; i <= last; i++)
        ck_assert(!journal_end(open[i], 200, 0)); // of a world that is gone
    ck_assert_uint_eq(journals->open_bytes, 0);
    worlds_free(worlds);
}
END_TEST

/* It answers at once, and the memory goes in slices. */
START_TEST(test_a_world_closes)
{
    struct worlds *worlds = some_worlds();
    struct world *world = worlds_use(worlds, "a");
    struct journal *journal = journal_of(worlds, world);

    for (int i = 0; i < 10; i++)
        put(journal, "/x", 10);
    struct journal_entry *open = begin(journal, "/open", 0);
    put(journal_of(worlds, NULL), "/mine", 0);
    world_close(world);
    ck_assert_uint_eq(count_all(worlds, NULL), 1);
    ck_assert_uint_eq(journal->count, 10);
    ck_assert(worlds_reap(worlds, 4));
    ck_assert_uint_eq(journal->count, 6);
    ck_assert(!worlds_reap(worlds, 100));
    ck_assert(!journal_end(open, 200, 0)); // its journal has waited for it
    ck_assert(!worlds_reap(worlds, 100));
    ck_assert(list_empty(&worlds->journals->closed));
    expect_newest(worlds, NULL, "/mine");
    worlds_free(worlds);
}
END_TEST

struct seeing {
    struct journal_watch watch;
    int count;
};

static void see(struct journal_watch *watch, const struct journal_entry *entry)
{
    struct seeing *seeing = container_of(watch, struct seeing, watch);

    ck_assert_int_eq(entry->status, 200);
    if (++seeing->count == 2)
        list_remove(&watch->link);
}

START_TEST(test_watching)
{
    struct worlds *worlds = some_worlds();
    struct seeing seeing = {.watch = {.see = see}};

    list_append(&worlds->journals->watches, &seeing.watch.link);
    for (int i = 0; i < 3; i++)
        put(journal_of(worlds, NULL), "/x", 0);
    ck_assert_int_eq(seeing.count, 2);
    worlds_free(worlds);
}
END_TEST

SUITE("journals", test_texts, test_so_many_in_a_journal, test_so_many_bytes_in_a_journal,
      test_so_many_bytes_on_a_server, test_so_many_bytes_are_open, test_a_world_closes, test_watching);
