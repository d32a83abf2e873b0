#include "base/decimal.h"
#include "base/json.h"
#include "base/json_keys.h"

#include <string.h>

enum { TYPE_MASK = 0xff };

static int kind_of(const cJSON *value)
{
    int type = value->type & TYPE_MASK;

    return type == cJSON_True ? cJSON_False : type;
}

/* Doubles that differ tell the order of their numbers; equal ones may have been rounded to be. */
static int compare_numbers(const cJSON *a, const cJSON *b)
{
    if (a->valuedouble != b->valuedouble)
        return a->valuedouble < b->valuedouble ? -1 : 1;
    struct decimal x = decimal_read(a->valuestring), y = decimal_read(b->valuestring);
    return decimal_compare(&x, &y);
}

static int compare_arrays(const cJSON *a, const cJSON *b)
{
    const cJSON *x = a->child, *y = b->child;
    int order = 0;

    for (; x && y && order == 0; x = x->next, y = y->next)
        order = json_compare(x, y);
    return order != 0 ? order : (x != NULL) - (y != NULL);
}

static int compare_sorted(const struct json_keyed *a, const struct json_keyed *b, size_t count)
{
    int order = 0;

    for (size_t i = 0; i < count && order == 0; i++) {
        order = strcmp(a[i].key, b[i].key);
        if (order == 0)
            order = json_compare(a[i].member, b[i].member);
    }
    return order;
}

static int compare_objects(const cJSON *a, const cJSON *b)
{
    size_t count = json_count_members(a), other = json_count_members(b);
    struct json_keyed few_a[JSON_FEW_MEMBERS], few_b[JSON_FEW_MEMBERS];

    if (count != other)
        return count < other ? -1 : 1;
    struct json_keyed *sorted_a = json_sort_members(a, count, few_a), *sorted_b = json_sort_members(b, count, few_b);
    int order = compare_sorted(sorted_a, sorted_b, count);
    json_keys_free(sorted_a, few_a);
    json_keys_free(sorted_b, few_b);
    return order;
}

int json_compare(const cJSON *a, const cJSON *b)
{
    int kind = kind_of(a);

    if (kind != kind_of(b))
        return kind - kind_of(b);
    switch (kind) {
    case cJSON_String: return strcmp(a->valuestring, b->valuestring);
    case cJSON_Number: return compare_numbers(a, b);
    case cJSON_False: return (cJSON_IsTrue(a) != 0) - (cJSON_IsTrue(b) != 0);
    case cJSON_Array: return compare_arrays(a, b);
    case cJSON_Object: return compare_objects(a, b);
    default: return 0;
    }
}
