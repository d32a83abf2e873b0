#include "base/json.h"
#include "base/decimal.h"
#include "base/json_keys.h"

#include <string.h>

/* cJSON keeps the kind of a node in the low 8 bits of `type` and two flags above them: this one is free. */
enum { TYPE_MASK = 0xff, WAS_READ = 1 << 16 };

/* ---- Questions about a value ---- */

bool json_is_integer(const cJSON *number)
{
    if (!strpbrk(number->valuestring, ".eE")) // mostly
        return true;
    struct decimal decimal = decimal_read(number->valuestring);

    return decimal_is_integer(&decimal);
}

const char *json_type_name(const cJSON *value)
{
    switch (value->type & TYPE_MASK) {
    case cJSON_String: return "string";
    case cJSON_Number: return json_is_integer(value) ? "integer" : "number";
    case cJSON_True:
    case cJSON_False: return "boolean";
    case cJSON_Array: return "array";
    case cJSON_Object: return "object";
    default: return "null";
    }
}

/* ---- Canonical text ---- */

static void write_member(struct buf *out, const cJSON *member, bool first)
{
    if (!first)
        buf_char(out, ',');
    if (member->string) {
        buf_json_string(out, member->string, strlen(member->string));
        buf_char(out, ':');
    }
    json_canonical(out, member);
}

static void write_object(struct buf *out, const cJSON *object)
{
    struct json_keyed few[JSON_FEW_MEMBERS];
    size_t count = json_count_members(object);
    struct json_keyed *sorted = json_sort_members(object, count, few);

    buf_char(out, '{');
    for (size_t i = 0; i < count; i++)
        write_member(out, sorted[i].member, i == 0);
    buf_char(out, '}');
    json_keys_free(sorted, few);
}

static void write_array(struct buf *out, const cJSON *array)
{
    buf_char(out, '[');
    for (const cJSON *element = array->child; element; element = element->next)
        write_member(out, element, element == array->child);
    buf_char(out, ']');
}

void json_canonical(struct buf *out, const cJSON *value)
{
    switch (value->type & TYPE_MASK) {
    case cJSON_String: buf_json_string(out, value->valuestring, strlen(value->valuestring)); break;
    case cJSON_Number: buf_str(out, value->valuestring); break;
    case cJSON_True: buf_lit(out, "true"); break;
    case cJSON_False: buf_lit(out, "false"); break;
    case cJSON_Array: write_array(out, value); break;
    case cJSON_Object: write_object(out, value); break;
    default: buf_lit(out, "null"); break;
    }
}

/* ---- Readers ---- */

cJSON *json_get(const cJSON *object, const char *key)
{
    if (!cJSON_IsObject(object))
        return NULL;
    for (cJSON *member = object->child; member; member = member->next) {
        if (!json_same_key(member->string, key))
            continue;
        member->type |= WAS_READ;
        return member;
    }
    return NULL;
}

const char *json_get_string(const cJSON *object, const char *key)
{
    const cJSON *member = json_get(object, key);

    return cJSON_IsString(member) ? member->valuestring : NULL;
}

bool json_get_number(const cJSON *object, const char *key, double *number)
{
    const cJSON *member = json_get(object, key);

    if (!cJSON_IsNumber(member))
        return false;
    *number = member->valuedouble;
    return true;
}

bool json_get_bool(const cJSON *object, const char *key, bool *value)
{
    const cJSON *member = json_get(object, key);

    if (!cJSON_IsBool(member))
        return false;
    *value = cJSON_IsTrue(member);
    return true;
}

bool json_was_read(const cJSON *member)
{
    return (member->type & WAS_READ) != 0;
}

static void mark_read(cJSON *member)
{
    member->type |= WAS_READ;
    for (cJSON *child = member->child; child; child = child->next)
        mark_read(child);
}

void json_mark_read(const cJSON *member)
{
    // Const means the document; the mark is our own note beside it, in a node that json_parse made.
    cJSON *node = (cJSON *)(uintptr_t)member; // NOLINT(performance-no-int-to-ptr)

    mark_read(node);
}
