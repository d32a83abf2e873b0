#include "api/origin.h"
#include "base/chars.h"
#include "tls/authority.h"

#include <stdlib.h>
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

/* Where a client has come to: the parts of a URL before its path. */
struct root {
    const char *scheme; /* "http", "https" */
    struct slice name;  /* of the host, or its address; of --public-url all that follows */
    const char *port;   /* ":7375", "" */
    bool direct;        /* nobody stands before us who says that he does */
};

static bool is_https(const char *scheme)
{
    return strcasecmp(scheme, "https") == 0;
}

const char *origin_host(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    const char *forwarded = first_of(exchange, HEADER_X_FORWARDED_HOST);

    if (forwarded && origin_host_is_valid(forwarded))
        return forwarded;
    if (request->target.authority)
        return request->target.authority;
    return request->headers[HEADER_HOST] ? request->headers[HEADER_HOST] : "localhost"; // HTTP/1.0 needs none
}

/* ":8443" where a proxy says so apart from the host; NULL: none does. Those that go without saying are never written:
 * many proxies name the one that they listen at, whatever stands before them. */
static const char *forwarded_port(struct exchange *exchange)
{
    const char *port = first_of(exchange, HEADER_X_FORWARDED_PORT);
    size_t digits = port ? strspn(port, "0123456789") : 0;

    if (digits == 0 || digits > 5 || port[digits] || strcmp(port, "80") == 0 || strcmp(port, "443") == 0)
        return NULL;
    return arena_printf(&exchange->arena, ":%s", port);
}

/* "http" or "https", where a proxy says so; NULL: none does. */
static const char *forwarded_scheme(struct exchange *exchange)
{
    const char *scheme = first_of(exchange, HEADER_X_FORWARDED_PROTO);

    return scheme && (is_https(scheme) || strcasecmp(scheme, "http") == 0) ? scheme : NULL;
}

static bool came_by_proxy(const struct request *request)
{
    return request->headers[HEADER_X_FORWARDED_PROTO] || request->headers[HEADER_X_FORWARDED_HOST] ||
           request->headers[HEADER_X_FORWARDED_PORT];
}

static struct root root_of_request(struct exchange *exchange)
{
    const char *scheme = forwarded_scheme(exchange);
    const char *host = origin_host(exchange), *own_port = skip_name(host);
    const char *port = *own_port == ':' ? NULL : forwarded_port(exchange);
    bool https = scheme ? is_https(scheme) : exchange->request.over_tls;

    return (struct root){.scheme = https ? "https" : "http",
                         .name = {host, (size_t)(own_port - host)},
                         .port = port ? port : own_port,
                         .direct = !came_by_proxy(&exchange->request)};
}

static struct root root_of_url(const char *url)
{
    const char *host = strstr(url, "://") + 3;

    return (struct root){
        .scheme = strncasecmp(url, "https:", 6) == 0 ? "https" : "http", .name = {host, strlen(host)}, .port = ""};
}

/* scheme://name:port and what follows, one of each. */
static struct slice make_url(struct arena *arena, const struct root *root, const char *tail)
{
    const struct slice parts[] = {{root->scheme, strlen(root->scheme)},
                                  {"://", 3},
                                  root->name,
                                  {root->port, strlen(root->port)},
                                  {tail, strlen(tail)}};
    enum { PARTS = sizeof(parts) / sizeof(*parts) };
    size_t total = 0;

    for (int i = 0; i < PARTS; i++)
        total += parts[i].len;
    char *text = arena_alloc(arena, total), *at = text;
    for (int i = 0; i < PARTS; i++)
        at = (char *)memcpy(at, parts[i].data, parts[i].len) + parts[i].len;
    return (struct slice){text, total};
}

/* --- output files ----------------------------------------------------------------------------------------------- */

