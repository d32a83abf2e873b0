#include "paint/grain.h"
#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>

/* 3t² - 2t³ for t = part / whole, in 256ths: a step without corners. */
static int smooth(int part, int whole)
{
    int t = part * 256 / whole;

    return t * t * (3 * 256 - 2 * t) >> 16;
}

static void add_octave(int16_t *sums, int cell, int weight, struct rng *rng)
{
    int8_t corners[GRAIN_SIDE / 2][GRAIN_SIDE / 2];
    int cells = GRAIN_SIDE / cell;

    for (int row = 0; row < cells; row++)
        for (int column = 0; column < cells; column++)
            corners[row][column] = (int8_t)((int)(rng_next(rng) % 255) - 127);
    for (int y = 0; y < GRAIN_SIDE; y++) {
        int row = y / cell, down = smooth(y % cell, cell);
        const int8_t *upper = corners[row], *lower = corners[(row + 1) % cells];
        for (int x = 0; x < GRAIN_SIDE; x++) {
            int column = x / cell, next = (column + 1) % cells, right = smooth(x % cell, cell);
            int left_value = upper[column] * (256 - down) + lower[column] * down;
            int right_value = upper[next] * (256 - down) + lower[next] * down;
            *sums++ += (int16_t)((left_value / 256 * (256 - right) + right_value / 256 * right) / 256 * weight / 16);
        }
    }
}

void grain_make(struct grain *grain, int cell, int octaves, uint64_t look)
{
    struct rng rng = {.key = {look, (uint64_t)cell}};
    int16_t *sums = xcalloc((size_t)GRAIN_SIDE * GRAIN_SIDE, sizeof(*sums));
    int weight = 16;

    for (int i = 0; i < octaves && cell >= 2; i++, cell /= 2, weight /= 2)
        add_octave(sums, cell, weight, &rng);
    for (int i = 0; i < GRAIN_SIDE * GRAIN_SIDE; i++)
        grain->values[i] = (int8_t)(sums[i] > 127 ? 127 : sums[i] < -127 ? -127 : sums[i]);
    free(sums);
}
