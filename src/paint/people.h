/* People: a body around a skeleton of OpenPose's eighteen joints. */
#ifndef PAINT_PEOPLE_H
#define PAINT_PEOPLE_H

#include "maps/joints.h"
#include "paint/sheet.h"

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

/* Those whose skeletons a map of poses shows, `max` of them at most; how many there are. */
int people_read(struct person *people, int max, const struct bitmap *map);

/* Gives its pixels to the areas from `first` on, and light to them: the sheet has a plane for that. Its limbs are as wide
 * as suits its torso. */
void person_draw(struct sheet *sheet, const struct person *person, uint16_t first);

/* Decides their tones, once the sheet is listed: skin and hair as people have them nearest in the palette, clothes by `look`. */
void person_color(struct sheet *sheet, uint16_t first, const struct palette *palette, uint64_t look);

#endif
