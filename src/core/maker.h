/* What a model makes. The core asks through this interface and draws nothing itself; media/ implements it, app.c
 * wires the two. */
#ifndef CORE_MAKER_H
#define CORE_MAKER_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/map.h"
#include "core/plan.h"

#include <cjson/cJSON.h>

enum { NOTES_MAX = 64 * 1024, MAKER_ERROR = 256 };

struct version;

/* Whoever knows the URLs of a prediction's files; embed it. */
struct file_urls {
    void (*put)(const struct file_urls *urls, struct buf *out, unsigned file); /* appends the URL, without quotes */
};

struct maker {
    /* Reads `input` as the model `version` would and fills *plan. `input` need not fit the model's schema: what is
     * missing or wrong counts as the model's default. Draws what the input leaves to chance (a seed) from `rng`. */
    void (*plan)(struct plan *plan, const struct version *version, const cJSON *input, struct rng *rng);

    /* Appends an output that is text, all of it: UTF-8, a function of the arguments alone. `input` is the canonical text
     * of the input that the plan was made from. */
    void (*text)(struct buf *out, const struct plan *plan, const struct version *version, struct slice input);

    /* Appends an output that is neither text nor files, as JSON; of a list the element `index`. */
    void (*value)(struct buf *out, const struct plan *plan, const struct version *version, unsigned index,
                  const struct file_urls *urls);

    /* The member of the input whose file the model opens before it makes anything ("image"); NULL: it opens none. */
    const char *(*reads)(const struct version *version);

    /* Appends what `prepare` and `draw` must know of a prediction beside its plan, for the two run on the worker's thread
     * and have nothing else. Small, whatever the input is: at most NOTES_MAX bytes. A function of the arguments alone. */
    void (*note)(struct buf *notes, const struct plan *plan, const struct version *version, struct slice input);

    /* Makes of the file that the model reads what its outputs are drawn from, held once. A pure function, slow, called on
     * the worker's thread. NULL: the model would fail; `error` says why, in its words. {file} in it stands for where the
     * model has found the file, which the caller knows. */
    struct prepared *(*prepare)(struct slice notes, struct slice file, char error[MAKER_ERROR]);

    /* The bytes of a file: malloc'd, *len long. A pure function, slow (milliseconds), called on the worker's thread.
     * NULL: it could not be drawn. */
    char *(*draw)(const struct drawing *drawing, size_t *len);
};

#endif
