/* People: a body around a skeleton of OpenPose's eighteen joints. */
#ifndef PAINT_PEOPLE_H
#define PAINT_PEOPLE_H

#include "paint/sheet.h"

enum joint {
    NOSE,
    NECK,
    RIGHT_SHOULDER,
    RIGHT_ELBOW,
    RIGHT_WRIST,
    LEFT_SHOULDER,
    LEFT_ELBOW,
    LEFT_WRIST,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_ANKLE,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_ANKLE,
    RIGHT_EYE,
    LEFT_EYE,
    RIGHT_EAR,
    LEFT_EAR,
    JOINTS
};

struct person {
    struct {
        int x, y;
        bool seen;
    } joints[JOINTS]; /* in pixels of the sheet; some may lie beyond it */
};

/* What a body is made of, as areas of the sheet, in this order from `first` on. */
enum { PERSON_SKIN, PERSON_HAIR, PERSON_SHIRT, PERSON_SLEEVE, PERSON_TROUSERS, PERSON_SHOES, PERSON_AREAS };

/* One that stands at x, y and is `tall` pixels from head to foot; an arm waves where `waves`. */
void person_stand(struct person *person, int x, int y, int tall, bool waves);

/* Those whose skeletons a map of poses shows, most of `max`; how many there are. */
int people_read(struct person *people, int max, const struct bitmap *map);

/* Gives its pixels to the areas from `first` on, and light to them. `unit` is what its limbs are as wide as. */
void person_draw(struct sheet *sheet, const struct person *person, uint16_t first);

/* Decides their tones: skin and hair as people have them nearest in the palette, clothes by `look`. */
void person_color(struct sheet *sheet, uint16_t first, const struct palette *palette, uint64_t look);

#endif
