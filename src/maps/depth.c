#include "maps/depth.h"
#include "base/mem.h"
#include "maps/scene.h"

#include <stdlib.h>
#include <string.h>

/* How far a region bulges towards us in its middle. */
static const double bulges[] = {
    [ROLE_THING] = 0.07, [ROLE_SKY] = 0, [ROLE_FLOATING] = 0.05, [ROLE_GROUND] = 0.04, [ROLE_BACKDROP] = 0.02,
};

static double ground_at(const struct scene *scene, int row)
{
    int rows = scene->regions.cells.height - scene->horizon;

    return row <= scene->horizon ? 0.2 : 0.2 + 0.6 * (row - scene->horizon) / rows;
}

/* A thing is as near as the ground that its body stands on, and a little as near as its own lower end: so a tree's crown
 * is not its trunk. */
static double thing_at(const struct scene *scene, int which)
{
    const struct body *body = &scene->bodies[scene->body_of[which]];

    return 0.75 * ground_at(scene, body->whole.bottom) + 0.15 * ground_at(scene, scene->regions.list[which].bottom) +
           0.1 * scene->salience[which].value + 0.06;
}

static double region_at(const struct scene *scene, int which, int row)
{
    const struct region *region = &scene->regions.list[which];
    double down = (double)row / scene->regions.cells.height;

    switch (scene->roles[which]) {
    case ROLE_SKY: return 0.04 * down;
    case ROLE_FLOATING: return 0.08;
    case ROLE_BACKDROP: return 0.12 + 0.2 * down;
    case ROLE_GROUND: return 0.8 * ground_at(scene, row) + 0.2 * ground_at(scene, region->bottom);
    case ROLE_THING: break;
    }
    return thing_at(scene, which);
}

/* Three for a step aside, four for one across: of each cell the way to the next of another region, at most `most`. */
enum { STRAIGHT = 3, ACROSS = 4 };

struct ways {
    const struct regions *regions;
    int *lengths;
};

static void shorten(struct ways *ways, int cell, int x, int dx, int dy, int length)
{
    int width = ways->regions->cells.width, height = ways->regions->cells.height, y = cell / width;

    if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height)
        return;
    int beside = cell + dy * width + dx;
    bool same = ways->regions->labels[beside] == ways->regions->labels[cell];
    int through = (same ? ways->lengths[beside] : 0) + length;
    if (through < ways->lengths[cell])
        ways->lengths[cell] = through;
}

static int *ways_make(const struct regions *regions, int most)
{
    int count = cells_count(&regions->cells), width = regions->cells.width;
    struct ways ways = {.regions = regions, .lengths = xmalloc((size_t)count * sizeof(int))};

    for (int i = 0; i < count; i++)
        ways.lengths[i] = most;
    for (int i = 0; i < count; i++) {
        shorten(&ways, i, i % width, -1, 0, STRAIGHT);
        shorten(&ways, i, i % width, -1, -1, ACROSS);
        shorten(&ways, i, i % width, 0, -1, STRAIGHT);
        shorten(&ways, i, i % width, 1, -1, ACROSS);
    }
    for (int i = count - 1; i >= 0; i--) {
        shorten(&ways, i, i % width, 1, 0, STRAIGHT);
        shorten(&ways, i, i % width, 1, 1, ACROSS);
        shorten(&ways, i, i % width, 0, 1, STRAIGHT);
        shorten(&ways, i, i % width, -1, 1, ACROSS);
    }
    return ways.lengths;
}

static float *depth_of_cells(const struct scene *scene)
{
    const struct cells *cells = &scene->regions.cells;
    int count = cells_count(cells), side = cells->width < cells->height ? cells->width : cells->height;
    int most = STRAIGHT * (side / 10 + 2), *ways = ways_make(&scene->regions, most);
    float *depths = xmalloc((size_t)count * sizeof(*depths));

    for (int i = 0; i < count; i++) {
        int which = scene->regions.labels[i];
        double out = 1 - (double)ways[i] / most;
        double light =
            (tint_of(cells->means->rgb + 3 * (size_t)i).light - region_tint(&scene->regions.list[which]).light) / 255.0;
        depths[i] = (float)(region_at(scene, which, i / cells->width) +
                            bulges[scene->roles[which]] * ((1 - out * out) + light));
    }
    free(ways);
    return depths;
}

static void blur_across(float *row, int width)
{
    float before = row[0];

    for (int x = 0; x < width; x++) {
        float here = row[x], after = x + 1 < width ? row[x + 1] : here;
        row[x] = (before + 2 * here + after) / 4;
        before = here;
    }
}

/* Both ways by 1 2 1. */
static void blur(float *values, int width, int height)
{
    float *above = xmalloc((size_t)width * sizeof(*above));

    for (int y = 0; y < height; y++)
        blur_across(values + (size_t)y * (size_t)width, width);
    memcpy(above, values, (size_t)width * sizeof(*above));
    for (int y = 0; y < height; y++) {
        float *row = values + (size_t)y * (size_t)width, *below = y + 1 < height ? row + width : row;
        for (int x = 0; x < width; x++) {
            float here = row[x];
            row[x] = (above[x] + 2 * here + below[x]) / 4;
            above[x] = here;
        }
    }
    free(above);
}

static void stretch(float *values, size_t count)
{
    float least = values[0], most = values[0];

    for (size_t i = 1; i < count; i++) {
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    for (size_t i = 0; i < count; i++)
        values[i] = most > least ? (values[i] - least) / (most - least) : 0;
}

float *depth_make(const struct bitmap *picture)
{
    size_t width = (size_t)picture->width, count = width * (size_t)picture->height;
    float *depths = xmalloc(count * sizeof(*depths));
    int *numbers = xmalloc(width * sizeof(*numbers));
    struct scene scene;

    scene_make(&scene, picture);
    float *of_cells = depth_of_cells(&scene);
    for (int y = 0; y < picture->height; y++) {
        cells_of_row(&scene.regions.cells, y, numbers);
        for (size_t x = 0; x < width; x++)
            depths[(size_t)y * width + x] = of_cells[numbers[x]];
    }
    for (int i = 0; i < scene.regions.cells.step; i++)
        blur(depths, picture->width, picture->height);
    stretch(depths, count);
    free(of_cells);
    free(numbers);
    scene_free(&scene);
    return depths;
}
