#include "core/sched.h"

static struct timer *timer_of(const struct heap_node *node)
{
    return container_of(node, struct timer, node);
}

void sched_init(struct sched *sched, void (*changed)(struct sched *sched))
{
    *sched = (struct sched){.changed = changed};
}

void sched_free(struct sched *sched)
{
    heap_free(&sched->heap);
}

static void tell(struct sched *sched)
{
    if (sched->changed)
        sched->changed(sched);
}

void sched_set(struct sched *sched, struct timer *timer, int64_t due)
{
    timer->due = due;
    heap_set(&sched->heap, &timer->node, due, timer->late);
    tell(sched);
}

void sched_cancel(struct sched *sched, struct timer *timer)
{
    if (timer->node.place == 0)
        return;
    heap_remove(&sched->heap, &timer->node);
    tell(sched);
}

struct timer *sched_first(const struct sched *sched)
{
    struct heap_node *top = heap_top(&sched->heap);

    return top ? timer_of(top) : NULL;
}

void sched_fire(struct sched *sched)
{
    struct timer *timer = sched_first(sched);

    heap_remove(&sched->heap, &timer->node);
    timer->fire(timer);
    tell(sched);
}
