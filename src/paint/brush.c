#include "paint/brush.h"
#include "base/hash.h"
#include "base/mem.h"
#include "image/scale.h"
#include "paint/grain.h"

#include <stdlib.h>

enum screen { SCREEN_NONE, SCREEN_DOTS, SCREEN_HATCH, SCREEN_GRID };

enum {
    PART = 16, // of a tone
    DARK = 18, // levels
    NIGHT = 23,
    LIGHTS = 5,
    FIXED = 8, // bits behind the point of a stroke's numbers
    INK_STEP = 24,
    SQUARES = 128, // of pixel art, along its smaller side
    ALL_PARTS = RAMP_TONES * PART,
};

/* What a style does. A part is a 16th of a tone; lengths are for a side of 512 and grow with it. */
struct treatment {
    int gain, lift;           // of all levels: gain 16ths, and so many tones
    int fall;                 // parts from an area's lit end to its other one
    int cell, octaves, grain; // texture: its largest spot, how many sizes, the most parts it adds
    int stretch;              // how much longer than wide it is
    int shadow, shadow_len;   // parts of a shadow, and how far it falls
    int bevel;                // parts by which a rim to the light is lighter, one in its shade darker
    int rim, rim_len;         // parts by which all rims are lighter, and how wide they are
    int step;                 // tones that become one: flat colour compresses well, and looks printed
    enum screen screen;       // between two such flats
    int ink;                  // how much of a line's ink there is, in 256ths
    int halo, halo_len;       // 256ths of ink around each area, and how far it reaches until it ends
    bool soft;                // that ends little by little
    bool bright;              // ink is light
    bool hard;                // of squares, not of pixels; borders stay as they are
};

static const struct treatment treatments[STYLES] = {
    [STYLE_PAPER] = {.gain = 16,
                     .fall = 90,
                     .cell = 4,
                     .octaves = 2,
                     .grain = 14,
                     .stretch = 1,
                     .shadow = 150,
                     .shadow_len = 12,
                     .bevel = 60,
                     .step = 1,
                     .ink = 205},
    [STYLE_GOUACHE] = {.gain = 16,
                       .fall = 150,
                       .cell = 16,
                       .octaves = 3,
                       .grain = 110,
                       .stretch = 6,
                       .shadow = 50,
                       .shadow_len = 5,
                       .step = 2,
                       .ink = 200},
    [STYLE_WATERCOLOR] = {.gain = 11,
                          .lift = 20,
                          .fall = 110,
                          .cell = 64,
                          .octaves = 4,
                          .grain = 110,
                          .stretch = 1,
                          .rim = -110,
                          .rim_len = 3,
                          .step = 1,
                          .ink = 190},
    [STYLE_PENCIL] = {.gain = 11,
                      .lift = 19,
                      .fall = 160,
                      .cell = 8,
                      .octaves = 2,
                      .grain = 60,
                      .stretch = 1,
                      .step = 7,
                      .screen = SCREEN_HATCH,
                      .ink = 230,
                      .halo = 70,
                      .halo_len = 2},
    [STYLE_COMIC] = {.gain = 17,
                     .fall = 190,
                     .cell = 16,
                     .octaves = 1,
                     .stretch = 1,
                     .step = 9,
                     .screen = SCREEN_DOTS,
                     .ink = 255,
                     .halo = 200,
                     .halo_len = 2},
    [STYLE_GLASS] = {.gain = 17,
                     .lift = 1,
                     .fall = 200,
                     .cell = 32,
                     .octaves = 3,
                     .grain = 120,
                     .stretch = 2,
                     .bevel = 70,
                     .rim = -60,
                     .rim_len = 6,
                     .step = 2,
                     .ink = 255,
                     .halo = 235,
                     .halo_len = 2},
    [STYLE_NEON] = {.gain = 7,
                    .lift = 3,
                    .fall = 90,
                    .cell = 16,
                    .octaves = 3,
                    .grain = 24,
                    .stretch = 3,
                    .step = 1,
                    .ink = 255,
                    .halo = 190,
                    .halo_len = 14,
                    .soft = true,
                    .bright = true},
    [STYLE_PIXEL] = {.gain = 17,
                     .fall = 150,
                     .cell = 16,
                     .octaves = 2,
                     .grain = 30,
                     .stretch = 1,
                     .shadow = 60,
                     .shadow_len = 8,
                     .bevel = 40,
                     .step = 6,
                     .screen = SCREEN_GRID,
                     .ink = 200,
                     .hard = true},
};

/* Where the light stands: always above, as on the pictures that people like. */
static const int8_t lights[LIGHTS][2] = {{-3, -3}, {3, -3}, {-1, -4}, {4, -2}, {-4, -2}};

