/* The answers to GET /predictions/{id} that cannot change any more, kept as they went out: a client that polls, or ten
 * that look at the same prediction, cost one rendering. Bounded: a small table whose slots are overwritten. */
#ifndef API_ANSWERS_H
#define API_ANSWERS_H

#include "core/prediction.h"
#include "core/view.h"
#include "http/server.h"

struct answers;

struct answers *answers_new(void);
void answers_free(struct answers *answers); /* NULL is fine */

/* The answer for that prediction and that base; NULL: it can still change, or is too long to be kept. */
const struct ready_made *answers_get(struct answers *answers, const struct prediction *prediction,
                                     const struct view_base *base);

#endif
