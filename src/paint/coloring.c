#include "paint/coloring.h"
#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>

enum {
    SHIFTS = 3,    // of a ramp's own tone: darker, itself, lighter
    ENOUGH = 150,  // a difference between neighbours that is clear to see
    IS_LARGE = 24, // one such part of the sheet
    PLACE = 70,
    ODD = -60,  // of a ramp that suits the place, and of one that does not
    PLAIN = 18, // of a colour itself
};

static const int shifts[SHIFTS] = {-8, 0, 7};

struct sized {
    uint32_t pixels;
    uint16_t number;
};

/* The larger one first; of two of a size that with the lower number, so that there is but one order. */
static int compare(const void *one, const void *other)
{
    const struct sized *a = one, *b = other;

    if (a->pixels != b->pixels)
        return a->pixels > b->pixels ? -1 : 1;
    return a->number < b->number ? -1 : 1;
}

static int clamp_level(int level)
{
    return level < 3 ? 3 : level > RAMP_TONES - 3 ? RAMP_TONES - 3 : level;
}

static int difference(struct color one, struct color other)
{
    int sum = 0;

    for (int i = 0; i < 3; i++)
        sum += abs(one.channels[i] - other.channels[i]);
    return sum + abs(color_luma(one) - color_luma(other));
}

static int contrast(const struct sheet *sheet, const struct palette *palette, const struct area *area,
                    struct color color)
{
    int least = ENOUGH;

    for (int i = 0; i < area->neighbour_count; i++) {
        const struct area *neighbour = &sheet->list[area->neighbours[i]];
        if (!neighbour->colored)
            continue;
        int distance = difference(color, palette->ramps[neighbour->ramp].tones[neighbour->level]);
        least = distance < least ? distance : least;
    }
    return least;
}

/* How well a ramp suits where an area is. */
static int suits(const struct sheet *sheet, const struct area *area, int ramp)
{
    bool large = area->pixels > (uint32_t)sheet->width * (uint32_t)sheet->height / IS_LARGE;
    bool above = area->top == 0 && area->bottom < sheet->height * 9 / 10;
    bool below = area->bottom == sheet->height - 1 && area->top > sheet->height / 3;

    if (large && above)
        return ramp == RAMP_SKY ? PLACE + 30 : ramp == RAMP_HORIZON ? PLACE : ODD;
    if (large && below)
        return ramp == RAMP_GROUND || ramp == RAMP_DEEP ? PLACE : ODD;
    if (large)
        return ramp == RAMP_SKY ? ODD : PLACE / 2;
    return ramp >= RAMP_THING ? PLACE : ramp == RAMP_SKY ? ODD : 0;
}

/* Small ones lie on large ones, and lower ones before higher ones. */
static uint8_t height_of(const struct sheet *sheet, const struct area *area, uint64_t chance)
{
    int64_t whole = (int64_t)sheet->width * sheet->height, share = (int64_t)area->pixels * 120 / whole;
    int64_t height = 120 - share + (int64_t)area->bottom * 80 / sheet->height + (int64_t)(chance % 40);

    return (uint8_t)(height < 1 ? 1 : height);
}

static void choose(struct sheet *sheet, const struct palette *palette, struct area *area, uint64_t chance)
{
    int best = INT32_MIN;

    for (int ramp = 0; ramp < RAMPS; ramp++)
        for (int shift = 0; shift < SHIFTS; shift++) {
            int level = clamp_level(palette->ramps[ramp].home + shifts[shift]);
            int score = contrast(sheet, palette, area, palette->ramps[ramp].tones[level]) + suits(sheet, area, ramp) +
                        (shift == 1 ? PLAIN : 0) + (int)(chance >> (ramp * SHIFTS + shift) * 2 & 3) * 24;
            if (score <= best)
                continue;
            best = score;
            area->ramp = (uint8_t)ramp;
            area->level = (uint8_t)level;
        }
    area->height = height_of(sheet, area, chance >> 50);
    area->colored = true;
}

void coloring_choose(struct sheet *sheet, const struct palette *palette, uint64_t look)
{
    struct rng rng = {.key = {look, 0x6172656173}};
    struct sized *order = xmalloc((size_t)sheet->count * sizeof(*order));

    for (int i = 0; i < sheet->count; i++)
        order[i] = (struct sized){sheet->list[i].pixels, (uint16_t)i};
    qsort(order, (size_t)sheet->count, sizeof(*order), compare);
    for (int i = 0; i < sheet->count; i++) {
        struct area *area = &sheet->list[order[i].number];
        uint64_t chance = rng_next(&rng);
        if (!area->colored)
            choose(sheet, palette, area, chance);
    }
    free(order);
}
