#include "core/facets.h"
#include "core/schema.h"

#include <math.h>

enum { LEVELS = 16 };

static const cJSON *first_of(const cJSON *list)
{
    return list ? list->child : NULL;
}

static bool is_null_schema(const cJSON *schema)
{
    const char *type = json_get_string(schema, "type");

    return (type && strcmp(type, "null") == 0) || cJSON_IsNull(json_get(schema, "const"));
}

/* Of anyOf or oneOf the first that is not null; where it is to be brief, null where that is one of them. */
static const cJSON *chosen(const struct facets *facets, const cJSON *schemas)
{
    for (const cJSON *schema = first_of(schemas); schema; schema = schema->next)
        if (is_null_schema(schema) == facets->brief)
            return schema;
    return first_of(schemas);
}

static void add(struct facets *facets, const cJSON *schema, int level)
{
    const char *reference = json_get_string(schema, "$ref");

    if (level > LEVELS || facets->count == FACETS_MAX || !cJSON_IsObject(schema))
        return;
    facets->list[facets->count++] = schema;
    if (reference)
        add(facets, schema_source_at(facets->document, reference), level + 1);
    for (const cJSON *part = first_of(json_get(schema, "allOf")); part; part = part->next)
        add(facets, part, level + 1);
    add(facets, chosen(facets, json_get(schema, "anyOf")), level + 1);
    add(facets, chosen(facets, json_get(schema, "oneOf")), level + 1);
}

void facets_add(struct facets *facets, const cJSON *schema)
{
    add(facets, schema, 0);
}

const cJSON *facets_find(const struct facets *facets, const char *keyword)
{
    const cJSON *found = NULL;

    for (size_t i = 0; i < facets->count && !found; i++)
        found = json_get(facets->list[i], keyword);
    return found;
}

static struct facets none_of(const struct facets *facets)
{
    return (struct facets){.document = facets->document, .brief = facets->brief};
}

struct facets facets_of_member(const struct facets *facets, const char *keyword, const char *member)
{
    struct facets inner = none_of(facets);

    for (size_t i = 0; i < facets->count; i++)
        facets_add(&inner, json_get(json_get(facets->list[i], keyword), member));
    return inner;
}

struct facets facets_of_keyword(const struct facets *facets, const char *keyword)
{
    struct facets inner = none_of(facets);

    for (size_t i = 0; i < facets->count; i++)
        facets_add(&inner, json_get(facets->list[i], keyword));
    return inner;
}

static bool get_count(const cJSON *schema, const char *keyword, size_t *count)
{
    double number;

    if (!json_get_number(schema, keyword, &number) || !(number >= 0))
        return false;
    *count = number < 1e9 ? (size_t)number : (size_t)1e9;
    return true;
}

size_t facets_least(const struct facets *facets, const char *keyword, size_t fallback)
{
    size_t count, least = 0;
    bool said = false;

    for (size_t i = 0; i < facets->count; i++) {
        if (!get_count(facets->list[i], keyword, &count))
            continue;
        least = count > least ? count : least;
        said = true;
    }
    return said ? least : fallback;
}

size_t facets_most(const struct facets *facets, const char *keyword, size_t fallback)
{
    size_t count, most = fallback;

    for (size_t i = 0; i < facets->count; i++)
        if (get_count(facets->list[i], keyword, &count) && count < most)
            most = count;
    return most;
}

bool facets_require(const struct facets *facets, const char *member)
{
    for (size_t i = 0; i < facets->count; i++)
        for (const cJSON *name = first_of(json_get(facets->list[i], "required")); name; name = name->next)
            if (cJSON_IsString(name) && strcmp(name->valuestring, member) == 0)
                return true;
    return false;
}

/* --- types -------------------------------------------------------------------------------------------------------- */

#define BIT(type) (1U << (type))

enum { ALL_TYPES = BIT(FACET_NULL + 1) - 2 };

/* In the order in which one of several is taken. */
static const struct {
    const char *name;
    enum facet_type type;
    unsigned bits;       // a number may be an integer
    const char *keyword; // where this stands, a value of no type is of this one
} types[] = {
    {"string", FACET_STRING, BIT(FACET_STRING), "format"},
    {"object", FACET_OBJECT, BIT(FACET_OBJECT), "properties"},
    {"array", FACET_ARRAY, BIT(FACET_ARRAY), "items"},
    {"number", FACET_NUMBER, BIT(FACET_NUMBER) | BIT(FACET_INTEGER), "minimum"},
    {"integer", FACET_INTEGER, BIT(FACET_INTEGER), "multipleOf"},
    {"boolean", FACET_BOOLEAN, BIT(FACET_BOOLEAN), NULL},
    {"null", FACET_NULL, BIT(FACET_NULL), NULL},
};

enum { TYPES = sizeof(types) / sizeof(*types) };

static unsigned bits_of(const cJSON *name)
{
    for (size_t i = 0; i < TYPES; i++)
        if (cJSON_IsString(name) && strcmp(name->valuestring, types[i].name) == 0)
            return types[i].bits;
    return 0;
}

static unsigned bits_of_type(const cJSON *type)
{
    unsigned bits = bits_of(type);

    for (const cJSON *name = cJSON_IsArray(type) ? type->child : NULL; name; name = name->next)
        bits |= bits_of(name);
    return bits ? bits : ALL_TYPES;
}

static unsigned all_bits(const struct facets *facets)
{
    unsigned bits = ALL_TYPES;

    for (size_t i = 0; i < facets->count; i++)
        bits &= bits_of_type(json_get(facets->list[i], "type"));
    return bits;
}

bool facets_allow_null(const struct facets *facets)
{
    return (all_bits(facets) & BIT(FACET_NULL)) || cJSON_IsTrue(facets_find(facets, "nullable"));
}

