/* A picture in another size. */
#ifndef IMAGE_SCALE_H
#define IMAGE_SCALE_H

#include "image/bitmap.h"

/* A new picture of that size: as cv2.resize has it, which the model's own code uses, by Lanczos's
 * kernel where its smaller side becomes larger, otherwise by areas. The same bytes on every machine. NULL: as bitmap_new. */
struct bitmap *scale_picture(const struct bitmap *picture, int width, int height);

/* Each pixel that of the nearest of the original: for maps whose colours mean something. NULL: as bitmap_new. */
struct bitmap *scale_map(const struct bitmap *map, int width, int height);

#endif
