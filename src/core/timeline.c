#include "core/timeline.h"
#include "core/prediction.h"

#include <stdlib.h>

static void make_room(struct timeline *timeline, size_t count)
{
    if (timeline->first + timeline->len + count <= timeline->cap)
        return;
    if (timeline->first > timeline->cap / 2) { // old ones went: move down instead of growing
        memmove(timeline->items, timeline->items + timeline->first, timeline->len * sizeof(*timeline->items));
        timeline->first = 0;
    }
    if (timeline->first + timeline->len + count <= timeline->cap)
        return;
    while (timeline->cap < timeline->first + timeline->len + count)
        timeline->cap = timeline->cap ? timeline->cap * 2 : 16;
    timeline->items = xrealloc(timeline->items, timeline->cap * sizeof(*timeline->items));
}

static bool is_before(const struct prediction *prediction, int64_t created_at, uint64_t number)
{
    return prediction->created_at < created_at || (prediction->created_at == created_at && prediction->number < number);
}

void timeline_append(struct timeline *timeline, struct prediction *prediction)
{
    make_room(timeline, 1);
    timeline->items[timeline->first + timeline->len++] = prediction;
}

void timeline_merge(struct timeline *timeline, struct prediction *const *more, size_t count)
{
    make_room(timeline, count);
    struct prediction **items = timeline->items + timeline->first;
    size_t left = timeline->len, to = timeline->len += count;

    // From the newest down, so that each is moved once.
    while (count > 0) {
        const struct prediction *newest = more[count - 1];
        bool goes_behind = left == 0 || is_before(items[left - 1], newest->created_at, newest->number);
        items[--to] = goes_behind ? more[--count] : items[--left];
    }
}

void timeline_remove(struct timeline *timeline, const struct prediction *prediction)
{
    struct prediction **start = timeline->items + timeline->first;
    bool is_oldest = *start == prediction; // nearly always: then nothing need be looked for
    size_t place = is_oldest ? 0 : timeline_place_of(timeline, prediction->created_at, prediction->number);

    // The shorter side moves. The oldest finished one goes first, so that it is nearly always a few pointers.
    if (place < timeline->len / 2) {
        memmove(start + 1, start, place * sizeof(*start));
        timeline->first++;
    } else {
        memmove(start + place, start + place + 1, (timeline->len - place - 1) * sizeof(*start));
    }
    timeline->len--;
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->items);
    *timeline = (struct timeline){0};
}

struct prediction *timeline_at(const struct timeline *timeline, size_t place)
{
    return timeline->items[timeline->first + place];
}

size_t timeline_place_of(const struct timeline *timeline, int64_t created_at, uint64_t number)
{
    size_t low = 0, high = timeline->len;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_before(timeline_at(timeline, middle), created_at, number))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
