/* All that a JSON Schema says of one value, brought together: the schema itself, what it refers to, all of its `allOf`
 * and one of its `anyOf`. For who makes values; who checks them has core/schema.h. */
#ifndef CORE_FACETS_H
#define CORE_FACETS_H

#include "base/json.h"

enum { FACETS_MAX = 16 };

struct facets {
    const cJSON *document; /* what references point into */
    const cJSON *list[FACETS_MAX];
    size_t count;
    bool brief; /* of several schemas, one that allows null is taken rather than the others */
};

/* Adds what `schema` says (anything that is no object says nothing). What would be more than FACETS_MAX schemas is left
 * out, so a schema that refers to itself ends. */
void facets_add(struct facets *facets, const cJSON *schema);

/* The first value of that keyword; NULL: nobody says it. */
const cJSON *facets_find(const struct facets *facets, const char *keyword);

/* What `keyword`.`member` says of a member or of elements: a value by itself. */
struct facets facets_of_member(const struct facets *facets, const char *keyword, const char *member);
struct facets facets_of_keyword(const struct facets *facets, const char *keyword);

/* minLength, minItems: the largest; maxLength, maxItems: the smallest; `fallback` where there is none. */
size_t facets_least(const struct facets *facets, const char *keyword, size_t fallback);
size_t facets_most(const struct facets *facets, const char *keyword, size_t fallback);

bool facets_require(const struct facets *facets, const char *member);
bool facets_allow_null(const struct facets *facets);

enum facet_type {
    FACET_ANY,
    FACET_STRING,
    FACET_NUMBER,
    FACET_INTEGER,
    FACET_BOOLEAN,
    FACET_OBJECT,
    FACET_ARRAY,
    FACET_NULL
};

/* The type that a value of theirs has; of several one that is not null. FACET_ANY: whatever it likes. */
enum facet_type facets_type(const struct facets *facets);

/* A number: from `least` by steps of `step` to `most`; where step is 0 any number between the two, or `least` where they
 * are the same. Bounds that nobody sets are set here. */
struct facet_range {
    double least, most, step;
};

struct facet_range facets_range(const struct facets *facets);

/* The one value that it always is: const, or default where that is of the right type and not null. NULL: none. */
const cJSON *facets_fixed_value(const struct facets *facets);

/* The array of values of which it is one: enum. NULL: none. */
const cJSON *facets_choice(const struct facets *facets);

/* Neither of these. */
bool facets_are_free(const struct facets *facets);

/* A text that is the URL of a file. */
bool facets_are_file(const struct facets *facets);

/* A text, as JSON, of their format, where not every text is of that; NULL: any will do. */
const char *facets_formatted(const struct facets *facets);

/* The schemas of an array whose first elements have one each; NULL: all have the same. */
const cJSON *facets_places(const struct facets *facets);

#endif
