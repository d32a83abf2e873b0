#include "core/schema.h"
#include "base/map.h"
#include "core/schema_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    /* Schemas that one value goes through by references and combining keywords: more is a loop, or might as well be. */
    HEIGHT_MAX = 16,
    BEING_MEASURED = -1,
};

static const struct keyword *const families[] = {keywords_combining, keywords_number, keywords_array,
                                                 keywords_object,    keywords_value,  keywords_string,
                                                 keywords_properties};

enum { FAMILY_COUNT = sizeof(families) / sizeof(*families) };

/* --- faults ----------------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 4, 0))) static void add_fault(struct reading *reading, const struct path *path,
                                                            const char *keyword, const char *format, va_list args)
{
    struct path at = {.parent = path, .key = keyword};
    struct buf field = {0};
    char description[512];

    path_write(&field, keyword ? &at : path);
    vsnprintf(description, sizeof(description), format, args);
    faults_add(reading->faults, "schema", buf_cstr(&field), "%s", description);
    buf_free(&field);
}

bool reading_fault(struct reading *reading, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_fault(reading, reading->schema->path, reading->keyword, format, args);
    va_end(args);
    return false;
}

__attribute__((format(printf, 3, 4))) static bool fault_at(struct reading *reading, const struct path *path,
                                                           const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_fault(reading, path, NULL, format, args);
    va_end(args);
    return false;
}

/* --- schemas, each made once ------------------------------------------------------------------------------------- */

static struct slice source_of(const void *value)
{
    const struct schema *schema = value;

    return (struct slice){(const char *)&schema->source, sizeof(schema->source)};
}

static const struct path *path_below(struct arena *arena, const struct path *parent, const char *key, size_t index)
{
    struct path *path = arena_alloc(arena, sizeof(*path));

    *path = (struct path){.parent = parent, .key = key, .index = index};
    return path;
}

/* The schema at `json`; a new one joins the list, to be read in its turn. */
static struct schema *schema_at(struct reading *reading, const cJSON *json, const struct path *path)
{
    struct schema *schema = map_find(reading->known, (const char *)&json, sizeof(json));

    if (schema)
        return schema;
    if (!cJSON_IsObject(json) && !cJSON_IsBool(json)) {
        fault_at(reading, path, "a schema is an object, true or false; this is of the type %s", json_type_name(json));
        return NULL;
    }
    schema = arena_alloc(reading->arena, sizeof(*schema));
    *schema = (struct schema){.source = json, .path = path, .types = TYPE_ANY, .types_shown = ""};
    map_put(reading->known, schema);
    *reading->last = schema;
    reading->last = &schema->next;
    return schema;
}

struct schema *reading_schema(struct reading *reading, const cJSON *json)
{
    return schema_at(reading, json, path_below(reading->arena, reading->schema->path, reading->keyword, 0));
}

struct schema *reading_schema_at(struct reading *reading, const cJSON *json, const char *key, size_t index)
{
    const struct path *keyword = path_below(reading->arena, reading->schema->path, reading->keyword, 0);

    return schema_at(reading, json, path_below(reading->arena, keyword, key, index));
}

/* --- references: RFC 6901 pointers behind a # --------------------------------------------------------------------- */

static int hex_of(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;

    return at && *at ? (int)(at - digits) : -1;
}

/* One step of a pointer: "a~1b%25c" is "a/b%c". False: a % or ~ that stands for nothing. */
static bool decode_step(char *to, const char *from, size_t len)
{
    const char *end = from + len;

    while (from < end) {
        char c = *from++;
        if (c == '%') {
            if (end - from < 2 || hex_of(from[0]) < 0 || hex_of(from[1]) < 0)
                return false;
            c = (char)(hex_of(from[0]) * 16 + hex_of(from[1]));
            from += 2;
        }
        if (c == '~') {
            if (from == end || (*from != '0' && *from != '1'))
                return false;
            c = *from++ == '0' ? '~' : '/';
        }
        *to++ = c;
    }
    *to = '\0';
    return true;
}

