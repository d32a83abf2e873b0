#include "maps/cells.h"
#include "base/mem.h"
#include "maps/tint.h"

static int parts(int side, int step)
{
    return (side + step - 1) / step;
}

static int least_step(int width, int height)
{
    int step = 1;

    while ((int64_t)parts(width, step) * parts(height, step) > CELLS_MAX)
        step++;
    return step;
}

/* The mean of the pixels of one cell. */
static void mean_of_cell(const struct cells *cells, int column, int row, uint8_t *mean)
{
    const struct bitmap *picture = cells->picture;
    int left = column * cells->step, top = row * cells->step;
    int right = left + cells->step < picture->width ? left + cells->step : picture->width;
    int bottom = top + cells->step < picture->height ? top + cells->step : picture->height;
    uint32_t sums[3] = {0}, count = (uint32_t)((right - left) * (bottom - top));

    for (int y = top; y < bottom; y++) {
        const uint8_t *pixel = bitmap_row(picture, y) + 3 * left;
        for (int x = left; x < right; x++, pixel += 3)
            for (int i = 0; i < 3; i++)
                sums[i] += pixel[i];
    }
    for (int i = 0; i < 3; i++)
        mean[i] = (uint8_t)((sums[i] + count / 2) / count);
}

void cells_make(struct cells *cells, const struct bitmap *picture)
{
    int step = least_step(picture->width, picture->height);

    *cells = (struct cells){.picture = picture, .step = step};
    cells->width = parts(picture->width, step);
    cells->height = parts(picture->height, step);
    cells->means = bitmap_new(cells->width, cells->height);
    for (int row = 0; row < cells->height; row++)
        for (int column = 0; column < cells->width; column++)
            mean_of_cell(cells, column, row, bitmap_row(cells->means, row) + 3 * column);
}

void cells_free(struct cells *cells)
{
    bitmap_free(cells->means);
    cells->means = NULL;
}

/* So few steps from its cell's colour a pixel is at home there. */
enum { AT_HOME = 6 };

static int nearest(const struct cells *cells, int column, int row, const uint8_t *pixel)
{
    static const int beside[][2] = {{0, 0}, {-1, 0}, {1, 0}, {0, -1}, {0, 1}};
    struct tint tint = tint_of(pixel);
    int best = 0, least = INT32_MAX;

    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
        int x = column + beside[i][0], y = row + beside[i][1];
        if (x < 0 || y < 0 || x >= cells->width || y >= cells->height)
            continue;
        int steps = tint_steps(tint, tint_of(bitmap_row(cells->means, y) + 3 * x));
        if (steps < least) {
            least = steps;
            best = y * cells->width + x;
        }
        if (least <= AT_HOME) // its own comes first
            break;
    }
    return best;
}

void cells_of_row(const struct cells *cells, int y, int *numbers)
{
    const uint8_t *pixel = bitmap_row(cells->picture, y);

    for (int x = 0; x < cells->picture->width; x++, pixel += 3)
        numbers[x] = cells->step == 1 ? y * cells->width + x : nearest(cells, x / cells->step, y / cells->step, pixel);
}
