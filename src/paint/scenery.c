#include "paint/scenery.h"
#include "base/hash.h"
#include "base/mem.h"
#include "paint/people.h"

#include <limits.h>
#include <stdlib.h>

enum {
    UNIT = 4096, // the smaller side: places are laid out in it, so that they are the same at every size
    SKIES = 6,   // bands of the sky
    LAYERS = 10, // of the land, at most
    CLOUDS = 5,
    STARS = 70,
    TREES = 40,
    NOISE_BITS = 8,
};

/* All areas of a scene. */
enum {
    AREA_SKY,
    AREA_GLOW = AREA_SKY + SKIES,
    AREA_HALO,
    AREA_SUN,
    AREA_CLOUD,
    AREA_WINDOW,
    AREA_LAYER,
    AREA_PEOPLE = AREA_LAYER + LAYERS
};

/* How a ridge runs. Lengths and heights in UNITs. */
enum form { FORM_SMOOTH, FORM_SHARP, FORM_TABLE, FORM_ROOFS, FORM_WAVES };

static const struct shape {
    enum form far, near;
    int far_height, near_height; // how high ridges rise above their foot
    int length;                  // from one hill to the next
    int layers;
    int trees;   // of 8 ridges, on so many
    int horizon; // from above
} shapes[LANDS] = {
    [LAND_OPEN] = {FORM_SHARP, FORM_SMOOTH, 700, 420, 1500, 5, 4, 2200},
    [LAND_HILLS] = {FORM_SMOOTH, FORM_SMOOTH, 420, 480, 1500, 5, 3, 2000},
    [LAND_FOREST] = {FORM_SMOOTH, FORM_SMOOTH, 520, 420, 1300, 5, 8, 1900},
    [LAND_MOUNTAINS] = {FORM_SHARP, FORM_SHARP, 1300, 600, 1700, 5, 3, 2300},
    [LAND_DESERT] = {FORM_TABLE, FORM_SMOOTH, 800, 520, 2000, 5, 0, 2400},
    [LAND_SEA] = {FORM_SHARP, FORM_WAVES, 420, 90, 900, 6, 0, 2300},
    [LAND_CITY] = {FORM_ROOFS, FORM_ROOFS, 1500, 1000, 420, 4, 0, 2500},
};

/* --- chance -------------------------------------------------------------------------------------------------------- */

static int64_t draw_between(struct rng *rng, int64_t least, int64_t most)
{
    return least + (int64_t)(rng_next(rng) % (uint64_t)(most - least + 1));
}

/* The same for the same place, from 0 to 255. */
static int chance_at(uint64_t key, int64_t place)
{
    uint64_t mixed = (key ^ (uint64_t)place * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);

    mixed = (mixed ^ mixed >> 32) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (int)(mixed >> 40 & 255);
}

/* A smooth line through chances that are `length` apart, from 0 to 255. */
static int noise(uint64_t key, int64_t x, int length)
{
    int64_t cell = x >= 0 ? x / length : -((length - 1 - x) / length);
    int64_t part = (x - cell * length) * 256 / length;
    int64_t step = part * part * (768 - 2 * part) >> 16;

    return (int)((chance_at(key, cell) * (256 - step) + chance_at(key, cell + 1) * step) >> 8);
}

/* --- ridges -------------------------------------------------------------------------------------------------------- */

static int sharp(uint64_t key, int64_t x, int length)
{
    int sum = 0, weight = 128;

    for (int octave = 0; octave < 6 && length > 16; octave++, length /= 2, weight /= 2) {
        int value = abs(2 * noise(key + (uint64_t)octave, x, length) - 255);
        sum += (255 - value) * weight / 256;
    }
    return sum;
}

static int roofs(uint64_t key, int64_t x, int length)
{
    int64_t place = x + (int64_t)100 * UNIT, cell = place / length; // far enough to the left that none is below 0
    int height = chance_at(key, cell), width = 160 + chance_at(key + 1, cell) * 96 / 256;
    int64_t part = place % length * 256 / length;
    bool mast = height > 200 && part > width / 2 - 4 && part < width / 2 + 6;

    return part > width ? height / 6 : mast ? height + 50 : 60 + height * 3 / 4;
}

/* How high it is there, of 256. */
static int rise(enum form form, uint64_t key, int64_t x, int length)
{
    int plain;

    switch (form) {
    case FORM_SHARP: return sharp(key, x, length);
    case FORM_ROOFS: return roofs(key, x, length);
    case FORM_TABLE:
        plain = noise(key, x, length / 2);
        return plain > 150 ? 200 + noise(key + 1, x, 90) / 12 : plain > 120 ? (plain - 120) * 6 + 20 : plain / 6;
    case FORM_WAVES:
        plain = abs((int)(((x + (int64_t)(key & 1023)) % length + length) % length * 512 / length) - 256);
        return plain * plain / 256; // troughs are round, crests are not
    default: return (noise(key, x, length) * 3 + noise(key + 1, x, length / 3)) / 4;
    }
}

