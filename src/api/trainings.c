#include "api/trainings.h"
#include "api/create.h"
#include "api/origin.h"
#include "api/page.h"
#include "api/predictions.h"
#include "api/reply.h"

/* The answer is as of a prediction: its `urls` lead below /predictions, where clients poll it [recorded]. */
enum verdict trainings_create(void *context, struct exchange *exchange)
{
    const char *const *params = exchange->request.params;
    const char *spec = arena_printf(exchange->scratch, "%s/%s:%s", params[0], params[1], params[2]);
    struct create_from from = {.kind = CREATE_TRAINING, .version = create_find_version(context, exchange, spec)};

    return from.version ? predictions_start(context, exchange, &from) : reply_not_found(exchange);
}

enum verdict trainings_list(void *context, struct exchange *exchange)
{
    struct world *world = reply_world(context, exchange);

    if (!world)
        return VERDICT_ANSWER;
    return page_of_timeline(context, exchange, &world->trainings, "/trainings", view_training);
}

/* The training of the request; NULL: there is none of that id. A prediction is none. */
static const struct prediction *find(const struct api *api, const struct exchange *exchange)
{
    const struct prediction *found = predictions_find(api, exchange);

    return found && found->kind == PREDICTION_TRAINING ? found : NULL;
}

/* By the server that answers lists, too: recorded of one that ran. */
enum verdict trainings_get(void *context, struct exchange *exchange)
{
    struct api *api = context;
    const struct prediction *training = find(api, exchange);

    if (!training)
        return reply_not_found(exchange);
    struct view_base base = origin_base(exchange, &api->origin);
    view_training(&exchange->response.body, training, &base);
    return reply_json(exchange, 200);
}

enum verdict trainings_cancel(void *context, struct exchange *exchange)
{
    return find(context, exchange) ? predictions_cancel(context, exchange) : reply_not_found(exchange);
}
