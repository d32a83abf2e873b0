#include "base/json_parser.h"

#include <stdarg.h>
#include <stdio.h>

bool parser_fail(struct parser *p, const char *where, const char *format, ...)
{
    struct json_error *error = p->error;
    va_list args;

    va_start(args, format);
    vsnprintf(error->reason, sizeof(error->reason), format, args);
    va_end(args);
    error->line = error->column = 1;
    for (const char *at = p->text; at < where; at++) {
        if (*at == '\n') {
            error->line++;
            error->column = 1;
        } else if (((unsigned char)*at & 0xc0) != 0x80) {
            error->column++;
        }
    }
    return false;
}

size_t parser_utf8_length(const char *text, const char *end)
{
    const unsigned char *at = (const unsigned char *)text;
    unsigned char c = at[0];
    size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

    if ((size_t)(end - text) < len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    bool overlong = (c == 0xe0 && at[1] < 0xa0) || (c == 0xf0 && at[1] < 0x90);
    bool surrogate = c == 0xed && at[1] > 0x9f;
    bool too_high = c == 0xf4 && at[1] > 0x8f;
    return overlong || surrogate || too_high ? 0 : len;
}

/* Says what stands at p->at: 'x', "'", 0x07, the end of the text. */
static void describe(const struct parser *p, char *out, size_t size)
{
    if (p->at == p->end) {
        snprintf(out, size, "the end of the text");
        return;
    }
    unsigned char c = (unsigned char)*p->at;
    size_t len = parser_utf8_length(p->at, p->end);
    bool control = c < 0x20 || c == 0x7f || (c == 0xc2 && len == 2 && (unsigned char)p->at[1] < 0xa0);
    if (len == 0 || control)
        snprintf(out, size, "0x%02x", c);
    else if (c == '\'')
        snprintf(out, size, "\"'\"");
    else
        snprintf(out, size, "'%.*s'", (int)len, p->at);
}

bool parser_unexpected(struct parser *p, const char *expected)
{
    char found[24];

    describe(p, found, sizeof(found));
    return parser_fail(p, p->at, "expected %s, found %s", expected, found);
}
