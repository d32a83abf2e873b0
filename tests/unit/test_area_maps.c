#include "base/digest.h"
#include "base/embed.h"
#include "image/decode.h"
#include "lib/suite.h"
#include "maps/control_map.h"
#include "maps/figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Pictures ---- */

static struct bitmap *sample(void)
{
    const struct embedded *file = embedded_find("fixtures/sample.png");
    struct bitmap *picture;
    int width, height;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(decode_picture(&picture, (struct slice){file->data, file->len}, &width, &height), DECODED);
    ck_assert(width == 640 && height == 480); // the places below are of that
    return picture;
}

static uint8_t *pixel_at(const struct bitmap *picture, int x, int y)
{
    return bitmap_row(picture, y) + 3 * x;
}

static unsigned color_at(const struct bitmap *picture, int x, int y)
{
    const uint8_t *pixel = pixel_at(picture, x, y);

    return (unsigned)(pixel[0] << 16 | pixel[1] << 8 | pixel[2]);
}

static void fill(struct bitmap *picture, int left, int top, int right, int bottom, unsigned color)
{
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++)
            memcpy(pixel_at(picture, x, y),
                   (const uint8_t[]){(uint8_t)(color >> 16), (uint8_t)(color >> 8), (uint8_t)color}, 3);
}

static struct bitmap *uniform(int width, int height, unsigned color)
{
    struct bitmap *picture = bitmap_new(width, height);

    fill(picture, 0, 0, width, height, color);
    return picture;
}

static struct bitmap *noise(int width, int height)
{
    struct bitmap *picture = bitmap_new(width, height);
    uint32_t state = 1;

    for (size_t i = 0; i < bitmap_row_len(picture) * (size_t)height; i++) {
        state = state * 1664525 + 1013904223;
        picture->rgb[i] = (uint8_t)(state >> 24);
    }
    return picture;
}

/* Head, trunk, arms that hang, legs: 60 x 200 from `left`, `top`. */
static struct bitmap *somebody(int left, int top)
{
    struct bitmap *picture = uniform(320, 320, 0xe0e0e0);

    fill(picture, left + 18, top, left + 42, top + 32, 0x303030);
    fill(picture, left + 10, top + 32, left + 50, top + 110, 0x303030);
    fill(picture, left, top + 36, left + 10, top + 110, 0x303030);
    fill(picture, left + 50, top + 36, left + 60, top + 110, 0x303030);
    fill(picture, left + 12, top + 110, left + 26, top + 200, 0x303030);
    fill(picture, left + 34, top + 110, left + 48, top + 200, 0x303030);
    return picture;
}

static struct bitmap *mapped(struct bitmap *(*map)(const struct bitmap *picture), struct bitmap *picture)
{
    struct bitmap *result = map(picture);

    ck_assert(result->width == picture->width && result->height == picture->height);
    bitmap_free(picture);
    return result;
}

static size_t pixels(const struct bitmap *picture)
{
    return (size_t)picture->width * (size_t)picture->height;
}

/* ---- Depth ---- */

START_TEST(test_depth_is_grey_and_uses_all_of_it)
{
    struct bitmap *pictures[] = {sample(), somebody(40, 60), uniform(100, 80, 0x808080), noise(90, 70)};

    for (size_t i = 0; i < COUNT(pictures); i++) {
        struct bitmap *map = mapped(map_depth, pictures[i]);
        int least = 255, most = 0;
        for (size_t j = 0; j < pixels(map); j++) {
            const uint8_t *pixel = map->rgb + 3 * j;
            if (pixel[0] != pixel[1] || pixel[1] != pixel[2])
                ck_abort_msg("%zu: pixel %zu has a colour", i, j);
            least = pixel[0] < least ? pixel[0] : least;
            most = pixel[0] > most ? pixel[0] : most;
        }
        ck_assert_msg(least == 0 && most == 255, "%zu: %d to %d", i, least, most);
        bitmap_free(map);
    }
}
END_TEST

