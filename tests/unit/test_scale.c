/* Scaled pictures, by the pixels of OpenCV 4.6.0: tests/pictures/resize.py prints the table. */
#include "image/scale.h"
#include "lib/suite.h"
#include "maps/control_map.h"

#include <inttypes.h>

static uint64_t hash_of(const struct bitmap *picture)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < bitmap_row_len(picture) * (size_t)picture->height; i++)
        hash = (hash ^ picture->rgb[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static struct bitmap *picture_of(int width, int height)
{
    struct bitmap *picture = bitmap_new(width, height);

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int channel = 0; channel < 3; channel++)
                bitmap_row(picture, y)[3 * x + channel] = (uint8_t)((x * 31 + y * 17 + channel * 80) ^ (x * y));
    return picture;
}

START_TEST(test_as_opencv)
{
    static const struct {
        int width, height, to_width, to_height;
        uint64_t pixels, map;
    } table[] = {
        {64, 48, 32, 24, 0xb91c2ff6b73c5f45, 0x79ba4a29262eef25},
        {90, 60, 30, 20, 0xc6a2418db881f5c9, 0xb7cef45cbd7d3945},
        {100, 75, 64, 48, 0xcd65eb8d446b6ac8, 0x48e89587ad971ec5},
        {41, 97, 40, 31, 0x65f7e7b6feeb0d91, 0x7bf68f925ad7e785},
        {50, 50, 50, 50, 0xda39766b41e47290, 0xda39766b41e47290},
        {20, 15, 64, 48, 0x40b5ac146e704bf3, 0xc51863750d7ed14d},
        {33, 32, 64, 64, 0xadc36e57d30e90d3, 0x1f8ee5d1626648e5},
        {99, 51, 96, 52, 0xff29b24b5ec3a298, 0x418e9d5397cab505},
        {1, 1, 9, 5, 0xbcb9e3c1177236d7, 0xbcb9e3c1177236d7},
        {55, 51, 58, 51, 0x958c82b5912d0a04, 0x6c91088788389b31},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct bitmap *picture = picture_of(table[i].width, table[i].height);
        struct bitmap *scaled = scale_picture(picture, table[i].to_width, table[i].to_height);
        struct bitmap *map = scale_map(picture, table[i].to_width, table[i].to_height);
        ck_assert_int_eq(scaled->width, table[i].to_width);
        ck_assert_int_eq(scaled->height, table[i].to_height);
        ck_assert_msg(hash_of(scaled) == table[i].pixels, "%zu: 0x%016" PRIx64, i, hash_of(scaled));
        ck_assert_msg(hash_of(map) == table[i].map, "%zu: map 0x%016" PRIx64, i, hash_of(map));
        bitmap_free(picture);
        bitmap_free(scaled);
        bitmap_free(map);
    }
}
END_TEST

static struct bitmap *one_colour(int width, int height)
{
    struct bitmap *picture = bitmap_new(width, height);

    for (size_t at = 0; at < bitmap_row_len(picture) * (size_t)height; at++)
        picture->rgb[at] = (uint8_t)(at % 3 * 100 + 55);
    return picture;
}

static bool is_near(const struct bitmap *one, const struct bitmap *other)
{
    for (size_t at = 0; at < bitmap_row_len(one) * (size_t)one->height; at++)
        if (abs(one->rgb[at] - other->rgb[at]) > 1)
            return false;
    return true;
}

/* Weights have the sum 1, at edges and of a single pixel too; but in 2048ths, so that white may become 254, as in OpenCV. */
START_TEST(test_one_colour_stays)
{
    static const int sides[] = {1, 2, 3, 8, 17, 150};
    enum { SIDES = COUNT(sides), ALL = SIDES * SIDES };

    for (int i = 0; i < ALL; i++)
        for (int j = 0; j < ALL; j++) {
            struct bitmap *picture = one_colour(sides[i / SIDES], sides[i % SIDES]);
            struct bitmap *scaled = scale_picture(picture, sides[j / SIDES], sides[j % SIDES]);
            struct bitmap *wanted = one_colour(scaled->width, scaled->height);
            ck_assert_msg(is_near(scaled, wanted), "%dx%d to %dx%d", picture->width, picture->height, scaled->width,
                          scaled->height);
            bitmap_free(picture);
            bitmap_free(scaled);
            bitmap_free(wanted);
        }
}
END_TEST

START_TEST(test_sizes_that_no_picture_has)
{
    struct bitmap *picture = picture_of(4, 4);

    ck_assert(!scale_picture(picture, 0, 4));
    ck_assert(!scale_picture(picture, 4, BITMAP_MAX_SIDE + 1));
    ck_assert(!scale_map(picture, 60000, 60000));
    bitmap_free(picture);
}
END_TEST

/* A map of the picture's own size is made of at most 2048 pixels along the longer side where the picture is large. */
START_TEST(test_large_pictures_are_bounded)
{
    static const struct {
        int width, height, map_width, map_height;
    } table[] = {
        {2048, 2048, 2048, 2048}, {2049, 2048, 2048, 2047}, {4096, 1024, 4096, 1024},
        {4096, 1536, 2048, 768},  {65535, 65, 2048, 2},     {70, 65000, 2, 2048},
    };
    const struct control_map_wish wish = {STRUCTURE_CANNY, 100, 200, 512};

    for (size_t i = 0; i < COUNT(table); i++) {
        struct bitmap *picture = bitmap_new(table[i].width, table[i].height);
        struct bitmap *map = control_map(picture, &wish);
        ck_assert_msg(map->width == table[i].map_width && map->height == table[i].map_height, "%zu: %dx%d", i,
                      map->width, map->height);
        bitmap_free(picture);
        bitmap_free(map);
    }
}
END_TEST

SUITE("scale", test_as_opencv, test_one_colour_stays, test_sizes_that_no_picture_has, test_large_pictures_are_bounded);
