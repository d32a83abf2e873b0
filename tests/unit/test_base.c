#include "base/buf.h"
#include "base/digest.h"
#include "base/embed.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/id.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "lib/suite.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct rng dice; // the same in each run

static void set_up(void)
{
    dice = (struct rng){.key = {11, 12}};
}

static uint64_t roll(uint64_t sides)
{
    return rng_next(&dice) % sides;
}

/* --- mem ------------------------------------------------------------------------------------------------ */

START_TEST(test_allocations_of_nothing)
{
    void *pointers[] = {xmalloc(0), xcalloc(0, 8), xcalloc(8, 0), xrealloc(NULL, 0), xmemdup0(NULL, 0)};

    for (size_t i = 0; i < COUNT(pointers); i++) {
        ck_assert_ptr_nonnull(pointers[i]);
        free(pointers[i]);
    }
}
END_TEST

START_TEST(test_copies)
{
    char *text = xstrdup("abc"), *bytes = xmemdup0("a\0bcd", 4);
    int *zeroed = xnew(int);

    ck_assert_str_eq(text, "abc");
    ck_assert(memcmp(bytes, "a\0bc", 5) == 0); // with its NUL
    ck_assert_int_eq(*zeroed, 0);
    free(text);
    free(bytes);
    free(zeroed);
}
END_TEST

START_TEST(test_arena_gives_apart_and_aligned)
{
    static const size_t sizes[] = {0, 1, 3, 7, 8, 16, 17, 100, 4000, 8191, 8192, 8193, 100000, 5, 8192};
    unsigned char *given[400];
    size_t lens[COUNT(given)];
    struct arena arena = {0};

    for (size_t i = 0; i < COUNT(given); i++) {
        lens[i] = sizes[roll(COUNT(sizes))];
        given[i] = arena_alloc(&arena, lens[i]);
        ck_assert_uint_eq((uintptr_t)given[i] % alignof(max_align_t), 0);
        memset(given[i], (int)(i & 0xff), lens[i]);
    }
    for (size_t i = 0; i < COUNT(given); i++) { // nobody wrote into another's
        size_t same = 0;
        while (same < lens[i] && given[i][same] == (i & 0xff))
            same++;
        ck_assert_uint_eq(same, lens[i]);
    }
    arena_free(&arena);
    ck_assert_ptr_null(arena.head);
}
END_TEST

START_TEST(test_arena_reset_keeps_a_block)
{
    struct arena arena = {0};
    void *first = arena_alloc(&arena, 10);
    const struct arena_block *block = arena.head;

    arena_reset(&arena);
    ck_assert_ptr_eq(arena.head, block);
    ck_assert_ptr_eq(arena_alloc(&arena, 10), first);
    for (int i = 0; i < 100; i++)
        arena_alloc(&arena, 1000);
    arena_alloc(&arena, 1000000);
    arena_reset(&arena);
    ck_assert_ptr_nonnull(arena.head); // one of ordinary size, …
    block = arena.head;
    for (int i = 0; i < 8; i++)
        arena_alloc(&arena, 1000); // … which takes what fits
    ck_assert_ptr_eq(arena.head, block);
    arena_alloc(&arena, 1000);
    ck_assert_ptr_ne(arena.head, block);
    arena_free(&arena);
}
END_TEST

START_TEST(test_arena_reset_of_the_big_and_of_nothing)
{
    struct arena arena = {0};

    arena_reset(&arena);
    ck_assert_ptr_null(arena.head);
    arena_alloc(&arena, 8193);
    arena_reset(&arena);
    ck_assert_ptr_null(arena.head); // nothing big is kept
    arena_free(&arena);
    arena_free(&arena);
}
END_TEST

START_TEST(test_arena_texts)
{
    struct arena arena = {0};
    char many[10000];

    ck_assert_str_eq(arena_strndup(&arena, "abcdef", 3), "abc");
    ck_assert_str_eq(arena_strndup(&arena, "abc", 0), "");
    ck_assert(memcmp(arena_strndup(&arena, "a\0b", 3), "a\0b", 4) == 0);
    ck_assert_str_eq(arena_printf(&arena, "%s-%d", "x", -5), "x--5");
    ck_assert_str_eq(arena_printf(&arena, "%s", ""), "");
    memset(many, 'x', sizeof(many) - 1);
    many[sizeof(many) - 1] = '\0';
    ck_assert_str_eq(arena_printf(&arena, "%s%s", many, "!") + sizeof(many) - 1, "!");
    arena_free(&arena);
}
END_TEST

/* --- buf ------------------------------------------------------------------------------------------------ */

/* Eight bytes are looked at together: each byte at each place among others, beside the same byte alone. */
START_TEST(test_json_string_at_every_place)
{
    for (int c = 1; c < 128; c++) {
        struct buf alone = {0};
        buf_json_string(&alone, (char[]){(char)c}, 1);
        for (int place = 0; place < 17; place++) {
            char text[17];
            struct buf whole = {0}, expected = {0};
            memset(text, 'a', sizeof(text));
            text[place] = (char)c;
            buf_json_string(&whole, text, sizeof(text));
            buf_printf(&expected, "\"%.*s%.*s%.*s\"", place, "aaaaaaaaaaaaaaaaa", (int)alone.len - 2, alone.data + 1,
                       16 - place, "aaaaaaaaaaaaaaaaa");
            ck_assert_str_eq(buf_cstr(&whole), buf_cstr(&expected));
            buf_free(&whole);
            buf_free(&expected);
        }
        buf_free(&alone);
    }
}
END_TEST

START_TEST(test_buf_grows)
{
    struct buf buf = {0};
    char all[5000];
    size_t len = 0, taken;

    while (len < 4000) {
        size_t piece = roll(60);
        for (size_t i = 0; i < piece; i++)
            all[len + i] = (char)roll(256);
        buf_add(&buf, all + len, piece);
        len += piece;
        ck_assert_uint_eq(buf.len, len);
        ck_assert_uint_ge(buf.cap, len);
    }
    ck_assert(memcmp(buf.data, all, len) == 0);
    char *data = buf_take(&buf, &taken);
    ck_assert_uint_eq(taken, len);
    ck_assert(memcmp(data, all, len) == 0);
    free(data);
    ck_assert_ptr_null(buf.data);
    ck_assert_uint_eq(buf.len + buf.cap, 0);
}
END_TEST

START_TEST(test_buf_of_nothing)
{
    struct buf buf = {0};
    size_t len = 7;

    buf_add(&buf, NULL, 0);
    buf_str(&buf, "");
    ck_assert_ptr_null(buf.data);
    ck_assert_ptr_null(buf_take(&buf, &len));
    ck_assert_uint_eq(len, 0);
    ck_assert_str_eq(buf_cstr(&buf), "");
    buf_free(&buf);
    buf_free(&buf);
}
END_TEST

START_TEST(test_buf_cstr_leaves_the_text)
{
    struct buf buf = {0};

    for (int i = 0; i < 1000; i++) { // at every fill of the block
        buf_char(&buf, 'x');
        ck_assert_uint_eq(strlen(buf_cstr(&buf)), (size_t)i + 1);
        ck_assert_uint_eq(buf.len, (size_t)i + 1);
    }
    buf_lit(&buf, "yz");
    ck_assert_str_eq(buf_cstr(&buf) + 999, "xyz");
    buf_free(&buf);
}
END_TEST

