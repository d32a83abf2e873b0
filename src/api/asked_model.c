#include "api/asked_model.h"
#include "api/cors.h"
#include "api/reply.h"
#include "http/problem.h"

struct world *asking_world(struct api *api, struct exchange *exchange)
{
    struct world *world = worlds_find(api->worlds, exchange->token);

    if (world)
        world_touch(world);
    return world;
}

bool asked_model_read(struct api *api, struct exchange *exchange, struct asked_model *asked)
{
    const char *const *params = exchange->request.params;
    const char *name = arena_printf(exchange->scratch, "%s/%s", params[0], params[1]);

    asked->world = asking_world(api, exchange);
    asked->model = models_find(api->catalog, asked->world, name, strlen(name));
    if (!asked->model) {
        reply_not_found(exchange);
        return false;
    }
    asked->own = models_own(asked->world, asked->model);
    return true;
}

bool asked_model_read_own(struct api *api, struct exchange *exchange, struct asked_model *asked)
{
    if (!asked_model_read(api, exchange, asked))
        return false;
    if (asked->own)
        return true;
    problem(&exchange->response, 403, NULL, "You do not have permission to perform this action.");
    cors_allow_any_origin(exchange);
    return false;
}