/* Places of the sample from far to near. */
START_TEST(test_depth_of_the_sample)
{
    static const struct {
        const char *what;
        int x, y;
    } places[] = {
        {"sky", 300, 100},   {"sun", 520, 90},      {"hill", 30, 330},
        {"house", 190, 370}, {"somebody", 90, 330}, {"meadow in front", 500, 476},
    };
    struct bitmap *map = mapped(map_depth, sample());

    for (size_t i = 0; i + 1 < COUNT(places); i++)
        ck_assert_msg(pixel_at(map, places[i].x, places[i].y)[0] + 4 <
                          pixel_at(map, places[i + 1].x, places[i + 1].y)[0],
                      "%s is not behind %s", places[i].what, places[i + 1].what);
    bitmap_free(map);
}
END_TEST

static int difference(const uint8_t *a, const uint8_t *b)
{
    return abs(a[0] - b[0]) + abs(a[1] - b[1]) + abs(a[2] - b[2]);
}

/* Between what is two to the left and two to the right, or above and below. */
static int edge_at(const struct bitmap *picture, int x, int y)
{
    int across = difference(pixel_at(picture, x - 2, y), pixel_at(picture, x + 2, y));
    int down = difference(pixel_at(picture, x, y - 2), pixel_at(picture, x, y + 2));

    return across > down ? across : down;
}

START_TEST(test_borders_of_shapes_are_borders_of_the_maps)
{
    static const struct {
        const char *name;
        struct bitmap *(*map)(const struct bitmap *picture);
        int least, percent; // of the strong edges so many have one that is as strong in the map
    } maps[] = {{"depth", map_depth, 6, 92}, {"normal", map_normal, 12, 97}, {"seg", map_seg, 60, 70}};

    for (size_t i = 0; i < COUNT(maps); i++) {
        struct bitmap *picture = sample(), *map = maps[i].map(picture);
        int edges = 0, kept = 0;
        for (int y = 2; y < 478; y++)
            for (int x = 2; x < 638; x++)
                if (edge_at(picture, x, y) > 150) {
                    edges++;
                    kept += edge_at(map, x, y) >= maps[i].least;
                }
        ck_assert_int_gt(edges, 10000);
        ck_assert_msg(kept * 100 >= maps[i].percent * edges, "%s: %d of %d", maps[i].name, kept, edges);
        bitmap_free(picture);
        bitmap_free(map);
    }
}
END_TEST

/* ---- Normals ---- */

START_TEST(test_normals_are_of_length_one)
{
    struct bitmap *map = mapped(map_normal, sample());

    for (size_t i = 0; i < pixels(map); i++) {
        double square = 0;
        for (size_t j = 0; j < 3; j++) {
            double part = (map->rgb[3 * i + j] + 0.5 - 127.5) / 127.5;
            square += part * part;
        }
        if (fabs(square - 1) >= 0.03)
            ck_abort_msg("pixel %zu: %f", i, square);
    }
    bitmap_free(map);
}
END_TEST

/* The left border of what is nearer rises to the right, its upper one downwards. */
START_TEST(test_normals_lean_as_the_depth_does)
{
    struct bitmap *map = mapped(map_normal, somebody(40, 60));

    ck_assert_uint_eq(color_at(map, 250, 0), 0x7f7fff); // far from any shape: towards us
    ck_assert_int_gt(pixel_at(map, 40, 130)[0], 160);
    ck_assert_int_lt(pixel_at(map, 99, 130)[0], 95);
    ck_assert_int_gt(pixel_at(map, 70, 60)[1], 160);
    bitmap_free(map);
}
END_TEST

/* ---- Segmentation ---- */

