/* Somebody who stands in a picture, or whatever looks most like it: where the joints of a body would be. */
#ifndef MAPS_FIGURE_H
#define MAPS_FIGURE_H

#include "maps/scene.h"

/* OpenPose's, in its order. Right is the figure's own: it faces us, and has it on the left of the picture. */
enum joint {
    JOINT_NOSE,
    JOINT_NECK,
    JOINT_RIGHT_SHOULDER,
    JOINT_RIGHT_ELBOW,
    JOINT_RIGHT_WRIST,
    JOINT_LEFT_SHOULDER,
    JOINT_LEFT_ELBOW,
    JOINT_LEFT_WRIST,
    JOINT_RIGHT_HIP,
    JOINT_RIGHT_KNEE,
    JOINT_RIGHT_ANKLE,
    JOINT_LEFT_HIP,
    JOINT_LEFT_KNEE,
    JOINT_LEFT_ANKLE,
    JOINT_RIGHT_EYE,
    JOINT_LEFT_EYE,
    JOINT_RIGHT_EAR,
    JOINT_LEFT_EAR,
    JOINTS
};

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
