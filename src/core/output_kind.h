/* What kind of file a model writes: no schema says that. */
#ifndef CORE_OUTPUT_KIND_H
#define CORE_OUTPUT_KIND_H

#include "core/facets.h"
#include "core/plan.h"

/* "mp4", in any case: FILE_WEBM, the nearest that there is. False: nothing is told by that one. */
bool file_kind_of_ending(const char *ending, enum file_kind *kind);

/* By the name of a file or a URL: the same. */
bool file_kind_of_name(const char *name, enum file_kind *kind);

/* Does the example have a file there? */
bool output_is_url(const cJSON *value);

/* The first hint counts: what the model's example has in that place (`example`, NULL: nothing), words and endings of
 * files in the member's `name` (NULL: it is none), words in what the schema says of it, words in the name and
 * description of the model. Otherwise it is a picture. */
enum file_kind output_kind(const struct facets *facets, const char *name, const cJSON *example, const cJSON *model);

#endif
