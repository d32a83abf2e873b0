#include "base/json_parser.h"
#include "base/json_keys.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_SHOWN = 40 };

static void skip_space(struct parser *p)
{
    const char *at = p->at;

    while (at < p->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    p->at = at;
}

/* ---- Numbers ---- */

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool skip_digits(struct parser *p, const char *expected)
{
    if (!is_digit(parser_peek(p)))
        return parser_unexpected(p, expected);
    while (is_digit(parser_peek(p)))
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
        return parser_fail(p, digits, "a number may not begin with 0");
    const char *end = p->at;
    if (parser_peek(p) == '.') {
        p->at++;
        if (!skip_digits(p, "a digit after '.'"))
            return false;
    }
    if (parser_peek(p) == 'e' || parser_peek(p) == 'E') {
        p->at++;
        if (parser_peek(p) == '+' || parser_peek(p) == '-')
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
    node->valuestring = parser_copy_of(p, start);
    *parser_copy_of(p, p->at) = '\0';
    bool is_short = integer && p->at - start <= 15;
    node->valuedouble = is_short ? short_integer(node->valuestring) : strtod(node->valuestring, NULL);
    node->valueint = saturated(node->valuedouble);
    return true;
}

/* ---- Keys that stand twice ---- */

/* The first member whose key stood before; NULL: none. Every pair is looked at, which for a few beats sorting them. */
static const cJSON *duplicate_of_few(const cJSON *object)
{
    for (const cJSON *member = object->child; member; member = member->next)
        for (const cJSON *before = object->child; before != member; before = before->next)
            if (json_same_key(before->string, member->string))
                return member;
    return NULL;
}

static const cJSON *duplicate_of_many(const cJSON *object, size_t count)
{
    struct json_keyed few[JSON_FEW_MEMBERS];
    struct json_keyed *sorted = json_sort_members(object, count, few);
    const cJSON *first = NULL;

    for (size_t i = 1; i < count; i++)
        if (json_same_key(sorted[i - 1].key, sorted[i].key) && (!first || sorted[i].key < first->string))
            first = sorted[i].member;
    json_keys_free(sorted, few);
    return first;
}

/* Shows the key as it is written in the text: what is not printable is escaped there. */
static bool fail_duplicate(struct parser *p, const cJSON *member)
{
    const char *key = p->text + (member->string - p->copy), *at = key;

    while (*at != '"' && at - key < KEY_SHOWN) {
        size_t len = *at == '\\' ? 2 : parser_utf8_length(at, p->end);
        at += len;
    }
    const char *more = *at == '"' ? "" : "...";
    return parser_fail(p, key - 1, "key \"%.*s%s\" stands twice in one object", (int)(at - key), key, more);
}

static bool check_unique(struct parser *p, const cJSON *object)
{
    size_t count = json_count_members(object);
    const cJSON *twice = count <= JSON_FEW_MEMBERS ? duplicate_of_few(object) : duplicate_of_many(object, count);

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
    if (parser_peek(p) != '"')
        return parser_unexpected(p, expected);
    const char *key = p->at;
    if (!parser_string(p, &member->string))
        return false;
    if (p->at - key - 2 > JSON_MAX_KEY && (p->rules & JSON_BOUNDED) && strlen(member->string) > JSON_MAX_KEY)
        return parser_fail(p, key, "a key of more than %d bytes", JSON_MAX_KEY);
    skip_space(p);
    if (parser_peek(p) != ':')
        return parser_unexpected(p, "':' after a key");
    p->at++;
    skip_space(p);
    return true;
}

static cJSON *parse_member(struct parser *p, const struct container *kind, const char *expected)
{
    if (++p->values > JSON_MAX_VALUES && (p->rules & JSON_BOUNDED)) {
        parser_fail(p, p->at, "more than %d values in one text", JSON_MAX_VALUES);
        return NULL;
    }
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
    int most = kind->type == cJSON_Object && (p->rules & JSON_BOUNDED) ? JSON_MAX_MEMBERS : INT_MAX;

    while (parser_peek(p) != kind->close || expected != kind->first) {
        if (most-- == 0)
            return parser_fail(p, p->at, "more than %d members in one object", JSON_MAX_MEMBERS);
        cJSON *member = parse_member(p, kind, expected);
        if (!member)
            return false;
        *link = member;
        link = &member->next;
        member->prev = node->child->prev;
        node->child->prev = member;
        skip_space(p);
        if (parser_peek(p) == kind->close)
            break;
        if (parser_peek(p) != ',')
            return parser_unexpected(p, kind->after);
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
        return parser_fail(p, p->at, "nested deeper than %d levels", JSON_MAX_DEPTH);
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
    return parser_fail(p, p->at, "expected a value: a word without quotes may only be true, false or null");
}

static bool parse_value(struct parser *p, cJSON *node, const char *expected)
{
    int c = parser_peek(p);

    if (c == '"') {
        node->type = cJSON_String;
        return parser_string(p, &node->valuestring);
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
        return parser_fail(p, p->at, "a number may not begin with '%c'", c);
    return parser_unexpected(p, expected);
}

static bool parse_text(struct parser *p, cJSON *root)
{
    // RFC 8259, 8.1: "MUST NOT add a byte order mark"; a parser may ignore one, Go's does not.
    if (p->end - p->at >= 3 && memcmp(p->at, "\xef\xbb\xbf", 3) == 0)
        return parser_fail(p, p->at, "a byte order mark (0xef 0xbb 0xbf) may not stand before the JSON text");
    skip_space(p);
    if (!parse_value(p, root, "a value"))
        return false;
    skip_space(p);
    return p->at == p->end || parser_unexpected(p, "the end of the text after the value");
}

cJSON *json_parse(struct arena *arena, const char *text, size_t len, enum json_rules rules, struct json_error *error)
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
