/* Pictures as clients send them, and the sizes of those that come back. */
#ifndef TESTS_LIB_PICTURES_H
#define TESTS_LIB_PICTURES_H

#include <stddef.h>

/* A PNG of that size with something to see in it: malloc'd, *len long. */
char *pictures_png(int width, int height, size_t *len);

/* "data:image/png;base64,…" of these bytes: malloc'd. */
char *pictures_uri(const char *type, const void *bytes, size_t len);

/* The two in one. */
char *pictures_png_uri(int width, int height);

/* By the head of a PNG; asserts that it is one. */
void pictures_size(const char *png, size_t len, int *width, int *height);

#endif
