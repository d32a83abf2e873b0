#include "media/sheet_map.h"
#include "media/flood.h"

/* --- lines: canny, hed, scribble, hough ---------------------------------------------------------------------------- */

/* By structure: from what brightness on a pixel is a line, and how wide a gap must be so that areas are one (flood.h). */
static const struct {
    int line, gap;
} lines[STRUCTURES] = {
    [STRUCTURE_CANNY] = {96, 45},
    [STRUCTURE_HED] = {80, 45},
    [STRUCTURE_SCRIBBLE] = {96, 45},
    [STRUCTURE_HOUGH] = {96, 70}, // its lines seldom meet
};

static struct sheet *sheet_of_lines(const struct bitmap *map, enum structure structure)
{
    struct sheet *sheet = sheet_new(map->width, map->height);
    size_t pixels = (size_t)map->width * (size_t)map->height;

    for (size_t i = 0; i < pixels; i++)
        sheet->ink[i] = map->rgb[3 * i + 1];
    flood(sheet, lines[structure].line, lines[structure].gap);
    return sheet;
}

struct sheet *sheet_of_map(const struct bitmap *map, enum structure structure, const struct palette *palette, uint64_t look)
{
    (void)palette;
    (void)look;
    return sheet_of_lines(map, structure);
}