/* Directions of the brush, of length 16: nearly level more often than steep. */
static const int8_t directions[8][2] = {{16, 2}, {15, 5}, {16, -3}, {14, -7}, {13, 9}, {11, 11}, {10, -12}, {4, 15}};

/* How one area is painted. */
struct stroke {
    int level, across, down; // parts << FIXED: at the left upper corner of the sheet, and how they grow
    int along_x, along_y, across_x, across_y; // texture, in 256ths of a pixel
    int start_x, start_y;
    const struct color *tones;
    struct color ink;
    uint8_t height;
};

struct brush {
    const struct sheet *sheet;
    const struct palette *palette;
    struct treatment treatment; // lengths are in pixels of this sheet
    struct grain grain;
    struct stroke *strokes;
    struct color ink;
    int darkest, lightest;       // parts: of areas, so that ink shows on them
    int light_x, light_y;        // 4ths of a pixel: towards the light
    uint8_t flats[ALL_PARTS];    // of each level in parts, its tone
    int16_t halo[256], rim[256]; // by the distance from the edge
};

/* --- before the first pixel ---------------------------------------------------------------------------------------- */

static int scaled(const struct sheet *sheet, int length)
{
    return (length * sheet_side(sheet) + 256) / 512;
}

/* A brush that runs along the direction meets the same texture for `stretch` times as long. */
static void direct(struct stroke *stroke, const struct treatment *treatment, uint64_t chance)
{
    const int8_t *direction = directions[chance & 7];
    int turn = chance & 8 ? -1 : 1, x = direction[0], y = direction[1] * turn;

    if (treatment->stretch == 1)
        x = 16, y = 0;
    stroke->along_x = x * 16 / treatment->stretch;
    stroke->along_y = y * 16 / treatment->stretch;
    stroke->across_x = -y * 16;
    stroke->across_y = x * 16;
    stroke->start_x = (int)(chance >> 8 & 0xff) << 8;
    stroke->start_y = (int)(chance >> 16 & 0xff) << 8;
}

/* Light falls across an area from end to end: that makes a thing of a flat. */
static void fall(struct stroke *stroke, const struct brush *brush, const struct area *area)
{
    int width = area->right - area->left + 1, height = area->bottom - area->top + 1;
    int length = width > height ? width : height, side = sheet_side(brush->sheet);
    int parts = area->even ? 0 : brush->treatment.fall;
    int middle_x = area->left + width / 2, middle_y = area->top + height / 2;

    length = length < side / 12 + 1 ? side / 12 + 1 : length; // a small one is not steeper than that
    stroke->across = parts * brush->light_x * (1 << FIXED) / (5 * length);
    stroke->down = parts * brush->light_y * (1 << FIXED) / (5 * length);
    stroke->level -= stroke->across * middle_x + stroke->down * middle_y;
}

static void make_stroke(struct brush *brush, struct stroke *stroke, const struct area *area, uint64_t chance)
{
    const struct treatment *treatment = &brush->treatment;
    const struct ramp *glow = &brush->palette->ramps[RAMP_THING + (chance >> 40) % RAMP_THINGS];
    int level = area->level * treatment->gain + treatment->lift * PART;

    level = level < brush->darkest ? brush->darkest : level > brush->lightest ? brush->lightest : level;
    stroke->tones = brush->palette->ramps[area->ramp].tones;
    stroke->ink = treatment->bright ? glow->tones[glow->home] : brush->ink;
    stroke->height = area->height;
    stroke->level = level * (1 << FIXED);
    direct(stroke, treatment, chance);
    fall(stroke, brush, area);
}

/* Ink does not show on what is dark. By night it is chalk. */
static void choose_ink(struct brush *brush)
{
    const struct sheet *sheet = brush->sheet;
    const struct treatment *treatment = &brush->treatment;
    int64_t sum = 0, pixels = (int64_t)sheet->width * sheet->height;

    for (int i = 0; i < sheet->count; i++)
        sum += (int64_t)sheet->list[i].level * sheet->list[i].pixels;
    bool night = sum * treatment->gain / PART / pixels + treatment->lift < NIGHT;
    brush->ink = night ? brush->palette->paper : brush->palette->ink;
    brush->lightest = RAMP_TONES * PART;
    if (treatment->bright || (!sheet->lines && treatment->halo == 0))
        return;
    brush->darkest = night ? 0 : (DARK + 4) * PART;
    brush->lightest = night ? 2 * DARK * PART : brush->lightest;
}

