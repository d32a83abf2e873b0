#include "image/plane.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct plane plane_new(const struct bitmap *picture)
{
    struct plane plane = {.width = picture->width, .height = picture->height};

    plane.at = xcalloc(plane_pixels(&plane), sizeof(uint16_t));
    return plane;
}

void plane_free(struct plane *plane)
{
    free(plane->at);
    plane->at = NULL;
}

struct plane plane_of_channel(const struct bitmap *picture, int channel)
{
    struct plane plane = plane_new(picture);
    size_t pixels = plane_pixels(&plane);

    for (size_t i = 0; i < pixels; i++)
        plane.at[i] = (uint16_t)(picture->rgb[3 * i + (size_t)channel] * PLANE_ONE);
    return plane;
}

struct plane plane_of_greys(const struct bitmap *picture)
{
    enum { RED = 77, GREEN = 150, BLUE = 29 }; // 256 times 0.299, 0.587, 0.114
    struct plane plane = plane_new(picture);
    size_t pixels = plane_pixels(&plane);

    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *pixel = picture->rgb + 3 * i;
        plane.at[i] = (uint16_t)(RED * pixel[0] + GREEN * pixel[1] + BLUE * pixel[2]);
    }
    return plane;
}

struct bitmap *plane_bitmap(const struct plane *plane)
{
    struct bitmap *bitmap = bitmap_new(plane->width, plane->height);
    size_t pixels = plane_pixels(plane);

    for (size_t i = 0; i < pixels; i++) {
        int grey = (plane->at[i] + PLANE_ONE / 2) / PLANE_ONE;
        memset(bitmap->rgb + 3 * i, grey < 255 ? grey : 255, 3);
    }
    return bitmap;
}
