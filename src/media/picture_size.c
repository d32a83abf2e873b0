#include "media/picture_size.h"
#include "base/digest.h"
#include "base/mem.h"

#include <stdlib.h>
#include <strings.h>

enum { MAX_HEAD = 1024, MAX_BASE64 = 256 * 1024 }; // how far to look for the comma, and behind it

static uint32_t big(const unsigned char *at, int bytes)
{
    uint32_t number = 0;

    for (int i = 0; i < bytes; i++)
        number = number << 8 | at[i];
    return number;
}

static uint32_t little(const unsigned char *at, int bytes)
{
    uint32_t number = 0;

    for (int i = bytes - 1; i >= 0; i--)
        number = number << 8 | at[i];
    return number;
}

static bool set_size(struct picture_size *size, uint32_t width, uint32_t height)
{
    *size = (struct picture_size){.width = width, .height = height};
    return width > 0 && height > 0;
}

/* The functions below get what stands behind the signature of their kind. */

/* PNG (ISO 15948) 5.6: "The first chunk shall be IHDR", which begins with width and height, 1 to 2^31-1. */
static bool size_of_png(struct picture_size *size, const unsigned char *bytes, size_t len)
{
    if (len < 16 || memcmp(bytes, "\0\0\0\rIHDR", 8) != 0)
        return false;
    uint32_t width = big(bytes + 8, 4), height = big(bytes + 12, 4);
    return width <= INT32_MAX && height <= INT32_MAX && set_size(size, width, height);
}

/* GIF89a 18: the logical screen, which is what viewers show, comes first. */
static bool size_of_gif(struct picture_size *size, const unsigned char *bytes, size_t len)
{
    return len >= 4 && set_size(size, little(bytes, 2), little(bytes + 2, 2));
}

static bool is_frame_header(unsigned char marker)
{
    // SOF0 to SOF15 (sequential, progressive, lossless, arithmetic); DHT, JPG and DAC stand among them.
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/* JPEG (T.81) B.1.1: behind SOI come segments FF, marker, length (its own two bytes included); "Any marker
 * may optionally be preceded by any number of fill bytes" FF. The frame header comes before the first scan
 * (SOS). A height of 0 means that it stands behind the scan (DNL): unknown here. */
static bool size_of_jpeg(struct picture_size *size, const unsigned char *bytes, size_t len)
{
    size_t at = 0;

    while (at + 4 <= len && bytes[at] == 0xff) {
        unsigned char marker = bytes[at + 1];
        size_t length = big(bytes + at + 2, 2);
        if (marker == 0xff) {
            at++;
            continue;
        }
        if (is_frame_header(marker)) // FF SOF length(2) precision(1) height(2) width(2)
            return length >= 8 && at + 9 <= len && set_size(size, big(bytes + at + 7, 2), big(bytes + at + 5, 2));
        if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xda))
            return false; // the scan begins, or a marker without a length: no frame header will come now
        at += 2 + length; // a length below 2 leads to its own bytes, which are no marker
    }
    return false;
}

/* RFC 6386 9.1: a key frame (bit 0 clear), the start code 9d 01 2a, then 14 bits each, scaling above them. */
static bool size_of_vp8(struct picture_size *size, const unsigned char *bytes, size_t len)
{
    if (len < 10 || (bytes[0] & 1) != 0 || memcmp(bytes + 3, "\x9d\x01\x2a", 3) != 0)
        return false;
    return set_size(size, little(bytes + 6, 2) & 0x3fff, little(bytes + 8, 2) & 0x3fff);
}

