#include "core/models.h"

struct model *models_find(const struct catalog *catalog, const struct world *world, const char *full_name, size_t len)
{
    (void)world;
    return map_find(&catalog->models, full_name, len);
}

struct version *models_resolve(const struct catalog *catalog, const struct world *world, const char *spec)
{
    (void)world;
    return catalog_resolve(catalog, spec);
}

bool models_are_own(const struct world *world, const struct model *model)
{
    (void)world;
    (void)model;
    return false;
}

struct version *models_push_version(struct world *world, struct model *destination, const struct version *trained)
{
    (void)world;
    (void)destination;
    (void)trained;
    return NULL;
}
