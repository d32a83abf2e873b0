#include "image/bitmap.h"
#include "base/mem.h"

#include <stdlib.h>

static bool side_fits(int side)
{
    return side > 0 && side <= BITMAP_MAX_SIDE;
}

bool bitmap_fits(int width, int height)
{
    return side_fits(width) && side_fits(height) && (int64_t)width * height <= BITMAP_MAX_PIXELS;
}

struct bitmap *bitmap_new(int width, int height)
{
    if (!bitmap_fits(width, height))
        return NULL;
    struct bitmap *bitmap = xnew(struct bitmap);
    *bitmap = (struct bitmap){.width = width, .height = height};
    bitmap->rgb = xcalloc((size_t)width * (size_t)height, 3);
    return bitmap;
}

void bitmap_free(struct bitmap *bitmap)
{
    if (!bitmap)
        return;
    free(bitmap->rgb);
    free(bitmap);
}
