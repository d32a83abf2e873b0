#include "base/mem.h"
#include "maps/borders.h"
#include "maps/regions.h"

enum { FAINT = 24 }; // steps of colour

static void begin(struct region *list, int count, const struct cells *cells)
{
    for (int i = 0; i < count; i++) {
        list[i].left = cells->width;
        list[i].top = cells->height;
        list[i].right = list[i].bottom = -1;
    }
}

static void widen(struct region *region, int left, int top, int right, int bottom)
{
    region->left = left < region->left ? left : region->left;
    region->top = top < region->top ? top : region->top;
    region->right = right > region->right ? right : region->right;
    region->bottom = bottom > region->bottom ? bottom : region->bottom;
}

static void add_cell(struct region *region, const struct cells *cells, int x, int y, const uint8_t *pixel)
{
    region->area++;
    region->x += x;
    region->y += y;
    for (int i = 0; i < 3; i++)
        region->rgb[i] += pixel[i];
    widen(region, x, y, x, y);
    region->sides[SIDE_TOP] += y == 0;
    region->sides[SIDE_BOTTOM] += y + 1 == cells->height;
    region->sides[SIDE_LEFT] += x == 0;
    region->sides[SIDE_RIGHT] += x + 1 == cells->width;
}

/* Between a cell and the next, right of it or below it, which are `stride` bytes and `far` cells apart. The contrast is
 * taken a cell further to both sides where there is one, because an edge is seldom sharper than that; not so where the two
 * differ little, or another edge close by would count. */
static void add_step(struct regions *regions, struct borders *borders, int cell, int far, int place, int places)
{
    const uint8_t *pixel = regions->cells.means->rgb + 3 * (size_t)cell;
    size_t stride = 3 * (size_t)far;
    int a = regions->labels[cell], b = regions->labels[cell + far];

    if (a == b) {
        regions->list[a].roughness += tint_steps(tint_of(pixel), tint_of(pixel + stride));
        return;
    }
    const uint8_t *before = place > 0 ? pixel - stride : pixel;
    const uint8_t *behind = place + 2 < places ? pixel + 2 * stride : pixel + stride;
    int close = 3 * tint_steps(tint_of(pixel), tint_of(pixel + stride));
    int far_out = tint_steps(tint_of(before), tint_of(behind));
    int contrast = close < far_out ? close : far_out;
    borders_add(borders, &(struct border){a, b, .length = 1, .faint = contrast < FAINT, .contrast = contrast});
    regions->list[a].perimeter++;
    regions->list[b].perimeter++;
}

void regions_measure(struct regions *regions)
{
    const struct cells *cells = &regions->cells;
    const uint8_t *pixel = cells->means->rgb;
    struct borders borders;

    regions->list = xcalloc((size_t)regions->count, sizeof(*regions->list));
    begin(regions->list, regions->count, cells);
    borders_begin(&borders, regions->count);
    for (int y = 0, cell = 0; y < cells->height; y++)
        for (int x = 0; x < cells->width; x++, cell++, pixel += 3) {
            add_cell(&regions->list[regions->labels[cell]], cells, x, y, pixel);
            if (x + 1 < cells->width)
                add_step(regions, &borders, cell, 1, x, cells->width);
            if (y + 1 < cells->height)
                add_step(regions, &borders, cell, cells->width, y, cells->height);
        }
    borders_end(&borders);
    regions->borders = borders.list;
    regions->border_count = borders.count;
}

void region_add(struct region *region, const struct region *other)
{
    region->area += other->area;
    region->x += other->x;
    region->y += other->y;
    region->roughness += other->roughness;
    region->perimeter += other->perimeter;
    for (int i = 0; i < 3; i++)
        region->rgb[i] += other->rgb[i];
    for (int i = 0; i < REGION_SIDES; i++)
        region->sides[i] += other->sides[i];
    widen(region, other->left, other->top, other->right, other->bottom);
}

void region_color(const struct region *region, uint8_t rgb[3])
{
    for (int i = 0; i < 3; i++)
        rgb[i] = (uint8_t)((region->rgb[i] + region->area / 2) / region->area);
}

struct tint region_tint(const struct region *region)
{
    uint8_t rgb[3];

    region_color(region, rgb);
    return tint_of(rgb);
}

double region_bulk(const struct region *region)
{
    double thickness = (double)region->area / (region->perimeter > 0 ? region->perimeter : 1);
    double disc = 12 * thickness * thickness;

    return disc < (double)region->area ? disc : (double)region->area;
}
