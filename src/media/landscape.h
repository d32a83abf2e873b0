/* Pictures out of nothing but a number: the pixels. Encoders are elsewhere.
 *
 * The high 32 bits of `look` are the shapes, a landscape of soft hills and rings; an output shows it in colours of the low
 * 32 bits, a reference picture its contour lines, white on black. Integer arithmetic alone, so that a look is the same
 * pixels on every machine. */
#ifndef MEDIA_LANDSCAPE_H
#define MEDIA_LANDSCAPE_H

#include "core/plan.h"

enum {
    LANDSCAPE_MAX_SIDE = 4096,
    LANDSCAPE_TURN = 512, /* after so much of it the colours are where they were */
};

struct landscape;

/* NULL: a side is 0 or above LANDSCAPE_MAX_SIDE. */
struct landscape *landscape_new(const struct drawing *drawing);
void landscape_free(struct landscape *landscape);

/* A row of pixels, three bytes each; its colours are `turn` further, which a reference picture does not heed. */
void landscape_row(struct landscape *landscape, int y, unsigned turn, void *rgb);

#endif
