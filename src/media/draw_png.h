/* A landscape as a PNG. The only file that knows libspng. */
#ifndef MEDIA_DRAW_PNG_H
#define MEDIA_DRAW_PNG_H

#include "core/maker.h"

/* As maker.h says of `draw`: RGB. NULL: a side is 0 or above 4096. */
char *draw_png(const struct drawing *drawing, size_t *len);

#endif
