/* A response as handlers fill it in. One function alone (in wire.c) puts it on the wire. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "base/buf.h"
#include "base/map.h"

#include <stdbool.h>

enum { RESPONSE_MAX_HEADERS = 32 };

struct ready_made;

struct response {
    const struct ready_made *ready_made; /* NULL: what follows counts */
    int status;
    const char *content_type; /* NULL: none */
    struct buf body;
    const char *lent; /* where not NULL it is sent in place of `body`: see response_lend */
    size_t lent_len;
    void (*give_back)(void *lender);
    void *lender;
    bool close;   /* the connection ends with it */
    bool one_off; /* it may not be made ready_made: more than the handler knows of hangs on it */
    size_t kept;  /* of the headers the first so many are there whatever becomes of the response */
    size_t header_count;
    struct {
        const char *name, *value; /* both must last as long as the exchange: literals, or from its arena */
    } headers[RESPONSE_MAX_HEADERS];
};

void response_header(struct response *response, const char *name, const char *value);

/* The same, and response_clear leaves it: for whoever comes before the handler. */
void response_standing_header(struct response *response, const char *name, const char *value);

/* The header gets that value in the place of the one it may have; Content-Type is a header here like any other. */
void response_replace_header(struct response *response, const char *name, const char *value);

/* The body is these bytes, which somebody else keeps for as long as they may be being sent: until give_back is called. It
 * is called once, in any case. */
void response_lend(struct response *response, const char *bytes, size_t len, void (*give_back)(void *lender),
                   void *lender);

/* The body that is sent: what was lent, or `body`. */
struct slice response_bytes(const struct response *response);

/* Gives back what was lent, if anything was. */
void response_give_back(struct response *response);

/* Forgets what was filled in, except for standing headers, so that another answer can take its place. */
void response_clear(struct response *response);

#define CONTENT_JSON    "application/json"
#define CONTENT_PROBLEM "application/problem+json"

#endif
