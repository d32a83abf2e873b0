/* The models as one world sees them: the catalogue's, and in front of these what its token has made: models by POST
 * /v1/models, and in them the versions that its trainings have pushed. */
#ifndef CORE_MODELS_H
#define CORE_MODELS_H

#include "base/list.h"
#include "core/catalog.h"
#include "core/world.h"

enum {
    MODELS_MAX = 1000,                /* in a world */
    MODELS_VERSIONS_MAX = 1000,       /* in a world, of all its models */
    MODELS_BYTES_KEPT = 64 * 1 << 20, /* of all worlds' models and versions */
};

/* What is known of a model of a world's own. Each is a text, or NULL. */
enum model_field {
    MODEL_DESCRIPTION,
    MODEL_VISIBILITY,
    MODEL_GITHUB_URL,
    MODEL_PAPER_URL,
    MODEL_LICENSE_URL,
    MODEL_WEIGHTS_URL,
    MODEL_COVER_IMAGE_URL,
    MODEL_README,
    MODEL_FIELD_COUNT
};

/* A model of a world's own. Its `text` is empty: what it shows is put together from what stands here. */
struct own_model {
    struct model model; /* the first member */
    struct models *models;
    struct list link; /* in its world's, the newest first */
    char *fields[MODEL_FIELD_COUNT];
    struct list versions; /* the newest first; the first is model.latest */
    char full_name[];
};

/* A version in it. */
struct own_version {
    struct version version; /* the first member */
    struct list link;
    char id[65];
};

/* A world's. */
struct models {
    struct map by_name, versions;
    struct list list; /* of own_models, the newest first */
    size_t *bytes;    /* what they and all other worlds' take */
};

/* Fine for NULL. No pointer to one of its models or versions may be left. */
void models_free(struct models *models);

/* The model "owner/name" (`len` bytes of it). `world` may be NULL: the catalogue's alone. NULL: there is none. */
struct model *models_find(const struct catalog *catalog, const struct world *world, const char *full_name, size_t len);

/* What POST /v1/predictions means by `version`: see catalog_resolve. */
struct version *models_resolve(const struct catalog *catalog, const struct world *world, const char *spec);

/* Has the world made it? Only such a model may be changed, deleted, or be a training's destination. */
bool models_are_own(const struct world *world, const struct model *model);

/* The same as what it is; NULL: it is not the world's own. */
struct own_model *models_own(const struct world *world, const struct model *model);

/* Makes one. The name is not taken: models_find finds none of it. NULL: the world has as many as it may, or all worlds
 * together. */
struct own_model *models_create(struct world *world, const char *owner, const char *name);

/* Sets a field; NULL: to nothing. False: there is no room for it, it stays as it was. */
bool models_set(struct own_model *model, enum model_field field, const char *text);

/* Predictions of its versions have a copy of theirs, so that these are fine. The model has no versions. */
void models_delete(struct own_model *model);
void models_delete_version(struct own_model *model, struct version *version);

/* The version of that id in that model, the catalogue's or an own one. NULL: there is none. */
struct version *models_version(const struct catalog *catalog, const struct world *world, const struct model *model,
                               const char *id);

/* All models that the world sees, the newest first; in `arena`. */
const struct model **models_ordered(struct arena *arena, struct catalog *catalog, const struct world *world,
                                    enum model_order order, size_t *count);

/* Pushes a version to a model of the world's own, as a training does that comes to its end: with the schema of the
 * version that was trained, and an id of 64 hexadecimal digits drawn from the world's generator. It is the model's
 * latest. NULL: the world has as many models and versions as it may. */
struct version *models_push_version(struct world *world, struct model *destination, const struct version *trained);

#endif
