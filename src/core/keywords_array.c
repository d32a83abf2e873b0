/* Keywords of arrays. */
#include "core/schema_rules.h"

#include <stdlib.h>

static size_t length_of(const cJSON *array)
{
    size_t count = 0;

    for (const cJSON *element = array->child; element; element = element->next)
        count++;
    return count;
}

/* "If `items` is an array of schemas, each element is held against the one at its position"; what goes beyond, against
 * `additionalItems`, which without such an array means nothing. */
static bool read_items(struct reading *reading, const cJSON *value, union operand *operand)
{
    const cJSON *rest = json_get(reading->schema->source, "additionalItems");

    operand->items.places = (struct schemas){0};
    operand->items.rest = NULL;
    operand->items.closed = false;
    if (!cJSON_IsArray(value)) {
        operand->items.rest = reading_schema(reading, value);
        return operand->items.rest != NULL;
    }
    union operand places;
    if (!keyword_read_schemas(reading, value, &places))
        return false;
    operand->items.places = places.schemas;
    operand->items.closed = cJSON_IsFalse(rest);
    if (!rest || cJSON_IsBool(rest))
        return true;
    reading->keyword = "additionalItems";
    operand->items.rest = reading_schema(reading, rest);
    return operand->items.rest != NULL;
}

static void check_items(struct validation *v, const union operand *operand, const cJSON *value)
{
    const struct schemas *places = &operand->items.places;
    size_t index = 0;

    for (const cJSON *element = value->child; element && v->budget > 0; element = element->next, index++) {
        const struct schema *schema = index < places->count ? places->list[index] : operand->items.rest;
        if (schema)
            validate_element(v, schema, element, index);
    }
    if (operand->items.closed && index > places->count)
        validate_fault(v, "array_no_additional_items", "No additional items allowed on array");
}

static void check_min_items(struct validation *v, const union operand *operand, const cJSON *value)
{
    size_t count = length_of(value);

    if (validate_spend(v, 1 + count / 8) && count < operand->count)
        validate_fault(v, "array_min_items", "Array must have at least %zu items", operand->count);
}

static void check_max_items(struct validation *v, const union operand *operand, const cJSON *value)
{
    size_t count = length_of(value);

    if (validate_spend(v, 1 + count / 8) && count > operand->count)
        validate_fault(v, "array_max_items", "Array must have at most %zu items", operand->count);
}

static bool read_unique(struct reading *reading, const cJSON *value, union operand *operand)
{
    (void)operand;
    if (!cJSON_IsBool(value))
        return reading_fault(reading, "true or false is expected");
    return cJSON_IsTrue(value);
}

struct element {
    const cJSON *value;
    size_t index;
};

/* By value, equal ones by their place. */
static int compare_elements(const void *left, const void *right)
{
    const struct element *a = left, *b = right;
    int order = json_compare(a->value, b->value);

    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static int compare_places(const void *left, const void *right)
{
    const struct element *const *a = left, *const *b = right;

    return (a[1]->index > b[1]->index) - (a[1]->index < b[1]->index);
}

/* gojsonschema tells each element that equals an earlier one, with the last such one: [1,1,1] breaks 0,1 and 1,2. */
static void tell_twins(struct validation *v, const struct element *sorted, size_t count)
{
    const struct element **twins = xcalloc(2 * count + 1, sizeof(struct element *)); // pairs
    size_t found = 0;

    for (size_t i = 1; i < count; i++) {
        if (json_compare(sorted[i - 1].value, sorted[i].value) != 0)
            continue;
        twins[2 * found] = &sorted[i - 1];
        twins[2 * found + 1] = &sorted[i];
        found++;
    }
    qsort(twins, found, 2 * sizeof(struct element *), compare_places);
    for (size_t i = 0; i < found; i++)
        validate_fault(v, "unique", "array items[%zu,%zu] must be unique", twins[2 * i]->index,
                       twins[2 * i + 1]->index);
    free(twins);
}

static void check_unique(struct validation *v, const union operand *operand, const cJSON *value)
{
    size_t count = length_of(value), index = 0;

    (void)operand;
    if (count < 2 || !validate_spend(v, validate_price(value)))
        return;
    struct element *sorted = xcalloc(count, sizeof(*sorted));
    for (const cJSON *element = value->child; element; element = element->next, index++)
        sorted[index] = (struct element){element, index};
    qsort(sorted, count, sizeof(*sorted), compare_elements);
    tell_twins(v, sorted, count);
    free(sorted);
}

const struct keyword keywords_array[] = {
    {"items", TYPE_ARRAY, read_items, check_items},
    {"minItems", TYPE_ARRAY, keyword_read_count, check_min_items},
    {"maxItems", TYPE_ARRAY, keyword_read_count, check_max_items},
    {"uniqueItems", TYPE_ARRAY, read_unique, check_unique},
    {0},
};
