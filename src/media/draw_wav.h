/* A sound out of nothing but a number: a melody and a bass of a scale without false intervals. */
#ifndef MEDIA_DRAW_WAV_H
#define MEDIA_DRAW_WAV_H

#include "core/maker.h"

enum {
    WAV_RATE = 11025,        /* samples a second: enough for tones, and half of what music has */
    WAV_BEAT = WAV_RATE / 4, /* samples from one note to the next */
    WAV_LENGTH = 3000,       /* milliseconds, where the drawing says none */
    WAV_MAX_LENGTH = 9000,   /* which are 200 kB */
};

/* As maker.h says of `draw`: PCM, 16 bits, one channel. Integer arithmetic alone. */
char *draw_wav(const struct drawing *drawing, size_t *len);

#endif
