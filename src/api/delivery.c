#include "api/delivery.h"
#include "api/api.h"
#include "api/content.h"
#include "api/drawings.h"
#include "core/capability.h"
#include "core/output_files.h"
#include "core/prediction.h"
#include "core/progress.h"
#include "core/store.h"
#include "core/training.h"
#include "http/problem.h"
#include "http/router.h"
#include "media/weights.h"

#include <stdio.h>
#include <stdlib.h>

/* One fetch of a file, parked while it is drawn. */
struct fetch {
    struct drawing_wait wait;
    struct exchange *exchange;
    const char *type; /* of its content */
    int64_t modified_at;
    bool parked;
};

/* RFC 9110, 8.8.2.1: not later than Date, which is the machine's, even where the world's clock is ahead. */
static int64_t not_in_future(const struct api *api, int64_t at)
{
    int64_t wall = api->worlds->base->wall;

    return at < wall ? at : wall;
}

static void fill(struct exchange *exchange, const struct drawn *drawn, const char *type, int64_t modified_at)
{
    // The headers that recorded deliveries have. The picture may go before it is sent: it is copied.
    struct content content = {.data = drawn->data,
                              .len = drawn->len,
                              .type = type,
                              .etag = arena_strndup(&exchange->arena, drawn->etag, strlen(drawn->etag)),
                              .cache_control = "public,max-age=3600",
                              .modified_at = modified_at};

    content_answer(exchange, &content);
}

static void refuse(struct exchange *exchange, int status, const char *title, const char *detail)
{
    problem(&exchange->response, status, title, detail);
    content_allow_any_origin(exchange);
}

static void on_ready(struct drawing_wait *wait, const struct drawn *drawn)
{
    struct fetch *fetch = container_of(wait, struct fetch, wait);
    struct exchange *exchange = fetch->exchange;

    if (drawn)
        fill(exchange, drawn, fetch->type, fetch->modified_at);
    else
        refuse(exchange, 500, NULL, "The file could not be made.");
    if (fetch->parked)
        exchange_wake(exchange);
}

static void on_abandoned(struct exchange *exchange)
{
    struct fetch *fetch = exchange->parked_by;

    drawings_forget(&fetch->wait);
}

/* The one file of a training: its weights, small and made at once. */
static enum verdict answer_weights(const struct api *api, struct exchange *exchange, const struct prediction *training)
{
    struct drawn file = {0};
    char md5[MD5_HEX];

    if (!output_files_has_weights(training, clock_now(&training->world->clock)))
        return content_not_found(exchange);
    char *tar = weights_tar(training->id, training->completed_at / NS_PER_S, &file.len);
    digest_md5_hex(md5, tar, file.len);
    snprintf(file.etag, sizeof(file.etag), "\"%s\"", md5);
    file.data = tar;
    fill(exchange, &file, "application/x-tar", not_in_future(api, training->completed_at));
    free(tar);
    return VERDICT_ANSWER;
}

/* Of the path's end: before it may stand a bucket, which is not looked at; any word will do. */
static const char *const *key_and_name(const struct exchange *exchange)
{
    const struct route *route = exchange->route;

    return exchange->request.params + (route->handler == delivery_get);
}

struct prediction *delivery_find(const struct api *api, const struct exchange *exchange)
{
    const char *const *params = key_and_name(exchange);
    char id[ID_LEN + 1];

    if (strlen(params[1]) >= FILE_NAME_MAX || !capability_file_id(id, &api->worlds->secret, params[0], params[1]))
        return NULL;
    return store_find(api->worlds->store, id);
}

static enum verdict answer(struct api *api, struct exchange *exchange)
{
    const char *name = key_and_name(exchange)[1];
    const struct prediction *prediction = delivery_find(api, exchange);

    if (!prediction)
        return content_not_found(exchange);
    if (strcmp(name, TRAINING_WEIGHTS) == 0)
        return answer_weights(api, exchange, prediction);
    int index = plan_file_index(&prediction->plan, name);
    if (index < 0 || !output_files_has(prediction, (unsigned)index, clock_now(&prediction->world->clock)))
        return content_not_found(exchange);
    struct fetch *fetch = arena_alloc(&exchange->arena, sizeof(*fetch)); // it lives as long as the exchange
    int64_t made_at = progress_piece_at(prediction, plan_piece_of_file(&prediction->plan, (unsigned)index));
    *fetch = (struct fetch){.wait = {.ready = on_ready},
                            .exchange = exchange,
                            .type = file_kind_type(plan_file_kind(&prediction->plan, (unsigned)index)),
                            .modified_at = not_in_future(api, made_at)};
    if (!drawings_get(api->drawings, drawing_new(prediction, (unsigned)index), &fetch->wait)) {
        refuse(exchange, 503, "Service unavailable", "Too many files wait to be made.");
        response_header(&exchange->response, "Retry-After", "1");
        return VERDICT_ANSWER;
    }
    if (exchange->response.status != 0)
        return VERDICT_ANSWER;
    fetch->parked = true;
    exchange->parked_by = fetch;
    exchange->abandoned = on_abandoned;
    return VERDICT_PARK;
}

enum verdict delivery_get(void *context, struct exchange *exchange)
{
    return answer(context, exchange);
}

enum verdict delivery_get_of_bucket(void *context, struct exchange *exchange)
{
    return answer(context, exchange);
}
