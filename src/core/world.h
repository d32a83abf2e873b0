/* A token is a world: everything that one API token sees. worlds is the set of them, for one server.
 *
 * The real API shows an account only its own predictions; here each token is its own account, made when it is first
 * used. Nothing of one world can be seen from another. */
#ifndef CORE_WORLD_H
#define CORE_WORLD_H

#include "base/buf.h"
#include "base/map.h"
#include "core/clock.h"
#include "core/event.h"
#include "core/inbox.h"
#include "core/limit.h"
#include "core/sched.h"
#include "core/tally.h"
#include "core/timeline.h"

struct operations;
struct scenarios;
struct store;
struct files;
struct file_index;
struct maker;
struct journal;
struct journals;
struct deployments;
struct models;
struct prediction;
struct world_rules;

enum { WORLD_NAME_LEN = 8 };

/* How worlds are made and what bounds them: the options of the same names. */
struct world_settings {
    bool manual_clock;
    double speed;
    int64_t start_time; /* 0: the time of day when the world is made */
    int64_t boot, predict;
    int64_t retention; /* 0: data is kept */
    size_t max_predictions, max_worlds, max_memory;
    bool inline_outputs; /* files are to stand in `output` themselves: out/inlining.h */
    bool fetch_inputs;   /* files at http(s) URLs that are not ours are read, too: out/preparing.h */
    bool seeded;
    uint64_t seed;
    const struct operations *operations; /* that rules can be for; NULL: none */
};

struct world {
    struct worlds *worlds;
    char *token;
    char name[WORLD_NAME_LEN + 1]; /* a short hash of the token: what logs and lists show instead of it */
    struct clock clock;
    struct sched sched;
    struct rng rng;
    struct timeline timeline, trainings; /* of predictions; of trainings, which no list of the others shows */
    struct bucket buckets[LIMIT_KINDS];  /* of the rate limiter */
    struct world_rules *rules;           /* posted to it, and what has been counted; NULL: nothing yet */
    /* The finished ones by completion, or by when they were put in, the first the first to go. Data goes in that order
     * too, so that those without theirs all come before those with it. */
    struct list emptied, finished;
    struct prediction *expiring; /* the first in `finished` whose output files are still to expire; NULL: none */
    struct timer retention;      /* of these two firsts: one for the world, not one for each */
    uint64_t created;            /* predictions ever made: the next one's number */
    size_t unfinished;
    struct deployments *deployments;
    struct list deliveries; /* of webhooks, the newest first */
    size_t delivery_count, pending_deliveries;
    size_t delivered;        /* ever */
    struct inboxes *inboxes; /* NULL: none yet */
    struct journal *journal; /* of its requests; NULL: none yet */
    struct files *files;     /* uploaded ones; NULL: none yet */
    struct models *models;   /* NULL: none yet */
    size_t in_flight; /* what must end before a manual clock moves: attempts of webhooks, uploads being hashed, holds */
    size_t uploads;   /* so many of it are uploads */
    size_t held;      /* and so many are holds on predictions: lifecycle_hold */
    size_t preparing; /* and so many of these are of predictions whose input file is being read */
    bool closed;
    bool advancing;        /* an advance of its clock is under way */
    struct list observers; /* of everything that happens in it */
    struct list at_close;  /* of EVENT_WORLD_CLOSING alone */
    struct list at_reap;   /* of the same: told in slices while its memory is freed, for there may be many */
    struct list recency;   /* in worlds.recency; once closed, in worlds.closing */
    struct heap_node wake;
    int64_t wake_at; /* monotonic: its place in worlds.wakes */
};

struct worlds {
    struct world_settings settings; /* for worlds to come: PUT /_mock/clock changes them, … */
    struct world_settings initial;  /* … a reset of all brings these back */
    const struct timebase *base;
    struct hash_key secret; /* keys of all kinds are derived from it */
    struct store *store;
    struct file_index *files; /* uploaded ones of all worlds */
    const struct maker *maker;
    struct scenarios *scenarios; /* the rules of the whole server */
    struct map by_token;
    struct list recency; /* the longest idle one first */
    struct list closing; /* closed; their memory is freed in slices */
    struct heap wakes;
    struct list observers; /* of events in any world */
    size_t unfinished;
    uint64_t deliveries;       /* ever made: the next one's serial */
    size_t delivery_bytes;     /* of their bodies */
    size_t models_bytes;       /* of worlds' own models and versions */
    struct map by_message;     /* deliveries by id */
    struct inboxes *inboxes;   /* of no world; NULL: none yet */
    struct received received;  /* what lies in all inboxes, the worlds' too */
    struct journals *journals; /* of all worlds, and of none */
    size_t deployments;        /* of all worlds */
    struct tally tally;
    struct buf scratch; /* where inputs are put together before their size is known */
};

/* `base` must stay valid, and be kept up to date by the caller. */
struct worlds *worlds_new(const struct world_settings *settings, const struct timebase *base,
                          const struct maker *maker);
void worlds_free(struct worlds *worlds); /* closes them all; nobody may observe any more. NULL is fine */

struct world *worlds_find(const struct worlds *worlds, const char *token); /* NULL: never used, or closed */

/* Finds or makes the world of that token, and notes that it is in use. NULL: there are max_worlds, and each has
 * unfinished predictions. */
struct world *worlds_use(struct worlds *worlds, const char *token);

/* Notes that the world is in use. */
void world_touch(struct world *world);

size_t worlds_count(const struct worlds *worlds);

/* Goes through the worlds that are not closed; the current one may be closed meanwhile. */
#define worlds_each(link, worlds) list_each (link, &(worlds)->recency)
#define world_of(link)            container_of(link, struct world, recency)

/* Closing a world: its timers are dropped, EVENT_WORLD_CLOSING is told, nothing of it can be found any more. Answers
 * at once whatever it holds; worlds_reap frees the memory. */
void world_close(struct world *world);

/* Frees some of what closed worlds hold: at most `budget` predictions, files, messages and requests. True: there is more
 * to do. */
bool worlds_reap(struct worlds *worlds, size_t budget);

/* The monotonic time at which the first timer of any world is due; CLOCK_NEVER: none. A time that is past: now. */
int64_t worlds_wake_at(const struct worlds *worlds);

/* Runs what is due in all worlds, in the order of its simulated time within each; at most `budget` timers. */
void worlds_run_due(struct worlds *worlds, size_t budget);

/* Call it after a change of the world's clock: its next timer is due at another real time now. */
void world_clock_changed(struct world *world);

#endif
