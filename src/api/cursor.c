#include "api/cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLAIN_TEXT = 56 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void cursor_format(char text[CURSOR_TEXT], const struct cursor *cursor)
{
    char plain[PLAIN_TEXT] = {0};
    size_t len = (size_t)snprintf(plain, sizeof(plain), "%sp=%" PRIu64, cursor->newer ? "r=1&" : "", cursor->number);

    if (cursor->ms)
        len += (size_t)snprintf(plain + len, sizeof(plain) - len, "+%" PRIu64, cursor->ms);
    // Padded with blanks, which cursor_parse ignores, to whole groups: no `=` needs escaping in a query.
    for (; len % 3 != 0; len++)
        plain[len] = ' ';
    for (size_t i = 0; i < len; i += 3) {
        unsigned group =
            (unsigned)((unsigned char)plain[i] << 16 | (unsigned char)plain[i + 1] << 8 | (unsigned char)plain[i + 2]);
        for (int shift = 18; shift >= 0; shift -= 6)
            *text++ = digits[group >> shift & 63];
    }
    *text = '\0';
}

/* Base64 without padding. False: it is none, or too long for a cursor. */
static bool decode(const char *text, char plain[PLAIN_TEXT])
{
    size_t len = strlen(text), to = 0;

    if (len % 4 != 0 || len >= CURSOR_TEXT)
        return false;
    for (size_t i = 0; i < len; i += 4) {
        unsigned group = 0;
        for (size_t j = 0; j < 4; j++) {
            const char *digit = strchr(digits, text[i + j]);
            if (!digit)
                return false;
            group = group << 6 | (unsigned)(digit - digits);
        }
        plain[to++] = (char)(group >> 16);
        plain[to++] = (char)(group >> 8);
        plain[to++] = (char)group;
    }
    plain[to] = '\0';
    return true;
}

/* Digits alone, at most 20. Behind them; NULL: there are none, or more. */
static const char *read_number(const char *text, uint64_t *number)
{
    size_t len = strspn(text, "0123456789");

    *number = strtoull(text, NULL, 10);
    return len > 0 && len <= 20 ? text + len : NULL;
}

bool cursor_parse(const char *text, struct cursor *cursor)
{
    char plain[PLAIN_TEXT];
    const char *at = plain;

    if (!decode(text, plain))
        return false;
    cursor->newer = strncmp(at, "r=1&", 4) == 0;
    if (cursor->newer)
        at += 4;
    if (strncmp(at, "p=", 2) != 0 || !(at = read_number(at + 2, &cursor->number)))
        return false;
    cursor->ms = 0;
    if (*at == '+' && !(at = read_number(at + 1, &cursor->ms)))
        return false;
    return at[strspn(at, " ")] == '\0';
}
