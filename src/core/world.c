#include "core/world.h"
#include "base/digest.h"
#include "base/id.h"
#include "base/log.h"
#include "core/delivery.h"
#include "core/deployments.h"
#include "core/files.h"
#include "core/inbox.h"
#include "core/journal.h"
#include "core/models.h"
#include "core/prediction.h"
#include "core/scenario.h"
#include "core/store.h"

#include <assert.h>
#include <stdlib.h>

static struct slice token_of(const void *value)
{
    const struct world *world = value;

    return (struct slice){world->token, strlen(world->token)};
}

static struct world *world_of_wake(const struct heap_node *node)
{
    return container_of(node, struct world, wake);
}

/* --seed N makes everything a function of N; without it nothing can be guessed. */
static struct hash_key make_secret(const struct world_settings *settings)
{
    struct hash_key seeded = {settings->seed, 0x7265706c69636174};

    return settings->seeded ? hash_derive(&seeded, "secret") : id_random_key();
}

struct worlds *worlds_new(const struct world_settings *settings, const struct timebase *base, const struct maker *maker)
{
    struct worlds *worlds = xnew(struct worlds);

    worlds->settings = worlds->initial = *settings;
    worlds->base = base;
    worlds->maker = maker;
    worlds->tally.began = base->mono;
    worlds->secret = make_secret(settings);
    map_init(&worlds->by_token, token_of, id_random_key());
    deliveries_init(worlds);
    worlds->scenarios = scenarios_new(settings->operations);
    list_init(&worlds->recency);
    list_init(&worlds->closing);
    list_init(&worlds->observers);
    received_init(&worlds->received);
    worlds->store = store_new(settings->max_memory);
    worlds->files = file_index_new();
    worlds->journals = journals_new(&worlds->secret);
    return worlds;
}

void worlds_free(struct worlds *worlds)
{
    if (!worlds)
        return;
    worlds_each (link, worlds)
        world_close(world_of(link));
    while (worlds_reap(worlds, 10000))
        ;
    assert(list_empty(&worlds->observers));
    store_free(worlds->store);
    file_index_free(worlds->files);
    journals_free(worlds->journals);
    map_free(&worlds->by_token);
    map_free(&worlds->by_message);
    inboxes_free(worlds->inboxes);
    scenarios_free(worlds->scenarios);
    heap_free(&worlds->wakes);
    buf_free(&worlds->scratch);
    free(worlds);
}

struct world *worlds_find(const struct worlds *worlds, const char *token)
{
    return map_find(&worlds->by_token, token, strlen(token));
}

size_t worlds_count(const struct worlds *worlds)
{
    return worlds->by_token.len;
}

void world_clock_changed(struct world *world)
{
    struct timer *first = sched_first(&world->sched);
    // What falls due while its clock advances is the advance's to run, and to note.
    bool sleeps = !first || world->closed || world->advancing;
    int64_t wake_at = sleeps ? CLOCK_NEVER : clock_mono_at(&world->clock, first->due);

    if (wake_at == world->wake_at)
        return;
    world->wake_at = wake_at;
    if (wake_at == CLOCK_NEVER)
        heap_remove(&world->worlds->wakes, &world->wake);
    else
        heap_set(&world->worlds->wakes, &world->wake, wake_at, false);
}

static void sched_changed(struct sched *sched)
{
    world_clock_changed(container_of(sched, struct world, sched));
}

static void name_world(struct world *world)
{
    char hex[SHA256_HEX];

    digest_sha256_hex(hex, world->token, strlen(world->token));
    memcpy(world->name, hex, WORLD_NAME_LEN);
}

static struct world *world_new(struct worlds *worlds, const char *token)
{
    const struct world_settings *settings = &worlds->settings;
    struct world *world = xnew(struct world);
    int64_t start = settings->start_time ? settings->start_time : worlds->base->wall;

    world->worlds = worlds;
    world->token = xstrdup(token);
    name_world(world);
    world->clock = clock_start(worlds->base, settings->manual_clock, settings->speed, start);
    sched_init(&world->sched, sched_changed);
    world->rng.key = hash_derive(&worlds->secret, token);
    world->wake_at = CLOCK_NEVER;
    list_init(&world->emptied);
    list_init(&world->finished);
    world->retention.fire = store_retention_over;
    list_init(&world->deliveries);
    list_init(&world->observers);
    list_init(&world->at_close);
    list_init(&world->at_reap);
    list_append(&worlds->recency, &world->recency);
    map_put(&worlds->by_token, world);
    log_debug("world %s begins", world->name);
    return world;
}

