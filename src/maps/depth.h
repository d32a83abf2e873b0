/* How near what a picture shows is: a guess by rules. What stands lower is nearer, a body is as near as its foot, the sky is
 * far; in them a gentle relief, so that shapes keep their borders. */
#ifndef MAPS_DEPTH_H
#define MAPS_DEPTH_H

#include "image/bitmap.h"

/* width x height, from the top: 0 is farthest, 1 nearest, and both are there unless all is one. free() it. */
float *depth_make(const struct bitmap *picture);

#endif
