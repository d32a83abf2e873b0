#include "control/reset.h"
#include "control/control.h"
#include "core/deployments.h"
#include "core/files.h"
#include "core/inbox.h"
#include "core/models.h"
#include "core/scenario.h"

#include <stdlib.h>

/* What a reset can spare. The parts that this version has nothing of are spared by themselves. */
static const char *const parts[] = {"scenarios", "clock", "files", "models", "requests", "inbox", "predictions"};

struct keep {
    bool clock, files, inbox, models, predictions, scenarios;
};

static bool is_part(const char *name)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        if (strcmp(parts[i], name) == 0)
            return true;
    return false;
}

static bool read_keep(struct exchange *exchange, struct keep *keep)
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
        if (!cJSON_IsString(item) || !is_part(item->valuestring)) {
            control_invalid(exchange, "keep",
                            "Parts are: scenarios, clock, files, models, requests, inbox, predictions.");
            return false;
        }
        keep->clock |= strcmp(item->valuestring, "clock") == 0;
        keep->files |= strcmp(item->valuestring, "files") == 0;
        keep->inbox |= strcmp(item->valuestring, "inbox") == 0;
        keep->models |= strcmp(item->valuestring, "models") == 0;
        keep->scenarios |= strcmp(item->valuestring, "scenarios") == 0;
        keep->predictions |= strcmp(item->valuestring, "predictions") == 0;
    }
    return true;
}

/* Predictions live by their world's clock: whoever keeps them keeps it. */
static void reset(struct world *world, const struct keep *keep)
{
    struct worlds *worlds = world->worlds;

    if (!keep->inbox) {
        inboxes_free(world->inboxes);
        world->inboxes = NULL;
    }
    if (!keep->models) {
        deployments_free(world->deployments);
        world->deployments = NULL;
        models_free(world->models);
        world->models = NULL;
    }
    if (!keep->scenarios) {
        scenario_free_world(worlds, world->rules);
        world->rules = NULL;
    }
    memset(world->buckets, 0, sizeof(world->buckets));
    if (keep->predictions) {
        while (!keep->files && files_reap(world))
            ;
        return;
    }
    char *token = xstrdup(world->token);
    struct clock clock = world->clock;
    struct inboxes *inboxes = world->inboxes;
    struct models *models = world->models;
    struct deployments *deployments = world->deployments;
    struct world_rules *rules = world->rules;
    world->inboxes = NULL;
    world->models = NULL;
    world->deployments = NULL;
    world->rules = NULL;
    world_close(world);
    if (keep->clock)
        worlds_use(worlds, token)->clock = clock;
    if (keep->files && world->files)
        files_move(worlds_use(worlds, token), world);
    if (inboxes)
        worlds_use(worlds, token)->inboxes = inboxes;
    if (models)
        worlds_use(worlds, token)->models = models;
    if (deployments)
        worlds_use(worlds, token)->deployments = deployments;
    if (rules)
        worlds_use(worlds, token)->rules = rules;
    free(token);
}

static size_t reset_all(struct worlds *worlds, const struct keep *keep)
{
    size_t count = 0, total = worlds_count(worlds);
    struct world **all = xcalloc(total, sizeof(struct world *)); // a reset may put a new one into the list

    if (!keep->clock && !keep->predictions)
        worlds->settings = worlds->initial;
    if (!keep->inbox) {
        inboxes_free(worlds->inboxes);
        worlds->inboxes = NULL;
    }
    if (!keep->scenarios)
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
    struct keep keep = {0};
    size_t count = 0;

    if (!read_keep(exchange, &keep))
        return VERDICT_ANSWER;
    if (world) {
        reset(world, &keep);
        count = 1;
    } else if (!exchange->token) {
        count = reset_all(control->worlds, &keep);
    }
    buf_printf(&exchange->response.body, "{\"worlds\":%zu}", count);
    return control_answer(exchange, 200);
}
