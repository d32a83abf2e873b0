/* The sheet that the demo leaves behind, and the letters on it. */
#include "image/contact_sheet.h"
#include "image/lettering.h"
#include "lib/suite.h"

#include <stdio.h>
#include <string.h>

// As contact_sheet.c has them.
enum {
    MARGIN = 16,
    GAP = 4,
    LINE = 20,
    WIDTH = 200,
    HEIGHT = 150,
    ENTRY_WIDTH = 2 * WIDTH + GAP,
    STEP = 420,
    DOWN = 186
};

static const uint8_t paper[3] = {250, 249, 246}, red[3] = {255, 0, 0}, blue[3] = {0, 0, 255};

static struct bitmap *plain(int width, int height, const uint8_t color[3])
{
    struct bitmap *picture = bitmap_new(width, height);

    for (size_t i = 0; i < (size_t)width * (size_t)height; i++)
        memcpy(picture->rgb + 3 * i, color, 3);
    return picture;
}

static bool is(const struct bitmap *picture, int x, int y, const uint8_t color[3])
{
    return memcmp(bitmap_row(picture, y) + 3 * (size_t)x, color, 3) == 0;
}

/* Is all of that area, and nothing right around it, of the colour? */
static void expect_area(const struct bitmap *picture, int left, int top, int width, int height, const uint8_t color[3])
{
    int wrong = 0;

    for (int y = top - 1; y <= top + height; y++)
        for (int x = left - 1; x <= left + width; x++)
            wrong += is(picture, x, y, color) != (x >= left && y >= top && x < left + width && y < top + height);
    ck_assert_msg(wrong == 0, "%d x %d at %d, %d: %d pixels", width, height, left, top, wrong);
}

START_TEST(test_an_entry)
{
    struct bitmap *wide = plain(640, 480, red), *flat = plain(400, 100, blue);
    struct sheet_entry entry = {"", wide, flat};
    struct bitmap *sheet = contact_sheet(&entry, 1);

    ck_assert_int_eq(sheet->width, 3 * STEP + MARGIN);
    ck_assert_int_eq(sheet->height, DOWN + MARGIN);
    expect_area(sheet, MARGIN, MARGIN + LINE, WIDTH, HEIGHT, red);
    expect_area(sheet, MARGIN + WIDTH + GAP, MARGIN + LINE + (HEIGHT - 50) / 2, WIDTH, 50, blue);
    ck_assert(is(sheet, 0, 0, paper));
    bitmap_free(wide);
    bitmap_free(flat);
    bitmap_free(sheet);
}
END_TEST

/* Proportions stay, whatever they are, and a side is never 0. */
START_TEST(test_shapes)
{
    static const int sides[][4] = {{10, 10, 150, 150}, {300, 600, 75, 150}, {4000, 1, 200, 1}, {1, 4000, 1, 150}};

    for (size_t i = 0; i < COUNT(sides); i++) {
        int width = sides[i][2], height = sides[i][3];
        struct bitmap *picture = plain(sides[i][0], sides[i][1], red);
        struct sheet_entry entry = {"", picture, NULL};
        struct bitmap *sheet = contact_sheet(&entry, 1);
        int left = MARGIN + (ENTRY_WIDTH - WIDTH) / 2; // alone, it stands in the middle
        expect_area(sheet, left + (WIDTH - width) / 2, MARGIN + LINE + (HEIGHT - height) / 2, width, height, red);
        bitmap_free(picture);
        bitmap_free(sheet);
    }
}
END_TEST

START_TEST(test_rows)
{
    struct bitmap *picture = plain(WIDTH, HEIGHT, red);
    struct sheet_entry entries[7];

    for (int i = 0; i < 7; i++)
        entries[i] = (struct sheet_entry){"", picture, picture};
    struct bitmap *sheet = contact_sheet(entries, 7);
    ck_assert_int_eq(sheet->height, 3 * DOWN + MARGIN);
    for (int i = 0; i < 9; i++)
        ck_assert(is(sheet, MARGIN + i % 3 * STEP, MARGIN + LINE + i / 3 * DOWN, i < 7 ? red : paper));
    bitmap_free(picture);
    bitmap_free(sheet);
}
END_TEST

