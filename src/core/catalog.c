#include "core/catalog.h"
#include "base/embed.h"
#include "base/json.h"
#include "base/log.h"

#include <stdlib.h>

static struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static struct slice model_key(const void *value)
{
    return slice_of(((const struct model *)value)->full_name);
}

static struct slice version_key(const void *value)
{
    return slice_of(((const struct version *)value)->id);
}

void catalog_init(struct catalog *catalog, struct hash_key hash)
{
    catalog->arena = (struct arena){0};
    map_init(&catalog->models, model_key, hash);
    map_init(&catalog->versions, version_key, hash);
}

void catalog_free(struct catalog *catalog)
{
    map_free(&catalog->models);
    map_free(&catalog->versions);
    arena_free(&catalog->arena);
}

static bool is_version_id(const char *text)
{
    return strspn(text, "0123456789abcdef") == VERSION_ID_LEN && text[VERSION_ID_LEN] == '\0';
}

static char *reason_of(const struct json_error *error)
{
    struct buf text = {0};

    buf_printf(&text, "line %zu, column %zu: %s", error->line, error->column, error->reason);
    buf_char(&text, '\0');
    return text.data;
}

/* What is wrong with a model object; NULL: nothing. */
static const char *fault_of(const cJSON *model)
{
    const char *owner = json_get_string(model, "owner"), *name = json_get_string(model, "name");
    const cJSON *latest = json_get(model, "latest_version");

    if (!cJSON_IsObject(model))
        return "a model is a JSON object, as GET /v1/models/{owner}/{name} answers it";
    if (!owner || !*owner || strchr(owner, '/'))
        return "owner: a model needs one, a string without a slash";
    if (!name || !*name || strchr(name, '/'))
        return "name: a model needs one, a string without a slash";
    if (!latest || cJSON_IsNull(latest))
        return NULL;
    const char *id = json_get_string(latest, "id");
    if (!id || !is_version_id(id))
        return "latest_version.id: a version's id is 64 hexadecimal digits";
    return NULL;
}

static const struct version *add_version(struct catalog *catalog, const struct model *model, const cJSON *json)
{
    struct version *version = arena_alloc(&catalog->arena, sizeof(*version));
    const char *id = json_get_string(json, "id");

    if (!id)
        return NULL;
    version->model = model;
    version->id = id;
    // "version": "hidden" is what official models show since 2025.
    version->shown = model->official ? "hidden" : id;
    map_put(&catalog->versions, version);
    return version;
}

bool catalog_add(struct catalog *catalog, const char *json, size_t len, char **reason)
{
    struct json_error error;
    const cJSON *object = json_parse(&catalog->arena, json, len, JSON_GRAMMAR, &error);

    if (!object) {
        *reason = reason_of(&error);
        return false;
    }
    const char *fault = fault_of(object);
    if (fault) {
        *reason = xstrdup(fault);
        return false;
    }
    struct model *model = arena_alloc(&catalog->arena, sizeof(*model));
    *model = (struct model){.full_name = arena_printf(&catalog->arena, "%s/%s", json_get_string(object, "owner"),
                                                      json_get_string(object, "name"))};
    json_get_bool(object, "is_official", &model->official);
    model->latest = add_version(catalog, model, json_get(object, "latest_version"));
    map_put(&catalog->models, model);
    return true;
}

void catalog_add_embedded(struct catalog *catalog)
{
    const char prefix[] = "schema/models/";

    for (const struct embedded *file = embedded_files; file->path; file++) {
        char *reason;
        if (strncmp(file->path, prefix, sizeof(prefix) - 1) != 0)
            continue;
        if (catalog_add(catalog, file->data, file->len, &reason))
            continue;
        log_error("%s (compiled in): %s", file->path, reason); // a build that no test has seen
        abort();
    }
}

const struct version *catalog_resolve(const struct catalog *catalog, const char *spec)
{
    const char *colon = strchr(spec, ':');

    if (!strchr(spec, '/'))
        return map_find(&catalog->versions, spec, strlen(spec));
    const struct model *model = map_find(&catalog->models, spec, colon ? (size_t)(colon - spec) : strlen(spec));
    if (!model)
        return NULL;
    if (!colon)
        return model->official ? model->latest : NULL;
    const struct version *version = map_find(&catalog->versions, colon + 1, strlen(colon + 1));
    return version && version->model == model ? version : NULL;
}
