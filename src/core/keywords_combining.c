/* Keywords that hold one value against several schemas. */
#include "core/schema_rules.h"

bool keyword_read_schemas(struct reading *reading, const cJSON *value, union operand *operand)
{
    struct schemas *schemas = &operand->schemas;
    size_t count = (size_t)cJSON_GetArraySize(value);

    if (!cJSON_IsArray(value))
        return reading_fault(reading, "an array of schemas is expected, this is of the type %s", json_type_name(value));
    *schemas = (struct schemas){.list = arena_alloc(reading->arena, count * sizeof(*schemas->list))};
    for (const cJSON *json = value->child; json; json = json->next) {
        struct schema *schema = reading_schema_at(reading, json, NULL, schemas->count);
        if (!schema)
            return false;
        schemas->list[schemas->count++] = schema;
    }
    return true;
}

/* "This keyword's value MUST be a non-empty array." */
static bool read_some(struct reading *reading, const cJSON *value, union operand *operand)
{
    if (!keyword_read_schemas(reading, value, operand))
        return false;
    return operand->schemas.count > 0 || reading_fault(reading, "at least one schema is expected");
}

static bool read_not(struct reading *reading, const cJSON *value, union operand *operand)
{
    struct schemas *schemas = &operand->schemas;

    *schemas = (struct schemas){.list = arena_alloc(reading->arena, sizeof(*schemas->list)), .count = 1};
    schemas->list[0] = reading_schema(reading, value);
    return schemas->list[0] != NULL;
}

/* The one that the value fits best, and how many it fits. */
struct best {
    const struct schema *schema;
    struct validation result;
    size_t fitting;
};

/* Looks no further when `enough` are found that fit. */
static struct best find_best(struct validation *v, const struct schemas *schemas, const cJSON *value, size_t enough)
{
    struct best best = {0};

    for (size_t i = 0; i < schemas->count && best.fitting < enough && v->budget > 0; i++) {
        struct validation result = validate_apart(v, schemas->list[i], value);
        if (result.broken == 0)
            best.fitting++;
        else if (!best.schema || result.score > best.result.score)
            best = (struct best){schemas->list[i], result, best.fitting};
    }
    return best;
}

/* "Add error messages of closest matching subSchema as that's probably the one the user was trying to match." Where
 * nothing is told the result is known already. */
static void add_best(struct validation *v, const struct best *best, const cJSON *value)
{
    if (v->faults && v->budget > 0) {
        validate_here(v, best->schema, value);
        return;
    }
    v->broken += best->result.broken;
    v->score += best->result.score;
}

static void check_any_of(struct validation *v, const union operand *operand, const cJSON *value)
{
    struct best best = find_best(v, &operand->schemas, value, 1);

    if (best.fitting > 0 || v->budget == 0)
        return;
    validate_fault(v, "number_any_of", "Must validate at least one schema (anyOf)");
    add_best(v, &best, value);
}

static void check_one_of(struct validation *v, const union operand *operand, const cJSON *value)
{
    struct best best = find_best(v, &operand->schemas, value, 2);

    if (best.fitting == 1 || v->budget == 0)
        return;
    validate_fault(v, "number_one_of", "Must validate one and only one schema (oneOf)");
    if (best.fitting == 0)
        add_best(v, &best, value);
}

/* Each tells its own faults. gojsonschema adds "number_all_of" behind them; in what was recorded of the real API that
 * line is missing, so here it only counts in the score. */
static void check_all_of(struct validation *v, const union operand *operand, const cJSON *value)
{
    size_t broken = v->broken;

    for (size_t i = 0; i < operand->schemas.count && v->budget > 0; i++)
        validate_here(v, operand->schemas.list[i], value);
    if (v->broken > broken)
        v->score -= 2;
}

static void check_not(struct validation *v, const union operand *operand, const cJSON *value)
{
    if (validate_apart(v, operand->schemas.list[0], value).broken == 0)
        validate_fault(v, "number_not", "Must not validate the schema (not)");
}

const struct keyword keywords_combining[] = {
    {"anyOf", TYPE_ANY, read_some, check_any_of},
    {"oneOf", TYPE_ANY, read_some, check_one_of},
    {"allOf", TYPE_ANY, read_some, check_all_of},
    {"not", TYPE_ANY, read_not, check_not},
    {0},
};
