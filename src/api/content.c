#include "api/content.h"
#include "api/errors.h"
#include "base/timefmt.h"
#include "http/problem.h"

#include <stdlib.h>
#include <strings.h>

enum range_verdict { RANGE_WHOLE, RANGE_PART, RANGE_UNSATISFIABLE };

/* One range: "bytes=0-99", "bytes=100-", "bytes=-100". Anything else, several ranges among it, means the whole file: a
 * server may ignore Range. */
static enum range_verdict read_range(const char *header, size_t len, size_t *from, size_t *to)
{
    if (!header || strncasecmp(header, "bytes=", 6) != 0 || strchr(header, ','))
        return RANGE_WHOLE;
    const char *first = header + 6, *dash = strchr(first, '-');
    if (!dash || strlen(header) > 50 || strspn(first, "0123456789") != (size_t)(dash - first) ||
        strspn(dash + 1, "0123456789") != strlen(dash + 1) || (dash == first && !dash[1]))
        return RANGE_WHOLE;
    unsigned long long a = strtoull(first, NULL, 10), b = strtoull(dash + 1, NULL, 10);
    if (dash == first) { // the last b bytes
        *from = b < len ? len - b : 0;
        *to = len - 1;
        return b > 0 && len > 0 ? RANGE_PART : RANGE_UNSATISFIABLE;
    }
    if (dash[1] && b < a) // no range at all, wherever it lies
        return RANGE_WHOLE;
    if (a >= len)
        return RANGE_UNSATISFIABLE;
    *from = a;
    *to = dash[1] && b < len ? b : len - 1;
    return RANGE_PART;
}

/* If-Match, If-None-Match: * or a list with our ETag in it. W/ before one makes no difference to the second and never
 * fits the first (RFC 9110, 13.1). */
static bool has_etag(const char *header, const char *etag, bool weak_too)
{
    size_t len = strlen(etag);

    if (strcmp(header, "*") == 0)
        return true;
    for (const char *at = header; *at; at += strcspn(at, ",")) {
        at += strspn(at, ", \t");
        if (weak_too && strncmp(at, "W/", 2) == 0)
            at += 2;
        if (strncmp(at, etag, len) == 0 && strchr(", \t", at[len]))
            return true;
    }
    return false;
}

/* A header that holds a date. False: there is none, or it is no date; then "a recipient MUST ignore" it. */
static bool read_date(const struct request *request, enum header header, int64_t *date)
{
    return request->headers[header] && time_parse_http(request->headers[header], date);
}

/* The moment that Last-Modified shows. */
static int64_t shown_date(const struct content *content)
{
    return content->modified_at / NS_PER_S * NS_PER_S;
}

/* RFC 9110, 13.2.2: the conditions in their order, ETags before dates. 200: go on. */
static int check_conditions(const struct request *request, const struct content *content)
{
    const char *match = request->headers[HEADER_IF_MATCH], *none_match = request->headers[HEADER_IF_NONE_MATCH];
    int64_t modified = shown_date(content), date;

    if (match ? !has_etag(match, content->etag, false)
              : read_date(request, HEADER_IF_UNMODIFIED_SINCE, &date) && modified > date)
        return 412;
    if (none_match ? has_etag(none_match, content->etag, true)
                   : read_date(request, HEADER_IF_MODIFIED_SINCE, &date) && modified <= date)
        return 304;
    return 200;
}

/* Is what Range asks for to be looked at? Only of a GET, and where If-Range is about this very file: by its ETag, or by
 * exactly the date of Last-Modified (RFC 9110, 14.2 and 13.1.5). */
static bool heeds_range(const struct request *request, const struct content *content)
{
    const char *if_range = request->headers[HEADER_IF_RANGE];
    int64_t date;

    if (strcmp(request->method_text, "HEAD") == 0)
        return false;
    if (!if_range || strcmp(if_range, content->etag) == 0)
        return true;
    return read_date(request, HEADER_IF_RANGE, &date) && date == shown_date(content);
}

static void put_bytes(struct response *response, const struct content *content, size_t from, size_t len)
{
    response->content_type = content->type;
    if (content->give_back)
        response_lend(response, content->data + from, len, content->give_back, content->lender);
    else
        buf_add(&response->body, content->data + from, len);
}

/* The bytes are not sent. */
static void give_back(const struct content *content)
{
    if (content->give_back)
        content->give_back(content->lender);
}

static void refuse_range(struct exchange *exchange, const struct content *content)
{
    problem_printf(&exchange->response, 416, NULL, "The file has %zu bytes; the range asked for is outside of it.",
                   content->len);
    response_header(&exchange->response, "Content-Range", arena_printf(&exchange->arena, "bytes */%zu", content->len));
    give_back(content);
}

static void refuse_condition(struct exchange *exchange, const struct content *content)
{
    problem(&exchange->response, 412, NULL, "The file is not the one that If-Match or If-Unmodified-Since is about.");
    give_back(content);
}

static void fill_body(struct exchange *exchange, const struct content *content)
{
    struct response *response = &exchange->response;
    const struct request *request = &exchange->request;
    const char *header = heeds_range(request, content) ? request->headers[HEADER_RANGE] : NULL;
    size_t from = 0, to = 0;

    switch (read_range(header, content->len, &from, &to)) {
    case RANGE_WHOLE:
        response->status = 200;
        put_bytes(response, content, 0, content->len);
        break;
    case RANGE_PART:
        response->status = 206;
        response_header(response, "Content-Range",
                        arena_printf(&exchange->arena, "bytes %zu-%zu/%zu", from, to, content->len));
        put_bytes(response, content, from, to - from + 1);
        break;
    case RANGE_UNSATISFIABLE: refuse_range(exchange, content); break;
    }
}

void content_allow_any_origin(struct exchange *exchange)
{
    struct response *response = &exchange->response;

    response_replace_header(response, "Access-Control-Allow-Origin", "*");
    // Only where a page asks: recorded answers to clients without an Origin have none.
    if (exchange->request.headers[HEADER_ORIGIN])
        response_replace_header(response, "Access-Control-Expose-Headers",
                                "Accept-Ranges, Content-Length, Content-Range, ETag, Last-Modified");
}

void content_answer(struct exchange *exchange, const struct content *content)
{
    struct response *response = &exchange->response;
    char *modified = arena_alloc(&exchange->arena, TIME_TEXT);

    time_format_http(modified, content->modified_at);
    switch (check_conditions(&exchange->request, content)) {
    case 304:
        response->status = 304;
        put_bytes(response, content, 0, content->len); // for its length: libmicrohttpd does not send it
        break;
    case 412: refuse_condition(exchange, content); break;
    default: fill_body(exchange, content);
    }
    content_allow_any_origin(exchange);
    if (response->status >= 400)
        return;
    response_header(response, "ETag", content->etag);
    response_header(response, "Last-Modified", modified);
    if (content->cache_control)
        response_header(response, "Cache-Control", content->cache_control);
    response_header(response, "Accept-Ranges", "bytes");
}

enum verdict content_not_found(struct exchange *exchange)
{
    errors_answer(exchange, 404);
    content_allow_any_origin(exchange);
    return VERDICT_ANSWER;
}
