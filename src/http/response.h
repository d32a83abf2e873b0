/* A response as handlers fill it in. One function alone (in wire.c) puts it on the wire. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "base/buf.h"

#include <stdbool.h>

enum { RESPONSE_MAX_HEADERS = 16 };

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
    bool close; /* the connection ends with it */
    size_t header_count;
    struct {
        const char *name, *value; /* both must last as long as the exchange: literals, or from its arena */
    } headers[RESPONSE_MAX_HEADERS];
};

void response_header(struct response *response, const char *name, const char *value);

/* The body is these bytes, which somebody else keeps for as long as they may be being sent: until give_back is called. It
 * is called once, in any case. */
void response_lend(struct response *response, const char *bytes, size_t len, void (*give_back)(void *lender),
                   void *lender);

/* Gives back what was lent, if anything was. */
void response_give_back(struct response *response);

/* Forgets what was filled in, so that another answer can take its place. */
void response_clear(struct response *response);

#define CONTENT_JSON    "application/json"
#define CONTENT_PROBLEM "application/problem+json"

#endif
