/* CORS, open on the whole API: a page of any origin may call it and read what comes. */
#ifndef API_CORS_H
#define API_CORS_H

#include "http/server.h"

/* Adds the header that lets a page of any origin read the response. Nothing where no page asks. */
void cors_allow_any_origin(struct exchange *exchange);

/* The answer to OPTIONS, by which a browser asks before it sends: 204, it may. `allow` lists the methods of the path, as
 * the header Allow has them, and lasts as long as the exchange. */
void cors_answer_preflight(struct exchange *exchange, const char *allow);

#endif
