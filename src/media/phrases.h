/* What a text speaks of: the words in it that carry something, as far as they stand beside each other. Of "a photo of a
 * brightly colored turtle" these are "photo" and "brightly colored turtle". For English; of a text in a language without
 * spaces there are none. */
#ifndef MEDIA_PHRASES_H
#define MEDIA_PHRASES_H

#include "base/map.h"

enum { PHRASES_MAX = 8, PHRASE_WORDS = 3, PHRASE_LEN = 60 };

/* The first ones of `text`, which is UTF-8, each as it stands there and once; how many. */
unsigned phrases_find(struct slice phrases[PHRASES_MAX], struct slice text);

#endif
