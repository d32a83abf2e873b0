#include "paint/flood.h"
#include "base/mem.h"

#include <stdlib.h>

enum {
    DEEPEST = 1023,            // distances of pixels, SHEET_PIXEL each: beyond it all is equally far
    SHALLOW = 4 * SHEET_PIXEL, // a lake that is nowhere further from a line joins its neighbours
    PUDDLE = SHEET_PIXEL,      // one that is so shallow and has no neighbour is part of the lines
};

static const uint32_t dry = UINT32_MAX;

/* Each pixel points to another one of its lake; the deepest, which was the first to be wet, points to itself. */
struct lakes {
    uint16_t *depths;
    uint32_t *next;
    int gap, wide; // hundredths; half a gap, SHEET_PIXEL a pixel
};

static uint32_t deepest_of(struct lakes *lakes, uint32_t at)
{
    while (lakes->next[at] != at) {
        lakes->next[at] = lakes->next[lakes->next[at]];
        at = lakes->next[at];
    }
    return at;
}

static void touch(struct lakes *lakes, uint32_t at, uint32_t neighbour)
{
    if (lakes->next[neighbour] == dry)
        return;
    uint32_t there = deepest_of(lakes, neighbour);
    if (lakes->next[at] == at) { // it has no lake yet
        lakes->next[at] = there;
        return;
    }
    uint32_t here = deepest_of(lakes, at);
    if (here == there)
        return;
    uint32_t shallower = lakes->depths[here] < lakes->depths[there] ? here : there;
    int depth = lakes->depths[shallower], gap = lakes->depths[at];
    if (depth < SHALLOW || gap >= lakes->wide || gap * 100 >= depth * lakes->gap)
        lakes->next[shallower] = shallower == here ? there : here;
}

/* All wet pixels, the deepest first. *count of them; malloc'd. */
static uint32_t *by_depth(const uint16_t *depths, size_t pixels, size_t *count)
{
    size_t starts[DEEPEST + 1] = {0}, at = 0;
    uint32_t *order = xmalloc(pixels * sizeof(*order));

    for (size_t i = 0; i < pixels; i++)
        starts[depths[i]]++;
    *count = pixels - starts[0];
    for (int depth = DEEPEST; depth > 0; depth--) {
        size_t len = starts[depth];
        starts[depth] = at;
        at += len;
    }
    for (size_t i = 0; i < pixels; i++)
        if (depths[i] > 0)
            order[starts[depths[i]]++] = (uint32_t)i;
    return order;
}

static void rise(struct lakes *lakes, int width, int height)
{
    size_t pixels = (size_t)width * (size_t)height, count;
    uint32_t *order = by_depth(lakes->depths, pixels, &count), side = (uint32_t)width;

    for (size_t i = 0; i < pixels; i++)
        lakes->next[i] = dry;
    for (size_t i = 0; i < count; i++) {
        uint32_t at = order[i], x = at % side;
        lakes->next[at] = at;
        if (x > 0)
            touch(lakes, at, at - 1);
        if (x + 1 < side)
            touch(lakes, at, at + 1);
        if (at >= side)
            touch(lakes, at, at - side);
        if (at + side < pixels)
            touch(lakes, at, at + side);
    }
    free(order);
}

/* Numbers from 1 on, in the order of their deepest pixels; 0 for lines and puddles. */
static int number(struct lakes *lakes, uint16_t *areas, size_t pixels)
{
    int count = 1;

    for (size_t i = 0; i < pixels; i++)
        if (lakes->next[i] == i && lakes->depths[i] > PUDDLE && count < SHEET_MAX_AREAS)
            areas[i] = (uint16_t)count++;
    for (size_t i = 0; i < pixels; i++)
        if (lakes->next[i] != dry)
            areas[i] = areas[deepest_of(lakes, (uint32_t)i)];
    return count;
}

/* Lines belong to an area beside them, the nearest by row and column: below ink there is colour. */
static void spread(uint16_t *areas, int width, int height)
{
    size_t pixels = (size_t)width * (size_t)height, side = (size_t)width;

    for (size_t i = 1; i < pixels; i++)
        if (areas[i] == 0)
            areas[i] = i % side > 0 && areas[i - 1] > 0 ? areas[i - 1] : i >= side ? areas[i - side] : 0;
    for (size_t i = pixels - 1; i-- > 0;)
        if (areas[i] == 0)
            areas[i] = (i + 1) % side > 0 && areas[i + 1] > 0 ? areas[i + 1] : i + side < pixels ? areas[i + side] : 0;
}

void flood(struct sheet *sheet, int line, int gap, int wide)
{
    size_t pixels = (size_t)sheet->width * (size_t)sheet->height;
    struct lakes lakes = {.gap = gap, .wide = wide * sheet_side(sheet) * SHEET_PIXEL / 1024 + SHEET_PIXEL};

    lakes.depths = xmalloc(pixels * sizeof(*lakes.depths));
    lakes.next = xmalloc(pixels * sizeof(*lakes.next));
    for (size_t i = 0; i < pixels; i++)
        lakes.depths[i] = sheet->ink[i] >= line ? 0 : DEEPEST;
    sheet_distances(lakes.depths, sheet->width, sheet->height);
    rise(&lakes, sheet->width, sheet->height);
    int count = number(&lakes, sheet->areas, pixels);
    spread(sheet->areas, sheet->width, sheet->height);
    free(lakes.depths);
    free(lakes.next);
    sheet_list(sheet, count);
}
