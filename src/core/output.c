#include "core/output.h"
#include "core/facets.h"
#include "core/output_kind.h"

#include <stdlib.h>

enum {
    DEEP = 6,      // from this level on only what must be there
    DEEPEST = 24,  // and from this one on nothing
    VISITS = 2048, // values that are looked at
    MEMBERS = 256, // of an object, as far as they are declared
    USUAL = 2,     // elements of a list, where it may have so many; of one inside another 3
    USUAL_GROWING = 4,
};

/* The state of going through a schema. */
struct reading {
    struct arena *arena;
    const cJSON *model;
    struct output *output;
    struct buf literal; /* what has been written since the last part */
    struct output_part parts[OUTPUT_MAX_PARTS];
    size_t literal_bytes; /* of all parts, and of what is to become one */
    int visits;
};

/* Where in the output a value stands. */
struct place {
    const char *name;     /* of the member; NULL: it is none */
    const cJSON *example; /* what the model's example has there; NULL: nothing */
    int depth;
};

static struct place inside(const struct place *place, const char *name, const cJSON *example)
{
    return (struct place){name ? name : place->name, example, place->depth + 1};
}

/* --- parts -------------------------------------------------------------------------------------------------------- */

static bool has_room(const struct reading *reading)
{
    return reading->output->count + 4 < OUTPUT_MAX_PARTS && reading->literal_bytes < OUTPUT_MAX_LITERAL &&
           reading->visits < VISITS;
}

static void end_literal(struct reading *reading)
{
    struct buf *literal = &reading->literal;
    struct slice text = {arena_strndup(reading->arena, literal->data ? literal->data : "", literal->len), literal->len};

    if (literal->len > 0)
        reading->parts[reading->output->count++] = (struct output_part){.type = PART_LITERAL, .of.literal = text};
    literal->len = 0;
}

static void put_part(struct reading *reading, struct output_part part)
{
    end_literal(reading);
    reading->parts[reading->output->count++] = part;
}

static void put_literal(struct reading *reading, const char *json)
{
    buf_str(&reading->literal, json);
    reading->literal_bytes += strlen(json);
}

static void put_json(struct reading *reading, const cJSON *value)
{
    size_t before = reading->literal.len;

    json_canonical(&reading->literal, value);
    reading->literal_bytes += reading->literal.len - before;
}

static void put_key(struct reading *reading, const char *key)
{
    size_t before = reading->literal.len;

    buf_json_string(&reading->literal, key, strlen(key));
    buf_char(&reading->literal, ':');
    reading->literal_bytes += reading->literal.len - before;
}

static void put_choice(struct reading *reading, const cJSON *values)
{
    struct slice *list = arena_alloc(reading->arena, OUTPUT_MAX_ELEMENTS * sizeof(*list));
    size_t count = 0;

    for (const cJSON *value = values->child; value && count < OUTPUT_MAX_ELEMENTS; value = value->next) {
        if (cJSON_IsNull(value) && values->child->next)
            continue;
        struct buf text = {0};
        json_canonical(&text, value);
        list[count++] = (struct slice){arena_strndup(reading->arena, text.data, text.len), text.len};
        reading->literal_bytes += text.len;
        buf_free(&text);
    }
    put_part(reading, (struct output_part){.type = PART_CHOICE, .of.choice = {list, count}});
}

/* More files than a prediction has are the last one again. */
static void put_file(struct reading *reading, const struct facets *facets, const struct place *place)
{
    struct output *output = reading->output;

    if (output->files < PLAN_MAX_FILES)
        output->kinds[output->files++] = (uint8_t)output_kind(facets, place->name, place->example, reading->model);
    put_part(reading, (struct output_part){.type = PART_FILE});
}

/* --- values ------------------------------------------------------------------------------------------------------- */

static void put_value(struct reading *reading, const struct facets *facets, struct place place);

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

/* The one value that it always is: const, or default where that is of the right type, which null often is not. */
static const cJSON *fixed_value(const struct facets *facets)
{
    const cJSON *constant = facets_find(facets, "const"), *usual = facets_find(facets, "default");

    if (constant)
        return constant;
    return usual && !cJSON_IsNull(usual) && has_type(usual, facets_type(facets)) ? usual : NULL;
}