/* ADE20K's, class by class. */
static const unsigned palette[] = {
    0x787878, 0xb47878, 0x06e6e6, 0x503232, 0x04c803, 0x787850, 0x8c8c8c, 0xcc05ff, 0xe6e6e6, 0x04fa07, 0xe005ff,
    0xebff07, 0x96053d, 0x787846, 0x08ff33, 0xff0652, 0x8fff8c, 0xccff04, 0xff3307, 0xcc4603, 0x0066c8, 0x3de6fa,
    0xff0633, 0x0b66ff, 0xff0747, 0xff09e0, 0x0907e6, 0xdcdcdc, 0xff095c, 0x7009ff, 0x08ffd6, 0x07ffe0, 0xffb806,
    0x0aff47, 0xff290a, 0x07ffff, 0xe0ff08, 0x6608ff, 0xff3d06, 0xffc207, 0xff7a08, 0x00ff14, 0xff0829, 0xff0599,
    0x0633ff, 0xeb0cff, 0xa09614, 0x00a3ff, 0x8c8c8c, 0xfa0a0f, 0x14ff00, 0x1fff00, 0xff1f00, 0xffe000, 0x99ff00,
    0x0000ff, 0xff4700, 0x00ebff, 0x00adff, 0x1f00ff, 0x0bc8c8, 0xff5200, 0x00fff5, 0x003dff, 0x00ff70, 0x00ff85,
    0xff0000, 0xffa300, 0xff6600, 0xc2ff00, 0x008fff, 0x33ff00, 0x0052ff, 0x00ff29, 0x00ffad, 0x0a00ff, 0xadff00,
    0x00ff99, 0xff5c00, 0xff00ff, 0xff00f5, 0xff0066, 0xffad00, 0xff0014, 0xffb8b8, 0x001fff, 0x00ff3d, 0x0047ff,
    0xff00cc, 0x00ffc2, 0x00ff52, 0x000aff, 0x0070ff, 0x3300ff, 0x00c2ff, 0x007aff, 0x00ffa3, 0xff9900, 0x00ff0a,
    0xff7000, 0x8fff00, 0x5200ff, 0xa3ff00, 0xffeb00, 0x08b8aa, 0x8500ff, 0x00ff5c, 0xb800ff, 0xff001f, 0x00b8ff,
    0x00d6ff, 0xff0070, 0x5cff00, 0x00e0ff, 0x70e0ff, 0x46b8a0, 0xa300ff, 0x9900ff, 0x47ff00, 0xff00a3, 0xffcc00,
    0xff008f, 0x00ffeb, 0x85ff00, 0xff00eb, 0xf500ff, 0xff007a, 0xfff500, 0x0abed4, 0xd6ff00, 0x00ccff, 0x1400ff,
    0xffff00, 0x0099ff, 0x0029ff, 0x00ffcc, 0x2900ff, 0x29ff00, 0xad00ff, 0x00f5ff, 0x4700ff, 0x7a00ff, 0x00ffb8,
    0x005cff, 0xb8ff00, 0x0085ff, 0xffd600, 0x19c2c2, 0x66ff00, 0x5c00ff,
};

static bool in_palette(unsigned color)
{
    static unsigned last = 0x787878; // a map has few borders; this is the first class's

    if (color == last)
        return true;
    for (size_t i = 0; i < COUNT(palette); i++)
        if (palette[i] == color) {
            last = color;
            return true;
        }
    return false;
}

START_TEST(test_seg_has_colours_of_the_palette_alone)
{
    struct bitmap *pictures[] = {sample(), somebody(40, 60), noise(700, 500), uniform(1, 1, 0)};

    ck_assert_int_eq(COUNT(palette), 150);
    for (size_t i = 0; i < COUNT(pictures); i++) {
        struct bitmap *map = mapped(map_seg, pictures[i]);
        for (int y = 0; y < map->height; y++)
            for (int x = 0; x < map->width; x++)
                if (!in_palette(color_at(map, x, y)))
                    ck_abort_msg("%zu: %06x", i, color_at(map, x, y));
        bitmap_free(map);
    }
}
END_TEST

START_TEST(test_seg_of_one_colour_is_one_class)
{
    static const unsigned colors[] = {0, 0xffffff, 0x87ceeb, 0x228b22, 0x808080, 0xc68642};

    for (size_t i = 0; i < COUNT(colors); i++) {
        struct bitmap *map = mapped(map_seg, uniform(200, 150, colors[i]));
        for (size_t j = 0; j < pixels(map); j++)
            if (difference(map->rgb, map->rgb + 3 * j) != 0)
                ck_abort_msg("%06x: pixel %zu is of another class", colors[i], j);
        bitmap_free(map);
    }
}
END_TEST

static const struct {
    const char *what;
    int x, y;
    unsigned color;
} classes[] = {
    {"sky", 20, 20, 0x06e6e6},           {"cloud", 130, 80, 0x06e6e6},  {"sun", 520, 90, 0xffad00},
    {"roof", 220, 230, 0xb47878},        {"wall", 190, 370, 0xb47878},  {"chimney", 360, 200, 0xb47878},
    {"window", 212, 304, 0xe6e6e6},      {"door", 285, 350, 0x08ff33},  {"path", 290, 450, 0xff1f00},
    {"crown", 530, 200, 0x04c803},       {"trunk", 530, 380, 0x04c803}, {"meadow", 500, 450, 0x04fa07},
    {"hill", 30, 330, 0x8fff8c},         {"head", 92, 250, 0x96053d},   {"shirt", 90, 330, 0x96053d},
    {"hand, raised", 46, 220, 0x96053d}, {"leg", 77, 410, 0x96053d},
};

