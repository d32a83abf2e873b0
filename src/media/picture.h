/* Output files that are pictures: what they show, in the format asked for. */
#ifndef MEDIA_PICTURE_H
#define MEDIA_PICTURE_H

#include "core/maker.h"

/* As maker.h says of `draw`. NULL as well: a side is 0 or above 4096. */
char *draw_picture(const struct drawing *drawing, size_t *len);

#endif
