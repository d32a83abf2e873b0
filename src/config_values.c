#include "config_values.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "core/signature.h"
#include "tls/authority.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

enum { LIST_MAX = 64 };

const char *value_text(struct config *config, void *field, const char *text)
{
    (void)config;
    *(const char **)field = text;
    return *text ? NULL : "a text that is not empty";
}

/* --public-url: without the slash at its end. */
const char *value_url(struct config *config, void *field, const char *text)
{
    const char *right = "a URL such as http://mock:7375, without query or fragment";
    const char *host = strstr(text, "://");
    size_t len = strlen(text);

    if ((strncasecmp(text, "http://", 7) != 0 && strncasecmp(text, "https://", 8) != 0) || !host[3] ||
        strpbrk(text, "?#\"\\<>&"))
        return right;
    for (const char *at = text; *at; at++)
        if (*at <= ' ' || *at > '~')
            return right;
    while (text[len - 1] == '/')
        len--;
    if (text + len <= host + 3)
        return right;
    *(const char **)field = arena_strndup(&config->arena, text, len);
    return NULL;
}

/* Repeatable: each adds to the list. */
const char *value_list(struct config *config, void *field, const char *text)
{
    const char **list = *(const char ***)field;
    size_t count = 0;

    if (!list) {
        list = arena_alloc(&config->arena, (LIST_MAX + 1) * sizeof(*list));
        list[0] = NULL;
    }
    while (list[count])
        count++;
    if (!*text)
        return "a text that is not empty";
    if (count == LIST_MAX)
        return "at most 64 of them";
    list[count] = text;
    list[count + 1] = NULL;
    *(const char ***)field = list;
    return NULL;
}

const char *value_names(struct config *config, void *field, const char *text)
{
    if (!authority_name_is_valid(text))
        return "a host name, *.NAME, or an address without brackets";
    return value_list(config, field, text);
}

static bool parse_whole(const char *text, uint64_t max, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    return isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && *value <= max;
}

const char *value_port(struct config *config, void *field, const char *text)
{
    (void)config;
    uint64_t value;

    if (!parse_whole(text, 65535, &value))
        return "a whole number from 0 to 65535";
    *(int *)field = (int)value;
    return NULL;
}

const char *value_tls_port(struct config *config, void *field, const char *text)
{
    if (strcmp(text, "off") != 0)
        return value_port(config, field, text) ? "a whole number from 0 to 65535, or off" : NULL;
    *(int *)field = -1;
    return NULL;
}

const char *value_count(struct config *config, void *field, const char *text)
{
    (void)config;
    uint64_t value;

    if (!parse_whole(text, 1000000000, &value) || value == 0)
        return "a whole number from 1 to 1000000000";
    *(size_t *)field = (size_t)value;
    return NULL;
}

const char *value_seed(struct config *config, void *field, const char *text)
{
    config->seeded = true;
    return parse_whole(text, UINT64_MAX, field) ? NULL : "a whole number from 0 to 18446744073709551615";
}

const char *value_duration(struct config *config, void *field, const char *text)
{
    (void)config;
    return duration_parse(text, field) ? NULL : "a duration: 250ms, 1.5s, 2m, 1h or 0";
}

const char *value_size(struct config *config, void *field, const char *text)
{
    (void)config;
    int64_t bytes;

    if (!size_parse(text, &bytes) || bytes < 1024 || bytes > INT64_C(1) << 40)
        return "a size from 1KiB to 1024GiB: 64KiB, 16MiB, 1GiB or plain bytes";
    *(size_t *)field = (size_t)bytes;
    return NULL;
}

const char *value_speed(struct config *config, void *field, const char *text)
{
    (void)config;
    char *end;
    double speed = strtod(text, &end);

    if (!*text || *end || !(speed > 0) || speed > 1e6 || strspn(text, "0123456789.") != strlen(text))
        return "a number more than 0, at most 1000000";
    *(double *)field = speed;
    return NULL;
}

const char *value_time(struct config *config, void *field, const char *text)
{
    (void)config;
    if (strcmp(text, "now") == 0) {
        *(int64_t *)field = 0;
        return NULL;
    }
    return time_parse(text, field) ? NULL : "a time such as 2026-01-31T12:00:00Z";
}

/* Which of two words: *field becomes true for the second. */
static const char *choose(bool *field, const char *text, const char *no, const char *yes, const char *right)
{
    *field = strcmp(text, yes) == 0;
    return *field || strcmp(text, no) == 0 ? NULL : right;
}

const char *value_auth(struct config *config, void *field, const char *text)
{
    (void)config;
    return choose(field, text, "none", "required", "required or none");
}

const char *value_clock(struct config *config, void *field, const char *text)
{
    (void)config;
    return choose(field, text, "real", "manual", "real or manual");
}

const char *value_unknown_models(struct config *config, void *field, const char *text)
{
    (void)config;
    return choose(field, text, "refuse", "accept", "refuse or accept");
}

/* What is there as a flag alone. */
const char *value_switch(struct config *config, void *field, const char *text)
{
    const char *right = "1, 0, true or false";

    (void)config;
    return choose(field, text, "0", "1", right) ? choose(field, text, "false", "true", right) : NULL;
}

const char *value_secret(struct config *config, void *field, const char *text)
{
    (void)config;
    *(const char **)field = text;
    return secret_is_valid(text) ? NULL : "whsec_ and behind it standard base64 of 24 to 64 bytes, with its padding";
}

/* What can stand in a header. */
const char *value_message_id(struct config *config, void *field, const char *text)
{
    (void)config;
    *(const char **)field = text;
    for (const char *at = text; *at; at++)
        if (*at <= ' ' || *at > '~')
            text = "";
    return *text ? NULL : "an id such as msg_2yGEvjbj5JfrCSTduf2IL4TZgFz";
}

const char *value_timestamp(struct config *config, void *field, const char *text)
{
    (void)config;
    uint64_t seconds;

    *(const char **)field = text;
    return parse_whole(text, INT64_C(999999999999), &seconds) ? NULL : "seconds since 1970, such as 1749452742";
}

const char *value_rate_limit(struct config *config, void *field, const char *text)
{
    (void)config;
    return limit_parse(text, field) ? NULL : "off, default, low-credit, or creates a minute from 1 to 1000000: 30/min";
}

const char *value_output_urls(struct config *config, void *field, const char *text)
{
    (void)config;
    static const char *const words[] = {
        [OUTPUT_URLS_AUTO] = "auto",
        [OUTPUT_URLS_HTTP] = "http",
        [OUTPUT_URLS_HTTPS] = "https",
        [OUTPUT_URLS_DATA] = "data",
    };

    for (int i = 0; i < 4; i++) {
        if (strcmp(words[i], text) != 0)
            continue;
        *(enum output_urls *)field = (enum output_urls)i;
        return NULL;
    }
    return "auto, http, https or data";
}

const char *value_log_format(struct config *config, void *field, const char *text)
{
    (void)config;
    return choose(field, text, "text", "json", "text or json");
}

const char *value_log_level(struct config *config, void *field, const char *text)
{
    (void)config;
    static const char *const levels[] = {"error", "warn", "info", "debug"};

    for (int i = 0; i < 4; i++) {
        if (strcmp(levels[i], text) != 0)
            continue;
        *(enum log_level *)field = (enum log_level)i;
        return NULL;
    }
    return "error, warn, info or debug";
}
