/* Which regions touch: a list without doubles, found by hashing. */
#ifndef MAPS_BORDERS_H
#define MAPS_BORDERS_H

#include "maps/regions.h"

struct borders {
    struct border *list; /* in the order in which they were first named; free() it */
    int count;
    int *slots; /* places in `list`, or -1 */
    uint32_t mask;
};

/* Room for what `regions` regions can share: in a plane no more than three borders each. */
void borders_begin(struct borders *borders, int regions);
void borders_add(struct borders *borders, const struct border *piece); /* its a and b in any order */
void borders_end(struct borders *borders);                             /* all but `list` goes */

#endif
