/* Routes: a method and a path pattern lead to a handler. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/server.h"

/* One line of a table of routes; the table ends with a pattern of NULL. */
struct route {
    enum method method;
    const char *pattern;   /* "/predictions/{id}/cancel": a {…} matches any one segment */
    const char *operation; /* "predictions.cancel": the operationId of the API's own description */
    enum verdict (*handler)(void *context, struct exchange *exchange);
};

enum route_verdict { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };

/* Finds the route for the request, whose path counts from its segment `skip` on, and fills request->params. With
 * ROUTE_NO_METHOD, `allow` (from `arena`) lists what the path understands: "GET, HEAD, POST". */
enum route_verdict router_find(const struct route *routes, struct request *request, size_t skip, struct arena *arena,
                               const struct route **found, const char **allow);

#endif
