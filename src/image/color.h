/* One colour. */
#ifndef IMAGE_COLOR_H
#define IMAGE_COLOR_H

#include <stdint.h>

struct color {
    uint8_t channels[3]; /* red, green, blue */
};

#endif
