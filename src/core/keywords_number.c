/* Keywords of numbers. All are exact: compared and divided as decimals, by their digits. */
#include "core/schema_rules.h"

#include <stdio.h>

static bool read_number(struct reading *reading, const cJSON *value, union operand *operand)
{
    if (!cJSON_IsNumber(value))
        return reading_fault(reading, "a number is expected, this is of the type %s", json_type_name(value));
    operand->number.exact = decimal_read(value->valuestring);
    operand->number.nearest = value->valuedouble;
    // Go's big.Float shows ten digits.
    snprintf(operand->number.shown, sizeof(operand->number.shown), "%.10g", value->valuedouble);
    return true;
}

/* "The value of "multipleOf" MUST be a number, strictly greater than 0." */
static bool read_divisor(struct reading *reading, const cJSON *value, union operand *operand)
{
    if (!read_number(reading, value, operand))
        return false;
    return decimal_is_divisor(&operand->number.exact) ||
           reading_fault(reading, "a number more than 0 is expected, with at most 9 digits that count");
}

/* Until draft 4 `exclusiveMinimum: true` makes a strict bound of `minimum`, since draft 6 it is a bound of its own. */
static bool is_made_strict(const struct reading *reading, const char *strict)
{
    return cJSON_IsTrue(json_get(reading->schema->source, strict));
}

static bool read_strict_bound(struct reading *reading, const cJSON *value, union operand *operand, const char *plain)
{
    const cJSON *bound = json_get(reading->schema->source, plain);

    if (!cJSON_IsBool(value))
        return read_number(reading, value, operand);
    if (!bound)
        return reading_fault(reading, "true and false need %s beside them", plain);
    return cJSON_IsTrue(value) && read_number(reading, bound, operand);
}

static bool read_maximum(struct reading *reading, const cJSON *value, union operand *operand)
{
    return !is_made_strict(reading, "exclusiveMaximum") && read_number(reading, value, operand);
}

static bool read_exclusive_maximum(struct reading *reading, const cJSON *value, union operand *operand)
{
    return read_strict_bound(reading, value, operand, "maximum");
}

static bool read_minimum(struct reading *reading, const cJSON *value, union operand *operand)
{
    return !is_made_strict(reading, "exclusiveMinimum") && read_number(reading, value, operand);
}

static bool read_exclusive_minimum(struct reading *reading, const cJSON *value, union operand *operand)
{
    return read_strict_bound(reading, value, operand, "minimum");
}

/* Doubles that differ tell the order of their numbers; equal ones may have been rounded to be. */
static int compare(const cJSON *value, const union operand *operand)
{
    double nearest = operand->number.nearest;

    if (value->valuedouble != nearest)
        return value->valuedouble < nearest ? -1 : 1;
    struct decimal exact = decimal_read(value->valuestring);
    return decimal_compare(&exact, &operand->number.exact);
}

static void check_multiple_of(struct validation *v, const union operand *operand, const cJSON *value)
{
    struct decimal exact = decimal_read(value->valuestring);

    if (!decimal_is_multiple(&exact, &operand->number.exact))
        validate_fault(v, "multiple_of", "Must be a multiple of %s", operand->number.shown);
}

static void check_maximum(struct validation *v, const union operand *operand, const cJSON *value)
{
    if (compare(value, operand) > 0)
        validate_fault(v, "number_lte", "Must be less than or equal to %s", operand->number.shown);
}

static void check_exclusive_maximum(struct validation *v, const union operand *operand, const cJSON *value)
{
    if (compare(value, operand) >= 0)
        validate_fault(v, "number_lt", "Must be less than %s", operand->number.shown);
}

static void check_minimum(struct validation *v, const union operand *operand, const cJSON *value)
{
    if (compare(value, operand) < 0)
        validate_fault(v, "number_gte", "Must be greater than or equal to %s", operand->number.shown);
}

static void check_exclusive_minimum(struct validation *v, const union operand *operand, const cJSON *value)
{
    if (compare(value, operand) <= 0)
        validate_fault(v, "number_gt", "Must be greater than %s", operand->number.shown);
}

const struct keyword keywords_number[] = {
    {"multipleOf", TYPE_NUMBER, read_divisor, check_multiple_of},
    {"maximum", TYPE_NUMBER, read_maximum, check_maximum},
    {"exclusiveMaximum", TYPE_NUMBER, read_exclusive_maximum, check_exclusive_maximum},
    {"minimum", TYPE_NUMBER, read_minimum, check_minimum},
    {"exclusiveMinimum", TYPE_NUMBER, read_exclusive_minimum, check_exclusive_minimum},
    {0},
};
