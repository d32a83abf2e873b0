/* All predictions of a server: one index by id, and what keeps their number and their bytes within bounds. */
#ifndef CORE_STORE_H
#define CORE_STORE_H

#include "base/map.h"
#include "core/world.h"

struct prediction;
struct inlined;
struct prepared;

struct store {
    struct map by_id;
    struct list with_data; /* finished ones that still have their data: the first is the first to lose it */
    uint64_t serials;      /* given so far */
    size_t count;          /* in worlds that are open */
    size_t bytes, max_bytes;
};

enum store_verdict {
    STORE_OK,
    STORE_FULL,      /* the world holds max_predictions, and none is finished */
    STORE_NO_MEMORY, /* max_memory is used up, and nothing finished is left to give up */
};

struct store *store_new(size_t max_bytes);
void store_free(struct store *store); /* must be empty. NULL is fine */

/* Makes room for one more prediction of `bytes` bytes in `world`: the oldest finished ones of the world go, or the data
 * of the oldest finished ones anywhere, or files. Call it before store_add. */
enum store_verdict store_make_room(struct store *store, struct world *world, size_t bytes);

/* The memory's half of that, for `bytes` bytes of anything: what was reset goes first, then the oldest of finished
 * predictions' data and uploaded files. */
enum store_verdict store_make_memory(struct store *store, struct worlds *worlds, size_t bytes);

/* How much of --max-memory is used up. */
size_t store_memory_used(const struct store *store, const struct worlds *worlds);

/* Takes the prediction over; its id, world, number and created_at are set. False: another one has that id. */
bool store_add(struct store *store, struct prediction *prediction);

/* Takes over `count` finished predictions of one world, in order of creation, and puts them in their places between those
 * that are there: all or none. Their filled_at is now, from when on their data is kept; their ids are free, and each number
 * is above all in the world. What has to make room for them goes first, as store_make_room has it; STORE_FULL: they are
 * more than the world may hold beside what is not finished. */
enum store_verdict store_add_past(struct store *store, struct world *world, struct prediction *const *past,
                                  size_t count);

/* To be told when the prediction has reached a terminal status. */
void store_finished(struct store *store, struct prediction *prediction);

/* Says why it fails, before it does: a copy of `error` is kept, and counted. */
void store_set_error(struct store *store, struct prediction *prediction, const char *error);

/* Makes memory for the files of a prediction that is not finished as data: URIs, takes these over and counts them. False:
 * there is none; they are still the caller's. */
bool store_set_inlined(struct store *store, struct prediction *prediction, struct inlined *inlined);

/* The same for what was made of its input file. */
bool store_set_prepared(struct store *store, struct prediction *prediction, struct prepared *prepared);

/* Says what its error will be: a copy of `flaw` is kept, and counted. */
void store_set_flaw(struct store *store, struct prediction *prediction, const char *flaw);

/* Its input, output and logs go; publishes EVENT_REMOVED with that time. */
void store_remove_data(struct store *store, struct prediction *prediction, int64_t at);

/* What a world's retention timer calls: the output files of its oldest finished one expire (EVENT_FILE_EXPIRED: told
 * once for a prediction that has any), or its data goes. Where both are due, the files come first; where data goes
 * before, nothing is said of files. */
void store_retention_over(struct timer *retention);

/* By id, in any open world; NULL: none. */
struct prediction *store_find(const struct store *store, const char *id);

/* To be told when a world closes: its predictions count no more. */
void store_world_closed(struct store *store, const struct world *world);

/* Only for the closing of worlds: frees the prediction and tells nobody. */
void store_reap(struct store *store, struct prediction *prediction);

#endif
