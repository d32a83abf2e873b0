/* Input pictures, read: PNG, JPEG, WebP and the first frame of a GIF, known by their content, because clients send
 * data:application/octet-stream for any of them. */
#ifndef IMAGE_DECODE_H
#define IMAGE_DECODE_H

#include "base/map.h"
#include "image/bitmap.h"

enum decoded {
    DECODED,
    DECODED_NOT_A_PICTURE, /* none of a kind that is read, or its head makes no sense or ends too early */
    DECODED_TRUNCATED,     /* a picture, but its bytes end too early; with a width of 0: amid its head */
    DECODED_BROKEN,        /* a picture, but its bytes make no sense */
    DECODED_UNRECOGNIZED,  /* the same of a PNG whose bytes can be inflated, to rows that no filter has made */
    DECODED_TOO_LARGE,     /* by its head it does not fit a bitmap; or decoding it takes too much time or memory */
};

/* As the model sees it (controlnet_aux's HWC3): eight bits a channel, greys and palettes as colours, on white where it is
 * transparent; the turn that a JPEG's EXIF may ask for is not applied. *picture is set with DECODED alone. `width` and
 * `height` are what the head says, or 0. */
enum decoded decode_picture(struct bitmap **picture, struct slice file, int *width, int *height);

#endif
