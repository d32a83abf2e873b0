/* The maps of edges: canny, hed, scribble, hough. That Canny is OpenCV's is shown by tests/clients/run.sh opencv; here it is
 * held by pictures that OpenCV was asked about, and all of them by hashes of their pixels: the same on every machine. */
#include "base/digest.h"
#include "base/embed.h"
#include "base/mem.h"
#include "image/decode.h"
#include "lib/suite.h"
#include "maps/control_map.h"

#include <stdio.h>
#include <stdlib.h>

static void put(struct bitmap *bitmap, int x, int y, int red, int green, int blue)
{
    uint8_t *pixel = bitmap_row(bitmap, y) + 3 * x;

    pixel[0] = (uint8_t)red;
    pixel[1] = (uint8_t)green;
    pixel[2] = (uint8_t)blue;
}

static int get(const struct bitmap *bitmap, int x, int y)
{
    return bitmap_row(bitmap, y)[3 * x];
}

/* ---- Pictures ---- */

static struct bitmap *constant(int width, int height)
{
    struct bitmap *bitmap = bitmap_new(width, height);

    memset(bitmap->rgb, 90, bitmap_row_len(bitmap) * (size_t)height);
    return bitmap;
}

static struct bitmap *noise(int width, int height)
{
    struct bitmap *bitmap = bitmap_new(width, height);
    uint32_t state = 1;

    for (size_t i = 0; i < bitmap_row_len(bitmap) * (size_t)height; i++) {
        state = state * 1664525 + 1013904223;
        bitmap->rgb[i] = (uint8_t)(state >> 24);
    }
    return bitmap;
}

static struct bitmap *one_pixel(int width, int height)
{
    struct bitmap *bitmap = bitmap_new(width, height);

    put(bitmap, width / 2, height / 2, 255, 255, 255);
    return bitmap;
}

/* Each quarter of another colour, with one borderline of red against blue of nearly the same brightness. */
static struct bitmap *quarters(int width, int height)
{
    struct bitmap *bitmap = bitmap_new(width, height);

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            put(bitmap, x, y, x < width / 2 ? 200 : 20, y < height / 2 ? 30 : 60, x < width / 2 ? 40 : 220);
    return bitmap;
}

static struct bitmap *square(int width, int height)
{
    struct bitmap *bitmap = constant(width, height);

    for (int y = height / 4; y < height - height / 4; y++)
        for (int x = width / 4; x < width - width / 4; x++)
            put(bitmap, x, y, 230, 220, 160);
    return bitmap;
}

static struct bitmap *disc(int width, int height)
{
    struct bitmap *bitmap = constant(width, height);
    int64_t side = width < height ? width : height;

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int64_t across = 2 * x - width, down = 2 * y - height;
            if (across * across + down * down < side * side / 4)
                put(bitmap, x, y, 250, 220, 90);
        }
    return bitmap;
}

/* A sky, a meadow of noise, a house with a roof, a sun. */
static struct bitmap *scene(int width, int height)
{
    struct bitmap *bitmap = noise(width, height);

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int across = 100 * x / width, down = 100 * y / height,
                sun = (across - 80) * (across - 80) + (down - 20) * (down - 20);
            if (across >= 25 && across < 55 && down >= 45 && down < 75)
                put(bitmap, x, y, 240, 225, 200);
            else if (down >= 20 && down < 45 && abs(across - 40) * 5 < (down - 20) * 4)
                put(bitmap, x, y, 180, 60, 40);
            else if (down < 60)
                put(bitmap, x, y, sun < 100 ? 255 : 90 + down, sun < 100 ? 230 : 150 + down / 2, sun < 100 ? 120 : 240);
            else
                bitmap_row(bitmap, y)[3 * x] /= 2;
        }
    return bitmap;
}

/* ---- Maps ---- */

static struct bitmap *canny(const struct bitmap *picture)
{
    return map_canny(picture, 100, 200);
}

struct kind {
    const char *name;
    struct bitmap *(*map)(const struct bitmap *picture);
    bool is_of_two; // black and white alone
};

enum { CANNY, HED, SCRIBBLE, HOUGH };

static const struct kind kinds[] = {
    [CANNY] = {"canny", canny, true},
    [HED] = {"hed", map_hed, false},
    [SCRIBBLE] = {"scribble", map_scribble, true},
    [HOUGH] = {"hough", map_hough, true},
};

