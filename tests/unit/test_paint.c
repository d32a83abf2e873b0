/* Output pictures: that they follow their control map, heed the prompts, and are the same bytes on every machine. */
#include "base/buf.h"
#include "base/digest.h"
#include "base/embed.h"
#include "image/decode.h"
#include "image/encode.h"
#include "lib/suite.h"
#include "media/controlnet_pictures.h"
#include "media/landscape.h"
#include "media/maker.h"
#include "paint/paint.h"
#include "paint/palette.h"
#include "paint/palette_words.h"
#include "paint/sheet_map.h"

#include <spng.h>
#include <stdlib.h>
#include <string.h>

#define LOOK UINT64_C(0x0123456789abcdef)

enum { WIDTH = 256, HEIGHT = 192 };

/* ---- Maps ---- */

static void dot(struct bitmap *map, int x, int y, int radius, uint32_t rgb)
{
    for (int row = y - radius; row <= y + radius; row++)
        for (int column = x - radius; column <= x + radius; column++) {
            bool inside = row >= 0 && column >= 0 && row < map->height && column < map->width;
            if (!inside || (row - y) * (row - y) + (column - x) * (column - x) > radius * radius)
                continue;
            for (int i = 0; i < 3; i++)
                bitmap_row(map, row)[3 * column + i] = (uint8_t)(rgb >> (16 - 8 * i));
        }
}

static void line(struct bitmap *map, int x, int y, int to_x, int to_y, int radius, uint32_t rgb)
{
    int steps = abs(to_x - x) > abs(to_y - y) ? abs(to_x - x) : abs(to_y - y);

    for (int i = 0; i <= steps; i++)
        dot(map, x + (to_x - x) * i / (steps ? steps : 1), y + (to_y - y) * i / (steps ? steps : 1), radius, rgb);
}

static void box(struct bitmap *map, int x, int y, int to_x, int to_y, int radius)
{
    line(map, x, y, to_x, y, radius, 0xffffff);
    line(map, to_x, y, to_x, to_y, radius, 0xffffff);
    line(map, to_x, to_y, x, to_y, radius, 0xffffff);
    line(map, x, to_y, x, y + 4, radius, 0xffffff); // not quite closed, as edges often are not
}

static struct bitmap *lines_map(int radius)
{
    struct bitmap *map = bitmap_new(WIDTH, HEIGHT);

    line(map, 0, 120, WIDTH - 1, 110, radius, 0xffffff);
    box(map, 40, 60, 130, 160, radius);
    box(map, 60, 90, 85, 115, radius);
    box(map, 170, 20, 220, 70, radius);
    line(map, 40, 60, 85, 20, radius, 0xffffff);
    line(map, 85, 20, 130, 60, radius, 0xffffff);
    return map;
}

/* A ground that comes nearer, and a ball that stands out of it. */
static struct bitmap *depth_map(void)
{
    struct bitmap *map = bitmap_new(WIDTH, HEIGHT);

    for (int y = HEIGHT / 2; y < HEIGHT; y++)
        for (int x = 0; x < 3 * WIDTH; x++)
            bitmap_row(map, y)[x] = (uint8_t)(60 + y - HEIGHT / 2);
    for (int radius = 50; radius > 0; radius--)
        dot(map, 120, 90, radius, (uint32_t)(220 - radius) * 0x10101);
    return map;
}

static struct bitmap *normal_map(void)
{
    struct bitmap *map = bitmap_new(WIDTH, HEIGHT);

    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            int left = 120 - x, up = 90 - y;
            bool ball = left * left + up * up < 50 * 50;
            uint8_t *at = bitmap_row(map, y) + 3 * x;
            at[0] = (uint8_t)(ball ? 127 + left * 2 : 127);
            at[1] = (uint8_t)(ball ? 127 + up * 2 : 127);
            at[2] = 255;
        }
    return map;
}

static struct bitmap *seg_map(void)
{
    struct bitmap *map = bitmap_new(WIDTH, HEIGHT);

    for (int y = 0; y < HEIGHT; y++)
        line(map, 0, y, WIDTH - 1, y, 0, y < 110 ? 0x06e6e6 : 0x04fa07); // sky, grass
    for (int y = 60; y < 150; y++)
        line(map, 60, y, 140, y, 0, 0xb47878); // a building
    dot(map, 200, 80, 30, 0x04c803);           // a tree
    dot(map, 30, 30, 12, 0x123456);            // no class has this colour
    return map;
}

