/* The members of an object in the order of their keys: for canonical text, and to find keys that stand twice. */
#ifndef BASE_JSON_KEYS_H
#define BASE_JSON_KEYS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct json_keyed {
    const char *key;
    const cJSON *member;
};

/* Up to so many members are sorted in the caller's own array, where comparing beats calling qsort. */
enum { JSON_FEW_MEMBERS = 32 };

static inline bool json_same_key(const char *a, const char *b)
{
    return a[0] == b[0] && (a[0] == '\0' || a[1] == b[1]) && strcmp(a, b) == 0; // mostly two bytes tell
}

size_t json_count_members(const cJSON *object);

/* The `count` members by the bytes of their keys; equal ones in the order of the text. Puts them into `few` where it
 * has room, else into memory that json_keys_free frees. */
struct json_keyed *json_sort_members(const cJSON *object, size_t count, struct json_keyed few[JSON_FEW_MEMBERS]);
void json_keys_free(struct json_keyed *sorted, const struct json_keyed few[JSON_FEW_MEMBERS]);

#endif
