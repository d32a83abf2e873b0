/* What every operation passes between its route and its handler, once its body is there: the rules of scenarios, then the
 * rate limiter. */
#ifndef API_GATE_H
#define API_GATE_H

#include "api/api.h"

/* For server_handler.handle. Streams and output files have no token but a key: whose prediction it is of, his rules hold,
 * and no limiter does. Downloads and the description go straight to their handler. */
enum verdict gate_handle(struct api *api, struct exchange *exchange);

#endif
