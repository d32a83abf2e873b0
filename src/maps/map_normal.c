#include "maps/control_map.h"
#include "maps/depth.h"

#include <math.h>
#include <stdlib.h>

/* The model takes MiDaS's depth as it comes, where the nearest is some thousands; so much relief as ours has, looks right
 * with less. */
static const double DEPTH = 80;

/* What it gives a normal towards us: two pi. */
static const double TOWARDS = 6.283185307179586;

/* As cv2 has it at a border: the line is mirrored about its last value. */
static int mirrored(int at, int count)
{
    if (count == 1)
        return 0;
    return at < 0 ? -at : at >= count ? 2 * count - 2 - at : at;
}

/* The depths of a picture, as depth_make has them. */
struct relief {
    const float *depths;
    int width, height;
};

static double depth_at(const struct relief *relief, int x, int y)
{
    size_t row = (size_t)mirrored(y, relief->height), column = (size_t)mirrored(x, relief->width);

    return relief->depths[row * (size_t)relief->width + column];
}

/* Sobel's, 3 x 3: across the line through x and y in direction dx, dy. */
static double slope(const struct relief *relief, int x, int y, int dx, int dy)
{
    double sum = 0;

    for (int aside = -1; aside <= 1; aside++) {
        int left = x + aside * dy, top = y + aside * dx;
        double step = depth_at(relief, left + dx, top + dy) - depth_at(relief, left - dx, top - dy);
        sum += aside == 0 ? 2 * step : step;
    }
    return sum * DEPTH;
}

static uint8_t channel(double part)
{
    double value = part * 127.5 + 127.5;

    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

struct bitmap *map_normal(const struct bitmap *picture)
{
    struct bitmap *map = bitmap_new(picture->width, picture->height);
    float *depths = depth_make(picture);
    struct relief relief = {depths, picture->width, picture->height};

    for (int y = 0; y < map->height; y++) {
        uint8_t *pixel = bitmap_row(map, y);
        for (int x = 0; x < map->width; x++, pixel += 3) {
            double across = slope(&relief, x, y, 1, 0), down = slope(&relief, x, y, 0, 1);
            double length = sqrt(across * across + down * down + TOWARDS * TOWARDS);
            pixel[0] = channel(across / length);
            pixel[1] = channel(down / length);
            pixel[2] = channel(TOWARDS / length);
        }
    }
    free(depths);
    return map;
}