typedef struct bitmap *draw(int width, int height);

static struct bitmap *map_of(const struct kind *kind, draw *picture, int width, int height)
{
    struct bitmap *drawn = picture(width, height), *map = kind->map(drawn);

    bitmap_free(drawn);
    return map;
}

static size_t count_white(const struct bitmap *map)
{
    size_t count = 0;

    for (int y = 0; y < map->height; y++)
        for (int x = 0; x < map->width; x++)
            count += get(map, x, y) >= 128;
    return count;
}

START_TEST(test_goldens)
{
    static const struct golden {
        draw *picture;
        int width, height, kind;
        const char *hash;
    } goldens[] = {
        {scene, 256, 192, CANNY, "d99178ee9316580675b3e5d9a1771fdd"},
        {scene, 256, 192, HED, "cbeaa57fffc9a608058c1ed8369388c8"},
        {scene, 256, 192, SCRIBBLE, "fbe2b3d608918e2e27ec1ad035fb5f3f"},
        {scene, 256, 192, HOUGH, "7d75cc24767f10409ff965640dd51b1c"},
        {scene, 64, 200, CANNY, "3250e5d95f8228a23ea333d0bf5d248e"},
        {scene, 64, 200, HED, "53832c49603d289ef56a0881440ba098"},
        {scene, 64, 200, SCRIBBLE, "da35cb893e08a52c986ea6fb09e943d8"},
        {scene, 64, 200, HOUGH, "3bd9d3155c62ff9baf9c2c88d5ef652b"},
        {noise, 97, 61, CANNY, "ce870639b3f4e30e7873ff78c3ad045e"},
        {noise, 97, 61, HED, "3d4120ca4e006ad2fa3e903ded816049"},
        {noise, 97, 61, SCRIBBLE, "4b87e691eef3e78ff15c5faae4aaf758"},
        {noise, 97, 61, HOUGH, "4b87e691eef3e78ff15c5faae4aaf758"},
        {quarters, 64, 48, CANNY, "9606c95004d6c1b6594379700bb36151"},
        {quarters, 64, 48, HED, "94e0457a718a1aea6e8bc192fdb73d3e"},
        {quarters, 64, 48, SCRIBBLE, "b8a965294f5ca30ab2076fd55002e603"},
        {quarters, 64, 48, HOUGH, "9d2febceda4e889a419d57f290cc10ff"},
        {one_pixel, 33, 17, CANNY, "4db87bed363e9376ca4a1703d2b58030"},
        {one_pixel, 33, 17, HED, "6d4846d068c50b65bf75ba23325ca2c1"},
        {one_pixel, 33, 17, SCRIBBLE, "3778f48f1c43b9cf2e4443d151c1db5f"},
        {one_pixel, 33, 17, HOUGH, "39b788bb1408234846086d231c3bf6ff"},
        {noise, 1, 40, CANNY, "412bd2da15b46ff742be0c6b8618df16"},
        {noise, 1, 40, HED, "078630fd4c75e5c4c160562f5e11e43c"},
        {noise, 1, 40, SCRIBBLE, "222f7d881ded1871724a1b9a1cb94247"},
        {noise, 1, 40, HOUGH, "222f7d881ded1871724a1b9a1cb94247"},
        {noise, 300, 2, CANNY, "f65a47f6ed0c21c316d387e842405053"},
        {noise, 300, 2, HED, "bf18253fb6d33da93315bef63e28f315"},
        {noise, 300, 2, SCRIBBLE, "a5073dbb2f872e5cda4cd644ad265e42"},
        {noise, 300, 2, HOUGH, "bf6cff3efd1885d0c10c46f176e85c7a"},
    };

    for (size_t i = 0; i < COUNT(goldens); i++) {
        const struct golden *golden = &goldens[i];
        struct bitmap *map = map_of(&kinds[golden->kind], golden->picture, golden->width, golden->height);
        char hash[MD5_HEX];
        digest_md5_hex(hash, map->rgb, bitmap_row_len(map) * (size_t)map->height);
        ck_assert_msg(strcmp(hash, golden->hash) == 0, "%zu, %s: %s", i, kinds[golden->kind].name, hash);
        bitmap_free(map);
    }
}
END_TEST

