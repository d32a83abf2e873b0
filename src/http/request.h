/* A request as handlers see it. It lives as long as its exchange. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/mem.h"
#include "http/target.h"

enum method {
    METHOD_GET, /* HEAD as well: a handler need not tell the two apart */
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_QUERY, /* how models are searched */
    METHOD_OTHER
};

/* "GET" for METHOD_GET. */
const char *method_name(enum method method);
enum method method_parse(const char *name);

/* The headers that anybody here reads. */
#define REQUEST_HEADERS(X)                                                                                             \
    X(HEADER_ACCESS_CONTROL_REQUEST_HEADERS, "Access-Control-Request-Headers")                                         \
    X(HEADER_AUTHORIZATION, "Authorization")                                                                           \
    X(HEADER_CANCEL_AFTER, "Cancel-After")                                                                             \
    X(HEADER_CONTENT_ENCODING, "Content-Encoding")                                                                     \
    X(HEADER_CONTENT_LENGTH, "Content-Length")                                                                         \
    X(HEADER_CONTENT_TYPE, "Content-Type")                                                                             \
    X(HEADER_EXPECT, "Expect")                                                                                         \
    X(HEADER_HOST, "Host")                                                                                             \
    X(HEADER_IF_MATCH, "If-Match")                                                                                     \
    X(HEADER_IF_MODIFIED_SINCE, "If-Modified-Since")                                                                   \
    X(HEADER_IF_NONE_MATCH, "If-None-Match")                                                                           \
    X(HEADER_IF_RANGE, "If-Range")                                                                                     \
    X(HEADER_IF_UNMODIFIED_SINCE, "If-Unmodified-Since")                                                               \
    X(HEADER_LAST_EVENT_ID, "Last-Event-ID")                                                                           \
    X(HEADER_ORIGIN, "Origin")                                                                                         \
    X(HEADER_PREFER, "Prefer")                                                                                         \
    X(HEADER_RANGE, "Range")                                                                                           \
    X(HEADER_TRANSFER_ENCODING, "Transfer-Encoding")                                                                   \
    X(HEADER_X_FORWARDED_HOST, "X-Forwarded-Host")                                                                     \
    X(HEADER_X_FORWARDED_PORT, "X-Forwarded-Port")                                                                     \
    X(HEADER_X_FORWARDED_PROTO, "X-Forwarded-Proto")

enum header {
#define X(symbol, name) symbol,
    REQUEST_HEADERS(X)
#undef X
        HEADER_COUNT
};

struct request {
    enum method method;
    const char *method_text; /* as it was sent: "HEAD" too */
    bool http_1_0;
    bool over_tls;
    const char *body; /* not NUL-terminated; NULL: empty */
    size_t body_len;
    const char *params[4];             /* what the route's {…} stand for, in order */
    const char *headers[HEADER_COUNT]; /* NULL: not there */
    struct target target;
};

/* Notes a header of the request. NULL: fine; otherwise a sentence that says why the request cannot be trusted: what
 * libmicrohttpd lets pass and a request smuggler lives on (a name that is no token, a second Host or
 * Content-Length). */
const char *request_add_header(struct request *request, const char *name, const char *value);

/* The same for what only all headers together show. */
const char *request_check_headers(const struct request *request);

/* Does a body come with it, by its headers? */
bool request_has_body(const struct request *request);

#endif
