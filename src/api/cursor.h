/* The opaque cursors of a list: where a page begins, and which way it goes. */
#ifndef API_CURSOR_H
#define API_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

struct cursor {
    bool newer;      /* the page holds what is newer than that, else what is older */
    uint64_t number; /* of the prediction at the edge of the page before */
    uint64_t ms;     /* and its creation, in milliseconds since 1970; 0 in lists of anything else */
};

enum { CURSOR_TEXT = 72 };

/* As the real ones look: base64 of "p=123", or "r=1&p=123" for a page backwards; behind the number, where there is one,
 * the creation: "p=123+1767225600000". Fit to stand in a query. */
void cursor_format(char text[CURSOR_TEXT], const struct cursor *cursor);

/* False: no cursor of ours. */
bool cursor_parse(const char *text, struct cursor *cursor);

#endif
