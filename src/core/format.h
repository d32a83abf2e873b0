/* The values of JSON Schema's `format`, judged as gojsonschema judges them. */
#ifndef CORE_FORMAT_H
#define CORE_FORMAT_H

#include <stdbool.h>

struct format;

/* NULL: no format of that name is checked; "if a format is unrecognized it should always pass validation". */
const struct format *format_find(const char *name);

bool format_matches(const struct format *format, const char *text);

#endif
