#include "core/output.h"
#include "core/output_kind.h"
#include "core/output_template.h"

enum {
    USUAL = 2, // elements of a list, where it may have so many
    USUAL_GROWING = 4,
    USUAL_FILES_GROWING = 2,
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

/* What is done with them depends on who makes the output; texts that are long are prompts. */
static const cJSON *read_defaults(struct arena *arena, const cJSON *openapi)
{
    const cJSON *properties = json_get(component(openapi, "Input"), "properties");
    struct buf text = {0}, value = {0};
    struct json_error error;
    int count = 0;

    for (const cJSON *member = cJSON_IsObject(properties) ? properties->child : NULL; member; member = member->next) {
        const cJSON *usual = json_get(member, "default");
        if (!usual || cJSON_IsNull(usual) || cJSON_IsArray(usual) || cJSON_IsObject(usual))
            continue;
        value.len = 0;
        json_canonical(&value, usual);
        if (value.len > OUTPUT_MAX_DEFAULT || count == OUTPUT_MAX_DEFAULTS)
            continue;
        buf_char(&text, count++ == 0 ? '{' : ',');
        buf_json_string(&text, member->string, strlen(member->string));
        buf_char(&text, ':');
        buf_add(&text, value.data, value.len);
    }
    buf_str(&text, count == 0 ? "{}" : "}");
    const cJSON *defaults = json_parse(arena, text.data, text.len, JSON_GRAMMAR, &error);
    buf_free(&value);
    buf_free(&text);
    return defaults;
}

static void read_list(struct output *output, const struct facets *facets)
{
    const cJSON *way = facets_find(facets, "x-cog-array-type");

    output->grows = cJSON_IsString(way) && strcmp(way->valuestring, "iterator") == 0;
    output->least = facets_least(facets, "minItems", 0);
    output->most = facets_most(facets, "maxItems", OUTPUT_MAX_ELEMENTS);
    output->usual = output->grows ? USUAL_GROWING : USUAL;
    if (output->shape == OUTPUT_FILES)
        output->usual = output->grows ? USUAL_FILES_GROWING : 1;
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

    *output = (struct output){.usual = 1, .input = read_defaults(arena, openapi)};
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
        read_list(output, &facets);
    return output;
}
