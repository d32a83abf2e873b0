/* What the pixels of a control map mean, as a sheet. */
#ifndef PAINT_SHEET_MAP_H
#define PAINT_SHEET_MAP_H

#include "maps/control_map.h"
#include "paint/sheet.h"

/* Of any structure but pose, whose map is no picture of areas. The sheet is listed, but neither measured nor coloured,
 * except what the map itself says of an area (far, sky). Light comes from a side that `look` chooses. */
struct sheet *sheet_of_map(const struct bitmap *map, enum structure structure, const struct palette *palette,
                           uint64_t look);

#endif
