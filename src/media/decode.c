#include "media/decode.h"

#include <spng.h>

enum decoded decode_picture(struct bitmap **picture, struct slice file, int *width, int *height)
{
    spng_ctx *png = spng_ctx_new(0);
    struct spng_ihdr header;
    enum decoded result = DECODED_NOT_A_PICTURE;

    *width = *height = 0;
    spng_set_png_buffer(png, file.data, file.len);
    if (spng_get_ihdr(png, &header) == SPNG_OK) {
        *width = (int)header.width;
        *height = (int)header.height;
        *picture = bitmap_new(*width, *height);
        result = !*picture ? DECODED_TOO_LARGE
                 : spng_decode_image(png, (*picture)->rgb, bitmap_row_len(*picture) * (size_t)*height, SPNG_FMT_RGB8, 0)
                     ? DECODED_BROKEN
                     : DECODED;
        if (result == DECODED_BROKEN)
            bitmap_free(*picture);
    }
    spng_ctx_free(png);
    return result;
}
