#include "api/predictions.h"
#include "api/answers.h"
#include "api/api.h"
#include "api/create.h"
#include "api/origin.h"
#include "api/page.h"
#include "api/reply.h"
#include "api/waits.h"
#include "base/log.h"
#include "core/models.h"
#include "core/store.h"

struct prediction *predictions_find(const struct api *api, const struct exchange *exchange)
{
    struct prediction *prediction = store_find(api->worlds->store, exchange->request.params[0]);

    if (!prediction || strcmp(prediction->world->token, exchange->token) != 0)
        return NULL;
    world_touch(prediction->world);
    return prediction;
}

static enum verdict answer_store(struct exchange *exchange, enum store_verdict verdict)
{
    if (verdict == STORE_FULL)
        return reply_unavailable(exchange, "This token has --max-predictions unfinished predictions; none can go.");
    return reply_unavailable(exchange, "--max-memory is used up, and nothing finished is left to give up.");
}

enum verdict predictions_start(struct api *api, struct exchange *exchange, const struct create_from *from)
{
    struct create create;
    struct prediction *prediction;

    if (!create_read(api, exchange, from, &create))
        return reply_problem(exchange);
    struct world *world = reply_world(api, exchange);
    if (!world)
        return VERDICT_ANSWER;
    create.request.script = exchange->script;
    enum store_verdict verdict = lifecycle_create(world, &create.request, &prediction);
    if (verdict != STORE_OK)
        return answer_store(exchange, verdict);
    log_debug("world %s: %s %s created", world->name, prediction_word(prediction), prediction->id);
    if (create.wait > 0) {
        waits_park(api, exchange, prediction, create.wait);
        return VERDICT_PARK;
    }
    struct view_base base = origin_base(exchange, &api->origin);
    view_gateway(&exchange->response.body, prediction, &base);
    buf_char(&exchange->response.body, '\n');
    return reply_json(exchange, 201);
}

enum verdict predictions_create(void *context, struct exchange *exchange)
{
    return predictions_start(context, exchange, &(struct create_from){.kind = CREATE_BY_VERSION});
}

/* Runs what the path names; nothing there is a 404. */
static enum verdict start_by_path(struct api *api, struct exchange *exchange, struct version *version)
{
    if (!version)
        return reply_not_found(exchange);
    return predictions_start(api, exchange, &(struct create_from){.kind = CREATE_BY_PATH, .version = version});
}

/* "Official models only": a community model has only POST /predictions, and a 404 here [recorded]. */
enum verdict predictions_create_official(void *context, struct exchange *exchange)
{
    struct api *api = context;
    const char *const *params = exchange->request.params;
    const char *name = arena_printf(exchange->scratch, "%s/%s", params[0], params[1]);
    const struct world *world = worlds_find(api->worlds, exchange->token);
    const struct model *model = models_find(api->catalog, world, name, strlen(name));
    struct version *version = model && model->official ? model->latest : NULL;

    return start_by_path(api, exchange, version ? version : create_find_unlisted(api, exchange, name));
}

enum verdict predictions_create_by_version(void *context, struct exchange *exchange)
{
    return start_by_path(context, exchange, create_find_version(context, exchange, exchange->request.params[0]));
}

enum verdict predictions_get(void *context, struct exchange *exchange)
{
    struct api *api = context;
    const struct prediction *prediction = predictions_find(api, exchange);

    if (!prediction)
        return reply_not_found(exchange);
    struct view_base base = origin_base(exchange, &api->origin);
    struct response *response = &exchange->response;
    // What is made ready has no room for more headers: those of CORS, the one that ends a connection, what a limiter says.
    bool plain =
        !response->one_off && !exchange->request.headers[HEADER_ORIGIN] && !server_is_draining(exchange->server);
    response->ready_made = plain ? answers_find(api->answers, prediction, &base) : NULL;
    if (response->ready_made)
        return VERDICT_ANSWER;
    view_gateway(&response->body, prediction, &base);
    buf_char(&response->body, '\n');
    enum verdict verdict = reply_json(exchange, 200);
    if (plain)
        response->ready_made = answers_keep(api->answers, prediction, &base, response);
    return verdict;
}

/* "Cancel of a finished one: 200, unchanged." */
enum verdict predictions_cancel(void *context, struct exchange *exchange)
{
    struct api *api = context;
    struct prediction *prediction = predictions_find(api, exchange);

    if (!prediction)
        return reply_not_found(exchange);
    lifecycle_cancel(prediction);
    struct view_base base = origin_base(exchange, &api->origin);
    view_django(&exchange->response.body, prediction, &base);
    return reply_json(exchange, 200);
}

enum verdict predictions_list(void *context, struct exchange *exchange)
{
    struct api *api = context;
    struct world *world = reply_world(api, exchange);

    if (!world)
        return VERDICT_ANSWER;
    return page_of_timeline(api, exchange, &world->timeline, "/predictions", view_django);
}
