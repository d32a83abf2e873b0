#include "maps/control_map.h"
#include "maps/depth.h"

#include <stdlib.h>

struct bitmap *map_depth(const struct bitmap *picture)
{
    struct bitmap *map = bitmap_new(picture->width, picture->height);
    float *depths = depth_make(picture);
    size_t count = (size_t)picture->width * (size_t)picture->height;

    for (size_t i = 0; i < count; i++)
        for (size_t channel = 0; channel < 3; channel++)
            map->rgb[3 * i + channel] = (uint8_t)(depths[i] * 255);
    free(depths);
    return map;
}
