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
    bool close; /* the connection ends with it */
    size_t header_count;
    struct {
        const char *name, *value; /* both must last as long as the exchange: literals, or from its arena */
    } headers[RESPONSE_MAX_HEADERS];
};

void response_header(struct response *response, const char *name, const char *value);

/* Forgets what was filled in, so that another answer can take its place. */
void response_clear(struct response *response);

#define CONTENT_JSON    "application/json"
#define CONTENT_PROBLEM "application/problem+json"

#endif
