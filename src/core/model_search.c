#include "core/model_search.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

enum { SHORT = 2, WHOLE_NAME = 6, IN_NAME = 3, IN_DESCRIPTION = 1 };

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static void add_words(struct search *search, struct slice query, size_t longer_than)
{
    const char *at = query.data, *end = at + (query.len < SEARCH_TEXT ? query.len : SEARCH_TEXT);

    while (at < end && search->count < SEARCH_WORDS) {
        const char *start = at;
        while (at < end && is_word_byte(*at))
            at++;
        if ((size_t)(at - start) > longer_than)
            search->words[search->count++] = (struct slice){start, (size_t)(at - start)};
        at += at < end;
    }
}

struct search search_for(struct slice query)
{
    struct search search = {0};

    add_words(&search, query, SHORT);
    if (search.count == 0)
        add_words(&search, query, 0);
    return search;
}

/* Whatever its case. */
static bool holds(struct slice text, struct slice word)
{
    int first = tolower((unsigned char)*word.data);

    for (size_t at = 0; at + word.len <= text.len; at++)
        if (tolower((unsigned char)text.data[at]) == first && strncasecmp(text.data + at, word.data, word.len) == 0)
            return true;
    return false;
}

/* Is it what stands behind the slash? */
static bool is_name(struct slice full_name, struct slice word)
{
    return full_name.len > word.len && full_name.data[full_name.len - word.len - 1] == '/' &&
           strncasecmp(full_name.data + full_name.len - word.len, word.data, word.len) == 0;
}

unsigned search_score(const struct search *search, struct slice name, struct slice description)
{
    unsigned score = 0;

    for (size_t i = 0; i < search->count; i++) {
        struct slice word = search->words[i];
        score += is_name(name, word) ? WHOLE_NAME : holds(name, word) ? IN_NAME : 0;
        score += holds(description, word) ? IN_DESCRIPTION : 0;
    }
    return score;
}

static int better(const void *a, const void *b)
{
    const struct search_hit *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->place < y->place ? -1 : 1;
}

struct search_hit *search_models(struct arena *arena, const struct search *search, const struct model *const *models,
                                 size_t model_count, size_t *count)
{
    struct search_hit *hits = arena_alloc(arena, (model_count + 1) * sizeof(*hits));

    *count = 0;
    for (size_t i = 0; i < model_count; i++) {
        struct slice name = {models[i]->full_name, strlen(models[i]->full_name)};
        unsigned score = search_score(search, name, models[i]->description);
        if (score > 0)
            hits[(*count)++] = (struct search_hit){models[i], score, i};
    }
    qsort(hits, *count, sizeof(*hits), better);
    return hits;
}
