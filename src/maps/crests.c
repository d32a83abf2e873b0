#include "maps/crests.h"
#include "base/mem.h"
#include "image/blur.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { CHANNELS = 3, LEVEL = 64 }; // a slope of one level of 256 a pixel

/* The gradient at a pixel, of the channel in which it is largest. */
struct slope {
    int16_t dx, dy;
    uint16_t norm;
};

enum { MAX_NORM = 255 * LEVEL }; // half of that, in both directions, is the steepest there is

struct slopes {
    int width, height;
    struct slope *at;
};

static struct slope slope_at(const struct plane *plane, int x, int y)
{
    int left = x > 0 ? x - 1 : x, right = x < plane->width - 1 ? x + 1 : x;
    int above = y > 0 ? y - 1 : y, below = y < plane->height - 1 ? y + 1 : y;
    int dx = (plane_row(plane, y)[right] - plane_row(plane, y)[left]) / (2 * PLANE_ONE / LEVEL);
    int dy = (plane_row(plane, below)[x] - plane_row(plane, above)[x]) / (2 * PLANE_ONE / LEVEL);

    return (struct slope){(int16_t)dx, (int16_t)dy, (uint16_t)sqrt((double)(dx * dx + dy * dy))};
}

static struct slopes slopes_of(const struct bitmap *picture)
{
    static const double sigma = 0.8; // so that stairs of pixels lean as the line does that they stand for
    struct slopes slopes = {.width = picture->width, .height = picture->height};

    slopes.at = xcalloc((size_t)slopes.width * (size_t)slopes.height, sizeof(*slopes.at));
    for (int i = 0; i < CHANNELS; i++) {
        struct plane plane = plane_of_channel(picture, i);
        blur_gaussian(&plane, sigma);
        for (int y = 0; y < slopes.height; y++)
            for (int x = 0; x < slopes.width; x++) {
                struct slope slope = slope_at(&plane, x, y),
                             *best = &slopes.at[(size_t)y * (size_t)slopes.width + (size_t)x];
                *best = slope.norm > best->norm ? slope : *best;
            }
        plane_free(&plane);
    }
    return slopes;
}

static int norm_at(const struct slopes *slopes, int x, int y)
{
    if (x < 0 || y < 0 || x >= slopes->width || y >= slopes->height)
        return 0;
    return slopes->at[(size_t)y * (size_t)slopes->width + (size_t)x].norm;
}

/* To the neighbour, of eight, that the gradient points at. */
static void step_across(const struct slope *slope, int *x, int *y)
{
    enum { TAN_22 = 424, OF = 1024 };
    int dx = abs(slope->dx), dy = abs(slope->dy);

    *x = dx * OF < dy * TAN_22 ? 0 : slope->dx < 0 ? -1 : 1;
    *y = dy * OF < dx * TAN_22 ? 0 : slope->dy < 0 ? -1 : 1;
}

/* Where the parabola through the three has its top, between the neighbours' middles. */
static float top_of(int before, int here, int behind)
{
    return (float)(behind - before) / (float)(2 * (2 * here - before - behind));
}

static void add(struct crests *crests, struct crest crest, size_t *room)
{
    if (crests->count == *room) {
        *room = *room ? 2 * *room : 4096;
        crests->list = xrealloc(crests->list, *room * sizeof(*crests->list));
    }
    crests->pixels[(size_t)crest.row * (size_t)crests->width + crest.column] = (uint32_t)crests->count;
    crests->list[crests->count++] = crest;
}

static bool is_crest(struct crest *crest, const struct slopes *slopes, int x, int y)
{
    const struct slope *slope = &slopes->at[(size_t)y * (size_t)slopes->width + (size_t)x];
    int step_x, step_y;

    step_across(slope, &step_x, &step_y);
    int before = norm_at(slopes, x - step_x, y - step_y), behind = norm_at(slopes, x + step_x, y + step_y);
    if (slope->norm <= before || slope->norm < behind)
        return false;
    float shift = top_of(before, slope->norm, behind);
    double length = sqrt((double)(slope->dx * slope->dx + slope->dy * slope->dy));
    *crest = (struct crest){.column = (uint16_t)x,
                            .row = (uint16_t)y,
                            .x = (float)x + shift * (float)step_x,
                            .y = (float)y + shift * (float)step_y,
                            .across_x = (float)(slope->dx / length),
                            .across_y = (float)(slope->dy / length),
                            .norm = (float)slope->norm / LEVEL};
    return true;
}

/* Norms are whole numbers of few values: counted, not compared. */
static void put_in_order(struct crests *crests)
{
    uint32_t *places = xcalloc(MAX_NORM + 1, sizeof(*places));

    crests->order = xmalloc(crests->count * sizeof(*crests->order));
    for (size_t i = 0; i < crests->count; i++)
        places[(int)(crests->list[i].norm * LEVEL)]++;
    uint32_t place = 0;
    for (int norm = MAX_NORM; norm >= 0; norm--) {
        uint32_t count = places[norm];
        places[norm] = place;
        place += count;
    }
    for (size_t i = 0; i < crests->count; i++)
        crests->order[places[(int)(crests->list[i].norm * LEVEL)]++] = (uint32_t)i;
    free(places);
}

void crests_find(struct crests *crests, const struct bitmap *picture, double least)
{
    struct slopes slopes = slopes_of(picture);
    struct crest crest;
    size_t pixels = (size_t)picture->width * (size_t)picture->height, room = 0;

    *crests = (struct crests){.width = picture->width, .height = picture->height};
    crests->pixels = xmalloc(pixels * sizeof(*crests->pixels));
    for (size_t i = 0; i < pixels; i++) {
        crests->pixels[i] = NO_CREST;
        if (slopes.at[i].norm < least * LEVEL || slopes.at[i].norm == 0)
            continue;
        if (is_crest(&crest, &slopes, (int)(i % (size_t)slopes.width), (int)(i / (size_t)slopes.width)))
            add(crests, crest, &room);
    }
    free(slopes.at);
    put_in_order(crests);
}

void crests_free(struct crests *crests)
{
    free(crests->list);
    free(crests->order);
    free(crests->pixels);
}