START_TEST(test_buf_numbers)
{
    static const int64_t numbers[] = {0, 1, -1, 9, 10, -10, 99, 100, 4294967296, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    struct buf buf = {0};
    char text[32];

    for (size_t i = 0; i < COUNT(numbers); i++) {
        buf.len = 0;
        buf_int(&buf, numbers[i]);
        snprintf(text, sizeof(text), "%lld", (long long)numbers[i]);
        ck_assert_str_eq(buf_cstr(&buf), text);
    }
    for (int i = 0; i < 5000; i++) {
        int64_t number = (int64_t)(rng_next(&dice) >> roll(64)) * (roll(2) ? 1 : -1);
        buf.len = 0;
        buf_int(&buf, number);
        snprintf(text, sizeof(text), "%lld", (long long)number);
        ck_assert_str_eq(buf_cstr(&buf), text);
    }
    buf_free(&buf);
}
END_TEST

START_TEST(test_buf_printf)
{
    struct buf buf = {0};
    char fill[300];

    for (size_t len = 0; len < sizeof(fill); len++) { // around the end of the first block
        buf_free(&buf);
        memset(fill, 'f', len);
        buf_add(&buf, fill, len);
        buf_printf(&buf, "%s=%05.1f;", "k", 2.25);
        ck_assert_str_eq(buf_cstr(&buf) + len, "k=002.2;");
        ck_assert_uint_eq(buf.len, len + 8);
    }
    buf_free(&buf);
}
END_TEST

static void expect_json(const char *text, size_t len, const char *expected)
{
    struct buf buf = {0};
    char *exact = xmalloc(len); // nothing behind it: the sanitizers see who reads on

    if (len > 0)
        memcpy(exact, text, len);
    buf_json_string(&buf, exact, len);
    ck_assert_str_eq(buf_cstr(&buf), expected);
    buf_free(&buf);
    free(exact);
}

/* Each of the 128, against Go's table: encoding/json, htmlSafeSet. */
START_TEST(test_json_string_of_each_ascii)
{
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt"; // a character and what stands behind the backslash
    char expected[16], c;

    for (int i = 0; i < 128; i++) {
        const char *at = i ? strchr(letters, i) : NULL;
        c = (char)i;
        if (at && (at - letters) % 2 == 0)
            snprintf(expected, sizeof(expected), "\"\\%c\"", at[1]);
        else if (i < 0x20 || c == '<' || c == '>' || c == '&')
            snprintf(expected, sizeof(expected), "\"\\u%04x\"", (unsigned)i);
        else
            snprintf(expected, sizeof(expected), "\"%c\"", c);
        expect_json(&c, 1, expected);
    }
}
END_TEST

START_TEST(test_json_strings)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
        {"\n\n<a href='x'>&amp;\x7f\t", "\"\\n\\n\\u003ca href='x'\\u003e\\u0026amp;\x7f\\t\""},
        {"\xe2\x80\xa8", "\"\\u2028\""},
        {"x\xe2\x80\xa9y", "\"x\\u2029y\""},
        {"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xa8", "\"\\u2028\\u2029\\u2028\""},
        {"\xe2\x80\xa7\xe2\x80\xaa\xe2\x81\xa8", "\"\xe2\x80\xa7\xe2\x80\xaa\xe2\x81\xa8\""}, // their neighbours
        {"\xe2\x96\x88\xe2\x96\x8d|", "\"\xe2\x96\x88\xe2\x96\x8d|\""},                       // of a progress bar
        {"\xc3\xa9\xf0\x9f\x90\xa2\xef\xbf\xbd", "\"\xc3\xa9\xf0\x9f\x90\xa2\xef\xbf\xbd\""},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        expect_json(cases[i].text, strlen(cases[i].text), cases[i].expected);
    expect_json("a\0b", 3, "\"a\\u0000b\"");
    expect_json("\xe2\x80\xa8", 2, "\"\xe2\x80\""); // cut off: it does not look behind the end
    expect_json("\xe2\x80\xa8", 1, "\"\xe2\"");
}
END_TEST

START_TEST(test_json_string_appends)
{
    struct buf buf = {0}, long_one = {0};

    buf_lit(&buf, "a:");
    buf_json_string(&buf, "<", 1);
    buf_json_string(&buf, "\xe2\x80\xa8", 2); // what stands behind its end is not its own
    ck_assert_str_eq(buf_cstr(&buf), "a:\"\\u003c\"\"\xe2\x80\"");
    for (int i = 0; i < 3000; i++)
        buf_char(&long_one, '\n');
    buf.len = 0;
    buf_json_string(&buf, long_one.data, long_one.len); // grows beyond what was reserved
    ck_assert_uint_eq(buf.len, 6002);
    buf_free(&buf);
    buf_free(&long_one);
}
END_TEST

/* --- list ----------------------------------------------------------------------------------------------- */

struct item {
    char name;
    struct list link;
};

static void expect_list(const struct list *head, const char *expected)
{
    char forward[16] = "", backward[16] = "", reversed[16] = "";
    size_t len = strlen(expected);

    for (const struct list *link = head->next; link != head; link = link->next)
        strncat(forward, &container_of(link, struct item, link)->name, 1);
    for (const struct list *link = head->prev; link != head; link = link->prev)
        strncat(backward, &container_of(link, struct item, link)->name, 1);
    ck_assert_str_eq(forward, expected);
    for (size_t i = 0; i < len; i++)
        reversed[i] = expected[len - 1 - i];
    ck_assert_str_eq(backward, reversed);
    ck_assert_int_eq(list_empty(head), len == 0);
}

START_TEST(test_list)
{
    struct list head;
    struct item items[4] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}, {.name = 'd'}};

    list_init(&head);
    expect_list(&head, "");
    ck_assert_ptr_null(list_first(&head, struct item, link));
    for (size_t i = 0; i < COUNT(items); i++)
        list_append(&head, &items[i].link);
    expect_list(&head, "abcd");
    ck_assert_ptr_eq(list_first(&head, struct item, link), &items[0]);
    list_remove(&items[1].link);
    list_remove(&items[1].link); // in no list any more: fine
    expect_list(&head, "acd");
    list_remove(&items[2].link);
    list_remove(&items[1].link); // it has forgotten its neighbours
    expect_list(&head, "ad");
    ck_assert(list_empty(&items[1].link));
    list_append(&head, &items[1].link);
    list_remove(&items[0].link);
    expect_list(&head, "db");
    for (size_t i = 0; i < COUNT(items); i++)
        list_remove(&items[i].link);
    expect_list(&head, "");
}
END_TEST

START_TEST(test_list_each_while_they_leave)
{
    for (unsigned leaving = 0; leaving < 16; leaving++) { // every choice of those who go as they are visited
        struct list head;
        struct item items[4] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}, {.name = 'd'}};
        char visited[8] = "", left[8] = "";

        list_init(&head);
        for (size_t i = 0; i < COUNT(items); i++) {
            list_append(&head, &items[i].link);
            if (!(leaving & 1U << i))
                left[strlen(left)] = items[i].name;
        }
        list_each (link, &head) {
            struct item *item = container_of(link, struct item, link);
            visited[strlen(visited)] = item->name;
            if (leaving & 1U << (item - items))
                list_remove(link);
        }
        ck_assert_str_eq(visited, "abcd");
        expect_list(&head, left);
    }
}
END_TEST

