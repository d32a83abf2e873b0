/* A fuzz target through the whole program: each input is a request, and what must hold of its answer is asserted with
 * check, whose asserts need a runner around them: each input is a test of its own, in this very process. One that fails
 * ends it. After so many inputs the stage is struck, which shows that nothing is left behind. */
#ifndef TESTS_FUZZ_STAGED_H
#define TESTS_FUZZ_STAGED_H

#include "lib/world.h"

#include <stddef.h>

struct staged {
    const char *options;                                       /* of the program */
    const char *json;                                          /* what the answer has to be like: see client_expect */
    void (*check)(struct stage *stage, struct client *client); /* the answer is there */
};

/* Sends that body to "METHOD /path". */
void staged_send(const struct staged *what, const char *request, const char *body, size_t len);

#endif
