/* Keywords of any value: const, enum, format. */
#include "core/format.h"
#include "core/schema_rules.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* --- values as Go shows them ----------------------------------------------------------------------------------------- */

/* As Go's encoding/json writes a float64: the fewest digits that are it, with an exponent below 1e-6 and from 1e21. */
static void write_number(struct buf *out, double number)
{
    char text[40];
    int digits = 1;

    if (!isfinite(number)) { // Go has refused the file; we show what there is
        buf_str(out, number < 0 ? "-Infinity" : "Infinity");
        return;
    }
    do
        snprintf(text, sizeof(text), "%.*e", digits - 1, number);
    while (strtod(text, NULL) != number && ++digits <= 17);
    int exponent = atoi(strchr(text, 'e') + 1);
    if (number == 0 || (exponent >= -6 && exponent < 21)) {
        int places = digits - 1 - exponent;
        buf_printf(out, "%.*f", places > 0 ? places : 0, number);
        return;
    }
    *strchr(text, 'e') = '\0';
    buf_printf(out, exponent < 0 ? "%se-%d" : "%se+%d", text, abs(exponent)); // Go: e-9, not e-09
}

/* A copy in which the numbers have Go's text. The document is nested no deeper than JSON_MAX_DEPTH. */
static cJSON *as_go_has_it(struct arena *arena, const cJSON *value)
{
    cJSON *copy = arena_alloc(arena, sizeof(*copy)), **link = &copy->child;
    struct buf text = {0};

    *copy = *value;
    for (const cJSON *child = value->child; child; child = child->next, link = &(*link)->next)
        *link = as_go_has_it(arena, child);
    if (cJSON_IsNumber(value)) {
        write_number(&text, value->valuedouble);
        copy->valuestring = arena_strndup(arena, text.data, text.len);
    }
    buf_free(&text);
    return copy;
}

/* --- const and enum ------------------------------------------------------------------------------------------------ */

static const char *shown(struct arena *arena, const cJSON *values, bool one)
{
    struct buf text = {0};

    for (const cJSON *value = one ? values : values->child; value; value = one ? NULL : value->next) {
        buf_str(&text, text.len == 0 ? "" : ", ");
        json_canonical(&text, as_go_has_it(arena, value));
    }
    const char *copy = arena_strndup(arena, text.data ? text.data : "", text.len);
    buf_free(&text);
    return copy;
}

static bool read_const(struct reading *reading, const cJSON *value, union operand *operand)
{
    operand->allowed.value = value;
    operand->allowed.shown = shown(reading->arena, value, true);
    return true;
}

static bool read_enum(struct reading *reading, const cJSON *value, union operand *operand)
{
    if (!cJSON_IsArray(value) || !value->child)
        return reading_fault(reading, "an array of at least one value is expected");
    operand->allowed.value = value;
    operand->allowed.shown = shown(reading->arena, value, false);
    return true;
}

static void check_const(struct validation *v, const union operand *operand, const cJSON *value)
{
    if (validate_spend(v, validate_price(value)) && json_compare(operand->allowed.value, value) != 0)
        validate_fault(v, "const", "%s does not match: %s", validate_field(v), operand->allowed.shown);
}

static void check_enum(struct validation *v, const union operand *operand, const cJSON *value)
{
    size_t price = validate_price(value);

    for (const cJSON *one = operand->allowed.value->child; one; one = one->next)
        if (!validate_spend(v, price) || json_compare(one, value) == 0)
            return;
    validate_fault(v, "enum", "%s must be one of the following: %s", validate_field(v), operand->allowed.shown);
}

/* --- format --------------------------------------------------------------------------------------------------------- */

static bool read_format(struct reading *reading, const cJSON *value, union operand *operand)
{
    if (!cJSON_IsString(value))
        return reading_fault(reading, "a string is expected, this is of the type %s", json_type_name(value));
    operand->format.checked = format_find(value->valuestring);
    operand->format.name = value->valuestring;
    return operand->format.checked != NULL;
}

static void check_format(struct validation *v, const union operand *operand, const cJSON *value)
{
    if (!format_matches(operand->format.checked, value->valuestring))
        validate_fault(v, "format", "Does not match format '%s'", operand->format.name);
}

const struct keyword keywords_value[] = {
    {"const", TYPE_ANY, read_const, check_const},
    {"enum", TYPE_ANY, read_enum, check_enum},
    {"format", TYPE_STRING, read_format, check_format},
    {0},
};
