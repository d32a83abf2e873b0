#include "lib/pictures.h"
#include "base/digest.h"
#include "base/mem.h"

#include <check.h>
#include <spng.h>
#include <stdint.h>
#include <stdlib.h>

/* A light disc before a dark ground. */
static uint8_t *pixels_of(int width, int height)
{
    uint8_t *rgb = xmalloc((size_t)width * (size_t)height * 3), *at = rgb;
    int radius = (width < height ? width : height) / 3;

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, at += 3) {
            int dx = x - width / 2, dy = y - height / 2;
            memset(at, dx * dx + dy * dy < radius * radius ? 230 : 40, 3);
        }
    return rgb;
}

char *pictures_png(int width, int height, size_t *len)
{
    spng_ctx *png = spng_ctx_new(SPNG_CTX_ENCODER);
    struct spng_ihdr head = {
        .width = (uint32_t)width, .height = (uint32_t)height, .bit_depth = 8, .color_type = SPNG_COLOR_TYPE_TRUECOLOR};
    uint8_t *rgb = pixels_of(width, height);
    int error;

    spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1);
    spng_set_ihdr(png, &head);
    ck_assert_int_eq(
        spng_encode_image(png, rgb, (size_t)width * (size_t)height * 3, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE), 0);
    char *bytes = spng_get_png_buffer(png, len, &error);
    ck_assert_ptr_nonnull(bytes);
    spng_ctx_free(png);
    free(rgb);
    return bytes;
}

char *pictures_uri(const char *type, const void *bytes, size_t len)
{
    char *uri = xmalloc(strlen(type) + (len + 2) / 3 * 4 + sizeof("data:;base64,"));

    strcat(strcat(strcpy(uri, "data:"), type), ";base64,");
    digest_base64_encode(uri + strlen(uri), bytes, len);
    return uri;
}

char *pictures_png_uri(int width, int height)
{
    size_t len;
    char *png = pictures_png(width, height, &len), *uri = pictures_uri("image/png", png, len);

    free(png);
    return uri;
}

static int big_endian(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;

    return bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

void pictures_size(const char *png, size_t len, int *width, int *height)
{
    ck_assert_msg(len > 24 && memcmp(png, "\x89PNG\r\n\x1a\n", 8) == 0, "no PNG");
    *width = big_endian(png + 16);
    *height = big_endian(png + 20);
}
