/* What Pillow says of a picture that it cannot open or load: the model's `error`. */
#ifndef MEDIA_PICTURE_ERROR_H
#define MEDIA_PICTURE_ERROR_H

#include "core/maker.h"
#include "image/decode.h"

/* Of DECODED: nothing could be made of it. `width` and `height` are those that decode_picture has told. {file} stands for
 * the file's path: see struct maker. */
void picture_error(char error[MAKER_ERROR], enum decoded verdict, struct slice file, int width, int height);

#endif
