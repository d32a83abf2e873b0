/* A line of any bytes as a schema, the rest as a value: what is no JSON or no schema is refused with reasons, and what can
 * be compiled judges the value within its budget, the same way twice, with a reason for each refusal. */
#include "core/schema.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static void demand_reasons(const struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        demand(*faults->list[i].type && *faults->list[i].description, "each fault has a type and a reason");
}

static void judge(const struct schema *schema, const cJSON *value, struct arena *arena)
{
    struct faults once, twice;

    faults_init(&once, arena);
    faults_init(&twice, arena);
    demand(schema_validate(schema, value, "input", &once) == (once.count == 0), "refused is what has a fault");
    schema_validate(schema, value, "", &twice);
    demand(once.count == twice.count, "the judgement stays");
    for (size_t i = 0; i < once.count; i++) {
        demand(strcmp(once.list[i].description, twice.list[i].description) == 0, "in the same words");
        demand(strncmp(once.list[i].field, "input", 5) == 0, "each fault is somewhere in the value");
    }
    demand_reasons(&once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *line = size > 0 ? memchr(text, '\n', size) : NULL;
    struct arena arena = {0};
    struct json_error error;
    struct faults faults;

    if (!line)
        return 0;
    size_t len = (size_t)(line - text);
    faults_init(&faults, &arena);
    const cJSON *document = json_parse(&arena, text, len, JSON_GRAMMAR, &error);
    const cJSON *value = json_parse(&arena, line + 1, size - len - 1, JSON_REQUEST, &error);
    const struct schema *schema = document ? schema_compile(&arena, document, "#", &faults) : NULL;
    demand(!document || (schema != NULL) == (faults.count == 0), "a schema that is refused has faults");
    demand_reasons(&faults);
    if (schema && value)
        judge(schema, value, &arena);
    arena_free(&arena);
    return 0;
}
