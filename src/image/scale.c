#include "image/scale.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* After OpenCV 4.6, which the model's own code calls: its arithmetic step by step, in single precision where it has that,
 * so that the pixels come out as there. */

/* cvRound: to the nearest whole number, of two the even one. */
static int round_half_even(double value)
{
    int whole = (int)value - ((int)value > value);
    double rest = value - whole;

    return whole + (rest > 0.5 || (rest == 0.5 && whole % 2 != 0));
}

static int within(int at, int count)
{
    return at < 0 ? 0 : at < count ? at : count - 1;
}

static int least(int one, int other)
{
    return one < other ? one : other;
}

/* How many pixels of the original one pixel takes along a side. By way of the inverse, because OpenCV goes there. */
static double step_of(int from, int to)
{
    return 1 / ((double)to / from);
}

/* ---- Smaller: each pixel is the mean of the area that it takes ---- */

/* Of one pixel of the original along one side: how much it gives to which pixel. */
struct share {
    int from, to;
    float weight;
};

/* In the order of both sides; *count of them. What is less than a thousandth of a pixel is left out. */
static struct share *shares_of(int from, int to, int *count)
{
    struct share *shares = xcalloc((size_t)from + 2 * (size_t)to, sizeof(*shares)), *next = shares;
    double step = step_of(from, to);

    for (int i = 0; i < to; i++) {
        double begin = i * step, end = begin + step;
        double width = step < from - begin ? step : from - begin;
        int last = least((int)end, from - 1);
        int first = least((int)begin + ((int)begin < begin), last);
        double rest = end - last < 1 ? end - last : 1;
        if (first - begin > 1e-3)
            *next++ = (struct share){first - 1, i, (float)((first - begin) / width)};
        for (int at = first; at < last; at++)
            *next++ = (struct share){at, i, (float)(1 / width)};
        if (end - last > 1e-3)
            *next++ = (struct share){last, i, (float)((rest < width ? rest : width) / width)};
    }
    *count = (int)(next - shares);
    return shares;
}

static void add_row(float *sums, int width, const uint8_t *row, const struct share *shares, int count)
{
    memset(sums, 0, (size_t)3 * (size_t)width * sizeof(*sums));
    for (const struct share *share = shares; share < shares + count; share++) {
        const uint8_t *pixel = row + (size_t)3 * (size_t)share->from;
        float *sum = sums + (size_t)3 * (size_t)share->to;
        sum[0] += (float)pixel[0] * share->weight;
        sum[1] += (float)pixel[1] * share->weight;
        sum[2] += (float)pixel[2] * share->weight;
    }
}

/* Halves go to the even number; of two by two pixels, for which OpenCV has a way of its own, up. */
static void put_row(uint8_t *row, const float *sums, size_t len, bool halves_up)
{
    for (size_t i = 0; i < len; i++) {
        int shade = halves_up ? (int)(sums[i] + 0.5F) : round_half_even(sums[i]);
        row[i] = (uint8_t)within(shade, 256);
    }
}

static void shrink(const struct bitmap *picture, struct bitmap *scaled)
{
    int columns, rows;
    struct share *across = shares_of(picture->width, scaled->width, &columns);
    struct share *down = shares_of(picture->height, scaled->height, &rows);
    size_t len = bitmap_row_len(scaled);
    float *row = xcalloc(len, sizeof(*row)), *sums = xcalloc(len, sizeof(*sums));
    bool halved = picture->width == 2 * scaled->width && picture->height == 2 * scaled->height;

    for (int i = 0; i < rows; i++) {
        add_row(row, scaled->width, bitmap_row(picture, down[i].from), across, columns);
        for (size_t at = 0; at < len; at++)
            sums[at] += row[at] * down[i].weight;
        if (i + 1 < rows && down[i + 1].to == down[i].to)
            continue;
        put_row(bitmap_row(scaled, down[i].to), sums, len, halved);
        memset(sums, 0, len * sizeof(*sums));
    }
    free(across);
    free(down);
    free(row);
    free(sums);
}

/* ---- Larger: each pixel is a sum of eight by eight of the original, with weights in 2048ths ---- */

enum { TAPS = 8, WEIGHT_BITS = 11, WEIGHT_ONE = 1 << WEIGHT_BITS };

struct taps {
    int first; // may lie outside: what is there is as the pixel at the edge
    int weights[TAPS];
};

/* Up to an eighth of a turn, by the first terms of its series: the libraries of two machines may differ in sin(). */
static double sine(double angle)
{
    double term = angle, sum = angle;

    for (int i = 2; i < 20; i += 2) {
        term *= -angle * angle / (i * (i + 1));
        sum += term;
    }
    return sum;
}

static double cosine(double angle)
{
    double term = 1, sum = 1;

    for (int i = 1; i < 20; i += 2) {
        term *= -angle * angle / (i * (i + 1));
        sum += term;
    }
    return sum;
}

/* sin(pi d) sin(pi d / 4) / (pi d)^2 of the distances of eight pixels, of which the fourth is `offset` away, 0 to 1. The
 * first factor is the same for all but for its sign, so it goes away when the weights are made to have the sum 1. */
