/* A video out of nothing but a number: a landscape that we move past, there and back. */
#ifndef MEDIA_DRAW_WEBM_H
#define MEDIA_DRAW_WEBM_H

#include "core/maker.h"

enum {
    VIDEO_MAX_SIDE = 384, /* pixels */
    VIDEO_LENGTH = 2000,  /* milliseconds, where the drawing says none */
    VIDEO_FRAMES = 20,    /* the same */
    VIDEO_MAX_LENGTH = 10000,
    VIDEO_MAX_FRAMES = 40, /* each is a picture of its own, of some kilobytes and milliseconds */
};

/* Makes the sides of a video even and at most VIDEO_MAX_SIDE, with their proportions; leaves 0 alone. */
void video_fit(uint16_t *width, uint16_t *height);

/* As maker.h says of `draw`: WebM with VP8, every frame a key frame, with cues to seek by. NULL: a side is 0. */
char *draw_webm(const struct drawing *drawing, size_t *len);

#endif
