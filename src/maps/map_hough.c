/* Straight lines, as the model's M-LSD draws what its network finds: "cv2.line(img_output, …, [255, 255, 255], 1)", a white
 * line of one pixel for each. The network's place is taken by straight edges of the gradient. */
#include "maps/control_map.h"
#include "maps/segments.h"

#include <stdlib.h>
#include <string.h>

static int pixel(double place)
{
    return (int)(place + 0.5);
}

static void dot(struct bitmap *map, int x, int y)
{
    if (x >= 0 && y >= 0 && x < map->width && y < map->height)
        memset(bitmap_row(map, y) + 3 * x, 255, 3);
}

/* Bresenham's. */
static void line(struct bitmap *map, int x, int y, int to_x, int to_y)
{
    int dx = abs(to_x - x), dy = abs(to_y - y), step_x = x < to_x ? 1 : -1, step_y = y < to_y ? 1 : -1;
    int error = dx - dy;

    for (int left = dx > dy ? dx : dy; left >= 0; left--) {
        dot(map, x, y);
        int twice = 2 * error;
        if (twice > -dy) {
            error -= dy;
            x += step_x;
        }
        if (twice < dx) {
            error += dx;
            y += step_y;
        }
    }
}

struct bitmap *map_hough(const struct bitmap *picture)
{
    struct bitmap *map = bitmap_new(picture->width, picture->height);
    struct segment *segments;
    size_t count = segments_find(&segments, picture);

    for (size_t i = 0; i < count; i++)
        line(map, pixel(segments[i].from_x), pixel(segments[i].from_y), pixel(segments[i].to_x),
             pixel(segments[i].to_y));
    free(segments);
    return map;
}
