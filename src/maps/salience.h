/* How much each region of a picture draws the eye. */
#ifndef MAPS_SALIENCE_H
#define MAPS_SALIENCE_H

#include "maps/regions.h"

struct salience {
    double behind; /* 0 to 1: how surely it is background, by how much of the picture's own sides it lies along */
    double value;  /* 0 to 1, the most salient region has 1 unless none differs: in colour, from background nearby */
};

/* By the number of the region. free() it. Zhu and others' robust background detection (2014), in rational functions. */
struct salience *salience_make(const struct regions *regions);

#endif
