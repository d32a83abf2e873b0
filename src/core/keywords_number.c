/* Keywords of numbers. All are exact: compared and divided as decimals, by their digits. */
#include "core/schema_rules.h"

#include <stdlib.h>

/* As Go's big.Float shows it, which has room for every digit: 0.1, 999999, 1e+06, 2.147483647e+09. */
static const char *show(struct arena *arena, const struct decimal *number)
{
    int count = (int)number->count, filled = 0;
    int64_t exponent = count > 0 ? number->exponent + count - 1 : 0; // of the first digit
    int whole = (int)exponent + 1;
    const char *sign = number->negative ? "-" : "";
    char *digits = arena_alloc(arena, number->count + 1);

    if (count == 0)
        return "0";
    for (const char *at = number->digits; filled < count; at++)
        if (*at >= '0' && *at <= '9')
            digits[filled++] = *at;
    digits[count] = '\0';
    if (exponent < -4 || exponent >= 6)
        return arena_printf(arena, "%s%c%s%se%c%02lld", sign, digits[0], count > 1 ? "." : "", digits + 1,
                            exponent < 0 ? '-' : '+', llabs((long long)exponent));
    if (exponent < 0)
        return arena_printf(arena, "%s0.%.*s%s", sign, -whole, "000", digits);
    if (whole >= count)
        return arena_printf(arena, "%s%s%.*s", sign, digits, whole - count, "00000");
    return arena_printf(arena, "%s%.*s.%s", sign, whole, digits, digits + whole);
}

static bool read_number(struct reading *reading, const cJSON *value, union operand *operand)
{
    if (!cJSON_IsNumber(value))
        return reading_fault(reading, "a number is expected, this is of the type %s", json_type_name(value));
    operand->number.exact = decimal_read(value->valuestring);
    operand->number.value = value;
    operand->number.shown = show(reading->arena, &operand->number.exact);
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

static void check_multiple_of(struct validation *v, const union operand *operand, const cJSON *value)
{
    struct decimal exact = decimal_read(value->valuestring);

    if (!decimal_is_multiple(&exact, &operand->number.exact))
        validate_fault(v, "multiple_of", "Must be a multiple of %s", operand->number.shown);
}

static void check_maximum(struct validation *v, const union operand *operand, const cJSON *value)
{
    if (json_compare(value, operand->number.value) > 0)
        validate_fault(v, "number_lte", "Must be less than or equal to %s", operand->number.shown);
}

static void check_exclusive_maximum(struct validation *v, const union operand *operand, const cJSON *value)
{
    if (json_compare(value, operand->number.value) >= 0)
        validate_fault(v, "number_lt", "Must be less than %s", operand->number.shown);
}

static void check_minimum(struct validation *v, const union operand *operand, const cJSON *value)
{
    if (json_compare(value, operand->number.value) < 0)
        validate_fault(v, "number_gte", "Must be greater than or equal to %s", operand->number.shown);
}

static void check_exclusive_minimum(struct validation *v, const union operand *operand, const cJSON *value)
{
    if (json_compare(value, operand->number.value) <= 0)
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
