#include "media/landscape.h"
#include "base/hash.h"
#include "base/mem.h"
#include "media/palette.h"

#include <stdbool.h>
#include <stdlib.h>

enum {
    UNIT = 4096, // the smaller side: shapes are laid out in it, so that a look is one picture at every size
    ONE = 4096,  // 1 in fixed point
    HILLS = 6,   // in a square; more in a long picture
    HILLS_MAX = 48,
    CELL = 8,         // pixels between two heights that are computed; between them they rise evenly
    CELL_BITS = 3,    // CELL is 1 << 3
    HEIGHT_BITS = 14, // of a height in the grid, below the eight that a pixel keeps
    BAND = 16,        // heights of a band
    TONE = 4,         // heights of one colour: 64 tones look as good as 256, in half the bytes
};

struct hill {
    int64_t x, y, radius;
    int64_t rise; // below 0: a hollow
    bool ring;    // highest on a circle around its middle
};

struct scene {
    int64_t width, height;
    int64_t rise_x, rise_y; // of the ground below the hills, from edge to edge
    struct hill hills[HILLS_MAX];
    int count;
};

static int64_t draw_between(struct rng *rng, int64_t least, int64_t most)
{
    return least + (int64_t)(rng_next(rng) % (uint64_t)(most - least + 1));
}

static struct scene make_scene(uint32_t shapes, int64_t width, int64_t height)
{
    struct rng rng = {.key = {shapes, 0x736861706573}};
    struct scene scene = {.width = width, .height = height};
    int64_t count = (width + height) * HILLS / UNIT / 2;

    scene.rise_x = draw_between(&rng, -ONE, ONE); // one draw a statement: C orders no others
    scene.rise_y = draw_between(&rng, -ONE, ONE);
    scene.count = count < HILLS_MAX ? (int)count : HILLS_MAX;
    for (int i = 0; i < scene.count; i++) {
        struct hill *hill = &scene.hills[i];
        hill->x = draw_between(&rng, 0, width);
        hill->y = draw_between(&rng, 0, height);
        hill->radius = draw_between(&rng, UNIT / 5, UNIT * 3 / 5);
        hill->rise = draw_between(&rng, ONE / 3, ONE) * (i % 3 == 2 ? -1 : 1);
        hill->ring = i % 3 == 1;
    }
    return scene;
}

/* (1 - d²/r²)² within the radius, which ends without an edge; for a ring what is squared is a hump, highest
 * where d² = r²/2. */
static int64_t hill_height(const struct hill *hill, int64_t x, int64_t y)
{
    int64_t dx = x - hill->x, dy = y - hill->y, square = hill->radius * hill->radius;
    int64_t distance = dx * dx + dy * dy;

    if (distance >= square)
        return 0;
    int64_t near = ONE - distance * ONE / square;
    if (hill->ring)
        near = 4 * near * (ONE - near) / ONE;
    return near * near / ONE * hill->rise / ONE;
}

static int64_t scene_height(const struct scene *scene, int64_t x, int64_t y)
{
    int64_t height = x * scene->rise_x / scene->width + y * scene->rise_y / scene->height;

    for (int i = 0; i < scene->count; i++)
        height += hill_height(&scene->hills[i], x, y);
    return height;
}

/* The heights at the corners of all cells, stretched to 0 … 255 in HEIGHT_BITS of fixed point. */
struct grid {
    int columns, rows;
    int32_t *heights;
};

static void stretch(struct grid *grid)
{
    int count = grid->columns * grid->rows;
    int64_t least = grid->heights[0], most = least;

    for (int i = 1; i < count; i++) {
        least = grid->heights[i] < least ? grid->heights[i] : least;
        most = grid->heights[i] > most ? grid->heights[i] : most;
    }
    int64_t span = most > least ? most - least : 1;
    for (int i = 0; i < count; i++)
        grid->heights[i] = (int32_t)((grid->heights[i] - least) * (255 << HEIGHT_BITS) / span);
}

static struct grid make_grid(const struct drawing *drawing)
{
    int64_t width = drawing->width, height = drawing->height, side = width < height ? width : height;
    struct scene scene = make_scene((uint32_t)(drawing->look >> 32), width * UNIT / side, height * UNIT / side);
    struct grid grid = {.columns = (drawing->width + CELL - 1) / CELL + 1,
                        .rows = (drawing->height + CELL - 1) / CELL + 1};
    int32_t *next = xcalloc((size_t)grid.columns * (size_t)grid.rows, sizeof(*next));

    grid.heights = next;
    for (int64_t row = 0; row < grid.rows; row++)
        for (int64_t column = 0; column < grid.columns; column++)
            *next++ = (int32_t)scene_height(&scene, column * CELL * UNIT / side, row * CELL * UNIT / side);
    stretch(&grid);
    return grid;
}

