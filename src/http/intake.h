/* How many bytes of request bodies are in memory, and how many may be. Bodies that may be larger than others count for
 * themselves: one of them would leave no room for the many. */
#ifndef HTTP_INTAKE_H
#define HTTP_INTAKE_H

#include <stdbool.h>
#include <stddef.h>

struct intake {
    size_t body_limit; /* of an ordinary body */
    size_t ordinary, large;
};

/* Counts `len` bytes more of a body that may have `body_limit` of them. False: they would be too many together, and were
 * not counted. */
bool intake_add(struct intake *intake, size_t body_limit, size_t len);
void intake_remove(struct intake *intake, size_t body_limit, size_t len);

#endif
