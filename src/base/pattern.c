#include "base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

struct pattern {
    const pcre2_code *code;
    size_t price; // of a step, without the work that is counted apart
    /* By place in the text: how often the item there is repeated at least. What PCRE2 does at one go and may
     * give up in the middle of, and so cannot be seen afterwards. */
    uint16_t repeats[PATTERN_MAX + 1];
};

/* ---- Compiling ---- */

static void *give(size_t size, void *arena)
{
    return arena_alloc(arena, size);
}

static void take_back(void *ptr, void *arena)
{
    (void)ptr, (void)arena; // goes with the arena
}

static bool begins(const char *text, size_t len, const char *with)
{
    return strlen(with) <= len && memcmp(text, with, strlen(with)) == 0;
}

/* The item that begins here: is it more than a regular expression as Go, ECMAScript and Python know it? Of
 * what PCRE2 has besides, recursion is of no use in a schema, and \X looks back as far as it likes, which
 * nobody counts. */
static bool is_foreign(const char *item, size_t len)
{
    if (begins(item, len, "\\"))
        return len > 1 && strchr("CGHKNRVXgh", item[1]);
    if (begins(item, len, "(*"))
        return true;
    if (!begins(item, len, "(?"))
        return false;
    const char *kind = item + 2 + strspn(item + 2, "imsxU-");
    size_t left = len - (size_t)(kind - item);
    return left == 0 || (!strchr(":)=!<>", *kind) && !begins(kind, left, "P<"));
}

/* The largest number that stands behind a brace: {8}, {1,3}. */
static unsigned long repeats_of(const char *item, size_t len)
{
    unsigned long most = 1;

    for (const char *at = item; (at = memchr(at, '{', len - (size_t)(at - item))); at++) {
        unsigned long number = strtoul(at + 1, NULL, 10);
        if (number > most)
            most = number;
    }
    return most < UINT16_MAX ? most : UINT16_MAX;
}

struct reading {
    const char *text;
    struct pattern *pattern;
    uint32_t behind; // characters that the farthest lookbehind goes back
    const char *foreign;
};

/* PCRE2 tells every item, so there is no need to take the text apart ourselves. */
static int see_item(pcre2_callout_enumerate_block *block, void *data)
{
    struct reading *reading = data;
    const char *item = reading->text + block->pattern_position;
    size_t len = block->next_item_length;

    if (!reading->foreign && is_foreign(item, len))
        reading->foreign = item;
    unsigned long repeats = 0; // a group's end, which may bear the group's quantifier, is no work
    if (begins(item, len, "(?<"))
        repeats = reading->behind;
    else if (len > 0 && *item != ')')
        repeats = repeats_of(item, len);
    reading->pattern->repeats[block->pattern_position] = (uint16_t)repeats;
    return 0;
}

static uint32_t code_info(const pcre2_code *code, uint32_t what)
{
    uint32_t answer = 0;

    pcre2_pattern_info(code, what, &answer);
    return answer;
}

static bool check_items(struct pattern *pattern, const char *text, char reason[160])
{
    const pcre2_code *code = pattern->code;
    struct reading reading = {.text = text, .pattern = pattern, .behind = code_info(code, PCRE2_INFO_MAXLOOKBEHIND)};

    if (code_info(code, PCRE2_INFO_BACKREFMAX) > 0) {
        snprintf(reason, 160, "back references are not supported");
        return false;
    }
    pcre2_callout_enumerate(code, see_item, &reading);
    if (begins(text, strlen(text), "(*")) // settings for PCRE2 itself, which are no items
        reading.foreign = text;
    if (!reading.foreign)
        return true;
    int shown = *reading.foreign == '(' ? 3 : 2; // (?R, \X
    snprintf(reason, 160, "%.*s is not supported at offset %td", shown, reading.foreign, reading.foreign - text);
    return false;
}

/* Ways out of groups in groups are walked without a call, and (?:a?){0,1000} is a thousand of them. There are
 * no more than the code has room for, so that a step of long code is dearer. */
static size_t price_of(const pcre2_code *code)
{
    enum { CODE_OF_A_STEP = 1024 };
    size_t size = 0;

    pcre2_pattern_info(code, PCRE2_INFO_SIZE, &size);
    return 1 + size / CODE_OF_A_STEP;
}

