/* One number a pixel, of 16 bits: what filters work on. Of a picture's bytes, 256 times as much, so that a filter's
 * fractions are not lost. */
#ifndef IMAGE_PLANE_H
#define IMAGE_PLANE_H

#include "image/bitmap.h"

#include <stdint.h>

enum { PLANE_ONE = 256 }; /* what a byte's one is */

/* Rows from the top, nothing between them. */
struct plane {
    int width, height;
    uint16_t *at;
};

/* Of zeroes, in the size of `picture`; end it with plane_free. */
struct plane plane_new(const struct bitmap *picture);
void plane_free(struct plane *plane);

struct plane plane_of_channel(const struct bitmap *picture, int channel); /* 0 red, 1 green, 2 blue */
struct plane plane_of_greys(const struct bitmap *picture); /* as bright as people see it (ITU-R BT.601) */

/* A picture of greys, rounded to bytes. */
struct bitmap *plane_bitmap(const struct plane *plane);

static inline uint16_t *plane_row(const struct plane *plane, int y)
{
    return plane->at + (size_t)y * (size_t)plane->width;
}

static inline size_t plane_pixels(const struct plane *plane)
{
    return (size_t)plane->width * (size_t)plane->height;
}

#endif
