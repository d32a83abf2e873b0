/* From areas that have their tones to pixels: light, shadow, texture, ink, in one of the styles. */
#ifndef PAINT_BRUSH_H
#define PAINT_BRUSH_H

#include "paint/sheet.h"

/* Of a sheet that is listed, measured and coloured. Where the light comes from and how the brush runs is by `look`. Never
 * NULL: a sheet is no larger than a bitmap may be. */
struct bitmap *brush_paint(const struct sheet *sheet, const struct palette *palette, uint64_t look);

#endif