/* WebP lossless: the signature 2f, then 14 bits width-1 and 14 bits height-1. */
static bool size_of_vp8l(struct picture_size *size, const unsigned char *bytes, size_t len)
{
    if (len < 5 || bytes[0] != 0x2f)
        return false;
    uint32_t bits = little(bytes + 1, 4);
    return set_size(size, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
}

/* WebP extended: flags, three reserved bytes, then 24 bits each of the canvas's width-1 and height-1. */
static bool size_of_vp8x(struct picture_size *size, const unsigned char *bytes, size_t len)
{
    return len >= 10 && set_size(size, little(bytes + 4, 3) + 1, little(bytes + 7, 3) + 1);
}

struct kind {
    const char *magic;
    size_t magic_len;
    size_t skip; // from the first byte to what `size` is given
    bool (*size)(struct picture_size *size, const unsigned char *bytes, size_t len);
};

static bool size_by_kind(const struct kind *kind, struct picture_size *size, const unsigned char *bytes, size_t len)
{
    for (; kind->magic; kind++)
        if (len >= kind->skip && memcmp(bytes, kind->magic, kind->magic_len) == 0)
            return kind->size(size, bytes + kind->skip, len - kind->skip);
    return false;
}

/* RIFF's form "WEBP"; its first chunk (name, length, data) tells which of the three it is. */
static bool size_of_webp(struct picture_size *size, const unsigned char *bytes, size_t len)
{
    static const struct kind chunks[] = {
        {"VP8 ", 4, 8, size_of_vp8}, {"VP8L", 4, 8, size_of_vp8l}, {"VP8X", 4, 8, size_of_vp8x}, {0}};

    return len >= 4 && memcmp(bytes, "WEBP", 4) == 0 && size_by_kind(chunks, size, bytes + 4, len - 4);
}

bool picture_size_of_bytes(struct picture_size *size, const unsigned char *bytes, size_t len)
{
    static const struct kind kinds[] = {{"\x89PNG\r\n\x1a\n", 8, 8, size_of_png},
                                        {"\xff\xd8", 2, 2, size_of_jpeg},
                                        {"GIF87a", 6, 6, size_of_gif},
                                        {"GIF89a", 6, 6, size_of_gif},
                                        {"RIFF", 4, 8, size_of_webp},
                                        {0}};

    return size_by_kind(kinds, size, bytes, len);
}

/* RFC 2397: data:[<mediatype>][;base64],<data>. Where the base64 begins; NULL: it is no such URI. */
static const char *base64_of(const char *uri)
{
    static const char marker[] = ";base64";
    const size_t marker_len = sizeof(marker) - 1;

    if (strncasecmp(uri, "data:", 5) != 0)
        return NULL;
    const char *comma = memchr(uri, ',', strnlen(uri, MAX_HEAD));
    if (!comma || (size_t)(comma - uri) < marker_len)
        return NULL;
    return strncasecmp(comma - marker_len, marker, marker_len) == 0 ? comma + 1 : NULL;
}

/* The three characters of base64 that a careful encoder of URLs escapes. '\0': it is none of them. */
static char unescape(const char *at)
{
    static const struct {
        const char *escape;
        char character;
    } escapes[] = {{"%2B", '+'}, {"%2F", '/'}, {"%3D", '='}};

    for (size_t i = 0; i < sizeof(escapes) / sizeof(*escapes); i++)
        if (strncasecmp(at, escapes[i].escape, 3) == 0)
            return escapes[i].character;
    return '\0';
}

/* Copies base64 without the blanks and line breaks that browsers ignore there. Looks at MAX_BASE64 characters
 * of `text` and no more; `clean` has room for as many. */
static size_t clean_base64(char *clean, const char *text)
{
    const char *end = text + strnlen(text, MAX_BASE64);
    size_t len = 0;

    for (; text < end; text++) {
        char character = *text;
        if (strchr(" \t\r\n", character))
            continue;
        if (character == '%') {
            character = unescape(text);
            text += character ? 2 : 0;
        }
        clean[len++] = character; // what is no base64 the decoder will refuse
    }
    return len;
}

bool picture_size_of_uri(struct picture_size *size, const char *uri)
{
    const char *text = base64_of(uri);

    if (!text)
        return false;
    char *clean = xmalloc(MAX_BASE64);
    size_t clean_len = clean_base64(clean, text);
    unsigned char *bytes = xmalloc(clean_len / 4 * 3);
    long len = digest_base64_decode(bytes, clean, clean_len);
    bool known = len > 0 && picture_size_of_bytes(size, bytes, (size_t)len);
    free(bytes);
    free(clean);
    return known;
}
