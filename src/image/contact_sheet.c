#include "image/contact_sheet.h"
#include "image/lettering.h"
#include "image/scale.h"

#include <string.h>

enum {
    PICTURE_WIDTH = 200,
    PICTURE_HEIGHT = 150,
    GAP = 4,     // between the two pictures of an entry
    MARGIN = 16, // around entries
    TEXT = 2,    // pixels of a dot
    LINE = (LETTER_HEIGHT + 1) * TEXT,
    ENTRY_WIDTH = 2 * PICTURE_WIDTH + GAP,
    ENTRY_HEIGHT = LINE + PICTURE_HEIGHT,
};

static const struct color paper = {{250, 249, 246}}, ink = {{52, 52, 60}};

static void copy(struct bitmap *sheet, const struct bitmap *picture, int left, int top)
{
    for (int y = 0; y < picture->height; y++)
        memcpy(bitmap_row(sheet, top + y) + (size_t)3 * (size_t)left, bitmap_row(picture, y), bitmap_row_len(picture));
}

/* As large as it can be in its place, in the middle of that. */
static void put(struct bitmap *sheet, const struct bitmap *picture, int left, int top)
{
    int64_t width = PICTURE_WIDTH, height = (int64_t)PICTURE_WIDTH * picture->height / picture->width;

    if (height > PICTURE_HEIGHT) {
        height = PICTURE_HEIGHT;
        width = (int64_t)PICTURE_HEIGHT * picture->width / picture->height;
    }
    struct bitmap *small = scale_picture(picture, width > 0 ? (int)width : 1, height > 0 ? (int)height : 1);
    if (small)
        copy(sheet, small, left + (PICTURE_WIDTH - small->width) / 2, top + (PICTURE_HEIGHT - small->height) / 2);
    bitmap_free(small);
}

static void put_entry(struct bitmap *sheet, const struct sheet_entry *entry, int left, int top)
{
    int text = (int)strlen(entry->name) * LETTER_STEP * TEXT;

    lettering_draw(sheet, left + (ENTRY_WIDTH - text) / 2, top, entry->name, TEXT, ink);
    if (entry->right) {
        put(sheet, entry->left, left, top + LINE);
        put(sheet, entry->right, left + PICTURE_WIDTH + GAP, top + LINE);
    } else {
        put(sheet, entry->left, left + (ENTRY_WIDTH - PICTURE_WIDTH) / 2, top + LINE);
    }
}

struct bitmap *contact_sheet(const struct sheet_entry *entries, size_t count)
{
    size_t rows = (count + SHEET_COLUMNS - 1) / SHEET_COLUMNS;

    if (count == 0 || rows > BITMAP_MAX_SIDE / (ENTRY_HEIGHT + MARGIN) - 1)
        return NULL;
    struct bitmap *sheet =
        bitmap_new(SHEET_COLUMNS * (ENTRY_WIDTH + MARGIN) + MARGIN, (int)rows * (ENTRY_HEIGHT + MARGIN) + MARGIN);
    for (size_t i = 0; sheet && i < (size_t)sheet->width * (size_t)sheet->height; i++)
        memcpy(sheet->rgb + 3 * i, paper.channels, 3);
    for (size_t i = 0; sheet && i < count; i++)
        put_entry(sheet, &entries[i], MARGIN + (int)(i % SHEET_COLUMNS) * (ENTRY_WIDTH + MARGIN),
                  MARGIN + (int)(i / SHEET_COLUMNS) * (ENTRY_HEIGHT + MARGIN));
    return sheet;
}
