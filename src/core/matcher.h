/* One matcher of a rule: what a value of a request has to be like. */
#ifndef CORE_MATCHER_H
#define CORE_MATCHER_H

#include "base/faults.h"
#include "base/json.h"

struct matcher;

/* "A value (equal) or an object of `equals`, `contains`, `matches`, `gt`, `lt`, `present`", which all have to hold. It lies
 * in `arena`, and keeps nothing of `json`. NULL: `faults` says at `path` what is wrong. */
const struct matcher *matcher_compile(struct arena *arena, const cJSON *json, const char *path, struct faults *faults);

/* Does it hold of the value (NULL: there is none)? Only `{"present": false}` holds of none. Regular expressions take their
 * steps from *budget; where it is used up, or a text is longer than 64 KiB, they do not match. */
bool matcher_holds(const struct matcher *matcher, const cJSON *value, size_t *budget);

/* The same of a text. */
bool matcher_holds_text(const struct matcher *matcher, const char *text, size_t *budget);

#endif