/* --- heap ----------------------------------------------------------------------------------------------- */

enum { HEAP_MOST = 200 };

struct weight {
    int64_t key;
    uint64_t order; // when it was set: among equal keys the first is first
    struct heap_node node;
};

static bool is_before(const struct weight *a, const struct weight *b)
{
    return a->key != b->key ? a->key < b->key : a->order < b->order;
}

/* Holds what it should, the right one on top, and each node knows its place. */
static bool is_sound(const struct heap *heap, const struct weight *weights)
{
    const struct weight *first = NULL;
    size_t count = 0;

    for (int i = 0; i < HEAP_MOST; i++) {
        const struct weight *weight = &weights[i];
        if (weight->node.place == 0)
            continue;
        if (heap->entries[weight->node.place - 1].node != &weight->node)
            return false;
        if (!first || is_before(weight, first))
            first = weight;
        count++;
    }
    return heap->len == count && heap_top(heap) == (first ? &first->node : NULL);
}

START_TEST(test_heap_against_a_model)
{
    static struct weight weights[HEAP_MOST];
    struct heap heap = {0};
    uint64_t orders = 0;

    memset(weights, 0, sizeof(weights));
    ck_assert(is_sound(&heap, weights));
    for (int step = 0; step < 20000; step++) {
        struct weight *weight = &weights[roll(HEAP_MOST)];
        // Fuller and emptier in turns; what is in moves as often as it leaves.
        if (weight->node.place == 0 ? roll(3) || step % 2000 < 1000 : roll(2)) {
            weight->key = (int64_t)roll(50) - 25; // many the same
            weight->order = orders++;
            heap_set(&heap, &weight->node, weight->key, false);
        } else {
            heap_remove(&heap, roll(4) || !heap.len ? &weight->node : heap_top(&heap));
        }
        ck_assert_msg(is_sound(&heap, weights), "step %d", step);
    }
    while (heap.len > 0) { // they leave in order
        heap_remove(&heap, heap_top(&heap));
        ck_assert(is_sound(&heap, weights));
    }
    ck_assert_ptr_null(heap_top(&heap));
    heap_free(&heap);
}
END_TEST

START_TEST(test_heap_of_extreme_keys)
{
    struct heap_node a = {0}, b = {0}, c = {0};
    struct heap heap = {0};

    heap_remove(&heap, &a); // in no heap: fine
    heap_set(&heap, &a, INT64_MAX, false);
    heap_set(&heap, &b, INT64_MIN, false);
    heap_set(&heap, &c, INT64_MAX, false);
    ck_assert_ptr_eq(heap_top(&heap), &b);
    heap_remove(&heap, &b);
    ck_assert_uint_eq(b.place, 0);
    heap_remove(&heap, &b);
    ck_assert_ptr_eq(heap_top(&heap), &a);
    heap_set(&heap, &a, INT64_MAX, false); // set anew it stands behind its equals
    ck_assert_ptr_eq(heap_top(&heap), &c);
    heap_free(&heap);
    ck_assert_ptr_null(heap_top(&heap));
}
END_TEST

/* --- hash ----------------------------------------------------------------------------------------------- */

static const struct hash_key paper_key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

/* The vectors of the paper: key 00 … 0f, inputs of 0 to 63 bytes 00 … 3e. */
START_TEST(test_siphash_vectors)
{
    static const uint64_t vectors[64] = {
        0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d, 0xcf2794e0277187b7,
        0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137, 0x93f5f5799a932462, 0x9e0082df0ba9e4b0,
        0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7, 0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee,
        0xa129ca6149be45e5, 0x3f2acc7f57c29bdb, 0x699ae9f52cbe4794, 0x4bc1b3f0968dd39c, 0xbb6dc91da77961bd,
        0xbed65cf21aa2ee98, 0xd0f2cbb02e3b67c7, 0x93536795e3a33e88, 0xa80c038ccd5ccec8, 0xb8ad50c6f649af94,
        0xbce192de8a85b8ea, 0x17d835b85bbb15f3, 0x2f2e6163076bcfad, 0xde4daaaca71dc9a5, 0xa6a2506687956571,
        0xad87a3535c49ef28, 0x32d892fad841c342, 0x7127512f72f27cce, 0xa7f32346f95978e3, 0x12e0b01abb051238,
        0x15e034d40fa197ae, 0x314dffbe0815a3b4, 0x027990f029623981, 0xcadcd4e59ef40c4d, 0x9abfd8766a33735c,
        0x0e3ea96b5304a7d0, 0xad0c42d6fc585992, 0x187306c89bc215a9, 0xd4a60abcf3792b95, 0xf935451de4f21df2,
        0xa9538f0419755787, 0xdb9acddff56ca510, 0xd06c98cd5c0975eb, 0xe612a3cb9ecba951, 0xc766e62cfcadaf96,
        0xee64435a9752fe72, 0xa192d576b245165a, 0x0a8787bf8ecb74b2, 0x81b3e73d20b49b6f, 0x7fa8220ba3b2ecea,
        0x245731c13ca42499, 0xb78dbfaf3a8d83bd, 0xea1ad565322a1a0b, 0x60e61c23a3795013, 0x6606d7e446282b93,
        0x6ca4ecb15c5f91e1, 0x9f626da15c9625f3, 0xe51b38608ef25f57, 0x958a324ceb064572,
    };
    unsigned char input[64];

    for (size_t len = 0; len < 64; len++) {
        unsigned char *exact = xmalloc(len);
        input[len] = (unsigned char)len;
        memcpy(exact, input, len);
        ck_assert_uint_eq(hash_bytes(&paper_key, exact, len), vectors[len]);
        free(exact);
    }
}
END_TEST

START_TEST(test_rng)
{
    struct rng rng = {.key = paper_key};
    uint64_t last = 0;

    for (uint64_t i = 0; i < 100; i++) {
        uint64_t number = rng_next(&rng);
        ck_assert_uint_eq(number, hash_bytes(&paper_key, &i, sizeof(i))); // output i is the hash of i
        ck_assert_uint_ne(number, last);
        last = number;
    }
    ck_assert_uint_eq(rng.count, 100);
}
END_TEST

START_TEST(test_derived_keys)
{
    static const char *const purposes[] = {"", "a", "b", "ab", "secret"};
    struct hash_key swapped = {paper_key.k1, paper_key.k0};

    for (size_t i = 0; i < COUNT(purposes); i++) {
        struct hash_key key = hash_derive(&paper_key, purposes[i]);
        struct hash_key again = hash_derive(&paper_key, purposes[i]);
        ck_assert(key.k0 == again.k0 && key.k1 == again.k1);
        ck_assert_uint_ne(key.k0, key.k1);
        ck_assert_uint_ne(hash_derive(&swapped, purposes[i]).k0, key.k0);
        for (size_t j = 0; j < i; j++) {
            struct hash_key other = hash_derive(&paper_key, purposes[j]);
            ck_assert(key.k0 != other.k0 && key.k1 != other.k1);
        }
    }
}
END_TEST

/* --- map ------------------------------------------------------------------------------------------------ */

enum { KEYS = 700, TWINS = 2 };

struct entry {
    char key[8];
    size_t len;
};