static void make_tables(struct brush *brush)
{
    const struct treatment *treatment = &brush->treatment;
    int halo = treatment->halo_len * SHEET_PIXEL, rim = treatment->rim_len * SHEET_PIXEL;

    for (int i = 0; i < ALL_PARTS; i++) {
        int tone = i / (treatment->step * PART) * treatment->step + treatment->step / 2;
        brush->flats[i] = (uint8_t)(tone < RAMP_TONES ? tone : RAMP_TONES - 1);
    }
    for (int i = 0; i < 256; i++) {
        if (i < halo)
            brush->halo[i] =
                (int16_t)(treatment->soft ? treatment->halo * (halo - i) / halo * (halo - i) / halo : treatment->halo);
        if (i < rim)
            brush->rim[i] = (int16_t)(treatment->rim * (rim - i) / rim);
    }
}

static struct brush *make_brush(const struct sheet *sheet, const struct palette *palette, uint64_t look)
{
    struct rng rng = {.key = {look, 0x6272757368}};
    struct brush *brush = xnew(struct brush);
    struct treatment *treatment = &brush->treatment;
    const int8_t *light = lights[rng_next(&rng) % LIGHTS];

    brush->sheet = sheet;
    brush->palette = palette;
    *treatment = treatments[palette->style];
    treatment->shadow_len = scaled(sheet, treatment->shadow_len);
    treatment->rim_len = scaled(sheet, treatment->rim_len);
    treatment->halo_len = scaled(sheet, treatment->halo_len);
    brush->light_x = light[0];
    brush->light_y = light[1];
    grain_make(&brush->grain, treatment->cell, treatment->octaves, rng_next(&rng));
    make_tables(brush);
    choose_ink(brush);
    brush->strokes = xcalloc((size_t)sheet->count, sizeof(*brush->strokes));
    for (int i = 0; i < sheet->count; i++)
        make_stroke(brush, &brush->strokes[i], &sheet->list[i], rng_next(&rng));
    return brush;
}

static void free_brush(struct brush *brush)
{
    free(brush->strokes);
    free(brush);
}

/* --- a pixel ------------------------------------------------------------------------------------------------------- */

struct spot {
    int x, y;
    size_t at;
    const struct stroke *stroke;
    int along, across; // in the texture, pixels
};

static int texture(const struct brush *brush, const struct spot *spot)
{
    return grain_at(&brush->grain, spot->along, spot->across) * brush->treatment.grain / 128;
}

/* Does the area there stand higher than the spot's? Beyond the sheet nothing does. */
static bool is_higher(const struct brush *brush, const struct spot *spot, int x, int y)
{
    const struct sheet *sheet = brush->sheet;

    if (x < 0 || y < 0 || x >= sheet->width || y >= sheet->height)
        return false;
    return brush->strokes[sheet->areas[sheet_at(sheet, x, y)]].height > spot->stroke->height;
}

/* The part of the way to the light on which something higher stands. */
static int shadow(const struct brush *brush, const struct spot *spot)
{
    enum { SAMPLES = 4 };
    int len = brush->treatment.shadow_len, hits = 0;

    if (brush->sheet->edge[spot->at] > len * SHEET_PIXEL + SHEET_PIXEL)
        return 0;
    for (int i = 1; i <= SAMPLES; i++)
        hits += is_higher(brush, spot, spot->x + brush->light_x * len * i / (4 * SAMPLES),
                          spot->y + brush->light_y * len * i / (4 * SAMPLES));
    return brush->treatment.shadow * hits / SAMPLES;
}

static int bevel(const struct brush *brush, const struct spot *spot)
{
    const struct sheet *sheet = brush->sheet;
    const uint8_t *edge = &sheet->edge[spot->at];

    if (*edge > 3 * SHEET_PIXEL || spot->x == 0 || spot->y == 0 || spot->x + 1 >= sheet->width ||
        spot->y + 1 >= sheet->height)
        return 0;
    int slope = (edge[-1] - edge[1]) * brush->light_x + (edge[-sheet->width] - edge[sheet->width]) * brush->light_y;
    return brush->treatment.bevel * slope / 64; // uphill away from the light: the rim looks towards it
}

/* From 0 to 15: how dark it must be for the darker one of two flats. */
static int screen(const struct brush *brush, const struct spot *spot)
{
    static const uint8_t grid[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};

    if (brush->treatment.screen == SCREEN_GRID)
        return grid[spot->y & 3][spot->x & 3];
    if (brush->treatment.screen == SCREEN_DOTS)
        return abs(((spot->x + spot->y) & 7) - 4) * 2 + abs(((spot->x - spot->y) & 7) - 4) * 2 - 1;
    int wave = (spot->across + grain_at(&brush->grain, spot->x / 4, spot->y / 4) / 32) & 7;
    return abs(wave - 4) * 4 - 1;
}

