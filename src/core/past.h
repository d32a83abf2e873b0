/* Predictions that have been finished for a while, as they are put into a world for tests that need a history: read from
 * what GET answers, and made. Nothing of them runs: no step of theirs is told, no webhook sent. */
#ifndef CORE_PAST_H
#define CORE_PAST_H

#include "base/faults.h"
#include "core/catalog.h"
#include "core/prediction.h"
#include "core/store.h"

enum { PAST_MAX = 10000 /* at once */ };

/* One of them as it was given. What points somewhere points into the JSON that it was read from, or the arena. */
struct past {
    const char *path; /* where it stands in what was read: "[3]"; "": it is all of it */
    const char *id;   /* NULL: one is to be made */
    const char *model, *version_id;
    struct version *version;
    const cJSON *input;                       /* NULL: {} */
    const cJSON *output;                      /* NULL: null */
    const char *logs;                         /* "": none */
    const char *error, *webhook, *deployment; /* NULL: none */
    enum status status;                       /* STATUS_COUNT: not given */
    bool data_removed;
    int64_t created_at, completed_at;
    int64_t started_at; /* 0: it never began */
    int64_t deadline;   /* 0: none */
};

/* By what they are read. */
struct past_reading {
    struct arena *arena; /* what is kept beside the JSON */
    struct faults *faults;
    const struct catalog *catalog;
    const struct world *world; /* that they are for; NULL: it is still to be made, and has nothing */
    const struct store *store;
    int64_t now; /* on its clock */
    bool accept_unknown_models;
};

/* Reads one object or an array of them, each with the members that GET and lists show: `status` and a model or a version
 * must be there; metrics and urls are not looked at, because they follow from the rest; any other member is a fault. A
 * time that is not given is the one before it, created_at the one after it, or now. In the arena, *count of them. NULL:
 * `faults` says what is wrong. */
const struct past *past_read(const struct past_reading *reading, const cJSON *body, size_t *count);

/* Makes them in their world, all or none; of equal creation the first given is the first made. `made`, as long as
 * `pasts`, is filled with what came of them, in the same order. */
enum store_verdict past_add(struct world *world, const struct past *pasts, size_t count, struct prediction **made);

#endif
