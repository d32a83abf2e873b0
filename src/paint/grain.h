/* Noise for texture: smooth spots of several sizes, on a tile that meets itself on all sides. */
#ifndef PAINT_GRAIN_H
#define PAINT_GRAIN_H

#include <stdint.h>

enum { GRAIN_BITS = 8, GRAIN_SIDE = 1 << GRAIN_BITS };

struct grain {
    int8_t values[GRAIN_SIDE * GRAIN_SIDE]; /* about 0, from -127 to 127 */
};

/* The largest spots are `cell` wide, a power of 2 from 2 to 64; each further one of `octaves` is half as wide, and weighs
 * half as much. Integer arithmetic alone. */
void grain_make(struct grain *grain, int cell, int octaves, uint64_t look);

static inline int grain_at(const struct grain *grain, int x, int y)
{
    return grain->values[(y & (GRAIN_SIDE - 1)) << GRAIN_BITS | (x & (GRAIN_SIDE - 1))];
}

#endif