/* Makes room for one more world: the longest idle one without unfinished predictions goes. */
static bool make_room(struct worlds *worlds)
{
    worlds_each (link, worlds) {
        struct world *world = world_of(link);
        if (world->unfinished > 0 || world->pending_deliveries > 0 || world->advancing ||
            !list_empty(&world->observers))
            continue;
        log_warn("world %s goes, the longest idle one: there are --max-worlds %zu", world->name,
                 worlds->settings.max_worlds);
        world_close(world);
        return true;
    }
    return false;
}

void world_touch(struct world *world)
{
    struct list *recency = &world->worlds->recency;

    if (recency->prev == &world->recency)
        return;
    list_remove(&world->recency);
    list_append(recency, &world->recency);
}

struct world *worlds_use(struct worlds *worlds, const char *token)
{
    struct world *world = worlds_find(worlds, token);

    if (!world) {
        if (worlds_count(worlds) >= worlds->settings.max_worlds && !make_room(worlds))
            return NULL;
        return world_new(worlds, token);
    }
    world_touch(world);
    return world;
}

void world_close(struct world *world)
{
    struct worlds *worlds = world->worlds;
    struct event event = {.type = EVENT_WORLD_CLOSING, .world = world, .at = clock_now(&world->clock)};

    if (world->closed)
        return;
    world->closed = true;
    sched_cancel(&world->sched, &world->retention);
    map_remove(&worlds->by_token, world);
    world_clock_changed(world);
    list_remove(&world->recency);
    list_append(&worlds->closing, &world->recency);
    worlds->unfinished -= world->unfinished;
    store_world_closed(worlds->store, world);
    inboxes_close(world->inboxes);
    world->inboxes = NULL;
    journal_close(world->journal);
    world->journal = NULL;
    deployments_free(world->deployments);
    world->deployments = NULL;
    models_free(world->models);
    world->models = NULL;
    scenario_free_world(worlds, world->rules); // now: what they count is of what can be found
    world->rules = NULL;
    event_publish(&event);
    assert(list_empty(&world->observers) && list_empty(&world->at_close));
}

static void world_free(struct world *world)
{
    list_remove(&world->recency);
    deliveries_free(world);
    timeline_free(&world->timeline);
    timeline_free(&world->trainings);
    sched_free(&world->sched);
    free(world->token);
    free(world);
}

/* One of those that are still to be freed; NULL: none is left. */
static struct prediction *last_of(const struct world *world)
{
    const struct timeline *timeline = world->timeline.len > 0 ? &world->timeline : &world->trainings;

    return timeline->len > 0 ? timeline_at(timeline, timeline->len - 1) : NULL;
}

/* Tells the next of those that need not have heard at once. */
static void tell_of_closing(struct world *world)
{
    struct observer *next = list_first(&world->at_reap, struct observer, link);
    struct event event = {.type = EVENT_WORLD_CLOSING, .world = world, .at = clock_now(&world->clock)};

    unobserve(next);
    next->see(next, &event);
}

bool worlds_reap(struct worlds *worlds, size_t budget)
{
    while (!list_empty(&worlds->closing)) {
        struct world *world = world_of(worlds->closing.next);
        while (!list_empty(&world->at_reap)) {
            if (budget-- == 0)
                return true;
            tell_of_closing(world);
        }
        for (struct prediction *last; (last = last_of(world));) {
            if (budget-- == 0)
                return true;
            store_reap(worlds->store, last);
        }
        while (world->files) {
            if (budget-- == 0)
                return true;
            files_reap(world);
        }
        world_free(world);
    }
    return inboxes_reap(&worlds->received, &budget) || journals_reap(worlds->journals, &budget);
}

int64_t worlds_wake_at(const struct worlds *worlds)
{
    struct heap_node *top = heap_top(&worlds->wakes);

    return top ? world_of_wake(top)->wake_at : CLOCK_NEVER;
}

void worlds_run_due(struct worlds *worlds, size_t budget)
{
    while (budget-- > 0 && worlds_wake_at(worlds) <= worlds->base->mono)
        sched_fire(&world_of_wake(heap_top(&worlds->wakes))->sched);
}
