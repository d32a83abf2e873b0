#include "core/models.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* --- finding ------------------------------------------------------------------------------------------------------ */

struct model *models_find(const struct catalog *catalog, const struct world *world, const char *full_name, size_t len)
{
    struct model *own = world && world->models ? map_find(&world->models->by_name, full_name, len) : NULL;

    return own ? own : map_find(&catalog->models, full_name, len);
}

struct own_model *models_own(const struct world *world, const struct model *model)
{
    struct own_model *own = NULL;

    if (world && world->models)
        own = map_find(&world->models->by_name, model->full_name, strlen(model->full_name));
    return own && &own->model == model ? own : NULL;
}

bool models_are_own(const struct world *world, const struct model *model)
{
    return models_own(world, model) != NULL;
}

struct version *models_version(const struct catalog *catalog, const struct world *world, const struct model *model,
                               const char *id)
{
    const struct map *versions = models_are_own(world, model) ? &world->models->versions : &catalog->versions;
    struct version *version = map_find(versions, id, strlen(id));

    return version && version->model == model ? version : NULL;
}

struct version *models_resolve(const struct catalog *catalog, const struct world *world, const char *spec)
{
    size_t name_len = strcspn(spec, ":");

    if (!world || !world->models)
        return catalog_resolve(catalog, spec);
    if (!strchr(spec, '/')) {
        struct version *own = map_find(&world->models->versions, spec, strlen(spec));
        return own ? own : catalog_resolve(catalog, spec);
    }
    const struct model *model = map_find(&world->models->by_name, spec, name_len);
    if (!model)
        return catalog_resolve(catalog, spec);
    // By its name alone only an official model can be run.
    return spec[name_len] ? models_version(catalog, world, model, spec + name_len + 1) : NULL;
}

/* --- all of them --------------------------------------------------------------------------------------------------- */

const struct model **models_ordered(struct arena *arena, struct catalog *catalog, const struct world *world,
                                    enum model_order order, size_t *count)
{
    const struct model *const *listed = catalog_ordered(catalog, order);
    size_t own_count = world && world->models ? world->models->by_name.len : 0, at = 0, own_at = 0;
    const struct model **all = arena_alloc(arena, (catalog->models.len + 2 * own_count + 1) * sizeof(*all));
    const struct model **own = all + catalog->models.len + own_count;

    if (own_count > 0)
        list_each (link, &world->models->list)
            own[at++] = &container_of(link, struct own_model, link)->model;
    model_sort(own, own_count, order);
    *count = catalog->models.len + own_count;
    at = 0;
    for (size_t i = 0; i < *count; i++) {
        bool is_own =
            own_at < own_count && (at == catalog->models.len || model_before(own[own_at], listed[at], order) < 0);
        all[i] = is_own ? own[own_at++] : listed[at++];
    }
    return all;
}

/* --- what they take ------------------------------------------------------------------------------------------------- */

static struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static struct slice name_of(const void *value)
{
    return slice_of(((const struct model *)value)->full_name);
}

static struct slice id_of(const void *value)
{
    return slice_of(((const struct version *)value)->id);
}

static struct models *models_of(struct world *world)
{
    if (world->models)
        return world->models;
    struct models *models = world->models = xnew(struct models);
    map_init(&models->by_name, name_of, hash_derive(&world->worlds->secret, "models"));
    map_init(&models->versions, id_of, hash_derive(&world->worlds->secret, "versions"));
    list_init(&models->list);
    models->bytes = &world->worlds->models_bytes;
    return models;
}

static bool has_room(const struct models *models, size_t bytes)
{
    return bytes <= MODELS_BYTES_KEPT && *models->bytes <= MODELS_BYTES_KEPT - bytes;
}

