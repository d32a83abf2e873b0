#include "base/json.h"
#include "base/json_keys.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_SHOWN = 40 };

struct parser {
    struct arena *arena;
    const char *text, *at, *end;
    char *copy; // of the text: what the tree needs as C strings is decoded and ended in place, it never grows
    enum json_rules rules;
    int depth;
    struct json_error *error;
};

/* ---- Refusing ---- */

static bool fail(struct parser *p, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* `where` is the begin of a character, and all before it is UTF-8. */
static bool fail(struct parser *p, const char *where, const char *format, ...)
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

/* The length of the well-formed sequence that begins here, 0 if none does: table 3-7 of the Unicode standard,
 * so no overlong forms, no surrogates, nothing above U+10FFFF. */
static size_t utf8_length(const char *text, const char *end)
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
    size_t len = utf8_length(p->at, p->end);
    bool control = c < 0x20 || c == 0x7f || (c == 0xc2 && len == 2 && (unsigned char)p->at[1] < 0xa0);
    if (len == 0 || control)
        snprintf(out, size, "0x%02x", c);
    else if (c == '\'')
        snprintf(out, size, "\"'\"");
    else
        snprintf(out, size, "'%.*s'", (int)len, p->at);
}

static bool unexpected(struct parser *p, const char *expected)
{
    char found[24];

    describe(p, found, sizeof(found));
    return fail(p, p->at, "expected %s, found %s", expected, found);
}

/* ---- Reading bytes ---- */

static int peek(const struct parser *p)
{
    return p->at < p->end ? (unsigned char)*p->at : EOF;
}

static void skip_space(struct parser *p)
{
    const char *at = p->at;

    while (at < p->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    p->at = at;
}

/* The place in the copy of a place in the text. */
static char *copy_of(const struct parser *p, const char *place)
{
    return p->copy + (place - p->text);
}

/* ---- Strings ---- */

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
        size_t len = utf8_length(at, end);
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
    return fail(p, p->at, "a string may not contain \\u0000");
}

/* p->at is on the backslash of a \u. */
static bool parse_unicode_escape(struct parser *p, char **to)
{
    long code = hex4(p->at + 2, p->end);

    if (code < 0) {
        p->at += 2;
        while (p->at < p->end && hex_digit(*p->at) >= 0)
            p->at++;
        return unexpected(p, "four hexadecimal digits after \\u");
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
        return unexpected(p, "one of \" \\ / b f n r t u after \\");
    }
    *(*to)++ = meant[letter - letters];
    p->at += 2;
    return true;
}

/* p->at is on what ended skip_plain, and it is no quote and no backslash. */
static bool fail_in_string(struct parser *p)
{
    int c = peek(p);

    if (c == EOF)
        return unexpected(p, "'\"' at the end of the string");
    if (c >= 0x20)
        return fail(p, p->at, "expected UTF-8 in a string, found the byte 0x%02x", (unsigned)c);
    if (c == 0 && (p->rules & JSON_NO_NUL))
        return fail_nul(p);
    return fail(p, p->at, "a control character in a string must be written as \\u%04x", (unsigned)c);
}