struct layer {
    enum form form;
    uint64_t key;
    int foot, height, length; // where it would be if it were flat, from above; how high it rises
    int shift;                // how far it has moved
    bool trees;
};

struct scenery {
    struct sheet *sheet;
    const struct palette *palette;
    const struct shape *shape;
    struct rng rng;
    int width, height, side; // of the sheet in UNITs; its smaller side in pixels
    int sway, drift;         // -256 to 256, and while one stands still the other moves most
    int layers, horizon;
    struct layer list[LAYERS];
};

static int pixels_of(const struct scenery *place, int64_t units)
{
    return (int)(units * place->side / UNIT);
}

static void lay_out(struct scenery *place, const struct scenery_wish *wish)
{
    const struct shape *shape = place->shape;
    int room = place->height - place->horizon;

    place->layers = shape->layers;
    for (int i = 0; i < place->layers; i++) {
        struct layer *layer = &place->list[i];
        bool far = i < 2;
        layer->form = far ? shape->far : shape->near;
        layer->key = wish->shapes * 16 + (uint64_t)i;
        layer->height = (far ? shape->far_height : shape->near_height) * (4 + (i & 1)) / 5;
        layer->length = shape->length * (10 + 3 * i) / 12;
        layer->foot = place->horizon + room * i * i / (place->layers * place->layers) + (far ? 0 : layer->height / 3);
        layer->shift = place->sway * (i + 1) * (i + 1) / 8;
        layer->trees = !far && (int)draw_between(&place->rng, 0, 7) < shape->trees;
    }
}

/* Pines: their tops, as far as these are above the ridge. */
static void plant(const struct scenery *place, const struct layer *layer, int *tops)
{
    int width = place->sheet->width;
    int *ridge = xmalloc((size_t)width * sizeof(*ridge)); // as it is without any

    memcpy(ridge, tops, (size_t)width * sizeof(*ridge));
    for (int i = 0; i < TREES; i++) {
        int x = pixels_of(place, (int64_t)chance_at(layer->key + 5, i) * place->width / 256 + layer->shift);
        int tall = pixels_of(place, 180 + chance_at(layer->key + 6, i) * 2 + layer->foot / 12);
        int half = tall / 4 + 1;
        if (x < 0 || x >= width || chance_at(layer->key + 7, i) > 200)
            continue;
        int foot = ridge[x] + tall / 8;
        for (int dx = -half; dx <= half; dx++) {
            if (x + dx < 0 || x + dx >= width)
                continue;
            int out = abs(dx) * 256 / half, jag = out * 4 % 256 / 6; // four tiers of branches
            int top = foot - tall * (256 - out) / 256 - tall * jag / 256 / 2;
            tops[x + dx] = top < tops[x + dx] ? top : tops[x + dx];
        }
    }
    free(ridge);
}

static void make_tops(const struct scenery *place, const struct layer *layer, int *tops)
{
    for (int x = 0; x < place->sheet->width; x++) {
        int64_t units = (int64_t)x * UNIT / place->side - layer->shift + UNIT * 8;
        int height = rise(layer->form, layer->key, units, layer->length) * layer->height / 256;
        tops[x] = pixels_of(place, layer->foot - height);
    }
    if (layer->trees)
        plant(place, layer, tops);
}

static void draw_layer(const struct scenery *place, int number, const int *tops)
{
    struct sheet *sheet = place->sheet;
    int top = sheet->height;

    for (int x = 0; x < sheet->width; x++)
        top = tops[x] < top ? tops[x] : top;
    for (int y = top > 0 ? top : 0; y < sheet->height; y++) {
        uint16_t *row = sheet->areas + sheet_at(sheet, 0, y);
        for (int x = 0; x < sheet->width; x++)
            if (y >= tops[x])
                row[x] = (uint16_t)(AREA_LAYER + number);
    }
}

/* Some are lit: a grid of them on each house, away from its roof. */
static void draw_windows(const struct scenery *place, int number, const int *tops)
{
    struct sheet *sheet = place->sheet;
    int step = pixels_of(place, 70), size = (step + 1) / 2;

    for (int y = 0; y < sheet->height && step > 2; y++)
        for (int x = 0; x < sheet->width; x++) {
            uint16_t *area = &sheet->areas[sheet_at(sheet, x, y)];
            bool inside = *area == AREA_LAYER + number && y > tops[x] + step && x % step < size && y % step < size &&
                          x >= step && x + step < sheet->width && tops[x - size] == tops[x] &&
                          tops[x + size] == tops[x];
            if (inside && chance_at(place->list[number].key, x / step * 997 + y / step) < 90)
                *area = AREA_WINDOW;
        }
}

