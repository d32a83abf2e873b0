/* Drives a prediction along its timeline, on its world's clock: created → `starting` for boot → `processing` for
 * predict → `succeeded`, or what the script of a rule has in store. Each step falls exactly at its deadline. Trainings go
 * the same way. */
#ifndef CORE_LIFECYCLE_H
#define CORE_LIFECYCLE_H

#include "core/prediction.h"
#include "core/script.h"
#include "core/store.h"
#include "core/view.h"

/* What a caller asks for. */
struct prediction_request {
    struct version *version;       /* an unlisted one is copied */
    const cJSON *input;            /* an object */
    const char *webhook;           /* NULL: none */
    unsigned webhook_events;       /* which of its events are sent: a bit for each enum delivery_event */
    const char *webhook_completed; /* one that gets the terminal event alone; NULL: none */
    struct view_base base;         /* what URLs in webhooks begin with; only where there is one */
    int64_t cancel_after;          /* the Cancel-After header, from creation; 0: none */
    const char *deployment;        /* the "owner/name" of the one that makes it; NULL: none */
    const char *destination;       /* of a training the "owner/name" of the model it pushes to; NULL: it is none */
    const struct catalog *catalog; /* of a training */
    struct script *script;         /* of the rule that hit the request; it is held. NULL: none */
};

/* Makes a prediction in `world`, at its clock's time, and sets it going. *created stays the store's. */
enum store_verdict lifecycle_create(struct world *world, const struct prediction_request *request,
                                    struct prediction **created);

/* One that is in no store yet: neither id nor times are set, and none of its events happens. */
struct prediction *lifecycle_make(struct world *world, const struct prediction_request *request);

/* Cancels it now; a finished one stays as it is. */
void lifecycle_cancel(struct prediction *prediction);

/* Whoever prepares something that a prediction needs holds it: then it stays `starting` until that many releases. On a
 * manual clock time stands meanwhile, so that all happens as if what is prepared had been there at once; else it begins
 * when it is released, if it should have begun before. Cancel and Cancel-After end it as ever: then it is still to be
 * released; but not where its world closes. */
void lifecycle_hold(struct prediction *prediction);
void lifecycle_release(struct prediction *prediction);

/* One that has not begun will fail for that `error`, soon after it has: what it reads could not be read. `opened`: the model
 * itself finds out, with what it prints first already in the logs; otherwise whoever starts it does, and there are none.
 * What a rule says of its end goes first. */
void lifecycle_break(struct prediction *prediction, const char *error, bool opened);

/* Since when it has been processing, up to `now`: 0 before it started, the whole once it is finished. */
int64_t lifecycle_elapsed(const struct prediction *prediction, int64_t now);

#endif
