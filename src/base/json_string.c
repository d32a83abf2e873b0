#include "base/json_parser.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Is every byte of these eight ASCII, no control character, no quote and no backslash? A subtraction sets the
 * top bit of a byte that is too small, and of others only above such a byte: no mistake for the eight. */
static bool is_plain_word(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    uint64_t control = word - ones * 0x20;
    uint64_t quote = (word ^ ones * '"') - ones;
    uint64_t backslash = (word ^ ones * '\\') - ones;
    return ((word | control | quote | backslash) & ones * 0x80) == 0;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static const char *skip_beyond_ascii(const char *at, const char *end)
{
    while (at < end && (unsigned char)*at >= 0x80) {
        size_t len = parser_utf8_length(at, end);
        if (len == 0)
            break;
        at += len;
    }
    return at;
}

/* Goes on to the first byte that does not stand for itself: a quote, a backslash, one that may not be here,
 * or the end. */
static void skip_plain(struct parser *p)
{
    const char *at = p->at, *end = p->end;

    for (;;) {
        while (end - at >= 8 && is_plain_word(at))
            at += 8;
        while (at < end && is_plain((unsigned char)*at))
            at++;
        const char *behind = skip_beyond_ascii(at, end);
        if (behind == at)
            break;
        at = behind;
    }
    p->at = at;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits behind a \u, -1 where they are not all there. */
static long hex4(const char *at, const char *end)
{
    long code = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        code = code << 4 | digit;
    }
    return code;
}

static char *put_utf8(char *to, long code)
{
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

/* With p->at behind a surrogate: the character it makes with the escape that follows, which is then taken.
 * RFC 8259, 8.2, leaves a lone one open; Go puts U+FFFD for it and reads on behind it. */
static long join_surrogates(struct parser *p, long high)
{
    const long replacement = 0xfffd;

    if (high >= 0xdc00 || p->end - p->at < 2 || memcmp(p->at, "\\u", 2) != 0)
        return replacement;
    long low = hex4(p->at + 2, p->end);
    if (low < 0xdc00 || low > 0xdfff)
        return replacement;
    p->at += 6;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static bool fail_nul(struct parser *p)
{
    return parser_fail(p, p->at, "a string may not contain \\u0000");
}

/* p->at is on the backslash of a \u. */
static bool parse_unicode_escape(struct parser *p, char **to)
{
    long code = hex4(p->at + 2, p->end);

    if (code < 0) {
        p->at += 2;
        while (p->at < p->end && hex_digit(*p->at) >= 0)
            p->at++;
        return parser_unexpected(p, "four hexadecimal digits after \\u");
    }
    if (code == 0 && (p->rules & JSON_NO_NUL))
        return fail_nul(p);
    p->at += 6;
    if (code >= 0xd800 && code <= 0xdfff)
        code = join_surrogates(p, code);
    *to = put_utf8(*to, code);
    return true;
}

/* p->at is on the backslash. What an escape stands for is shorter than itself. */
static bool parse_escape(struct parser *p, char **to)
{
    static const char letters[] = {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'};
    static const char meant[] = {'"', '\\', '/', '\b', '\f', '\n', '\r', '\t'};

    if (p->end - p->at >= 2 && p->at[1] == 'u')
        return parse_unicode_escape(p, to);
    const char *letter = p->end - p->at >= 2 ? memchr(letters, p->at[1], sizeof(letters)) : NULL;
    if (!letter) {
        p->at++;
        return parser_unexpected(p, "one of \" \\ / b f n r t u after \\");
    }
    *(*to)++ = meant[letter - letters];
    p->at += 2;
    return true;
}

/* p->at is on what ended skip_plain, and it is no quote and no backslash. */
static bool fail_in_string(struct parser *p)
{
    int c = parser_peek(p);

    if (c == EOF)
        return parser_unexpected(p, "'\"' at the end of the string");
    if (c >= 0x20)
        return parser_fail(p, p->at, "expected UTF-8 in a string, found the byte 0x%02x", (unsigned)c);
    if (c == 0 && (p->rules & JSON_NO_NUL))
        return fail_nul(p);
    return parser_fail(p, p->at, "a control character in a string must be written as \\u%04x", (unsigned)c);
}

bool parser_string(struct parser *p, char **string)
{
    p->at++;
    char *to = *string = parser_copy_of(p, p->at);
    for (;;) {
        const char *from = p->at;
        skip_plain(p);
        size_t len = (size_t)(p->at - from);
        if (to != parser_copy_of(p, from))
            memcpy(to, from, len); // an escape before has made it shorter
        to += len;
        switch (parser_peek(p)) {
        case '"':
            *to = '\0';
            p->at++;
            return true;
        case '\\':
            if (!parse_escape(p, &to))
                return false;
            break;
        default: return fail_in_string(p);
        }
    }
}

/* Eight bytes at once, as long as all of them are ASCII. */
static const char *skip_ascii(const char *at, const char *end)
{
    for (uint64_t eight; end - at >= (ptrdiff_t)sizeof(eight); at += sizeof(eight)) {
        memcpy(&eight, at, sizeof(eight));
        if (eight & UINT64_C(0x8080808080808080))
            break;
    }
    return at;
}

/* How many bytes are well-formed, from the first on. */
static size_t sound_length(const char *text, const char *end)
{
    const char *at = text;
    size_t step = 1;

    while (at < end && step > 0) {
        at = skip_ascii(at, end);
        step = at < end ? parser_utf8_length(at, end) : 0;
        at += step;
    }
    return (size_t)(at - text);
}

bool json_is_utf8(const char *text, size_t len)
{
    return len == 0 || sound_length(text, text + len) == len; // without bytes there may be nothing to point at
}

void json_put_bytes(struct buf *out, const char *bytes, size_t len)
{
    struct buf text = {0};

    if (json_is_utf8(bytes, len)) {
        buf_json_string(out, len > 0 ? bytes : "", len); // there may be no bytes to point at
        return;
    }
    for (const char *at = bytes, *end = bytes + len; at < end;) {
        size_t step = sound_length(at, end);
        buf_add(&text, at, step);
        at += step;
        if (at < end)
            buf_lit(&text, "\xef\xbf\xbd");
        at += at < end;
    }
    buf_json_string(out, text.data, text.len);
    buf_free(&text);
}
