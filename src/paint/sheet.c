#include "paint/sheet.h"
#include "base/mem.h"

#include <stdlib.h>

enum { INK_IS_LINE = 96 };

struct sheet *sheet_new(int width, int height)
{
    if (width < 1 || height < 1 || width > SHEET_MAX_SIDE || height > SHEET_MAX_SIDE)
        return NULL;
    struct sheet *sheet = xnew(struct sheet);
    size_t pixels = (size_t)width * (size_t)height;
    *sheet = (struct sheet){.width = width, .height = height};
    sheet->areas = xcalloc(pixels, sizeof(*sheet->areas));
    sheet->ink = xcalloc(pixels, 1);
    sheet->edge = xcalloc(pixels, 1);
    return sheet;
}

void sheet_free(struct sheet *sheet)
{
    if (!sheet)
        return;
    free(sheet->areas);
    free(sheet->ink);
    free(sheet->light);
    free(sheet->edge);
    free(sheet->list);
    free(sheet);
}

static void meet(struct sheet *sheet, uint16_t one, uint16_t other)
{
    struct area *area = &sheet->list[one];

    for (int i = 0; i < area->neighbour_count; i++)
        if (area->neighbours[i] == other)
            return;
    if (area->neighbour_count < AREA_NEIGHBOURS)
        area->neighbours[area->neighbour_count++] = other;
}

static void meet_both(struct sheet *sheet, uint16_t one, uint16_t other)
{
    if (one == other)
        return;
    meet(sheet, one, other);
    meet(sheet, other, one);
}

static void note_pixel(struct area *area, int x, int y)
{
    if (area->pixels++ == 0)
        area->left = x, area->top = y, area->right = x;
    area->left = x < area->left ? x : area->left;
    area->right = x > area->right ? x : area->right;
    area->bottom = y;
}

void sheet_list(struct sheet *sheet, int count)
{
    free(sheet->list);
    sheet->count = count;
    sheet->list = xcalloc((size_t)count, sizeof(*sheet->list));
    for (int y = 0; y < sheet->height; y++) {
        const uint16_t *row = sheet->areas + sheet_at(sheet, 0, y);
        for (int x = 0; x < sheet->width; x++) {
            note_pixel(&sheet->list[row[x]], x, y);
            if (x > 0)
                meet_both(sheet, row[x], row[x - 1]);
            if (y > 0)
                meet_both(sheet, row[x], row[x - sheet->width]);
        }
    }
}

static inline uint16_t least_of(uint16_t one, int other)
{
    return other < one ? (uint16_t)other : one;
}

/* What a row learns of the one that is done: straight and across. */
static void from_beside(uint16_t *row, const uint16_t *beside, int width)
{
    for (int x = 0; x < width; x++)
        row[x] = least_of(row[x], beside[x] + 3);
    for (int x = 1; x < width; x++)
        row[x] = least_of(row[x], beside[x - 1] + 4);
    for (int x = 0; x + 1 < width; x++)
        row[x] = least_of(row[x], beside[x + 1] + 4);
}

void sheet_distances(uint16_t *distances, int width, int height)
{
    for (int y = 0; y < height; y++) {
        uint16_t *row = distances + (size_t)y * (size_t)width;
        if (y > 0)
            from_beside(row, row - width, width);
        for (int x = 1; x < width; x++)
            row[x] = least_of(row[x], row[x - 1] + 3);
    }
    for (int y = height - 1; y >= 0; y--) {
        uint16_t *row = distances + (size_t)y * (size_t)width;
        if (y + 1 < height)
            from_beside(row, row + width, width);
        for (int x = width - 1; x-- > 0;)
            row[x] = least_of(row[x], row[x + 1] + 3);
    }
}

static bool is_edge(const struct sheet *sheet, int x, int y)
{
    size_t at = sheet_at(sheet, x, y);
    const uint16_t *area = &sheet->areas[at];

    return sheet->ink[at] >= INK_IS_LINE || (x + 1 < sheet->width && area[0] != area[1]) ||
           (y + 1 < sheet->height && area[0] != area[sheet->width]);
}

void sheet_measure(struct sheet *sheet)
{
    size_t pixels = (size_t)sheet->width * (size_t)sheet->height;
    uint16_t *distances = xcalloc(pixels, sizeof(*distances));

    for (int y = 0; y < sheet->height; y++)
        for (int x = 0; x < sheet->width; x++)
            distances[sheet_at(sheet, x, y)] = is_edge(sheet, x, y) ? 0 : 255;
    sheet_distances(distances, sheet->width, sheet->height);
    for (size_t i = 0; i < pixels; i++)
        sheet->edge[i] = (uint8_t)distances[i];
    free(distances);
}

/* Twice its mean, for a thin line is all that there is in its square. */
static uint8_t ink_of_square(const struct sheet *sheet, int x, int y, int side)
{
    int sum = 0;

    for (int row = 0; row < side; row++)
        for (int column = 0; column < side; column++)
            sum += sheet->ink[sheet_at(sheet, x + column, y + row)];
    sum = 2 * sum / (side * side);
    return (uint8_t)(sum < 255 ? sum : 255);
}

/* Each square has the area and the light of its middle. */
static void fill_squares(struct sheet *small, const struct sheet *sheet, int side)
{
    for (int y = 0; y < small->height; y++)
        for (int x = 0; x < small->width; x++) {
            size_t at = sheet_at(small, x, y), middle = sheet_at(sheet, x * side + side / 2, y * side + side / 2);
            small->areas[at] = sheet->areas[middle];
            small->ink[at] = ink_of_square(sheet, x * side, y * side, side);
            if (small->light)
                small->light[at] = sheet->light[middle];
        }
}

struct sheet *sheet_reduce(const struct sheet *sheet, int side)
{
    struct sheet *small = sheet_new(sheet->width / side, sheet->height / side);

    small->lines = sheet->lines;
    if (sheet->light)
        small->light = xmalloc((size_t)small->width * (size_t)small->height);
    fill_squares(small, sheet, side);
    sheet_list(small, sheet->count);
    for (int i = 0; i < sheet->count; i++) {
        small->list[i].ramp = sheet->list[i].ramp;
        small->list[i].level = sheet->list[i].level;
        small->list[i].height = sheet->list[i].height;
        small->list[i].even = sheet->list[i].even;
    }
    return small;
}