enum facet_type facets_type(const struct facets *facets)
{
    unsigned bits = all_bits(facets);

    for (size_t i = 0; i < TYPES; i++)
        if (types[i].keyword && (bits & BIT(types[i].type)) && facets_find(facets, types[i].keyword))
            return types[i].type;
    if (bits == ALL_TYPES)
        return FACET_ANY;
    for (size_t i = 0; i < TYPES; i++)
        if (bits & BIT(types[i].type))
            return types[i].type;
    return FACET_ANY;
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

struct bound {
    double at;
    bool open; // the value itself is outside
};

/* A lower bound; with `sign` -1 an upper one, seen in the mirror. "exclusiveMinimum" is a number of its own, or, as in
 * OpenAPI 3.0, says of `minimum` that it is open. */
static struct bound bound_of(const struct facets *facets, const char *keyword, const char *exclusive, double sign)
{
    struct bound bound = {-INFINITY, false};
    double number;

    for (size_t i = 0; i < facets->count; i++) {
        const cJSON *schema = facets->list[i];
        if (json_get_number(schema, keyword, &number) && sign * number > bound.at)
            bound = (struct bound){sign * number, cJSON_IsTrue(json_get(schema, exclusive))};
        if (json_get_number(schema, exclusive, &number) && sign * number >= bound.at)
            bound = (struct bound){sign * number, true};
    }
    return bound;
}

static double step_of(const struct facets *facets, bool integer)
{
    const cJSON *multiple = facets_find(facets, "multipleOf");
    double step = cJSON_IsNumber(multiple) && multiple->valuedouble > 0 ? multiple->valuedouble : integer;

    for (int times = 1; integer && times <= 1000; times++) // of 0.25 the integers are multiples of 4 times that
        if (fmod(step * times, 1) == 0)
            return step * times;
    return integer ? 1 : step;
}

/* The first multiple of `step` that is not below the bound. */
static double first_step(struct bound bound, double step)
{
    double first = ceil(bound.at / step) * step;

    return bound.open && first == bound.at ? first + step : first;
}

struct facet_range facets_range(const struct facets *facets)
{
    struct bound low = bound_of(facets, "minimum", "exclusiveMinimum", 1);
    struct bound high = bound_of(facets, "maximum", "exclusiveMaximum", -1);
    bool has_low = isfinite(low.at), has_high = isfinite(high.at);
    double step = step_of(facets, facets_type(facets) == FACET_INTEGER), span = step > 0 ? step * 100 : 1;

    if (!has_low)
        low.at = has_high ? -high.at - span : 0;
    if (!has_high)
        high.at = -(low.at + span);
    struct facet_range range = {low.at, -high.at, step};
    if (step > 0) {
        range.least = first_step(low, step);
        range.most = -first_step(high, step);
    }
    if (!(range.most >= range.least && isfinite(range.most - range.least)))
        range.most = range.least;
    return range;
}

/* --- what they leave open ------------------------------------------------------------------------------------------ */

static bool has_type(const cJSON *value, enum facet_type type)
{
    switch (type) {
    case FACET_ANY: return true;
    case FACET_STRING: return cJSON_IsString(value);
    case FACET_NUMBER: return cJSON_IsNumber(value);
    case FACET_INTEGER: return cJSON_IsNumber(value) && json_is_integer(value);
    case FACET_BOOLEAN: return cJSON_IsBool(value);
    case FACET_OBJECT: return cJSON_IsObject(value);
    case FACET_ARRAY: return cJSON_IsArray(value);
    case FACET_NULL: return cJSON_IsNull(value);
    }
    return false;
}

/* A default is not always of the right type: null often is not. */
const cJSON *facets_fixed_value(const struct facets *facets)
{
    const cJSON *constant = facets_find(facets, "const"), *usual = facets_find(facets, "default");

    if (constant)
        return constant;
    return usual && !cJSON_IsNull(usual) && has_type(usual, facets_type(facets)) ? usual : NULL;
}

const cJSON *facets_choice(const struct facets *facets)
{
    const cJSON *values = facets_find(facets, "enum");

    return cJSON_IsArray(values) && values->child ? values : NULL;
}

bool facets_are_free(const struct facets *facets)
{
    return !facets_fixed_value(facets) && !facets_choice(facets);
}

static const char *format_of(const struct facets *facets)
{
    const cJSON *format = facets_find(facets, "format");

    return cJSON_IsString(format) ? format->valuestring : "";
}

bool facets_are_file(const struct facets *facets)
{
    return strcmp(format_of(facets), "uri") == 0 || strcmp(format_of(facets), "iri") == 0;
}

const char *facets_formatted(const struct facets *facets)
{
    const char *format = format_of(facets);
    static const char *const texts[][2] = {
        {"date", "\"2026-01-01\""},      {"date-time", "\"2026-01-01T12:00:00Z\""},
        {"time", "\"12:00:00Z\""},       {"email", "\"mock@example.com\""},
        {"hostname", "\"example.com\""}, {"idn-email", "\"mock@example.com\""},
        {"ipv4", "\"192.0.2.1\""},       {"ipv6", "\"2001:db8::1\""},
        {"uri-reference", "\"/mock\""},  {"uuid", "\"6d6f636b-0000-4000-8000-000000000000\""},
        {"iri-reference", "\"/mock\""},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (strcmp(format, texts[i][0]) == 0)
            return texts[i][1];
    return NULL;
}

const cJSON *facets_places(const struct facets *facets)
{
    const cJSON *places = facets_find(facets, "prefixItems"), *items = facets_find(facets, "items");

    return places ? places : cJSON_IsArray(items) ? items : NULL;
}
