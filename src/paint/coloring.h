/* Which area gets which tone. */
#ifndef PAINT_COLORING_H
#define PAINT_COLORING_H

#include "paint/sheet.h"

/* Gives each area that has none yet a ramp, a level and a height: neighbours differ, what is large and above is sky, what is
 * large and below is ground, and chance, by `look`, decides between what is left. */
void coloring_choose(struct sheet *sheet, const struct palette *palette, uint64_t look);

#endif
