#include "http/multipart.h"
#include "base/chars.h"

#include <strings.h>

struct reader {
    struct arena *arena;
    const char *begin, *at, *end; /* of the body */
    const char *delimiter;        /* CR LF and two dashes before the boundary; in the first line without the CR LF */
    size_t delimiter_len;
    const char *fault; /* NULL: none yet */
};

static const char blanks[] = " \t";
static const char form_data[] = "multipart/form-data";

/* --- header values ---------------------------------------------------------------------------------------------- */

/* Takes a quoted string off into `value`; *at is behind its first quote. "A quoted-pair is a backslash and a character":
 * but only quote and backslash are ever quoted so, and old browsers sent C:\pictures\a.png as it is. */
static void take_quoted(char *value, const char **at)
{
    const char *from = *at;

    for (; *from && *from != '"'; from++) {
        if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
            from++;
        *value++ = *from;
    }
    *value = '\0';
    *at = from + (*from == '"');
}

static void take_token(char *value, const char **at)
{
    size_t len = strcspn(*at, ";"), kept = len;

    while (kept > 0 && strchr(blanks, (*at)[kept - 1]))
        kept--;
    memcpy(value, *at, kept);
    value[kept] = '\0';
    *at += len;
}

/* The value of a parameter (`form-data; name="a"; filename=b`), unquoted; NULL: it is not there. */
static char *find_param(struct arena *arena, const char *header, const char *name)
{
    char *value = arena_alloc(arena, strlen(header) + 1); // one for all that are passed on the way
    const char *at = header + strcspn(header, ";");

    while (*at) {
        at += strspn(at, "; \t");
        size_t len = strcspn(at, "=; \t");
        bool found = len == strlen(name) && strncasecmp(at, name, len) == 0;
        at += len;
        at += strspn(at, blanks);
        if (*at != '=')
            continue;
        at += 1 + strspn(at + 1, blanks);
        bool quoted = *at == '"';
        at += quoted;
        (quoted ? take_quoted : take_token)(value, &at);
        if (found)
            return value;
        at += strcspn(at, ";");
    }
    return NULL;
}

