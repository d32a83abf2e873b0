/* `Prefer: wait`: a create that is answered when the output is there. */
#ifndef API_WAITS_H
#define API_WAITS_H

#include "api/api.h"

/* Parks the exchange until all output of the prediction is there or it has completed (201), `ns` simulated or `ns` real
 * nanoseconds have passed (202, the body as it was at creation), or it is gone (404). */
void waits_park(struct api *api, struct exchange *exchange, struct prediction *prediction, int64_t ns);

#endif
