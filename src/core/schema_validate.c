#include "core/schema.h"
#include "core/schema_rules.h"

#include <stdarg.h>
#include <stdio.h>

/* What one value may cost: some 50 ms, where a large body costs one and an ordinary one a microsecond. */
enum { BUDGET = 4000000 };

/* --- paths ------------------------------------------------------------------------------------------------------ */

static void write_step(struct buf *out, const struct path *path)
{
    if (path->key)
        buf_str(out, path->key);
    else
        buf_printf(out, "%zu", path->index);
}

static void write_whole(struct buf *out, const struct path *path)
{
    if (path->parent) {
        write_whole(out, path->parent);
        buf_char(out, '.');
    }
    write_step(out, path);
}

void path_write(struct buf *out, const struct path *path)
{
    size_t start = out->len;

    if (path)
        write_whole(out, path);
    if (out->len - start <= PATH_SHOWN)
        return;
    out->len = start + PATH_SHOWN;
    while (((unsigned char)out->data[out->len] & 0xc0) == 0x80) // not amid a character
        out->len--;
    buf_lit(out, "...");
}

/* --- faults ------------------------------------------------------------------------------------------------------- */

/* "input.scale": what the field of a fault says. */
static void write_field(struct buf *out, const struct validation *v)
{
    buf_str(out, v->root);
    if (!v->path)
        return;
    if (out->len > 0)
        buf_char(out, '.');
    path_write(out, v->path);
}

void validate_fault(struct validation *v, const char *type, const char *format, ...)
{
    struct buf field = {0}, description = {0};
    va_list args, again;

    v->broken++;
    v->score -= 2; // "results in a net -1 when added to the +1 we get at the end"
    if (!v->faults || faults_full(v->faults))
        return;
    write_field(&field, v);
    va_start(args, format);
    va_copy(again, args);
    size_t len = (size_t)vsnprintf(NULL, 0, format, args);
    buf_reserve(&description, len + 1);
    vsnprintf(description.data, len + 1, format, again);
    va_end(again);
    va_end(args);
    faults_add(v->faults, type, buf_cstr(&field), "%s", description.data);
    buf_free(&field);
    buf_free(&description);
}

const char *validate_field(const struct validation *v)
{
    struct buf field = {0};

    if (!v->faults || !v->path)
        return "(root)";
    path_write(&field, v->path);
    const char *text = arena_strndup(v->faults->arena, field.data, field.len);
    buf_free(&field);
    return text;
}

bool validate_spend(struct validation *v, size_t steps)
{
    if (steps < v->budget) {
        v->budget -= steps;
        return true;
    }
    if (v->budget > 0) {
        v->budget = 0;
        validate_fault(v, "internal", "Internal Error: the input takes more than %d steps to validate", BUDGET);
    }
    return false;
}

size_t validate_price(const cJSON *value)
{
    size_t price = 1 + (cJSON_IsString(value) ? strlen(value->valuestring) / 64 : 0);

    for (const cJSON *child = value->child; child; child = child->next)
        price += validate_price(child);
    return price;
}

/* --- a value and a schema ------------------------------------------------------------------------------------------ */

/* Of a number the bit of its own type; whether it is an integer is looked at where that matters. */
static unsigned type_of(const cJSON *value, unsigned wanted)
{
    switch (value->type & 0xff) {
    case cJSON_String: return TYPE_STRING;
    case cJSON_Number:
        if ((wanted & (TYPE_NUMBER | TYPE_INTEGER)) == TYPE_INTEGER && json_is_integer(value))
            return TYPE_INTEGER;
        return TYPE_NUMBER;
    case cJSON_True:
    case cJSON_False: return TYPE_BOOLEAN;
    case cJSON_Array: return TYPE_ARRAY;
    case cJSON_Object: return TYPE_OBJECT;
    default: return TYPE_NULL;
    }
}

/* gojsonschema adds one for each group of rules that it has gone through: for a boolean or null there is one less. */
static int score_of(unsigned type)
{
    return (type & (TYPE_NULL | TYPE_BOOLEAN)) ? 3 : 4;
}

void validate_here(struct validation *v, const struct schema *schema, const cJSON *value)
{
    while (schema->referred_to)
        schema = schema->referred_to;
    if (!validate_spend(v, 1))
        return;
    if (schema->refuses_all) {
        validate_fault(v, "false", "False always fails validation");
        return;
    }
    unsigned type = type_of(value, schema->types);
    if (type == TYPE_NULL && schema->nullable)
        return;
    if (!(type & schema->types)) {
        validate_fault(v, "invalid_type", "Invalid type. Expected: %s, given: %s", schema->types_shown,
                       json_type_name(value));
        return;
    }
    type |= type == TYPE_INTEGER ? TYPE_NUMBER : 0;
    for (const struct rule *rule = schema->rules; rule && v->budget > 0; rule = rule->next)
        if (rule->keyword->types & type)
            rule->keyword->check(v, &rule->operand, value);
    v->score += score_of(type);
}

void validate_member(struct validation *v, const struct schema *schema, const cJSON *member)
{
    const struct path path = {.parent = v->path, .key = member->string};

    v->path = &path;
    validate_here(v, schema, member);
    v->path = path.parent;
}

void validate_element(struct validation *v, const struct schema *schema, const cJSON *element, size_t index)
{
    const struct path path = {.parent = v->path, .index = index};

    v->path = &path;
    validate_here(v, schema, element);
    v->path = path.parent;
}

struct validation validate_apart(struct validation *v, const struct schema *schema, const cJSON *value)
{
    struct validation apart = {.root = v->root, .path = v->path, .budget = v->budget};

    validate_here(&apart, schema, value);
    if (apart.budget > 0)
        v->budget = apart.budget;
    else
        validate_spend(v, v->budget);
    return apart;
}

bool schema_validate(const struct schema *schema, const cJSON *value, const char *root, struct faults *faults)
{
    struct validation v = {.root = root, .faults = faults, .budget = BUDGET};

    validate_here(&v, schema, value);
    return v.broken == 0;
}
