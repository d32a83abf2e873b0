#include "api/origin.h"
#include "base/chars.h"

#include <strings.h>

static size_t count_prefix(const struct target *target)
{
    size_t count = 0;

    while (count < 2 && count < target->segment_count && strcmp(target->segments[count], "v1") == 0)
        count++;
    return count;
}

size_t origin_prefix(const struct request *request)
{
    return count_prefix(&request->target);
}

/* How many of the target's segments from `at` on are the path of this URL: all of it, or 0. */
static size_t segments_of_path(const struct target *target, size_t at, const char *url)
{
    const char *path = url ? strchr(strstr(url, "://") + 3, '/') : NULL;
    size_t count = 0;

    while (path && *path) {
        const char *segment = path + strspn(path, "/");
        size_t len = strcspn(segment, "/");
        if (len > 0 && at + count == target->segment_count)
            return 0;
        if (len > 0) {
            const char *ours = target->segments[at + count++];
            if (strlen(ours) != len || memcmp(ours, segment, len) != 0)
                return 0;
        }
        path = segment + len;
    }
    return count;
}

void origin_undouble(struct target *target, const char *public_url)
{
    size_t at = count_prefix(target);

    // "http:" and the host; the empty segment between the two slashes is no segment of ours.
    if (at + 2 > target->segment_count ||
        (strcasecmp(target->segments[at], "http:") != 0 && strcasecmp(target->segments[at], "https:") != 0))
        return;
    at += 2;
    at += segments_of_path(target, at, public_url);
    target->segment_count -= at;
    memmove(target->segments, target->segments + at, target->segment_count * sizeof(*target->segments));
}

/* Behind the host's name or address; NULL: there is none. */
static const char *skip_name(const char *host)
{
    bool is_ipv6 = *host == '[';
    const char *at = host + is_ipv6;

    while (char_is_alnum(*at) || *at == '.' || (*at && strchr(is_ipv6 ? ":" : "-_", *at)))
        at++;
    if (at == host + is_ipv6)
        return NULL;
    if (!is_ipv6)
        return at;
    return *at == ']' ? at + 1 : NULL;
}

bool origin_host_is_valid(const char *host)
{
    const char *port = skip_name(host);

    if (!port || *port == '\0')
        return port != NULL;
    return *port == ':' && port[1 + strspn(port + 1, "0123456789")] == '\0';
}

/* The first of a list with commas, as proxies in a row write it: the one next to the client. NULL: there is none. */
static const char *first_of(struct exchange *exchange, enum header header)
{
    const char *value = exchange->request.headers[header];

    if (!value)
        return NULL;
    return arena_strndup(&exchange->arena, value, strcspn(value, ", "));
}

static const char *host_of(struct exchange *exchange)
{
    const char *forwarded = first_of(exchange, HEADER_X_FORWARDED_HOST);
    const struct request *request = &exchange->request;

    if (forwarded && origin_host_is_valid(forwarded))
        return forwarded;
    if (request->target.authority)
        return request->target.authority;
    return request->headers[HEADER_HOST] ? request->headers[HEADER_HOST] : "localhost"; // HTTP/1.0 needs none
}

/* ":8443" where a proxy says so apart from the host. Those that go without saying are never written: many proxies name
 * the one that they listen at, whatever stands before them. */
static const char *port_of(struct exchange *exchange, const char *host)
{
    const char *port = first_of(exchange, HEADER_X_FORWARDED_PORT);
    size_t digits = port ? strspn(port, "0123456789") : 0;

    if (digits == 0 || digits > 5 || port[digits] || strcmp(port, "80") == 0 || strcmp(port, "443") == 0 ||
        *skip_name(host) == ':')
        return "";
    return arena_printf(&exchange->arena, ":%s", port);
}

/* Writes the origin into the arena; both slices of the base share it. */
struct view_base origin_base(struct exchange *exchange, const char *public_url)
{
    enum { SCHEME, HOST, PORT, PREFIX, PARTS };
    // A bare /predictions gets bare URLs back; the mistake /v1/v1 is not passed on.
    const char *parts[PARTS] = {public_url, "", "", origin_prefix(&exchange->request) > 0 ? "/v1" : ""};
    size_t lens[PARTS], total = 0;

    if (!public_url) {
        const char *scheme = first_of(exchange, HEADER_X_FORWARDED_PROTO);
        parts[SCHEME] = scheme && strcasecmp(scheme, "https") == 0 ? "https://" : "http://";
        parts[HOST] = host_of(exchange);
        parts[PORT] = port_of(exchange, parts[HOST]);
    }
    for (int i = 0; i < PARTS; i++)
        total += lens[i] = strlen(parts[i]);
    char *text = arena_alloc(&exchange->arena, total), *at = text;
    for (int i = 0; i < PARTS; i++)
        at = (char *)memcpy(at, parts[i], lens[i]) + lens[i];
    return (struct view_base){.api = {text, total}, .files = {text, total - lens[PREFIX]}};
}
