/* One matcher of a rule: what a value of a request has to be like. */
#ifndef CORE_MATCHER_H
#define CORE_MATCHER_H

#include "base/faults.h"
#include "base/json.h"

struct matcher;

/* "A value (equal) or an object of `equals`, `contains`, `matches`, `gt`, `lt`, `present`", which all have to hold. It lies
 * in `arena`, and keeps nothing of `json`. NULL: `faults` says at `path` what is wrong. */
const struct matcher *matcher_compile(struct arena *arena, const cJSON *json, const char *path, struct faults *faults);

/* Does it hold of the value (NULL: there is none)? Only `{"present": false}` holds of none. Whatever takes longer for
 * a larger value, regular expressions above all, takes its steps from *budget; where it is used up, nothing holds any more.
 * Regular expressions do not match a text longer than 64 KiB. */
bool matcher_holds(const struct matcher *matcher, const cJSON *value, size_t *budget);

/* The member of that key, paid for out of *budget. NULL: there is none, or the budget is used up. */
const cJSON *matcher_find_member(const cJSON *object, const char *key, size_t *budget);

/* The same as matcher_holds, of a text. */
bool matcher_holds_text(const struct matcher *matcher, const char *text, size_t *budget);

#endif