static int level_at(const struct brush *brush, const struct spot *spot)
{
    const struct treatment *treatment = &brush->treatment;
    const struct stroke *stroke = spot->stroke;
    int level = (stroke->level + stroke->across * spot->x + stroke->down * spot->y) >> FIXED;

    if (brush->sheet->light)
        level += (brush->sheet->light[spot->at] - SHEET_NEUTRAL) * 4;
    level += texture(brush, spot) + brush->rim[brush->sheet->edge[spot->at]];
    if (treatment->shadow)
        level -= shadow(brush, spot);
    if (treatment->bevel)
        level += bevel(brush, spot);
    if (treatment->screen)
        level += (screen(brush, spot) - 8) * treatment->step * PART / 16;
    return brush->flats[level < 0 ? 0 : level < ALL_PARTS ? level : ALL_PARTS - 1];
}

static struct color color_at(const struct brush *brush, const struct spot *spot)
{
    struct color color = spot->stroke->tones[level_at(brush, spot)];
    int line = brush->sheet->ink[spot->at] * brush->treatment.ink >> 8,
        halo = brush->halo[brush->sheet->edge[spot->at]];
    int ink = (line > halo ? line : halo) / INK_STEP * INK_STEP;

    return ink ? color_mix(color, spot->stroke->ink, ink, 256) : color;
}

static void paint_row(const struct brush *brush, int y, struct color *row)
{
    struct spot spot = {.y = y, .at = sheet_at(brush->sheet, 0, y)};

    for (; spot.x < brush->sheet->width; spot.x++, spot.at++) {
        const struct stroke *stroke = &brush->strokes[brush->sheet->areas[spot.at]];
        spot.stroke = stroke;
        spot.along = (stroke->start_x + stroke->along_x * spot.x + stroke->along_y * y) >> 8;
        spot.across = (stroke->start_y + stroke->across_x * spot.x + stroke->across_y * y) >> 8;
        row[spot.x] = color_at(brush, &spot);
    }
}

/* --- after the last pixel ------------------------------------------------------------------------------------------ */

/* A pixel of a border is half of what it was and half of its four neighbours; the rows are as they were painted. */
static void smooth_row(const struct sheet *sheet, int y, const struct color *above, const struct color *row,
                       const struct color *below, struct color *out)
{
    const uint8_t *edge = sheet->edge + sheet_at(sheet, 0, y);

    for (int x = 1; x + 1 < sheet->width; x++)
        for (int i = 0; i < 3 && edge[x] <= SHEET_PIXEL; i++) {
            int around = row[x - 1].channels[i] + row[x + 1].channels[i] + above[x].channels[i] + below[x].channels[i];
            out[x].channels[i] = (uint8_t)((row[x].channels[i] * 4 + around) / 8);
        }
}

static void smooth_borders(const struct sheet *sheet, struct bitmap *picture)
{
    size_t len = bitmap_row_len(picture);
    uint8_t *before = xmalloc(2 * len), *above = before, *row = before + len; // of the row above and this one

    memcpy(row, bitmap_row(picture, 0), len);
    for (int y = 1; y + 1 < picture->height; y++) {
        uint8_t *swap = above, *at = bitmap_row(picture, y);
        above = row;
        row = memcpy(swap, at, len);
        smooth_row(sheet, y, (const void *)above, (const void *)row, (const void *)(at + len), (void *)at);
    }
    free(before);
}

static struct bitmap *paint_sheet(const struct sheet *sheet, const struct palette *palette, uint64_t look)
{
    struct bitmap *picture = bitmap_new(sheet->width, sheet->height);
    struct brush *brush = make_brush(sheet, palette, look);

    for (int y = 0; y < sheet->height; y++)
        paint_row(brush, y, (struct color *)(void *)bitmap_row(picture, y));
    if (!brush->treatment.hard)
        smooth_borders(sheet, picture);
    free_brush(brush);
    return picture;
}

/* Painted small, and enlarged: pixel art. */
static struct bitmap *paint_squares(const struct sheet *sheet, const struct palette *palette, uint64_t look)
{
    struct sheet *small = sheet_reduce(sheet, sheet_side(sheet) / SQUARES);

    sheet_measure(small);
    struct bitmap *picture = paint_sheet(small, palette, look);
    struct bitmap *enlarged = scale_map(picture, sheet->width, sheet->height);
    bitmap_free(picture);
    sheet_free(small);
    return enlarged;
}

struct bitmap *brush_paint(const struct sheet *sheet, const struct palette *palette, uint64_t look)
{
    if (treatments[palette->style].hard && sheet_side(sheet) >= 2 * SQUARES)
        return paint_squares(sheet, palette, look);
    return paint_sheet(sheet, palette, look);
}
