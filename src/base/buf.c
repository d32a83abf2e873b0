#include "base/buf.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void buf_reserve(struct buf *buf, size_t more)
{
    size_t need = buf->len + more;

    if (need <= buf->cap)
        return;
    size_t cap = buf->cap ? buf->cap * 2 : 256;
    buf->cap = cap < need ? need : cap;
    buf->data = xrealloc(buf->data, buf->cap);
}

void buf_int(struct buf *buf, int64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do
        digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        buf_char(buf, '-');
    buf_add(buf, digits + at, sizeof(digits) - at);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    buf_reserve(buf, (size_t)len + 1);
    vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
    va_end(again);
    buf->len += (size_t)len;
}

/* How Go writes a byte inside a string: 0 as it is, 'u' as \u00XX, otherwise the letter behind the backslash. 0xe2
 * may begin U+2028 or U+2029, and wants a closer look. */
static const char escapes[256] = {
    ['\0'] = 'u', [1] = 'u',     [2] = 'u',    [3] = 'u',   [4] = 'u',    [5] = 'u',    [6] = 'u',  [7] = 'u',
    ['\b'] = 'b', ['\t'] = 't',  ['\n'] = 'n', [11] = 'u',  ['\f'] = 'f', ['\r'] = 'r', [14] = 'u', [15] = 'u',
    [16] = 'u',   [17] = 'u',    [18] = 'u',   [19] = 'u',  [20] = 'u',   [21] = 'u',   [22] = 'u', [23] = 'u',
    [24] = 'u',   [25] = 'u',    [26] = 'u',   [27] = 'u',  [28] = 'u',   [29] = 'u',   [30] = 'u', [31] = 'u',
    ['"'] = '"',  ['\\'] = '\\', ['<'] = 'u',  ['>'] = 'u', ['&'] = 'u',  [0xe2] = '?',
};

/* Is every byte of these eight ASCII that stands for itself? Masking a bit makes one of `"` and `&`, and one of `<` and
 * `>`. A subtraction sets the top bit of a byte that is too small, and of others only above such a byte: no mistake for
 * the eight. */
static bool is_plain_word(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    uint64_t control = word - ones * 0x20;
    uint64_t quote_or_and = ((word & ones * 0xfb) ^ ones * '"') - ones;
    uint64_t less_or_more = ((word & ones * 0xfd) ^ ones * '<') - ones;
    uint64_t backslash = (word ^ ones * '\\') - ones;
    return ((word | control | quote_or_and | less_or_more | backslash) & ones * 0x80) == 0;
}

/* U+2028 and U+2029 end a line in JavaScript; Go escapes them too. In UTF-8: e2 80 a8 and e2 80 a9. */
static bool is_line_separator(const char *at, const char *end)
{
    return end - at >= 3 && memcmp(at, "\xe2\x80", 2) == 0 && ((unsigned char)at[2] | 1) == 0xa9;
}

static void add_escaped(struct buf *buf, unsigned char c)
{
    char letter = escapes[c];

    buf_char(buf, '\\');
    buf_char(buf, letter);
    if (letter == 'u') {
        const char *hex = "0123456789abcdef";
        buf_lit(buf, "00");
        buf_char(buf, hex[c >> 4]);
        buf_char(buf, hex[c & 15]);
    }
}

void buf_json_string(struct buf *buf, const char *text, size_t len)
{
    const char *end = text + len, *at = text;

    buf_reserve(buf, len + 2);
    buf_char(buf, '"');
    for (;;) {
        const char *plain = at;
        while (end - at >= 8 && is_plain_word(at))
            at += 8;
        while (at < end && escapes[(unsigned char)*at] == '\0')
            at++;
        buf_add(buf, plain, (size_t)(at - plain));
        if (at == end)
            break;
        if ((unsigned char)*at != 0xe2)
            add_escaped(buf, (unsigned char)*at++);
        else if (!is_line_separator(at, end))
            buf_char(buf, *at++);
        else {
            buf_str(buf, (unsigned char)at[2] == 0xa8 ? "\\u2028" : "\\u2029");
            at += 3;
        }
    }
    buf_char(buf, '"');
}

char *buf_take(struct buf *buf, size_t *len)
{
    char *data = buf->data;

    *len = buf->len;
    *buf = (struct buf){0};
    return data;
}

const char *buf_cstr(struct buf *buf)
{
    buf_reserve(buf, 1);
    buf->data[buf->len] = '\0';
    return buf->data;
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}