/* As controlnet_aux draws them: limbs at 6 tenths, joints in full. */
static struct bitmap *pose_map(void)
{
    static const int16_t joints[18][2] = {{128, 40},  {128, 60},  {108, 62},  {100, 85},  {98, 105},  {148, 62},
                                          {160, 45},  {165, 25},  {116, 110}, {114, 140}, {113, 170}, {140, 110},
                                          {142, 140}, {143, 170}, {124, 36},  {132, 36},  {119, 38},  {137, 38}};
    static const uint8_t limbs[17][2] = {{1, 2}, {1, 5},  {2, 3},   {3, 4},  {5, 6},   {6, 7},
                                         {1, 8}, {8, 9},  {9, 10},  {1, 11}, {11, 12}, {12, 13},
                                         {1, 0}, {0, 14}, {14, 16}, {0, 15}, {15, 17}};
    static const uint32_t colors[18] = {0xff0000, 0xff5500, 0xffaa00, 0xffff00, 0xaaff00, 0x55ff00,
                                        0x00ff00, 0x00ff55, 0x00ffaa, 0x00ffff, 0x00aaff, 0x0055ff,
                                        0x0000ff, 0x5500ff, 0xaa00ff, 0xff00ff, 0xff00aa, 0xff0055};
    struct bitmap *map = bitmap_new(WIDTH, HEIGHT);

    for (size_t i = 0; i < COUNT(limbs); i++)
        line(map, joints[limbs[i][0]][0], joints[limbs[i][0]][1], joints[limbs[i][1]][0], joints[limbs[i][1]][1], 2,
             (colors[i] >> 16 & 255) * 6 / 10 << 16 | (colors[i] >> 8 & 255) * 6 / 10 << 8 |
                 (colors[i] & 255) * 6 / 10);
    for (size_t i = 0; i < COUNT(joints); i++)
        dot(map, joints[i][0], joints[i][1], 2, colors[i]);
    return map;
}

static struct bitmap *map_of(enum structure structure)
{
    switch (structure) {
    case STRUCTURE_DEPTH: return depth_map();
    case STRUCTURE_NORMAL: return normal_map();
    case STRUCTURE_SEG: return seg_map();
    case STRUCTURE_POSE: return pose_map();
    case STRUCTURE_SCRIBBLE: return lines_map(3);
    case STRUCTURE_HED: return lines_map(1);
    default: return lines_map(0);
    }
}

/* ---- Paintings ---- */

static struct painting some(enum structure structure)
{
    return (struct painting){
        .structure = structure, .prompt = "a house", .negative_prompt = "", .scale = 9, .look = LOOK};
}

static struct bitmap *painted(const struct painting *painting)
{
    struct bitmap *map = map_of(painting->structure), *picture = paint(map, painting, WIDTH, HEIGHT);

    bitmap_free(map);
    return picture;
}

static void digest_of(char hex[SHA256_HEX], const struct bitmap *picture)
{
    digest_sha256_hex(hex, picture->rgb, bitmap_row_len(picture) * (size_t)picture->height);
}

/* How far two pictures are from each other, in a channel, on average. */
static double distance(const struct bitmap *one, const struct bitmap *other)
{
    size_t len = bitmap_row_len(one) * (size_t)one->height;
    double sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += abs(one->rgb[i] - other->rgb[i]);
    return sum / (double)len;
}

static double mean(const struct bitmap *picture, int channel)
{
    size_t pixels = (size_t)picture->width * (size_t)picture->height;
    double sum = 0;

    for (size_t i = 0; i < pixels; i++)
        sum += picture->rgb[3 * i + (size_t)channel];
    return sum / (double)pixels;
}

static int most_of(const uint8_t *at)
{
    return at[0] > at[1] ? (at[0] > at[2] ? at[0] : at[2]) : (at[1] > at[2] ? at[1] : at[2]);
}

static int least_of(const uint8_t *at)
{
    return at[0] < at[1] ? (at[0] < at[2] ? at[0] : at[2]) : (at[1] < at[2] ? at[1] : at[2]);
}

