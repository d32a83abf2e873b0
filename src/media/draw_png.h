/* Pictures out of nothing but a number. The only file that knows libspng. */
#ifndef MEDIA_DRAW_PNG_H
#define MEDIA_DRAW_PNG_H

#include "core/maker.h"

/* As maker.h says of `draw`: an RGB PNG. The high 32 bits of `look` are the shapes, a landscape of soft hills
 * and rings; an output shows it in colours of the low 32 bits, a reference picture its contour lines, white
 * on black. Integer arithmetic alone, so that a look is the same pixels on every machine. NULL: a side is 0
 * or above 4096. */
char *draw_png(const struct drawing *drawing, size_t *len);

#endif
