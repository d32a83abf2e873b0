/* The models as one world sees them: the catalogue's, and in front of these what its token has made: models by POST
 * /v1/models, and in them the versions that its trainings have pushed. */
#ifndef CORE_MODELS_H
#define CORE_MODELS_H

#include "core/catalog.h"
#include "core/world.h"

/* The model "owner/name" (`len` bytes of it). `world` may be NULL: the catalogue's alone. NULL: there is none. */
struct model *models_find(const struct catalog *catalog, const struct world *world, const char *full_name, size_t len);

/* What POST /v1/predictions means by `version`: see catalog_resolve. */
struct version *models_resolve(const struct catalog *catalog, const struct world *world, const char *spec);

/* Has the world made it? Only such a model may be changed, deleted, or be a training's destination. */
bool models_are_own(const struct world *world, const struct model *model);

/* Pushes a version to a model of the world's own, as a training does that comes to its end: with the schema of the
 * version that was trained, and an id of 64 hexadecimal digits drawn from the world's generator. It is the model's
 * latest. NULL: the world has as many models and versions as it may. */
struct version *models_push_version(struct world *world, struct model *destination, const struct version *trained);

#endif
