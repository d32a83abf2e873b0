/* What a prediction has made, put together from its plan: piece by piece for streams, as JSON for answers. */
#ifndef CORE_PRODUCT_H
#define CORE_PRODUCT_H

#include "core/maker.h"

struct script_prediction;

struct product {
    const struct maker *maker;
    const struct plan *plan;
    const struct version *version;
    struct slice input;                    /* its canonical text */
    const struct file_urls *urls;          /* of its files */
    const struct script_prediction *given; /* where the plan is given: who gives the output */
};

/* Appends the output as JSON, as far as these `pieces` of it. */
void product_json(struct buf *out, const struct product *product, unsigned pieces);

/* Appends a piece by itself, as a stream tells it: text as it is, of a file its URL, of any other value its JSON. */
void product_piece(struct buf *out, const struct product *product, unsigned index);

/* In how many pieces such a text comes where it comes word by word: each word with the space before it, as the tokens of a
 * language model are written. At most PLAN_MAX_PIECES; a text above 64 KiB comes in one, so that writing a piece of it
 * is always quick. */
unsigned product_count_words(const char *text, size_t len);

#endif
