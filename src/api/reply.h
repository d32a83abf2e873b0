/* How every handler here ends: the few ways to answer, and whose world it answers from. */
#ifndef API_REPLY_H
#define API_REPLY_H

#include "api/api.h"

/* What the handler has put into the response's body is JSON, and all there is to say. */
enum verdict reply_json(struct exchange *exchange, int status);

/* 204, without a body: "DELETE 204 empty". */
enum verdict reply_empty(struct exchange *exchange);

/* The response holds a problem already. */
enum verdict reply_problem(struct exchange *exchange);

/* 404, in the words of the operation. */
enum verdict reply_not_found(struct exchange *exchange);

/* 503 with Retry-After: what bounds this server keeps it from doing that now. */
enum verdict reply_unavailable(struct exchange *exchange, const char *detail);

/* The world of whoever asks, made if need be; NULL: there are too many, the response says so and is to be sent. */
struct world *reply_world(struct api *api, struct exchange *exchange);

#endif
