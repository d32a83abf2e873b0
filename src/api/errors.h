/* Errors in Replicate's own words, by their status and the operation: for handlers, and for whoever answers in place of one.
 * Where no body of the real service is known, one in its manner. */
#ifndef API_ERRORS_H
#define API_ERRORS_H

#include "http/server.h"

/* Fills the response with the status and what the real API is known to say with it, in the dialect of the server that
 * answers the operation which the exchange was routed to; the gateway's where it was routed to none. */
void errors_answer(struct exchange *exchange, int status);

/* 429: "Request was throttled. …", {"detail":…,"status":429,"retry_after":5}, and Retry-After in whole seconds. With
 * `low_credit` it names that as the reason. */
void errors_throttled(struct exchange *exchange, bool low_credit, int64_t retry_after);

#endif
