#include "core/store.h"
#include "base/id.h"
#include "core/files.h"
#include "core/inlined.h"
#include "core/output_files.h"
#include "core/prediction.h"
#include "core/script.h"

#include <assert.h>
#include <stdlib.h>

/* What a prediction costs beside its own bytes: its entries in the index and the timeline, and malloc's own. */
enum { OVERHEAD = 160 };

static struct slice id_of(const void *value)
{
    return (struct slice){((const struct prediction *)value)->id, ID_LEN};
}

struct store *store_new(size_t max_bytes)
{
    struct store *store = xnew(struct store);

    store->max_bytes = max_bytes;
    map_init(&store->by_id, id_of, id_random_key());
    list_init(&store->with_data);
    return store;
}

void store_free(struct store *store)
{
    if (!store)
        return;
    assert(store->by_id.len == 0 && store->bytes == 0 && store->count == 0);
    map_free(&store->by_id);
    free(store);
}

/* Where its world keeps it. */
static struct timeline *timeline_of(const struct prediction *prediction)
{
    struct world *world = prediction->world;

    return prediction->kind == PREDICTION_TRAINING ? &world->trainings : &world->timeline;
}

static size_t held_by(const struct world *world)
{
    return world->timeline.len + world->trainings.len;
}

static size_t cost_of(const struct prediction *prediction)
{
    return prediction_bytes(prediction) + OVERHEAD;
}

/* Those that one rule made share its script, whose bytes count once: with the first of them that is stored, until the last
 * is gone or has lost its data. So it is also where the rule has long been deleted. */
static void count_script(struct store *store, struct script *script)
{
    if (script && script->stored++ == 0)
        store->bytes += script_bytes(script);
}

static void uncount_script(struct store *store, struct script *script)
{
    if (script && --script->stored == 0)
        store->bytes -= script_bytes(script);
}

/* The first in `finished`, from `link` on, that has output files. */
static struct prediction *first_with_files(const struct world *world, const struct list *link)
{
    for (; link != &world->finished; link = link->next) {
        struct prediction *prediction = container_of(link, struct prediction, finished);
        if (output_files_any(prediction))
            return prediction;
    }
    return NULL;
}

/* The next one's turn, where it is this one's: each finished prediction is passed once. */
static void pass_expiring(struct prediction *prediction)
{
    struct world *world = prediction->world;

    if (world->expiring == prediction)
        world->expiring = first_with_files(world, prediction->finished.next);
}

static int64_t files_due(const struct world *world)
{
    return world->expiring ? output_files_expire_at(world->expiring) : CLOCK_NEVER;
}

/* Data is kept after completion. History is to be there for the test that put it in, however old it is. */
static int64_t kept_since(const struct prediction *prediction)
{
    return prediction->filled_at ? prediction->filled_at : prediction->completed_at;
}

static int64_t data_due(const struct world *world)
{
    const struct prediction *first = list_first(&world->finished, struct prediction, finished);
    int64_t retention = world->worlds->settings.retention;

    return first && retention > 0 ? time_after(kept_since(first), retention) : CLOCK_NEVER;
}

/* The retention timer follows the first finished predictions that still have their files and their data. */
static void set_retention(struct world *world)
{
    int64_t files = files_due(world), data = data_due(world), due = files < data ? files : data;

    if (due == CLOCK_NEVER || world->closed)
        sched_cancel(&world->sched, &world->retention);
    else if (world->retention.node.place == 0 || world->retention.due != due)
        sched_set(&world->sched, &world->retention, due);
}

/* Takes the prediction out of everything and frees it. */
static void discard(struct store *store, struct prediction *prediction)
{
    struct world *world = prediction->world;

    sched_cancel(&world->sched, &prediction->timer);
    timeline_remove(timeline_of(prediction), prediction);
    map_remove(&store->by_id, prediction);
    pass_expiring(prediction);
    list_remove(&prediction->finished);
    list_remove(&prediction->with_data);
    store->bytes -= cost_of(prediction);
    uncount_script(store, prediction->script);
    set_retention(world);
    prediction_free(prediction);
}

