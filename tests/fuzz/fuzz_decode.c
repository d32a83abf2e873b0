/* Any bytes as an input picture: what is decoded has its size and its bounds; a small one is decoded twice to the same and
 * scaled; and where the last byte names a structure, its control map is made, which takes a hundred times as long. */
#include "image/decode.h"
#include "image/scale.h"
#include "maps/control_map.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { SMALL = 64 * 64, MAP_RESOLUTION = 256 }; // pixels of which a map is made; larger ones would only be slow

static void demand(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static bool same(const struct bitmap *one, const struct bitmap *other)
{
    return one->width == other->width && one->height == other->height &&
           memcmp(one->rgb, other->rgb, bitmap_row_len(one) * (size_t)one->height) == 0;
}

static void scale(const struct bitmap *picture)
{
    const int sides[] = {1, 7, 64, 129};

    for (size_t i = 0; i < sizeof(sides) / sizeof(*sides); i++) {
        struct bitmap *scaled = scale_picture(picture, sides[i], sides[(i + 1) % 4]);
        struct bitmap *map = scale_map(picture, sides[i], sides[(i + 1) % 4]);
        demand(scaled && map, "what is small is scaled");
        bitmap_free(scaled);
        bitmap_free(map);
    }
}

static void map(const struct bitmap *picture, unsigned structure)
{
    struct control_map_wish wish = {.structure = (enum structure)structure,
                                    .low_threshold = 100,
                                    .high_threshold = 200,
                                    .resolution = MAP_RESOLUTION};
    struct bitmap *map = control_map(picture, &wish);

    demand(map != NULL, "a small picture has a map");
    bitmap_free(map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct slice file = {(const char *)data, len};
    struct bitmap *picture = NULL, *again = NULL;
    int width, height;

    enum decoded verdict = decode_picture(&picture, file, &width, &height);
    demand((verdict == DECODED) == (picture != NULL), "a picture, or a reason");
    demand(width >= 0 && height >= 0 && (width == 0) == (height == 0), "a size, or none");
    demand((verdict == DECODED_TOO_LARGE) <= (width > 0), "what is too large has a size");
    if (!picture)
        return 0;
    demand(picture->width == width && picture->height == height, "it has the size that its head says");
    if ((int64_t)width * height <= SMALL) {
        demand(decode_picture(&again, file, &width, &height) == DECODED && same(picture, again), "the same again");
        scale(picture);
        if (data[len - 1] % 128 < STRUCTURES)
            map(picture, data[len - 1] % 128);
    }
    bitmap_free(picture);
    bitmap_free(again);
    return 0;
}
