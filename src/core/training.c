#include "core/training.h"
#include "base/json_scan.h"
#include "core/models.h"
#include "core/schema.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 1000 }; // of a training that does not say: what the recorded one of stability-ai/sdxl has

struct training *training_new(const struct catalog *catalog, const char *destination)
{
    struct training *training = xnew(struct training);

    training->catalog = catalog;
    training->destination = xstrdup(destination);
    return training;
}

void training_free(struct training *training)
{
    free(training->destination);
    free(training);
}

size_t training_bytes(const struct training *training)
{
    return sizeof(*training) + strlen(training->destination) + 1;
}

void training_plan(struct plan *plan, const cJSON *input)
{
    static const char *const names[] = {"steps", "max_train_steps"};
    double steps = STEPS;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (json_get_number(input, names[i], &steps))
            break;
    bool is_count = steps >= 1 && steps <= 1e9;
    *plan = (struct plan){.steps = is_count ? (int64_t)steps : STEPS, .pieces = 1};
}

const struct schema *training_input_schema(struct arena *scratch, const struct version *version)
{
    struct slice schemas = json_scan_member(json_scan_member(version->openapi_schema, "components"), "schemas");
    struct json_error error;
    struct faults faults;

    if (json_scan_member(schemas, "TrainingInput").len == 0)
        return NULL;
    faults_init(&faults, scratch);
    const cJSON *openapi =
        json_parse(scratch, version->openapi_schema.data, version->openapi_schema.len, JSON_GRAMMAR, &error);
    return openapi ? schema_compile(scratch, openapi, "#/components/schemas/TrainingInput", &faults) : NULL;
}

bool training_push(struct prediction *prediction)
{
    struct training *training = prediction->training;
    struct world *world = prediction->world;
    const char *name = training->destination;
    struct model *destination = models_find(training->catalog, world, name, strlen(name));
    const struct version *pushed = destination ? models_push_version(world, destination, prediction->version) : NULL;

    if (pushed)
        snprintf(training->version, sizeof(training->version), "%s", pushed->id);
    return pushed != NULL;
}
