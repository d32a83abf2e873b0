/* rossjillian/controlnet's pictures: the control map that is made of an input picture, and the outputs that follow it. */
#ifndef MEDIA_CONTROLNET_PICTURES_H
#define MEDIA_CONTROLNET_PICTURES_H

#include "core/maker.h"
#include "image/bitmap.h"
#include "media/notes.h"

#define CONTROLNET "rossjillian/controlnet"

/* For struct maker: its `prepare`. What is prepared is the control map, as a PNG. */
struct prepared *controlnet_prepare(struct slice notes, struct slice file, char error[MAKER_ERROR]);

/* The picture of a drawing: with `reference` the control map in its own size, otherwise a painting that follows it. Where
 * nothing was prepared (an input picture at a URL, which nobody fetched) the map is that of a stand-in picture, drawn from
 * the high half of the look. NULL: a side is 0 or above 4096. */
struct bitmap *controlnet_picture(const struct drawing *drawing, const struct notes *notes);

#endif
