/* Goes through the schemas of a value and writes the template of it: see core/output.h. */
#ifndef CORE_OUTPUT_TEMPLATE_H
#define CORE_OUTPUT_TEMPLATE_H

#include "core/facets.h"
#include "core/output.h"

/* Fills in the parts of `output`, in `arena`, and what files there are. `example` is what the model's example has there
 * (NULL: nothing); it and `model` need not stay. */
void output_read_template(struct arena *arena, struct output *output, const struct facets *facets, const cJSON *example,
                          const cJSON *model);

#endif
