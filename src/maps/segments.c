/* From crests of the gradient, the strongest first, regions grow over neighbours that are as steep in the same direction, as
 * in LSD (von Gioi and others, 2010). Each is one segment, if it is straight. A curve's arc grows into one region too, as
 * long as it turns less than the tolerance, and is thrown away as a whole: pieces of it would pass for straight. */
#include "maps/segments.h"
#include "base/mem.h"
#include "maps/crests.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* By eye, on photos and drawings; in pixels, and in levels of 256 a pixel. */
static const double cos_tolerance = 0.92387953251128674; // of 22.5 degrees, LSD's
static const double least_norm = 4, least_seed = 10;
static const double least_length = 20, least_strength = 500;
static const double least_density = 0.6;                    // crests for each pixel of its length: a diagonal has 0.7
static const double most_rough = 0.6;                       // how far crests are from it, the root of the mean square
static const double most_bent = 2.5, most_bent_part = 0.03; // how far its middle is, and of its length
static const double smaller = 0.7;

enum { MOST_TRIES = 4 }; // of one crest in regions, so that time is bounded

struct finder {
    struct crests crests;
    uint8_t *tries;
    bool *is_used;
    uint32_t *region; // indexes of crests; the seed is the first
    size_t region_count;
    struct segment *segments;
    size_t count, room;
};

struct fit {
    double x, y, along_x, along_y; // a point, and its direction: a unit vector
    double begin, end;             // how far it goes from there
    double rough, bent, strength;
};

static double square(double x)
{
    return x * x;
}

/* Of the region. */
static const struct crest *member(const struct finder *finder, size_t i)
{
    return &finder->crests.list[finder->region[i]];
}

static void take(struct finder *finder, uint32_t index)
{
    finder->is_used[index] = true;
    finder->tries[index]++;
    finder->region[finder->region_count++] = index;
}

static void grow(struct finder *finder, uint32_t seed)
{
    double x = 0, y = 0;

    finder->region_count = 0;
    take(finder, seed);
    for (size_t done = 0; done < finder->region_count; done++) {
        const struct crest *crest = member(finder, done);
        x += crest->across_x;
        y += crest->across_y;
        double least = cos_tolerance * sqrt(square(x) + square(y));
        for (int i = 0; i < 9; i++) {
            uint32_t index = crests_at(&finder->crests, crest->column + i % 3 - 1, crest->row + i / 3 - 1);
            if (index == NO_CREST || finder->is_used[index] || finder->tries[index] == MOST_TRIES)
                continue;
            const struct crest *next = &finder->crests.list[index];
            if (next->across_x * x + next->across_y * y >= least)
                take(finder, index);
        }
    }
}

/* The line with the least squares of distances: the longer axis of the points' inertia. */
static void fit_line(struct fit *fit, const struct finder *finder)
{
    double count = (double)finder->region_count, xx = 0, xy = 0, yy = 0;

    *fit = (struct fit){0};
    for (size_t i = 0; i < finder->region_count; i++) {
        const struct crest *crest = member(finder, i);
        fit->x += crest->x / count;
        fit->y += crest->y / count;
        fit->strength += crest->norm / count;
    }
    for (size_t i = 0; i < finder->region_count; i++) {
        const struct crest *crest = member(finder, i);
        xx += square(crest->x - fit->x);
        yy += square(crest->y - fit->y);
        xy += (crest->x - fit->x) * (crest->y - fit->y);
    }
    double larger = (xx + yy + sqrt(square(xx - yy) + 4 * square(xy))) / 2;
    double x = xx > yy ? larger - yy : xy, y = xx > yy ? xy : larger - xx, length = sqrt(square(x) + square(y));
    fit->along_x = length > 0 ? x / length : 1;
    fit->along_y = length > 0 ? y / length : 0;
}

static double along(const struct fit *fit, const struct crest *crest)
{
    return (crest->x - fit->x) * fit->along_x + (crest->y - fit->y) * fit->along_y;
}

static double off(const struct fit *fit, const struct crest *crest)
{
    return (crest->y - fit->y) * fit->along_x - (crest->x - fit->x) * fit->along_y;
}