static void weigh_lanczos(int weights[TAPS], float offset)
{
    static const double quarter_pi = 0.78539816339744830962, root = 0.70710678118654752440;
    const double turns[TAPS][2] = {{1, 0},  {-root, -root}, {0, 1},  {root, -root},
                                   {-1, 0}, {root, root},   {0, -1}, {-root, root}};
    double rest = (1 - (double)offset) * quarter_pi, along = -sine(rest), across = -cosine(rest);
    float values[TAPS], sum = 0;

    for (int i = 0; i < TAPS; i++) {
        float distance = offset + 3 - (float)i;
        double angle = -distance * quarter_pi;
        bool at_it = distance < 1e-6F && distance > -1e-6F;
        values[i] = at_it ? 1e30F : (float)((turns[i][0] * along + turns[i][1] * across) / (angle * angle));
        sum += values[i];
    }
    sum = 1 / sum;
    for (int i = 0; i < TAPS; i++)
        weights[i] = round_half_even(values[i] * sum * WEIGHT_ONE);
}

static struct taps *lanczos_taps(int from, int to)
{
    struct taps *taps = xcalloc((size_t)to, sizeof(*taps));
    double step = step_of(from, to);

    for (int i = 0; i < to; i++) {
        float at = (float)((i + 0.5) * step - 0.5);
        int floor = (int)at - ((float)(int)at > at);
        taps[i].first = floor - 3;
        weigh_lanczos(taps[i].weights, at - (float)floor);
    }
    return taps;
}

/* What OpenCV does for areas where one side becomes larger: between two pixels, but only where an area would take both. */
static struct taps *linear_taps(int from, int to)
{
    struct taps *taps = xcalloc((size_t)to, sizeof(*taps));
    double step = step_of(from, to);

    for (int i = 0; i < to; i++) {
        int at = (int)(i * step);
        float share = (float)(i + 1 - (at + 1) * ((double)to / from));
        share = share <= 0 ? 0 : share - (float)(int)share;
        int second = round_half_even(share * WEIGHT_ONE);
        taps[i].first = at;
        taps[i].weights[0] = WEIGHT_ONE - second;
        taps[i].weights[1] = second;
    }
    return taps;
}

/* Rows of the original in the new width: the last eight that were asked for. */
struct window {
    const struct bitmap *picture;
    const struct taps *across;
    int width;
    int held[TAPS]; // by number; -1: none
    int *rows[TAPS];
};

static const int *row_of(struct window *window, int y)
{
    int *row = window->rows[y % TAPS];

    if (window->held[y % TAPS] == y)
        return row;
    window->held[y % TAPS] = y;
    for (int x = 0; x < window->width; x++) {
        const struct taps *taps = &window->across[x];
        int *sum = row + (size_t)3 * (size_t)x;
        memset(sum, 0, 3 * sizeof(*sum));
        for (int i = 0; i < TAPS; i++) {
            int at = within(taps->first + i, window->picture->width);
            const uint8_t *pixel = bitmap_row(window->picture, y) + (size_t)3 * (size_t)at;
            for (int channel = 0; channel < 3; channel++)
                sum[channel] += pixel[channel] * taps->weights[i];
        }
    }
    return row;
}

static void combine_rows(uint8_t *to, struct window *window, const struct taps *down)
{
    const int *rows[TAPS];

    for (int i = 0; i < TAPS; i++)
        rows[i] = row_of(window, within(down->first + i, window->picture->height));
    for (size_t at = 0; at < (size_t)3 * (size_t)window->width; at++) {
        int64_t sum = INT64_C(1) << (2 * WEIGHT_BITS - 1);
        for (int i = 0; i < TAPS; i++)
            sum += (int64_t)rows[i][at] * down->weights[i];
        to[at] = sum < 0 ? 0 : (uint8_t)within((int)(sum >> (2 * WEIGHT_BITS)), 256);
    }
}

static void interpolate(const struct bitmap *picture, struct bitmap *scaled, struct taps *(*taps_of)(int from, int to))
{
    struct taps *across = taps_of(picture->width, scaled->width), *down = taps_of(picture->height, scaled->height);
    struct window window = {.picture = picture, .across = across, .width = scaled->width};

    for (int i = 0; i < TAPS; i++) {
        window.held[i] = -1;
        window.rows[i] = xcalloc(bitmap_row_len(scaled), sizeof(int));
    }
    for (int y = 0; y < scaled->height; y++)
        combine_rows(bitmap_row(scaled, y), &window, &down[y]);
    for (int i = 0; i < TAPS; i++)
        free(window.rows[i]);
    free(across);
    free(down);
}

/* ---- Which of them ---- */

/* resize_image of controlnet_aux: INTER_LANCZOS4 "if k > 1 else INTER_AREA", where k is how the smaller side grows. */
static bool grows(const struct bitmap *picture, int width, int height)
{
    return picture->width < picture->height ? width > picture->width : height > picture->height;
}

struct bitmap *scale_picture(const struct bitmap *picture, int width, int height)
{
    struct bitmap *scaled = bitmap_new(width, height);

    if (!scaled)
        return NULL;
    if (width == picture->width && height == picture->height)
        memcpy(scaled->rgb, picture->rgb, bitmap_row_len(picture) * (size_t)picture->height);
    else if (grows(picture, width, height))
        interpolate(picture, scaled, lanczos_taps);
    else if (width > picture->width || height > picture->height)
        interpolate(picture, scaled, linear_taps);
    else
        shrink(picture, scaled);
    return scaled;
}

struct bitmap *scale_map(const struct bitmap *map, int width, int height)
{
    struct bitmap *scaled = bitmap_new(width, height);
    double step_x = step_of(map->width, width), step_y = step_of(map->height, height);

    for (int y = 0; scaled && y < height; y++)
        for (int x = 0; x < width; x++)
            memcpy(bitmap_row(scaled, y) + 3 * x,
                   bitmap_row(map, least((int)(y * step_y), map->height - 1)) +
                       (size_t)3 * (size_t)least((int)(x * step_x), map->width - 1),
                   3);
    return scaled;
}
