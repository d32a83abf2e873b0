#include "media/paint.h"
#include "media/brush.h"
#include "media/coloring.h"
#include "media/palette.h"
#include "media/scale.h"
#include "media/sheet_map.h"

struct bitmap *paint(const struct bitmap *map, const struct painting *painting, int width, int height)
{
    struct palette palette;
    struct palette_wish wish = {.prompt = painting->prompt,
                                .negative_prompt = painting->negative_prompt,
                                .scale = painting->scale,
                                .look = painting->look};
    struct bitmap *fitted = scale_map(map, width, height);

    if (!fitted)
        return NULL;
    palette_make(&palette, &wish);
    struct sheet *sheet = sheet_of_map(fitted, painting->structure, &palette, painting->look);
    sheet_measure(sheet);
    coloring_choose(sheet, &palette, painting->look);
    struct bitmap *picture = brush_paint(sheet, &palette, painting->look);
    sheet_free(sheet);
    bitmap_free(fitted);
    return picture;
}