/* The heights of one row of pixels; `heights` has room for whole cells. */
static void grid_row(const struct grid *grid, int y, uint8_t *heights)
{
    const int32_t *upper = grid->heights + (size_t)(y / CELL) * (size_t)grid->columns;
    const int32_t *lower = upper + grid->columns;
    int below = y % CELL, above = CELL - below;

    for (int cell = 0; cell + 1 < grid->columns; cell++) {
        int32_t left = upper[cell] * above + lower[cell] * below;
        int32_t right = upper[cell + 1] * above + lower[cell + 1] * below;
        int32_t height = left * CELL;
        for (int i = 0; i < CELL; i++, height += right - left)
            *heights++ = (uint8_t)(height >> (2 * CELL_BITS + HEIGHT_BITS));
    }
}

_Static_assert(sizeof(struct color) == 3, "a row of them is a row of RGB");

/* Of the wheel of pure colours, `hue` from 0 to 1535: red, yellow, green, cyan, blue, magenta. */
static struct color wheel(int hue)
{
    static const uint8_t corners[7][3] = {{255, 0, 0}, {255, 255, 0}, {0, 255, 0}, {0, 255, 255},
                                          {0, 0, 255}, {255, 0, 255}, {255, 0, 0}};
    const uint8_t *from = corners[hue / 256], *to = corners[hue / 256 + 1];
    struct color color;

    for (int i = 0; i < 3; i++)
        color.channels[i] = (uint8_t)((from[i] * (256 - hue % 256) + to[i] * (hue % 256)) / 256);
    return color;
}

static struct color blend(struct color from, struct color to, int part, int whole)
{
    for (int i = 0; i < 3; i++)
        from.channels[i] = (uint8_t)((from.channels[i] * (whole - part) + to.channels[i] * part) / whole);
    return from;
}

/* A colour for each height: from a dark one through a full one to a pale one of another hue, each band a
 * little lighter towards its upper edge, as if cut out of paper. */
static void make_palette(struct color palette[256], uint32_t colors)
{
    static const struct color black = {{0, 0, 0}}, white = {{255, 255, 255}};
    struct rng rng = {.key = {colors, 0x636f6c6f7273}};
    int hue = (int)draw_between(&rng, 0, 1535);
    int other = (hue + (int)draw_between(&rng, 200, 900)) % 1536;
    struct color low = blend(wheel(hue), black, (int)draw_between(&rng, 160, 200), 256);
    struct color middle = blend(wheel((hue + other) / 2), white, (int)draw_between(&rng, 60, 130), 256);
    struct color high = blend(wheel(other), white, (int)draw_between(&rng, 180, 230), 256);

    for (int i = 0; i < 256; i++) {
        int tone = i / TONE * TONE;
        struct color even = i < 128 ? blend(low, middle, tone, 128) : blend(middle, high, tone - 128, 128);
        palette[i] = blend(black, even, 208 + tone % BAND * 3, 256);
    }
}

struct landscape {
    struct drawing drawing;
    struct grid grid;
    struct color palette[256];
};

/* Colours wander upwards as it turns: back and forth through the palette, so that a whole turn ends where it began. */
static void paint_row(const struct landscape *landscape, int y, unsigned turn, struct color *row)
{
    uint8_t heights[LANDSCAPE_MAX_SIDE + CELL];

    grid_row(&landscape->grid, y, heights);
    for (int x = 0; x < landscape->drawing.width; x++) {
        unsigned place = (heights[x] + turn) % LANDSCAPE_TURN;
        row[x] = landscape->palette[place < 256 ? place : LANDSCAPE_TURN - 1 - place];
    }
}

struct bitmap *landscape_paint(const struct landscape *landscape, unsigned turn)
{
    struct bitmap *picture = bitmap_new(landscape->drawing.width, landscape->drawing.height);

    for (int y = 0; y < picture->height; y++)
        paint_row(landscape, y, turn, (struct color *)(void *)bitmap_row(picture, y));
    return picture;
}

static bool side_fits(uint16_t side)
{
    return side > 0 && side <= LANDSCAPE_MAX_SIDE;
}

struct landscape *landscape_new(const struct drawing *drawing)
{
    if (!side_fits(drawing->width) || !side_fits(drawing->height))
        return NULL;
    struct landscape *landscape = xnew(struct landscape);
    landscape->drawing = *drawing;
    landscape->grid = make_grid(drawing);
    make_palette(landscape->palette, (uint32_t)drawing->look);
    return landscape;
}

void landscape_free(struct landscape *landscape)
{
    free(landscape->grid.heights);
    free(landscape);
}

struct bitmap *landscape_picture(const struct drawing *drawing)
{
    struct landscape *landscape = landscape_new(drawing);

    if (!landscape)
        return NULL;
    struct bitmap *picture = landscape_paint(landscape, 0);
    landscape_free(landscape);
    return picture;
}
