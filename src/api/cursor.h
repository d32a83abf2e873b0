/* The opaque cursors of a list: where a page begins, and which way it goes. */
#ifndef API_CURSOR_H
#define API_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

struct cursor {
    bool newer;      /* the page holds what is newer than that, else what is older */
    uint64_t number; /* of the prediction at the edge of the page before */
};

enum { CURSOR_TEXT = 48 };

/* As the real ones look: base64 of "p=123", or "r=1&p=123" for a page backwards; fit to stand in a query. */
void cursor_format(char text[CURSOR_TEXT], const struct cursor *cursor);

/* False: no cursor of ours. */
bool cursor_parse(const char *text, struct cursor *cursor);

#endif
