/* Many small pictures on one, each pair under its name: what `replicate-mock demo` leaves behind. */
#ifndef IMAGE_CONTACT_SHEET_H
#define IMAGE_CONTACT_SHEET_H

#include "image/bitmap.h"

enum { SHEET_COLUMNS = 3 };

/* What stands in one place of the sheet. */
struct sheet_entry {
    const char *name;           /* small letters */
    const struct bitmap *left;  /* what went in */
    const struct bitmap *right; /* what came out; NULL: `left` stands alone, in the middle */
};

/* Row by row, SHEET_COLUMNS in each. Pictures become as small as their places are, and keep their proportions. NULL: there
 * are none, or too many for one picture. */
struct bitmap *contact_sheet(const struct sheet_entry *entries, size_t count);

#endif
