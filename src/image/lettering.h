/* Words on a picture: small letters of five by nine dots, as few as the contact sheet needs. A library for fonts would
 * weigh more than all the rest. */
#ifndef IMAGE_LETTERING_H
#define IMAGE_LETTERING_H

#include "image/bitmap.h"
#include "image/color.h"

enum { LETTER_WIDTH = 5, LETTER_HEIGHT = 9, LETTER_STEP = LETTER_WIDTH + 1 };

/* Draws `text` (a to z; anything else is a blank) with dots of `size` x `size` pixels, its upper left corner at x, y. What
 * would stand outside the picture is left out. */
void lettering_draw(struct bitmap *picture, int x, int y, const char *text, int size, struct color color);

#endif
