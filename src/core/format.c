#include "core/format.h"
#include "base/chars.h"
#include "base/uri.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

/* ---- Dates and times, as Go's time.Parse reads them ---- */

/* One or two digits, at most `most`. Moves *at behind them; -1: they are not there. */
static int read_number(const char **at, int fewest, int most)
{
    int number = 0, digits = 0;

    for (; digits < 2 && char_is_digit(**at); digits++, (*at)++)
        number = number * 10 + (**at - '0');
    return digits >= fewest && number <= most ? number : -1;
}

static bool skip(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static int days_in(int month, int year)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 && leap ? 29 : days[month - 1];
}

/* 2006-01-02 */
static bool skip_date(const char **at)
{
    int century = read_number(at, 2, 99);
    int of_century = century < 0 ? -1 : read_number(at, 2, 99);
    if (of_century < 0 || !skip(at, '-'))
        return false;
    int month = read_number(at, 2, 12);
    if (month < 1 || !skip(at, '-'))
        return false;
    int day = read_number(at, 2, days_in(month, century * 100 + of_century));
    return day >= 1;
}

/* 15:04:05. To Go the hour may have one digit, and a fraction may follow, behind a point or a comma. */
static bool skip_time(const char **at)
{
    if (read_number(at, 1, 23) < 0 || !skip(at, ':'))
        return false;
    if (read_number(at, 2, 59) < 0 || !skip(at, ':'))
        return false;
    if (read_number(at, 2, 59) < 0)
        return false;
    if ((**at == '.' || **at == ',') && char_is_digit((*at)[1]))
        *at += 1 + strspn(*at + 1, "0123456789");
    return true;
}

/* Z or +07:00. "some people do write offsets of 24 hours or 60 minutes" (Go's format.go). */
static bool skip_zone(const char **at)
{
    if (skip(at, 'Z'))
        return true;
    if (!skip(at, '+') && !skip(at, '-'))
        return false;
    return read_number(at, 2, 24) >= 0 && skip(at, ':') && read_number(at, 2, 60) >= 0;
}

static bool is_date(const char *text)
{
    return skip_date(&text) && *text == '\0';
}

static bool is_time(const char *text)
{
    return skip_time(&text) && (*text == '\0' || (skip_zone(&text) && *text == '\0'));
}

/* RFC 3339; or a date alone, or a time alone, both of which gojsonschema lets pass. */
static bool is_date_time(const char *text)
{
    if (is_date(text) || is_time(text))
        return true;
    return skip_date(&text) && skip(&text, 'T') && skip_time(&text) && skip_zone(&text) && *text == '\0';
}

/* ---- Names, numbers and addresses ---- */

/* One to 63 letters, digits and hyphens, of which the hyphens are inside. Moves *at behind it. */
static bool skip_label(const char **at)
{
    enum { LABEL_MAX = 63 };
    const char *start = *at;

    while (char_is_alnum(**at) || **at == '-')
        (*at)++;
    return *at > start && *at - start <= LABEL_MAX && *start != '-' && (*at)[-1] != '-';
}

static bool is_hostname(const char *text)
{
    enum { HOSTNAME_MAX = 255 };
    const char *at = text;
    bool good = skip_label(&at);

    while (good && skip(&at, '.'))
        good = skip_label(&at);
    return good && *at == '\0' && at - text <= HOSTNAME_MAX;
}

static bool is_uuid(const char *text)
{
    static const char shape[] = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";

    for (const char *wanted = shape; *wanted; wanted++, text++) {
        bool fits = *wanted == '-' ? *text == '-' : *text && strchr("0123456789abcdefABCDEF", *text);
        if (!fits)
            return false;
    }
    return *text == '\0';
}

static bool is_address(const char *text, char mark)
{
    unsigned char bytes[sizeof(struct in6_addr)];

    if (!strchr(text, mark))
        return false;
    return inet_pton(AF_INET6, text, bytes) == 1 || inet_pton(AF_INET, text, bytes) == 1;
}

