/* Sets that are united, as trees in an array: each member names another of its set, the root itself. */
#ifndef MAPS_FOREST_H
#define MAPS_FOREST_H

#include "base/mem.h"

/* Each a set of its own. free() ends it. */
static inline int *forest_new(int count)
{
    int *parents = xmalloc((size_t)count * sizeof(*parents));

    for (int i = 0; i < count; i++)
        parents[i] = i;
    return parents;
}

/* Shortens the way for the next who asks. */
static inline int forest_root(int *parents, int member)
{
    while (parents[member] != member) {
        parents[member] = parents[parents[member]];
        member = parents[member];
    }
    return member;
}

#endif
