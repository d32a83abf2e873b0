/* What a model's output would be, whole and without a server, and whether its own schema accepts that. */
#ifndef TESTS_LIB_OUTPUTS_H
#define TESTS_LIB_OUTPUTS_H

#include "core/catalog.h"
#include "core/product.h"
#include "core/schema.h"
#include "media/maker.h"

#include <stdlib.h>
#include <string.h>

static inline void outputs_put_url(const struct file_urls *urls, struct buf *out, unsigned file)
{
    (void)urls;
    buf_printf(out, "http://localhost/delivery/pbxt/key/%u", file);
}

/* The version's output for this input, as JSON; in `arena`. */
static inline const char *outputs_make(struct arena *arena, const struct version *version, const char *input,
                                       struct plan *plan)
{
    static const struct file_urls urls = {outputs_put_url};
    struct json_error error;
    struct rng rng = {.key = {1, 2}};
    struct buf canonical = {0}, out = {0};
    const cJSON *tree = json_parse(arena, input, strlen(input), JSON_GRAMMAR, &error);

    json_canonical(&canonical, tree);
    media_maker.plan(plan, version, tree, &rng);
    struct product product = {&media_maker, plan, version, {canonical.data, canonical.len}, &urls, NULL};
    product_json(&out, &product, plan_pieces(plan));
    const char *text = arena_strndup(arena, out.data, out.len);
    buf_free(&canonical);
    buf_free(&out);
    return text;
}

/* NULL: what is made for this input fits. `model` was added to the catalogue as its only one of that name. */
static inline const char *outputs_misfit(struct arena *arena, const struct catalog *catalog, const cJSON *model,
                                         const char *input)
{
    const cJSON *openapi = json_get(json_get(model, "latest_version"), "openapi_schema");
    const char *name = arena_printf(arena, "%s/%s", json_get_string(model, "owner"), json_get_string(model, "name"));
    const struct model *found = map_find(&catalog->models, name, strlen(name));
    struct json_error error;
    struct faults faults;
    struct plan plan;

    faults_init(&faults, arena);
    const struct schema *schema = schema_compile(arena, openapi, "#/components/schemas/Output", &faults);
    if (!schema)
        return arena_printf(arena, "its Output schema: %s %s", faults.list[0].field, faults.list[0].description);
    const char *text = outputs_make(arena, found->latest, input, &plan);
    const cJSON *value = json_parse(arena, text, strlen(text), JSON_REQUEST, &error);
    if (!value)
        return arena_printf(arena, "no JSON: %s: %.200s", error.reason, text);
    if (schema_validate(schema, value, "output", &faults))
        return NULL;
    return arena_printf(arena, "%s: %s: %.200s", faults.list[0].field, faults.list[0].description, text);
}

#endif