/* gojsonschema asks whether it is an IP address with a point in it: so ::ffff:1.2.3.4 is one too. */
static bool is_ipv4(const char *text)
{
    return is_address(text, '.');
}

static bool is_ipv6(const char *text)
{
    return is_address(text, ':');
}

/* ---- E-mail: net/mail.ParseAddress, as far as people write addresses ---- */

/* "a@b.c", "\"a b\"@c", "<a@b.c>", "Joe Q. <a@b.c>", "\"Joe\" <a@b.c>". What Go reads besides and this does
 * not: comments in parentheses, groups ("us: a@b.c;"), IP addresses as domains ("a@[::1]"). What this accepts
 * and Go does not: names that are encoded words (RFC 2047) in a charset that Go does not know. */

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " \t");
}

/* RFC 5322, 3.2.3: what is no special; RFC 6532: and everything beyond ASCII. A point too: these are
 * dot-atoms. */
static bool is_atom_char(char c)
{
    unsigned char byte = (unsigned char)c;

    return byte >= 0x80 || (byte > ' ' && byte < 0x7f && !strchr("()<>[]:;@\\,\"", c));
}

static bool skip_loose_atom(const char **at)
{
    const char *start = *at;

    while (is_atom_char(**at))
        (*at)++;
    return *at > start;
}

/* RFC 5322, 3.2.3: dot-atom-text = 1*atext *("." 1*atext) */
static bool skip_atom(const char **at)
{
    const char *start = *at;

    if (!skip_loose_atom(at) || *start == '.' || (*at)[-1] == '.')
        return false;
    return !memmem(start, (size_t)(*at - start), "..", 2);
}

/* The quotes and what is between them: anything but control bytes, where \ makes the next a plain one. */
static bool skip_quoted(const char **at)
{
    if (!skip(at, '"'))
        return false;
    while (**at != '"') {
        skip(at, '\\');
        unsigned char byte = (unsigned char)**at;
        if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            return false;
        (*at)++;
    }
    (*at)++;
    return true;
}

/* local-part "@" domain */
static bool skip_spec(const char **at)
{
    skip_blanks(at);
    const char *start = *at;
    if (*start == '"' ? !skip_quoted(at) || *at - start == 2 : !skip_atom(at))
        return false;
    if (!skip(at, '@'))
        return false;
    skip_blanks(at);
    return skip_atom(at);
}

/* The words before an address in angle brackets. */
static bool skip_phrase(const char **at)
{
    bool good = true;

    while (good && **at != '<') {
        good = **at == '"' ? skip_quoted(at) : skip_loose_atom(at);
        skip_blanks(at);
    }
    return good;
}

static bool is_email(const char *text)
{
    const char *at = text;

    if (!skip_spec(&at)) {
        at = text;
        skip_blanks(&at);
        if (!skip_phrase(&at) || !skip(&at, '<') || !skip_spec(&at) || !skip(&at, '>'))
            return false;
    }
    skip_blanks(&at);
    return *at == '\0';
}

/* ---- The table ---- */

/* gojsonschema knows more, which models have no use for: uri-template, regex, json-pointer,
 * relative-json-pointer. */
static const struct format {
    const char *name;
    bool (*matches)(const char *text);
} formats[] = {
    {"date", is_date},         {"date-time", is_date_time}, {"email", is_email},
    {"hostname", is_hostname}, {"idn-email", is_email},     {"ipv4", is_ipv4},
    {"ipv6", is_ipv6},         {"iri", uri_is_valid},       {"iri-reference", uri_is_reference},
    {"time", is_time},         {"uri", uri_is_valid},       {"uri-reference", uri_is_reference},
    {"uuid", is_uuid},
};

const struct format *format_find(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

bool format_matches(const struct format *format, const char *text)
{
    return format->matches(text);
}
