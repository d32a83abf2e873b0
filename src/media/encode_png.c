#include "base/mem.h"
#include "media/encode.h"

#include <spng.h>
#include <stdlib.h>

static bool start(spng_ctx *png, const struct bitmap *picture)
{
    struct spng_ihdr header = {.width = (uint32_t)picture->width,
                               .height = (uint32_t)picture->height,
                               .bit_depth = 8,
                               .color_type = SPNG_COLOR_TYPE_TRUECOLOR};

    return spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1) == SPNG_OK &&
           spng_set_option(png, SPNG_IMG_COMPRESSION_LEVEL, 1) == SPNG_OK &&
           spng_set_option(png, SPNG_FILTER_CHOICE, SPNG_DISABLE_FILTERING) == SPNG_OK &&
           spng_set_ihdr(png, &header) == SPNG_OK;
}

char *encode_png(const struct bitmap *picture, const struct notes *notes, size_t *len)
{
    spng_ctx *png = spng_ctx_new(SPNG_CTX_ENCODER);
    size_t bytes_len = bitmap_row_len(picture) * (size_t)picture->height;
    char *bytes = NULL;
    int result;

    (void)notes;
    if (png && start(png, picture) &&
        spng_encode_image(png, picture->rgb, bytes_len, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE) == SPNG_OK)
        bytes = spng_get_png_buffer(png, len, &result);
    spng_ctx_free(png);
    return bytes;
}
