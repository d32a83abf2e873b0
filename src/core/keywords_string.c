/* Keywords of strings. Their length is counted in characters of Unicode, not in bytes. */
#include "base/pattern.h"
#include "core/schema_rules.h"

/* 3 and 3.0, at most 10^15: "the value of this keyword MUST be a non-negative integer". */
bool keyword_read_count(struct reading *reading, const cJSON *value, union operand *operand)
{
    if (!cJSON_IsNumber(value) || !json_is_integer(value) || !(value->valuedouble >= 0 && value->valuedouble <= 1e15))
        return reading_fault(reading, "a whole number is expected, not less than 0");
    operand->count = (size_t)value->valuedouble;
    return true;
}

static size_t length_of(const cJSON *string)
{
    size_t count = 0;

    for (const char *at = string->valuestring; *at; at++)
        count += ((unsigned char)*at & 0xc0) != 0x80;
    return count;
}

/* To go through a text costs as much as some steps do. */
static bool validate_length(struct validation *v, const cJSON *value)
{
    return validate_spend(v, 1 + strlen(value->valuestring) / 64);
}

static void check_min_length(struct validation *v, const union operand *operand, const cJSON *value)
{
    if (validate_length(v, value) && length_of(value) < operand->count)
        validate_fault(v, "string_gte", "String length must be greater than or equal to %zu", operand->count);
}

static void check_max_length(struct validation *v, const union operand *operand, const cJSON *value)
{
    if (validate_length(v, value) && length_of(value) > operand->count)
        validate_fault(v, "string_lte", "String length must be less than or equal to %zu", operand->count);
}

static bool read_pattern(struct reading *reading, const cJSON *value, union operand *operand)
{
    char reason[160];

    if (!cJSON_IsString(value))
        return reading_fault(reading, "a regular expression is a string, not %s", json_type_name(value));
    operand->pattern.text = value->valuestring;
    operand->pattern.compiled = pattern_compile(reading->arena, value->valuestring, reason);
    return operand->pattern.compiled || reading_fault(reading, "%s", reason);
}

static void check_pattern(struct validation *v, const union operand *operand, const cJSON *value)
{
    size_t len = strlen(value->valuestring), budget = v->budget;

    if (len > PATTERN_SUBJECT_MAX) { // ours: Replicate would have matched it
        validate_fault(v, "pattern", "Longer than %d bytes, so it is not matched against the pattern '%s'",
                       PATTERN_SUBJECT_MAX, operand->pattern.text);
        return;
    }
    enum pattern_verdict verdict = pattern_search(operand->pattern.compiled, value->valuestring, len, &budget);
    if (verdict == PATTERN_TOO_MUCH)
        budget = 0;
    if (validate_spend(v, v->budget - budget) && verdict == PATTERN_NO)
        validate_fault(v, "pattern", "Does not match pattern '%s'", operand->pattern.text);
}

const struct keyword keywords_string[] = {
    {"minLength", TYPE_STRING, keyword_read_count, check_min_length},
    {"maxLength", TYPE_STRING, keyword_read_count, check_max_length},
    {"pattern", TYPE_STRING, read_pattern, check_pattern},
    {0},
};