static struct entry entries[KEYS][TWINS]; // two values under each key

static struct slice entry_key(const void *value)
{
    const struct entry *entry = value;

    return (struct slice){entry->key, entry->len};
}

static void make_entries(void)
{
    for (int i = 0; i < KEYS; i++)
        for (int twin = 0; twin < TWINS; twin++) {
            struct entry *entry = &entries[i][twin];
            entry->len = (size_t)snprintf(entry->key, sizeof(entry->key), "%d", i);
            entry->len += i % 10 == 0; // with its NUL: keys are bytes, not C strings
        }
    entries[0][0].len = entries[0][1].len = 0; // and one is empty
}

static struct entry *find(const struct map *map, int i)
{
    return map_find(map, entries[i][0].key, entries[i][0].len);
}

START_TEST(test_map_against_a_model)
{
    struct map map;
    struct entry *model[KEYS] = {NULL};
    size_t len = 0;

    make_entries();
    map_init(&map, entry_key, paper_key);
    for (int step = 0; step < 30000; step++) {
        int i = (int)roll(KEYS);
        struct entry *entry = &entries[i][roll(TWINS)];
        bool fills = step / 5000 % 2 == 0;
        if (roll(4) ? fills : !fills) {
            ck_assert_ptr_eq(map_put(&map, entry), model[i]); // the one it replaces, or NULL
            len += model[i] == NULL;
            model[i] = entry;
        } else {
            ck_assert_int_eq(map_remove(&map, entry), model[i] == entry); // its twin stays
            if (model[i] == entry) {
                model[i] = NULL;
                len--;
            }
        }
        ck_assert_uint_eq(map.len, len);
        ck_assert_ptr_eq(find(&map, i), model[i]);
        int same = 0;
        while (step % 500 == 0 && same < KEYS && find(&map, same) == model[same])
            same++;
        ck_assert(step % 500 != 0 || same == KEYS);
    }
    map_free(&map);
}
END_TEST

START_TEST(test_map_grows_and_shrinks)
{
    struct map map;

    make_entries();
    map_init(&map, entry_key, paper_key);
    ck_assert_uint_eq(map.cap, 0);
    ck_assert_ptr_null(map_find(&map, "1", 1));
    ck_assert(!map_remove(&map, &entries[1][0]));
    for (int i = 0; i < KEYS; i++)
        ck_assert_ptr_null(map_put(&map, &entries[i][0]));
    ck_assert_uint_eq(map.len, KEYS);
    ck_assert_uint_eq(map.cap & (map.cap - 1), 0);
    ck_assert_uint_ge(map.cap, KEYS * 4 / 3);
    ck_assert_uint_le(map.cap, KEYS * 3);
    size_t most = map.cap;
    for (int i = 0; i < KEYS; i++) {
        ck_assert(map_remove(&map, &entries[i][0]));
        for (int j = i + 1; j < KEYS; j += 37)
            ck_assert_ptr_eq(find(&map, j), &entries[j][0]);
        ck_assert_uint_le(map.cap, most);
        ck_assert(map.cap <= 16 || map.cap <= map.len * 16); // it does not stay big
    }
    ck_assert_uint_eq(map.cap, 16);
    map_free(&map);
    map_free(&map);
    ck_assert_ptr_null(map_find(&map, "1", 1));
}
END_TEST

START_TEST(test_map_replaces)
{
    struct map map;

    make_entries();
    map_init(&map, entry_key, paper_key);
    ck_assert_ptr_null(map_put(&map, &entries[5][0]));
    ck_assert_ptr_eq(map_put(&map, &entries[5][1]), &entries[5][0]);
    ck_assert_ptr_eq(map_put(&map, &entries[5][1]), &entries[5][1]);
    ck_assert_uint_eq(map.len, 1);
    ck_assert(!map_remove(&map, &entries[5][0]));
    ck_assert_ptr_eq(find(&map, 5), &entries[5][1]);
    ck_assert(map_remove(&map, &entries[5][1]));
    ck_assert(!map_remove(&map, &entries[5][1]));
    ck_assert_ptr_null(map_put(&map, &entries[5][0]));
    map_free(&map);
}
END_TEST

/* --- times ---------------------------------------------------------------------------------------------- */

static const char *formatted(int64_t ns, enum time_style style)
{
    static char text[TIME_TEXT];
    int len = time_format(text, ns, style);

    ck_assert_uint_eq((size_t)len, strlen(text));
    return text;
}

START_TEST(test_time_styles)
{
    static const struct {
        int64_t fraction;
        const char *millis, *nanos, *micros;
    } cases[] = {
        {0, "Z", "Z", ".000000Z"},
        {1, "Z", ".000000001Z", ".000000Z"},
        {999, "Z", ".000000999Z", ".000000Z"},
        {1000, "Z", ".000001Z", ".000001Z"},
        {999999, "Z", ".000999999Z", ".000999Z"},
        {1000000, ".001Z", ".001Z", ".001000Z"},
        {40000000, ".04Z", ".04Z", ".040000Z"},
        {329000000, ".329Z", ".329Z", ".329000Z"},
        {100000000, ".1Z", ".1Z", ".100000Z"},
        {120500000, ".12Z", ".1205Z", ".120500Z"},
        {882143865, ".882Z", ".882143865Z", ".882143Z"},
        {882143860, ".882Z", ".88214386Z", ".882143Z"},
        {999999999, ".999Z", ".999999999Z", ".999999Z"}, // cut, not rounded
    };
    const char *second = "2024-04-22T11:15:15";
    const int64_t at = INT64_C(1713784515) * NS_PER_S;
    char expected[64];

    for (size_t i = 0; i < COUNT(cases); i++) {
        snprintf(expected, sizeof(expected), "%s%s", second, cases[i].millis);
        ck_assert_str_eq(formatted(at + cases[i].fraction, TIME_MILLIS), expected);
        snprintf(expected, sizeof(expected), "%s%s", second, cases[i].nanos);
        ck_assert_str_eq(formatted(at + cases[i].fraction, TIME_NANOS), expected);
        snprintf(expected, sizeof(expected), "%s%s", second, cases[i].micros);
        ck_assert_str_eq(formatted(at + cases[i].fraction, TIME_MICROS_ALL), expected);
    }
}
END_TEST

