#include "base/data_uri.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char scheme[] = "data:", marker[] = ";base64";

enum { SCHEME_LEN = sizeof(scheme) - 1, MARKER_LEN = sizeof(marker) - 1 };

bool data_uri_is(struct slice text)
{
    return text.len >= SCHEME_LEN && strncasecmp(text.data, scheme, SCHEME_LEN) == 0;
}

static const char *end_of_head(struct slice uri)
{
    return data_uri_is(uri) ? memchr(uri.data, ',', uri.len) : NULL;
}

struct slice data_uri_type(struct slice uri)
{
    const char *comma = end_of_head(uri), *begin = uri.data + SCHEME_LEN;

    if (!comma)
        return (struct slice){"", 0};
    const char *semicolon = memchr(begin, ';', (size_t)(comma - begin));
    return (struct slice){begin, (size_t)((semicolon ? semicolon : comma) - begin)};
}

/* --- characters ---------------------------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next character, *at moved behind it. What is no escape stands for itself. */
static unsigned char next(const char **at, const char *end)
{
    const char *c = (*at)++;

    if (*c != '%' || end - c < 3 || hex_digit(c[1]) < 0 || hex_digit(c[2]) < 0)
        return (unsigned char)*c;
    *at += 2;
    return (unsigned char)(hex_digit(c[1]) << 4 | hex_digit(c[2]));
}

static size_t decode_text(char *bytes, const char *at, const char *end)
{
    size_t len = 0;

    while (at < end)
        bytes[len++] = (char)next(&at, end);
    return len;
}

/* --- base64 --------------------------------------------------------------------------------------------------------- */

static int sextet_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static enum data_uri decode_base64(char *bytes, size_t *len, const char *at, const char *end)
{
    unsigned bits = 0, place = 0, pads = 0; // of a group of four: its bits so far, characters, and = in a row

    *len = 0;
    while (at < end) {
        unsigned char c = next(&at, end);
        int sextet = sextet_of(c);
        if (c == '=' && place >= 2 && place + ++pads >= 4)
            return DATA_URI_READ; // what follows the padding is not looked at
        if (sextet < 0)
            continue;
        pads = 0;
        bits = bits << 6 | (unsigned)sextet;
        if (place > 0)
            bytes[(*len)++] = (char)(bits >> (6 - 2 * place));
        place = (place + 1) % 4;
    }
    if (place == 0)
        return DATA_URI_READ;
    *len = *len / 3 * 4 + 1;
    return place == 1 ? DATA_URI_ODD : DATA_URI_PADDING;
}

enum data_uri data_uri_decode(struct slice uri, char **bytes, size_t *len)
{
    const char *comma = end_of_head(uri);

    if (!comma)
        return DATA_URI_NO_COMMA;
    const char *begin = comma + 1, *end = uri.data + uri.len;
    const char *fragment = memchr(begin, '#', (size_t)(end - begin));
    if (fragment)
        end = fragment;
    enum data_uri verdict = DATA_URI_READ;
    char *decoded = xmalloc((size_t)(end - begin) + 1);
    if (comma - uri.data >= SCHEME_LEN + MARKER_LEN && strncasecmp(comma - MARKER_LEN, marker, MARKER_LEN) == 0)
        verdict = decode_base64(decoded, len, begin, end);
    else
        *len = decode_text(decoded, begin, end);
    if (verdict == DATA_URI_READ)
        *bytes = decoded;
    else
        free(decoded);
    return verdict;
}