START_TEST(test_seg_of_the_sample)
{
    struct bitmap *map = mapped(map_seg, sample());

    for (size_t i = 0; i < COUNT(classes); i++)
        ck_assert_msg(color_at(map, classes[i].x, classes[i].y) == classes[i].color, "%s: %06x", classes[i].what,
                      color_at(map, classes[i].x, classes[i].y));
    bitmap_free(map);
}
END_TEST

/* A floor, walls at two of the picture's sides, and before them a sofa that cuts one off from the floor. */
START_TEST(test_seg_of_a_room)
{
    struct bitmap *picture = uniform(320, 240, 0xe1d7c3);

    for (int y = 0; y < 60; y++)
        fill(picture, y, y, 320, y + 1, 0xf5f2eb); // the ceiling, down to the corner on the left
    fill(picture, 260, 40, 320, 180, 0xc3b9a5);
    fill(picture, 0, 180, 320, 240, 0x966941);
    fill(picture, 90, 130, 200, 200, 0x465a8c);
    struct bitmap *map = mapped(map_seg, picture);
    ck_assert_uint_eq(color_at(map, 20, 100), 0x787878);
    ck_assert_uint_eq(color_at(map, 150, 100), 0x787878);
    ck_assert_uint_eq(color_at(map, 20, 220), 0x503232);
    ck_assert_uint_ne(color_at(map, 150, 160), 0x787878);
    bitmap_free(map);
}
END_TEST

/* Each pixel `times` x `times`. */
static struct bitmap *magnified(struct bitmap *picture, int times)
{
    struct bitmap *large = bitmap_new(picture->width * times, picture->height * times);

    for (int y = 0; y < large->height; y++)
        for (int x = 0; x < large->width; x++)
            memcpy(pixel_at(large, x, y), pixel_at(picture, x / times, y / times), 3);
    bitmap_free(picture);
    return large;
}

/* It is looked at in larger cells, and its borders are as sharp. */
START_TEST(test_seg_of_a_large_picture)
{
    struct bitmap *map = mapped(map_seg, magnified(sample(), 2));

    for (size_t i = 0; i < COUNT(classes); i++)
        ck_assert_msg(color_at(map, 2 * classes[i].x, 2 * classes[i].y) == classes[i].color, "%s: %06x",
                      classes[i].what, color_at(map, 2 * classes[i].x, 2 * classes[i].y));
    ck_assert_uint_eq(color_at(map, 2 * 269 - 1, 2 * 350), 0xb47878); // the door's frame, to the pixel
    ck_assert_uint_eq(color_at(map, 2 * 269, 2 * 350), 0x08ff33);
    bitmap_free(map);
}
END_TEST

/* ---- Poses ---- */

static bool is_black(const struct bitmap *map)
{
    for (size_t i = 0; i < 3 * pixels(map); i++)
        if (map->rgb[i])
            return false;
    return true;
}

START_TEST(test_nobody_is_an_empty_canvas)
{
    struct bitmap *pictures[] = {uniform(512, 512, 0), uniform(512, 512, 0x87ceeb), uniform(1, 1, 0xffffff),
                                 uniform(512, 512, 0x87ceeb), uniform(512, 512, 0xe0e0e0)};

    fill(pictures[3], 0, 256, 512, 512, 0x228b22);   // a horizon alone
    fill(pictures[4], 240, 200, 280, 280, 0x303030); // so small that nobody would be found there
    for (size_t i = 0; i < COUNT(pictures); i++) {
        struct bitmap *map = mapped(map_pose, pictures[i]);
        ck_assert_msg(is_black(map), "%zu", i);
        bitmap_free(map);
    }
}
END_TEST

/* Wider or narrower to both sides by `lean` in all, from the top down. */
static void column(struct bitmap *picture, int top, int bottom, int half, int lean, unsigned color)
{
    for (int y = top; y < bottom; y++) {
        int reach = half + lean * (y - top) / (bottom - top);
        fill(picture, 160 - reach, y, 160 + reach, y + 1, color);
    }
}

static struct bitmap *meadow(void)
{
    struct bitmap *picture = uniform(320, 320, 0x87ceeb);

