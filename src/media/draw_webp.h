/* A landscape as a WebP. The only file that knows libwebp's encoder. */
#ifndef MEDIA_DRAW_WEBP_H
#define MEDIA_DRAW_WEBP_H

#include "core/maker.h"
#include "media/landscape.h"

/* As maker.h says of `draw`: lossy. NULL: a side is 0 or above 4096. */
char *draw_webp(const struct drawing *drawing, size_t *len);

/* The landscape with its colours `turn` further, as a simple lossy WebP file: a RIFF head and one chunk "VP8 ", which is a
 * key frame of that codec. malloc'd. NULL: it could not be encoded. */
char *webp_of_landscape(const struct drawing *drawing, struct landscape *landscape, unsigned turn, size_t *len);

#endif
