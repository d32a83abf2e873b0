/* --scenario: files of rules. */
#ifndef CLI_SCENARIOS_H
#define CLI_SCENARIOS_H

#include "base/buf.h"
#include "core/scenario.h"

/* Reads the rules of a file, `{"scenarios": [rule, …]}` or one rule, and appends them to `rules`. What is wrong is appended
 * to `lines`, each "FILE: path inside it: reason" and a newline; then no rule of the file is there. */
void scenarios_load(struct list *rules, const char *path, struct buf *lines);

/* Reads the rules of all the files of --scenario (a list that ends with NULL) and makes them those of the server, in the
 * place of those that were. What is wrong is appended to `lines`, every fault of every file a line; then nothing has changed.
 * *kept: how many rules stay as they were, and their counters with them. */
void scenarios_give(struct worlds *worlds, const char *const *paths, size_t *kept, struct buf *lines);

/* Does the file hold rules, or models? What cannot be read as JSON, or is neither, counts as models. */
bool scenarios_are_in(const char *path);

#endif
