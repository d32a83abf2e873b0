/* A picture before it has colours: its areas, as a map or an imagined scene lays them out, the lines between them, and the
 * light on them. sheet_map.c, people.c and scenery.c fill one, coloring.c gives each area a tone, brush.c paints it. */
#ifndef PAINT_SHEET_H
#define PAINT_SHEET_H

#include "image/bitmap.h"
#include "paint/palette.h"

#include <stdbool.h>

enum {
    SHEET_MAX_SIDE = 4096, /* pixels: up to here numbers of `int` do for all that is reckoned */
    SHEET_MAX_AREAS = 65535,
    AREA_NEIGHBOURS = 8,
    SHEET_NEUTRAL = 128,
    SHEET_PIXEL = 3,
};

struct area {
    uint32_t pixels;
    int left, top, right, bottom; /* its first and last columns and rows */
    uint16_t neighbours[AREA_NEIGHBOURS];
    uint8_t neighbour_count; /* of more the first ones stand for all */
    uint8_t ramp, level;     /* a tone of the palette */
    uint8_t height;          /* higher ones cast their shadow on lower ones */
    bool colored;            /* ramp, level and height are decided */
    bool even;               /* without a fall of light across it: a sky, a wall of fog */
};

/* The planes have a value for each pixel, row after row. */
struct sheet {
    int width, height;
    uint16_t *areas; /* which one */
    uint8_t *ink;    /* how dark a line of the map is there */
    bool lines;      /* there are some */
    uint8_t *light;  /* SHEET_NEUTRAL: neither lit nor in shade. NULL: all of it is so */
    uint8_t *edge;   /* how far the nearest line or other area is: SHEET_PIXEL a pixel, up to 255 */
    struct area *list;
    int count;
};

/* One area, nothing else; NULL: a side is below 1 or above SHEET_MAX_SIDE. */
struct sheet *sheet_new(int width, int height);
void sheet_free(struct sheet *sheet); /* NULL is fine */

/* Lists the areas, as soon as all pixels have theirs: numbers from 0 to count - 1. */
void sheet_list(struct sheet *sheet, int count);

/* Measures `edge`: after the last pixel has changed its area. */
void sheet_measure(struct sheet *sheet);

/* The same in squares of `side` pixels, with the areas' tones; not measured. What does not fill a square is left out. */
struct sheet *sheet_reduce(const struct sheet *sheet, int side);

/* Gives each pixel the distance to the nearest one whose distance is 0 already, by steps of 3 to the side and 4 across,
 * Borgefors' chamfer; where that is more than what stands there, this stays: the most that is asked for. */
void sheet_distances(uint16_t *distances, int width, int height);

static inline size_t sheet_at(const struct sheet *sheet, int x, int y)
{
    return (size_t)y * (size_t)sheet->width + (size_t)x;
}

static inline int sheet_side(const struct sheet *sheet)
{
    return sheet->width < sheet->height ? sheet->width : sheet->height;
}

#endif
