#include "paint/paint.h"
#include "base/mem.h"
#include "image/scale.h"
#include "paint/brush.h"
#include "paint/coloring.h"
#include "paint/palette.h"
#include "paint/scenery.h"
#include "paint/sheet_map.h"

#include <stdlib.h>

enum { PEOPLE = 12 };

/* A map of poses is people, and says nothing about where they are: they stand in a scene. */
static struct sheet *sheet_of_people(const struct bitmap *map, const struct palette *palette, uint64_t look)
{
    struct person *people = xcalloc(PEOPLE, sizeof(*people));
    struct scenery_wish wish = {.shapes = look, .people = people, .people_count = people_read(people, PEOPLE, map)};
    struct sheet *sheet = scenery_new(map->width, map->height, palette, &wish);

    free(people);
    return sheet;
}

static struct sheet *sheet_of(const struct bitmap *map, const struct painting *painting, const struct palette *palette)
{
    if (painting->structure == STRUCTURE_POSE)
        return sheet_of_people(map, palette, painting->look);
    return sheet_of_map(map, painting->structure, palette, painting->look);
}

/* A line that a smaller picture has no room for is not paler for it. */
static void strengthen(struct bitmap *map, int before)
{
    size_t len = bitmap_row_len(map) * (size_t)map->height;

    for (size_t i = 0; i < len && before > map->width; i++) {
        int value = map->rgb[i] * before / map->width;
        map->rgb[i] = (uint8_t)(value < 255 ? value : 255);
    }
}

static struct bitmap *fitted(const struct bitmap *map, enum structure structure, int width, int height)
{
    bool lines = structure == STRUCTURE_CANNY || structure == STRUCTURE_HED || structure == STRUCTURE_SCRIBBLE ||
                 structure == STRUCTURE_HOUGH;

    if (structure == STRUCTURE_SEG || (map->width == width && map->height == height))
        return scale_map(map, width, height); // its colours mean something, or there is nothing to do
    struct bitmap *scaled = scale_picture(map, width, height);
    if (scaled && lines)
        strengthen(scaled, map->width);
    return scaled;
}

struct bitmap *paint(const struct bitmap *map, const struct painting *painting, int width, int height)
{
    struct palette palette;
    struct palette_wish wish = {.prompt = painting->prompt,
                                .negative_prompt = painting->negative_prompt,
                                .scale = painting->scale,
                                .look = painting->look};

    if (width > SHEET_MAX_SIDE || height > SHEET_MAX_SIDE)
        return NULL;
    struct bitmap *seen = fitted(map, painting->structure, width, height);
    if (!seen)
        return NULL;
    palette_make(&palette, &wish);
    struct sheet *sheet = sheet_of(seen, painting, &palette);
    sheet_measure(sheet);
    coloring_choose(sheet, &palette, painting->look);
    struct bitmap *picture = brush_paint(sheet, &palette, painting->look);
    sheet_free(sheet);
    bitmap_free(seen);
    return picture;
}
