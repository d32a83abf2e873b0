#include "api/content.h"
#include "api/errors.h"
#include "base/timefmt.h"
#include "http/problem.h"

#include <stdlib.h>

enum range_verdict { RANGE_WHOLE, RANGE_PART, RANGE_UNSATISFIABLE };

/* One range: "bytes=0-99", "bytes=100-", "bytes=-100". Anything else, several ranges among it, means the whole file: a
 * server may ignore Range. */
static enum range_verdict read_range(const char *header, size_t len, size_t *from, size_t *to)
{
    if (!header || strncmp(header, "bytes=", 6) != 0 || strchr(header, ','))
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
    if (a >= len)
        return RANGE_UNSATISFIABLE;
    if (dash[1] && b < a)
        return RANGE_WHOLE;
    *from = a;
    *to = dash[1] && b < len ? b : len - 1;
    return RANGE_PART;
}

/* If-None-Match: * or a list with our ETag in it; W/ before one makes no difference here (RFC 9110, 13.1.2). */
static bool has_etag(const char *header, const char *etag)
{
    size_t len = strlen(etag);

    if (!header || strcmp(header, "*") == 0)
        return header != NULL;
    for (const char *at = header; *at; at += strcspn(at, ",")) {
        at += strspn(at, ", \t");
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        if (strncmp(at, etag, len) == 0 && strchr(", \t", at[len]))
            return true;
    }
    return false;
}

static void put_bytes(struct response *response, const struct content *content, size_t from, size_t len)
{
    response->content_type = content->type;
    if (content->give_back)
        response_lend(response, content->data + from, len, content->give_back, content->lender);
    else
        buf_add(&response->body, content->data + from, len);
}

static void refuse_range(struct exchange *exchange, const struct content *content)
{
    problem_printf(&exchange->response, 416, NULL, "The file has %zu bytes; the range asked for is outside of it.",
                   content->len);
    response_header(&exchange->response, "Content-Range", arena_printf(&exchange->arena, "bytes */%zu", content->len));
    if (content->give_back)
        content->give_back(content->lender);
}

static void fill_body(struct exchange *exchange, const struct content *content)
{
    struct response *response = &exchange->response;
    const char *if_range = exchange->request.headers[HEADER_IF_RANGE];
    const char *header = exchange->request.headers[HEADER_RANGE];
    size_t from = 0, to = 0;

    if (if_range && strcmp(if_range, content->etag) != 0)
        header = NULL;
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

void content_answer(struct exchange *exchange, const struct content *content)
{
    struct response *response = &exchange->response;
    char *modified = arena_alloc(&exchange->arena, TIME_TEXT);

    time_format_http(modified, content->modified_at);
    // RFC 9110, 13.2.2: If-None-Match is looked at before Range.
    if (has_etag(exchange->request.headers[HEADER_IF_NONE_MATCH], content->etag)) {
        response->status = 304;
        put_bytes(response, content, 0, content->len); // for its length: libmicrohttpd does not send it
    } else {
        fill_body(exchange, content);
    }
    response_header(response, "Access-Control-Allow-Origin", "*");
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
    response_header(&exchange->response, "Access-Control-Allow-Origin", "*");
    return VERDICT_ANSWER;
}
