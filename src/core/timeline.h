/* The predictions of one world by their creation, and those of one instant by their number: what a list pages through. Any
 * place in it is found in O(log n), and a page costs what is on it. */
#ifndef CORE_TIMELINE_H
#define CORE_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

struct prediction;

struct timeline {
    struct prediction **items; /* items[first] is the oldest, items[first + len - 1] the newest */
    size_t first, len, cap;
};

/* Both number and created_at of `prediction` are not below those of any in the timeline. */
void timeline_append(struct timeline *timeline, struct prediction *prediction);

/* Puts `count` others in their places; `more` is in order, and each number in it is above all in the timeline. */
void timeline_merge(struct timeline *timeline, struct prediction *const *more, size_t count);
void timeline_remove(struct timeline *timeline, const struct prediction *prediction);
void timeline_free(struct timeline *timeline);

/* By place, 0 the oldest. */
struct prediction *timeline_at(const struct timeline *timeline, size_t place);

/* How many are older than that: the place of the first that was not created before, or then, with a number below. */
size_t timeline_place_of(const struct timeline *timeline, int64_t created_at, uint64_t number);

#endif
