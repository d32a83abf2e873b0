#include "http/request.h"
#include "base/chars.h"

#include <strings.h>

static const char *const method_names[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"};

static const struct {
    const char *name;
    size_t len;
} headers[HEADER_COUNT] = {
#define X(symbol, name) [symbol] = {name, sizeof(name) - 1},
    REQUEST_HEADERS(X)
#undef X
};

const char *method_name(enum method method)
{
    return method_names[method];
}

enum method method_parse(const char *name)
{
    for (size_t i = 0; i < sizeof(method_names) / sizeof(*method_names); i++)
        if (strcmp(method_names[i], name) == 0)
            return (enum method)i;
    return strcmp(name, "HEAD") == 0 ? METHOD_GET : METHOD_OTHER;
}

/* RFC 9110, 5.6.2: token. */
static bool is_token(const char *name, size_t len)
{
    static const char others[] = "_!#$%&'*+.^`|~";
    size_t at = 0;

    while (at < len && (char_is_alnum(name[at]) || name[at] == '-' || strchr(others, name[at])))
        at++;
    return at == len && len > 0;
}

/* Which of the headers that we read has that name; HEADER_COUNT: none. */
static enum header header_of(const char *name, size_t len)
{
    for (int i = 0; i < HEADER_COUNT; i++)
        if (headers[i].len == len && strcasecmp(headers[i].name, name) == 0)
            return (enum header)i;
    return HEADER_COUNT;
}

const char *request_add_header(struct request *request, const char *name, const char *value)
{
    size_t len = strlen(name);
    enum header header = header_of(name, len);
    bool unique = header == HEADER_HOST || header == HEADER_CONTENT_LENGTH || header == HEADER_TRANSFER_ENCODING;

    if (header == HEADER_COUNT)
        return is_token(name, len) ? NULL : "A header's name has a character that names may not have.";
    if (unique && request->headers[header])
        return "The request has two Host, Content-Length or Transfer-Encoding headers; one is right.";
    if (!request->headers[header])
        request->headers[header] = value;
    return NULL;
}

const char *request_check_headers(const struct request *request)
{
    const char *coding = request->headers[HEADER_TRANSFER_ENCODING];

    if (coding && request->headers[HEADER_CONTENT_LENGTH])
        return "The request has both Transfer-Encoding and Content-Length; one is right.";
    if (coding && (request->http_1_0 || strcasecmp(coding, "chunked") != 0))
        return "The only Transfer-Encoding that is understood is chunked, with HTTP/1.1.";
    // RFC 9112, 3.2: a request of HTTP/1.1 without Host is answered 400.
    if (!request->headers[HEADER_HOST] && !request->http_1_0)
        return "The request has no Host header.";
    return NULL;
}

bool request_has_body(const struct request *request)
{
    const char *length = request->headers[HEADER_CONTENT_LENGTH];

    return (length && strcmp(length, "0") != 0) || request->headers[HEADER_TRANSFER_ENCODING];
}
