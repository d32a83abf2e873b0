/* Errors: application/problem+json, compact, with a newline behind, as the real API sends them. */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

#include "base/faults.h"
#include "base/mem.h"
#include "http/response.h"

/* {"title":…,"detail":…,"status":…}; without a title {"detail":…,"status":…}. Replaces what was in the response. */
void problem(struct response *response, int status, const char *title, const char *detail);

void problem_printf(struct response *response, int status, const char *title, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Text of a client's, for quoting in `detail`: cut after some 60 bytes, what is not printable or no UTF-8 as `?`. In
 * `arena`. */
const char *problem_quote(struct arena *arena, const char *text);

/* The 422 of a body that breaks its schema: {"detail":"- field: description\n…","status":422,"title":"Input validation
 * failed","invalid_fields":[{"type":…,"field":…,"description":…}]}. */
void problem_invalid_fields(struct response *response, const struct faults *faults);

#endif
