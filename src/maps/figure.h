/* Somebody who stands in a picture, or whatever looks most like it: where the joints of a body would be. */
#ifndef MAPS_FIGURE_H
#define MAPS_FIGURE_H

#include "maps/joints.h"
#include "maps/scene.h"

struct figure {
    struct {
        double x, y; /* in cells */
        bool there;  /* not cut off by the picture's lower side */
    } joints[JOINTS];
};

/* The proportions of a body, laid over scene->figure: head at its top, feet at its lower end; arms and legs go where the
 * outline does. All joints are within the box around it. False: nobody is there. */
bool figure_find(struct figure *figure, const struct scene *scene);

#endif
