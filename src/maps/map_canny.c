/* Canny's edges as cv2.Canny has them of a picture in colours: Sobel's 3x3 gradient, its L1 norm, of each pixel that channel
 * whose norm is the largest; then only crests of the norm, then of these those that are strong, and weak ones that hang
 * together with them. docs/fidelity.md says how far the two agree. */
#include "base/mem.h"
#include "maps/control_map.h"

#include <stdlib.h>

/* In the map's first byte of each pixel, until it is whole. */
enum edge { NO_EDGE = 0, WEAK = 1, STRONG = 255 };

/* The gradient at a pixel. */
struct slope {
    int16_t dx, dy;
    uint16_t norm;
};

/* Pixels whose neighbours are still to be looked at: no more than the map has, each of them once. */
struct found {
    uint32_t *list;
    size_t count, room;
};

struct canny {
    const struct bitmap *picture;
    struct bitmap *map;
    int low, high;
    int16_t *sums, *differences; // of three rows, downwards, each with a pixel of the border on either side
    struct slope *rows[3];       // of the row above, the one in work, the one below; the first slope is that at x = -1
    struct found found;
};

static void add_found(struct found *found, size_t pixel)
{
    if (found->count == found->room) {
        found->room = found->room ? 2 * found->room : 4096;
        found->list = xrealloc(found->list, found->room * sizeof(*found->list));
    }
    found->list[found->count++] = (uint32_t)pixel;
}

/* Outside, the picture goes on as at its border. */
static const uint8_t *row_at(const struct bitmap *picture, int y)
{
    return bitmap_row(picture, y < 0 ? 0 : y < picture->height ? y : picture->height - 1);
}

static void add_up(struct canny *canny, int y)
{
    const uint8_t *above = row_at(canny->picture, y - 1), *row = row_at(canny->picture, y);
    const uint8_t *below = row_at(canny->picture, y + 1);
    size_t len = bitmap_row_len(canny->picture);

    for (size_t i = 0; i < len; i++) {
        canny->sums[3 + i] = (int16_t)(above[i] + 2 * row[i] + below[i]);
        canny->differences[3 + i] = (int16_t)(below[i] - above[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        canny->sums[i] = canny->sums[3 + i];
        canny->sums[3 + len + i] = canny->sums[len + i];
        canny->differences[i] = canny->differences[3 + i];
        canny->differences[3 + len + i] = canny->differences[len + i];
    }
}

static struct slope slope_at(const int16_t *sums, const int16_t *differences)
{
    int dx = sums[6] - sums[0], dy = differences[0] + 2 * differences[3] + differences[6];

    return (struct slope){(int16_t)dx, (int16_t)dy, (uint16_t)(abs(dx) + abs(dy))};
}

/* Outside all norms are zero. */
static void find_slopes(struct canny *canny, int y, struct slope *slopes)
{
    int width = canny->picture->width;

    if (y < 0 || y >= canny->picture->height) {
        memset(slopes, 0, ((size_t)width + 2) * sizeof(*slopes));
        return;
    }
    add_up(canny, y);
    for (int x = 0; x < width; x++) {
        struct slope best = {0};
        for (int channel = 0; channel < 3; channel++) {
            struct slope slope = slope_at(canny->sums + 3 * x + channel, canny->differences + 3 * x + channel);
            if (channel == 0 || slope.norm > best.norm)
                best = slope;
        }
        slopes[1 + x] = best;
    }
}

/* Whether the norm is largest in the gradient's direction, of which there are four: by the tangents of 22.5 and 67.5
 * degrees, in fixed point, and with the ties as OpenCV has them. */
static bool is_crest(struct slope *const rows[3], int at)
{
    enum { SHIFT = 15, TAN_22 = 13573 }; // 32768 times the tangent of 22.5; that of 67.5 is larger by 2
    struct slope slope = rows[1][at];
    int dx = abs(slope.dx), dy = abs(slope.dy) * (1 << SHIFT);

    if (dy < dx * TAN_22)
        return slope.norm > rows[1][at - 1].norm && slope.norm >= rows[1][at + 1].norm;
    if (dy > dx * TAN_22 + dx * (2 << SHIFT))
        return slope.norm > rows[0][at].norm && slope.norm >= rows[2][at].norm;
    int side = (slope.dx < 0) != (slope.dy < 0) ? -1 : 1;
    return slope.norm > rows[0][at - side].norm && slope.norm > rows[2][at + side].norm;
}

static void find_crests(struct canny *canny, int y)
{
    uint8_t *edges = bitmap_row(canny->map, y);

    for (int x = 0; x < canny->map->width; x++) {
        int norm = canny->rows[1][1 + x].norm;
        if (norm <= canny->low || !is_crest(canny->rows, 1 + x))
            continue;
        edges[3 * x] = norm > canny->high ? STRONG : WEAK;
        if (norm > canny->high)
            add_found(&canny->found, (size_t)y * (size_t)canny->map->width + (size_t)x);
    }
}

static void find_edges(struct canny *canny)
{
    find_slopes(canny, -1, canny->rows[0]);
    find_slopes(canny, 0, canny->rows[1]);
    for (int y = 0; y < canny->map->height; y++) {
        find_slopes(canny, y + 1, canny->rows[2]);
        find_crests(canny, y);
        struct slope *done = canny->rows[0];
        canny->rows[0] = canny->rows[1];
        canny->rows[1] = canny->rows[2];
        canny->rows[2] = done;
    }
}

static void strengthen(struct canny *canny, int x, int y)
{
    const struct bitmap *map = canny->map;

    if (x < 0 || y < 0 || x >= map->width || y >= map->height || bitmap_row(map, y)[3 * x] != WEAK)
        return;
    bitmap_row(map, y)[3 * x] = STRONG;
    add_found(&canny->found, (size_t)y * (size_t)map->width + (size_t)x);
}

/* Weak edges that touch strong ones, at a corner too, are strong. */
static void follow_edges(struct canny *canny)
{
    while (canny->found.count > 0) {
        uint32_t pixel = canny->found.list[--canny->found.count];
        int x = (int)(pixel % (uint32_t)canny->map->width), y = (int)(pixel / (uint32_t)canny->map->width);
        for (int i = 0; i < 9; i++)
            strengthen(canny, x + i % 3 - 1, y + i / 3 - 1);
    }
}

struct bitmap *map_canny(const struct bitmap *picture, int low_threshold, int high_threshold)
{
    struct canny canny = {.picture = picture, .map = bitmap_new(picture->width, picture->height)};
    size_t width = (size_t)picture->width, pixels = width * (size_t)picture->height;

    // "if (low_thresh > high_thresh) std::swap(low_thresh, high_thresh)"
    canny.low = low_threshold < high_threshold ? low_threshold : high_threshold;
    canny.high = low_threshold < high_threshold ? high_threshold : low_threshold;
    canny.sums = xcalloc(2 * 3 * (width + 2), sizeof(int16_t));
    canny.differences = canny.sums + 3 * (width + 2);
    for (int i = 0; i < 3; i++)
        canny.rows[i] = xcalloc(width + 2, sizeof(struct slope));
    find_edges(&canny);
    follow_edges(&canny);
    for (size_t i = 0; i < pixels; i++)
        memset(canny.map->rgb + 3 * i, canny.map->rgb[3 * i] == STRONG ? STRONG : NO_EDGE, 3);
    for (int i = 0; i < 3; i++)
        free(canny.rows[i]);
    free(canny.sums);
    free(canny.found.list);
    return canny.map;
}
