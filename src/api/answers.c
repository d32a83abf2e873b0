#include "api/answers.h"

#include <stdlib.h>

enum {
    SLOTS = 1024,
    MAX_LEN = 8192, // of a body that is kept: all of them together stay under 8 MiB
};

struct answers {
    struct slot {
        uint64_t serial; /* 0: empty */
        bool data_removed;
        char *bases; /* that it was made for: of the API, then of files */
        size_t api_len, files_len;
        struct ready_made *made;
    } slots[SLOTS];
};

struct answers *answers_new(void)
{
    return xnew(struct answers);
}

static void clear(struct slot *slot)
{
    ready_made_free(slot->made);
    free(slot->bases);
    *slot = (struct slot){0};
}

void answers_free(struct answers *answers)
{
    if (!answers)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        clear(&answers->slots[i]);
    free(answers);
}

/* The base of streams goes with that of the API. */
static char *join_bases(const struct view_base *base)
{
    char *text = xmalloc(base->api.len + base->files.len);

    memcpy(text, base->api.data, base->api.len);
    memcpy(text + base->api.len, base->files.data, base->files.len);
    return text;
}

static bool fits(const struct slot *slot, const struct prediction *prediction, const struct view_base *base)
{
    return slot->serial == prediction->serial && slot->data_removed == prediction->data_removed &&
           slot->api_len == base->api.len && memcmp(slot->bases, base->api.data, base->api.len) == 0 &&
           slot->files_len == base->files.len &&
           memcmp(slot->bases + slot->api_len, base->files.data, base->files.len) == 0;
}

const struct ready_made *answers_find(const struct answers *answers, const struct prediction *prediction,
                                      const struct view_base *base)
{
    const struct slot *slot = &answers->slots[prediction->serial % SLOTS];

    return fits(slot, prediction, base) ? slot->made : NULL;
}

const struct ready_made *answers_keep(struct answers *answers, const struct prediction *prediction,
                                      const struct view_base *base, struct response *response)
{
    struct slot *slot = &answers->slots[prediction->serial % SLOTS];

    // A completed prediction changes once more, when its data goes; that is part of the key.
    if (!prediction->completed_at || response->body.len > MAX_LEN)
        return NULL;
    clear(slot);
    *slot = (struct slot){.serial = prediction->serial,
                          .data_removed = prediction->data_removed,
                          .bases = join_bases(base),
                          .api_len = base->api.len,
                          .files_len = base->files.len,
                          .made = ready_made_new(response)};
    return slot->made;
}
