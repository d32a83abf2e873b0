/* A sound out of nothing but a number: eight notes of a scale without false intervals. */
#ifndef MEDIA_DRAW_WAV_H
#define MEDIA_DRAW_WAV_H

#include "core/maker.h"

enum { WAV_RATE = 22050, WAV_NOTES = 8, WAV_NOTE = WAV_RATE / 5 }; /* samples, a second and a note */

/* As maker.h says of `draw`: PCM, 16 bits, one channel, 1.6 s. Integer arithmetic alone. */
char *draw_wav(const struct drawing *drawing, size_t *len);

#endif
