/* A training is a prediction whose output is a version: it lives, is stored, waited for and told of as any other. Here is
 * what sets it apart: its plan, the schema of its input, and the version that it pushes when it succeeds. */
#ifndef CORE_TRAINING_H
#define CORE_TRAINING_H

#include "core/catalog.h"
#include "core/prediction.h"

/* The file that `output.weights` leads to. */
#define TRAINING_WEIGHTS "trained_model.tar"

struct training {
    const struct catalog *catalog; /* the destination is looked up when it ends: it may have gone by then */
    char *destination;             /* "owner/name" */
    char version[65];              /* the id of what was pushed; "": nothing yet */
};

struct training *training_new(const struct catalog *catalog, const char *destination);
void training_free(struct training *training);
size_t training_bytes(const struct training *training);

/* What it will print: a progress bar over the steps that the input asks for (`steps`, `max_train_steps`), else 1000. */
void training_plan(struct plan *plan, const cJSON *input);

/* Components.TrainingInput of the version's schema, compiled in `scratch`: trainings are rare, nothing is kept for them.
 * NULL: it has none, any input is fine. */
const struct schema *training_input_schema(struct arena *scratch, const struct version *version);

/* Pushes the trained version to the destination. False: that is not there any more, or takes no further one. */
bool training_push(struct prediction *prediction);

#endif
