/* What stands in for every file that is neither picture nor sound nor video. */
#ifndef MEDIA_DRAW_TEXT_H
#define MEDIA_DRAW_TEXT_H

#include "core/maker.h"

/* As maker.h says of `draw`: a line of text; an object of JSON. */
char *draw_txt(const struct drawing *drawing, size_t *len);
char *draw_json(const struct drawing *drawing, size_t *len);

#endif