static size_t text_bytes(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

/* --- making and deleting ---------------------------------------------------------------------------------------------- */

struct own_model *models_create(struct world *world, const char *owner, const char *name)
{
    struct models *models = models_of(world);
    size_t name_bytes = strlen(owner) + strlen(name) + 2;

    if (models->by_name.len >= MODELS_MAX || !has_room(models, sizeof(struct own_model) + name_bytes))
        return NULL;
    struct own_model *own = xcalloc(1, sizeof(*own) + name_bytes);
    snprintf(own->full_name, name_bytes, "%s/%s", owner, name);
    own->model.full_name = own->full_name;
    own->models = models;
    own->model.created_at = clock_now(&world->clock);
    list_init(&own->versions);
    list_prepend(&models->list, &own->link);
    map_put(&models->by_name, &own->model);
    *models->bytes += sizeof(*own) + name_bytes;
    return own;
}

bool models_set(struct own_model *model, enum model_field field, const char *text)
{
    char **at = &model->fields[field];

    if (!has_room(model->models, text_bytes(text)))
        return false;
    *model->models->bytes += text_bytes(text);
    *model->models->bytes -= text_bytes(*at);
    free(*at);
    *at = text ? xstrdup(text) : NULL;
    if (field == MODEL_DESCRIPTION)
        model->model.description = text ? slice_of(*at) : (struct slice){NULL, 0};
    return true;
}

static struct own_version *newest(const struct own_model *model)
{
    return list_first(&model->versions, struct own_version, link);
}

static void version_free(struct own_model *model, struct own_version *version)
{
    list_remove(&version->link);
    *model->models->bytes -= sizeof(*version);
    free(version);
}

void models_delete_version(struct own_model *model, struct version *version)
{
    map_remove(&model->models->versions, version);
    version_free(model, container_of(version, struct own_version, version));
    model->model.latest = list_empty(&model->versions) ? NULL : &newest(model)->version;
}

static void model_free(struct own_model *model)
{
    for (int i = 0; i < MODEL_FIELD_COUNT; i++)
        models_set(model, (enum model_field)i, NULL);
    list_remove(&model->link);
    *model->models->bytes -= sizeof(*model) + text_bytes(model->full_name);
    free(model);
}

void models_delete(struct own_model *model)
{
    assert(list_empty(&model->versions));
    map_remove(&model->models->by_name, &model->model);
    model_free(model);
}

void models_free(struct models *models)
{
    if (!models)
        return;
    list_each (link, &models->list) {
        struct own_model *model = container_of(link, struct own_model, link);
        while (!list_empty(&model->versions))
            version_free(model, newest(model));
        model_free(model);
    }
    map_free(&models->by_name);
    map_free(&models->versions);
    free(models);
}

/* --- versions ----------------------------------------------------------------------------------------------------- */

static void draw_id(char id[65], struct rng *rng)
{
    for (int i = 0; i < 4; i++)
        snprintf(id + (ptrdiff_t)16 * i, 17, "%016llx", (unsigned long long)rng_next(rng));
}

struct version *models_push_version(struct world *world, struct model *destination, const struct version *trained)
{
    struct own_model *model = models_own(world, destination);

    if (!model || model->models->versions.len >= MODELS_VERSIONS_MAX ||
        !has_room(model->models, sizeof(struct own_version)))
        return NULL;
    struct own_version *own = xnew(struct own_version);
    do // models that a reset spared have ids of the same generator
        draw_id(own->id, &world->rng);
    while (map_find(&model->models->versions, own->id, sizeof(own->id) - 1));
    own->version = *trained;
    // Of what was itself pushed, or of no catalog, only its origin lasts.
    own->version.trained = trained->unlisted ? trained->trained : trained;
    own->version.model = destination;
    own->version.id = own->version.shown = own->id;
    own->version.unlisted = true;
    own->version.created_at = clock_now(&world->clock);
    list_prepend(&model->versions, &own->link);
    map_put(&model->models->versions, &own->version);
    destination->latest = &own->version;
    *model->models->bytes += sizeof(*own);
    return &own->version;
}