static void draw_land(const struct scenery *place)
{
    int *tops = xcalloc((size_t)place->sheet->width, sizeof(*tops));

    for (int i = 0; i < place->layers; i++) {
        make_tops(place, &place->list[i], tops);
        draw_layer(place, i, tops);
        if (place->list[i].form == FORM_ROOFS && i > 0)
            draw_windows(place, i, tops);
    }
    free(tops);
}

/* --- the sky ------------------------------------------------------------------------------------------------------- */

static void draw_sky(const struct scenery *place, uint64_t key)
{
    struct sheet *sheet = place->sheet;
    int deep = pixels_of(place, place->horizon) + 1, wave = pixels_of(place, 260) + 1;
    int *shifts = xmalloc((size_t)sheet->width * sizeof(*shifts)); // of the bands, up or down

    for (int x = 0; x < sheet->width; x++) {
        int64_t units = (int64_t)x * UNIT / place->side - place->sway / 2 + UNIT * 8;
        shifts[x] = (noise(key, units, 1700) - 128) * wave / 256;
    }
    for (int y = 0; y < sheet->height; y++)
        for (int x = 0; x < sheet->width; x++) {
            int there = y + shifts[x], band = there < 0 ? 0 : there * SKIES / deep;
            sheet->areas[sheet_at(sheet, x, y)] = (uint16_t)(AREA_SKY + (band < SKIES ? band : SKIES - 1));
        }
    free(shifts);
}

/* A disc of the sky, or half of one; only where there is sky so far, or an area up to `over`. */
static void draw_disc(struct sheet *sheet, int center_x, int center_y, int wide, int high, uint16_t area, int over)
{
    for (int y = center_y - high < 0 ? 0 : center_y - high; y <= center_y + high && y < sheet->height; y++)
        for (int x = center_x - wide < 0 ? 0 : center_x - wide; x <= center_x + wide && x < sheet->width; x++) {
            int64_t dx = (int64_t)(x - center_x) * high, dy = (int64_t)(y - center_y) * wide;
            uint16_t *there = &sheet->areas[sheet_at(sheet, x, y)];
            if (*there <= over && dx * dx + dy * dy <= (int64_t)wide * wide * high * high)
                *there = area;
        }
}

static void draw_sun(struct scenery *place)
{
    int x = pixels_of(place, draw_between(&place->rng, place->width / 6, place->width * 5 / 6));
    int y = pixels_of(place, draw_between(&place->rng, place->horizon / 4, place->horizon * 3 / 4) + place->drift / 2);
    int radius = pixels_of(place, draw_between(&place->rng, 230, 430));

    draw_disc(place->sheet, x, y, radius * 9 / 4, radius * 9 / 4, AREA_GLOW, AREA_GLOW);
    draw_disc(place->sheet, x, y, radius * 3 / 2, radius * 3 / 2, AREA_HALO, AREA_GLOW);
    draw_disc(place->sheet, x, y, radius, radius, AREA_SUN, AREA_HALO);
}

static bool is_night(const struct palette *palette)
{
    return palette->ramps[RAMP_SKY].home < 17;
}

static void draw_stars(struct scenery *place)
{
    for (int i = 0; i < STARS; i++) {
        int x = pixels_of(place, draw_between(&place->rng, 0, place->width));
        int y = pixels_of(place, draw_between(&place->rng, 0, place->horizon));
        int radius = pixels_of(place, i % 5 == 0 ? 16 : 9);
        if (x < place->sheet->width && y < place->sheet->height)
            draw_disc(place->sheet, x, y, radius > 0 ? radius : 1, radius > 0 ? radius : 1, AREA_SUN,
                      AREA_SKY + SKIES - 1);
    }
}

static void draw_clouds(struct scenery *place)
{
    int count = (int)draw_between(&place->rng, 2, CLOUDS);

    for (int i = 0; i < count; i++) {
        int64_t x = draw_between(&place->rng, 0, place->width) + place->drift * (i % 2 ? 1 : -1);
        int64_t y = draw_between(&place->rng, place->horizon / 10, place->horizon * 3 / 4);
        int64_t wide = draw_between(&place->rng, 260, 620);
        for (int puff = -1; puff <= 1; puff++)
            draw_disc(place->sheet, pixels_of(place, x + puff * wide * 3 / 5),
                      pixels_of(place, y - (puff == 0 ? wide / 8 : 0)),
                      pixels_of(place, wide * (puff == 0 ? 6 : 5) / 10),
                      pixels_of(place, wide * (puff == 0 ? 3 : 2) / 13), AREA_CLOUD, AREA_CLOUD);
    }
}

