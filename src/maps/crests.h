/* Where a picture's gradient is steepest across its edges: thin lines of points, each with its place between pixels. */
#ifndef MAPS_CRESTS_H
#define MAPS_CRESTS_H

#include "image/bitmap.h"

#define NO_CREST UINT32_MAX

struct crest {
    uint16_t column, row;     /* of its pixel */
    float x, y;               /* where it is, half a step from there at most; a pixel's middle is at whole numbers */
    float across_x, across_y; /* the gradient's direction, towards what is brighter: a unit vector */
    float norm;               /* the gradient's length: levels of 256 a pixel */
};

struct crests {
    int width, height;
    struct crest *list; /* by rows */
    size_t count;
    uint32_t *order;  /* their indexes, the steepest first, of equals the first in the list */
    uint32_t *pixels; /* of each pixel the index of its crest, or NO_CREST */
};

/* Those of which the gradient is at least `least`. End them with crests_free. */
void crests_find(struct crests *crests, const struct bitmap *picture, double least);
void crests_free(struct crests *crests);

/* Outside of the picture there are none. */
static inline uint32_t crests_at(const struct crests *crests, int x, int y)
{
    if (x < 0 || y < 0 || x >= crests->width || y >= crests->height)
        return NO_CREST;
    return crests->pixels[(size_t)y * (size_t)crests->width + (size_t)x];
}

#endif
