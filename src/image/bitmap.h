/* A picture in memory: what decoders make, control maps and paintings are, and encoders take. */
#ifndef IMAGE_BITMAP_H
#define IMAGE_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one, 192 MiB: more than any camera in a pocket takes, and what a worker may take for one job. */
enum { BITMAP_MAX_PIXELS = 64 * 1024 * 1024, BITMAP_MAX_SIDE = 65535 };

/* Rows from the top, pixels from the left, three bytes each: red, green, blue. Nothing between rows. */
struct bitmap {
    int width, height; /* at least 1 */
    uint8_t *rgb;
};

/* False: a side is below 1 or above BITMAP_MAX_SIDE, or there would be more than BITMAP_MAX_PIXELS. */
bool bitmap_fits(int width, int height);

/* Black. NULL: it does not fit. */
struct bitmap *bitmap_new(int width, int height);
void bitmap_free(struct bitmap *bitmap); /* NULL is fine */

static inline size_t bitmap_row_len(const struct bitmap *bitmap)
{
    return (size_t)3 * (size_t)bitmap->width;
}

static inline uint8_t *bitmap_row(const struct bitmap *bitmap, int y)
{
    return bitmap->rgb + (size_t)y * bitmap_row_len(bitmap);
}

#endif
