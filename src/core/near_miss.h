/* The last request that met all demands of a rule but one: "near_miss (the last request that matched all but one matcher,
 * and which)". It answers why a rule does not hit. */
#ifndef CORE_NEAR_MISS_H
#define CORE_NEAR_MISS_H

#include "core/rule.h"
#include "core/world.h"

enum { NEAR_MISS_TEXT = 160 }; /* bytes of a text that are kept: a path, a value; of a data: URI only its head */

struct near_miss {
    uint64_t serial;                /* the larger one is the later one, whatever their worlds' clocks show */
    int64_t at;                     /* simulated */
    char world[WORLD_NAME_LEN + 1]; /* in which it happened */
    const struct demand *unmet;     /* of the rule, which outlives it */
    struct slice request;           /* members of JSON, from `got` on; behind the struct */
};

/* `unmet` is the demand that the request did not meet. What is kept is bounded, whatever was sent. NULL: the budget does not
 * last for a look at it. */
struct near_miss *near_miss_new(const struct demand *unmet, struct occasion *occasion, size_t *budget);
void near_miss_free(struct near_miss *miss); /* NULL is fine */

/* Appends it as JSON: when, which demand, what was wanted, what came, and in which request. With the name of its world if
 * `with_world`. NULL is null. */
void near_miss_put(struct buf *out, const struct near_miss *miss, bool with_world);

#endif
