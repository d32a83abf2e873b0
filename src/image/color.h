/* One colour. */
#ifndef IMAGE_COLOR_H
#define IMAGE_COLOR_H

#include <stdint.h>

struct color {
    uint8_t channels[3]; /* red, green, blue */
};

_Static_assert(sizeof(struct color) == 3, "a row of them is a row of a bitmap");

#endif