/* How colourful it is: the span of a pixel's channels, on average. */
static double colorfulness(const struct bitmap *picture)
{
    size_t pixels = (size_t)picture->width * (size_t)picture->height;
    double sum = 0;

    for (size_t i = 0; i < pixels; i++)
        sum += most_of(picture->rgb + 3 * i) - least_of(picture->rgb + 3 * i);
    return sum / (double)pixels;
}

/* ---- The same everywhere ---- */

static const char *const digests[STRUCTURES] = {
    [STRUCTURE_SEG] = "57349b3aedd3c9ca6969c0d71e26f6c7cb3a2111a1ba5d038ee2a496b37cb2c0",
    [STRUCTURE_SCRIBBLE] = "25e8d9823df277f44f098108d9dc8ee4ab10004aeff4b52db4f8df95aa6be367",
    [STRUCTURE_POSE] = "8ab6e915e8329e16ee1b3d97c62e3ab034a5c0677dadefc39c3f60437ed78e5c",
    [STRUCTURE_NORMAL] = "94cee11df48f983cb73f07f5c200d3e5d30871e6553b8928fc09b1afb121d969",
    [STRUCTURE_HOUGH] = "635192dc0be058d0c6ff9253ca2df18d9829ab0cfaa31feddb3db46b9907c09f",
    [STRUCTURE_HED] = "7dbaae5c5b3b54f1d2a1ef20712e7e5c37591a9cfbb62f2908f1a6cc5eabfde5",
    [STRUCTURE_DEPTH] = "a10751ff3aea5369298a6d7a151c049219afb28859718ddaf1ea55847e9f286c",
    [STRUCTURE_CANNY] = "635192dc0be058d0c6ff9253ca2df18d9829ab0cfaa31feddb3db46b9907c09f",
};

START_TEST(test_pixels_are_the_same_everywhere)
{
    for (int i = 0; i < STRUCTURES; i++) {
        struct painting painting = some((enum structure)i);
        struct bitmap *picture = painted(&painting), *again = painted(&painting);
        char hex[SHA256_HEX];
        ck_assert_int_eq(picture->width, WIDTH);
        ck_assert_int_eq(picture->height, HEIGHT);
        ck_assert_double_eq(distance(picture, again), 0);
        digest_of(hex, picture);
        ck_assert_msg(digests[i] && strcmp(hex, digests[i]) == 0, "%s: %s", structure_name((enum structure)i), hex);
        bitmap_free(picture);
        bitmap_free(again);
    }
}
END_TEST

static const struct {
    const char *prompt, *digest;
} styles[] = {
    {"papercut", "9dd006ed9667e6defe21a32f941cff7f69edfbb7efb41b692a4681b790f3966b"},
    {"oil painting", "85e2f4206cac842bc14bd815adcf03d1f9c2c6345bf7082fc31d1b311c925af3"},
    {"watercolor", "2b19ce93efe12b68164da3bd9d3d3f2225fc1121afa9ad65374623633ef2c5f8"},
    {"a pencil sketch", "799f5f6d755265d5048ecb005b6f43f61803c57151b76e05bd57745c3cf73a8b"},
    {"comic", "053a6aa57dfeba023a544bb7249901ae0a716258eb23f572016039699b331df8"},
    {"stained glass", "d5fac81e98d9b7839b68cf4d76b0a598a6d54caf2fd6e784f160b5964702b63c"},
    {"neon, glowing", "cd4db434ab98cae5fc36a554013563d4a3f14d810d2a981b71e68f44a99e9a4e"},
    {"pixel art", "c2ce8954cc3a0eb1febf511dca6a5ea9e005bc37450085a85157ae235d95c146"},
};

START_TEST(test_styles_are_the_same_everywhere)
{
    for (size_t i = 0; i < COUNT(styles); i++) {
        struct painting painting = some(STRUCTURE_CANNY);
        char hex[SHA256_HEX];
        painting.prompt = styles[i].prompt;
        struct bitmap *picture = painted(&painting);
        digest_of(hex, picture);
        ck_assert_msg(strcmp(hex, styles[i].digest) == 0, "%s: %s", styles[i].prompt, hex);
        bitmap_free(picture);
    }
}
END_TEST

START_TEST(test_another_seed_is_another_picture)
{
    for (int i = 0; i < STRUCTURES; i++)
        for (uint64_t seed = 1; seed <= 6; seed++) {
            struct painting painting = some((enum structure)i), other = painting;
            other.look = LOOK + seed;
            struct bitmap *one = painted(&painting), *two = painted(&other);
            ck_assert_msg(distance(one, two) > 10, "%s, %d: %f", structure_name((enum structure)i), (int)seed,
                          distance(one, two));
            bitmap_free(one);
            bitmap_free(two);
        }
}
END_TEST

