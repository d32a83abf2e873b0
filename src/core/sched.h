/* Timers over a clock's time, earliest first, ties in the order in which they were set. */
#ifndef CORE_SCHED_H
#define CORE_SCHED_H

#include "base/heap.h"
#include "base/list.h"

#include <stdint.h>

struct timer {
    int64_t due; /* absolute, on the time of the sched that it is in */
    bool late;   /* of all that is due at one time it comes behind those that are not late */
    struct heap_node node;
    /* Called once, the timer already out of the sched; it may set itself anew. The time is `timer->due`. */
    void (*fire)(struct timer *timer);
};

struct sched {
    struct heap heap;
    void (*changed)(struct sched *sched); /* the first deadline may be another now; NULL: nobody asks */
};

void sched_init(struct sched *sched, void (*changed)(struct sched *sched));
void sched_free(struct sched *sched); /* the timers in it are their owners' */

/* Sets the timer, moves it if it was set already. */
void sched_set(struct sched *sched, struct timer *timer, int64_t due);
void sched_cancel(struct sched *sched, struct timer *timer); /* fine for one that is not set */

struct timer *sched_first(const struct sched *sched); /* NULL: none is set */

/* Takes out the first timer and calls it. There must be one. */
void sched_fire(struct sched *sched);

#endif
