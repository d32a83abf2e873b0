#include "paint/sheet_map.h"
#include "base/mem.h"
#include "paint/flood.h"

#include <stdlib.h>
#include <string.h>

enum {
    FAR = 40, // of depth: what is no nearer is sky
    LEGEND_BITS = 10,
    LEGEND_SLOTS = 1 << LEGEND_BITS,
};

static uint8_t clamp_light(int light)
{
    return (uint8_t)(light < 0 ? 0 : light > 255 ? 255 : light);
}

/* By structure: from what brightness on a pixel is a line, and how wide a gap is one that joins areas (flood.h). Of depths
 * and normals lines are where these change. */
static const struct {
    int line, gap, wide;
    bool thin; // lines of a single pixel: a pen's are softer
} lines[STRUCTURES] = {
    [STRUCTURE_CANNY] = {96, 45, 14, true},     [STRUCTURE_HED] = {80, 45, 24, false},
    [STRUCTURE_SCRIBBLE] = {96, 45, 24, false}, [STRUCTURE_HOUGH] = {96, 70, 48, true}, // its lines seldom meet
    [STRUCTURE_DEPTH] = {84, 45, 24, false},    [STRUCTURE_NORMAL] = {70, 45, 24, false},
};

static void divide(struct sheet *sheet, enum structure structure)
{
    flood(sheet, lines[structure].line, lines[structure].gap, lines[structure].wide);
}

/* 1: light comes from the left. -1: from the right. */
static int side_of_light(uint64_t look)
{
    return look & 64 ? 1 : -1; // a bit of chance like any other
}

/* --- lines: canny, hed, scribble, hough ---------------------------------------------------------------------------- */

static void soften(struct sheet *sheet)
{
    size_t width = (size_t)sheet->width, pixels = width * (size_t)sheet->height;
    uint8_t *hard = xmalloc(pixels);

    memcpy(hard, sheet->ink, pixels);
    for (int y = 1; y + 1 < sheet->height; y++)
        for (int x = 1; x + 1 < sheet->width; x++) {
            const uint8_t *at = hard + sheet_at(sheet, x, y), *above = at - width, *below = at + width;
            int sum =
                4 * at[0] + 2 * (at[-1] + at[1] + above[0] + below[0]) + above[-1] + above[1] + below[-1] + below[1];
            sheet->ink[sheet_at(sheet, x, y)] = (uint8_t)(sum > 8 * 255 ? 255 : sum / 8);
        }
    free(hard);
}

static struct sheet *sheet_of_lines(const struct bitmap *map, enum structure structure)
{
    struct sheet *sheet = sheet_new(map->width, map->height);
    size_t pixels = (size_t)map->width * (size_t)map->height;

    for (size_t i = 0; i < pixels; i++)
        sheet->ink[i] = map->rgb[3 * i + 1];
    sheet->lines = true;
    divide(sheet, structure);
    if (lines[structure].thin)
        soften(sheet);
    return sheet;
}

/* --- depth: what is bright is near --------------------------------------------------------------------------------- */

/* The slope to the right and down, over two pixels each way; at the sheet's ends it is 0. */
static void slope_at(const struct bitmap *map, int x, int y, int *across, int *down)
{
    const uint8_t *at = bitmap_row(map, y) + 3 * x;
    ptrdiff_t row = (ptrdiff_t)bitmap_row_len(map);

    *across = x < 2 || x + 2 >= map->width ? 0 : at[6] - at[-6];
    *down = y < 2 || y + 2 >= map->height ? 0 : at[2 * row] - at[-2 * row];
}

