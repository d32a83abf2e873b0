#include "base/json.h"
#include "base/decimal.h"
#include "base/json_keys.h"

#include <stdio.h>
#include <string.h>

/* cJSON keeps the kind of a node in the low 8 bits of `type` and two flags above them: these are free. */
enum { TYPE_MASK = 0xff, WAS_READ = 1 << 16, WAS_OPENED = 1 << 17, KEEPS_MARKS = 1 << 18 };

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

/* ---- Text ---- */

enum order { AS_GIVEN, SORTED }; // of members

static void write_value(struct buf *out, const cJSON *value, enum order order);

static void write_member(struct buf *out, const cJSON *member, bool first, enum order order)
{
    if (!first)
        buf_char(out, ',');
    if (member->string) {
        buf_json_string(out, member->string, strlen(member->string));
        buf_char(out, ':');
    }
    write_value(out, member, order);
}

static void write_sorted(struct buf *out, const cJSON *object)
{
    struct json_keyed few[JSON_FEW_MEMBERS];
    size_t count = json_count_members(object);
    struct json_keyed *sorted = json_sort_members(object, count, few);

    buf_char(out, '{');
    for (size_t i = 0; i < count; i++)
        write_member(out, sorted[i].member, i == 0, SORTED);
    buf_char(out, '}');
    json_keys_free(sorted, few);
}

static void write_children(struct buf *out, const cJSON *parent, enum order order)
{
    for (const cJSON *child = parent->child; child; child = child->next)
        write_member(out, child, child == parent->child, order);
}

static void write_array(struct buf *out, const cJSON *array, enum order order)
{
    buf_char(out, '[');
    write_children(out, array, order);
    buf_char(out, ']');
}

static void write_object(struct buf *out, const cJSON *object, enum order order)
{
    if (order == SORTED) {
        write_sorted(out, object);
        return;
    }
    buf_char(out, '{');
    write_children(out, object, order);
    buf_char(out, '}');
}

static void write_value(struct buf *out, const cJSON *value, enum order order)
{
    switch (value->type & TYPE_MASK) {
    case cJSON_String: buf_json_string(out, value->valuestring, strlen(value->valuestring)); break;
    case cJSON_Number: buf_str(out, value->valuestring); break;
    case cJSON_True: buf_lit(out, "true"); break;
    case cJSON_False: buf_lit(out, "false"); break;
    case cJSON_Array: write_array(out, value, order); break;
    case cJSON_Object: write_object(out, value, order); break;
    default: buf_lit(out, "null"); break;
    }
}

void json_canonical(struct buf *out, const cJSON *value)
{
    write_value(out, value, SORTED);
}

void json_as_given(struct buf *out, const cJSON *value)
{
    write_value(out, value, AS_GIVEN);
}

/* ---- Readers ---- */

/* Const means the document; a mark is our own note beside it, in a node that json_parse made. */
static cJSON *markable(const cJSON *value)
{
    return (cJSON *)(uintptr_t)value; // NOLINT(performance-no-int-to-ptr)
}

cJSON *json_get(const cJSON *object, const char *key)
{
    if (!cJSON_IsObject(object))
        return NULL;
    bool marks = !(object->type & KEEPS_MARKS);
    if (marks)
        markable(object)->type |= WAS_OPENED;
    for (cJSON *member = object->child; member; member = member->next) {
        if (!json_same_key(member->string, key))
            continue;
        if (marks)
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

bool json_was_opened(const cJSON *object)
{
    return (object->type & WAS_OPENED) != 0;
}

static void mark_read(cJSON *member)
{
    member->type |= WAS_READ;
    for (cJSON *child = member->child; child; child = child->next)
        mark_read(child);
}

void json_mark_read(const cJSON *member)
{
    mark_read(markable(member));
}

void json_mark_opened(const cJSON *object)
{
    markable(object)->type |= WAS_OPENED;
}

void json_keep_marks(const cJSON *object)
{
    markable(object)->type |= KEEPS_MARKS;
}

void json_mark_member(const cJSON *member)
{
    markable(member)->type |= WAS_READ;
}

/* ---- What nobody has read ---- */

struct unread {
    struct buf *out;
    size_t count;
    char path[JSON_UNREAD_PATH]; /* of what is being looked at */
};

static void see_children(struct unread *unread, const cJSON *parent, size_t len);

/* Puts a step further down behind the *len bytes of the path, and a NUL. False: there is no room. */
static bool add_step(struct unread *unread, size_t *len, const char *step)
{
    size_t step_len = strlen(step), dot = *len > 0;

    if (*len + dot + step_len >= sizeof(unread->path))
        return false;
    if (dot)
        unread->path[*len] = '.';
    memcpy(unread->path + *len + dot, step, step_len + 1);
    *len += dot + step_len;
    return true;
}

/* `len` bytes of the path lead to its parent. */
static void see_child(struct unread *unread, const cJSON *child, size_t len, size_t index)
{
    char number[24];

    if (!child->child && (!child->string || json_was_read(child)))
        return;
    if (!child->string)
        snprintf(number, sizeof(number), "%zu", index);
    if (!add_step(unread, &len, child->string ? child->string : number))
        return; // nobody writes such keys by mistake
    if (!child->string || json_was_read(child)) {
        see_children(unread, child, len);
        return;
    }
    buf_add(unread->out, unread->path, len + 1);
    unread->count++;
}

/* An object of which no member was asked for by its key was taken as a whole. */
static void see_children(struct unread *unread, const cJSON *parent, size_t len)
{
    size_t index = 0;

    if (cJSON_IsObject(parent) && !json_was_opened(parent))
        return;
    for (const cJSON *child = parent->child; child && unread->count < JSON_UNREAD_MAX; child = child->next)
        see_child(unread, child, len, index++);
}

void json_put_unread(struct buf *out, const cJSON *document)
{
    struct unread unread = {.out = out};

    see_children(&unread, document, 0);
}
