/* Names of operations, and the patterns by which rules name them: "predictions.create", "*predictions.create". Which
 * operations there are, whoever serves them knows. */
#ifndef CORE_OPERATION_H
#define CORE_OPERATION_H

#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>

struct operation {
    const char *name; /* NULL: it stands behind the last one */
    bool takes_rules;
};

/* The operation at that place: 0, 1, … up to the one without a name; several may have the same name. */
struct operations {
    struct operation (*at)(size_t place);
};

/* Letters, digits, dots and underscores, with a `*` at an end or at both: it stands for anything, also for nothing. */
bool operation_is_pattern(const char *text);

bool operation_matches(const char *pattern, const char *name);

/* Is it one of the three that create predictions? */
bool operation_creates(const char *name);

/* NULL: there is an operation that takes rules and that the pattern matches. Otherwise why there is none, for whoever wrote
 * the pattern, with the name that is nearest to it; in `arena`. Without operations (NULL) there is never any. */
const char *operation_fault(const struct operations *operations, const char *pattern, struct arena *arena);

#endif
