/* Simulated time. Each world has its own clock: real, scaled (a speed other than 1) or manual. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include "base/timefmt.h"

#include <stdbool.h>

/* The machine's own time, read by the loop once a turn: the core never asks the system. Nanoseconds. */
struct timebase {
    int64_t mono; /* monotonic; its zero means nothing */
    int64_t wall; /* since 1970 */
};

#define CLOCK_NEVER INT64_MAX

struct clock {
    const struct timebase *base;
    bool manual;
    double speed;   /* simulated seconds per real second while the clock is not manual; kept while it is */
    int64_t origin; /* the simulated time … */
    int64_t since;  /* … at this monotonic time; a manual clock stands at its origin */
};

struct clock clock_start(const struct timebase *base, bool manual, double speed, int64_t now);

int64_t clock_now(const struct clock *clock);

/* The monotonic time at which the clock will show `sim`: never (CLOCK_NEVER) for a later time on a manual clock. */
int64_t clock_mono_at(const struct clock *clock, int64_t sim);

/* Freezes, thaws, changes pace: the time shown stays as it is. */
void clock_set(struct clock *clock, bool manual, double speed);

/* Shows `sim` from now on. Time never runs backwards: an earlier time changes nothing. */
void clock_jump(struct clock *clock, int64_t sim);

#endif
