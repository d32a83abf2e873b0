/* What an input asks of the files and texts that a model makes, under the names that published models have for it. What
 * the input leaves out has the default of the model's schema; what neither says, or says in a way that nobody
 * understands, is as a model likes. */
#ifndef MEDIA_WISHES_H
#define MEDIA_WISHES_H

#include "base/json.h"
#include "core/plan.h"

struct wishes {
    const cJSON *input;
    const cJSON *usual; /* the defaults of its schema (core/output.h) */
};

enum {
    WISH_LEAST_SIDE = 64, /* pixels */
    WISH_MOST_SIDE = 2048,
    WISH_SIDE = 512,
    WISH_MOST_WORDS = 200, /* of a text */
    WISH_WORDS = 80,
};

/* How many files: num_outputs and its like; at most PLAN_MAX_FILES. */
unsigned wishes_count(const struct wishes *wishes, unsigned usual);

/* "output_format" names what pictures are to be; of a kind that we do not draw they are of the schema's default, or else
 * `usual`, which other files than pictures are in any case. */
enum file_kind wishes_kind(const struct wishes *wishes, enum file_kind usual);

/* The size of a picture or a video: by width and height, an aspect ratio, or a text as "1024x1024". */
void wishes_size(const struct wishes *wishes, enum file_kind kind, uint16_t *width, uint16_t *height);

/* Of a sound or a video plan->length, of a video plan->frames too; 0 where nobody asks for any. */
void wishes_length(const struct wishes *wishes, enum file_kind kind, struct plan *plan);

/* How many words a text has at most, by the tokens that it may have. */
uint16_t wishes_words(const struct wishes *wishes);

/* --- what these are made of --- */

/* A number, also in a text: "5", "5s", "720p", "14_frames". */
bool wish_number(const cJSON *value, double *number);

/* The first of the members `names` (the last is NULL) that is a number from `least` to `most`: of one object, and of the
 * input or else of the defaults. */
bool wish_find(const cJSON *object, const char *const *names, double least, double most, double *number);
bool wishes_find(const struct wishes *wishes, const char *const *names, double least, double most, double *number);

#endif
