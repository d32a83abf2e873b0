/* What a model makes. The core asks through this interface and draws nothing itself; media/ implements it, app.c
 * wires the two. */
#ifndef CORE_MAKER_H
#define CORE_MAKER_H

#include "base/buf.h"
#include "base/hash.h"
#include "core/plan.h"

#include <cjson/cJSON.h>

struct version;

struct maker {
    /* Reads `input` as the model `version` would and fills *plan. `input` need not fit the model's schema: what is
     * missing or wrong counts as the model's default. Draws what the input leaves to chance (a seed) from `rng`. */
    void (*plan)(struct plan *plan, const struct version *version, const cJSON *input, struct rng *rng);

    /* Appends a piece of an output that is text, from 0: UTF-8, a function of the arguments alone. */
    void (*piece)(struct buf *out, const struct plan *plan, const struct version *version, unsigned index);

    /* The bytes of a file: malloc'd, *len long. A pure function, slow (milliseconds), called on the worker's thread.
     * NULL: it could not be drawn. */
    char *(*draw)(const struct drawing *drawing, size_t *len);
};

#endif
