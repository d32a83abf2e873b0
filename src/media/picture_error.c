#include "media/picture_error.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

// Pillow gives up above twice its MAX_IMAGE_PIXELS; we do above BITMAP_MAX_PIXELS.
static const int64_t pillow_max_pixels = INT64_C(2) * 89478485;

static bool begins(struct slice file, const char *magic)
{
    size_t len = strlen(magic);

    return file.len >= len && memcmp(file.data, magic, len) == 0;
}

static bool is_png(struct slice file)
{
    return begins(file, "\x89PNG");
}

static bool is_jpeg(struct slice file)
{
    return begins(file, "\xff\xd8");
}

/* libwebp has the whole file or nothing. */
static bool is_webp(struct slice file)
{
    return begins(file, "RIFF");
}

/* How many bytes the decoder has left in its hands: libjpeg a few, which depend on its insides, a GIF's what there is of the
 * block of 255 in which the file ends, as if before the first one were the usual 792 bytes. */
static size_t not_processed(struct slice file)
{
    return is_jpeg(file) ? 1 + file.len % 5 : (file.len + 256 - 792 % 256) % 256;
}

/* Whoever reads the head of a PNG or a JPEG, all before the picture's data, says it in other words. */
static void say_truncated(char error[MAKER_ERROR], struct slice file, bool has_size)
{
    if (!has_size)
        snprintf(error, MAKER_ERROR, "Truncated File Read");
    else if (is_png(file))
        snprintf(error, MAKER_ERROR, "image file is truncated");
    else
        snprintf(error, MAKER_ERROR, "image file is truncated (%zu bytes not processed)", not_processed(file));
}

/* Pillow has no such bound, and so no words for it. */
static void say_takes_too_long(char error[MAKER_ERROR], struct slice file, int width, int height)
{
    snprintf(
        error, MAKER_ERROR,
        "image file of %zu bytes and %d x %d pixels would take more time or memory to decode than this server allows",
        file.len, width, height);
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
    if (verdict == DECODED_NOT_A_PICTURE)
        snprintf(error, MAKER_ERROR, "cannot identify image file {file}");
    else if (verdict == DECODED_TOO_LARGE && (int64_t)width * height > BITMAP_MAX_PIXELS)
        say_too_large(error, width, height);
    else if (verdict == DECODED_TOO_LARGE)
        say_takes_too_long(error, file, width, height);
    else if (verdict == DECODED_TRUNCATED && is_webp(file))
        snprintf(error, MAKER_ERROR, "could not create decoder object");
    else if (verdict == DECODED_TRUNCATED)
        say_truncated(error, file, width > 0);
    else if (is_webp(file))
        snprintf(error, MAKER_ERROR, "failed to read next frame");
    else if (verdict == DECODED_UNRECOGNIZED)
        snprintf(error, MAKER_ERROR, "unrecognized data stream contents when reading image file");
    else
        snprintf(error, MAKER_ERROR, "broken data stream when reading image file");
}