/* How much the ground's rise towards us changes there: at the foot of what stands on it, where depth itself does not jump. */
static int crease_at(const struct bitmap *map, int x, int y)
{
    const int reach = 6, side = 3, smooth = 6;
    ptrdiff_t row = (ptrdiff_t)bitmap_row_len(map) * reach;
    const uint8_t *at = bitmap_row(map, y) + 3 * x;
    int sum = 0;

    if (y < reach || y + reach >= map->height || x < side || x + side >= map->width)
        return 0;
    for (int i = -3 * side; i <= 3 * side; i += 3 * side) {
        int below = at[row + i] - at[i], above = at[i] - at[i - row];
        if (abs(below) > smooth || abs(above) > smooth || above > 1)
            return 0;
        sum += below - above;
    }
    return sum > 0 ? sum : 0;
}

/* The far is sky, and its clouds are pale; of all else each area has a colour of its own. What is nearer lies higher. */
static void color_by_depth(struct sheet *sheet, const struct bitmap *map, const struct palette *palette)
{
    size_t pixels = (size_t)map->width * (size_t)map->height;
    uint64_t *sums = xcalloc((size_t)sheet->count, sizeof(*sums));

    for (size_t i = 0; i < pixels; i++)
        sums[sheet->areas[i]] += map->rgb[3 * i];
    for (int i = 0; i < sheet->count; i++) {
        struct area *area = &sheet->list[i];
        uint64_t depth = area->pixels > 0 ? sums[i] / area->pixels : 0;
        area->height = (uint8_t)depth;
        if (depth >= FAR)
            continue;
        area->ramp = area->pixels > pixels / 12 ? RAMP_SKY : (uint8_t)(RAMP_AIR + 1 + depth * 3 / FAR);
        area->level = palette->ramps[area->ramp].home;
        area->even = area->colored = true;
    }
    free(sums);
}

/* Where it jumps one thing ends before another. Relief within a thing is light from one side, and fog lies on what is far. */
static struct sheet *sheet_of_depth(const struct bitmap *map, const struct palette *palette, uint64_t look)
{
    struct sheet *sheet = sheet_new(map->width, map->height);
    size_t pixels = (size_t)map->width * (size_t)map->height;
    int side = side_of_light(look);

    sheet->light = xmalloc(pixels);
    for (int y = 0; y < map->height; y++)
        for (int x = 0; x < map->width; x++) {
            size_t at = sheet_at(sheet, x, y);
            int across, down;
            slope_at(map, x, y, &across, &down);
            int light = side * across * 2 + down * 2, steep = 6 * (abs(across) + abs(down)) + 8 * crease_at(map, x, y);
            sheet->ink[at] = (uint8_t)(steep < 255 ? steep : 255);
            sheet->light[at] = clamp_light(SHEET_NEUTRAL +
                                           (light > 48    ? 48
                                            : light < -48 ? -48
                                                          : light) +
                                           (150 - map->rgb[3 * at]) / 5);
        }
    divide(sheet, STRUCTURE_DEPTH);
    memset(sheet->ink, 0, pixels);
    color_by_depth(sheet, map, palette);
    return sheet;
}

/* --- normal: red is to the left, green is up, blue is towards us ---------------------------------------------------- */

/* Where a surface turns away it ends: there are the lines. They divide and are not drawn. */
static struct sheet *sheet_of_normals(const struct bitmap *map, uint64_t look)
{
    struct sheet *sheet = sheet_new(map->width, map->height);
    size_t pixels = (size_t)map->width * (size_t)map->height;
    int side = side_of_light(look);

    sheet->light = xmalloc(pixels);
    for (size_t i = 0; i < pixels; i++) {
        int left = map->rgb[3 * i] - 127, up = map->rgb[3 * i + 1] - 127;
        int tilt = abs(left) + abs(up);
        sheet->light[i] = clamp_light(SHEET_NEUTRAL + (side * left + up) * 2 / 3 - tilt / 6);
        sheet->ink[i] = (uint8_t)(tilt > 255 ? 255 : tilt);
    }
    divide(sheet, STRUCTURE_NORMAL);
    memset(sheet->ink, 0, pixels);
    return sheet;
}

/* --- seg: each colour is a class of things ------------------------------------------------------------------------- */

