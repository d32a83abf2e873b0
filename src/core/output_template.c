#include "core/output_template.h"
#include "core/output_kind.h"

#include <stdlib.h>

enum {
    DEEP = 6,         // from this level on only what must be there
    DEEPEST = 24,     // and from this one on nothing
    VISITS = 2048,    // values that are looked at
    LONG_TEXT = 1024, // bytes of a text in an example that is not taken over
    MEMBERS = 256,    // of an object, as far as they are declared
    USUAL = 3,        // elements of an array, where it may have so many
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

static void put_text(struct reading *reading, const struct facets *facets, const struct place *place)
{
    const char *formatted = facets_formatted(facets);
    size_t least = facets_least(facets, "minLength", 0), most = facets_most(facets, "maxLength", OUTPUT_MAX_LITERAL);

    if (facets_are_file(facets)) {
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
    const cJSON *places = facets_places(facets),
                *example = cJSON_IsArray(place->example) ? place->example->child : NULL;
    size_t usual = places ? (size_t)cJSON_GetArraySize(places) : place->depth >= DEEP ? 0 : USUAL;
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

/* --- what only the example tells ---------------------------------------------------------------------------------- */

static void put_example(struct reading *reading, const struct facets *facets, struct place place);

static void put_example_array(struct reading *reading, const struct facets *facets, const struct place *place)
{
    size_t count = 0;

    put_literal(reading, "[");
    for (const cJSON *item = place->example->child; item && count < USUAL && has_room(reading);
         item = item->next, count++) {
        put_literal(reading, count == 0 ? "" : ",");
        put_example(reading, facets, inside(place, NULL, item));
    }
    put_literal(reading, "]");
}

static void put_example_object(struct reading *reading, const struct facets *facets, const struct place *place)
{
    struct members *members = xnew(struct members);

    for (const cJSON *member = place->example->child; member; member = member->next)
        add_member(members, member->string);
    qsort(members->names, members->count, sizeof(*members->names), by_name);
    put_literal(reading, "{");
    for (size_t i = 0; i < members->count && has_room(reading); i++) {
        const char *name = members->names[i];
        put_literal(reading, i == 0 ? "" : ",");
        put_key(reading, name);
        put_example(reading, facets, inside(place, name, json_get(place->example, name)));
    }
    put_literal(reading, "}");
    free(members);
}

/* As the example has it, with files of our own for its URLs, and of its arrays the first elements. */
static void put_example(struct reading *reading, const struct facets *facets, struct place place)
{
    reading->visits++;
    if (!has_room(reading) || place.depth > DEEPEST)
        put_literal(reading, "null");
    else if (output_is_url(place.example))
        put_file(reading, facets, &place);
    else if (cJSON_IsArray(place.example))
        put_example_array(reading, facets, &place);
    else if (cJSON_IsObject(place.example))
        put_example_object(reading, facets, &place);
    else if (cJSON_IsString(place.example) && strlen(place.example->valuestring) > LONG_TEXT)
        put_part(reading, (struct output_part){.type = PART_TEXT, .of.length = {0, OUTPUT_MAX_LITERAL}});
    else
        put_json(reading, place.example);
}

/* "A dict", "anything": the schema says no more, and the code of a client looks for the members of the real one. */
static bool tells_nothing(const struct facets *facets, const cJSON *example)
{
    switch (facets_type(facets)) {
    case FACET_ANY: return !cJSON_IsNull(example);
    case FACET_OBJECT:
        return cJSON_IsObject(example) && !facets_find(facets, "properties") && !facets_find(facets, "required") &&
               !facets_find(facets, "additionalProperties") && !facets_find(facets, "minProperties") &&
               !facets_find(facets, "maxProperties");
    default: return false;
    }
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
    const cJSON *fixed = facets_fixed_value(facets);

    reading->visits++;
    brief.brief = place.depth >= DEEP; // of what is below
    if (fixed)
        put_json(reading, fixed);
    else if (!has_room(reading) || place.depth > DEEPEST || (brief.brief && facets_allow_null(facets)))
        put_literal(reading, "null");
    else if (facets_choice(facets))
        put_choice(reading, facets_find(facets, "enum"));
    else if (place.example && tells_nothing(facets, place.example))
        put_example(reading, facets, place);
    else
        put_by_type(reading, &brief, &place);
}

void output_read_template(struct arena *arena, struct output *output, const struct facets *facets, const cJSON *example,
                          const cJSON *model)
{
    struct reading *reading = xnew(struct reading);
    struct place place = {.example = example};

    *reading = (struct reading){.arena = arena, .model = model, .output = output};
    put_value(reading, facets, place);
    end_literal(reading);
    size_t bytes = output->count * sizeof(*output->parts);
    output->parts = memcpy(arena_alloc(arena, bytes), reading->parts, bytes);
    buf_free(&reading->literal);
    free(reading);
}
