#include "core/catalog.h"
#include "base/embed.h"
#include "base/json_scan.h"
#include "base/log.h"
#include "base/timefmt.h"
#include "core/schema.h"

#include <stdlib.h>

#define INPUT              "#/components/schemas/Input"
#define VERSION_CHARACTERS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-"

enum { SPEC_MAX = 256, VERSION_ID_MAX = 64 };

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
    *catalog = (struct catalog){0};
    map_init(&catalog->models, model_key, hash);
    map_init(&catalog->versions, version_key, hash);
}

static void forget_orders(struct catalog *catalog)
{
    for (int order = 0; order < ORDER_COUNT; order++) {
        free(catalog->ordered[order]);
        catalog->ordered[order] = NULL;
    }
}

void catalog_free(struct catalog *catalog)
{
    map_free(&catalog->models);
    map_free(&catalog->versions);
    forget_orders(catalog);
    arena_free(&catalog->arena);
    for (char **file = catalog->files; file && *file; file++)
        free(*file);
    free(catalog->files);
}

void catalog_keep(struct catalog *catalog, char *text)
{
    size_t count = 0;

    while (catalog->files && catalog->files[count])
        count++;
    catalog->files = xrealloc(catalog->files, (count + 2) * sizeof(*catalog->files));
    catalog->files[count] = text;
    catalog->files[count + 1] = NULL;
}

/* --- is it a model? ------------------------------------------------------------------------------------------------ */

static bool is_version_id(const char *text)
{
    size_t len = strspn(text, VERSION_CHARACTERS);

    return len > 0 && len <= VERSION_ID_MAX && text[len] == '\0';
}

static void check_name(const cJSON *model, const char *member, struct faults *faults)
{
    const char *name = json_get_string(model, member);

    if (!name || !*name || strchr(name, '/'))
        faults_add(faults, "model", member, "a model needs one, a string without a slash");
}

/* Its schema is compiled to see that it can be, and thrown away. */
static void check_version(const cJSON *version, struct faults *faults)
{
    const char *id = json_get_string(version, "id");
    const cJSON *openapi = json_get(version, "openapi_schema");
    struct faults found;

    if (!id || !is_version_id(id))
        faults_add(faults, "model", "latest_version.id",
                   "a version needs one, such as 64 hexadecimal digits: a string of at most %d letters, digits, "
                   "'-', '_' and '.'",
                   VERSION_ID_MAX);
    if (!openapi || cJSON_IsNull(openapi))
        return;
    struct arena scratch = {0};
    faults_init(&found, faults->arena);
    schema_compile(&scratch, openapi, INPUT, &found);
    for (size_t i = 0; i < found.count; i++)
        faults_add(faults, "model",
                   arena_printf(faults->arena, "latest_version.openapi_schema%s%s", *found.list[i].field ? "." : "",
                                found.list[i].field),
                   "%s", found.list[i].description);
    arena_free(&scratch);
}

static bool is_model(const cJSON *model, struct faults *faults)
{
    const cJSON *latest = json_get(model, "latest_version");
    size_t before = faults->count;

    if (!cJSON_IsObject(model)) {
        faults_add(faults, "model", "", "a model is a JSON object, as GET /v1/models/{owner}/{name} answers it");
        return false;
    }
    check_name(model, "owner", faults);
    check_name(model, "name", faults);
    if (latest && !cJSON_IsNull(latest))
        check_version(latest, faults);
    return faults->count == before;
}

/* --- adding ---------------------------------------------------------------------------------------------------------- */

static char *keep_text(struct catalog *catalog, const char *text)
{
    return arena_strndup(&catalog->arena, text, strlen(text));
}

/* What is kept of a model object's text, found in one pass over it: of keys that stand twice the first. */
struct texts {
    struct slice latest, openapi, description;
};

static struct texts find_texts(struct slice model)
{
    struct json_members at = json_members(model);
    struct texts texts = {0};

    while (json_next(&at)) {
        if (!texts.latest.data && json_key_is(at.key, "latest_version"))
            texts.latest = at.value;
        else if (!texts.description.data && json_key_is(at.key, "description"))
            texts.description = at.value;
    }
    texts.openapi = json_scan_member(texts.latest, "openapi_schema");
    return texts;
}