/* ---- Structure is kept ---- */

static int luma(const struct bitmap *picture, int x, int y)
{
    const uint8_t *at = bitmap_row(picture, y) + 3 * x;

    return (at[0] * 3 + at[1] * 6 + at[2]) / 10;
}

/* Whether something ends within two pixels: their tones differ there, or their colours do. */
static bool is_edge(const struct bitmap *picture, int x, int y)
{
    int darkest = 255, lightest = 0, spans[3][2] = {{255, 0}, {255, 0}, {255, 0}}, widest = 0;

    for (int row = y - 2; row <= y + 2; row++)
        for (int column = x - 2; column <= x + 2; column++) {
            int tone = luma(picture, column, row);
            darkest = tone < darkest ? tone : darkest;
            lightest = tone > lightest ? tone : lightest;
            for (int i = 0; i < 3; i++) {
                int value = bitmap_row(picture, row)[3 * column + i];
                spans[i][0] = value < spans[i][0] ? value : spans[i][0];
                spans[i][1] = value > spans[i][1] ? value : spans[i][1];
            }
        }
    for (int i = 0; i < 3; i++)
        widest = spans[i][1] - spans[i][0] > widest ? spans[i][1] - spans[i][0] : widest;
    return lightest - darkest > 30 || widest > 45;
}

/* Of the pixels on a map's edges (or of the others: those in the middle of nothing) the share that is an edge of the picture,
 * in hundredths. */
static int share_of_edges(const struct bitmap *map, const struct bitmap *picture, bool on_edges)
{
    int count = 0, edges = 0;

    for (int y = 6; y + 6 < map->height; y++)
        for (int x = 6; x + 6 < map->width; x++) {
            bool here = false, near = false;
            for (int i = -6; i <= 6; i++)
                near |=
                    abs(luma(map, x + i, y) - luma(map, x, y)) > 60 || abs(luma(map, x, y + i) - luma(map, x, y)) > 60;
            here = abs(luma(map, x + 1, y) - luma(map, x, y)) > 60 || abs(luma(map, x, y + 1) - luma(map, x, y)) > 60;
            if (on_edges ? !here : near)
                continue;
            count++;
            edges += is_edge(picture, x, y);
        }
    return edges * 100 / (count ? count : 1);
}

START_TEST(test_structure_is_kept)
{
    static const enum structure structures[] = {STRUCTURE_CANNY, STRUCTURE_HED, STRUCTURE_SCRIBBLE, STRUCTURE_HOUGH,
                                                STRUCTURE_SEG};
    static const char *const prompts[] = {"a house", "watercolor", "oil painting of a forest", "papercut", "sketch"};
    int sum = 0, count = 0;

    for (size_t i = 0; i < COUNT(structures); i++)
        for (size_t j = 0; j < COUNT(prompts); j++)
            for (uint64_t seed = 0; seed < 4; seed++) {
                struct painting painting = some(structures[i]);
                painting.prompt = prompts[j];
                painting.look = LOOK * (seed + 1);
                struct bitmap *map = map_of(structures[i]), *picture = paint(map, &painting, WIDTH, HEIGHT);
                int on = share_of_edges(map, picture, true), off = share_of_edges(map, picture, false);
                ck_assert_msg(on >= 75 && off * 2 < on, "%s, %s, %d: %d on the map's edges, %d elsewhere",
                              structure_name(structures[i]), prompts[j], (int)seed, on, off);
                sum += on;
                count++;
                bitmap_free(map);
                bitmap_free(picture);
            }
    ck_assert_int_ge(sum, 95 * count);
}
END_TEST

