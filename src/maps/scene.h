/* What the regions of a picture may be, by rules: where they lie, their colour, how smooth they are, what they touch.
 * Nothing here has learned what a house is; it knows that skies are above, that ground is below and wide, and that things
 * stand on it. The numbers in the rules were found by eye, on photos and drawings. */
#ifndef MAPS_SCENE_H
#define MAPS_SCENE_H

#include "maps/regions.h"
#include "maps/salience.h"

#include <stdbool.h>

enum role {
    ROLE_THING,    /* stands there; with the things that it touches it is one body */
    ROLE_SKY,      /* smooth, blue or pale, from the upper side down */
    ROLE_FLOATING, /* has nothing but sky around: a cloud, the sun */
    ROLE_GROUND,   /* low and wide, hills too */
    ROLE_BACKDROP, /* along the picture's sides: a wall, whatever is out of focus */
};

enum { NO_BODY = -1 };

struct body {
    struct region whole; /* its things together; `perimeter` means nothing */
    double salience;     /* of the area's mean cell */
    bool skin;           /* some of it has that colour, though not most */
};

struct scene {
    struct regions regions;
    struct salience *salience; /* by the number of the region, as the next two */
    enum role *roles;
    int *body_of; /* NO_BODY: no thing */
    struct body *bodies;
    int body_count;
    bool outdoors; /* there is sky */
    int horizon;   /* the row of cells where ground begins; half way down where there is none */
    struct {
        int body;          /* the one that most looks like somebody who stands there, or NO_BODY */
        struct region box; /* around it; of a body that is more than somebody, around somebody with that face */
        bool somebody;     /* there is skin */
    } figure;
};

void scene_make(struct scene *scene, const struct bitmap *picture);
void scene_free(struct scene *scene);

bool region_is_skin(const struct region *region);

/* In parts of the picture: what rules speak of. */
struct place {
    double x, y;          /* of its middle */
    double width, height; /* of the box around it */
    double area;
    double rough; /* steps of colour from one cell to the next */
    double sides[REGION_SIDES];
};

struct place place_of(const struct regions *regions, const struct region *region);

/* The last step of scene_make: `figure`. */
void scene_find_figure(struct scene *scene);

#endif
