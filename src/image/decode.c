#include "image/decode.h"
#include "image/decoders.h"

#include <string.h>

/* By how they begin: what Pillow's plugins accept. A NUL in `magic` stands for any byte. */
static const struct {
    const char *magic;
    size_t len;
    enum decoded (*decode)(struct decoding *decoding);
} kinds[] = {
    {"\x89PNG\r\n\x1a\n", 8, decode_png},
    {"\xff\xd8\xff", 3, decode_jpeg},
    {"RIFF\0\0\0\0WEBPVP8", 15, decode_webp},
    {"GIF87a", 6, decode_gif},
    {"GIF89a", 6, decode_gif},
};

static bool begins_with(struct slice file, const char *magic, size_t len)
{
    if (file.len < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (magic[i] && magic[i] != file.data[i])
            return false;
    return true;
}

enum decoded decoding_size(struct decoding *decoding, int width, int height)
{
    decoding->width = width;
    decoding->height = height;
    return bitmap_fits(width, height) ? DECODED : DECODED_TOO_LARGE;
}

/* HWC3, in the single precision of its code: "color * alpha + 255.0 * (1.0 - alpha)", then cut to a whole number. By
 * rounding, white on white becomes 254 at some alphas, there as here. */
void decoding_put_rgba(uint8_t rgb[3], const uint8_t rgba[4])
{
    if (rgba[3] == 255) {
        memcpy(rgb, rgba, 3);
        return;
    }
    float alpha = (float)rgba[3] / 255.0F;
    float white = 255.0F * (1.0F - alpha);
    for (int i = 0; i < 3; i++) {
        float shade = (float)rgba[i] * alpha + white;
        rgb[i] = (uint8_t)(shade < 255.0F ? shade : 255.0F);
    }
}

enum decoded decode_picture(struct bitmap **picture, struct slice file, int *width, int *height)
{
    struct decoding decoding = {.file = file};
    enum decoded verdict = DECODED_NOT_A_PICTURE;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (begins_with(file, kinds[i].magic, kinds[i].len)) {
            verdict = kinds[i].decode(&decoding);
            break;
        }
    *width = decoding.width;
    *height = decoding.height;
    if (verdict == DECODED)
        *picture = decoding.picture;
    else
        bitmap_free(decoding.picture);
    return verdict;
}
