/* data: URIs (RFC 2397): data:[<type>][;parameters][;base64],<data>. */
#ifndef BASE_DATA_URI_H
#define BASE_DATA_URI_H

#include "base/map.h"

#include <stdbool.h>
#include <stddef.h>

enum data_uri {
    DATA_URI_READ,
    DATA_URI_NO_COMMA, /* nothing tells the head from the data */
    DATA_URI_ODD,      /* base64 with one character too many: n * 4 + 1 */
    DATA_URI_PADDING,  /* base64 that lacks its = */
};

bool data_uri_is(struct slice text); /* does it begin with data:, in any case of the letters? */

/* "image/png" of data:image/png;base64,…: a part of `uri`, as it stands there; empty where there is none. */
struct slice data_uri_type(struct slice uri);

/* What is in it: with ;base64 decoded as Python's base64.b64decode does it, which skips what is none of its characters and
 * ends at the padding, but %2B and its like count as what they stand for; else text with percent escapes. A fragment (#…)
 * is no part of it. *bytes is malloc'd and *len long with DATA_URI_READ alone; with DATA_URI_ODD *len says how many
 * characters of base64 there were. */
enum data_uri data_uri_decode(struct slice uri, char **bytes, size_t *len);

#endif