static int64_t time_of(const cJSON *json, int64_t otherwise)
{
    const char *text = json_get_string(json, "created_at");
    int64_t at;

    return text && time_parse(text, &at) ? at : otherwise;
}

static struct version *add_version(struct catalog *catalog, const struct model *model, const cJSON *model_json,
                                   const struct texts *texts)
{
    const cJSON *json = json_get(model_json, "latest_version");
    struct version *version = arena_alloc(&catalog->arena, sizeof(*version));
    struct slice openapi = texts->openapi;
    const char *id = keep_text(catalog, json_get_string(json, "id"));

    *version = (struct version){
        .model = model,
        .id = id,
        // "version": "hidden" is what official models show since 2025.
        .shown = model->official ? "hidden" : id,
        .text = texts->latest,
        .openapi_schema = openapi.len > 0 && *openapi.data == '{' ? openapi : (struct slice){NULL, 0},
        .output = output_read(&catalog->arena, model_json),
        .created_at = time_of(json, model->created_at),
    };
    map_put(&catalog->versions, version);
    return version;
}

/* The model of that name; one that is there already is filled anew, so that its versions stay its own. */
static struct model *model_named(struct catalog *catalog, const char *owner, const char *name)
{
    const char *full_name = arena_printf(&catalog->arena, "%s/%s", owner, name);
    struct model *model = map_find(&catalog->models, full_name, strlen(full_name));

    if (!model) {
        model = arena_alloc(&catalog->arena, sizeof(*model));
        *model = (struct model){.full_name = full_name, .next = catalog->first};
        catalog->first = model;
        map_put(&catalog->models, model);
    }
    return model;
}

/* `json` is_model. */
static void add(struct catalog *catalog, const cJSON *json, struct slice text, const struct texts *texts)
{
    struct model *model = model_named(catalog, json_get_string(json, "owner"), json_get_string(json, "name"));
    model->text = text;
    model->latest = NULL;
    model->created_at = time_of(json, 0);
    model->description = (struct slice){NULL, 0};
    if (json_get_string(json, "description"))
        model->description = texts->description;
    json_get_bool(json, "is_official", &model->official); // objects of before 2025 do not say: it stays what it was
    if (cJSON_IsObject(json_get(json, "latest_version")))
        model->latest = add_version(catalog, model, json, texts);
    forget_orders(catalog);
}

bool catalog_add(struct catalog *catalog, const cJSON *json, struct slice text, struct faults *faults)
{
    const cJSON *latest = json_get(json, "latest_version");

    if (!is_model(json, faults))
        return false;
    struct texts texts = find_texts(text);
    if (cJSON_IsObject(json_get(latest, "openapi_schema")) && texts.openapi.len == 0) {
        faults_add(faults, "model", "latest_version.openapi_schema", "the two keys are to be written without escapes");
        return false;
    }
    add(catalog, json, text, &texts);
    return true;
}

void catalog_add_embedded(struct catalog *catalog)
{
    const char prefix[] = "schema/models/";

    for (const struct embedded *file = embedded_files; file->path; file++) {
        struct slice text = {file->data, file->len};
        struct arena scratch = {0};
        struct json_error error;

        if (strncmp(file->path, prefix, sizeof(prefix) - 1) != 0)
            continue;
        const cJSON *json = json_parse(&scratch, text.data, text.len, JSON_GRAMMAR, &error);
        if (!json) {
            log_error("%s (compiled in): %s", file->path, error.reason);
            abort(); // a build that no test has seen
        }
        // A test has held it against catalog_add: that would compile its schema, at each start.
        struct texts texts = find_texts(text);
        add(catalog, json, text, &texts);
        arena_free(&scratch);
    }
}

/* --- in order ----------------------------------------------------------------------------------------------------- */

int64_t model_time(const struct model *model, enum model_order order)
{
    return order == ORDER_BY_VERSION && model->latest ? model->latest->created_at : model->created_at;
}

int model_before(const struct model *a, const struct model *b, enum model_order order)
{
    int64_t at_a = model_time(a, order), at_b = model_time(b, order);

    return at_a != at_b ? (at_a < at_b ? 1 : -1) : strcmp(a->full_name, b->full_name);
}