static const struct {
    int64_t seconds;
    const char *rfc3339, *http;
} moments[] = {
    {0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
    {946684799, "1999-12-31T23:59:59Z", "Fri, 31 Dec 1999 23:59:59 GMT"},
    {951825600, "2000-02-29T12:00:00Z", "Tue, 29 Feb 2000 12:00:00 GMT"},
    {1672880523, "2023-01-05T01:02:03Z", "Thu, 05 Jan 2023 01:02:03 GMT"},
    {1709164800, "2024-02-29T00:00:00Z", "Thu, 29 Feb 2024 00:00:00 GMT"},
    {1795362502, "2026-11-22T15:48:22Z", "Sun, 22 Nov 2026 15:48:22 GMT"},
    {4107542399, "2100-02-28T23:59:59Z", "Sun, 28 Feb 2100 23:59:59 GMT"}, // 2100 is no leap year
    {4107542400, "2100-03-01T00:00:00Z", "Mon, 01 Mar 2100 00:00:00 GMT"},
    {7258118399, "2199-12-31T23:59:59Z", "Tue, 31 Dec 2199 23:59:59 GMT"},
    {7258118400, "2200-01-01T00:00:00Z", "Wed, 01 Jan 2200 00:00:00 GMT"},
};

START_TEST(test_heap_late_ones_come_last_of_their_key)
{
    struct heap heap = {0};
    struct heap_node late = {0}, early = {0}, next = {0};

    heap_set(&heap, &late, 5, true);
    heap_set(&heap, &next, 6, false);
    heap_set(&heap, &early, 5, false);
    ck_assert_ptr_eq(heap_top(&heap), &early);
    heap_remove(&heap, &early);
    ck_assert_ptr_eq(heap_top(&heap), &late);
    heap_remove(&heap, &late);
    ck_assert_ptr_eq(heap_top(&heap), &next);
    heap_free(&heap);
}
END_TEST

START_TEST(test_known_moments)
{
    char text[TIME_TEXT];
    int64_t ns;

    for (size_t i = 0; i < COUNT(moments); i++) {
        int64_t at = moments[i].seconds * NS_PER_S;
        ck_assert_str_eq(formatted(at, TIME_MILLIS), moments[i].rfc3339);
        ck_assert_int_eq(time_format_http(text, at), 29);
        ck_assert_str_eq(text, moments[i].http);
        ck_assert(time_parse_http(text, &ns));
        ck_assert_int_eq(ns, at);
        bool is_read = time_parse(moments[i].rfc3339, &ns);
        ck_assert_msg(is_read == (at > 0), "%s", moments[i].rfc3339); // 0 is no time to anybody here
        if (is_read)
            ck_assert_int_eq(ns, at);
    }
    ck_assert_int_eq(TIME_MAX_NS, moments[COUNT(moments) - 1].seconds * NS_PER_S);
}
END_TEST

static void write_as_libc(char rfc3339[TIME_TEXT], char http[TIME_TEXT], int64_t ns)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(ns / NS_PER_S);
    struct tm date;

    gmtime_r(&seconds, &date);
    snprintf(rfc3339, TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", (date.tm_year + 1900) % 10000, date.tm_mon + 1,
             date.tm_mday, date.tm_hour, date.tm_min, date.tm_sec, (int)(ns % NS_PER_S / NS_PER_US));
    snprintf(http, TIME_TEXT, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[date.tm_wday], date.tm_mday,
             months[date.tm_mon], (date.tm_year + 1900) % 10000, date.tm_hour, date.tm_min, date.tm_sec);
}