/* p->at is on the opening quote. */
static bool parse_string(struct parser *p, char **string)
{
    p->at++;
    char *to = *string = copy_of(p, p->at);
    for (;;) {
        const char *from = p->at;
        skip_plain(p);
        size_t len = (size_t)(p->at - from);
        if (to != copy_of(p, from))
            memcpy(to, from, len); // an escape before has made it shorter
        to += len;
        switch (peek(p)) {
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

/* ---- Numbers ---- */

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool skip_digits(struct parser *p, const char *expected)
{
    if (!is_digit(peek(p)))
        return unexpected(p, expected);
    while (is_digit(peek(p)))
        p->at++;
    return true;
}

/* RFC 8259, 6: number = [ minus ] int [ frac ] [ exp ]. Goes behind it; *integer: neither frac nor exp. */
static bool skip_number(struct parser *p, bool *integer)
{
    if (*p->at == '-')
        p->at++;
    const char *digits = p->at;
    if (!skip_digits(p, "a digit after '-'"))
        return false;
    if (*digits == '0' && p->at - digits > 1)
        return fail(p, digits, "a number may not begin with 0");
    const char *end = p->at;
    if (peek(p) == '.') {
        p->at++;
        if (!skip_digits(p, "a digit after '.'"))
            return false;
    }
    if (peek(p) == 'e' || peek(p) == 'E') {
        p->at++;
        if (peek(p) == '+' || peek(p) == '-')
            p->at++;
        if (!skip_digits(p, "a digit in the exponent"))
            return false;
    }
    *integer = p->at == end;
    return true;
}

/* Up to 15 digits a double is exact, so this is what strtod gives (-0 too), and ten times faster. */
static double short_integer(const char *text)
{
    int64_t number = 0;

    for (const char *at = text + (*text == '-'); *at; at++)
        number = number * 10 + (*at - '0');
    return *text == '-' ? -(double)number : (double)number;
}

static int saturated(double number)
{
    return number >= INT_MAX ? INT_MAX : number <= INT_MIN ? INT_MIN : (int)number;
}

static bool parse_number(struct parser *p, cJSON *node)
{
    const char *start = p->at;
    bool integer = false;

    if (!skip_number(p, &integer))
        return false;
    node->type = cJSON_Number;
    node->valuestring = copy_of(p, start);
    *copy_of(p, p->at) = '\0';
    bool is_short = integer && p->at - start <= 15;
    node->valuedouble = is_short ? short_integer(node->valuestring) : strtod(node->valuestring, NULL);
    node->valueint = saturated(node->valuedouble);
    return true;
}

/* ---- Keys that stand twice ---- */

/* The first member whose key stood before; NULL: none. */
static const cJSON *find_duplicate(const cJSON *object)
{
    struct json_keyed few[JSON_FEW_MEMBERS];
    size_t count = json_count_members(object);
    struct json_keyed *sorted = json_sort_members(object, count, few);
    const cJSON *first = NULL;

    for (size_t i = 1; i < count; i++) {
        bool same = *sorted[i - 1].key == *sorted[i].key && strcmp(sorted[i - 1].key, sorted[i].key) == 0;
        if (same && (!first || sorted[i].key < first->string))
            first = sorted[i].member;
    }
    json_keys_free(sorted, few);
    return first;
}

/* Shows the key as it is written in the text: what is not printable is escaped there. */
static bool fail_duplicate(struct parser *p, const cJSON *member)
{
    const char *key = p->text + (member->string - p->copy), *at = key;

    while (*at != '"' && at - key < KEY_SHOWN) {
        size_t len = *at == '\\' ? 2 : utf8_length(at, p->end);
        at += len;
    }
    const char *more = *at == '"' ? "" : "...";
    return fail(p, key - 1, "key \"%.*s%s\" stands twice in one object", (int)(at - key), key, more);
}

static bool check_unique(struct parser *p, const cJSON *object)
{
    const cJSON *twice = find_duplicate(object);

    return twice ? fail_duplicate(p, twice) : true;
}
/* ---- Values ---- */

static bool parse_value(struct parser *p, cJSON *node, const char *expected);

static const struct container {
    int type;
    char open, close;
    const char *first, *next; // expected behind the opening and behind a comma
    const char *after;        // expected behind what was
} containers[] = {
    {cJSON_Array, '[', ']', "a value or ']'", "a value after ','", "',' or ']' after an element"},
    {cJSON_Object, '{', '}', "a key in double quotes or '}'", "a key in double quotes after ','",
     "',' or '}' after a member"},
};

static cJSON *new_node(struct parser *p)
{
    cJSON *node = arena_alloc(p->arena, sizeof(*node));

    *node = (cJSON){0};
    return node;
}

static bool parse_key(struct parser *p, cJSON *member, const char *expected)
{
    if (peek(p) != '"')
        return unexpected(p, expected);
    if (!parse_string(p, &member->string))
        return false;
    skip_space(p);
    if (peek(p) != ':')
        return unexpected(p, "':' after a key");
    p->at++;
    skip_space(p);
    return true;
}

static cJSON *parse_member(struct parser *p, const struct container *kind, const char *expected)
{
    cJSON *member = new_node(p);

    if (kind->type == cJSON_Object) {
        if (!parse_key(p, member, expected))
            return NULL;
        expected = "a value after ':'";
    }
    return parse_value(p, member, expected) ? member : NULL;
}

/* p->at is behind the opening and space. Links as cJSON does: the first child's `prev` is the last. */
static bool parse_members(struct parser *p, cJSON *node, const struct container *kind)
{
    cJSON **link = &node->child;
    const char *expected = kind->first;

    while (peek(p) != kind->close || expected != kind->first) {
        cJSON *member = parse_member(p, kind, expected);
        if (!member)
            return false;
        *link = member;
        link = &member->next;
        member->prev = node->child->prev;
        node->child->prev = member;
        skip_space(p);
        if (peek(p) == kind->close)
            break;
        if (peek(p) != ',')
            return unexpected(p, kind->after);
        p->at++;
        skip_space(p);
        expected = kind->next;
    }
    p->at++;
    return true;
}

static bool parse_container(struct parser *p, cJSON *node, const struct container *kind)
{
    if (p->depth == JSON_MAX_DEPTH)
        return fail(p, p->at, "nested deeper than %d levels", JSON_MAX_DEPTH);
    p->depth++;
    p->at++;
    skip_space(p);
    node->type = kind->type;
    if (!parse_members(p, node, kind))
        return false;
    p->depth--;
    return kind->type != cJSON_Object || !(p->rules & JSON_UNIQUE_KEYS) || check_unique(p, node);
}

static bool parse_word(struct parser *p, cJSON *node)
{
    static const struct {
        const char *word;
        size_t len;
        int type;
    } words[] = {{"true", 4, cJSON_True}, {"false", 5, cJSON_False}, {"null", 4, cJSON_NULL}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if ((size_t)(p->end - p->at) < words[i].len || memcmp(p->at, words[i].word, words[i].len) != 0)
            continue;
        p->at += words[i].len;
        node->type = words[i].type;
        node->valueint = words[i].type == cJSON_True;
        return true;
    }
    return fail(p, p->at, "expected a value: a word without quotes may only be true, false or null");
}

static bool parse_value(struct parser *p, cJSON *node, const char *expected)
{
    int c = peek(p);

    if (c == '"') {
        node->type = cJSON_String;
        return parse_string(p, &node->valuestring);
    }
    if (c == '-' || is_digit(c))
        return parse_number(p, node);
    for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++) {
        if (c == containers[i].open)
            return parse_container(p, node, &containers[i]);
    }
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return parse_word(p, node);
    if (c == '+' || c == '.')
        return fail(p, p->at, "a number may not begin with '%c'", c);
    return unexpected(p, expected);
}

static bool parse_text(struct parser *p, cJSON *root)
{
    // RFC 8259, 8.1: "MUST NOT add a byte order mark"; a parser may ignore one, Go's does not.
    if (p->end - p->at >= 3 && memcmp(p->at, "\xef\xbb\xbf", 3) == 0)
        return fail(p, p->at, "a byte order mark (0xef 0xbb 0xbf) may not stand before the JSON text");
    skip_space(p);
    if (!parse_value(p, root, "a value"))
        return false;
    skip_space(p);
    return p->at == p->end || unexpected(p, "the end of the text after the value");
}

cJSON *json_parse(struct arena *arena, const char *text, size_t len, enum json_rules rules,
                  struct json_error *error)
{
    if (len == 0)
        text = ""; // may have been NULL
    struct parser p = {
        .arena = arena,
        .text = text,
        .at = text,
        .end = text + len,
        .copy = arena_strndup(arena, text, len),
        .rules = rules,
        .error = error,
    };
    cJSON *root = new_node(&p);
    return parse_text(&p, root) ? root : NULL;
}
