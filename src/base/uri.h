/* URIs, by the rules of Go's net/url: what the real gateway, which is written in Go, takes for one. */
#ifndef BASE_URI_H
#define BASE_URI_H

#include <stdbool.h>

/* Can url.Parse read it: `data:` of any length, http and https, relative references, …? What it refuses: control
 * characters, broken percent escapes, a space in the host, a port that is no number, …. One pass. */
bool uri_is_reference(const char *text);

/* The same, and it has a scheme. */
bool uri_is_valid(const char *text);

#endif