/* --- colours ------------------------------------------------------------------------------------------------------- */

static void color(const struct scenery *place, int number, int ramp, int shift, int height)
{
    struct area *area = &place->sheet->list[number];
    int level = place->palette->ramps[ramp].home + shift;

    area->ramp = (uint8_t)ramp;
    area->level = (uint8_t)(level < 2 ? 2 : level > RAMP_TONES - 2 ? RAMP_TONES - 2 : level);
    area->height = (uint8_t)height;
    area->even = number < AREA_LAYER;
    area->colored = true;
}

/* What is most like light: red and green, and not blue. */
static int warmest_thing(const struct palette *palette)
{
    int best = RAMP_THING, most = INT_MIN;

    for (int i = RAMP_THING; i < RAMPS; i++) {
        const uint8_t *home = palette->ramps[i].tones[palette->ramps[i].home].channels;
        int warmth = home[0] + home[1] - home[2];
        best = warmth > most ? i : best;
        most = warmth > most ? warmth : most;
    }
    return best;
}

static void color_all(const struct scenery *place)
{
    static const uint8_t lands[LAYERS] = {RAMP_FAR, RAMP_FAR + 1, RAMP_GROUND, RAMP_GROUND, RAMP_DEEP, RAMP_DEEP};
    static const int8_t steps[LAYERS] = {0, 0, 4, -3, 3, -4};
    int thing = warmest_thing(place->palette), brighten = place->drift / 50;

    for (int i = 0; i < SKIES; i++)
        color(place, AREA_SKY + i, i == 0 ? RAMP_SKY : i == SKIES - 1 ? RAMP_HORIZON : RAMP_AIR + i - 1, brighten, 0);
    color(place, AREA_GLOW, RAMP_HORIZON, 2 + brighten, 0);
    color(place, AREA_HALO, RAMP_HORIZON, 6 + brighten, 1);
    color(place, AREA_SUN, thing, is_night(place->palette) ? 24 : 5, 2);
    color(place, AREA_CLOUD, RAMP_HORIZON, 12, 6);
    color(place, AREA_WINDOW, thing, 4, 255);
    for (int i = 0; i < LAYERS; i++)
        color(place, AREA_LAYER + i, lands[i], steps[i] + brighten, 20 + 20 * i);
}

/* There and back again, slower at both ends; from -256 to 256. */
static int sway_of(unsigned turn)
{
    int part = (int)(turn % SCENERY_TURN), up = part < SCENERY_TURN / 2 ? part : SCENERY_TURN - part;

    return (up * up * (768 - 2 * up) >> 15) - 256;
}

static void draw_people(struct sheet *sheet, const struct scenery_wish *wish)
{
    size_t pixels = (size_t)sheet->width * (size_t)sheet->height;

    if (wish->people_count == 0)
        return;
    sheet->light = xmalloc(pixels);
    memset(sheet->light, SHEET_NEUTRAL, pixels);
    for (int i = 0; i < wish->people_count; i++)
        person_draw(sheet, &wish->people[i], (uint16_t)(AREA_PEOPLE + i * PERSON_AREAS));
}

struct sheet *scenery_new(int width, int height, const struct palette *palette, const struct scenery_wish *wish)
{
    struct sheet *sheet = sheet_new(width, height);

    if (!sheet)
        return NULL;
    int side = sheet_side(sheet);
    struct scenery place = {.sheet = sheet,
                            .palette = palette,
                            .rng = {.key = {wish->shapes, 0x7363656e65}},
                            .width = (int)((int64_t)width * UNIT / side),
                            .height = (int)((int64_t)height * UNIT / side),
                            .side = side,
                            .sway = sway_of(wish->turn),
                            .drift = sway_of(wish->turn + SCENERY_TURN / 4)};
    enum land chance = (enum land)draw_between(&place.rng, LAND_OPEN, LAND_SEA);
    place.shape = &shapes[palette->land == LAND_OPEN ? chance : palette->land];
    place.horizon = (int)((int64_t)place.height * place.shape->horizon / UNIT);
    lay_out(&place, wish);
    draw_sky(&place, wish->shapes);
    if (is_night(palette))
        draw_stars(&place);
    draw_sun(&place);
    draw_clouds(&place);
    draw_land(&place);
    draw_people(sheet, wish);
    sheet_list(sheet, AREA_PEOPLE + wish->people_count * PERSON_AREAS);
    color_all(&place);
    for (int i = 0; i < wish->people_count; i++)
        person_color(sheet, (uint16_t)(AREA_PEOPLE + i * PERSON_AREAS), palette, wish->shapes + (uint64_t)i);
    return sheet;
}
