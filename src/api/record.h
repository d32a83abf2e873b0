/* What the journal is told of each exchange of the API, and the log. Calls under /_mock are not recorded.
 *
 * An entry is made when the handler has run: then its body is still there, and what of it was read can be told. It is
 * put into the journal when the exchange is finished; until then the exchange's note holds it. */
#ifndef API_RECORD_H
#define API_RECORD_H

#include "api/api.h"

/* The head of a request has come in: everything else here does nothing without it. */
void record_begin(struct api *api, struct exchange *exchange);

/* It is bad HTTP: its head cannot be looked at, and it is no world's. */
void record_malformed(struct exchange *exchange);

/* The rule of that name has hit it. */
void record_rule(struct exchange *exchange, const char *name);

/* It is of that world, although no token says so: its URL is the key. */
void record_owner(struct exchange *exchange, struct world *world);

/* The operation itself is about to run: nothing answers in its place. What it does not read is told. */
void record_ran(struct exchange *exchange);

/* Whoever handles it has answered or parked it; its body is still there. */
void record_handled(struct api *api, struct exchange *exchange);

/* For server_handler.finished; `now` is monotonic. */
void record_finished(struct api *api, struct exchange *exchange, int status, int64_t now);

#endif
