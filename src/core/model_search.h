/* Which models a text asks for: by its words, in names and descriptions. The real search knows what words mean; this one
 * knows how they are written. */
#ifndef CORE_MODEL_SEARCH_H
#define CORE_MODEL_SEARCH_H

#include "core/catalog.h"

enum { SEARCH_WORDS = 16, SEARCH_TEXT = 64 * 1024 };

/* The words of a query, of which those of two letters or less count only where there is no other. */
struct search {
    size_t count;
    struct slice words[SEARCH_WORDS];
};

/* `query` must stay. What is beyond SEARCH_WORDS is not looked at, and neither are bytes beyond SEARCH_TEXT. */
struct search search_for(struct slice query);

/* How much it says about what has that name ("owner/name") and description; 0: nothing. */
unsigned search_score(const struct search *search, struct slice name, struct slice description);

struct search_hit {
    const struct model *model;
    unsigned score;
    size_t place; /* among those that were searched */
};

/* Those of the models that it says something about, the best first, of equals the one that came first; in `arena`. */
struct search_hit *search_models(struct arena *arena, const struct search *search, const struct model *const *models,
                                 size_t model_count, size_t *count);

#endif
