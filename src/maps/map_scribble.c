/* As the model has it: the crests of its soft edges, drawn with a thick pen. */
#include "image/blur.h"
#include "maps/control_map.h"

#include <string.h>

/* controlnet_aux 0.0.5, HEDdetector with scribble=True: "nms(detected_map, 127, 3.0)", a Gaussian blur of 3.0, and white is
 * what is above 4. */
enum { CREST = 127 * PLANE_ONE, PEN = 4 * PLANE_ONE + PLANE_ONE / 2 };

static const double sigma = 3;

static int at(const struct plane *plane, int x, int y)
{
    return x < 0 || y < 0 || x >= plane->width || y >= plane->height ? 0 : plane_row(plane, y)[x];
}

/* Not below its two neighbours in one direction of four, at least. */
static bool is_crest(const struct plane *plane, int x, int y)
{
    static const int ways[][2] = {{1, 0}, {0, 1}, {1, 1}, {-1, 1}};
    int here = at(plane, x, y);

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (at(plane, x - ways[i][0], y - ways[i][1]) <= here && at(plane, x + ways[i][0], y + ways[i][1]) <= here)
            return true;
    return false;
}

static struct plane crests_of(const struct bitmap *edges)
{
    struct plane soft = plane_of_channel(edges, 0), crests = plane_new(edges);

    blur_gaussian(&soft, sigma);
    for (int y = 0; y < soft.height; y++)
        for (int x = 0; x < soft.width; x++)
            if (at(&soft, x, y) > CREST && is_crest(&soft, x, y))
                plane_row(&crests, y)[x] = 255 * PLANE_ONE;
    plane_free(&soft);
    return crests;
}

struct bitmap *map_scribble(const struct bitmap *picture)
{
    struct bitmap *map = map_hed(picture);
    struct plane lines = crests_of(map);
    size_t pixels = plane_pixels(&lines);

    blur_gaussian(&lines, sigma);
    for (size_t i = 0; i < pixels; i++)
        memset(map->rgb + 3 * i, lines.at[i] >= PEN ? 255 : 0, 3);
    plane_free(&lines);
    return map;
}
