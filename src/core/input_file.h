/* The file that a prediction reads before it makes anything, as far as its input and its rule tell of it. */
#ifndef CORE_INPUT_FILE_H
#define CORE_INPUT_FILE_H

#include "core/prediction.h"

/* The URL as its input has it, a string of JSON with its quotes; empty: it reads nothing. A part of prediction->input. */
struct slice input_file_quoted(const struct prediction *prediction);

/* The URL itself, in the arena; of one that is longer than INPUT_URL_MAX, as a data: URI may be, its beginning, which ends
 * with a whole character. */
struct slice input_file_url(struct arena *arena, const struct prediction *prediction);

/* False: its rule says how it ends, or what it puts out, and the file changes nothing. */
bool input_file_matters(const struct prediction *prediction);

/* Does the prediction fail where its file cannot be read? Not where its rule says that it succeeds. */
bool input_file_may_fail(const struct prediction *prediction);

#endif
