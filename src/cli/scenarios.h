/* --scenario: files of rules. */
#ifndef CLI_SCENARIOS_H
#define CLI_SCENARIOS_H

#include "base/buf.h"
#include "core/scenario.h"

/* Reads the rules of a file, `{"scenarios": [rule, …]}` or one rule, and appends them to `rules`. What is wrong is appended
 * to `lines`, each "FILE: path inside it: reason" and a newline; then no rule of the file is there. */
void scenarios_load(struct list *rules, const char *path, struct buf *lines);

/* Does the file hold rules, or models? What cannot be read as JSON, or is neither, counts as models. */
bool scenarios_are_in(const char *path);

#endif