static int hex_value(char c)
{
    return char_is_digit(c) ? c - '0' : char_is_alnum(c) && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Decodes %XX in place; with `only` set nothing but the characters in it. */
static void decode_percent(char *text, const char *only)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        int high = *from == '%' ? hex_value(from[1]) : -1, low = high < 0 ? -1 : hex_value(from[2]);
        char c = (char)(high * 16 + low);
        if (low >= 0 && c != '\0' && (!only || strchr(only, c))) {
            *to++ = c;
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

/* "Encode U+000A as %0A, U+000D as %0D, U+0022 as %22" (HTML, 4.10.21.8), and no others: a % stays what it is. */
static char *find_form_param(struct arena *arena, const char *header, const char *name)
{
    char *value = find_param(arena, header, name);

    if (value)
        decode_percent(value, "\"\r\n");
    return value;
}

/* RFC 8187: UTF-8''%e2%82%ac.png. RFC 7578 forbids it here, and Python's requests sends it. */
static char *find_extended_filename(struct arena *arena, const char *header)
{
    char *value = find_param(arena, header, "filename*");

    if (!value || strncasecmp(value, "utf-8'", 6) != 0 || !strchr(value + 6, '\''))
        return NULL;
    value = strchr(value + 6, '\'') + 1;
    decode_percent(value, NULL);
    return value;
}

static const char *find_filename(struct arena *arena, const char *header)
{
    const char *name = find_extended_filename(arena, header);

    if (!name)
        name = find_form_param(arena, header, "filename");
    const char *slash = name ? strrchr(name, '/') : NULL; // "only the last component is used", as Go's readers do
    return slash ? slash + 1 : name;
}

/* --- boundaries ------------------------------------------------------------------------------------------------- */

/* Does the line that begins with a delimiter end as such a line does: CR LF, or two dashes where it is the last? Blanks
 * before that are padding of a transport (RFC 2046). Returns what is behind it; NULL: it is some other line. */
static const char *end_of_delimiter(const struct reader *reader, const char *tail, bool *last)
{
    *last = reader->end - tail >= 2 && memcmp(tail, "--", 2) == 0;
    if (*last)
        tail += 2;
    while (tail < reader->end && strchr(blanks, *tail) && *tail)
        tail++;
    if (reader->end - tail >= 2 && memcmp(tail, "\r\n", 2) == 0)
        return tail + 2;
    return *last && tail == reader->end ? tail : NULL;
}

/* Goes on to what is behind the next delimiter. Returns where that begins, which is where the content before it ends;
 * NULL: there is none. */
static const char *pass_delimiter(struct reader *reader, bool *last)
{
    const char *dashes = reader->delimiter + 2, *after;
    size_t len = reader->delimiter_len;

    // In the first line of the body, and behind an empty line of headers, its CR LF is there already.
    if ((size_t)(reader->end - reader->at) >= len - 2 && memcmp(reader->at, dashes, len - 2) == 0) {
        const char *begin = reader->at;
        after = end_of_delimiter(reader, begin + len - 2, last);
        if (after) {
            reader->at = after;
            return begin;
        }
    }
    for (const char *from = reader->at;; from++) {
        from = memmem(from, (size_t)(reader->end - from), reader->delimiter, len);
        if (!from)
            return NULL;
        after = end_of_delimiter(reader, from + len, last);
        if (after) {
            reader->at = after;
            return from;
        }
    }
}

static bool read_boundary(struct reader *reader, const char *content_type)
{
    const char *boundary = content_type ? find_param(reader->arena, content_type, "boundary") : NULL;
    size_t len = boundary ? strlen(boundary) : 0;

    if (len == 0)
        reader->fault = "The Content-Type names no boundary; it must be: multipart/form-data; boundary=...";
    else if (len > MULTIPART_MAX_BOUNDARY)
        reader->fault = arena_printf(reader->arena, "The boundary in the Content-Type is longer than %d characters.",
                                     MULTIPART_MAX_BOUNDARY);
    else
        reader->delimiter = arena_printf(reader->arena, "\r\n--%s", boundary);
    reader->delimiter_len = len + 4;
    return !reader->fault;
}

/* --- parts ------------------------------------------------------------------------------------------------------ */

static bool fail(struct reader *reader, const struct multipart *multipart, const char *what)
{
    reader->fault = arena_printf(reader->arena, "Part %zu of the multipart body, before byte %zu: %s",
                                 multipart->count + 1, (size_t)(reader->at - reader->begin), what);
    return false;
}

/* Takes a line of a part's headers off, as a C string in the arena. NULL: it is the empty line behind them, or what is
 * there is none (reader->fault says so). */
static const char *take_header(struct reader *reader, const struct multipart *multipart, const char *head_end)
{
    const char *end = memmem(reader->at, (size_t)(head_end - reader->at), "\r\n", 2);

    if (!end) {
        fail(reader, multipart,
             head_end < reader->end
                 ? "its headers are longer than 8192 bytes, or lines do not end with CR LF."
                 : "the body ends in its headers; lines end with CR LF, and behind them is an empty one.");
        return NULL;
    }
    const char *line = arena_strndup(reader->arena, reader->at, (size_t)(end - reader->at));
    for (const char *at = reader->at; at < end; at++) {
        if (((unsigned char)*at >= 0x20 && *at != 0x7f) || *at == '\t')
            continue;
        fail(reader, multipart, "a header of it holds a control character.");
        return NULL;
    }
    reader->at = end + 2;
    return *line ? line : NULL;
}

/* The value of a header line if it is that header; NULL: it is another. */
static const char *value_of(const char *line, const char *name)
{
    size_t len = strlen(name);

    if (strncasecmp(line, name, len) != 0 || line[len] != ':')
        return NULL;
    return line + len + 1 + strspn(line + len + 1, blanks);
}

static bool read_disposition(struct reader *reader, struct part *part, const char *value)
{
    static const char kind[] = "form-data";
    size_t len = sizeof(kind) - 1;

    if (strncasecmp(value, kind, len) != 0 || (value[len] && !strchr("; \t", value[len])))
        return false;
    part->name = find_form_param(reader->arena, value, "name");
    part->filename = find_filename(reader->arena, value);
    return part->name != NULL;
}

/* RFC 7578, 4.7, has done away with it; some clients still say `binary`. */
static bool is_plain_encoding(const char *value)
{
    return strcasecmp(value, "binary") == 0 || strcasecmp(value, "8bit") == 0 || strcasecmp(value, "7bit") == 0;
}

static bool read_headers(struct reader *reader, const struct multipart *multipart, struct part *part)
{
    size_t left = (size_t)(reader->end - reader->at);
    const char *head_end = left > MULTIPART_MAX_HEAD ? reader->at + MULTIPART_MAX_HEAD : reader->end, *line, *value;

    while ((line = take_header(reader, multipart, head_end))) {
        if (!strchr(line, ':'))
            return fail(reader, multipart, "a line of its headers has no colon.");
        if ((value = value_of(line, "Content-Disposition")) && !read_disposition(reader, part, value))
            return fail(reader, multipart, "its Content-Disposition is not: form-data; name=\"...\"");
        if ((value = value_of(line, "Content-Type")) && *value)
            part->content_type = value;
        if ((value = value_of(line, "Content-Transfer-Encoding")) && !is_plain_encoding(value))
            return fail(reader, multipart,
                        "its Content-Transfer-Encoding is not understood; bytes are sent as they are.");
    }
    if (!reader->fault && !part->name)
        return fail(reader, multipart, "it has no header Content-Disposition: form-data; name=\"...\"");
    return !reader->fault;
}

static bool read_part(struct reader *reader, struct multipart *multipart, bool *last)
{
    struct part part = {0};

    if (multipart->count == MULTIPART_MAX_PARTS)
        return fail(reader, multipart, "that is one more than there may be.");
    if (!read_headers(reader, multipart, &part))
        return false;
    const char *content = reader->at, *end = pass_delimiter(reader, last);
    if (!end)
        return fail(reader, multipart, "it does not end: behind it no line is the boundary of the Content-Type.");
    part.bytes = (struct slice){content, (size_t)(end - content)};
    multipart->parts[multipart->count++] = part;
    return true;
}

bool multipart_is(const char *content_type)
{
    size_t len = sizeof(form_data) - 1;

    return content_type && strncasecmp(content_type, form_data, len) == 0 &&
           (!content_type[len] || strchr("; \t", content_type[len]));
}

const char *multipart_read(struct multipart *multipart, struct arena *arena, const char *content_type,
                           struct slice body)
{
    bool last = false;

    multipart->count = 0;
    if (body.len == 0)
        return "The body is empty; it must have a part for each field.";
    struct reader reader = {.arena = arena, .begin = body.data, .at = body.data, .end = body.data + body.len};
    if (!read_boundary(&reader, content_type))
        return reader.fault;
    if (!pass_delimiter(&reader, &last)) // what is before the first one is a preamble
        return arena_printf(arena, "No line of the body is the boundary of the Content-Type, \"%s\" and CR LF.",
                            reader.delimiter + 2);
    while (!last)
        if (!read_part(&reader, multipart, &last))
            return reader.fault;
    return NULL;
}

const struct part *multipart_find(const struct multipart *multipart, const char *name)
{
    for (size_t i = 0; i < multipart->count; i++)
        if (strcmp(multipart->parts[i].name, name) == 0)
            return &multipart->parts[i];
    return NULL;
}
