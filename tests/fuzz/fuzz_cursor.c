/* Any bytes as a cursor: what is accepted means the same when it is written anew; and any number goes there and
 * back, in characters that a query need not escape. */
#include "api/cursor.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static void check_round_trip(const struct cursor *cursor)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    char text[CURSOR_TEXT];
    struct cursor again = {.newer = !cursor->newer, .number = ~cursor->number, .ms = ~cursor->ms};

    cursor_format(text, cursor);
    demand(strspn(text, plain) == strlen(text), "nothing needs escaping");
    demand(cursor_parse(text, &again), "what was written is accepted");
    demand(again.newer == cursor->newer && again.number == cursor->number && again.ms == cursor->ms,
           "a cursor keeps its meaning");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xmemdup0((const char *)data, size);
    struct cursor cursor;

    if (cursor_parse(text, &cursor))
        check_round_trip(&cursor);
    free(text);
    if (size >= sizeof(cursor.number)) {
        memcpy(&cursor.number, data, sizeof(cursor.number));
        cursor.ms = size % 2 == 0 ? 0 : cursor.number ^ size;
        for (int newer = 0; newer < 2; newer++) {
            cursor.newer = newer;
            check_round_trip(&cursor);
        }
    }
    return 0;
}