static bool has_choice(const struct facets *facets)
{
    const cJSON *values = facets_find(facets, "enum");

    return cJSON_IsArray(values) && values->child;
}

static const char *format_of(const struct facets *facets)
{
    const cJSON *format = facets_find(facets, "format");

    return cJSON_IsString(format) ? format->valuestring : "";
}

static bool is_file(const struct facets *facets)
{
    return strcmp(format_of(facets), "uri") == 0 || strcmp(format_of(facets), "iri") == 0;
}

/* A text of a format that not every text has; NULL: any will do. */
static const char *text_of_format(const char *format)
{
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

static void put_text(struct reading *reading, const struct facets *facets, const struct place *place)
{
    const char *formatted = text_of_format(format_of(facets));
    size_t least = facets_least(facets, "minLength", 0), most = facets_most(facets, "maxLength", OUTPUT_MAX_LITERAL);

    if (is_file(facets)) {
        put_file(reading, facets, place);
        return;
    }
    if (formatted) {
        put_literal(reading, formatted);
        return;
    }
    reading->literal_bytes += least;
    least = least < OUTPUT_MAX_LITERAL ? least : OUTPUT_MAX_LITERAL;
    put_part(reading, (struct output_part){.type = PART_TEXT, .of.length = {least, most > least ? most : least}});
}

static void put_number(struct reading *reading, const struct facets *facets, enum output_part_type type)
{
    struct facet_range range = facets_range(facets);

    put_part(reading, (struct output_part){.type = type, .of.range = {range.least, range.most, range.step}});
}

/* How many elements: as many as usual, or what is nearest to that. Where they must differ from each other, as few as
 * there may be. */
static size_t count_elements(const struct facets *facets, size_t usual)
{
    size_t least = facets_least(facets, "minItems", 0), most = facets_most(facets, "maxItems", OUTPUT_MAX_ELEMENTS);

    if (cJSON_IsTrue(facets_find(facets, "uniqueItems")))
        usual = 1;
    usual = usual < most ? usual : most;
    usual = usual > least ? usual : least;
    return usual < OUTPUT_MAX_ELEMENTS ? usual : OUTPUT_MAX_ELEMENTS;
}

/* The schemas of a list whose first elements have one each; NULL: all have the same. */
static const cJSON *places_of(const struct facets *facets)
{
    const cJSON *places = facets_find(facets, "prefixItems"), *items = facets_find(facets, "items");

    return places ? places : cJSON_IsArray(items) ? items : NULL;
}

static struct facets facets_of_element(const struct facets *facets, const cJSON *places, size_t index)
{
    const cJSON *own = places ? cJSON_GetArrayItem(places, (int)index) : NULL;

    if (!own)
        return facets_of_keyword(facets, places && !facets_find(facets, "prefixItems") ? "additionalItems" : "items");
    struct facets element = {.document = facets->document, .brief = facets->brief};
    facets_add(&element, own);
    return element;
}

static void put_array(struct reading *reading, const struct facets *facets, const struct place *place)
{
    const cJSON *places = places_of(facets), *example = cJSON_IsArray(place->example) ? place->example->child : NULL;
    size_t usual = places ? (size_t)cJSON_GetArraySize(places) : place->depth >= DEEP ? 0 : USUAL + 1;
    size_t count = count_elements(facets, usual);

    put_literal(reading, "[");
    for (size_t i = 0; i < count && has_room(reading); i++) {
        struct facets element = facets_of_element(facets, places, i);
        put_literal(reading, i == 0 ? "" : ",");
        put_value(reading, &element, inside(place, NULL, example));
    }
    put_literal(reading, "]");
}

/* --- objects ------------------------------------------------------------------------------------------------------ */

/* What members it has, each once, in the order of their keys: in that one answers and webhooks show an object. */
struct members {
    const char *names[MEMBERS];
    size_t count;
};

static int by_name(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static void add_member(struct members *members, const char *name)
{
    for (size_t i = 0; i < members->count; i++)
        if (strcmp(members->names[i], name) == 0)
            return;
    if (members->count < MEMBERS)
        members->names[members->count++] = name;
}

static void collect_required(struct members *members, const struct facets *facets)
{
    for (size_t i = 0; i < facets->count; i++) {
        const cJSON *required = json_get(facets->list[i], "required");
        for (const cJSON *name = cJSON_IsArray(required) ? required->child : NULL; name; name = name->next)
            if (cJSON_IsString(name))
                add_member(members, name->valuestring);
    }
}

/* A member whose schema is `false` must not be there. */
static void collect_others(struct members *members, const struct facets *facets)
{
    size_t most = facets_most(facets, "maxProperties", MEMBERS);

    for (size_t i = 0; i < facets->count; i++) {
        const cJSON *properties = json_get(facets->list[i], "properties");
        for (const cJSON *member = cJSON_IsObject(properties) ? properties->child : NULL; member; member = member->next)
            if (members->count < most && !cJSON_IsFalse(member))
                add_member(members, member->string);
    }
}

/* Names of our own, where an object is to have more members than are declared, or none is at all. */
static void collect_free(struct members *members, const struct facets *facets)
{
    static const char *const names[] = {"output", "output_1", "output_2", "output_3", "output_4", "output_5"};
    size_t least = facets_least(facets, "minProperties", 1), most = facets_most(facets, "maxProperties", MEMBERS);

    if (cJSON_IsFalse(facets_find(facets, "additionalProperties")))
        return;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names) && members->count < least && members->count < most; i++)
        add_member(members, names[i]);
}