/* The ball of the depth and the normal map is another colour than what is behind it; so is the shirt of the pose's. */
START_TEST(test_things_stand_out)
{
    static const struct {
        enum structure structure;
        int x, y, behind_x, behind_y;
    } table[] = {
        {STRUCTURE_DEPTH, 120, 90, 20, 30}, {STRUCTURE_NORMAL, 120, 90, 20, 30}, {STRUCTURE_POSE, 128, 85, 60, 85}};

    for (size_t i = 0; i < COUNT(table); i++)
        for (uint64_t seed = 0; seed < 4; seed++) {
            struct painting painting = some(table[i].structure);
            painting.look = LOOK * (seed + 1);
            struct bitmap *picture = painted(&painting);
            const uint8_t *at = bitmap_row(picture, table[i].y) + 3 * table[i].x;
            const uint8_t *behind = bitmap_row(picture, table[i].behind_y) + 3 * table[i].behind_x;
            int difference = abs(at[0] - behind[0]) + abs(at[1] - behind[1]) + abs(at[2] - behind[2]);
            ck_assert_msg(difference > 30, "%s, %d: %d", structure_name(table[i].structure), (int)seed, difference);
            bitmap_free(picture);
        }
}
END_TEST

/* A wall whose depth does not jump at its foot: it is as near as the ground is there. */
START_TEST(test_walls_end_at_the_ground)
{
    struct bitmap *map = bitmap_new(WIDTH, HEIGHT);

    for (int y = 0; y < HEIGHT; y++)
        memset(bitmap_row(map, y), y < 30 ? 20 : y < 130 ? 150 : 150 + (y - 130) * 8 / 10, bitmap_row_len(map));
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct painting painting = some(STRUCTURE_DEPTH);
        painting.look = LOOK * (seed + 1);
        struct bitmap *picture = paint(map, &painting, WIDTH, HEIGHT);
        const uint8_t *wall = bitmap_row(picture, 110) + 3 * 130, *ground = bitmap_row(picture, 150) + 3 * 130;
        int difference = abs(wall[0] - ground[0]) + abs(wall[1] - ground[1]) + abs(wall[2] - ground[2]);
        ck_assert_msg(difference > 40, "%d: %d", (int)seed, difference);
        bitmap_free(picture);
    }
    bitmap_free(map);
}
END_TEST

/* ---- What the words do ---- */

static double redness(const char *prompt, const char *negative_prompt, uint64_t look)
{
    struct painting painting = some(STRUCTURE_CANNY);

    painting.prompt = prompt;
    painting.negative_prompt = negative_prompt;
    painting.look = look;
    struct bitmap *picture = painted(&painting);
    double red = mean(picture, 0) - mean(picture, 2);
    bitmap_free(picture);
    return red;
}

START_TEST(test_prompt_matters)
{
    for (uint64_t seed = 1; seed <= 8; seed++) {
        uint64_t look = LOOK * seed;
        ck_assert_double_gt(redness("a red house", "", look), redness("a blue house", "", look) + 30);
        ck_assert_double_gt(redness("at SUNSET!", "", look), redness("an ocean at night", "", look) + 10);
        ck_assert_double_gt(redness("a red house", "", look), redness("a red house", "red", look) + 10);
    }
}
END_TEST

START_TEST(test_scale_matters)
{
    static const double scales[] = {0.1, 3, 9, 30};

    for (int i = 0; i < STRUCTURES; i++) {
        double before = 0;
        for (size_t j = 0; j < COUNT(scales); j++) {
            struct painting painting = some((enum structure)i);
            painting.prompt = "a red barn, papercut";
            painting.scale = scales[j];
            struct bitmap *picture = painted(&painting);
            double colors = colorfulness(picture);
            ck_assert_msg(colors > before + 4, "%s at %g: %f after %f", structure_name((enum structure)i), scales[j],
                          colors, before);
            before = colors;
            bitmap_free(picture);
        }
    }
}
END_TEST

START_TEST(test_black_and_white)
{
    struct painting painting = some(STRUCTURE_SEG);

    painting.prompt = "a black and white photo of a red barn";
    struct bitmap *picture = painted(&painting);
    ck_assert_double_lt(colorfulness(picture), 16);
    bitmap_free(picture);
}
END_TEST

