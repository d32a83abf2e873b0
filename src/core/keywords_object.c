/* Keywords of objects: what must and may be there; and, as a family of its own because it comes last, `properties`. */
#include "base/json_keys.h"
#include "core/schema_rules.h"

#include <math.h>
#include <stdlib.h>

/* The members of an object by their keys. Few are looked through, many are sorted: large objects cost no more a member
 * than small ones. */
struct members {
    const cJSON *object;
    size_t count;
    struct json_keyed *sorted; /* NULL: few */
};

static struct members members_of(const cJSON *object)
{
    struct members members = {.object = object, .count = json_count_members(object)};

    if (members.count > JSON_FEW_MEMBERS)
        members.sorted = json_sort_members(object, members.count, NULL);
    json_mark_opened(object);
    return members;
}

static void members_free(struct members *members)
{
    free(members->sorted);
}

static int compare_key(const void *key, const void *keyed)
{
    return strcmp(key, ((const struct json_keyed *)keyed)->key);
}

static const cJSON *members_find(const struct members *members, const char *key)
{
    if (!members->sorted)
        return json_get(members->object, key);
    const struct json_keyed *found = bsearch(key, members->sorted, members->count, sizeof(*found), compare_key);
    if (!found)
        return NULL;
    json_mark_member(found->member);
    return found->member;
}

static void check_min_properties(struct validation *v, const union operand *operand, const cJSON *value)
{
    size_t count = json_count_members(value);

    if (validate_spend(v, 1 + count / 8) && count < operand->count)
        validate_fault(v, "array_min_properties", "Must have at least %zu properties", operand->count);
}

static void check_max_properties(struct validation *v, const union operand *operand, const cJSON *value)
{
    size_t count = json_count_members(value);

    if (validate_spend(v, 1 + count / 8) && count > operand->count)
        validate_fault(v, "array_max_properties", "Must have at most %zu properties", operand->count);
}

/* --- required ---------------------------------------------------------------------------------------------------- */

static bool read_required(struct reading *reading, const cJSON *value, union operand *operand)
{
    size_t count = (size_t)cJSON_GetArraySize(value);

    if (!cJSON_IsArray(value))
        return reading_fault(reading, "an array of names is expected, this is of the type %s", json_type_name(value));
    operand->names.list = arena_alloc(reading->arena, count * sizeof(*operand->names.list));
    operand->names.count = 0;
    for (const cJSON *name = value->child; name; name = name->next) {
        if (!cJSON_IsString(name))
            return reading_fault(reading, "an array of names is expected, in this is a value of the type %s",
                                 json_type_name(name));
        operand->names.list[operand->names.count++] = name->valuestring;
    }
    return count > 0;
}

static void check_required(struct validation *v, const union operand *operand, const cJSON *value)
{
    struct members members = members_of(value);

    bool affordable = validate_spend(v, members.count + operand->names.count);
    for (size_t i = 0; affordable && i < operand->names.count; i++) {
        if (members_find(&members, operand->names.list[i]))
            v->score++;
        else
            validate_fault(v, "required", "%s is required", operand->names.list[i]);
    }
    members_free(&members);
}

/* --- properties, and those that are none ------------------------------------------------------------------------- */

static bool read_additional(struct reading *reading, const cJSON *value, union operand *operand)
{
    operand->additional.described = json_get(reading->schema->source, "properties");
    operand->additional.schema = NULL;
    if (cJSON_IsBool(value))
        return cJSON_IsFalse(value);
    operand->additional.schema = reading_schema(reading, value);
    return operand->additional.schema != NULL;
}

static void check_additional(struct validation *v, const union operand *operand, const cJSON *value)
{
    const cJSON *properties = operand->additional.described;
    struct members described = properties ? members_of(properties) : (struct members){0};
    bool affordable = validate_spend(v, 1 + described.count);

    for (const cJSON *member = value->child; affordable && member && v->budget > 0; member = member->next) {
        if (properties && members_find(&described, member->string))
            continue;
        if (operand->additional.schema) {
            json_mark_member(member);
            validate_member(v, operand->additional.schema, member);
        } else if (validate_spend(v, 1))
            validate_fault(v, "additional_property_not_allowed", "Additional property %s is not allowed",
                           member->string);
    }
    members_free(&described);
}

/* By x-order; equal ones, and those without, which come last, as they stand in the document. */
static int compare_order(const void *left, const void *right)
{
    const struct property *a = left, *b = right;

    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return (a->name > b->name) - (a->name < b->name); // the keys lie in one text, one behind the other
}

static bool read_properties(struct reading *reading, const cJSON *value, union operand *operand)
{
    size_t count = json_count_members(value);

    if (!cJSON_IsObject(value))
        return reading_fault(reading, "an object of schemas is expected, this is of the type %s",
                             json_type_name(value));
    operand->properties.list = arena_alloc(reading->arena, count * sizeof(*operand->properties.list));
    operand->properties.count = 0;
    for (const cJSON *member = value->child; member; member = member->next) {
        struct property property = {.name = member->string, .order = INFINITY};
        json_get_number(member, "x-order", &property.order);
        property.schema = reading_schema_at(reading, member, member->string, 0);
        if (!property.schema)
            return false;
        operand->properties.list[operand->properties.count++] = property;
    }
    qsort(operand->properties.list, count, sizeof(*operand->properties.list), compare_order);
    return count > 0;
}

static void check_properties(struct validation *v, const union operand *operand, const cJSON *value)
{
    struct members members = members_of(value);

    bool affordable = validate_spend(v, 1 + members.count);
    for (size_t i = 0; affordable && i < operand->properties.count && validate_spend(v, 1); i++) {
        const struct property *property = &operand->properties.list[i];
        const cJSON *member = members_find(&members, property->name);
        if (member)
            validate_member(v, property->schema, member);
    }
    members_free(&members);
}

const struct keyword keywords_object[] = {
    {"minProperties", TYPE_OBJECT, keyword_read_count, check_min_properties},
    {"maxProperties", TYPE_OBJECT, keyword_read_count, check_max_properties},
    {"required", TYPE_OBJECT, read_required, check_required},
    {"additionalProperties", TYPE_OBJECT, read_additional, check_additional},
    {0},
};

const struct keyword keywords_properties[] = {
    {"properties", TYPE_OBJECT, read_properties, check_properties},
    {0},
};
