#include "api/origin.h"
#include "base/chars.h"

size_t origin_prefix(const struct request *request)
{
    const struct target *target = &request->target;
    size_t count = 0;

    while (count < 2 && count < target->segment_count && strcmp(target->segments[count], "v1") == 0)
        count++;
    return count;
}

bool origin_host_is_valid(const char *host)
{
    const char *at = host;

    while (char_is_alnum(*at) || *at == '.' || *at == ':' || (*at && strchr("-_[]", *at)))
        at++;
    return *at == '\0' && at != host;
}

/* The first of a list with commas, as proxies in a row write it; NULL where it is none that we would repeat. */
static const char *first_of(struct exchange *exchange, enum header header)
{
    const char *value = exchange->request.headers[header];

    if (!value)
        return NULL;
    const char *first = arena_strndup(&exchange->arena, value, strcspn(value, ", "));
    return origin_host_is_valid(first) ? first : NULL;
}

static const char *host_of(struct exchange *exchange)
{
    const char *forwarded = first_of(exchange, HEADER_X_FORWARDED_HOST);
    const struct request *request = &exchange->request;

    if (forwarded)
        return forwarded;
    if (request->target.authority)
        return request->target.authority;
    return request->headers[HEADER_HOST] ? request->headers[HEADER_HOST] : "localhost"; // HTTP/1.0 needs none
}

/* Writes the origin into the arena; both slices of the base share it. */
struct view_base origin_base(struct exchange *exchange, const char *public_url)
{
    // A bare /predictions gets bare URLs back; the mistake /v1/v1 is not passed on.
    const char *prefix = origin_prefix(&exchange->request) > 0 ? "/v1" : "";
    const char *origin = public_url, *colon = "";

    if (!origin) {
        const char *scheme = first_of(exchange, HEADER_X_FORWARDED_PROTO);
        origin = scheme && strcmp(scheme, "https") == 0 ? "https" : "http";
        colon = "://";
    }
    const char *host = public_url ? "" : host_of(exchange);
    size_t lens[] = {strlen(origin), strlen(colon), strlen(host), strlen(prefix)};
    char *text = arena_alloc(&exchange->arena, lens[0] + lens[1] + lens[2] + lens[3]), *at = text;
    at = (char *)memcpy(at, origin, lens[0]) + lens[0];
    at = (char *)memcpy(at, colon, lens[1]) + lens[1];
    at = (char *)memcpy(at, host, lens[2]) + lens[2];
    memcpy(at, prefix, lens[3]);
    size_t files = lens[0] + lens[1] + lens[2];
    return (struct view_base){.api = {text, files + lens[3]}, .files = {text, files}};
}