/* RFC 9110, 5.6.7: its own three examples, and what comes near. Seconds; -1: it is none. */
static const struct {
    const char *text;
    int64_t seconds;
} http_dates[] = {
    {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
    {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
    {"Sun Nov  6 08:49:37 1994", 784111777},
    {"Wed Nov 16 08:49:37 1994", 784975777},
    {"Thursday, 01-Jan-26 00:00:00 GMT", 1767225600},
    {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"Mon, 01 Jan 0001 00:00:00 GMT", 0},
    {"Fri, 31 Dec 9999 23:59:59 GMT", TIME_MAX_NS / NS_PER_S},
    {"", -1},
    {"0", -1},
    {"Sun, 06 Nov 1994 08:49:37", -1},
    {"Sun, 06 Nov 1994 08:49:37 UTC", -1},
    {"Sun, 06 Nov 1994 08:49:37 GMT ", -1},
    {"Sun, 6 Nov 1994 08:49:37 GMT", -1},
    {"Sun, 31 Nov 1994 08:49:37 GMT", -1},
    {"Sun, 00 Nov 1994 08:49:37 GMT", -1},
    {"Sun, 06 Nvo 1994 08:49:37 GMT", -1},
    {"Sun, 06 Nov 1994 24:00:00 GMT", -1},
    {"Sun, 06-Nov-1994 08:49:37 GMT", -1},
    {"Sun, 06 Nov 94 08:49:37 GMT", -1},
    {"Sun Nov 6 08:49:37 1994", -1},
    {"Sun Nov  6 08:49:37 1994 GMT", -1},
    {"1994-11-06T08:49:37Z", -1},
    {"\"3e80-1b6\"", -1},
};

START_TEST(test_dates_of_http)
{
    int64_t ns;

    for (size_t i = 0; i < COUNT(http_dates); i++) {
        bool is_read = time_parse_http(http_dates[i].text, &ns);
        ck_assert_msg(is_read == (http_dates[i].seconds >= 0), "%s", http_dates[i].text);
        if (is_read)
            ck_assert_msg(ns == http_dates[i].seconds * NS_PER_S, "%s: %lld", http_dates[i].text, (long long)ns);
    }
}
END_TEST

/* Every day from 1970 to 2200, at a time of day drawn at random, against the C library's calendar. */
START_TEST(test_every_day)
{
    char rfc3339[TIME_TEXT], http[TIME_TEXT], ours[TIME_TEXT];
    int64_t back;

    for (int64_t day = 0; day < TIME_MAX_NS / NS_PER_S / 86400; day++) {
        int64_t ns = day * 86400 * NS_PER_S + (int64_t)roll(UINT64_C(86400000000000));
        write_as_libc(rfc3339, http, ns);
        time_format_http(ours, ns);
        bool good = strcmp(ours, http) == 0 && time_parse_http(http, &back) && back == ns / NS_PER_S * NS_PER_S;
        time_format(ours, ns, TIME_MICROS_ALL);
        good = good && strcmp(ours, rfc3339) == 0 && time_parse(ours, &back) && back == ns / NS_PER_US * NS_PER_US;
        time_format(ours, ns, TIME_MILLIS);
        good = good && time_parse(ours, &back) && back == ns / NS_PER_MS * NS_PER_MS;
        time_format(ours, ns, TIME_NANOS);
        good = good && time_parse(ours, &back) && back == ns;
        ck_assert_msg(good, "%s, %s, day %lld", rfc3339, http, (long long)day);
    }
}
END_TEST

START_TEST(test_time_forms_that_are_read)
{
    static const struct {
        const char *text;
        int64_t seconds, ns;
    } cases[] = {
        {"2024-04-22T11:15:15.329Z", 1713784515, 329000000},
        {"2024-04-22t11:15:15.329z", 1713784515, 329000000},
        {"2024-04-22 11:15:15Z", 1713784515, 0},
        {"2024-04-22T11:15:15", 1713784515, 0},
        {"2024-04-22 11:15:15.5", 1713784515, 500000000},
        {"2024-04-22", 1713744000, 0},
        {"2024-04-22T13:15:15+02:00", 1713784515, 0},
        {"2024-04-22T13:15:15+0200", 1713784515, 0},
        {"2024-04-22T13:15:15 02:00", 1713784515, 0}, // a + that a query's decoder has eaten
        {"2024-04-22T05:45:15-05:30", 1713784515, 0},
        {"2024-04-22T11:15:15+00:00", 1713784515, 0},
        {"2024-04-22T11:15:15-00:00", 1713784515, 0},
        {"2024-04-23T01:15:15.000000001+14:00", 1713784515, 1},
        {"2024-04-21T23:15:15-12:00", 1713784515, 0},
        {"2024-04-22T11:15:15.1Z", 1713784515, 100000000},
        {"2024-04-22T11:15:15.123456789Z", 1713784515, 123456789},
        {"2024-04-22T11:15:15.1234567899999Z", 1713784515, 123456789}, // the rest is cut
        {"2024-04-22T11:15:15.000000000000000000000000000000001Z", 1713784515, 0},
        {"1970-01-01T02:00:01+02:00", 1, 0},
        {"1970-01-01T02:00:00+02:00", -1, 0},
        {"1969-12-31T23:00:00-02:00", -1, -1}, // a year before 1970, see below
        {"2200-01-01T02:00:00+02:00", 7258118400, 0},
        {"2199-12-31T22:00:00-02:00", 7258118400, 0},
        {"2000-02-29", 951782400, 0},
    };
    int64_t ns;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (cases[i].seconds < 0) {
            ck_assert(!time_parse(cases[i].text, &ns)); // "outside 1970": by the date that is written
            continue;
        }
        ck_assert_msg(time_parse(cases[i].text, &ns), "%s", cases[i].text);
        ck_assert_msg(ns == cases[i].seconds * NS_PER_S + cases[i].ns, "%s: %lld", cases[i].text, (long long)ns);
    }
}
END_TEST

START_TEST(test_times_that_are_none)
{
    static const char *const texts[] = {
        "",
        "now",
        "2024",
        "2024-04",
        "2024-4-22",
        "24-04-22",
        "2024/04/22",
        "20240422",
        "2024-00-01",
        "2024-13-01",
        "2024-01-00",
        "2024-01-32",
        "2024-04-31",
        "2023-02-29",
        "2100-02-29",
        "2024-02-30",
        "2024-04-22T",
        "2024-04-22Z",
        "2024-04-22T11",
        "2024-04-22T11:15",
        "2024-04-22T11:15:",
        "2024-04-22T11:15:5Z",
        "2024-04-22T24:00:00Z",
        "2024-04-22T11:60:00Z",
        "2024-04-22T11:15:61Z",
        "2024-04-22T11:15:15.Z",
        "2024-04-22T11:15:15,5Z",
        "2024-04-22T11:15:15ZZ",
        "2024-04-22T11:15:15Z ",
        " 2024-04-22T11:15:15Z",
        "2024-04-22T11:15:15+",
        "2024-04-22T11:15:15+2",
        "2024-04-22T11:15:15+02",
        "2024-04-22T11:15:15+02:",
        "2024-04-22T11:15:15+02:0",
        "2024-04-22T11:15:15+24:00",
        "2024-04-22T11:15:15+02:60",
        "2024-04-22T11:15:15+02:000",
        "2024-04-22X11:15:15Z",
        "2024-04-22T11:15:15+-2:00",
        "2024-04-22T-1:15:15Z",
        "-2024-04-22",
        "+2024-04-22",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "2200-01-01T00:00:00.000000001Z",
        "2200-01-01T00:00:00-00:01",
        "2200-01-02",
        "2201-01-01",
        "9999-12-31T23:59:59Z",
        "2024-04-22\n",
        "2024-04-22T11:15:15 GMT",
        "1713784515",
    };
    int64_t ns;

    for (size_t i = 0; i < COUNT(texts); i++)
        ck_assert_msg(!time_parse(texts[i], &ns), "%s", texts[i]);
}
END_TEST

START_TEST(test_seconds)
{
    static const struct {
        int64_t ns;
        int digits;
        const char *text;
    } cases[] = {
        {0, 9, "0"},
        {1, 9, "0.000000001"},
        {1, 6, "0"},
        {999, 6, "0"},
        {1000, 6, "0.000001"},
        {1500000000, 9, "1.5"},
        {1500000000, 6, "1.5"},
        {2000000000, 6, "2"},
        {10000000000, 9, "10"},
        {123456789, 9, "0.123456789"},
        {123456789, 6, "0.123456"}, // cut
        {1999999999, 6, "1.999999"},
        {1999999999, 3, "1.999"},
        {1999999999, 0, "1"},
        {1050000000, 1, "1"},
        {TIME_MAX_NS, 9, "7258118400"},
        {TIME_MAX_NS - 1, 9, "7258118399.999999999"},
    };
    char text[TIME_TEXT];

    for (size_t i = 0; i < COUNT(cases); i++) {
        int len = seconds_format(text, cases[i].ns, cases[i].digits);
        ck_assert_str_eq(text, cases[i].text);
        ck_assert_uint_eq((size_t)len, strlen(text));
    }
}
END_TEST

struct quantity {
    const char *text;
    int64_t value;
};

START_TEST(test_durations)
{
    static const struct quantity cases[] = {
        {"0", 0},
        {"0.0", 0},
        {"0s", 0},
        {"1ns", 1},
        {"1us", 1000},
        {"250ms", 250000000},
        {"1.5s", 1500000000},
        {"1s", NS_PER_S},
        {"2m", 120 * NS_PER_S},
        {"0.5m", 30 * NS_PER_S},
        {"1h", 3600 * NS_PER_S},
        {"1.5h", 5400 * NS_PER_S},
        {"100MS", 100000000}, // in any case
        {"3S", 3 * NS_PER_S},
        {".5s", 500000000},
        {"5.s", 5 * NS_PER_S},
        {"0.000000001s", 1},
        {"876600h", INT64_C(876600) * 3600 * NS_PER_S}, // 100 years
    };
    static const char *const bad[] = {"",
                                      "1",
                                      "1.5",
                                      "s",
                                      "ms",
                                      "1 s",
                                      " 1s",
                                      "1s ",
                                      "-1s",
                                      "+1s",
                                      "1sec",
                                      "1d",
                                      "1w",
                                      "1.2.3s",
                                      "1..5s",
                                      ".s",
                                      ".",
                                      "1e3s",
                                      "0x1s",
                                      "infs",
                                      "nan",
                                      "inf",
                                      "1s1s",
                                      "1m30s",
                                      "876601h",
                                      "9999999999h",
                                      "1,5s",
                                      "5h5",
                                      "000000000000000000001s",
                                      "\xd9\xa1s"};
    int64_t ns;

    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_msg(duration_parse(cases[i].text, &ns), "%s", cases[i].text);
        ck_assert_msg(ns == cases[i].value, "%s: %lld", cases[i].text, (long long)ns);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        ck_assert_msg(!duration_parse(bad[i], &ns), "%s", bad[i]);
}
END_TEST

START_TEST(test_sizes)
{
    static const struct quantity cases[] = {
        {"0", 0},
        {"1", 1},
        {"1024", 1024},
        {"1024B", 1024},
        {"64KiB", 65536},
        {"16MiB", 16777216},
        {"1GiB", 1073741824},
        {"1.5KiB", 1536},
        {"1kib", 1024},
        {"1KB", 1000},
        {"2MB", 2000000},
        {"3GB", 3000000000},
        {"4294967296", 4294967296},
        {"9000000000GB", INT64_C(9000000000000000000)},
    };
    static const char *const bad[] = {"",
                                      "KiB",
                                      "1K",
                                      "1k",
                                      "1Ki",
                                      "1TiB",
                                      "1 KiB",
                                      " 1",
                                      "1 ",
                                      "-1",
                                      "+1",
                                      "1e3",
                                      "0x10",
                                      "1KiBB",
                                      "1,5KiB",
                                      "1.2.3",
                                      ".",
                                      "inf",
                                      "1\xc2\xb5",
                                      "9223372036854775808",
                                      "9000000001GB",
                                      "9999999999GiB",
                                      "18446744073709551616"};
    int64_t bytes;

    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_msg(size_parse(cases[i].text, &bytes), "%s", cases[i].text);
        ck_assert_msg(bytes == cases[i].value, "%s: %lld", cases[i].text, (long long)bytes);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        ck_assert_msg(!size_parse(bad[i], &bytes), "%s", bad[i]);
}
END_TEST

/* --- id ------------------------------------------------------------------------------------------------- */

#define CROCKFORD "0123456789abcdefghjkmnpqrstvwxyz"

/* The millisecond in an id: the words of a UUIDv7, which stand in the order 3, 1, 0, 2. */
static int64_t ms_of(const char *id)
{
    uint64_t bits[2];

    id_bits(id, bits);
    uint64_t word0 = bits[1] >> 32, word1 = bits[0] & 0xffffffff;
    return (int64_t)(word0 << 16 | word1 >> 16);
}

START_TEST(test_ids_look_like_the_real_ones)
{
    int64_t ms = 0, step = 1;
    char id[ID_LEN + 1], last[ID_LEN + 1] = "";

    for (int i = 0; i < 2000; i++, ms += step++ * 7654321) {
        if (ms >= INT64_C(1) << 48)
            ms = step;
        id_prediction(id, ms, &dice);
        ck_assert_uint_eq(strlen(id), 26);
        ck_assert_uint_eq(strspn(id, CROCKFORD), 26);
        ck_assert_ptr_nonnull(strchr("048cgmrw", id[25]));
        ck_assert_int_eq(id[10], 'r');
        ck_assert(id_is_valid(id));
        ck_assert_int_eq(ms_of(id), ms);
        ck_assert_str_ne(id, last);
        strcpy(last, id);
    }
}
END_TEST

START_TEST(test_ids_are_uuids)
{
    char id[ID_LEN + 1];
    uint64_t bits[2];

    for (int i = 0; i < 500; i++) {
        id_prediction(id, 1713784515329, &dice);
        id_bits(id, bits);
        ck_assert_uint_eq(bits[0] >> 12 & 15, 7); // version
        ck_assert_uint_eq(bits[1] >> 30 & 3, 2);  // variant
        ck_assert_uint_ge(bits[0] & 0xfff, 0x104);
        ck_assert_uint_le(bits[0] & 0xfff, 0x10f);
    }
}
END_TEST

START_TEST(test_ids_use_all_their_randomness)
{
    uint64_t ones[2] = {0, 0}, zeros[2] = {0, 0}, bits[2];
    char id[ID_LEN + 1];

    for (int i = 0; i < 500; i++) {
        id_prediction(id, 1713784515329, &dice);
        id_bits(id, bits);
        for (int j = 0; j < 2; j++) {
            ones[j] |= bits[j];
            zeros[j] |= ~bits[j];
        }
    }
    ck_assert_uint_eq(ones[0] & zeros[0] & 0xffffffff00000000, 0xffffffff00000000); // word 3: 32 of them
    ck_assert_uint_eq(ones[1] & zeros[1] & 0xffffffff, 0x3fffffff);                 // word 2: 30
}
END_TEST

/* A recorded prediction, created_at 2024-04-22T11:15:15.329Z. */
START_TEST(test_a_real_id)
{
    static const char real[] = "hdwst0bb05rgp0cf0p29mzk2am";
    uint64_t bits[2];
    char back[ID_LEN + 1];
    int64_t ns;

    ck_assert(id_is_valid(real));
    ck_assert(time_parse("2024-04-22T11:15:15.329Z", &ns));
    ck_assert_int_eq(ms_of(real), ns / NS_PER_MS);
    id_bits(real, bits);
    ck_assert_uint_eq(bits[0], 0x8b799d016b01710b);
    ck_assert_uint_eq(bits[1], 0x018f05849a7e6255);
    id_from_bits(back, bits);
    ck_assert_str_eq(back, real);
}
END_TEST

START_TEST(test_id_bits_there_and_back)
{
    char id[ID_LEN + 1];
    uint64_t back[2];

    for (int i = 0; i < 128 + 2000; i++) {
        uint64_t bits[2] = {0, 0};
        if (i < 128)
            bits[i / 64] = UINT64_C(1) << (i % 64);
        else
            bits[0] = rng_next(&dice), bits[1] = rng_next(&dice);
        id_from_bits(id, bits);
        ck_assert(id_is_valid(id));
        id_bits(id, back);
        ck_assert(bits[0] == back[0] && bits[1] == back[1]);
    }
    id_from_bits(id, (uint64_t[]){0, 0});
    ck_assert_str_eq(id, "00000000000000000000000000");
    id_from_bits(id, (uint64_t[]){UINT64_MAX, UINT64_MAX});
    ck_assert_str_eq(id, "zzzzzzzzzzzzzzzzzzzzzzzzzw");
}
END_TEST

START_TEST(test_ids_that_are_none)
{
    static const char *const texts[] = {
        "",
        "hdwst0bb05rgp0cf0p29mzk2a",   // 25
        "hdwst0bb05rgp0cf0p29mzk2amm", // 27
        "hdwst0bb05rgp0cf0p29mzk2an",  // padding that is not zero
        "hdwst0bb05rgp0cf0p29mzk2a1",
        "HDWST0BB05RGP0CF0P29MZK2AM",
        "hdwst0bb05rgp0cf0p29mzk2aM",
        "idwst0bb05rgp0cf0p29mzk2am", // i, l, o, u are not Crockford's
        "ldwst0bb05rgp0cf0p29mzk2am",
        "odwst0bb05rgp0cf0p29mzk2am",
        "udwst0bb05rgp0cf0p29mzk2am",
        "hdwst0bb05rgp-cf0p29mzk2am",
        "hdwst0bb05rgp cf0p29mzk2am",
        "hdwst0bb05rgp\303\251f0p29mzk2am",
        "6fovuahuczeknb4rws5cqu4wc4", // an id of before 2024: RFC 4648's alphabet
    };

    for (size_t i = 0; i < COUNT(texts); i++)
        ck_assert_msg(!id_is_valid(texts[i]), "%s", texts[i]);
    for (const char *at = CROCKFORD; *at; at++) {
        char id[] = "hdwst0bb05rgp0cf0p29mzk2a?";
        id[25] = *at;
        ck_assert_int_eq(id_is_valid(id), strchr("048cgmrw", *at) != NULL);
    }
}
END_TEST

/* "Old ids: 26 characters `[a-z2-7]`", which are no bits of ours: two of them have different ones all the same. */
START_TEST(test_ids_of_old)
{
    static const char old[] = "6fovuahuczeknb4rws5cqu4wc4", *const none[] = {"",
                                                                             "6fovuahuczeknb4rws5cqu4wc",
                                                                             "6fovuahuczeknb4rws5cqu4wc44",
                                                                             "6FOVUAHUCZEKNB4RWS5CQU4WC4",
                                                                             "6fovuahuczeknb-rws5cqu4wc4",
                                                                             "6fovuahuczeknb\303\251ws5cqu4wc4"};
    uint64_t bits[2], others[2];

    ck_assert(id_is_possible(old) && id_is_possible("hdwst0bb05rgp0cf0p29mzk2am"));
    for (size_t i = 0; i < COUNT(none); i++)
        ck_assert_msg(!id_is_possible(none[i]), "%s", none[i]);
    id_bits(old, bits);
    id_bits("6fovuahuczeknb4rws5cqu4wc5", others);
    ck_assert(bits[0] != others[0] && bits[1] != others[1] && bits[0] != bits[1]);
}
END_TEST

START_TEST(test_random_keys_differ)
{
    struct hash_key a = id_random_key(), b = id_random_key();

    ck_assert(a.k0 != b.k0 && a.k1 != b.k1 && a.k0 != a.k1);
}
END_TEST

/* --- digest --------------------------------------------------------------------------------------------- */

START_TEST(test_digests)
{
    static const struct {
        const char *text, *md5, *sha256;
    } cases[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0",
         "f7846f55cf23e14eebeab5b4e1550cad5b509e3348fbc4efa3a1413d393cb650"},
    };
    unsigned char bytes[768];
    char md5[MD5_HEX], sha256[SHA256_HEX];

    for (size_t i = 0; i < COUNT(cases); i++) {
        digest_md5_hex(md5, cases[i].text, strlen(cases[i].text));
        digest_sha256_hex(sha256, cases[i].text, strlen(cases[i].text));
        ck_assert_str_eq(md5, cases[i].md5);
        ck_assert_str_eq(sha256, cases[i].sha256);
    }
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)i;
    digest_md5_hex(md5, bytes, sizeof(bytes));
    digest_sha256_hex(sha256, bytes, sizeof(bytes));
    ck_assert_str_eq(md5, "e6899eaaf06fd702f3ed3f988eb19362");
    ck_assert_str_eq(sha256, "f3a25aa93aa2fbba28d79260535bbd6a5eb0fc1c24a8b0f04e12b484c1dfe363");
}
END_TEST

