/* Soft edges, as holistically-nested edge detection (HED) has them: its network asks at several scales whether something
 * ends here, and was taught by people who drew round things and not round blades of grass. In its place: the gradients of a
 * fine and a coarse scale, both of which the border of a thing has, less what is around, which texture has as much of. */
#include "base/mem.h"
#include "image/blur.h"
#include "maps/control_map.h"

#include <math.h>
#include <stdlib.h>

enum { CHANNELS = 3, FINE = 2, COARSE = 4, AROUND = 12 }; // radii, in pixels

enum { MOST = 255 * PLANE_ONE };

/* By eye, on photos and drawings. */
static const double fine_gain = 2, coarse_gain = 4.5; // so that a soft border is as strong at both scales
static const double inhibition = 1.1;
static const double lone = 0.5; // what an edge with nothing around it keeps
static const double middle_share = 0.92, middle_part = 0.8;
static const int least_middle = 6 * PLANE_ONE, most_middle = 80 * PLANE_ONE;
static const double last_gain = 1.5;

static uint16_t bounded(double value)
{
    return (uint16_t)(value < MOST ? value : MOST);
}

static void blur_all(struct plane channels[CHANNELS], int radius)
{
    for (int i = 0; i < CHANNELS; i++) {
        blur_box(&channels[i], radius);
        blur_box(&channels[i], radius);
    }
}

static double square(double x)
{
    return x * x;
}

/* How steep all channels are together. */
static void steepness(struct plane *to, const struct plane channels[CHANNELS], double gain)
{
    int width = to->width, height = to->height;

    for (int y = 0; y < height; y++) {
        int above = y > 0 ? y - 1 : y, below = y < height - 1 ? y + 1 : y;
        for (int x = 0; x < width; x++) {
            int left = x > 0 ? x - 1 : x, right = x < width - 1 ? x + 1 : x;
            double sum = 0;
            for (int i = 0; i < CHANNELS; i++) {
                const uint16_t *row = plane_row(&channels[i], y);
                sum += square(row[right] - row[left]);
                sum += square(plane_row(&channels[i], below)[x] - plane_row(&channels[i], above)[x]);
            }
            plane_row(to, y)[x] = bounded(gain * sqrt(sum));
        }
    }
}

static struct plane edges_of(const struct bitmap *picture)
{
    struct plane channels[CHANNELS], fine = plane_new(picture), coarse = plane_new(picture);
    size_t pixels = plane_pixels(&fine);

    for (int i = 0; i < CHANNELS; i++)
        channels[i] = plane_of_channel(picture, i);
    blur_all(channels, FINE);
    steepness(&fine, channels, fine_gain);
    blur_all(channels, COARSE);
    steepness(&coarse, channels, coarse_gain);
    for (size_t i = 0; i < pixels; i++)
        fine.at[i] = bounded(sqrt((double)fine.at[i] * coarse.at[i]));
    for (int i = 0; i < CHANNELS; i++)
        plane_free(&channels[i]);
    plane_free(&coarse);
    return fine;
}

/* What an edge has more than what is around it. */
static struct plane stand_out(const struct plane *edges, const struct bitmap *picture)
{
    struct plane around = plane_new(picture);
    size_t pixels = plane_pixels(edges);

    memcpy(around.at, edges->at, pixels * sizeof(*around.at));
    blur_box(&around, AROUND);
    blur_box(&around, AROUND);
    for (size_t i = 0; i < pixels; i++) {
        double rest = edges->at[i] - inhibition * around.at[i];
        around.at[i] = rest > 0 ? (uint16_t)rest : 0;
    }
    return around;
}

/* The edge that is to be half white: pictures differ in contrast. */
static double middle_of(const struct plane *edges)
{
    size_t pixels = plane_pixels(edges), below = 0, share = (size_t)((double)pixels * middle_share);
    uint32_t *counts = xcalloc(UINT16_MAX + 1, sizeof(*counts));
    int value = 0;

    for (size_t i = 0; i < pixels; i++)
        counts[edges->at[i]]++;
    while (value < UINT16_MAX && (below += counts[value]) <= share)
        value++;
    free(counts);
    value = (int)(value * middle_part);
    return value < least_middle ? least_middle : value > most_middle ? most_middle : value;
}

static void raise_contrast(struct plane *rest, const struct plane *edges)
{
    double middle = middle_of(rest);
    size_t pixels = plane_pixels(rest);

    for (size_t i = 0; i < pixels; i++) {
        if (rest->at[i] == 0)
            continue;
        double kept = rest->at[i] / (lone * edges->at[i]);
        double white = square(rest->at[i]) / (square(rest->at[i]) + square(middle));
        rest->at[i] = bounded(MOST * white * (kept < 1 ? kept : 1));
    }
}

struct bitmap *map_hed(const struct bitmap *picture)
{
    struct plane edges = edges_of(picture), soft = stand_out(&edges, picture);
    size_t pixels = plane_pixels(&soft);

    raise_contrast(&soft, &edges);
    blur_box(&soft, 1);
    for (size_t i = 0; i < pixels; i++)
        soft.at[i] = bounded(last_gain * soft.at[i]);
    struct bitmap *map = plane_bitmap(&soft);
    plane_free(&soft);
    plane_free(&edges);
    return map;
}
