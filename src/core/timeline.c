#include "core/timeline.h"
#include "core/prediction.h"

#include <stdlib.h>

static void make_room(struct timeline *timeline)
{
    if (timeline->first + timeline->len < timeline->cap)
        return;
    if (timeline->first > timeline->cap / 2) { // old ones went: move down instead of growing
        memmove(timeline->items, timeline->items + timeline->first, timeline->len * sizeof(*timeline->items));
        timeline->first = 0;
        return;
    }
    timeline->cap = timeline->cap ? timeline->cap * 2 : 16;
    timeline->items = xrealloc(timeline->items, timeline->cap * sizeof(*timeline->items));
}

void timeline_append(struct timeline *timeline, struct prediction *prediction)
{
    make_room(timeline);
    timeline->items[timeline->first + timeline->len++] = prediction;
}

void timeline_remove(struct timeline *timeline, const struct prediction *prediction)
{
    struct prediction **start = timeline->items + timeline->first;
    bool is_oldest = *start == prediction; // nearly always: then nothing need be looked for
    size_t place = is_oldest ? 0 : timeline_place_of_number(timeline, prediction->number);

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

static int64_t number_of(const struct prediction *prediction)
{
    return (int64_t)prediction->number;
}

static int64_t creation_of(const struct prediction *prediction)
{
    return prediction->created_at;
}

/* How many have a key below that; the keys never fall from one to the next. */
static size_t place_of(const struct timeline *timeline, int64_t key, int64_t (*key_of)(const struct prediction *))
{
    size_t low = 0, high = timeline->len;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (key_of(timeline_at(timeline, middle)) < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t timeline_place_of_number(const struct timeline *timeline, uint64_t number)
{
    return place_of(timeline, number < INT64_MAX ? (int64_t)number : INT64_MAX, number_of);
}

size_t timeline_place_of_time(const struct timeline *timeline, int64_t created_at)
{
    return place_of(timeline, created_at, creation_of);
}
