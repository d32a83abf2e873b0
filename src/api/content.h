/* Bytes of a file as an answer: whole or one range (RFC 9110, 14), with ETag and Last-Modified and the conditions on
 * them (RFC 9110, 13). Any web page may read it. */
#ifndef API_CONTENT_H
#define API_CONTENT_H

#include "http/server.h"

struct content {
    const char *data;
    size_t len;
    const char *type;          /* its Content-Type; this and the next two last as long as the exchange */
    const char *etag;          /* quoted */
    const char *cache_control; /* NULL: none */
    int64_t modified_at;
    /* With it the bytes stay where they are until they are sent, then `lender` is told; it may be told at once, where they
     * are not asked for. NULL: they are copied. */
    void (*give_back)(void *lender);
    void *lender;
};

/* Fills in the response to a GET or HEAD: 200, 206, 304, 412 or 416. */
void content_answer(struct exchange *exchange, const struct content *content);

/* Whatever was answered, any web page may read it, and those of its headers that pages do not see by themselves. */
void content_allow_any_origin(struct exchange *exchange);

/* "File not found": the 404 of the files API, and of output files. */
enum verdict content_not_found(struct exchange *exchange);

#endif
