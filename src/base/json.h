/* JSON: a strict parser of ours in front of cJSON's tree, readers, and a writer of canonical text.
 *
 * cJSON's own parser is not used: it accepts what is no JSON (012, 1., raw control characters, bad UTF-8), cuts
 * strings at \u0000, refuses numbers of more than 63 characters and forgets the digits of the others. json_parse
 * makes the same tree in one pass over the bytes and keeps each number's text. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"
#include "base/mem.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

enum {
    JSON_MAX_DEPTH = 128,
    JSON_MAX_VALUES = 100000, /* in a text */
    JSON_MAX_MEMBERS = 10000, /* in an object */
    JSON_MAX_KEY = 1024,      /* bytes of a key, however it is written: what we write of a tree can be read again */
};

struct json_error {
    char reason[160]; /* "expected a value": what was wrong and what would be right, without the place */
    size_t line;      /* both from 1; the column counts characters, not bytes */
    size_t column;
};

enum json_rules {
    JSON_GRAMMAR = 0,     /* RFC 8259 with UTF-8 and JSON_MAX_DEPTH, nothing more */
    JSON_UNIQUE_KEYS = 1, /* an object with the same key twice (as the tree has it) is refused */
    JSON_NO_NUL = 2,      /* \u0000 in a string or key is refused: C and Postgres cannot hold it */
    JSON_BOUNDED = 4,     /* the three bounds above: `[1,1,1,` … would take 32 times its own size as a tree */
    JSON_REQUEST = JSON_UNIQUE_KEYS | JSON_NO_NUL | JSON_BOUNDED, /* the rules for request bodies */
};

/* Parses `len` bytes into a tree in `arena` (never cJSON_Delete it). NULL: refused, *error says why and where.
 *   - cJSON_Number: valuestring holds the number's own text, valuedouble its nearest value (may be infinite)
 *   - an escaped lone surrogate becomes U+FFFD, as in Go; a raw byte sequence that is no UTF-8 is refused
 *   - without JSON_NO_NUL a string with \u0000 is cut there in the tree
 * Members keep the order of the text. Time and memory are linear in `len` (sorting the keys of one object
 * excepted, n log n). */
cJSON *json_parse(struct arena *arena, const char *text, size_t len, enum json_rules rules, struct json_error *error);

/* Is this number one that JSON Schema calls an integer: 20, -3, 20.0, 2e1, but not 20.5 or 2e-1? By its text. */
bool json_is_integer(const cJSON *number);

/* An order over all values in which two are equal (0) when JSON Schema takes them for the same: 1 and 1.0, objects whatever
 * the order of their members. */
int json_compare(const cJSON *a, const cJSON *b);

/* Appends `value` as the real gateway echoes an input: compact, keys sorted by their bytes at every level, strings
 * escaped as Go does (buf_json_string), every number digit for digit as it was sent. */
void json_canonical(struct buf *out, const cJSON *value);

/* The same, but members stay in the order of the text. */
void json_as_given(struct buf *out, const cJSON *value);

/* Is it well-formed UTF-8? */
bool json_is_utf8(const char *text, size_t len);

/* Appends any bytes as a JSON string: what is no UTF-8 becomes U+FFFD. */
void json_put_bytes(struct buf *out, const char *bytes, size_t len);

/* Readers. Each marks the member as read, so that what a client sent and nothing looked at can be told.
 * NULL / false where `object` is no object, or has no such member; the typed ones also where the type is another. */
cJSON *json_get(const cJSON *object, const char *key);
const char *json_get_string(const cJSON *object, const char *key);
bool json_get_number(const cJSON *object, const char *key, double *number);
bool json_get_bool(const cJSON *object, const char *key, bool *value);

bool json_was_read(const cJSON *member);
bool json_was_opened(const cJSON *object);  /* a member of it was asked for, whether there was one or not */
void json_mark_read(const cJSON *member);   /* the member and everything in it */
void json_mark_member(const cJSON *member); /* the member alone, as json_get does */
void json_mark_opened(const cJSON *object); /* somebody knows which members it may have, as after json_get */

void json_keep_marks(const cJSON *object); /* from now on json_get leaves its marks as they are */

enum { JSON_UNREAD_MAX = 100, JSON_UNREAD_PATH = 256 };

/* Appends the paths of the members that nobody has read, each with a NUL behind: "input.num_inference_steps". Of an
 * object that nobody has looked into nothing is said: whoever read it took it as a whole; the same of the document. At
 * most JSON_UNREAD_MAX, and none that is longer than JSON_UNREAD_PATH. */
void json_put_unread(struct buf *out, const cJSON *document);

/* gojsonschema's name for the type of a value: "string", "integer", "number", "boolean", "null", "array", "object". */
const char *json_type_name(const cJSON *value);

#endif