START_TEST(test_words)
{
    static const struct {
        const char *text, *found[4];
    } table[] = {
        {"a red barn at sunset", {"red", "sunset"}},
        {"Red, RED; red-ish", {"red", "red", "red"}},
        {"reds and roses", {"red", "rose"}},
        {"reddish predator, hundred", {NULL}},
        {"cherry  blossom", {"cherry blossom"}},
        {"cherry-blossoms", {"cherry blossom"}},
        {"cherry pie", {"cherry"}},
        {"a black and white photo", {"black and white"}},
        {"black and grey", {"black", "grey"}},
        {"beaches", {"beach"}},
        {"caf\xc3\xa9red red\xc3\xa9", {NULL}},
        {"", {NULL}},
        {"  ,,, ", {NULL}},
    };
    struct word_reader reader;

    for (size_t i = 0; i < COUNT(table); i++) {
        words_begin(&reader, table[i].text);
        for (int j = 0; j < 4 && table[i].found[j]; j++) {
            const struct word *word = words_next(&reader);
            ck_assert_msg(word && strcmp(word->text, table[i].found[j]) == 0, "%s: %s", table[i].text,
                          word ? word->text : "nothing");
        }
        ck_assert_ptr_null(words_next(&reader));
    }
}
END_TEST

/* No known word, and yet the prompt decides: colours differ by it. Ramps rise from the dark to the light. */
START_TEST(test_unknown_words_have_a_palette)
{
    static const char *const prompts[] = {"xyzzy", "plugh", "zorkmid", "frobozz", "grue"};
    struct palette palettes[COUNT(prompts)];
    int different = 0;

    for (size_t i = 0; i < COUNT(prompts); i++) {
        palette_make(&palettes[i], &(struct palette_wish){prompts[i], "", 9, LOOK});
        different += i > 0 && memcmp(palettes[i].ramps, palettes[i - 1].ramps, sizeof(palettes[i].ramps)) != 0;
        for (int ramp = 0; ramp < ALL_RAMPS; ramp++)
            for (int tone = 1; tone < RAMP_TONES; tone++)
                ck_assert_int_ge(color_luma(palettes[i].ramps[ramp].tones[tone]) + 2,
                                 color_luma(palettes[i].ramps[ramp].tones[tone - 1]));
    }
    ck_assert_int_ge(different, 3);
}
END_TEST

/* ---- Odd inputs ---- */

START_TEST(test_odd_maps)
{
    static const int sizes[][4] = {{1, 1, 1, 1}, {1, 1, 64, 64}, {64, 2, 128, 64}, {300, 200, 64, 128}, {3, 3, 3, 3}};

    for (int structure = 0; structure < STRUCTURES; structure++)
        for (size_t i = 0; i < COUNT(sizes); i++)
            for (int fill = 0; fill < 3; fill++) {
                struct bitmap *map = bitmap_new(sizes[i][0], sizes[i][1]);
                size_t len = bitmap_row_len(map) * (size_t)map->height;
                for (size_t j = 0; j < len; j++) // black, white, noise
                    map->rgb[j] = (uint8_t)(fill == 2 ? j * j * 2654435761U >> 13 : fill * 255U);
                struct painting painting = some((enum structure)structure);
                painting.prompt = fill ? "pixel art" : "";
                struct bitmap *picture = paint(map, &painting, sizes[i][2], sizes[i][3]);
                ck_assert_int_eq(picture->width, sizes[i][2]);
                ck_assert_int_eq(picture->height, sizes[i][3]);
                bitmap_free(picture);
                ck_assert_ptr_null(paint(map, &painting, 0, 64));
                ck_assert_ptr_null(paint(map, &painting, 64, 4097));
                ck_assert_ptr_null(paint(map, &painting, 65535, 1));
                bitmap_free(map);
            }
}
END_TEST

/* More colours than any map of ours has, and none of them a sky's: the first one is no sky for that. */
START_TEST(test_classes_beyond_number)
{
    struct bitmap *map = bitmap_new(32, 32);
    struct palette palette;

    for (int i = 0; i < 32 * 32; i++)
        for (int channel = 0; channel < 3; channel++)
            map->rgb[3 * i + channel] = (uint8_t)(channel == 2 ? 1 : i >> 5 * channel & 31);
    palette_make(&palette, &(struct palette_wish){"", "", 9, LOOK});
    struct sheet *sheet = sheet_of_map(map, STRUCTURE_SEG, &palette, LOOK);
    ck_assert_int_eq(sheet->count, 512);
    for (int i = 0; i < sheet->count; i++)
        ck_assert_msg(!sheet->list[i].colored, "%d", i);
    sheet_free(sheet);
    bitmap_free(map);
}
END_TEST

