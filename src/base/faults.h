/* What is wrong with a document: a list that grows in an arena, and stops growing at a bound. */
#ifndef BASE_FAULTS_H
#define BASE_FAULTS_H

#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>

enum { FAULTS_MAX = 128 };

struct fault {
    const char *type;        /* "required", "invalid_type": gojsonschema's word for it */
    const char *field;       /* where: "input.scale"; "" is the document itself */
    const char *description; /* "Must be less than or equal to 30" */
};

struct faults {
    struct arena *arena; /* where the texts lie */
    size_t count;
    struct fault list[FAULTS_MAX]; /* of more than these only the first are kept */
};

/* Begins an empty list; the rest of *faults need not be set. */
void faults_init(struct faults *faults, struct arena *arena);

static inline bool faults_full(const struct faults *faults)
{
    return faults->count == FAULTS_MAX;
}

/* Adds one; nothing when the list is full. `type` is a literal, `field` is copied. */
void faults_add(struct faults *faults, const char *type, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
