#include "base/json_scan.h"

#include <string.h>

const char *json_scan_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* `at` is behind the opening quote; returns what is behind the closing one. */
static const char *skip_string(const char *at, const char *end)
{
    while (at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at)), *stop = quote ? quote : end, *backslash;
        while (at < stop && (backslash = memchr(at, '\\', (size_t)(stop - at))))
            at = backslash + 2;
        if (at <= stop) // otherwise it is an escaped one
            return quote ? quote + 1 : end;
    }
    return end;
}

static const char *skip_container(const char *at, const char *end)
{
    size_t depth = 0;

    while (at < end) {
        char c = *at++;
        if (c == '"')
            at = skip_string(at, end);
        else if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            break;
    }
    return at;
}

static const char *skip_value(const char *at, const char *end)
{
    if (at == end)
        return end;
    if (*at == '"')
        return skip_string(at + 1, end);
    if (*at == '{' || *at == '[')
        return skip_container(at, end);
    while (at < end && !strchr(",]} \n\r\t", *at))
        at++;
    return at;
}

struct slice json_scan_value(const char *at, const char *end)
{
    const char *start = json_scan_space(at, end);

    return (struct slice){start, (size_t)(skip_value(start, end) - start)};
}

struct json_members json_members(struct slice object)
{
    if (object.len < 2 || *object.data != '{')
        return (struct json_members){.at = NULL};
    return (struct json_members){.at = object.data + 1, .end = object.data + object.len};
}

bool json_next(struct json_members *members)
{
    const char *end = members->end;

    if (!members->at || members->at >= end)
        return false;
    members->key = json_scan_value(members->at, end);
    if (members->key.len < 2 || *members->key.data != '"')
        return false;
    const char *colon = json_scan_space(members->key.data + members->key.len, end);
    members->value = json_scan_value(colon + 1, end);
    members->at = json_scan_space(members->value.data + members->value.len, end) + 1; // behind the ',' or '}'
    return true;
}

bool json_key_is(struct slice key, const char *name)
{
    size_t len = strlen(name);

    return key.len == len + 2 && memcmp(key.data + 1, name, len) == 0;
}

struct slice json_scan_member(struct slice object, const char *key)
{
    struct json_members members = json_members(object);

    while (json_next(&members))
        if (json_key_is(members.key, key))
            return members.value;
    return (struct slice){NULL, 0};
}

/* Canonical JSON escapes none but characters of one code unit: \n and its like, and \u0001. */
static size_t character_len(const char *at)
{
    return *at != '\\' ? 1 : at[1] == 'u' ? 6 : 2;
}

size_t json_string_head(struct slice string, size_t most)
{
    size_t end = string.len - 1, at = 1;

    for (size_t next = at; at < end; at = next) {
        next += character_len(string.data + at);
        while (next < end && ((unsigned char)string.data[next] & 0xc0) == 0x80)
            next++;
        if (next > most)
            break;
    }
    return at;
}

void json_put_compact(struct buf *out, struct slice value)
{
    const char *at = value.data, *end = value.data + value.len;

    while (at < end) {
        const char *start = at;
        while (at < end && *at != ' ' && *at != '\n' && *at != '\r' && *at != '\t')
            at = *at == '"' ? skip_string(at + 1, end) : at + 1;
        buf_add(out, start, (size_t)(at - start));
        at = json_scan_space(at, end);
    }
}