static const cJSON *step_into(const cJSON *json, const char *key, size_t *index)
{
    char *end;

    if (!cJSON_IsArray(json))
        return json_get(json, key);
    unsigned long number = strtoul(key, &end, 10);
    if (*key < '0' || *key > '9' || *end || strlen(key) > 9)
        return NULL;
    *index = number;
    return cJSON_GetArrayItem(json, (int)number);
}

/* The value that `pointer` leads to, *path to it; NULL: there is none. */
static const cJSON *follow(struct reading *reading, const char *pointer, const struct path **path)
{
    const cJSON *json = reading->document;

    *path = NULL;
    if (*pointer++ != '#')
        return NULL;
    while (json && *pointer) {
        if (*pointer++ != '/')
            return NULL;
        size_t len = strcspn(pointer, "/"), index = 0;
        char *key = arena_alloc(reading->arena, len + 1);
        if (!decode_step(key, pointer, len))
            return NULL;
        bool in_array = cJSON_IsArray(json);
        json = step_into(json, key, &index);
        *path = path_below(reading->arena, *path, in_array ? NULL : key, index);
        pointer += len;
    }
    return json;
}

const cJSON *schema_source_at(const cJSON *document, const char *pointer)
{
    struct arena scratch = {0};
    struct reading reading = {.arena = &scratch, .document = document};
    const struct path *path;
    const cJSON *json = follow(&reading, pointer, &path);

    arena_free(&scratch);
    return json;
}

static struct schema *referred_to(struct reading *reading, const cJSON *reference)
{
    const struct path *path;

    if (!cJSON_IsString(reference)) {
        reading_fault(reading, "a reference is a string, not %s", json_type_name(reference));
        return NULL;
    }
    const cJSON *json = follow(reading, reference->valuestring, &path);
    if (!json) {
        reading_fault(reading, "\"%.200s\" leads to nothing in this document; a reference looks like %s",
                      reference->valuestring, "\"#/components/schemas/Name\"");
        return NULL;
    }
    return schema_at(reading, json, path);
}

/* --- type --------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned bits;
} type_names[] = {
    {"null", TYPE_NULL},       {"boolean", TYPE_BOOLEAN},
    {"string", TYPE_STRING},   {"number", TYPE_NUMBER | TYPE_INTEGER},
    {"integer", TYPE_INTEGER}, {"array", TYPE_ARRAY},
    {"object", TYPE_OBJECT},
};

static bool add_type(struct reading *reading, struct schema *schema, const cJSON *name)
{
    for (size_t i = 0; cJSON_IsString(name) && i < sizeof(type_names) / sizeof(*type_names); i++) {
        if (strcmp(type_names[i].name, name->valuestring) != 0)
            continue;
        schema->types |= type_names[i].bits;
        return true;
    }
    return reading_fault(reading, "a type is null, boolean, string, number, integer, array or object");
}

/* gojsonschema shows several as "[string,null]". */
static void read_types(struct reading *reading, struct schema *schema, const cJSON *value)
{
    struct buf shown = {0};

    schema->types = 0;
    if (!cJSON_IsArray(value)) {
        if (add_type(reading, schema, value))
            schema->types_shown = value->valuestring;
        return;
    }
    for (const cJSON *name = value->child; name; name = name->next) {
        if (!add_type(reading, schema, name))
            break;
        buf_str(&shown, shown.len == 0 ? "" : ",");
        buf_str(&shown, name->valuestring);
    }
    if (!value->child)
        reading_fault(reading, "a list of types has at least one");
    bool one = value->child && !value->child->next;
    schema->types_shown =
        arena_printf(reading->arena, one ? "%.*s" : "[%.*s]", (int)shown.len, shown.data ? shown.data : "");
    buf_free(&shown);
}

/* --- one schema ---------------------------------------------------------------------------------------------------- */

/* Appends the keyword's rule to the schema's; *end is where the next one goes. */
static void read_keyword(struct reading *reading, const struct keyword *keyword, struct rule ***end)
{
    const cJSON *value = json_get(reading->schema->source, keyword->name);
    struct rule rule = {.keyword = keyword};

    reading->keyword = keyword->name;
    if (!value || !keyword->read(reading, value, &rule.operand))
        return;
    **end = arena_alloc(reading->arena, sizeof(rule));
    ***end = rule;
    *end = &(**end)->next;
}

