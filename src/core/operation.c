#include "core/operation.h"
#include "base/chars.h"

#include <string.h>

enum { NAME_MAX_LEN = 64 }; // of what is compared letter by letter; the longest name has half of that

/* --- patterns ------------------------------------------------------------------------------------------------------- */

bool operation_is_pattern(const char *text)
{
    size_t len = strlen(text), inner = 0;

    for (size_t i = 0; i < len; i++) {
        bool star = text[i] == '*' && (i == 0 || i + 1 == len);
        if (!star && !char_is_alnum(text[i]) && text[i] != '.' && text[i] != '_')
            return false;
        inner += !star;
    }
    return len > 0 && (inner > 0 || len == 1);
}

static bool ends_with(const char *text, const char *end, size_t end_len)
{
    size_t len = strlen(text);

    return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

/* What stands between the stars. */
static const char *inner_of(const char *pattern, size_t *len)
{
    const char *inner = pattern + (pattern[0] == '*');

    *len = strlen(inner);
    *len -= *len > 0 && inner[*len - 1] == '*';
    return inner;
}

bool operation_matches(const char *pattern, const char *name)
{
    size_t len;
    const char *inner = inner_of(pattern, &len);
    bool open_begin = inner > pattern, open_end = inner[len] == '*';

    if (open_begin && open_end)
        return memmem(name, strlen(name), inner, len) != NULL;
    if (open_begin)
        return ends_with(name, inner, len);
    return strncmp(name, inner, len) == 0 && (open_end || name[len] == '\0');
}

bool operation_creates(const char *name)
{
    static const char creating[] = "predictions.create";

    return ends_with(name, creating, sizeof(creating) - 1);
}

/* --- which there are ------------------------------------------------------------------------------------------------ */

static struct operation at(const struct operations *operations, size_t place)
{
    return operations ? operations->at(place) : (struct operation){0};
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t two = a < b ? a : b;

    return two < c ? two : c;
}

/* How many letters must be put in, taken out or replaced to make the one of the other (Levenshtein). */
static size_t distance(const char *a, size_t a_len, const char *b)
{
    size_t row[NAME_MAX_LEN + 1], b_len = strlen(b);

    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(row[j] + 1, row[j - 1] + 1, replaced);
        }
    }
    return row[b_len];
}

/* The name that may have been meant: at most a third of it is other. NULL: none is near. */
static const char *nearest(const struct operations *operations, const char *pattern)
{
    size_t len, best = 0;
    const char *inner = inner_of(pattern, &len), *found = NULL;

    if (len > NAME_MAX_LEN)
        return NULL;
    for (size_t place = 0; at(operations, place).name; place++) {
        const char *name = at(operations, place).name;
        size_t name_len = strlen(name);
        if (name_len > NAME_MAX_LEN || !at(operations, place).takes_rules)
            continue;
        size_t apart = distance(inner, len, name);
        if (apart > name_len / 3 || (found && apart >= best))
            continue;
        best = apart;
        found = name;
    }
    return found;
}

const char *operation_fault(const struct operations *operations, const char *pattern, struct arena *arena)
{
    bool matched = false;

    for (size_t place = 0; at(operations, place).name; place++) {
        if (!operation_matches(pattern, at(operations, place).name))
            continue;
        if (at(operations, place).takes_rules)
            return NULL;
        matched = true;
    }
    if (matched)
        return arena_printf(arena, "\"%.64s\" is reached without a token, and takes no rules", pattern);
    const char *near = nearest(operations, pattern);
    return arena_printf(arena, "\"%.64s\" matches no operation%s%s%s; /openapi.json has their names, as operationId",
                        pattern, near ? " (is " : "", near ? near : "", near ? " meant?)" : "");
}