/* Of black and white alone where it is to be. */
static bool is_grey(const struct bitmap *map, bool is_of_two)
{
    for (size_t i = 0; i < (size_t)map->width * (size_t)map->height; i++) {
        const uint8_t *pixel = map->rgb + 3 * i;
        if (pixel[0] != pixel[1] || pixel[1] != pixel[2] || (is_of_two && pixel[0] != 0 && pixel[0] != 255))
            return false;
    }
    return true;
}

static void expect_map(const struct kind *kind, const struct bitmap *map, int width, int height)
{
    ck_assert_int_eq(map->width, width);
    ck_assert_int_eq(map->height, height);
    ck_assert_msg(is_grey(map, kind->is_of_two), "%s", kind->name);
}

START_TEST(test_pictures_of_any_size)
{
    static const int sizes[][2] = {{1, 1},  {1, 2},  {2, 1},    {1, 7},    {7, 1},  {2, 2},    {3, 3},  {5, 4},
                                   {64, 1}, {1, 64}, {2048, 2}, {2, 2048}, {31, 9}, {1, 5000}, {65, 33}};
    static draw *const pictures[] = {constant, noise, one_pixel, quarters, disc, scene};

    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t picture = 0; picture < COUNT(pictures); picture++)
            for (size_t kind = 0; kind < COUNT(kinds); kind++) {
                struct bitmap *map = map_of(&kinds[kind], pictures[picture], sizes[i][0], sizes[i][1]);
                expect_map(&kinds[kind], map, sizes[i][0], sizes[i][1]);
                ck_assert(pictures[picture] != constant || count_white(map) == 0);
                bitmap_free(map);
            }
}
END_TEST

/* The one that is shipped: each map shows something of it, and is mostly black. */
START_TEST(test_sample)
{
    const struct embedded *file = embedded_find("fixtures/sample.png");
    struct bitmap *picture;
    int width, height;

    ck_assert_int_eq(decode_picture(&picture, (struct slice){file->data, file->len}, &width, &height), DECODED);
    for (size_t kind = 0; kind < COUNT(kinds); kind++) {
        struct bitmap *map = kinds[kind].map(picture);
        size_t share = 1000 * count_white(map) / ((size_t)width * (size_t)height);
        expect_map(&kinds[kind], map, width, height);
        ck_assert_msg(share >= 5 && share < 300, "%s: %zu of 1000 are white", kinds[kind].name, share);
        bitmap_free(map);
    }
    bitmap_free(picture);
}
END_TEST

/* ---- Canny, as OpenCV 4.6.0 answered ---- */

/* Rows of digits, each the brightness of a pixel in 27ths. */
static struct bitmap *from_digits(const char *digits, int width, int height)
{
    struct bitmap *bitmap = bitmap_new(width, height);

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int level = 27 * (digits[y * width + x] - '0');
            put(bitmap, x, y, level, level, level);
        }
    return bitmap;
}

static void expect_edges(const char *digits, int low, int high, const char *expected)
{
    enum { WIDTH = 8, HEIGHT = 5 };
    struct bitmap *picture = from_digits(digits, WIDTH, HEIGHT), *map = map_canny(picture, low, high);
    char edges[WIDTH * HEIGHT + 1] = "";

    for (int i = 0; i < WIDTH * HEIGHT; i++)
        edges[i] = get(map, i % WIDTH, i / WIDTH) ? '#' : '.';
    ck_assert_str_eq(edges, expected);
    bitmap_free(picture);
    bitmap_free(map);
}

#define NOTHING                                                                                                        \
    "........"                                                                                                         \
    "........"                                                                                                         \
    "........"                                                                                                         \
    "........"                                                                                                         \
    "........"
#define UPRIGHT                                                                                                        \
    "00099999"                                                                                                         \
    "00099999"                                                                                                         \
    "00099999"                                                                                                         \
    "00099999"                                                                                                         \
    "00099999"
#define SLANTED                                                                                                        \
    "00000009"                                                                                                         \
    "00000099"                                                                                                         \
    "00000999"                                                                                                         \
    "00009999"                                                                                                         \
    "00099999"
#define ROD                                                                                                            \
    "00090000"                                                                                                         \
    "00090000"                                                                                                         \
    "00090000"                                                                                                         \
    "00090000"                                                                                                         \
    "00090000"
#define FADING                                                                                                         \
    "00055555"                                                                                                         \
    "00044444"                                                                                                         \
    "00033333"                                                                                                         \
    "00022222"                                                                                                         \
    "00011111"