/* Would the certificate be good for whoever knows us by that name? */
static bool is_certified(struct arena *arena, const struct root *root, const struct origin *origin)
{
    const char *name = arena_strndup(arena, root->name.data, root->name.len);

    if (*name == '[')
        name = arena_strndup(arena, name + 1, root->name.len - 2);
    return (origin->tls_host && strcasecmp(origin->tls_host, name) == 0) ||
           authority_speaks_for(origin->tls_names, name);
}

/* Does the host's port lead to our own plain one? Elsewhere something maps ports, and who knows where the other leads. */
static bool came_by_own_port(const struct root *root, const struct origin *origin)
{
    return root->direct && strtol(*root->port ? root->port + 1 : "80", NULL, 10) == origin->http_port;
}

/* The scheme by which the request came is always one that the client can reach. */
static const char *auto_scheme(struct arena *arena, const struct root *root, const struct origin *origin)
{
    bool may_change = origin->https_port && came_by_own_port(root, origin) && is_certified(arena, root, origin);

    return may_change ? "https" : root->scheme;
}

static const char *file_scheme(struct arena *arena, const struct root *root, const struct origin *origin)
{
    switch (origin->files) {
    case OUTPUT_URLS_HTTP: return "http";
    case OUTPUT_URLS_HTTPS: return "https";
    case OUTPUT_URLS_AUTO:
    case OUTPUT_URLS_DATA: break; // what does not fit into the answer has a URL even so
    }
    return auto_scheme(arena, root, origin);
}

/* Where files are for whoever has come to `root`: at our other port, if it is another scheme that they are to have. */
static struct root root_of_files(struct arena *arena, const struct root *root, const struct origin *origin)
{
    struct root files = *root;
    bool https = is_https(files.scheme = file_scheme(arena, root, origin));
    int port = https ? origin->https_port : origin->http_port;

    if (https == is_https(root->scheme) || !root->direct || !port)
        return files;
    files.port = port == (https ? 443 : 80) ? "" : arena_printf(arena, ":%d", port);
    return files;
}

/* --- as Replicate itself ---------------------------------------------------------------------------------------- */

static struct slice name_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static bool has_name(const struct root *root, const char *text)
{
    struct slice name = name_of(text);
    size_t len = root->name.len;

    if (len > 0 && root->name.data[len - 1] == '.') // the root's: the same name
        len--;
    return len == name.len && strncasecmp(root->name.data, name.data, name.len) == 0;
}

/* Somebody's app goes to Replicate's own addresses and has come here. */
static bool is_impersonated(const struct root *root)
{
    return is_https(root->scheme) && (has_name(root, "api.replicate.com") || has_name(root, "stream.replicate.com"));
}

static struct root with_name(struct root root, const char *name)
{
    root.name = name_of(name);
    return root;
}

static struct view_base make_base(struct exchange *exchange, const struct origin *origin, const char *prefix)
{
    struct arena *arena = &exchange->arena;
    struct root root = origin->public_url ? root_of_url(origin->public_url) : root_of_request(exchange);
    struct root files = root_of_files(arena, &root, origin);

    if (is_impersonated(&root)) {
        struct root api = with_name(root, "api.replicate.com"), streams = with_name(root, "stream.replicate.com");
        files = with_name(files, "replicate.delivery");
        return (struct view_base){.api = make_url(arena, &api, prefix),
                                  .streams = make_url(arena, &streams, prefix),
                                  .files = make_url(arena, &files, "")};
    }
    struct slice api = make_url(arena, &root, prefix);
    return (struct view_base){.api = api, .streams = api, .files = make_url(arena, &files, "/delivery")};
}

struct view_base origin_base(struct exchange *exchange, const struct origin *origin)
{
    // A bare /predictions gets bare URLs back; the mistake /v1/v1 is not passed on.
    return make_base(exchange, origin, origin_prefix(&exchange->request) > 0 ? "/v1" : "");
}

struct view_base origin_base_of_api(struct exchange *exchange, const struct origin *origin)
{
    return make_base(exchange, origin, "/v1");
}
