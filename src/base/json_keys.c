#include "base/json_keys.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right)
{
    const struct json_keyed *a = left, *b = right;
    int first = (unsigned char)*a->key - (unsigned char)*b->key; // mostly decides, without a call
    int order = first != 0 ? first : strcmp(a->key, b->key);

    // Equal keys stay in the order of the text, in whose copy they lie: qsort alone promises nothing.
    return order != 0 ? order : (a->key > b->key) - (a->key < b->key);
}

size_t json_count_members(const cJSON *object)
{
    size_t count = 0;

    for (const cJSON *member = object->child; member; member = member->next)
        count++;
    return count;
}

static void insert(struct json_keyed *sorted, size_t count, struct json_keyed keyed)
{
    size_t at = count;

    for (; at > 0 && compare(&sorted[at - 1], &keyed) > 0; at--)
        sorted[at] = sorted[at - 1];
    sorted[at] = keyed;
}

struct json_keyed *json_sort_members(const cJSON *object, size_t count, struct json_keyed few[JSON_FEW_MEMBERS])
{
    size_t done = 0;

    if (count <= JSON_FEW_MEMBERS) {
        for (const cJSON *member = object->child; member; member = member->next)
            insert(few, done++, (struct json_keyed){member->string, member});
        return few;
    }
    struct json_keyed *sorted = xmalloc(count * sizeof(*sorted));
    for (const cJSON *member = object->child; member; member = member->next)
        sorted[done++] = (struct json_keyed){member->string, member};
    qsort(sorted, count, sizeof(*sorted), compare);
    return sorted;
}

void json_keys_free(struct json_keyed *sorted, const struct json_keyed few[JSON_FEW_MEMBERS])
{
    if (sorted != few)
        free(sorted);
}
