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

/* The answer for that prediction and that base, if it is kept; else NULL. */
const struct ready_made *answers_find(const struct answers *answers, const struct prediction *prediction,
                                      const struct view_base *base);

/* Offers the answer that was just written. Keeps it, takes its body over and returns it made ready, where it cannot change
 * any more and is not too long; else NULL, and the response is as it was. */
const struct ready_made *answers_keep(struct answers *answers, const struct prediction *prediction,
                                      const struct view_base *base, struct response *response);

#endif
