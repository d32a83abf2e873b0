/* Where values begin and end in a JSON text, by quotes and brackets alone: for large files of which one value at a time
 * is parsed. Nothing here says that the text is JSON: that, json_parse finds out. */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include "base/buf.h"
#include "base/map.h"

/* The value that begins at `at`: up to the bracket that closes it, the quote that ends it, or, of a number or word, what
 * separates it from the next; up to `end` where there is none. Space before it is left out. */
struct slice json_scan_value(const char *at, const char *end);

/* Behind the space that begins at `at`. */
const char *json_scan_space(const char *at, const char *end);

/* The value of a member of an object that json_parse has accepted, the first of that name. {NULL, 0}: it has none, or is no
 * object. A key that is written with escapes is not found. */
struct slice json_scan_member(struct slice object, const char *key);

/* Goes through the members of such an object: `struct json_members it = json_members(object); while (json_next(&it)) …` */
struct json_members {
    struct slice key, value; /* the key as it is written, in quotes */
    const char *at, *end;
};

struct json_members json_members(struct slice object);
bool json_next(struct json_members *members);

/* Is the key written so? */
bool json_key_is(struct slice key, const char *name);

/* How much of a string of canonical JSON, with its quote in front, is at most `most` bytes and ends between two characters:
 * within no escape, within no sequence of UTF-8. Of a shorter string all but the quote behind it. */
size_t json_string_head(struct slice string, size_t most);

/* Appends a value of such a text without the space between its parts. */
void json_put_compact(struct buf *out, struct slice value);

#endif