/* Decodes the first `len` characters; room and text are exactly as large as they must be. */
static long decode(const char *text, size_t len, char *bytes)
{
    unsigned char *room = xmalloc(len / 4 * 3);
    char *exact = xmalloc(len);

    if (len > 0)
        memcpy(exact, text, len);
    long count = digest_base64_decode(room, exact, len);
    if (count > 0)
        memcpy(bytes, room, (size_t)count);
    free(room);
    free(exact);
    return count;
}

START_TEST(test_base64)
{
    static const struct {
        const char *text, *bytes;
        long count;
    } cases[] = {
        {"", "", 0},
        {"TWFu", "Man", 3},
        {"TWE=", "Ma", 2},
        {"TQ==", "M", 1},
        {"TWFuTWFu", "ManMan", 6},
        {"TWFuTQ==", "ManM", 4},
        {"+vv8/f7/AD8=", "\xfa\xfb\xfc\xfd\xfe\xff\x00\x3f", 8},
        {"AAAA", "\0\0\0", 3},
        {"T", "", 0}, // cut down to whole groups
        {"TWF", "", 0},
        {"TWFuT", "Man", 3},
        {"TWFuTW", "Man", 3},
        {"TWFuTW!", "Man", 3}, // what is cut is not looked at
    };
    char bytes[64];

    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_int_eq(decode(cases[i].text, strlen(cases[i].text), bytes), cases[i].count);
        ck_assert(memcmp(bytes, cases[i].bytes, (size_t)cases[i].count) == 0);
    }
}
END_TEST

