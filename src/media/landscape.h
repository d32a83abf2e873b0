/* Pictures of models that are given nothing to follow: an imagined place (paint/scenery.h) in the colours of the prompt that
 * the drawing's notes have. A drawing without notes stands in for an input picture: somebody is in it, and its areas are
 * plain.
 *
 * The high 32 bits of `look` are the shapes, all of it the colours. Integers, and doubles with + - * / alone, so that a look
 * is the same pixels on every machine. */
#ifndef MEDIA_LANDSCAPE_H
#define MEDIA_LANDSCAPE_H

#include "core/plan.h"
#include "image/bitmap.h"

enum {
    LANDSCAPE_MAX_SIDE = 4096,
    LANDSCAPE_TURN = 512, /* after so much of it all is where it was */
};

struct landscape;

/* NULL: a side is 0 or above LANDSCAPE_MAX_SIDE. */
struct landscape *landscape_new(const struct drawing *drawing);
void landscape_free(struct landscape *landscape);

/* The landscape when `turn` has passed: clouds drift, what is near moves before what is far. */
struct bitmap *landscape_paint(const struct landscape *landscape, unsigned turn);

/* The same of a drawing, as it is. NULL: as landscape_new. */
struct bitmap *landscape_picture(const struct drawing *drawing);

#endif
