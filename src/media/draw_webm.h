/* A video out of nothing but a number: a landscape whose colours wander once around in a second. */
#ifndef MEDIA_DRAW_WEBM_H
#define MEDIA_DRAW_WEBM_H

#include "core/maker.h"

/* The sides of a video are at most this; larger drawings are made smaller, with their proportions. */
enum { VIDEO_MAX_SIDE = 512, VIDEO_FRAMES = 10 };

/* As maker.h says of `draw`: WebM with VP8, every frame a key frame. NULL: a side is 0. */
char *draw_webm(const struct drawing *drawing, size_t *len);

#endif
