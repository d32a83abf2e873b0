#include "media/draw_png.h"
#include "base/mem.h"

#include <spng.h>
#include <stdlib.h>

enum {
    MAX_SIDE = 4096,
    UNIT = 4096, // the smaller side: shapes are laid out in it, so that a look is one picture at every size
    ONE = 4096,  // 1 in fixed point
    HILLS = 6,   // in a square; more in a long picture
    HILLS_MAX = 48,
    CELL = 8,         // pixels between two heights that are computed; between them they rise evenly
    CELL_BITS = 3,    // CELL is 1 << 3
    HEIGHT_BITS = 14, // of a height in the grid, below the eight that a pixel keeps
    BAND = 16,        // heights between two contour lines
    TONE = 4,         // heights of one colour: 64 tones look as good as 256, in half the bytes
    LINE = 2,         // pixels
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

struct color {
    uint8_t channels[3];
};

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

struct canvas {
    const struct drawing *drawing;
    struct grid grid;
    struct color palette[256];
    uint8_t heights[2][MAX_SIDE + CELL];
    struct color row[MAX_SIDE];
};

static void paint_row(struct canvas *canvas, int y)
{
    grid_row(&canvas->grid, y, canvas->heights[0]);
    for (int x = 0; x < canvas->drawing->width; x++)
        canvas->row[x] = canvas->palette[canvas->heights[0][x]];
}

/* White where the band changes within LINE pixels to the right or below. */
static void trace_row(struct canvas *canvas, int y)
{
    static const struct color colors[] = {{{0, 0, 0}}, {{255, 255, 255}}};
    const int last_x = canvas->drawing->width - 1, last_y = canvas->drawing->height - 1;
    const uint8_t *here = canvas->heights[0], *below = canvas->heights[1];

    grid_row(&canvas->grid, y, canvas->heights[0]);
    grid_row(&canvas->grid, y + LINE < last_y ? y + LINE : last_y, canvas->heights[1]);
    for (int x = 0; x <= last_x; x++) {
        int right = x + LINE < last_x ? x + LINE : last_x;
        int band = here[x] / BAND;
        bool edge = here[right] / BAND != band || below[x] / BAND != band || below[right] / BAND != band;
        canvas->row[x] = colors[edge];
    }
}

/* Fast before small: pictures are drawn while a client waits and are fetched over loopback. */
static bool start_png(spng_ctx *png, const struct drawing *drawing)
{
    struct spng_ihdr header = {
        .width = drawing->width, .height = drawing->height, .bit_depth = 8, .color_type = SPNG_COLOR_TYPE_TRUECOLOR};
    const int by_rows = SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE;

    return spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1) == SPNG_OK &&
           spng_set_option(png, SPNG_IMG_COMPRESSION_LEVEL, 1) == SPNG_OK &&
           spng_set_option(png, SPNG_FILTER_CHOICE, SPNG_DISABLE_FILTERING) == SPNG_OK &&
           spng_set_ihdr(png, &header) == SPNG_OK && spng_encode_image(png, NULL, 0, SPNG_FMT_PNG, by_rows) == SPNG_OK;
}

static char *encode(struct canvas *canvas, size_t *len)
{
    const struct drawing *drawing = canvas->drawing;
    void (*fill_row)(struct canvas *, int) = drawing->reference ? trace_row : paint_row;
    spng_ctx *png = spng_ctx_new(SPNG_CTX_ENCODER);
    int result = png && start_png(png, drawing) ? SPNG_OK : SPNG_EINTERNAL;

    for (int y = 0; y < drawing->height && result == SPNG_OK; y++) {
        fill_row(canvas, y);
        result = spng_encode_row(png, canvas->row, drawing->width * sizeof(*canvas->row));
    }
    char *bytes = result == SPNG_EOI ? spng_get_png_buffer(png, len, &result) : NULL; // the last row's answer
    spng_ctx_free(png);
    return bytes;
}

static bool side_fits(uint16_t side)
{
    return side > 0 && side <= MAX_SIDE;
}

char *draw_png(const struct drawing *drawing, size_t *len)
{
    if (!side_fits(drawing->width) || !side_fits(drawing->height))
        return NULL;
    struct canvas *canvas = xnew(struct canvas);
    canvas->drawing = drawing;
    canvas->grid = make_grid(drawing);
    make_palette(canvas->palette, (uint32_t)drawing->look);
    char *bytes = encode(canvas, len);
    free(canvas->grid.heights);
    free(canvas);
    return bytes;
}
