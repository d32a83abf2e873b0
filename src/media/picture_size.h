/* How large is the picture that an image input names? Told by its header, without decoding it: PNG, JPEG, GIF
 * and WebP, known by their content, because clients send data:application/octet-stream for any of them. */
#ifndef MEDIA_PICTURE_SIZE_H
#define MEDIA_PICTURE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both at least 1. As stored: the turn that a JPEG's EXIF may ask for is not applied. */
struct picture_size {
    uint32_t width, height;
};

/* False: no picture of a known kind, or its size does not stand in these bytes (a beginning is enough). */
bool picture_size_of_bytes(struct picture_size *size, const unsigned char *bytes, size_t len);

/* The same for the value of an image input. Only a data: URI in base64 holds a picture: false for any other
 * URL. Reads at most the first 256 KiB of the base64 text, so a JPEG with more than that in front of its
 * frame header counts as unknown. */
bool picture_size_of_uri(struct picture_size *size, const char *uri);

#endif
