/* What the decoders have in common; for decode.c and themselves alone. */
#ifndef IMAGE_DECODERS_H
#define IMAGE_DECODERS_H

#include "image/decode.h"

/* What decoding may take: about so many nanoseconds of a machine of 2020, as each decoder reckons it from what it has seen
 * of its file; never by a clock, so that every machine takes the same files. One thread reads all of them. */
enum { DECODING_WORK_MAX = 1200 * 1000 * 1000 };

struct decoding {
    struct slice file;
    int width, height;      /* what the head says, once it was read */
    struct bitmap *picture; /* decode.c frees it where the verdict is another than DECODED */
};

/* Each gets a file that begins as one of its kind does. They follow Pillow, which the model opens its input with: what
 * fails before the picture's data begin, also by an early end, cannot be identified and is DECODED_NOT_A_PICTURE; but what
 * ends within a chunk of a PNG's or a segment of a JPEG's is DECODED_TRUNCATED, without a size. */
enum decoded decode_png(struct decoding *decoding);
enum decoded decode_jpeg(struct decoding *decoding);
enum decoded decode_webp(struct decoding *decoding);
enum decoded decode_gif(struct decoding *decoding);

/* Notes the size, which the libraries see to be of at least 1 x 1: DECODED, or DECODED_TOO_LARGE. Nothing is allocated. */
enum decoded decoding_size(struct decoding *decoding, int width, int height);

/* Puts a pixel of red, green, blue and alpha on white, as controlnet_aux's HWC3 does. */
void decoding_put_rgba(uint8_t rgb[3], const uint8_t rgba[4]);

#endif
