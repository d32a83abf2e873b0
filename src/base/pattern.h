/* Regular expressions: PCRE2, in bounds. The only file that knows it. */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include "base/mem.h"

#include <stdbool.h>

enum {
    PATTERN_MAX = 256,               /* bytes of an expression */
    PATTERN_SUBJECT_MAX = 64 * 1024, /* bytes of a text that one is held against */
};

struct pattern;

/* Compiles `text`: `\d \w \s` mean ASCII, `.` is a character of UTF-8 and no newline, `$` the very end, \uXXXX a
 * character. In `arena`, with everything that it needs. NULL: it cannot be read, `reason` says why. */
const struct pattern *pattern_compile(struct arena *arena, const char *text, char reason[160]);

enum pattern_verdict {
    PATTERN_NO,
    PATTERN_YES,
    PATTERN_TOO_MUCH, /* the budget is used up, or the memory for one match */
};

/* Does it match anywhere in the text, which is UTF-8 of at most PATTERN_SUBJECT_MAX bytes? Each step of the search takes
 * one from *budget, so that no expression, however contrived, holds anybody up. */
enum pattern_verdict pattern_search(const struct pattern *pattern, const char *text, size_t len, size_t *budget);

#endif
