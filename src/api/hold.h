/* Holds an answer back for some simulated time: `delay` of a scenario's response. */
#ifndef API_HOLD_H
#define API_HOLD_H

#include "api/api.h"

/* What a handler has just ended with `verdict` is sent `ns` of its world's time after it would have been: at once where
 * the world is reset meanwhile, or the server stops, or an hour of real time has gone by. Returns the verdict to end with. */
enum verdict hold_answer(struct api *api, struct exchange *exchange, enum verdict verdict, int64_t ns);

#endif
