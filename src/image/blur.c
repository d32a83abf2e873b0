#include "image/blur.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_REACH = 64, WHOLE = 65536 }; // of a kernel: pixels to one side; the sum of its weights

static int clamp(int i, int count)
{
    return i < 0 ? 0 : i < count ? i : count - 1;
}

/* A row with its surroundings: `reach` pixels more on either side, each a copy of the one that `where` says. */
static void pad(uint16_t *padded, const uint16_t *row, int width, int reach, int (*where)(int i, int count))
{
    memcpy(padded + reach, row, (size_t)width * sizeof(*row));
    for (int i = 1; i <= reach; i++) {
        padded[reach - i] = row[where(-i, width)];
        padded[reach + width - 1 + i] = row[where(width - 1 + i, width)];
    }
}

static uint16_t *new_padded(int width, int reach)
{
    return xmalloc(((size_t)width + 2 * (size_t)reach) * sizeof(uint16_t));
}

/* Divides by the number of pixels: a multiplication, exact for all sums of so few. */
static uint64_t inverse(int radius)
{
    return ((uint64_t)1 << 40) / (2 * (uint64_t)radius + 1) + 1;
}

static uint16_t mean(uint32_t sum, uint64_t inverse)
{
    return (uint16_t)(sum * inverse >> 40);
}

static void box_rows(struct plane *to, const struct plane *from, int radius)
{
    uint16_t *padded = new_padded(from->width, radius + 1);
    uint64_t part = inverse(radius);

    for (int y = 0; y < from->height; y++) {
        uint16_t *row = plane_row(to, y), *leaves = padded + 1, *enters = padded + 2 + 2 * radius;
        uint32_t sum = 0;
        pad(padded, plane_row(from, y), from->width, radius + 1, clamp);
        for (int i = 0; i <= 2 * radius; i++)
            sum += leaves[i];
        for (int x = 0; x < from->width; x++) {
            row[x] = mean(sum, part);
            sum += enters[x];
            sum -= leaves[x];
        }
    }
    free(padded);
}

/* Goes down all columns at once, row by row, as they lie in memory. */
static void box_columns(struct plane *to, const struct plane *from, int radius)
{
    uint32_t *sums = xcalloc((size_t)from->width, sizeof(*sums));
    uint64_t part = inverse(radius);

    for (int i = -radius; i <= radius; i++)
        for (int x = 0; x < from->width; x++)
            sums[x] += plane_row(from, clamp(i, from->height))[x];
    for (int y = 0; y < from->height; y++) {
        const uint16_t *enters = plane_row(from, clamp(y + radius + 1, from->height));
        const uint16_t *leaves = plane_row(from, clamp(y - radius, from->height));
        uint16_t *row = plane_row(to, y);
        for (int x = 0; x < from->width; x++) {
            row[x] = mean(sums[x], part);
            sums[x] += enters[x];
            sums[x] -= leaves[x];
        }
    }
    free(sums);
}

static struct plane like(const struct plane *plane)
{
    return (struct plane){plane->width, plane->height, xmalloc(plane_pixels(plane) * sizeof(uint16_t))};
}

void blur_box(struct plane *plane, int radius)
{
    struct plane across = like(plane);

    box_rows(&across, plane, radius);
    box_columns(plane, &across, radius);
    plane_free(&across);
}

struct kernel {
    int reach;
    uint32_t weights[MAX_REACH + 1]; // of the middle, of those at one pixel's distance, …
};

/* exp(-x) for 0 <= x <= 2 by its series: libm's may differ in the last digit from machine to machine. */
static double decay(double x)
{
    double sum = 1, term = 1;

    for (int i = 1; i < 24; i++) {
        term *= -x / i;
        sum += term;
    }
    return sum;
}

static struct kernel gaussian(double sigma)
{
    struct kernel kernel = {.reach = (int)(4 * sigma + 0.5)};
    double weights[MAX_REACH + 1] = {1}, sum = 1;
    double ratio = decay(1 / (2 * sigma * sigma)), step = ratio * ratio;

    // exp(-i² / 2σ²), each from the one before: the exponents differ by the odd numbers.
    for (int i = 1; i <= kernel.reach; i++, ratio *= step) {
        weights[i] = weights[i - 1] * ratio;
        sum += 2 * weights[i];
    }
    kernel.weights[0] = WHOLE;
    for (int i = 1; i <= kernel.reach; i++) {
        kernel.weights[i] = (uint32_t)(weights[i] / sum * WHOLE + 0.5);
        kernel.weights[0] -= 2 * kernel.weights[i];
    }
    return kernel;
}

/* …3 2 1 0 1 2 3…, to and fro as often as it takes where `count` is small. */
static int mirror(int i, int count)
{
    int period = 2 * (count - 1);

    if (count == 1)
        return 0;
    i = abs(i) % period;
    return i < count ? i : period - i;
}

static void add_weighted(uint32_t *sums, const uint16_t *one, const uint16_t *other, uint32_t weight, int count)
{
    for (int i = 0; i < count; i++)
        sums[i] += weight * ((uint32_t)one[i] + other[i]);
}

/* Sums begin at a half: they are rounded. */
static void begin(uint32_t *sums, const uint16_t *middle, uint32_t weight, int count)
{
    for (int i = 0; i < count; i++)
        sums[i] = weight * middle[i] + WHOLE / 2;
}

static void finish(uint16_t *to, const uint32_t *sums, int count)
{
    for (int i = 0; i < count; i++)
        to[i] = (uint16_t)(sums[i] / WHOLE);
}

static void gaussian_rows(struct plane *to, const struct plane *from, const struct kernel *kernel, uint32_t *sums)
{
    int reach = kernel->reach, width = from->width;
    uint16_t *padded = new_padded(width, reach), *row = padded + reach;

    for (int y = 0; y < from->height; y++) {
        pad(padded, plane_row(from, y), width, reach, mirror);
        begin(sums, row, kernel->weights[0], width);
        for (int i = 1; i <= reach; i++)
            add_weighted(sums, row - i, row + i, kernel->weights[i], width);
        finish(plane_row(to, y), sums, width);
    }
    free(padded);
}

static void gaussian_columns(struct plane *to, const struct plane *from, const struct kernel *kernel, uint32_t *sums)
{
    for (int y = 0; y < from->height; y++) {
        begin(sums, plane_row(from, y), kernel->weights[0], from->width);
        for (int i = 1; i <= kernel->reach; i++)
            add_weighted(sums, plane_row(from, mirror(y - i, from->height)),
                         plane_row(from, mirror(y + i, from->height)), kernel->weights[i], from->width);
        finish(plane_row(to, y), sums, from->width);
    }
}

void blur_gaussian(struct plane *plane, double sigma)
{
    struct kernel kernel = gaussian(sigma);
    struct plane across = like(plane);
    uint32_t *sums = xmalloc((size_t)plane->width * sizeof(*sums));

    gaussian_rows(&across, plane, &kernel, sums);
    gaussian_columns(plane, &across, &kernel, sums);
    free(sums);
    plane_free(&across);
}