    fill(picture, 0, 220, 320, 320, 0x228b22);
    return picture;
}

START_TEST(test_what_stands_there_alone_is_nobody)
{
    struct bitmap *tower = meadow(), *spire = meadow(), *post = meadow(), *tree = meadow();
    struct bitmap *pictures[] = {tower, spire, post, tree};

    column(tower, 40, 270, 30, 0, 0x808080);
    column(spire, 40, 270, 4, 40, 0x404048);
    column(post, 40, 270, 4, 0, 0x303030);
    column(post, 30, 50, 12, 0, 0xf0f0c8);
    column(tree, 40, 90, 20, 40, 0xa04820);
    column(tree, 90, 140, 60, -40, 0xa04820);
    column(tree, 140, 270, 6, 0, 0x503020);
    for (size_t i = 0; i < COUNT(pictures); i++) {
        struct bitmap *map = mapped(map_pose, pictures[i]);
        ck_assert_msg(is_black(map), "%zu", i);
        bitmap_free(map);
    }
}
END_TEST

/* The disc of a joint has its colour in full, limbs have six tenths of theirs. */
static bool joint_within(const struct bitmap *map, unsigned color, int left, int top, int right, int bottom)
{
    for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++)
            if (color_at(map, x, y) == color)
                return true;
    return false;
}

START_TEST(test_joints_of_somebody_in_the_sample)
{
    static const struct {
        const char *what;
        unsigned color;
        int left, top, right, bottom; // where the picture has it
    } joints[] = {
        {"nose", 0xff0000, 80, 232, 104, 264},        {"neck", 0xff5500, 80, 270, 104, 296},
        {"right wrist", 0xaaff00, 36, 206, 56, 236},  {"right elbow", 0xffff00, 34, 236, 60, 276},
        {"left wrist", 0x00ff55, 116, 330, 138, 370}, {"right ankle", 0x00aaff, 62, 420, 88, 452},
        {"left ankle", 0x5500ff, 96, 420, 122, 452},  {"right knee", 0x00ffff, 62, 375, 92, 425},
        {"left hip", 0x0055ff, 90, 335, 116, 372},
    };
    struct bitmap *map = mapped(map_pose, sample());

    for (size_t i = 0; i < COUNT(joints); i++)
        ck_assert_msg(
            joint_within(map, joints[i].color, joints[i].left, joints[i].top, joints[i].right, joints[i].bottom), "%s",
            joints[i].what);
    bitmap_free(map);
}
END_TEST

/* Joints are discs of radius 4 within the shape's box, and all 18 have colours of their own. */
START_TEST(test_joints_are_within_the_shape)
{
    struct bitmap *map = mapped(map_pose, somebody(130, 70));

    ck_assert(!is_black(map));
    for (int y = 0; y < 320; y++)
        for (int x = 0; x < 320; x++)
            if ((x < 126 || x > 193 || y < 66 || y > 273) && color_at(map, x, y) != 0)
                ck_abort_msg("%d, %d", x, y);
    ck_assert(joint_within(map, 0xff0000, 148, 70, 172, 102));  // nose: in the head
    ck_assert(joint_within(map, 0x00aaff, 142, 240, 156, 270)); // ankles: in the legs
    ck_assert(joint_within(map, 0x5500ff, 164, 240, 178, 270));
    ck_assert(joint_within(map, 0x990000, 140, 70, 180, 130)); // a limb: 255 * 0.6
    bitmap_free(map);
}
END_TEST

START_TEST(test_pose_goes_with_the_shape)
{
    struct bitmap *map = mapped(map_pose, somebody(60, 60)), *moved = mapped(map_pose, somebody(100, 90));

    for (int y = 0; y < 290; y++)
        ck_assert_mem_eq(pixel_at(moved, 40, y + 30), pixel_at(map, 0, y), 3 * 280);
    bitmap_free(map);
    bitmap_free(moved);
}
END_TEST

