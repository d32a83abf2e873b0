/* A picture taken apart into regions of about one colour, each with what can be said of it and of its borders. */
#ifndef MAPS_REGIONS_H
#define MAPS_REGIONS_H

#include "maps/cells.h"
#include "maps/tint.h"

enum region_side { SIDE_TOP, SIDE_RIGHT, SIDE_BOTTOM, SIDE_LEFT, REGION_SIDES };

enum { REGIONS_MAX = 200 };

/* Sums over its cells; lengths and places in cells. */
struct region {
    int64_t area, x, y;
    int64_t rgb[3];
    int64_t roughness;            /* steps of colour between a cell and the next */
    int left, top, right, bottom; /* with the cells at both ends */
    int perimeter;                /* towards other regions */
    int sides[REGION_SIDES];      /* along the picture's own */
};

/* Between two regions that touch, a < b. */
struct border {
    int a, b;
    int length;
    int faint;        /* so much of it one hardly sees */
    int64_t contrast; /* steps of colour across it, all along */
};

struct regions {
    struct cells cells;
    int *labels; /* of each cell the number of its region */
    struct region *list;
    int count; /* at least 1 */
    struct border *borders;
    int border_count;
};

/* By colour alone: Felzenszwalb and Huttenlocher's graph-based segmentation, then regions merged across the faintest of
 * their borders, small and thin ones first, until what remains is what a person would outline: at most REGIONS_MAX.
 * Borrows the picture. */
void regions_make(struct regions *regions, const struct bitmap *picture);
void regions_free(struct regions *regions);

void region_color(const struct region *region, uint8_t rgb[3]);
struct tint region_tint(const struct region *region);

/* `perimeter` too: what the two share counts in both, and is the caller's to take off twice. */
void region_add(struct region *region, const struct region *other);

/* At most its area, which is that of a disc of its thickness: what is long and thin counts little. */
double region_bulk(const struct region *region);

/* ---- Between regions.c and regions_merge.c ---- */

/* From labels 0 to count - 1: `list` and `borders`. */
void regions_measure(struct regions *regions);

/* Merges regions; renumbers. */
void regions_merge(struct regions *regions);

#endif
