/* POST /_mock/settle and GET /_mock/wait: answered when it is so, or with 408 and what is open. */
#ifndef CONTROL_WAITS_H
#define CONTROL_WAITS_H

#include "control/control.h"

enum verdict waits_settle(void *context, struct exchange *exchange);
enum verdict waits_wait(void *context, struct exchange *exchange);

/* Answers the settles whose time has come; once a turn. */
void waits_run(struct control *control);

#endif
