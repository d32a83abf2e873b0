/* The judge of the conformance tests: are the answers that a test has seen as schema/openapi.json and
 * schema/control.json say? It knows nothing of the server's code but the schemas' engine. */
#ifndef TESTS_LIB_DESCRIBED_H
#define TESTS_LIB_DESCRIBED_H

#include <stdbool.h>
#include <stddef.h>

struct described;

/* An answer, and what was asked. */
struct seen {
    const char *method, *target; /* of the request's first line: "GET", "/v1/predictions?cursor=…" */
    const char *host;            /* its Host; NULL: none that matters */
    int status;
    const char *type; /* Content-Type of the answer; "": none */
    const char *body; /* NULL: there is none, or nobody kept it; then all but the body is looked at */
    size_t len;
};

/* Reads both descriptions, as they are compiled in. */
struct described *described_new(void);
void described_free(struct described *described); /* NULL is fine */

/* NULL: it is as described. Else what is not, for people; good until the next call. Not looked at: 1xx, 3xx, and 5xx that
 * no operation promises. */
const char *described_fault(struct described *described, const struct seen *seen);

/* The operationId of what was asked; NULL: a path or method that nothing is described for. */
const char *described_operation(struct described *described, const struct seen *seen);

/* Is `id` described for this method and path ("GET", "/predictions/{id}", whatever the names in braces)? */
bool described_route(struct described *described, const char *method, const char *path, const char *id);

/* Calls `each` for every operation; `control`: of /_mock, else of the API. */
void described_each(struct described *described, bool control,
                    void (*each)(void *arg, const char *id, const char *method, const char *path), void *arg);

#endif