START_TEST(test_long_prompts)
{
    char *prompt = malloc(20001);
    struct palette cut, whole;

    for (int i = 0; i < 20000; i++)
        prompt[i] = "red oil, "[i % 9];
    prompt[20000] = '\0';
    palette_make(&whole, &(struct palette_wish){prompt, prompt, 9, LOOK});
    prompt[WORDS_MAX_TEXT] = '\0';
    palette_make(&cut, &(struct palette_wish){prompt, prompt, 9, LOOK});
    ck_assert_mem_eq(&whole.ramps, &cut.ramps, sizeof(cut.ramps));
    free(prompt);
}
END_TEST

/* ---- The reference picture ---- */

#define NOTES(rest) "{\"model\":\"rossjillian/controlnet\",\"seed\":\"20\",\"input\":{" rest "}}"

static struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static struct prepared *prepare(const char *notes)
{
    const struct embedded *sample = embedded_find("fixtures/sample.png");
    char error[MAKER_ERROR] = "";

    ck_assert_ptr_nonnull(sample);
    struct prepared *prepared = media_maker.prepare(slice_of(notes), (struct slice){sample->data, sample->len}, error);
    ck_assert_msg(prepared != NULL, "%s", error);
    return prepared;
}

static struct bitmap *picture_of(const char *png, size_t len)
{
    struct bitmap *picture = NULL;
    int width, height;

    ck_assert_int_eq(decode_picture(&picture, (struct slice){png, len}, &width, &height), DECODED);
    return picture;
}

static struct bitmap *drawn(struct prepared *prepared, const char *notes, bool reference)
{
    struct drawing drawing = {.look = LOOK,
                              .width = prepared->width,
                              .height = prepared->height,
                              .reference = reference,
                              .notes = slice_of(notes),
                              .prepared = prepared};
    size_t len;
    char *png = media_maker.draw(&drawing, &len);
    struct bitmap *picture = picture_of(png, len);

    free(png);
    return picture;
}

START_TEST(test_reference_is_the_map)
{
    const char *notes = NOTES("\"structure\":\"canny\",\"prompt\":\"a turtle\"");
    struct prepared *prepared = prepare(notes);
    struct bitmap *map = picture_of(prepared->data, prepared->len);
    struct bitmap *reference = drawn(prepared, notes, true), *output = drawn(prepared, notes, false);

    ck_assert_int_eq(reference->width, map->width); // its own size
    ck_assert_int_eq(reference->height, map->height);
    ck_assert_double_eq(distance(map, reference), 0);
    ck_assert_int_eq(output->width, prepared->width);
    ck_assert_int_eq(output->height, prepared->height);
    ck_assert_ptr_null(memmem(prepared->data, prepared->len, "tEXt", 4)); // what is kept is small
    bitmap_free(map);
    bitmap_free(reference);
    bitmap_free(output);
    prepared_let_go(prepared);
}
END_TEST

/* ---- Texts in the file ---- */

static void expect_texts(const char *notes_text, const char *const expected[][3])
{
    struct spng_text texts[8];
    struct notes notes;
    uint32_t count = 0, i = 0;
    size_t len;
    struct bitmap *picture = bitmap_new(3, 2);

    notes_read(&notes, slice_of(notes_text));
    struct image_text texts_put[IMAGE_TEXTS_MAX];
    struct image_about about = notes_about(&notes, texts_put);
    char *png = encode_png(picture, &about, &len);
    spng_ctx *ctx = spng_ctx_new(0);
    ck_assert_int_eq(spng_set_png_buffer(ctx, png, len), SPNG_OK);
    int result = spng_get_text(ctx, NULL, &count); // how many
    ck_assert_uint_le(count, COUNT(texts));
    if (result == SPNG_OK)
        ck_assert_int_eq(spng_get_text(ctx, texts, &count), SPNG_OK);
    ck_assert_int_eq(result, expected[0][0] ? SPNG_OK : SPNG_ECHUNKAVAIL);
    for (; expected[i][0]; i++) {
        ck_assert_str_eq(texts[i].keyword, expected[i][0]);
        ck_assert_str_eq(texts[i].text, expected[i][1]);
        ck_assert_int_eq(texts[i].type, expected[i][2][0] == 'i' ? SPNG_ITXT : SPNG_TEXT);
    }
    ck_assert_uint_eq(result == SPNG_OK ? count : 0, i);
    spng_ctx_free(ctx);
    notes_free(&notes);
    bitmap_free(picture);
    free(png);
}