#define CORNER                                                                                                         \
    "00000000"                                                                                                         \
    "00000000"                                                                                                         \
    "00007777"                                                                                                         \
    "00007777"                                                                                                         \
    "00007777"

START_TEST(test_canny)
{
    expect_edges(UPRIGHT, 100, 200,
                 "..#....."
                 "..#....."
                 "..#....."
                 "..#....."
                 "..#.....");
    expect_edges(SLANTED, 100, 200,
                 "......#."
                 ".....##."
                 "....##.."
                 "...##..."
                 "...#....");
    expect_edges(ROD, 100, 200,
                 "..#.#..."
                 "..#.#..."
                 "..#.#..."
                 "..#.#..."
                 "..#.#...");
    expect_edges(CORNER, 100, 200,
                 "........"
                 ".....###"
                 "....#..."
                 "...#...."
                 "...#....");
}
END_TEST

START_TEST(test_canny_thresholds)
{
    expect_edges(FADING, 100, 400,
                 "...#...."
                 "...#####"
                 "...#...."
                 "...#...."
                 "........");
    expect_edges(FADING, 400, 100,
                 "...#...."
                 "...#####"
                 "...#...."
                 "...#...."
                 "........");
    expect_edges(FADING, 250, 400,
                 "...#...."
                 "...#...."
                 "...#...."
                 "...#...."
                 "........");
    expect_edges(FADING, 100, 900, NOTHING);
    // A norm that is as large as a threshold is not above it: 378, of a weak edge, and 972.
    expect_edges(FADING, 377, 400,
                 "...#...."
                 "...#...."
                 "...#...."
                 "...#...."
                 "........");
    expect_edges(FADING, 378, 400,
                 "...#...."
                 "...#...."
                 "...#...."
                 "........"
                 "........");
    expect_edges(ROD, 971, 971,
                 "..#.#..."
                 "..#.#..."
                 "..#.#..."
                 "..#.#..."
                 "..#.#...");
    expect_edges(ROD, 972, 972, NOTHING);
}
END_TEST

/* ---- What the others show ---- */

START_TEST(test_hed)
{
    struct bitmap *picture = scene(512, 512), *map = map_hed(picture);
    size_t meadow = 0;

    ck_assert_int_gt(get(map, 512 * 25 / 100, 300), 200);     // a wall against the sky
    ck_assert_int_eq(get(map, 200, 300), 0);                  // the wall
    ck_assert_int_eq(get(map, 30, 100), 0);                   // the sky
    ck_assert_int_gt(get(map, 512 * 25 / 100 - 2, 300), 100); // soft and thick
    for (int y = 420; y < 500; y++)
        for (int x = 0; x < 512; x++)
            meadow += (size_t)get(map, x, y);
    ck_assert_int_lt(meadow / (80 * 512), 40); // texture
    bitmap_free(picture);
    bitmap_free(map);
}
END_TEST

START_TEST(test_scribble_lines_are_thick)
{
    struct bitmap *map = map_of(&kinds[SCRIBBLE], square, 256, 256);
    int thick = 0;

    for (int x = 0; x < 128; x++)
        thick += get(map, x, 128) == 255;
    ck_assert_int_ge(thick, 9);
    ck_assert_int_le(thick, 24);
    ck_assert_int_eq(get(map, 64, 128), 255);
    ck_assert_int_eq(get(map, 128, 128), 0);
    bitmap_free(map);
}
END_TEST

START_TEST(test_hough_straight_lines_only)
{
    struct bitmap *lines = map_of(&kinds[HOUGH], square, 256, 256), *none = map_of(&kinds[HOUGH], disc, 256, 256);
    size_t white = count_white(lines);

    ck_assert_msg(white >= 4 * 120 && white <= 4 * 130, "%zu", white);
    for (int at = 70; at < 186; at++) // each side, in its row or column or that before
        ck_assert_int_eq(get(lines, 63, at) + get(lines, 64, at) + get(lines, 191, at) + get(lines, 192, at) +
                             get(lines, at, 63) + get(lines, at, 64) + get(lines, at, 191) + get(lines, at, 192),
                         4 * 255);
    ck_assert_uint_eq(count_white(none), 0);
    bitmap_free(lines);
    bitmap_free(none);
}
END_TEST

SUITE("maps", test_goldens, test_pictures_of_any_size, test_sample, test_canny, test_canny_thresholds, test_hed,
      test_scribble_lines_are_thick, test_hough_straight_lines_only);
