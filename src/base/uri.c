#include "base/uri.h"
#include "base/chars.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A part of the text. */
struct part {
    const char *at;
    size_t len;
};

static struct part part_of(const char *at, const char *end)
{
    return (struct part){.at = at, .len = (size_t)(end - at)};
}

static const char *end_of(struct part part)
{
    return part.at + part.len;
}

/* Where the first (last) such character stands; NULL: none. */
static const char *find(struct part part, char c)
{
    return memchr(part.at, c, part.len);
}

static const char *find_last(struct part part, char c)
{
    return memrchr(part.at, c, part.len);
}

static struct part up_to(struct part part, char c)
{
    const char *found = find(part, c);

    return found ? part_of(part.at, found) : part;
}

static bool begins(struct part part, const char *with)
{
    return part.len >= strlen(with) && memcmp(part.at, with, strlen(with)) == 0;
}

/* In blocks and without a way out of them, which compilers turn into a few instructions: `data:` URIs are
 * long. */
static bool has_control(struct part part)
{
    enum { BLOCK = 64 };
    const unsigned char *at = (const unsigned char *)part.at;
    unsigned char found = 0;

    for (; part.len >= BLOCK && !found; at += BLOCK, part.len -= BLOCK)
        for (int i = 0; i < BLOCK; i++)
            found |= (unsigned char)((at[i] < 0x20) | (at[i] == 0x7f));
    for (size_t i = 0; i < part.len; i++)
        found |= (unsigned char)((at[i] < 0x20) | (at[i] == 0x7f));
    return found;
}

/* ---- Escapes ---- */

