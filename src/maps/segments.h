/* Straight edges in a picture: from where to where. */
#ifndef MAPS_SEGMENTS_H
#define MAPS_SEGMENTS_H

#include "image/bitmap.h"

/* In pixels; a pixel's middle is at whole numbers. */
struct segment {
    double from_x, from_y, to_x, to_y;
};

/* All that are long enough for how strong they are; nothing of what is curved. *segments is malloc'd, of as many as it
 * says. In the same order on every machine. */
size_t segments_find(struct segment **segments, const struct bitmap *picture);

#endif