static void evict(struct store *store, struct prediction *prediction)
{
    struct event event = {.type = EVENT_GONE,
                          .world = prediction->world,
                          .prediction = prediction,
                          .at = clock_now(&prediction->world->clock)};

    event_publish(&event);
    store->count--;
    discard(store, prediction);
}

size_t store_memory_used(const struct store *store, const struct worlds *worlds)
{
    return store->bytes + worlds->delivery_bytes + worlds->files->bytes;
}

enum store_verdict store_make_memory(struct store *store, struct worlds *worlds, size_t bytes)
{
    if (bytes > store->max_bytes) // nothing need go for what cannot come
        return STORE_NO_MEMORY;
    while (store_memory_used(store, worlds) + bytes > store->max_bytes) {
        if (!list_empty(&worlds->closing)) { // what was reset is still here: that first
            worlds_reap(worlds, 1);
            continue;
        }
        struct prediction *oldest = list_first(&store->with_data, struct prediction, with_data);
        if (files_give_up_oldest(worlds, oldest ? oldest->serial : UINT64_MAX))
            continue;
        if (!oldest)
            return STORE_NO_MEMORY;
        store_remove_data(store, oldest, clock_now(&oldest->world->clock));
    }
    return STORE_OK;
}

/* So that the world holds `count` more at most. False: there is none that could go. */
static bool make_places(struct store *store, struct world *world, size_t count)
{
    while (held_by(world) + count > world->worlds->settings.max_predictions) {
        struct prediction *oldest = list_first(&world->emptied, struct prediction, finished);
        if (!oldest)
            oldest = list_first(&world->finished, struct prediction, finished);
        if (!oldest)
            return false;
        evict(store, oldest);
    }
    return true;
}

enum store_verdict store_make_room(struct store *store, struct world *world, size_t bytes)
{
    if (!make_places(store, world, 1))
        return STORE_FULL;
    return store_make_memory(store, world->worlds, bytes + OVERHEAD);
}

/* Into the index, and into what is counted. False: another one has that id. */
static bool take_in(struct store *store, struct prediction *prediction)
{
    // A prediction of a closed world may still be waiting to be freed under this id: with --seed, a world that was
    // reset makes the same ids again. The new one takes its place in the index.
    struct prediction *other = map_put(&store->by_id, prediction);
    if (other && !other->world->closed) {
        map_put(&store->by_id, other);
        return false;
    }
    prediction->serial = ++store->serials;
    store->bytes += cost_of(prediction);
    count_script(store, prediction->script);
    store->count++;
    return true;
}

bool store_add(struct store *store, struct prediction *prediction)
{
    struct world *world = prediction->world;

    if (!take_in(store, prediction))
        return false;
    timeline_append(timeline_of(prediction), prediction);
    world->worlds->tally.created[prediction->kind]++;
    world->unfinished++;
    world->worlds->unfinished++;
    return true;
}

