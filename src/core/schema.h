/* JSON Schema as published models use it: compiled once, then a value is held against it in one pass. What is refused is
 * told in the words of gojsonschema, the library behind the real API's 422s.
 *
 * Keywords: $ref (within the document), type, nullable (OpenAPI 3.0), anyOf, oneOf, allOf, not, enum, const, format;
 * minimum, maximum, both exclusive forms of them (boolean and number), multipleOf; minLength, maxLength, pattern; items,
 * additionalItems, minItems, maxItems, uniqueItems; properties, required, additionalProperties, minProperties,
 * maxProperties. Schemas may be `true` and `false`. Everything else (default, title, x-order of a property aside) says
 * nothing about a value. */
#ifndef CORE_SCHEMA_H
#define CORE_SCHEMA_H

#include "base/faults.h"
#include "base/json.h"

struct schema;

/* Compiles the schema that stands at `pointer` in `document` ("#/components/schemas/Input"; "#" is all of it). Both it
 * and the document's tree must stay as long as `arena`. NULL: it cannot be read; `faults` has a line for each reason,
 * whose field is the path from the document: "components.schemas.Input.properties.seed.pattern". */
const struct schema *schema_compile(struct arena *arena, const cJSON *document, const char *pointer,
                                    struct faults *faults);

/* What stands at `pointer` in `document`, as `$ref` means it. NULL: nothing does. */
const cJSON *schema_source_at(const cJSON *document, const char *pointer);

/* Holds `value` against the schema and adds what is wrong to `faults`; true: nothing. `root` is what the value itself is
 * called ("input"); what is in it bears that name in front. The order is that of gojsonschema, but fixed: of an object
 * first what is missing, in the order of `required`, then the others by `x-order`, those without one as they stand in
 * the schema.
 *
 * One departure: where a schema of `allOf` is not fulfilled only what it says is told, without gojsonschema's further
 * line "Must validate all the schemas (allOf)": the recorded bodies do not have it. */
bool schema_validate(const struct schema *schema, const cJSON *value, const char *root, struct faults *faults);

#endif
