/* What maps are made with: planes of numbers, and their blurs, against sums by hand and OpenCV's kernel. */
#include "image/blur.h"
#include "lib/suite.h"

#include <stdbool.h>
#include <string.h>

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

START_TEST(test_planes)
{
    struct bitmap *picture = bitmap_new(3, 1);

    memcpy(picture->rgb, "\xff\xff\xff\xff", 4); // white, red, black
    struct plane greys = plane_of_greys(picture), blue = plane_of_channel(picture, 2);
    ck_assert_int_eq(greys.at[0], 255 * PLANE_ONE);
    ck_assert_int_eq(greys.at[1], 255 * 77);
    ck_assert_int_eq(blue.at[0], 255 * PLANE_ONE);
    ck_assert_int_eq(blue.at[1], 0);
    greys.at[0] = UINT16_MAX;
    struct bitmap *again = plane_bitmap(&greys);
    ck_assert_int_eq(again->rgb[0], 255);
    ck_assert_int_eq(again->rgb[3], 77);
    ck_assert_int_eq(again->rgb[6], 0);
    plane_free(&greys);
    plane_free(&blue);
    bitmap_free(picture);
    bitmap_free(again);
}
END_TEST

static int mean_around(const struct plane *plane, int x, int y, int radius)
{
    uint64_t sum = 0;

    for (int down = y - radius; down <= y + radius; down++) {
        uint64_t across_sum = 0;
        for (int across = x - radius; across <= x + radius; across++) {
            int column = across < 0 ? 0 : across < plane->width ? across : plane->width - 1;
            int row = down < 0 ? 0 : down < plane->height ? down : plane->height - 1;
            across_sum += plane_row(plane, row)[column];
        }
        sum += across_sum / (2 * (uint64_t)radius + 1);
    }
    return (int)(sum / (2 * (uint64_t)radius + 1));
}

START_TEST(test_box)
{
    static const int cases[][3] = {{23, 17, 1}, {23, 17, 4}, {5, 3, 9}, {1, 1, BLUR_MAX_RADIUS}, {40, 1, 2}, {7, 7, 0}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bitmap *picture = noise(cases[i][0], cases[i][1]);
        struct plane sharp = plane_of_greys(picture), soft = plane_of_greys(picture);
        int wrong = 0;
        blur_box(&soft, cases[i][2]);
        for (int y = 0; y < soft.height; y++)
            for (int x = 0; x < soft.width; x++)
                wrong += plane_row(&soft, y)[x] != mean_around(&sharp, x, y, cases[i][2]);
        ck_assert_int_eq(wrong, 0);
        plane_free(&sharp);
        plane_free(&soft);
        bitmap_free(picture);
    }
}
END_TEST

static bool is_white(const struct plane *plane)
{
    for (size_t i = 0; i < plane_pixels(plane); i++)
        if (plane->at[i] != UINT16_MAX)
            return false;
    return true;
}

START_TEST(test_box_of_white_is_white)
{
    struct bitmap *picture = bitmap_new(50, 3);
    struct plane plane = plane_new(picture);

    for (int radius = 0; radius <= BLUR_MAX_RADIUS; radius += 31) {
        memset(plane.at, 0xff, plane_pixels(&plane) * sizeof(*plane.at));
        blur_box(&plane, radius);
        ck_assert(is_white(&plane));
    }
    plane_free(&plane);
    bitmap_free(picture);
}
END_TEST

START_TEST(test_gaussian)
{
    // cv2.getGaussianKernel(25, 3.0), times 255 * 256: from the middle.
    static const double kernel[] = {8681.2, 8212.1, 6951.4, 5265.4, 3569.0, 2164.7, 1174.9,
                                    570.6,  248.0,  96.4,   33.6,   10.5,   2.9,    0};
    struct bitmap *picture = bitmap_new(1, 61);
    struct plane plane = plane_new(picture);

    plane.at[30] = 255 * PLANE_ONE;
    blur_gaussian(&plane, 3);
    for (int i = 0; i < (int)COUNT(kernel); i++) {
        ck_assert_double_eq_tol(plane.at[30 + i], kernel[i], 1.5);
        ck_assert_int_eq(plane.at[30 + i], plane.at[30 - i]);
    }
    for (double sigma = 0.5; sigma <= 16; sigma *= 2) {
        memset(plane.at, 0xff, plane_pixels(&plane) * sizeof(*plane.at));
        blur_gaussian(&plane, sigma);
        ck_assert(is_white(&plane));
    }
    plane_free(&plane);
    bitmap_free(picture);
}
END_TEST

SUITE("planes", test_planes, test_box, test_box_of_white_is_white, test_gaussian);