static int by_completion(const void *a, const void *b)
{
    const struct prediction *left = *(struct prediction *const *)a, *right = *(struct prediction *const *)b;

    if (left->completed_at != right->completed_at)
        return left->completed_at < right->completed_at ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

enum store_verdict store_add_past(struct store *store, struct world *world, struct prediction *const *past,
                                  size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += cost_of(past[i]) + script_bytes(past[i]->script);
    if (world->unfinished + count > world->worlds->settings.max_predictions)
        return STORE_FULL;
    if (store_make_memory(store, world->worlds, bytes) != STORE_OK)
        return STORE_NO_MEMORY;
    make_places(store, world, count);
    timeline_merge(&world->timeline, past, count);
    struct prediction **completed = xcalloc(count, sizeof(struct prediction *));
    memcpy(completed, past, count * sizeof(struct prediction *));
    qsort(completed, count, sizeof(struct prediction *), by_completion);
    for (size_t i = 0; i < count; i++) {
        struct prediction *each = completed[i];
        take_in(store, each);
        list_append(each->data_removed ? &world->emptied : &world->finished, &each->finished);
        if (!each->data_removed)
            list_append(&store->with_data, &each->with_data);
    }
    world->worlds->tally.filled += count;
    free(completed);
    set_retention(world);
    return STORE_OK;
}

void store_finished(struct store *store, struct prediction *prediction)
{
    struct world *world = prediction->world;

    world->worlds->tally.completed[prediction->status]++;
    list_append(&world->finished, &prediction->finished);
    list_append(&store->with_data, &prediction->with_data);
    world->unfinished--;
    world->worlds->unfinished--;
    if (!world->expiring)
        world->expiring = first_with_files(world, &prediction->finished);
    set_retention(world);
}

void store_set_error(struct store *store, struct prediction *prediction, const char *error)
{
    store->bytes -= cost_of(prediction);
    free(prediction->error);
    prediction->error = xstrdup(error);
    store->bytes += cost_of(prediction);
}

bool store_set_inlined(struct store *store, struct prediction *prediction, struct inlined *inlined)
{
    if (store_make_memory(store, prediction->world->worlds, inlined_bytes(inlined)) != STORE_OK)
        return false;
    store->bytes -= cost_of(prediction);
    prediction->inlined = inlined;
    store->bytes += cost_of(prediction);
    return true;
}

bool store_set_prepared(struct store *store, struct prediction *prediction, struct prepared *prepared)
{
    if (store_make_memory(store, prediction->world->worlds, prepared_bytes(prepared)) != STORE_OK)
        return false;
    store->bytes -= cost_of(prediction);
    prediction->prepared = prepared;
    store->bytes += cost_of(prediction);
    return true;
}

void store_set_flaw(struct store *store, struct prediction *prediction, const char *flaw)
{
    store->bytes -= cost_of(prediction);
    free(prediction->flaw);
    prediction->flaw = xstrdup(flaw);
    store->bytes += cost_of(prediction);
}

void store_remove_data(struct store *store, struct prediction *prediction, int64_t at)
{
    struct event event = {.type = EVENT_REMOVED, .world = prediction->world, .prediction = prediction, .at = at};

    store->bytes -= cost_of(prediction);
    uncount_script(store, prediction->script);
    prediction_remove_data(prediction);
    store->bytes += cost_of(prediction);
    list_remove(&prediction->with_data);
    pass_expiring(prediction);
    list_remove(&prediction->finished);
    list_append(&prediction->world->emptied, &prediction->finished);
    set_retention(prediction->world);
    if (!prediction->world->closed)
        event_publish(&event);
}

static void expire_files(struct world *world, int64_t at)
{
    struct event event = {.type = EVENT_FILE_EXPIRED, .world = world, .prediction = world->expiring, .at = at};

    pass_expiring(world->expiring);
    set_retention(world);
    event_publish(&event);
}

void store_retention_over(struct timer *retention)
{
    struct world *world = container_of(retention, struct world, retention);

    // Both end after an hour, if nothing else is asked for: the files first, as long as they are there to expire.
    if (files_due(world) <= retention->due)
        expire_files(world, retention->due);
    else
        store_remove_data(world->worlds->store, list_first(&world->finished, struct prediction, finished),
                          retention->due);
}

void store_world_closed(struct store *store, const struct world *world)
{
    store->count -= held_by(world);
}

struct prediction *store_find(const struct store *store, const char *id)
{
    struct prediction *prediction = id_is_possible(id) ? map_find(&store->by_id, id, ID_LEN) : NULL;

    return prediction && !prediction->world->closed ? prediction : NULL;
}

void store_reap(struct store *store, struct prediction *prediction)
{
    discard(store, prediction);
}