static void read_schema(struct reading *reading, struct schema *schema)
{
    const cJSON *json = schema->source, *reference = json_get(json, "$ref"), *type = json_get(json, "type");
    struct rule **end = &schema->rules;

    reading->schema = schema;
    schema->refuses_all = cJSON_IsFalse(json);
    if (reference) {
        reading->keyword = "$ref";
        schema->referred_to = referred_to(reading, reference);
        return;
    }
    if (type) {
        reading->keyword = "type";
        read_types(reading, schema, type);
    }
    json_get_bool(json, "nullable", &schema->nullable);
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        for (const struct keyword *keyword = families[i]; keyword->name; keyword++)
            read_keyword(reading, keyword, &end);
}

/* --- loops --------------------------------------------------------------------------------------------------------- */

static int height_of(struct reading *reading, struct schema *schema, int below);

static int highest_of(struct reading *reading, const struct schemas *schemas, int below)
{
    int highest = 0;

    for (size_t i = 0; i < schemas->count && highest >= 0; i++) {
        int height = height_of(reading, schemas->list[i], below);
        highest = height < 0 || height > highest ? height : highest;
    }
    return highest;
}

/* Of anyOf, oneOf, allOf and not: the others are about what is in the value. */
static bool is_combining(const struct keyword *keyword)
{
    for (const struct keyword *one = keywords_combining; one->name; one++)
        if (one == keyword)
            return true;
    return false;
}

static int measure(struct reading *reading, struct schema *schema, int below)
{
    struct schemas reference = {&schema->referred_to, schema->referred_to != NULL};
    int highest = highest_of(reading, &reference, below);

    for (const struct rule *rule = schema->rules; rule && highest >= 0; rule = rule->next) {
        int height = is_combining(rule->keyword) ? highest_of(reading, &rule->operand.schemas, below) : 0;
        highest = height < 0 || height > highest ? height : highest;
    }
    return highest;
}

/* Through how many schemas one value goes from here, at most, having gone through `below` already. -1: too many, a fault
 * says so. Each schema is measured once. */
static int height_of(struct reading *reading, struct schema *schema, int below)
{
    if (schema->height == BEING_MEASURED) {
        fault_at(reading, schema->path, "the schema refers to itself for one and the same value, without end");
        return -1;
    }
    if (below + schema->height >= HEIGHT_MAX) {
        fault_at(reading, schema->path, "one value would go through more than %d schemas", HEIGHT_MAX);
        return -1;
    }
    if (schema->height == 0) {
        schema->height = BEING_MEASURED;
        int highest = measure(reading, schema, below + 1);
        schema->height = highest < 0 ? 0 : highest + 1;
        return highest < 0 ? -1 : schema->height;
    }
    return schema->height;
}

/* --- the document -------------------------------------------------------------------------------------------------- */

static void read_all(struct reading *reading, struct schema *first)
{
    size_t before = reading->faults->count;

    for (struct schema *schema = first; schema && !faults_full(reading->faults); schema = schema->next)
        read_schema(reading, schema);
    if (reading->faults->count > before)
        return;
    for (struct schema *schema = first; schema; schema = schema->next)
        if (height_of(reading, schema, 0) < 0)
            return;
}

const struct schema *schema_compile(struct arena *arena, const cJSON *document, const char *pointer,
                                    struct faults *faults)
{
    const struct hash_key no_secret = {0}; // the keys are addresses of ours
    struct schema *first = NULL;
    struct map known;
    struct reading reading = {.arena = arena, .document = document, .faults = faults, .known = &known, .last = &first};
    const struct path *path;
    size_t before = faults->count;

    map_init(&known, source_of, no_secret);
    const cJSON *json = follow(&reading, pointer, &path);
    if (!json)
        fault_at(&reading, NULL, "there is nothing at %s", pointer);
    else if (schema_at(&reading, json, path))
        read_all(&reading, first);
    map_free(&known);
    return faults->count == before ? first : NULL;
}
