/* A picture as the area maps look at it: in cells of step x step pixels, so many that a map of a large picture takes no
 * longer than one of a small picture. The networks that these maps stand in for do likewise: they see 384 or 512 pixels
 * a side, and their answer is stretched. */
#ifndef MAPS_CELLS_H
#define MAPS_CELLS_H

#include "image/bitmap.h"

enum { CELLS_MAX = 100 * 1000 };

struct cells {
    const struct bitmap *picture; /* borrowed */
    int step;                     /* pixels: the last column and row may be of fewer */
    int width, height;
    struct bitmap *means; /* a pixel each */
};

void cells_make(struct cells *cells, const struct bitmap *picture);
void cells_free(struct cells *cells);

/* For each pixel of row `y` the number (from the left, then from the top) of the cell that it belongs to: where its own
 * is of another colour, that of the four beside it whose colour is nearest, so that borders are as sharp as the picture's. */
void cells_of_row(const struct cells *cells, int y, int *numbers);

static inline int cells_count(const struct cells *cells)
{
    return cells->width * cells->height;
}

#endif