static struct facets facets_of_own(const struct facets *facets, const char *name)
{
    struct facets member = facets_of_member(facets, "properties", name);

    return member.count > 0 ? member : facets_of_keyword(facets, "additionalProperties");
}

static void put_object(struct reading *reading, const struct facets *facets, const struct place *place)
{
    struct members *members = xnew(struct members);

    collect_required(members, facets);
    if (place->depth < DEEP)
        collect_others(members, facets);
    collect_free(members, facets);
    qsort(members->names, members->count, sizeof(*members->names), by_name);
    put_literal(reading, "{");
    for (size_t i = 0; i < members->count && has_room(reading); i++) {
        const char *name = members->names[i];
        struct facets member = facets_of_own(facets, name);
        put_literal(reading, i == 0 ? "" : ",");
        put_key(reading, name);
        put_value(reading, &member, inside(place, name, json_get(place->example, name)));
    }
    put_literal(reading, "}");
    free(members);
}

static void put_by_type(struct reading *reading, const struct facets *facets, const struct place *place)
{
    switch (facets_type(facets)) {
    case FACET_ANY:
    case FACET_STRING: put_text(reading, facets, place); break;
    case FACET_NUMBER: put_number(reading, facets, PART_NUMBER); break;
    case FACET_INTEGER: put_number(reading, facets, PART_INTEGER); break;
    case FACET_BOOLEAN: put_part(reading, (struct output_part){.type = PART_BOOLEAN}); break;
    case FACET_OBJECT: put_object(reading, facets, place); break;
    case FACET_ARRAY: put_array(reading, facets, place); break;
    case FACET_NULL: put_literal(reading, "null"); break;
    }
}