/* Of ADE20K, by the colours that ControlNet's maps have: those that have a place of their own. */
static const struct {
    uint32_t color;
    uint8_t ramp;
    bool even;
} classes[] = {
    {0x06e6e6, RAMP_SKY, true},        // sky
    {0x04fa07, RAMP_GROUND, false},    // grass
    {0x04c803, RAMP_DEEP, false},      // tree
    {0xccff04, RAMP_DEEP, false},      // plant
    {0x787846, RAMP_GROUND, false},    // earth
    {0x7009ff, RAMP_GROUND, false},    // field
    {0x8fff8c, RAMP_FAR + 1, false},   // mountain
    {0x0907e6, RAMP_DEEP, false},      // sea
    {0x3de6fa, RAMP_AIR + 1, false},   // water
    {0x8c8c8c, RAMP_HORIZON, false},   // road
    {0xa09614, RAMP_HORIZON, false},   // sand
    {0xb47878, RAMP_THING, false},     // building
    {0x787878, RAMP_HORIZON, false},   // wall
    {0x96053d, RAMP_THING + 1, false}, // person
};

/* Numbers for colours, as they come. */
struct legend {
    uint32_t colors[LEGEND_SLOTS];
    uint16_t numbers[LEGEND_SLOTS]; // from 1 on; 0: the slot is free
    int count;
};

/* The slot of the colour, or a free one: half of them stay free. */
static uint32_t slot_of(const struct legend *legend, uint32_t color)
{
    uint32_t slot =
        (color * UINT32_C(2654435761)) >> (32 - LEGEND_BITS); // 2^32 by the golden ratio: neighbours scatter

    while (legend->numbers[slot] && legend->colors[slot] != color)
        slot = (slot + 1) % LEGEND_SLOTS;
    return slot;
}

/* Of more colours than a map has the others are the first one's. */
static uint16_t number_of(struct legend *legend, uint32_t color)
{
    uint32_t slot = slot_of(legend, color);

    if (legend->numbers[slot] == 0) {
        if (legend->count >= LEGEND_SLOTS / 2)
            return 0;
        legend->colors[slot] = color;
        legend->numbers[slot] = (uint16_t)++legend->count;
    }
    return (uint16_t)(legend->numbers[slot] - 1);
}

static void color_classes(struct sheet *sheet, const struct legend *legend, const struct palette *palette)
{
    for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
        uint16_t number = legend->numbers[slot_of(legend, classes[i].color)];
        if (number == 0)
            continue; // it is not in the map
        struct area *area = &sheet->list[number - 1];
        area->ramp = classes[i].ramp;
        area->level = palette->ramps[area->ramp].home;
        area->height = (uint8_t)(classes[i].ramp < RAMP_THING ? classes[i].ramp * 20 : 120);
        area->even = classes[i].even;
        area->colored = true;
    }
}

static struct sheet *sheet_of_classes(const struct bitmap *map, const struct palette *palette)
{
    struct sheet *sheet = sheet_new(map->width, map->height);
    size_t pixels = (size_t)map->width * (size_t)map->height;
    struct legend *legend = xnew(struct legend);

    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *at = map->rgb + 3 * i;
        bool again = i > 0 && memcmp(at, at - 3, 3) == 0;
        sheet->areas[i] =
            again ? sheet->areas[i - 1] : number_of(legend, (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2]);
    }
    sheet_list(sheet, legend->count);
    color_classes(sheet, legend, palette);
    free(legend);
    return sheet;
}

struct sheet *sheet_of_map(const struct bitmap *map, enum structure structure, const struct palette *palette,
                           uint64_t look)
{
    switch (structure) {
    case STRUCTURE_DEPTH: return sheet_of_depth(map, palette, look);
    case STRUCTURE_NORMAL: return sheet_of_normals(map, look);
    case STRUCTURE_SEG: return sheet_of_classes(map, palette);
    default: return sheet_of_lines(map, structure);
    }
}
