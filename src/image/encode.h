/* Pictures as files: one function a format, each in a file of its own that alone knows its library. malloc'd, *len long;
 * NULL: the library would not. Fast before small: files are drawn while a client waits, and fetched over loopback. */
#ifndef IMAGE_ENCODE_H
#define IMAGE_ENCODE_H

#include "image/bitmap.h"

/* What a file says of its picture, as far as its format has a place for it. */
struct image_about {
    const struct image_text {
        const char *keyword; /* at most 79 characters of ASCII */
        const char *text;    /* UTF-8; NULL or "": there is none */
    } * texts;
    size_t count; /* at most IMAGE_TEXTS_MAX */
    int quality;  /* of what is lossy: 0 to 100 */
};

enum { IMAGE_TEXTS_MAX = 8 };

/* Eight bits a channel, no alpha. A text chunk for each text. `about` NULL: none. */
char *encode_png(const struct bitmap *picture, const struct image_about *about, size_t *len);

/* The texts are a comment, a line each. */
char *encode_jpeg(const struct bitmap *picture, const struct image_about *about, size_t *len);

/* Lossy: a RIFF head and one chunk "VP8 ", which is a key frame of that codec. There is no place for texts. */
char *encode_webp(const struct bitmap *picture, const struct image_about *about, size_t *len);

#endif
