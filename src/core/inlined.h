/* The output files of a prediction as data: URIs. Of Replicate's API in October 2024 an output was
 * "data:image/webp;base64,…"; the JavaScript and Python clients make FileOutput objects of https: and data: alone. */
#ifndef CORE_INLINED_H
#define CORE_INLINED_H

#include "base/map.h"
#include "core/plan.h"

#include <stddef.h>

/* Of all URIs of one prediction. As much as a page of a list holds: so no answer with a single prediction, and no event
 * of a stream, is larger than a page may be. */
enum { INLINED_MAX = 8 * 1024 * 1024 };

struct inlined {
    char *text; /* the URIs, one behind the other */
    size_t len;
    size_t ends[PLAN_MAX_FILES]; /* where in it each ends; the same place as the one before: there is none */
    unsigned count;              /* files that were added, with and without a URI */
};

struct inlined *inlined_new(void);
void inlined_free(struct inlined *inlined); /* NULL is fine */

/* Adds the next file, `len` bytes of that kind. False: with its URI it would be more than INLINED_MAX, or `data` is NULL;
 * then it has none. Slow for large files: called on the worker's thread. */
bool inlined_add(struct inlined *inlined, enum file_kind kind, const char *data, size_t len);

/* The URI of a file; empty: it has none, and is shown by its URL. NULL is fine, and has none. */
struct slice inlined_uri(const struct inlined *inlined, unsigned file);

/* How many bytes it occupies; of NULL 0. */
size_t inlined_bytes(const struct inlined *inlined);

#endif