START_TEST(test_none_and_too_many)
{
    const struct sheet_entry none = {0};

    ck_assert_ptr_null(contact_sheet(&none, 0));
    ck_assert_ptr_null(contact_sheet(&none, SIZE_MAX / 4)); // looks at none of them
}
END_TEST

/* A text as it is drawn, a character a dot. */
static void expect_drawn(const char *text, int x, int y, int size, int width, int height, const char *wanted)
{
    struct bitmap *picture = plain(width, height, paper);
    char drawn[1024];
    size_t len = 0;

    ck_assert_int_lt((width + 1) * height, (int)sizeof(drawn));
    lettering_draw(picture, x, y, text, size, (struct color){{255, 0, 0}});
    for (int row = 0; row < height; row++) {
        for (int column = 0; column < width; column++)
            drawn[len++] = is(picture, column, row, red) ? '#' : '.';
        drawn[len++] = '\n';
    }
    drawn[len] = '\0';
    ck_assert_str_eq(drawn, wanted);
    bitmap_free(picture);
}

START_TEST(test_letters)
{
    expect_drawn("go", 0, 0, 1, 12, LETTER_HEIGHT,
                 "............\n"
                 "............\n"
                 ".####..###..\n"
                 "#...#.#...#.\n"
                 "#...#.#...#.\n"
                 "#...#.#...#.\n"
                 ".####..###..\n"
                 "....#.......\n"
                 ".###........\n");
    expect_drawn("A-i", 0, 0, 1, 18, 3,
                 "..............#...\n"
                 "..................\n"
                 ".............##...\n");
    expect_drawn("l", 1, 1, 2, 9, 5,
                 ".........\n"
                 "...####..\n"
                 "...####..\n"
                 ".....##..\n"
                 ".....##..\n");
}
END_TEST

START_TEST(test_letters_at_the_edge)
{
    expect_drawn("o", -2, -2, 1, 3, 5,
                 "##.\n"
                 "..#\n"
                 "..#\n"
                 "..#\n"
                 "##.\n");
    expect_drawn("ooo", -1000, 0, 1, 2, 2, "..\n..\n");
    expect_drawn("ooo", 0, 1000, 1, 2, 2, "..\n..\n");
}
END_TEST

/* Twenty-six that are told apart, each within its cell, only those with a descender below the line. */
START_TEST(test_the_alphabet)
{
    struct bitmap *seen[26];
    char text[2] = "a";

    for (int i = 0; i < 26; i++, text[0]++) {
        seen[i] = plain(LETTER_STEP + 1, LETTER_HEIGHT, paper);
        lettering_draw(seen[i], 0, 0, text, 1, (struct color){{255, 0, 0}});
        int ink = 0, below = 0;
        for (int y = 0; y < LETTER_HEIGHT; y++)
            for (int x = 0; x <= LETTER_STEP; x++) {
                ink += is(seen[i], x, y, red);
                below += y >= 7 && is(seen[i], x, y, red);
                ck_assert(x < LETTER_WIDTH || !is(seen[i], x, y, red));
            }
        ck_assert_int_gt(ink, 6);
        ck_assert_msg((below > 0) == (strchr("gjpqy", text[0]) != NULL), "%s", text);
        for (int j = 0; j < i; j++)
            ck_assert_mem_ne(seen[i]->rgb, seen[j]->rgb, bitmap_row_len(seen[i]) * LETTER_HEIGHT);
    }
    for (int i = 0; i < 26; i++)
        bitmap_free(seen[i]);
}
END_TEST

SUITE("sheets", test_an_entry, test_shapes, test_rows, test_none_and_too_many, test_letters, test_letters_at_the_edge,
      test_the_alphabet);
