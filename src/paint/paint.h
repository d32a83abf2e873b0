/* A picture that follows a control map: what ControlNet's stand-in answers. The map's structure stays, and a person sees it
 * at once; colours and texture come from the wish. The same bytes on every machine. */
#ifndef PAINT_PAINT_H
#define PAINT_PAINT_H

#include "image/bitmap.h"
#include "maps/control_map.h"

struct painting {
    enum structure structure; /* what the map's pixels mean */
    const char *prompt, *negative_prompt;
    double scale;  /* for classifier-free guidance, 0.1 to 30: how much the prompt's colours prevail */
    uint64_t look; /* of the output: another seed, another number of the same prediction, another look */
};

/* Of width x height; the map may have another size. NULL: one of the two is below 1 or above 4096. */
struct bitmap *paint(const struct bitmap *map, const struct painting *painting, int width, int height);

#endif
