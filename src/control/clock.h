/* GET and PUT /_mock/clock, POST /_mock/clock/advance. */
#ifndef CONTROL_CLOCK_H
#define CONTROL_CLOCK_H

#include "control/control.h"

enum verdict clock_get(void *context, struct exchange *exchange);
enum verdict clock_put(void *context, struct exchange *exchange);
enum verdict clock_advance(void *context, struct exchange *exchange);

/* Goes on with the advances that are under way, a slice each. True: there is more to do at once. */
bool clock_run(struct control *control);

#endif
