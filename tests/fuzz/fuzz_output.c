/* Any bytes as an Output schema, and as a whole model object: an output is made, within its bounds, that is JSON, the same
 * twice; where it is read as it should be, files and pieces are as many as the plan says. */
#include "lib/outputs.h"

#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static void make(struct arena *arena, const cJSON *model)
{
    struct model of = {.full_name = "acme/m"};
    struct version version = {.model = &of, .output = output_read(arena, model)};
    const struct output *output = version.output;
    struct json_error error;
    struct plan plan;

    demand(output->count <= OUTPUT_MAX_PARTS && output->files <= PLAN_MAX_FILES, "a template has its bounds");
    const char *once = outputs_make(arena, &version, "{\"prompt\":\"x\",\"num_outputs\":3}", &plan);
    const char *twice = outputs_make(arena, &version, "{\"num_outputs\":3,\"prompt\":\"x\"}", &plan);
    demand(strcmp(once, twice) == 0, "the same input makes the same output");
    demand(plan.files <= PLAN_MAX_FILES && plan_pieces(&plan) <= PLAN_MAX_PIECES, "a plan has its bounds");
    demand(json_parse(arena, once, strlen(once), JSON_GRAMMAR, &error) != NULL, "an output is JSON");
    for (unsigned i = 0; i < plan.files; i++)
        demand(plan_file_kind(&plan, i) < FILE_KINDS && plan_piece_of_file(&plan, i) < plan_pieces(&plan),
               "a file is of a kind, and of a piece");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *const envelopes[] = {
        "{\"latest_version\":{\"openapi_schema\":{\"components\":{\"schemas\":{\"Output\":%s}}}}}", "%s"};
    struct arena arena = {0};
    struct json_error error;

    char *text = xmemdup0((const char *)data, size);
    for (size_t i = 0; i < 2; i++) {
        struct buf whole = {0};
        const char *hole = strstr(envelopes[i], "%s");
        buf_add(&whole, envelopes[i], (size_t)(hole - envelopes[i]));
        buf_add(&whole, text, size);
        buf_str(&whole, hole + 2);
        const cJSON *model = json_parse(&arena, whole.data, whole.len, JSON_GRAMMAR, &error);
        if (model)
            make(&arena, model);
        buf_free(&whole);
    }
    free(text);
    arena_free(&arena);
    return 0;
}
