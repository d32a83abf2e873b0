#include "media/draw_png.h"
#include "base/mem.h"
#include "media/landscape.h"

#include <spng.h>
#include <stdlib.h>

/* Fast before small: pictures are drawn while a client waits and are fetched over loopback. */
static bool start_png(spng_ctx *png, const struct drawing *drawing)
{
    struct spng_ihdr header = {
        .width = drawing->width, .height = drawing->height, .bit_depth = 8, .color_type = SPNG_COLOR_TYPE_TRUECOLOR};
    const int by_rows = SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE;

    return spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1) == SPNG_OK &&
           spng_set_option(png, SPNG_IMG_COMPRESSION_LEVEL, 1) == SPNG_OK &&
           spng_set_option(png, SPNG_FILTER_CHOICE, SPNG_DISABLE_FILTERING) == SPNG_OK &&
           spng_set_ihdr(png, &header) == SPNG_OK && spng_encode_image(png, NULL, 0, SPNG_FMT_PNG, by_rows) == SPNG_OK;
}

static char *encode(const struct drawing *drawing, struct landscape *landscape, size_t *len)
{
    spng_ctx *png = spng_ctx_new(SPNG_CTX_ENCODER);
    int result = png && start_png(png, drawing) ? SPNG_OK : SPNG_EINTERNAL;
    size_t row_len = (size_t)3 * drawing->width;
    unsigned char *row = xmalloc(row_len);

    for (int y = 0; y < drawing->height && result == SPNG_OK; y++) {
        landscape_row(landscape, y, 0, row);
        result = spng_encode_row(png, row, row_len);
    }
    char *bytes = result == SPNG_EOI ? spng_get_png_buffer(png, len, &result) : NULL; // the last row's answer
    spng_ctx_free(png);
    free(row);
    return bytes;
}

char *draw_png(const struct drawing *drawing, size_t *len)
{
    struct landscape *landscape = landscape_new(drawing);

    if (!landscape)
        return NULL;
    char *bytes = encode(drawing, landscape, len);
    landscape_free(landscape);
    return bytes;
}
