/* Models of a world's own: found before the catalogue's, pushed to, bounded, gone without a trace. */
#include "base/json.h"
#include "core/lifecycle.h"
#include "core/models.h"
#include "core/store.h"
#include "lib/suite.h"

#include <stdio.h>
#include <string.h>

#define VERSION "795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477"

static struct timebase base;
static struct worlds *worlds;
static struct catalog catalog;
static struct world *world, *other;

static void fake_plan(struct plan *plan, const struct version *version, const cJSON *input, struct rng *rng)
{
    (void)version;
    (void)input;
    (void)rng;
    *plan = (struct plan){0};
}

static const struct maker maker = {.plan = fake_plan};

static void set_up(void)
{
    struct world_settings settings = {.manual_clock = true,
                                      .speed = 1,
                                      .start_time = INT64_C(1767225600) * NS_PER_S,
                                      .max_predictions = 10,
                                      .max_worlds = 10,
                                      .max_memory = 1 << 20,
                                      .seeded = true,
                                      .seed = 1};

    catalog_init(&catalog, (struct hash_key){3, 4});
    catalog_add_embedded(&catalog);
    worlds = worlds_new(&settings, &base, &maker);
    world = worlds_use(worlds, "one");
    other = worlds_use(worlds, "other");
}

static void tear_down(void)
{
    worlds_free(worlds);
    catalog_free(&catalog);
}

static struct model *find(const char *name)
{
    return models_find(&catalog, world, name, strlen(name));
}

static struct version *push(struct own_model *model)
{
    return models_push_version(world, &model->model, catalog_resolve(&catalog, VERSION));
}

START_TEST(test_own_ones_are_found_by_their_world_alone)
{
    struct own_model *model = models_create(world, "me", "mine");

    ck_assert_str_eq(model->model.full_name, "me/mine");
    ck_assert_ptr_eq(find("me/mine"), &model->model);
    ck_assert(models_are_own(world, &model->model));
    ck_assert_ptr_null(models_find(&catalog, other, "me/mine", 7));
    ck_assert_ptr_null(models_find(&catalog, NULL, "me/mine", 7));
    ck_assert(!models_are_own(other, &model->model));
    ck_assert(!models_are_own(world, find("rossjillian/controlnet")));
    ck_assert(!models_are_own(NULL, find("rossjillian/controlnet")));
}
END_TEST

START_TEST(test_pushed_versions)
{
    struct own_model *model = models_create(world, "me", "mine"), *second = models_create(world, "me", "second");
    struct version *first = push(model), *latest = push(model);
    char spec[128];

    ck_assert_ptr_eq(model->model.latest, latest);
    ck_assert_int_eq(strspn(latest->id, "0123456789abcdef"), 64);
    ck_assert_str_ne(first->id, latest->id);
    ck_assert_ptr_eq(latest->model, &model->model);
    ck_assert_ptr_eq(latest->openapi_schema.data, catalog_resolve(&catalog, VERSION)->openapi_schema.data);
    ck_assert_ptr_eq(models_resolve(&catalog, world, latest->id), latest);
    snprintf(spec, sizeof(spec), "me/mine:%s", first->id);
    ck_assert_ptr_eq(models_resolve(&catalog, world, spec), first);
    snprintf(spec, sizeof(spec), "me/second:%s", first->id);
    ck_assert_ptr_null(models_resolve(&catalog, world, spec));
    ck_assert_ptr_null(models_resolve(&catalog, world, "me/mine")); // by name alone: official models
    ck_assert_ptr_null(models_resolve(&catalog, world, "me/mine:latest"));
    ck_assert_ptr_null(models_resolve(&catalog, other, latest->id));
    ck_assert_ptr_nonnull(models_resolve(&catalog, world, VERSION));
    ck_assert_ptr_nonnull(models_resolve(&catalog, world, "rossjillian/controlnet:" VERSION));
    ck_assert_ptr_eq(models_version(&catalog, world, &model->model, first->id), first);
    ck_assert_ptr_null(models_version(&catalog, world, &second->model, first->id));
    ck_assert_ptr_null(push(second)->trained->trained);
    models_delete_version(model, latest);
    ck_assert_ptr_eq(model->model.latest, first);
    models_delete_version(model, first);
    ck_assert_ptr_null(model->model.latest);
}
END_TEST

