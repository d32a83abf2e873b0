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
    for (; at < end && *at != '"'; at++)
        if (*at == '\\' && at + 1 < end)
            at++;
    return at < end ? at + 1 : end;
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

struct slice json_scan_member(struct slice object, const char *key)
{
    size_t len = strlen(key);

    if (object.len < 2 || *object.data != '{')
        return (struct slice){NULL, 0};
    const char *at = object.data + 1, *end = object.data + object.len;
    for (;;) {
        struct slice name = json_scan_value(at, end);
        if (name.len < 2 || *name.data != '"')
            return (struct slice){NULL, 0};
        at = json_scan_space(name.data + name.len, end);
        struct slice value = json_scan_value(at + 1, end); // behind the ':'
        if (name.len == len + 2 && memcmp(name.data + 1, key, len) == 0)
            return value;
        at = json_scan_space(value.data + value.len, end) + 1; // behind the ',' or '}'
        if (at >= end)
            return (struct slice){NULL, 0};
    }
}
