#include "control/reset.h"
#include "control/control.h"
#include "core/deployments.h"
#include "core/files.h"
#include "core/inbox.h"
#include "core/journal.h"
#include "core/models.h"
#include "core/scenario.h"

#include <stdlib.h>

/* What a reset can spare: each a bit of `keep`. */
enum part {
    PART_SCENARIOS,
    PART_CLOCK,
    PART_FILES,
    PART_MODELS, /* with the deployments of them */
    PART_REQUESTS,
    PART_INBOX,
    PART_PREDICTIONS,
    PART_COUNT
};

static const char *const parts[PART_COUNT] = {"scenarios", "clock", "files",      "models",
                                              "requests",  "inbox", "predictions"};

static bool keeps(unsigned keep, enum part part)
{
    return keep & 1U << part;
}

/* The bit of a part's name; 0: there is none of that name. */
static unsigned part_bit(const cJSON *name)
{
    for (int i = 0; cJSON_IsString(name) && i < PART_COUNT; i++)
        if (strcmp(parts[i], name->valuestring) == 0)
            return 1U << i;
    return 0;
}

static bool read_keep(struct exchange *exchange, unsigned *keep)
{
    static const char *const members[] = {"keep", NULL};
    const cJSON *body = control_body(exchange);

    if (!body || !control_check_members(exchange, body, members))
        return false;
    const cJSON *list = json_get(body, "keep");
    if (list && !cJSON_IsArray(list)) {
        control_invalid(exchange, "keep", "An array of the parts to spare.");
        return false;
    }
    for (const cJSON *item = list ? list->child : NULL; item; item = item->next) {
        if (!part_bit(item)) {
            control_invalid(exchange, "keep",
                            "Parts are: scenarios, clock, files, models, requests, inbox, predictions.");
            return false;
        }
        *keep |= part_bit(item);
    }
    return true;
}

/* Whatever is not to be kept goes at once; what is, stays where it is. */
static void drop_parts(struct world *world, unsigned keep)
{
    if (!keeps(keep, PART_SCENARIOS)) {
        scenario_free_world(world->worlds, world->rules);
        world->rules = NULL;
    }
    if (!keeps(keep, PART_MODELS)) {
        deployments_free(world->deployments);
        world->deployments = NULL;
        models_free(world->models);
        world->models = NULL;
    }
    if (!keeps(keep, PART_INBOX)) {
        inboxes_close(world->inboxes);
        world->inboxes = NULL;
    }
    if (!keeps(keep, PART_REQUESTS)) {
        journal_close(world->journal);
        world->journal = NULL;
    }
}

/* A new world in the place of `old`, with what is left of it. */
static void replace(struct world *old, unsigned keep)
{
    struct worlds *worlds = old->worlds;
    struct world spared = *old; // its parts are lifted out, or closing it would free them
    bool spares_files = keeps(keep, PART_FILES) && old->files;

    old->rules = NULL;
    old->models = NULL;
    old->deployments = NULL;
    old->inboxes = NULL;
    old->journal = NULL;
    world_close(old); // its memory, files among it, is freed later
    if (!keeps(keep, PART_CLOCK) && !spares_files && !spared.rules && !spared.models && !spared.deployments &&
        !spared.inboxes && !spared.journal)
        return; // made again when it is used
    struct world *fresh = worlds_use(worlds, old->token);
    if (keeps(keep, PART_CLOCK))
        fresh->clock = spared.clock;
    if (spares_files)
        files_move(fresh, old);
    fresh->rules = spared.rules;
    fresh->models = spared.models;
    fresh->deployments = spared.deployments;
    fresh->inboxes = spared.inboxes;
    fresh->journal = spared.journal;
}

static void reset(struct world *world, unsigned keep)
{
    drop_parts(world, keep);
    if (!keeps(keep, PART_PREDICTIONS)) {
        replace(world, keep);
        return;
    }
    // Predictions live by their world's clock: whoever keeps them keeps it.
    memset(world->buckets, 0, sizeof(world->buckets));
    while (!keeps(keep, PART_FILES) && files_reap(world))
        ;
}

static size_t reset_all(struct worlds *worlds, unsigned keep)
{
    size_t count = 0, total = worlds_count(worlds);
    struct world **all = xcalloc(total, sizeof(struct world *)); // a reset may put a new one into the list

    if (!keeps(keep, PART_CLOCK) && !keeps(keep, PART_PREDICTIONS))
        worlds->settings = worlds->initial;
    if (!keeps(keep, PART_INBOX)) {
        inboxes_close(worlds->inboxes);
        worlds->inboxes = NULL;
    }
    if (!keeps(keep, PART_REQUESTS)) {
        journal_close(worlds->journals->own);
        worlds->journals->own = NULL;
    }
    if (!keeps(keep, PART_SCENARIOS))
        scenario_clear(worlds, &worlds->scenarios->posted);
    worlds_each (link, worlds)
        all[count++] = world_of(link);
    for (size_t i = 0; i < count; i++)
        reset(all[i], keep);
    free(all);
    return count;
}

enum verdict reset_post(void *context, struct exchange *exchange)
{
    struct control *control = context;
    struct world *world = control_world(control, exchange);
    unsigned keep = 0;
    size_t count = 0;

    if (!read_keep(exchange, &keep))
        return VERDICT_ANSWER;
    if (world) {
        reset(world, keep);
        count = 1;
    } else if (!exchange->token) {
        count = reset_all(control->worlds, keep);
    }
    buf_printf(&exchange->response.body, "{\"worlds\":%zu}", count);
    return control_answer(exchange, 200);
}