START_TEST(test_texts_in_png)
{
    expect_texts(NOTES("\"prompt\":\"a turtle\""), (const char *const[][3]){{"Software", "replicate-mock", "t"},
                                                                            {"model", "rossjillian/controlnet", "t"},
                                                                            {"prompt", "a turtle", "t"},
                                                                            {"seed", "20", "t"},
                                                                            {NULL}});
    expect_texts(NOTES("\"prompt\":\"caf\xc3\xa9 \xc3\xbf\",\"negative_prompt\":\"\xe4\xba\x80, \xf0\x9f\x90\xa2\""),
                 (const char *const[][3]){{"Software", "replicate-mock", "t"},
                                          {"model", "rossjillian/controlnet", "t"},
                                          {"prompt", "caf\xe9 \xff", "t"}, // Latin-1
                                          {"negative_prompt", "\xe4\xba\x80, \xf0\x9f\x90\xa2", "i"},
                                          {"seed", "20", "t"},
                                          {NULL}});
    expect_texts("{\"model\":\"a/b\",\"seed\":\"\",\"input\":{\"prompt\":7,\"negative_prompt\":\"\"}}",
                 (const char *const[][3]){{"Software", "replicate-mock", "t"}, {"model", "a/b", "t"}, {NULL}});
    expect_texts("", (const char *const[][3]){{NULL}});
}
END_TEST

/* ---- Landscapes ---- */

static struct bitmap *landscape(const char *notes, uint64_t look)
{
    struct drawing drawing = {.look = look, .width = 320, .height = 200, .notes = slice_of(notes)};

    return landscape_picture(&drawing);
}

#define PROMPT(text) "{\"model\":\"a/b\",\"seed\":\"1\",\"input\":{\"prompt\":\"" text "\"}}"

START_TEST(test_landscapes_heed_the_prompt)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct bitmap *red = landscape(PROMPT("a red desert at sunset"), LOOK * seed);
        struct bitmap *blue = landscape(PROMPT("a blue ocean at night"), LOOK * seed);
        struct bitmap *other = landscape(PROMPT("a blue ocean at night"), LOOK * (seed + 1));
        ck_assert_double_gt(mean(red, 0) - mean(red, 2), mean(blue, 0) - mean(blue, 2) + 40);
        ck_assert_double_gt(distance(blue, other), 4);
        bitmap_free(red);
        bitmap_free(blue);
        bitmap_free(other);
    }
}
END_TEST

static const struct {
    const char *notes, *digest;
} places[] = {
    {PROMPT("a forest at night"), "1b18d03a121fca82db03e35adfa0aae575f970f23665663ff15744006b93d140"},
    {PROMPT("city, stained glass"), "2114a45a0229a6c9cebeba4af6e221177c4ed51d888c103b44b6889db021383d"},
    {PROMPT("mountains"), "9f01f3fce40c5bb1dfb1dcdd65afe96597d5958730b78f21e07cbd41199fed80"},
    {PROMPT("desert, flat"), "3648f46eab1082c79f03c5872f33eff340184218c316aecf6136bd45405f370f"},
    {PROMPT("sea, oil painting"), "7b3d2bd814a56d4c19a02705e9d52fee2778cefb2aa8ad047e38688aaa6675e7"},
    {"", "6fbccff85668f6b0348e4c58a6554f4a1178a20b7b7740f1efaf918714ef4aa4"},
};

START_TEST(test_landscapes_are_the_same_everywhere)
{
    for (size_t i = 0; i < COUNT(places); i++) {
        struct bitmap *picture = landscape(places[i].notes, LOOK);
        char hex[SHA256_HEX];
        digest_of(hex, picture);
        ck_assert_msg(strcmp(hex, places[i].digest) == 0, "%s: %s", places[i].notes, hex);
        bitmap_free(picture);
    }
}
END_TEST

SUITE("paint", test_pixels_are_the_same_everywhere, test_styles_are_the_same_everywhere,
      test_another_seed_is_another_picture, test_structure_is_kept, test_things_stand_out, test_walls_end_at_the_ground,
      test_prompt_matters, test_scale_matters, test_black_and_white, test_words, test_unknown_words_have_a_palette,
      test_odd_maps, test_classes_beyond_number, test_long_prompts, test_reference_is_the_map, test_texts_in_png,
      test_landscapes_heed_the_prompt, test_landscapes_are_the_same_everywhere);