/* Of somebody whom the picture cuts off, legs are not drawn. */
START_TEST(test_what_is_cut_off_has_no_joints)
{
    struct bitmap *picture = uniform(320, 320, 0xe0e0e0);
    struct figure figure;
    struct scene scene;

    fill(picture, 120, 60, 200, 180, 0xe0ac8a);
    fill(picture, 60, 180, 260, 320, 0x303030);
    scene_make(&scene, picture);
    ck_assert(figure_find(&figure, &scene));
    for (int i = 0; i < JOINTS; i++) {
        bool leg = i == JOINT_RIGHT_KNEE || i == JOINT_LEFT_KNEE || i == JOINT_RIGHT_ANKLE || i == JOINT_LEFT_ANKLE;
        ck_assert_msg(!leg || !figure.joints[i].there, "%d", i);
    }
    ck_assert(figure.joints[JOINT_NOSE].there && figure.joints[JOINT_LEFT_SHOULDER].there);
    scene_free(&scene);
    bitmap_free(picture);
}
END_TEST

/* ---- All ---- */

START_TEST(test_any_size)
{
    static struct bitmap *(*const maps[])(const struct bitmap *picture) = {map_depth, map_normal, map_seg, map_pose};
    static const int sizes[][2] = {{1, 1},    {1, 2},    {2, 1},     {3, 3},    {2048, 2},
                                   {2, 2048}, {1, 5000}, {65535, 1}, {333, 331}};

    for (size_t i = 0; i < COUNT(maps); i++)
        for (size_t j = 0; j < COUNT(sizes); j++)
            bitmap_free(mapped(maps[i], noise(sizes[j][0], sizes[j][1])));
}
END_TEST

/* What goes by pairs of regions needs few of them: of a mosaic of 1200 stones, each seen well, most are merged. */
START_TEST(test_regions_are_few)
{
    struct bitmap *picture = magnified(noise(40, 30), 16);
    struct regions regions;

    regions_make(&regions, picture);
    ck_assert_int_le(regions.count, REGIONS_MAX);
    ck_assert_int_le(cells_count(&regions.cells), CELLS_MAX);
    regions_free(&regions);
    bitmap_free(picture);
}
END_TEST

START_TEST(test_the_same_bytes_everywhere)
{
    static const struct {
        struct bitmap *(*map)(const struct bitmap *picture);
        const char *of_sample, *of_somebody, *of_noise; // MD5 of the pixels
    } goldens[] = {
        {map_depth, "b905883f32d1df8881e45be2dd2b187b", "696c9119414b95dae25f4b8dc3b252ba",
         "9d6b45522951fbb1fcb623bcb1162933"},
        {map_normal, "68ca93136ec981296aab0c95a6cdd390", "392d0a08380338283ee63a9d005e181c",
         "c76a1b4fe369e048478d0048da2baf00"},
        {map_seg, "e8f4991be615d7597beff1e499750707", "7168c5389ec4778530d9653dc777bfd0",
         "93f62f1cef0c1a94a7b6780a466c1403"},
        {map_pose, "bf1d4cd95eb420329bb66f3eb6f42727", "25896dfa22f09ba86a1014451a61f30f",
         "e3ce6c3dbab770526346bb2d01b9b423"},
    };

    for (size_t i = 0; i < COUNT(goldens); i++) {
        struct bitmap *pictures[] = {sample(), somebody(40, 60), noise(400, 300)};
        const char *expected[] = {goldens[i].of_sample, goldens[i].of_somebody, goldens[i].of_noise};
        for (size_t j = 0; j < COUNT(pictures); j++) {
            struct bitmap *map = mapped(goldens[i].map, pictures[j]);
            char hex[MD5_HEX];
            digest_md5_hex(hex, map->rgb, 3 * pixels(map));
            ck_assert_msg(strcmp(hex, expected[j]) == 0, "map %zu of picture %zu: %s", i, j, hex);
            bitmap_free(map);
        }
    }
}
END_TEST

SUITE("area_maps", test_depth_is_grey_and_uses_all_of_it, test_depth_of_the_sample,
      test_borders_of_shapes_are_borders_of_the_maps, test_normals_are_of_length_one,
      test_normals_lean_as_the_depth_does, test_seg_has_colours_of_the_palette_alone,
      test_seg_of_one_colour_is_one_class, test_seg_of_the_sample, test_seg_of_a_room, test_seg_of_a_large_picture,
      test_nobody_is_an_empty_canvas, test_what_stands_there_alone_is_nobody, test_joints_of_somebody_in_the_sample,
      test_joints_are_within_the_shape, test_pose_goes_with_the_shape, test_what_is_cut_off_has_no_joints,
      test_any_size, test_regions_are_few, test_the_same_bytes_everywhere);
