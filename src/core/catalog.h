/* The models that can be run: those compiled in (schema/models/). Shared by all worlds, read only once filled. */
#ifndef CORE_CATALOG_H
#define CORE_CATALOG_H

#include "base/map.h"
#include "base/mem.h"

#include <stdbool.h>

enum { VERSION_ID_LEN = 64 };

struct model {
    const char *full_name;        /* "owner/name" */
    bool official;                /* may be run by its name alone; its version is shown as "hidden" */
    const struct version *latest; /* NULL: none was ever pushed */
};

struct version {
    const struct model *model;
    const char *id;    /* 64 hex digits */
    const char *shown; /* what a prediction's `version` says */
};

struct catalog {
    struct arena arena;
    struct map models;   /* by full name */
    struct map versions; /* by id */
};

void catalog_init(struct catalog *catalog, struct hash_key hash);
void catalog_free(struct catalog *catalog);

/* Adds a model given as GET /v1/models/{owner}/{name} answers it. False: `reason` (malloc'd) says what is wrong, and
 * nothing was added. */
bool catalog_add(struct catalog *catalog, const char *json, size_t len, char **reason);

/* Adds every model of schema/models/ that is compiled in; they are known to be right. */
void catalog_add_embedded(struct catalog *catalog);

/* What POST /v1/predictions means by `version`: 64 hex digits, "owner/name:" and 64 hex digits, or the "owner/name" of
 * an official model. NULL: anything else, ":latest" and short hashes among it; the real API answers 422 "Invalid
 * version or not permitted" to all of these alike. */
const struct version *catalog_resolve(const struct catalog *catalog, const char *spec);

#endif
