/* What the pieces of the JSON parser share: json_parse.c (values), json_string.c, json_parser.c (places and refusals). For
 * them alone; everybody else includes base/json.h. */
#ifndef BASE_JSON_PARSER_H
#define BASE_JSON_PARSER_H

#include "base/json.h"

#include <stdio.h>

struct parser {
    struct arena *arena;
    const char *text, *at, *end;
    char *copy; /* of the text: what the tree needs as C strings is decoded and ended in place, it never grows */
    enum json_rules rules;
    int depth;
    size_t values; /* read so far */
    struct json_error *error;
};

/* The byte at p->at; EOF at the end. */
static inline int parser_peek(const struct parser *p)
{
    return p->at < p->end ? (unsigned char)*p->at : EOF;
}

/* The place in the copy of a place in the text. */
static inline char *parser_copy_of(const struct parser *p, const char *place)
{
    return p->copy + (place - p->text);
}

/* The length of the well-formed sequence that begins here, 0 if none does: table 3-7 of the Unicode standard, so no
 * overlong forms, no surrogates, nothing above U+10FFFF. */
size_t parser_utf8_length(const char *text, const char *end);

/* Reads the string whose opening quote p->at is on, and decodes it into the copy. */
bool parser_string(struct parser *p, char **string);

/* Both fill in the error and return false. `where` is the begin of a character, and all before it is UTF-8. */
bool parser_fail(struct parser *p, const char *where, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool parser_unexpected(struct parser *p, const char *expected); /* "expected …, found " and what stands at p->at */

#endif
