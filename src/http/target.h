/* The target of a request (RFC 9112, 3.2), taken apart from its raw text: libmicrohttpd decodes before it splits, cuts
 * at %00 and turns a `+` into a blank. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

enum { TARGET_MAX_SEGMENTS = 16, TARGET_MAX_PARAMS = 32 };

struct param {
    const char *name, *value; /* decoded; `?cursor` without a `=` has the value "" */
    bool read;                /* somebody asked for it */
};

struct target {
    const char *authority; /* of an absolute-form target, which goes before the Host header; NULL: origin-form */
    size_t segment_count, param_count;
    const char *segments[TARGET_MAX_SEGMENTS]; /* decoded; empty ones (a doubled or a trailing slash) are left out */
    struct param params[TARGET_MAX_PARAMS];
};

/* Takes `raw` apart, in place: the target points into it. NULL: fine; otherwise a sentence that says what is wrong. */
const char *target_parse(struct target *target, char *raw);

/* The value of a query parameter; NULL: not there. */
const char *target_param(struct target *target, const char *name);

/* A parameter that nobody has asked for; NULL: there is none. */
const char *target_unread_param(const struct target *target);

#endif