static int hex_digit(char c)
{
    if (char_is_digit(c))
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte that the escape at `at` stands for; -1: it is none. */
static int escaped(const char *at, const char *end)
{
    if (end - at < 3)
        return -1;
    int high = hex_digit(at[1]), low = hex_digit(at[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool escapes_are_whole(struct part part)
{
    const char *end = end_of(part);

    for (const char *at = part.at; (at = memchr(at, '%', (size_t)(end - at))); at += 3)
        if (escaped(at, end) < 0)
            return false;
    return true;
}

/* ---- The authority: [user@]host[:port] ---- */

/* RFC 3986, 3.2.2: unreserved and sub-delims; Go adds what stands around ports and addresses, and < > ". */
static bool is_host_byte(unsigned char c)
{
    return char_is_alnum((char)c) || (c && strchr("-_.~!$&'()*+,;=:[]<>\"", c));
}

/* In a host an escape can only be for a byte beyond ASCII, or %25 for a percent sign. */
static bool host_may_escape(int byte)
{
    return byte >= 0x80 || byte == '%';
}

/* In a zone it can be for whatever may stand there as it is, and a blank: "Windows puts spaces here"
 * (net/url). */
static bool zone_may_escape(int byte)
{
    return byte == '%' || byte == ' ' || (byte >= 0 && is_host_byte((unsigned char)byte));
}

static bool host_is_spelled(struct part part, bool (*may_escape)(int byte))
{
    const char *end = end_of(part);

    for (const char *at = part.at; at < end; at++) {
        if (*at == '%') {
            if (!may_escape(escaped(at, end)))
                return false;
            at += 2;
        } else if ((unsigned char)*at < 0x80 && !is_host_byte((unsigned char)*at)) {
            return false;
        }
    }
    return true;
}

static bool is_port(struct part part)
{
    if (part.len == 0)
        return true;
    if (*part.at != ':')
        return false;
    for (size_t i = 1; i < part.len; i++)
        if (!char_is_digit(part.at[i]))
            return false;
    return true;
}

static bool is_ipv6(struct part part)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct in6_addr address;

    if (part.len >= sizeof(text))
        return false;
    memcpy(text, part.at, part.len);
    return inet_pton(AF_INET6, text, &address) == 1;
}

/* RFC 6874: IP-literal = "[" ( IPv6address / IPv6addrz / IPvFuture ) "]", where %25 and a zone make an
 * IPv6addrz. Go knows no IPvFuture. `part` is what stands between the brackets. */
static bool is_literal(struct part part)
{
    struct part address = part, zone;
    const char *percent = memmem(part.at, part.len, "%25", 3);

    if (percent) {
        address = part_of(part.at, percent);
        zone = part_of(percent + 3, end_of(part));
        if (zone.len == 0 || !host_is_spelled(zone, zone_may_escape))
            return false;
    }
    return is_ipv6(address);
}

/* Some databases list their hosts, a port with each, so that Go looks at the last colon only: not with http.
 * */
static const char *colon_before_port(struct part scheme, struct part host)
{
    bool is_http = (scheme.len == 4 || scheme.len == 5) && strncasecmp(scheme.at, "https", scheme.len) == 0;

    return is_http ? find(host, ':') : find_last(host, ':');
}

static bool is_host(struct part scheme, struct part host)
{
    const char *open = find_last(host, '[');

    if (open) {
        const char *close = find_last(host, ']');
        return open == host.at && close && is_port(part_of(close + 1, end_of(host))) &&
               is_literal(part_of(open + 1, close));
    }
    const char *colon = colon_before_port(scheme, host);
    return (!colon || is_port(part_of(colon, end_of(host)))) && host_is_spelled(host, host_may_escape);
}

/* RFC 3986, 3.2.1: unreserved / pct-encoded / sub-delims / ":"; and an @, for the sake of passwords that have
 * one. */
static bool is_user(struct part user)
{
    for (size_t i = 0; i < user.len; i++)
        if (!char_is_alnum(user.at[i]) && !strchr("-._:~!$&'()*+,;=%@", user.at[i]))
            return false;
    return escapes_are_whole(user);
}

static bool is_authority(struct part scheme, struct part authority)
{
    const char *at_sign = find_last(authority, '@');

    if (!at_sign)
        return is_host(scheme, authority);
    struct part user = part_of(authority.at, at_sign), host = part_of(at_sign + 1, end_of(authority));
    return is_user(user) && is_host(scheme, host);
}

/* ---- The whole ---- */

/* RFC 3986, 3.1: ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ), and the colon behind. Empty: there is none. */
static struct part scheme_of(struct part text)
{
    size_t len = 0;

    while (len < text.len && (char_is_alnum(text.at[len]) || strchr("+-.", text.at[len])))
        len++;
    bool is_scheme = len < text.len && text.at[len] == ':' && !strchr("0123456789+-.", *text.at);
    return (struct part){.at = text.at, .len = is_scheme ? len : 0};
}

/* [//authority][path]: what is left of a URI without scheme, query and fragment. */
static bool is_hierarchy(struct part scheme, struct part rest)
{
    struct part path = rest;

    if (begins(rest, "//")) {
        struct part authority = up_to(part_of(rest.at + 2, end_of(rest)), '/');
        if (!is_authority(scheme, authority))
            return false;
        path = part_of(end_of(authority), end_of(rest));
    }
    return escapes_are_whole(path);
}

static bool is_uri(const char *whole, bool wants_scheme)
{
    struct part all = {.at = whole, .len = strlen(whole)}, text = up_to(all, '#');
    struct part fragment = part_of(end_of(text), end_of(all));

    // gojsonschema wants no backslash anywhere; Go looks for control bytes before the # only.
    if (find(all, '\\') || has_control(text) || !escapes_are_whole(fragment))
        return false;
    struct part scheme = scheme_of(text);
    if (scheme.len == 0) {
        struct part rest = up_to(text, '?');
        // RFC 3986, 4.2: no colon in a relative reference's first segment, it would be mistaken for a scheme.
        return !wants_scheme && !find(up_to(rest, '/'), ':') && is_hierarchy(scheme, rest);
    }
    struct part rest = up_to(part_of(end_of(scheme) + 1, end_of(text)), '?');
    bool is_opaque = !begins(rest, "/"); // data:…, mailto:…: anything goes
    return is_opaque || is_hierarchy(scheme, rest);
}

bool uri_is_reference(const char *text)
{
    return is_uri(text, false);
}

bool uri_is_valid(const char *text)
{
    return is_uri(text, true);
}