/* What is compiled for the input stays as long as the program: once for all that were pushed. */
START_TEST(test_pushed_versions_share_a_schema)
{
    struct own_model *model = models_create(world, "me", "mine");
    struct version *trained = catalog_resolve(&catalog, VERSION), *pushed = push(model);
    struct version *again = models_push_version(world, &model->model, pushed);

    ck_assert_ptr_nonnull(catalog_input_schema(&catalog, pushed));
    ck_assert_ptr_eq(catalog_input_schema(&catalog, pushed), catalog_input_schema(&catalog, trained));
    models_delete_version(model, pushed);
    ck_assert_ptr_eq(again->trained, trained);
    ck_assert_ptr_eq(catalog_input_schema(&catalog, again), trained->input);
}
END_TEST

START_TEST(test_a_prediction_outlives_its_version)
{
    struct own_model *model = models_create(world, "me", "mine");
    struct version *version = push(model);
    cJSON input = {.type = cJSON_Object};
    struct prediction_request request = {.version = version, .input = &input};
    struct prediction *prediction;
    char id[65];

    snprintf(id, sizeof(id), "%s", version->id);
    ck_assert_int_eq(lifecycle_create(world, &request, &prediction), STORE_OK);
    models_delete_version(model, version);
    models_delete(model);
    ck_assert_str_eq(prediction->version->shown, id);
    ck_assert_str_eq(prediction->version->model->full_name, "me/mine");
    ck_assert_ptr_null(find("me/mine"));
    ck_assert_ptr_null(models_resolve(&catalog, world, id));
}
END_TEST

START_TEST(test_only_own_models_can_be_pushed_to)
{
    struct version *version = catalog_resolve(&catalog, VERSION);

    ck_assert_ptr_null(models_push_version(world, find("rossjillian/controlnet"), version));
    struct own_model *model = models_create(world, "me", "mine");
    ck_assert_ptr_null(models_push_version(other, &model->model, version));
}
END_TEST

START_TEST(test_bounds)
{
    struct own_model *model = models_create(world, "me", "mine");
    char name[16];

    for (int i = 1; i < MODELS_MAX; i++) {
        snprintf(name, sizeof(name), "m%d", i);
        ck_assert_ptr_nonnull(models_create(world, "me", name));
    }
    ck_assert_ptr_null(models_create(world, "me", "more"));
    ck_assert_ptr_nonnull(models_create(other, "me", "more")); // each world has its own
    for (int i = 0; i < MODELS_VERSIONS_MAX; i++)
        ck_assert_ptr_nonnull(push(model));
    ck_assert_ptr_null(push(model));
    models_delete_version(model, model->model.latest);
    ck_assert_ptr_nonnull(push(model));
}
END_TEST

START_TEST(test_bytes_of_all_worlds_are_bounded)
{
    struct own_model *model = models_create(world, "me", "mine"), *theirs = models_create(other, "me", "mine");
    size_t empty = worlds->models_bytes, len = MODELS_BYTES_KEPT / 2;
    char *text = xmalloc(len + 1);

    memset(text, 'x', len);
    text[len] = '\0';
    ck_assert(models_set(model, MODEL_README, "short"));
    ck_assert(models_set(model, MODEL_README, "shorter"));
    ck_assert_uint_eq(worlds->models_bytes, empty + 8);
    ck_assert(models_set(model, MODEL_README, text));
    ck_assert(!models_set(theirs, MODEL_README, text));
    ck_assert_ptr_null(theirs->fields[MODEL_README]);
    free(text);
    world_close(world);
    world_close(other);
    ck_assert_uint_eq(worlds->models_bytes, 0);
}
END_TEST

/* --max-memory counts it. */
START_TEST(test_a_version_of_its_own_counts_with_the_prediction)
{
    struct version version = *catalog_resolve(&catalog, VERSION);
    struct prediction prediction = {.version = &version};
    size_t listed = prediction_bytes(&prediction);

    version.unlisted = true;
    ck_assert_uint_eq(prediction_bytes(&prediction), listed + version_copy_bytes(&version));
    ck_assert_uint_ge(version_copy_bytes(&version), sizeof(struct version) + sizeof(struct model) + strlen(VERSION));
}
END_TEST

SUITE_WITH("own_models", set_up, tear_down, test_own_ones_are_found_by_their_world_alone, test_pushed_versions,
           test_pushed_versions_share_a_schema, test_a_prediction_outlives_its_version,
           test_only_own_models_can_be_pushed_to, test_bounds, test_bytes_of_all_worlds_are_bounded,
           test_a_version_of_its_own_counts_with_the_prediction);
