/* Any picture, of any size from 1 x 1 on: the maps of edges are of its size, grey, and the same twice. The first bytes are
 * its size and the thresholds; the pixels go on from the start where the bytes end. */
#include "maps/control_map.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 6, MAX_SIDE = 2048, MAX_PIXELS = 16384 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void demand(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static struct bitmap *picture_of(const uint8_t *data, size_t len)
{
    int width = 1 + (data[0] | data[1] << 8) % MAX_SIDE, height = 1 + (data[2] | data[3] << 8) % MAX_SIDE;
    struct bitmap *picture = bitmap_new(width, (int64_t)width * height <= MAX_PIXELS ? height : 1 + height % 8);
    size_t room = bitmap_row_len(picture) * (size_t)picture->height;

    for (size_t i = 0; len > HEAD && i < room; i++)
        picture->rgb[i] = data[HEAD + i % (len - HEAD)];
    return picture;
}

static void check(const struct bitmap *picture, struct bitmap *one, struct bitmap *other)
{
    size_t room = bitmap_row_len(picture) * (size_t)picture->height;

    demand(one->width == picture->width && one->height == picture->height, "its size");
    demand(memcmp(one->rgb, other->rgb, room) == 0, "the same twice");
    for (size_t i = 0; i < room; i += 3)
        demand(one->rgb[i] == one->rgb[i + 1] && one->rgb[i] == one->rgb[i + 2], "grey");
    bitmap_free(one);
    bitmap_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < HEAD)
        return 0;
    struct bitmap *picture = picture_of(data, len);
    check(picture, map_canny(picture, data[4], data[5]), map_canny(picture, data[5], data[4]));
    check(picture, map_hed(picture), map_hed(picture));
    check(picture, map_scribble(picture), map_scribble(picture));
    check(picture, map_hough(picture), map_hough(picture));
    bitmap_free(picture);
    return 0;
}