static void put_value(struct reading *reading, const struct facets *facets, struct place place)
{
    struct facets brief = *facets;
    const cJSON *fixed = fixed_value(facets);

    reading->visits++;
    brief.brief = place.depth >= DEEP; // of what is below
    if (fixed)
        put_json(reading, fixed);
    else if (!has_room(reading) || place.depth > DEEPEST || (brief.brief && facets_allow_null(facets)))
        put_literal(reading, "null");
    else if (has_choice(facets))
        put_choice(reading, facets_find(facets, "enum"));
    else
        put_by_type(reading, &brief, &place);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* Is it a text or a file and nothing else is said of it? */
static bool is_plain(const struct facets *facets, bool file)
{
    enum facet_type type = facets_type(facets);

    if (fixed_value(facets) || has_choice(facets) || (type != FACET_STRING && (type != FACET_ANY || file)))
        return false;
    if (file)
        return is_file(facets);
    return !is_file(facets) && !text_of_format(format_of(facets)) && !facets_find(facets, "minLength") &&
           !facets_find(facets, "maxLength");
}

static bool is_list(const struct facets *facets)
{
    return facets_type(facets) == FACET_ARRAY && !fixed_value(facets) && !has_choice(facets) && !places_of(facets) &&
           !cJSON_IsTrue(facets_find(facets, "uniqueItems"));
}

static const cJSON *component(const cJSON *openapi, const char *name)
{
    return json_get(json_get(json_get(openapi, "components"), "schemas"), name);
}

/* "num_outputs" has a default, which the input need not repeat. */
static size_t usual_files(const cJSON *openapi, bool grows)
{
    const cJSON *input = component(openapi, "Input");
    double number;

    if (json_get_number(json_get(json_get(input, "properties"), "num_outputs"), "default", &number) && number >= 1 &&
        number <= PLAN_MAX_FILES)
        return (size_t)number;
    return grows ? 2 : 1;
}

static void read_list(struct output *output, const struct facets *facets, const cJSON *openapi)
{
    const cJSON *way = facets_find(facets, "x-cog-array-type");

    output->grows = cJSON_IsString(way) && strcmp(way->valuestring, "iterator") == 0;
    output->least = facets_least(facets, "minItems", 0);
    output->most = facets_most(facets, "maxItems", OUTPUT_MAX_ELEMENTS);
    output->usual = output->grows ? USUAL_GROWING : USUAL;
    if (output->shape == OUTPUT_FILES)
        output->usual = usual_files(openapi, output->grows);
    else if (output->files > 0 && output->usual > PLAN_MAX_FILES / output->files)
        output->usual = PLAN_MAX_FILES / output->files;
}

static void read_template(struct reading *reading, const struct facets *facets, const cJSON *example)
{
    struct output *output = reading->output;
    struct place place = {.example = example};

    put_value(reading, facets, place);
    end_literal(reading);
    size_t bytes = output->count * sizeof(*output->parts);
    output->parts = memcpy(arena_alloc(reading->arena, bytes), reading->parts, bytes);
}

/* `one` is all of the output, or an element of it. */
static void read_one(struct reading *reading, const struct facets *one, bool several, const cJSON *example)
{
    struct output *output = reading->output;

    if (is_plain(one, false)) {
        output->shape = several ? OUTPUT_TEXTS : OUTPUT_TEXT;
    } else if (is_plain(one, true)) {
        output->shape = several ? OUTPUT_FILES : OUTPUT_FILE;
        output->kinds[0] = (uint8_t)output_kind(one, NULL, example, reading->model);
    } else {
        output->shape = several ? OUTPUT_VALUES : OUTPUT_VALUE;
        read_template(reading, one, example);
    }
}

const struct output *output_read(struct arena *arena, const cJSON *model)
{
    const cJSON *openapi = json_get(json_get(model, "latest_version"), "openapi_schema");
    const cJSON *schema = component(openapi, "Output"),
                *example = json_get(json_get(model, "default_example"), "output");
    struct output *output = arena_alloc(arena, sizeof(*output));
    struct reading *reading = xnew(struct reading);
    struct facets facets = {.document = openapi};

    *output = (struct output){.usual = 1};
    *reading = (struct reading){.arena = arena, .model = model, .output = output};
    facets_add(&facets, schema);
    bool several = is_list(&facets);
    if (several && cJSON_IsArray(example))
        example = example->child;
    struct facets one = several ? facets_of_keyword(&facets, "items") : facets;
    // Words of a text are as many as they are: where their number is bounded, they are texts of their own.
    bool bounded = several && (facets_find(&facets, "minItems") || facets_find(&facets, "maxItems"));
    if (bounded && is_plain(&one, false)) {
        output->shape = OUTPUT_VALUES;
        read_template(reading, &one, example);
    } else {
        read_one(reading, &one, several, example);
    }
    if (several)
        read_list(output, &facets, openapi);
    buf_free(&reading->literal);
    free(reading);
    return output;
}
