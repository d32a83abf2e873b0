#include "http/target.h"

#include <string.h>
#include <strings.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decodes in place. False: a % without two hexadecimal digits, or %00. */
static bool decode(char *text)
{
    char *to = strchr(text, '%');

    for (const char *from = to; from && *from; from++) {
        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        int high = hex_value(from[1]), low = high < 0 ? -1 : hex_value(from[2]);
        if (low < 0 || high + low == 0)
            return false;
        *to++ = (char)(high << 4 | low);
        from += 2;
    }
    if (to)
        *to = '\0';
    return true;
}

static const char bad_escape[] =
    "The request target has a percent sign that two hexadecimal digits do not follow, or %00.";

/* The next non-empty part of *rest up to a separator, NUL-ended; NULL: there is none. As strtok_r, which is slower. */
static char *next_part(char **rest, char separator)
{
    char *part = *rest;

    while (part && *part == separator)
        part++;
    if (!part || !*part)
        return NULL;
    *rest = strchr(part, separator);
    if (*rest)
        *(*rest)++ = '\0';
    return part;
}

static const char *parse_path(struct target *target, char *path)
{
    bool escaped = strchr(path, '%') != NULL;
    char *segment;

    while ((segment = next_part(&path, '/'))) {
        if (target->segment_count == TARGET_MAX_SEGMENTS)
            return "The path of the request target has more than 16 segments.";
        if (escaped && !decode(segment))
            return bad_escape;
        target->segments[target->segment_count++] = segment;
    }
    return NULL;
}

static const char *parse_query(struct target *target, char *query)
{
    char *name;

    while ((name = next_part(&query, '&'))) {
        if (target->param_count == TARGET_MAX_PARAMS)
            return "The query of the request target has more than 32 parameters.";
        char *value = strchr(name, '=');
        if (value)
            *value++ = '\0';
        if (!decode(name) || (value && !decode(value)))
            return bad_escape;
        target->params[target->param_count++] = (struct param){.name = name, .value = value ? value : ""};
    }
    return NULL;
}

/* "http://host/path" without its first part; the authority is moved to the front, where there is room for its NUL. */
static char *split_authority(struct target *target, char *text)
{
    char *authority = strstr(text, "//") + 2;
    size_t len = strcspn(authority, "/?");

    memmove(text, authority, len);
    text[len] = '\0';
    target->authority = text;
    return authority + len;
}

const char *target_parse(struct target *target, char *raw)
{
    char *text = raw;

    target->authority = NULL;
    target->segment_count = target->param_count = 0;
    if (strchr(text, ' ') || strchr(text, '#'))
        return "The request target has a blank or a # in it; they must be written %20 and %23.";
    if (*text != '/') {
        if (strncasecmp(text, "http://", 7) != 0 && strncasecmp(text, "https://", 8) != 0)
            return "The request target must begin with a slash.";
        text = split_authority(target, text);
    }
    char *query = strchr(text, '?');
    if (query)
        *query++ = '\0';
    const char *fault = parse_path(target, text);
    return fault || !query ? fault : parse_query(target, query);
}

const char *target_param(struct target *target, const char *name)
{
    for (size_t i = 0; i < target->param_count; i++) {
        if (strcmp(target->params[i].name, name) != 0)
            continue;
        target->params[i].read = true;
        return target->params[i].value;
    }
    return NULL;
}

const char *target_unread_param(const struct target *target)
{
    for (size_t i = 0; i < target->param_count; i++)
        if (!target->params[i].read)
            return target->params[i].name;
    return NULL;
}
