/* The models that can be run: those compiled in (schema/models/) and those of --models. Shared by all worlds.
 *
 * Of a model its text is kept, what is needed to find it, and what its output looks like; its input schema is compiled
 * when the first prediction of it is made. So a file of thousands of models costs little more memory than its bytes. */
#ifndef CORE_CATALOG_H
#define CORE_CATALOG_H

#include "base/faults.h"
#include "base/json.h"
#include "base/map.h"
#include "core/output.h"

#include <stdbool.h>

struct schema;

struct model {
    const char *full_name;    /* "owner/name" */
    bool official;            /* may be run by its name alone; its version is shown as "hidden" */
    struct version *latest;   /* NULL: none was ever pushed */
    struct slice text;        /* the model object, as it was given; empty: a world's own */
    struct slice description; /* as a JSON string, or plain; empty: none */
    int64_t created_at;       /* 0: it does not say */
    struct model *next;       /* of its catalog's */
};

struct version {
    const struct model *model;
    const char *id;              /* 64 hexadecimal digits, of older official models "dp-" and 32 */
    const char *shown;           /* what a prediction's `version` says */
    struct slice text;           /* the version object, as it was given; of a pushed one: that of the trained one */
    struct slice openapi_schema; /* its text; empty: none, any input is fine */
    const struct schema *input;  /* of it the input's, compiled; NULL: not yet */
    const struct output *output; /* what its output looks like; never NULL */
    int64_t created_at;          /* where it does not say, the model's */
    bool unlisted;               /* of no catalog, and may go: each prediction keeps a version_copy */
    /* Of one that a training has pushed, the catalog's version whose schema it has; NULL: of any other. */
    const struct version *trained;
};

/* By what a list of models is sorted. */
enum model_order { ORDER_BY_VERSION, ORDER_BY_MODEL, ORDER_COUNT };

struct catalog {
    struct arena arena;
    struct map models;                         /* by full name */
    struct map versions;                       /* by id */
    char **files;                              /* what the texts lie in, ends with NULL; or NULL */
    struct model *first;                       /* a chain of all models */
    const struct model **ordered[ORDER_COUNT]; /* all, the newest first; NULL: not asked for yet */
};

void catalog_init(struct catalog *catalog, struct hash_key hash);
void catalog_free(struct catalog *catalog);

/* Adds a model given as GET /v1/models/{owner}/{name} answers it: `text`, which must stay, and `json`, its tree, which
 * need not. One of the same name is replaced; its versions can still be run. False: `faults` says what is wrong and
 * where in the object, and nothing was added. */
bool catalog_add(struct catalog *catalog, const cJSON *json, struct slice text, struct faults *faults);

/* Takes over a malloc'd text that models lie in. */
void catalog_keep(struct catalog *catalog, char *text);

/* Adds every model of schema/models/ that is compiled in; they are known to be right (tests/unit/test_output.c), and not
 * looked at as those of catalog_add are. */
void catalog_add_embedded(struct catalog *catalog);

/* When the model was made, or the latest version in it; one without versions counts as it was made. */
int64_t model_time(const struct model *model, enum model_order order);

/* For sorting: below 0 where *a is shown before *b, because it is newer. */
int model_before(const struct model *a, const struct model *b, enum model_order order);

void model_sort(const struct model **models, size_t count, enum model_order order);

/* All its models, catalog->models.len of them, the newest first; sorted when first asked for. */
const struct model *const *catalog_ordered(struct catalog *catalog, enum model_order order);

/* What POST /v1/predictions means by `version`: 64 hex digits, "owner/name:" and 64 hex digits, or the "owner/name" of
 * an official model. NULL: anything else, ":latest" and short hashes among it; the real API answers 422 "Invalid
 * version or not permitted" to all of these alike. */
struct version *catalog_resolve(const struct catalog *catalog, const char *spec);

/* The schema of the version's input, compiled when first asked for. NULL: it has none, any input is fine. */
const struct schema *catalog_input_schema(struct catalog *catalog, struct version *version);

/* --unknown-models accept: a version that no catalog has, as `spec` names it ("owner/name:id", "id", "owner/name"). In
 * `arena`. NULL: `spec` is no name: empty, longer than 256 bytes, or with characters that none has. */
struct version *version_unlisted(struct arena *arena, const char *spec);

/* A copy of an unlisted version in one piece, without what its model says of itself: free() ends it. */
struct version *version_copy(const struct version *version);

/* How many bytes that copy takes. */
size_t version_copy_bytes(const struct version *version);

#endif
