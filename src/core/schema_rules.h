/* The inside of a compiled schema: what schema.c (reading a document), schema_validate.c (going through a value) and the
 * families of keywords (keywords_*.c) share. Everybody else includes core/schema.h. */
#ifndef CORE_SCHEMA_RULES_H
#define CORE_SCHEMA_RULES_H

#include "base/buf.h"
#include "base/decimal.h"
#include "core/schema.h"

struct format;
struct pattern;

/* One bit for each type of JSON; a number that is an integer has both bits. */
enum {
    TYPE_NULL = 1,
    TYPE_BOOLEAN = 2,
    TYPE_STRING = 4,
    TYPE_NUMBER = 8,
    TYPE_INTEGER = 16,
    TYPE_ARRAY = 32,
    TYPE_OBJECT = 64,
    TYPE_ANY = 127,
};

/* A place in a document, from the inside out. */
struct path {
    const struct path *parent; /* NULL: the document itself */
    const char *key;           /* NULL: an element of an array */
    size_t index;
};

/* Appends "properties.seed.enum.0": at most so many bytes of it, and then "...". */
enum { PATH_SHOWN = 1024 };
void path_write(struct buf *out, const struct path *path);

struct property {
    const char *name;
    struct schema *schema;
    double order; /* x-order */
};

/* What a keyword asks for, read once. */
union operand {
    size_t count; /* minLength, maxItems, … */
    struct {
        struct decimal exact;
        const cJSON *value;
        const char *shown; /* in the text of a refusal */
    } number;
    struct schemas {
        struct schema **list;
        size_t count;
    } schemas; /* anyOf, oneOf, allOf; not, which has one */
    struct {
        struct schemas places; /* one for each of the first elements … */
        struct schema *rest;   /* … and one for every further one; NULL: anything */
        bool closed;           /* or there may be none: "additionalItems": false */
    } items;
    struct {
        const char **list;
        size_t count;
    } names; /* required */
    struct {
        const cJSON *described; /* the value of `properties` beside it; NULL: there is none */
        struct schema *schema;  /* for every other member; NULL: there may be none */
    } additional;
    struct {
        struct property *list; /* in the order in which they are looked at */
        size_t count;
    } properties;
    struct {
        const cJSON *value; /* of const the value, of enum the array */
        const char *shown;
    } allowed;
    struct {
        const struct pattern *compiled;
        const char *text;
    } pattern;
    struct {
        const struct format *checked;
        const char *name;
    } format;
};

struct rule {
    const struct keyword *keyword;
    struct rule *next;
    union operand operand;
};

struct schema {
    const cJSON *source;        /* by its place in the document a schema is found again */
    const struct path *path;    /* of that place */
    struct schema *referred_to; /* $ref: "all other properties in a "$ref" object MUST be ignored" (draft 7, 8.3) */
    unsigned types;             /* the bits of those that are allowed */
    const char *types_shown;    /* "integer", "[string,null]" */
    bool nullable;              /* OpenAPI 3.0: null is fine, whatever else is said */
    bool refuses_all;           /* the schema `false` */
    struct rule *rules;
    struct schema *next; /* of all that the document has, as they were met */
    int height;          /* through how many schemas one value goes at most, from here on; 0: not measured */
};

/* --- a value is held against schemas ------------------------------------------------------------------------------ */

struct validation {
    const char *root;        /* what the value as a whole is called */
    struct faults *faults;   /* NULL: they are only counted */
    const struct path *path; /* of the value at hand */
    size_t broken;           /* rules, so far */
    int score;               /* gojsonschema's: how well a value fits, to choose what to tell of `anyOf` */
    size_t budget;           /* steps left; at 0 nothing further is looked at */
};

/* Holds the value at v->path, or the one called `key` (or `index`) in it, against the schema. */
void validate_here(struct validation *v, const struct schema *schema, const cJSON *value);
void validate_member(struct validation *v, const struct schema *schema, const cJSON *member);
void validate_element(struct validation *v, const struct schema *schema, const cJSON *element, size_t index);

/* The same as validate_here, but tells nothing: v->broken and v->score of the result are of this schema alone. */
struct validation validate_apart(struct validation *v, const struct schema *schema, const cJSON *value);

/* Counts a broken rule and, if they are asked for, tells it. */
void validate_fault(struct validation *v, const char *type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "scale", "(root)": what gojsonschema calls the value at hand in its texts. In the arena of the faults. */
const char *validate_field(const struct validation *v);

/* Takes `steps` from the budget. False: it is used up, a fault has said so. */
bool validate_spend(struct validation *v, size_t steps);

/* The steps that it costs to compare all of the value with another. */
size_t validate_price(const cJSON *value);

/* --- a document is read ------------------------------------------------------------------------------------------- */

/* What a keyword's reader works on. */
struct reading {
    struct arena *arena;
    const cJSON *document;
    struct faults *faults;
    struct map *known;           /* schemas by their source … */
    struct schema **last;        /* … and in a list: where the next one goes */
    const struct schema *schema; /* at hand … */
    const char *keyword;         /* … and the member of it that is read */
};

/* The schema at `json`, under the keyword at hand and there under `key` or, without one, `index`. It is read later, so
 * schemas may contain themselves. NULL: it can be none, a fault says so. */
struct schema *reading_schema(struct reading *reading, const cJSON *json);
struct schema *reading_schema_at(struct reading *reading, const cJSON *json, const char *key, size_t index);

/* A fault at the keyword at hand. Returns false. */
bool reading_fault(struct reading *reading, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- keywords ------------------------------------------------------------------------------------------------------ */

struct keyword {
    const char *name;
    unsigned types; /* it says something of values of these types alone */
    /* Reads its value. False: there is nothing to check, or a fault was added. */
    bool (*read)(struct reading *reading, const cJSON *value, union operand *operand);
    void (*check)(struct validation *v, const union operand *operand, const cJSON *value);
};

/* Families, each ends with a keyword without a name. The order in a family, and of the families here, is that in which
 * gojsonschema looks at them. */
extern const struct keyword keywords_combining[];
extern const struct keyword keywords_number[];
extern const struct keyword keywords_array[];
extern const struct keyword keywords_object[];
extern const struct keyword keywords_value[];
extern const struct keyword keywords_string[];
extern const struct keyword keywords_properties[];

/* Readers that several families use: a whole number, not less than 0; an array of schemas. */
bool keyword_read_count(struct reading *reading, const cJSON *value, union operand *operand);
bool keyword_read_schemas(struct reading *reading, const cJSON *value, union operand *operand);

#endif
