/* Which regions touch: a list without doubles, found by hashing. */
#ifndef MEDIA_BORDERS_H
#define MEDIA_BORDERS_H

#include "media/regions.h"

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
