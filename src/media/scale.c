#include "media/scale.h"

#include <string.h>

struct bitmap *scale_map(const struct bitmap *map, int width, int height)
{
    struct bitmap *scaled = bitmap_new(width, height);

    for (int y = 0; scaled && y < height; y++)
        for (int x = 0; x < width; x++)
            memcpy(bitmap_row(scaled, y) + 3 * x,
                   bitmap_row(map, (int)((int64_t)y * map->height / height)) + 3 * ((int64_t)x * map->width / width),
                   3);
    return scaled;
}

struct bitmap *scale_picture(const struct bitmap *picture, int width, int height)
{
    return scale_map(picture, width, height);
}
