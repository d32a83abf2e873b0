/* Moves a world's clock on, running what falls due on the way: one timer at a time, the clock set to each timer's own
 * deadline, so that started_at and completed_at come out exact. Done in slices, so that other worlds go on. */
#ifndef CORE_ADVANCE_H
#define CORE_ADVANCE_H

#include "core/files.h"
#include "core/world.h"

enum { ADVANCE_MAX_FIRED = 1000 }; /* entries kept; more are only counted */

/* One timer that fired. */
struct fired {
    int64_t at;
    const char *what;         /* "prediction.processing", …: interface of POST /_mock/clock/advance */
    char id[FILE_ID_LEN + 1]; /* of the prediction, the webhook's message, or the file */
    char world[WORLD_NAME_LEN + 1];
};

struct advance {
    struct world *world; /* NULL once the world was closed: the advance is over */
    int64_t target;      /* the time to reach; ignored while steps are counted */
    bool by_steps;
    uint64_t steps;      /* timers still to fire; those that only look, as streams have, are none */
    struct fired *fired; /* grows as it needs */
    size_t count, cap, more;
    size_t max_fired;
    bool firing;
    bool told; /* the timer that fires has made something that is listed: it is a step */
    struct observer watch, closing;
};

/* Begins an advance to `target`, or, with steps > 0, over that many timers. At most max_fired entries are kept. The world
 * must not be advancing. */
void advance_start(struct advance *advance, struct world *world, int64_t target, uint64_t steps, size_t max_fired);

/* Goes on for at most *budget timers, and takes what it ran off it. It holds while something of the world is in flight:
 * "retries fall at their exact simulated times". True: it has arrived (or its world was closed). */
bool advance_run(struct advance *advance, size_t *budget);

/* Does it hold? Then there is nothing to do until what is in flight has ended. */
bool advance_holds(const struct advance *advance);

/* Lets go of the world, wherever it stands, and frees what was gathered. */
void advance_end(struct advance *advance);

#endif