/* PCRE2_AUTO_CALLOUT has every item of the expression counted: see `count_step`. */
static const pcre2_code *compile(struct arena *arena, const char *text, size_t len, char reason[160])
{
    const uint32_t options =
        PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;
    pcre2_general_context *memory = pcre2_general_context_create(give, take_back, arena);
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    int error;
    size_t offset;

    pcre2_set_newline(context, PCRE2_NEWLINE_LF); // what `.` does not match, however PCRE2 was built
    const pcre2_code *code = pcre2_compile((PCRE2_SPTR)text, len, options, &error, &offset, context);
    if (!code) {
        char message[128];
        pcre2_get_error_message(error, (PCRE2_UCHAR *)message, sizeof(message));
        snprintf(reason, 160, "%s at offset %zu", message, offset);
    }
    return code;
}

const struct pattern *pattern_compile(struct arena *arena, const char *text, char reason[160])
{
    size_t len = strlen(text);

    if (len > PATTERN_MAX) {
        snprintf(reason, 160, "longer than %d bytes", PATTERN_MAX);
        return NULL;
    }
    struct pattern *pattern = arena_alloc(arena, sizeof(*pattern));
    *pattern = (struct pattern){.code = compile(arena, text, len, reason)};
    if (!pattern->code || !check_items(pattern, text, reason))
        return NULL;
    pattern->price = price_of(pattern->code);
    return pattern;
}

/* ---- Searching ---- */

struct search {
    const struct pattern *pattern;
    size_t *budget;
    size_t at;     // in the subject, where the item before this one was begun
    size_t weight; // of that item
};

static bool take(size_t *budget, size_t price)
{
    bool enough = *budget >= price;

    *budget -= enough ? price : *budget;
    return enough;
}

/* PCRE2 calls this before every item, at every place where it tries it. What it does without a call is to
 * repeat one item: that is paid for by the characters it has gone over when it comes to the next one, or
 * beforehand where it may give up on the way. A class of a hundred kinds of characters takes longer than a
 * letter: hence the weight. */
static int count_step(pcre2_callout_block *block, void *data)
{
    enum { WEIGHT_OF_ANY = 4, WEIGHT_OF_A_STEP = 64 };
    struct search *search = data;
    size_t at = block->current_position, weight = WEIGHT_OF_ANY + block->next_item_length;
    size_t moved = at > search->at ? at - search->at : search->at - at;
    size_t work = moved * search->weight + search->pattern->repeats[block->pattern_position] * weight;

    search->at = at;
    search->weight = weight;
    return take(search->budget, search->pattern->price + work / WEIGHT_OF_A_STEP) ? 0 : PCRE2_ERROR_CALLOUT;
}

static void *heap_give(size_t size, void *data)
{
    (void)data;
    return xmalloc(size);
}

static void heap_take_back(void *ptr, void *data)
{
    (void)data;
    free(ptr);
}

static enum pattern_verdict verdict_of(int result)
{
    if (result >= 0)
        return PATTERN_YES;
    return result == PCRE2_ERROR_NOMATCH ? PATTERN_NO : PATTERN_TOO_MUCH;
}

/* PCRE2's own limits begin anew at each place of the text where a match may begin, so they only stand behind
 * ours. */
enum pattern_verdict pattern_search(const struct pattern *pattern, const char *text, size_t len, size_t *budget)
{
    enum { BYTES_A_STEP = 64 };
    enum { MATCH_LIMIT = 20 * 1000 * 1000, DEPTH_LIMIT = 1000 * 1000, HEAP_LIMIT_KIB = 32 * 1024 };
    struct search search = {.pattern = pattern, .budget = budget};

    if (!take(budget, 1 + len / BYTES_A_STEP)) // for looking for a place to begin
        return PATTERN_TOO_MUCH;
    pcre2_general_context *memory = pcre2_general_context_create(heap_give, heap_take_back, NULL);
    pcre2_match_context *context = pcre2_match_context_create(memory);
    pcre2_match_data *match = pcre2_match_data_create(1, memory);
    pcre2_set_callout(context, count_step, &search);
    pcre2_set_match_limit(context, MATCH_LIMIT);
    pcre2_set_depth_limit(context, DEPTH_LIMIT);
    pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
    int result = pcre2_match(pattern->code, (PCRE2_SPTR)text, len, 0, PCRE2_NO_UTF_CHECK, match, context);
    pcre2_match_data_free(match);
    pcre2_match_context_free(context);
    pcre2_general_context_free(memory);
    return verdict_of(result);
}