static int by_version(const void *a, const void *b)
{
    return model_before(*(const struct model *const *)a, *(const struct model *const *)b, ORDER_BY_VERSION);
}

static int by_model(const void *a, const void *b)
{
    return model_before(*(const struct model *const *)a, *(const struct model *const *)b, ORDER_BY_MODEL);
}

void model_sort(const struct model **models, size_t count, enum model_order order)
{
    qsort(models, count, sizeof(const struct model *), order == ORDER_BY_VERSION ? by_version : by_model);
}

const struct model *const *catalog_ordered(struct catalog *catalog, enum model_order order)
{
    const struct model **all = catalog->ordered[order];
    size_t count = 0;

    if (all)
        return all;
    all = catalog->ordered[order] = xcalloc(catalog->models.len, sizeof(*all));
    for (const struct model *model = catalog->first; model; model = model->next)
        all[count++] = model;
    model_sort(all, count, order);
    return all;
}

/* --- finding ------------------------------------------------------------------------------------------------------ */

struct version *catalog_resolve(const struct catalog *catalog, const char *spec)
{
    const char *colon = strchr(spec, ':');

    if (!strchr(spec, '/'))
        return map_find(&catalog->versions, spec, strlen(spec));
    const struct model *model = map_find(&catalog->models, spec, colon ? (size_t)(colon - spec) : strlen(spec));
    if (!model)
        return NULL;
    if (!colon)
        return model->official ? model->latest : NULL;
    struct version *version = map_find(&catalog->versions, colon + 1, strlen(colon + 1));
    return version && version->model == model ? version : NULL;
}

const struct schema *catalog_input_schema(struct catalog *catalog, struct version *version)
{
    struct slice text = version->openapi_schema;
    struct json_error error;
    struct faults faults;

    if (version->trained) // what is compiled stays for good: so once, however many are pushed
        version = map_find(&catalog->versions, version->trained->id, strlen(version->trained->id));
    if (version->input || text.len == 0)
        return version->input;
    faults_init(&faults, &catalog->arena);
    // It was parsed and compiled once when it was added, so it can be again.
    const cJSON *openapi = json_parse(&catalog->arena, text.data, text.len, JSON_GRAMMAR, &error);
    version->input = openapi ? schema_compile(&catalog->arena, openapi, INPUT, &faults) : NULL;
    return version->input;
}

/* --- versions that no catalog has ----------------------------------------------------------------------------------- */

static const struct output any_text = {.shape = OUTPUT_TEXT, .usual = 1};

struct version *version_unlisted(struct arena *arena, const char *spec)
{
    size_t len = strlen(spec), name_len = strcspn(spec, ":");
    bool named = memchr(spec, '/', name_len) != NULL;
    const char *id = named ? (spec[name_len] ? spec + name_len + 1 : "hidden") : spec;

    if (len > SPEC_MAX || strspn(spec, VERSION_CHARACTERS "/") < name_len || !*id ||
        strspn(id, VERSION_CHARACTERS) != strlen(id))
        return NULL;
    struct model *model = arena_alloc(arena, sizeof(*model));
    struct version *version = arena_alloc(arena, sizeof(*version));
    *model = (struct model){.full_name = named ? arena_strndup(arena, spec, name_len) : "unknown/unknown"};
    *version = (struct version){.model = model, .id = id, .shown = id, .output = &any_text, .unlisted = true};
    return version;
}

struct copy {
    struct version version;
    struct model model;
    char texts[];
};

size_t version_copy_bytes(const struct version *version)
{
    return sizeof(struct copy) + strlen(version->model->full_name) + strlen(version->id) + 2;
}

struct version *version_copy(const struct version *version)
{
    size_t name_len = strlen(version->model->full_name);
    struct copy *copy = xmalloc(version_copy_bytes(version));
    char *name = copy->texts, *id = copy->texts + name_len + 1;

    copy->version = *version;
    copy->model = (struct model){.official = version->model->official};
    copy->model.full_name = strcpy(name, version->model->full_name);
    copy->version.model = &copy->model;
    copy->version.id = copy->version.shown = strcpy(id, version->id);
    return &copy->version;
}
