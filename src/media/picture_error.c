#include "media/picture_error.h"

#include <stdio.h>
#include <string.h>

// Pillow gives up above twice its MAX_IMAGE_PIXELS; we do above BITMAP_MAX_PIXELS.
static const int64_t pillow_max_pixels = INT64_C(2) * 89478485;

static bool begins(struct slice file, const char *magic)
{
    size_t len = strlen(magic);

    return file.len >= len && memcmp(file.data, magic, len) == 0;
}

/* Of a PNG zlib takes in all that there is; libjpeg leaves what is no whole block: few bytes, and how many it would be
 * nobody knows without it. */
static size_t not_processed(struct slice file)
{
    return begins(file, "\xff\xd8") ? file.len % 64 : 0;
}

static void say_too_large(char error[MAKER_ERROR], int width, int height)
{
    int64_t pixels = (int64_t)width * height;
    int64_t limit = pixels > pillow_max_pixels ? pillow_max_pixels : BITMAP_MAX_PIXELS;

    snprintf(error, MAKER_ERROR,
             "Image size (%lld pixels) exceeds limit of %lld pixels, could be decompression bomb DOS attack.",
             (long long)pixels, (long long)limit);
}

void picture_error(char error[MAKER_ERROR], enum decoded verdict, struct slice file, int width, int height)
{
    bool is_webp = begins(file, "RIFF"); // libwebp has the whole file or nothing

    if (verdict == DECODED_NOT_A_PICTURE)
        snprintf(error, MAKER_ERROR, "cannot identify image file {file}");
    else if (verdict == DECODED_TOO_LARGE && (int64_t)width * height > BITMAP_MAX_PIXELS)
        say_too_large(error, width, height);
    else if (is_webp)
        snprintf(error, MAKER_ERROR, "could not create decoder object");
    else if (verdict == DECODED_TRUNCATED)
        snprintf(error, MAKER_ERROR, "image file is truncated (%zu bytes not processed)", not_processed(file));
    else
        snprintf(error, MAKER_ERROR, "broken data stream when reading image file");
}
