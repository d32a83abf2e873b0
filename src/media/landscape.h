/* Pictures out of nothing but a number: the pixels. Encoders are elsewhere.
 *
 * The high 32 bits of `look` are the shapes, a landscape of soft hills and rings, the low 32 bits the colours. Integer
 * arithmetic alone, so that a look is the same pixels on every machine. */
#ifndef MEDIA_LANDSCAPE_H
#define MEDIA_LANDSCAPE_H

#include "core/plan.h"
#include "media/bitmap.h"

enum {
    LANDSCAPE_MAX_SIDE = 4096,
    LANDSCAPE_TURN = 512, /* after so much of it the colours are where they were */
};

struct landscape;

/* NULL: a side is 0 or above LANDSCAPE_MAX_SIDE. */
struct landscape *landscape_new(const struct drawing *drawing);
void landscape_free(struct landscape *landscape);

/* The landscape with its colours `turn` further. */
struct bitmap *landscape_paint(const struct landscape *landscape, unsigned turn);

/* The same of a drawing, as it is. NULL: as landscape_new. */
struct bitmap *landscape_picture(const struct drawing *drawing);

#endif