START_TEST(test_base64_that_is_none)
{
    static const char *const texts[] = {"TW!u", "TWF-", "TWF_",       "====",     "T===",    "=TWF",
                                        "TQ=a", "T=Fu", "\xc3\xa9TW", "TWFuTW*u", "TWFu%3D%"};
    char bytes[64];

    for (size_t i = 0; i < COUNT(texts); i++)
        ck_assert_msg(decode(texts[i], strlen(texts[i]), bytes) == -1, "%s", texts[i]);
}
END_TEST

START_TEST(test_base64_skips_white_space)
{
    static const struct {
        const char *text;
        long count;
    } cases[] = {{"TWFu    ", 3}, {"TWFu\n\n\n\n", 3}, {"TWFu\r\n  TWFu", 6}, {" T W\tFu ", 3}};
    char bytes[64];

    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_int_eq(decode(cases[i].text, strlen(cases[i].text), bytes), cases[i].count);
        ck_assert(memcmp(bytes, "ManMan", (size_t)cases[i].count) == 0);
    }
    ck_assert_int_eq(decode(" TWFuTW=", 8, bytes), -1); // seven that count are no whole groups
}
END_TEST

/* --- what is compiled in -------------------------------------------------------------------------------- */

START_TEST(test_embedded_files)
{
    const struct embedded *model = embedded_find("schema/models/rossjillian/controlnet.json");
    const struct embedded *picture = embedded_find("fixtures/sample.png");

    ck_assert_ptr_nonnull(model);
    ck_assert_str_eq(model->path, "schema/models/rossjillian/controlnet.json");
    ck_assert(model->len > 1000 && model->data[0] == '{');
    ck_assert_ptr_nonnull(picture);
    ck_assert(memcmp(picture->data, "\x89PNG\r\n\x1a\n", 8) == 0);
    ck_assert(memcmp(picture->data + picture->len - 8, "IEND\xae\x42\x60\x82", 8) == 0); // all of it
    ck_assert_ptr_null(embedded_find("fixtures/sample.pn"));
    ck_assert_ptr_null(embedded_find("fixtures"));
    ck_assert_ptr_null(embedded_find("/fixtures/sample.png"));
    ck_assert_ptr_null(embedded_find(""));
}
END_TEST

START_TEST(test_embedded_files_are_sorted)
{
    for (const struct embedded *file = embedded_files; file->path; file++) {
        ck_assert_ptr_eq(embedded_find(file->path), file);
        ck_assert_int_eq(file->data[file->len], '\0');
        ck_assert(!file[1].path || strcmp(file->path, file[1].path) < 0);
    }
}
END_TEST

SUITE_WITH("base", set_up, NULL, test_json_string_at_every_place, test_allocations_of_nothing, test_copies,
           test_arena_gives_apart_and_aligned, test_arena_reset_keeps_a_block,
           test_arena_reset_of_the_big_and_of_nothing, test_arena_texts, test_buf_grows, test_buf_of_nothing,
           test_buf_cstr_leaves_the_text, test_buf_numbers, test_buf_printf, test_json_string_of_each_ascii,
           test_json_strings, test_json_string_appends, test_list, test_list_each_while_they_leave,
           test_heap_against_a_model, test_heap_of_extreme_keys, test_siphash_vectors, test_rng, test_derived_keys,
           test_map_against_a_model, test_map_grows_and_shrinks, test_map_replaces, test_time_styles,
           test_heap_late_ones_come_last_of_their_key, test_known_moments, test_dates_of_http, test_every_day,
           test_time_forms_that_are_read, test_times_that_are_none, test_seconds, test_durations, test_sizes,
           test_ids_look_like_the_real_ones, test_ids_are_uuids, test_ids_use_all_their_randomness, test_a_real_id,
           test_id_bits_there_and_back, test_ids_that_are_none, test_ids_of_old, test_random_keys_differ, test_digests,
           test_base64, test_base64_that_is_none, test_base64_skips_white_space, test_embedded_files,
           test_embedded_files_are_sorted);
