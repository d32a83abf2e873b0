/* Pictures as files: one function a format, each in a file of its own that alone knows its library. malloc'd, *len long;
 * NULL: the library would not. Fast before small: files are drawn while a client waits, and fetched over loopback. */
#ifndef MEDIA_ENCODE_H
#define MEDIA_ENCODE_H

#include "media/bitmap.h"
#include "media/notes.h"

/* Eight bits a channel, no alpha. Text chunks say what made it: software, model, prompt, seed; none where `notes` is NULL
 * or names no model. */
char *encode_png(const struct bitmap *picture, const struct notes *notes, size_t *len);

/* A comment says what made it. */
char *encode_jpeg(const struct bitmap *picture, const struct notes *notes, size_t *len);

/* Lossy: a RIFF head and one chunk "VP8 ", which is a key frame of that codec. Of `notes` only the quality counts; NULL:
 * a frame of a video. */
char *encode_webp(const struct bitmap *picture, const struct notes *notes, size_t *len);

#endif
