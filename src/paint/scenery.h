/* A place that nobody has seen: sky, sun, clouds, ridges or roofs or waves, trees, as a sheet. */
#ifndef PAINT_SCENERY_H
#define PAINT_SCENERY_H

#include "paint/people.h"
#include "paint/sheet.h"

enum { SCENERY_TURN = 512 };

struct scenery_wish {
    uint64_t shapes; /* chance: another number is another place, in the same land */
    unsigned turn;   /* time, up to SCENERY_TURN, where all is as at 0: the near moves before the far, clouds drift */
    const struct person *people; /* who stand in front, in pixels */
    int people_count;
};

/* NULL: as sheet_new. Listed and coloured, not measured. */
struct sheet *scenery_new(int width, int height, const struct palette *palette, const struct scenery_wish *wish);

#endif
