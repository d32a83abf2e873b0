/* What a model's Output schema asks for, as far as it takes to make a value that fits it.
 *
 * A value is made from a template: its JSON text in parts, of which some stand as they are and the others (a number, a
 * text, the URL of a file) differ from one input to the next. So what was a tree of schemas is gone through once, when
 * the model is added, and making an output is going through a list. */
#ifndef CORE_OUTPUT_H
#define CORE_OUTPUT_H

#include "base/json.h"
#include "base/map.h"
#include "core/plan.h"

enum {
    OUTPUT_MAX_PARTS = 512,         /* of a template; what would be more is left out */
    OUTPUT_MAX_LITERAL = 64 * 1024, /* bytes of a template that stand as they are; the same */
    OUTPUT_MAX_ELEMENTS = 64,       /* of a list, at every level */
};

struct output_part {
    enum output_part_type {
        PART_LITERAL, /* JSON text */
        PART_CHOICE,  /* one of these JSON texts */
        PART_BOOLEAN,
        PART_INTEGER,
        PART_NUMBER,
        PART_TEXT, /* words, as a JSON string */
        PART_FILE, /* the URL of the next file, as a JSON string */
    } type;
    union {
        struct slice literal;
        struct {
            const struct slice *list;
            size_t count;
        } choice;
        struct {
            double least, most, step; /* step 0, of PART_NUMBER alone: any number strictly between the two */
        } range;
        struct {
            size_t least, most; /* characters */
        } length;
    } of;
};

struct output {
    enum output_shape shape;
    bool grows;         /* "x-cog-array-type": "iterator": the elements of the list come one by one */
    size_t least, most; /* how many elements a list may have: minItems, and maxItems or OUTPUT_MAX_ELEMENTS */
    size_t usual;       /* how many it has where the input does not say */
    const cJSON *input; /* what an input has that does not say: the defaults of the Input schema that are short */
    uint8_t files;      /* of an element; of an output that is no list, of all of it */
    uint8_t kinds[PLAN_MAX_FILES];   /* theirs: enum file_kind */
    const struct output_part *parts; /* of OUTPUT_VALUE the template, of OUTPUT_VALUES that of an element */
    size_t count;
};

enum { OUTPUT_MAX_DEFAULTS = 64, OUTPUT_MAX_DEFAULT = 64 }; /* how many, and how long as JSON */

/* Reads "#/components/schemas/Output" of the model's latest version; `model` is the tree of a model object that may be
 * anything, and is not needed afterwards. In `arena`. A model without such a schema, or one that allows anything, makes
 * text. Where the schema says no more than "an object" or nothing at all, the output is as that of the model's example.
 *
 * Followed are $ref, allOf, of anyOf and oneOf the first schema that is not null, const, enum, default, type, bounds and
 * multipleOf, lengths, the formats, items, minItems and maxItems, properties, required. All that is declared is there,
 * what need not be as well. Not followed: pattern, not, and what one value must fit by way of several schemas that do
 * not agree. A schema that refers to itself ends where nothing more is required, and after some levels at any rate. */
const struct output *output_read(struct arena *arena, const cJSON *model);

#endif
