#include "core/output.h"
#include "core/output_kind.h"
#include "core/output_template.h"

enum {
    USUAL = 2, // elements of a list, where it may have so many
    USUAL_GROWING = 4,
};

static bool is_plain_file(const struct facets *facets, const cJSON *example)
{
    enum facet_type type = facets_type(facets);

    return facets_are_free(facets) &&
           ((type == FACET_STRING && facets_are_file(facets)) || (type == FACET_ANY && output_is_url(example)));
}

/* Is it a text and nothing else is said of it? */
static bool is_plain_text(const struct facets *facets, const cJSON *example)
{
    enum facet_type type = facets_type(facets);
    bool any = type == FACET_ANY && (!example || cJSON_IsNull(example) || cJSON_IsString(example));

    if (!facets_are_free(facets) || (type != FACET_STRING && !any))
        return false;
    return !facets_are_file(facets) && !facets_formatted(facets) && !facets_find(facets, "minLength") &&
           !facets_find(facets, "maxLength");
}

static bool is_list(const struct facets *facets)
{
    return facets_type(facets) == FACET_ARRAY && facets_are_free(facets) && !facets_places(facets) &&
           !cJSON_IsTrue(facets_find(facets, "uniqueItems"));
}

static const cJSON *component(const cJSON *openapi, const char *name)
{
    return json_get(json_get(json_get(openapi, "components"), "schemas"), name);
}

/* "num_outputs" has a default, which the input need not repeat. */
static size_t usual_files(const cJSON *openapi, bool grows)
{
    const cJSON *input = component(openapi, "Input");
    double number;

    if (json_get_number(json_get(json_get(input, "properties"), "num_outputs"), "default", &number) && number >= 1 &&
        number <= PLAN_MAX_FILES)
        return (size_t)number;
    return grows ? 2 : 1;
}

static void read_list(struct output *output, const struct facets *facets, const cJSON *openapi)
{
    const cJSON *way = facets_find(facets, "x-cog-array-type");

    output->grows = cJSON_IsString(way) && strcmp(way->valuestring, "iterator") == 0;
    output->least = facets_least(facets, "minItems", 0);
    output->most = facets_most(facets, "maxItems", OUTPUT_MAX_ELEMENTS);
    output->usual = output->grows ? USUAL_GROWING : USUAL;
    if (output->shape == OUTPUT_FILES)
        output->usual = usual_files(openapi, output->grows);
    else if (output->files > 0 && output->usual > PLAN_MAX_FILES / output->files)
        output->usual = PLAN_MAX_FILES / output->files;
}

/* `one` is all of the output, or an element of it. */
static void read_one(struct arena *arena, struct output *output, const struct facets *one, bool several,
                     const cJSON *example, const cJSON *model)
{
    if (is_plain_file(one, example)) {
        output->shape = several ? OUTPUT_FILES : OUTPUT_FILE;
        output->kinds[0] = (uint8_t)output_kind(one, NULL, example, model);
    } else if (is_plain_text(one, example)) {
        output->shape = several ? OUTPUT_TEXTS : OUTPUT_TEXT;
    } else {
        output->shape = several ? OUTPUT_VALUES : OUTPUT_VALUE;
        output_read_template(arena, output, one, example, model);
    }
}

const struct output *output_read(struct arena *arena, const cJSON *model)
{
    const cJSON *openapi = json_get(json_get(model, "latest_version"), "openapi_schema");
    const cJSON *schema = component(openapi, "Output"),
                *example = json_get(json_get(model, "default_example"), "output");
    struct output *output = arena_alloc(arena, sizeof(*output));
    struct facets facets = {.document = openapi};

    *output = (struct output){.usual = 1};
    facets_add(&facets, schema);
    bool several = is_list(&facets);
    if (several && cJSON_IsArray(example))
        example = example->child;
    struct facets one = several ? facets_of_keyword(&facets, "items") : facets;
    // Words of a text are as many as they are: where their number is bounded, they are texts of their own.
    bool bounded = several && (facets_find(&facets, "minItems") || facets_find(&facets, "maxItems"));
    if (bounded && is_plain_text(&one, example)) {
        output->shape = OUTPUT_VALUES;
        output_read_template(arena, output, &one, example, model);
    } else {
        read_one(arena, output, &one, several, example, model);
    }
    if (several)
        read_list(output, &facets, openapi);
    return output;
}
