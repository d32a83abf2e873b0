#include "media/paint.h"
#include "media/palette.h"
#include "media/scale.h"

struct bitmap *paint(const struct bitmap *map, const struct painting *painting, int width, int height)
{
    struct bitmap *picture = scale_map(map, width, height);
    struct palette palette;

    palette_make(&palette, painting->prompt, painting->negative_prompt, painting->look);
    for (int y = 0; picture && y < height; y++) {
        uint8_t *row = bitmap_row(picture, y);
        for (int x = 0; x < width; x++, row += 3)
            for (int channel = 0; channel < 3; channel++)
                row[channel] = palette.tones[row[channel]].channels[channel];
    }
    return picture;
}