/* From where to where it goes, how far crests are off, and how much of that is a parabola's: an arc is nearly one. */
static void measure(struct fit *fit, const struct finder *finder)
{
    double count = (double)finder->region_count, mean = 0, rough = 0, parabola = 0, spread = 0;

    for (size_t i = 0; i < finder->region_count; i++) {
        double place = along(fit, member(finder, i));
        fit->begin = place < fit->begin ? place : fit->begin;
        fit->end = place > fit->end ? place : fit->end;
        mean += square(place) / count;
        rough += square(off(fit, member(finder, i))) / count;
    }
    for (size_t i = 0; i < finder->region_count; i++) {
        double term = square(along(fit, member(finder, i))) - mean;
        parabola += term * off(fit, member(finder, i));
        spread += square(term);
    }
    fit->rough = sqrt(rough);
    fit->bent = spread > 0 ? fabs(parabola / spread) * square(fit->end - fit->begin) / 4 : 0;
}

/* Lets go what is far from the seed. */
static void shrink(struct finder *finder)
{
    const struct crest *seed = member(finder, 0);
    double most = 0;
    size_t kept = 0;

    for (size_t i = 0; i < finder->region_count; i++) {
        const struct crest *crest = member(finder, i);
        double distance = square(crest->x - seed->x) + square(crest->y - seed->y);
        most = distance > most ? distance : most;
    }
    for (size_t i = 0; i < finder->region_count; i++) {
        uint32_t index = finder->region[i];
        const struct crest *crest = member(finder, i);
        if (square(crest->x - seed->x) + square(crest->y - seed->y) <= most * square(smaller))
            finder->region[kept++] = index;
        else
            finder->is_used[index] = false;
    }
    finder->region_count = kept;
}

static bool is_long(const struct fit *fit, size_t count)
{
    double length = fit->end - fit->begin;

    return length >= least_length && length * fit->strength >= least_strength &&
           (double)count >= length * least_density;
}

static bool is_bent(const struct fit *fit)
{
    return fit->bent > most_bent || fit->bent > most_bent_part * (fit->end - fit->begin);
}

static void add(struct finder *finder, const struct fit *fit)
{
    if (finder->count == finder->room) {
        finder->room = finder->room ? 2 * finder->room : 256;
        finder->segments = xrealloc(finder->segments, finder->room * sizeof(*finder->segments));
    }
    finder->segments[finder->count++] =
        (struct segment){fit->x + fit->begin * fit->along_x, fit->y + fit->begin * fit->along_y,
                         fit->x + fit->end * fit->along_x, fit->y + fit->end * fit->along_y};
}

static void try_seed(struct finder *finder, uint32_t seed)
{
    struct fit fit;

    // Too few to be long enough, mostly: not worth a fit.
    for (grow(finder, seed); (double)finder->region_count >= least_length * least_density; shrink(finder)) {
        fit_line(&fit, finder);
        measure(&fit, finder);
        if (!is_long(&fit, finder->region_count) || is_bent(&fit))
            return;
        if (fit.rough <= most_rough) {
            add(finder, &fit);
            return;
        }
    }
}

size_t segments_find(struct segment **segments, const struct bitmap *picture)
{
    struct finder finder = {0};

    crests_find(&finder.crests, picture, least_norm);
    size_t count = finder.crests.count;
    finder.tries = xcalloc(count, sizeof(*finder.tries));
    finder.is_used = xcalloc(count, sizeof(*finder.is_used));
    finder.region = xmalloc(count * sizeof(*finder.region));
    for (size_t i = 0; i < count; i++) {
        uint32_t seed = finder.crests.order[i];
        if (!finder.is_used[seed] && finder.tries[seed] < MOST_TRIES && finder.crests.list[seed].norm >= least_seed)
            try_seed(&finder, seed);
    }
    free(finder.tries);
    free(finder.is_used);
    free(finder.region);
    crests_free(&finder.crests);
    *segments = finder.segments;
    return finder.count;
}
