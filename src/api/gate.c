#include "api/gate.h"
#include "api/body.h"
#include "api/content.h"
#include "api/cors.h"
#include "api/delivery.h"
#include "api/errors.h"
#include "api/hold.h"
#include "api/record.h"
#include "api/reply.h"
#include "api/streams.h"
#include "base/log.h"
#include "core/deployments.h"
#include "core/models.h"
#include "core/prediction.h"
#include "core/scenario.h"

#include <stdlib.h>
#include <strings.h>

static enum verdict handle(struct api *api, struct exchange *exchange)
{
    const struct route *route = exchange->route;

    record_ran(exchange);
    return route->handler(api, exchange);
}

/* --- rules: which --------------------------------------------------------------------------------------------------- */

struct asking {
    struct occasion occasion;
    struct api *api;
    struct exchange *exchange;
    const struct prediction *prediction; // whose stream or file is asked for; NULL: it is another request
    // What rules have asked for is found once, however many there are: above all that a body is no JSON.
    bool has_read, has_name;
    const cJSON *body, *input;
    const char *model;
};

static const cJSON *body_of(struct asking *asking)
{
    if (!asking->has_read)
        asking->body = body_peek(asking->exchange);
    asking->has_read = true;
    return asking->body;
}

/* What it was made with, as long as that is kept. */
static const cJSON *input_of_prediction(struct asking *asking)
{
    const struct prediction *prediction = asking->prediction;
    struct json_error error;

    if (!asking->has_read)
        asking->body =
            json_parse(asking->exchange->scratch, prediction->input, prediction->input_len, JSON_REQUEST, &error);
    asking->has_read = true;
    return asking->body;
}

static const cJSON *input_of(struct occasion *occasion)
{
    struct asking *asking = container_of(occasion, struct asking, occasion);

    if (!asking->input)
        asking->input = asking->prediction ? input_of_prediction(asking)
                                           : cJSON_GetObjectItemCaseSensitive(body_of(asking), "input");
    return asking->input;
}

/* "owner/name:version" where no catalogue has it. */
static const char *name_in(struct arena *arena, const char *spec)
{
    return strchr(spec, '/') ? arena_strndup(arena, spec, strcspn(spec, ":")) : NULL;
}

static const char *model_of_spec(const struct asking *asking, const struct world *world, const char *spec)
{
    const struct version *version = models_resolve(asking->api->catalog, world, spec);

    return version ? version->model->full_name : name_in(asking->exchange->scratch, spec);
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Of the prediction, or of the path, where that says which; or of the body's `version`. */
static const char *find_model(struct asking *asking)
{
    struct exchange *exchange = asking->exchange;
    const struct route *route = exchange->route;
    const char *const *params = exchange->request.params;
    const struct world *world = worlds_find(asking->api->worlds, exchange->token);

    if (asking->prediction)
        return asking->prediction->version->model->full_name;
    if (begins(route->pattern, "/models/{owner}/{name}"))
        return arena_printf(exchange->scratch, "%s/%s", params[0], params[1]);
    if (begins(route->pattern, "/models/{version}"))
        return model_of_spec(asking, world, params[0]);
    if (begins(route->pattern, "/deployments/{owner}/{name}")) {
        const struct deployment *deployment = deployments_find(world, params[1]);
        return deployment ? deployment->release.model : NULL;
    }
    const cJSON *spec = cJSON_GetObjectItemCaseSensitive(body_of(asking), "version");
    return cJSON_IsString(spec) ? model_of_spec(asking, world, spec->valuestring) : NULL;
}

static const char *model_of(struct occasion *occasion)
{
    struct asking *asking = container_of(occasion, struct asking, occasion);

    if (!asking->has_name)
        asking->model = find_model(asking);
    asking->has_name = true;
    return asking->model;
}

/* Without its query, which may hold secrets. */
static const char *id_of(struct occasion *occasion)
{
    const struct asking *asking = container_of(occasion, struct asking, occasion);

    return record_id(asking->api, asking->exchange);
}

static const char *path_of(struct occasion *occasion)
{
    struct exchange *exchange = container_of(occasion, struct asking, occasion)->exchange;
    const struct target *target = &exchange->request.target;
    const char *path = target->segment_count > 0 ? "" : "/";

    for (size_t i = 0; i < target->segment_count; i++)
        path = arena_printf(exchange->scratch, "%s/%s", path, target->segments[i]);
    return path;
}

/* False: refused. *rule is NULL where none is for this request. */
static bool find_rule(struct api *api, struct exchange *exchange, const struct prediction *prediction,
                      const struct rule **rule)
{
    const struct route *route = exchange->route;
    struct asking asking = {.occasion = {.operation = route->operation,
                                         .model = model_of,
                                         .input = input_of,
                                         .method = exchange->request.method_text,
                                         .request_id = id_of,
                                         .path = path_of},
                            .api = api,
                            .exchange = exchange,
                            .prediction = prediction};
    struct world *world;

    *rule = NULL;
    switch (scenario_hit(api->worlds, exchange->token, &asking.occasion, rule, &world)) {
    case SCENARIO_HIT:
        log_debug("world %s: rule %s hits %s", world->name, (*rule)->name, route->operation);
        return true;
    case SCENARIO_NONE: *rule = NULL; return true;
    case SCENARIO_NO_ROOM: break;
    }
    if (reply_world(api, exchange)) // otherwise it says what there is no room for
        reply_unavailable(exchange, "Rules have matched in more worlds than can be counted; reset some.");
    return false;
}

/* --- the limiter ---------------------------------------------------------------------------------------------------- */

/* "600 a minute for predictions.create, 3000 for others." No ratelimit headers were seen on /files. Streams and output files
 * are other servers'. */
static bool is_limited(const char *operation)
{
    return !begins(operation, "files.") && !begins(operation, "streams.") && !begins(operation, "delivery.");
}

static enum limit_kind kind_of(const char *operation)
{
    return operation_creates(operation) ? LIMIT_CREATES : LIMIT_OTHERS;
}

static void tell(struct exchange *exchange, int64_t remaining, int64_t reset)
{
    struct response *response = &exchange->response;

    response_standing_header(response, "ratelimit-remaining",
                             arena_printf(&exchange->arena, "%lld", (long long)remaining));
    response_standing_header(response, "ratelimit-reset", arena_printf(&exchange->arena, "%lld", (long long)reset));
}

/* As if each request were the first in a while: what was recorded, 599 and 1. */
static void tell_full(struct exchange *exchange, enum limit_kind kind)
{
    response_standing_header(&exchange->response, "ratelimit-remaining", kind == LIMIT_CREATES ? "599" : "2999");
    response_standing_header(&exchange->response, "ratelimit-reset", "1");
}

/* Has it run out of credit? Ours, so that the 402 can be met: see LIMIT_LOW_CREDIT_PREDICTIONS. */
static bool is_broke(const struct api *api, const struct world *world, enum limit_kind kind)
{
    return api->tier->low_credit && kind == LIMIT_CREATES && world->created >= LIMIT_LOW_CREDIT_PREDICTIONS;
}

/* False: refused. */
static bool pass_limiter(struct api *api, struct exchange *exchange)
{
    const struct route *route = exchange->route;
    enum limit_kind kind = kind_of(route->operation);

    if (!is_limited(route->operation))
        return true;
    if (api->tier->off) {
        tell_full(exchange, kind);
        return true;
    }
    exchange->response.one_off = true;
    struct world *world = reply_world(api, exchange);
    if (!world)
        return false;
    bool broke = is_broke(api, world, kind);
    struct bucket *bucket = &world->buckets[kind];
    const struct limit_rate *rate = &api->tier->rates[kind];
    struct limit_state state =
        broke ? limit_look(rate, bucket, clock_now(&world->clock)) : limit_take(rate, bucket, clock_now(&world->clock));
    tell(exchange, state.remaining, state.reset);
    if (broke)
        errors_answer(exchange, 402);
    else if (!state.passes)
        errors_throttled(exchange, kind == LIMIT_CREATES && api->tier->low_credit, state.retry);
    if (broke || !state.passes)
        reply_problem(exchange);
    return !broke && state.passes;
}

/* --- rules: what happens -------------------------------------------------------------------------------------------- */

/* What a rule's 429 tells of when to come again; seconds. */
static int64_t retry_after(const struct rule_response *given)
{
    for (size_t i = 0; i < given->header_count; i++) {
        const char *value = given->headers[i].value;
        size_t len = strspn(value, "0123456789");
        if (strcasecmp(given->headers[i].name, "Retry-After") == 0 && len > 0 && len < 10 && value[len] == '\0')
            return strtoll(value, NULL, 10);
    }
    return 1;
}

/* What the limiter would say beside it; "no ratelimit headers on the 401". */
static void tell_beside(const struct api *api, struct exchange *exchange, const struct world *world,
                        const struct rule_response *given)
{
    const struct route *route = exchange->route;
    enum limit_kind kind = kind_of(route->operation);

    if (!is_limited(route->operation) || given->status == 401)
        return;
    if (given->status == 429) {
        tell(exchange, 0, retry_after(given));
    } else if (api->tier->off) {
        tell_full(exchange, kind);
    } else {
        struct limit_state state = limit_look(&api->tier->rates[kind], &world->buckets[kind], clock_now(&world->clock));
        tell(exchange, state.remaining, state.reset);
    }
}

static void put_body(struct exchange *exchange, const struct rule_response *given)
{
    struct response *response = &exchange->response;

    response_clear(response);
    response->status = given->status;
    response->content_type = given->body_is_text ? "text/plain" : given->status < 400 ? CONTENT_JSON : CONTENT_PROBLEM;
    if (given->status != 204 && given->status != 304)
        buf_add(&response->body, given->body.data, given->body.len);
}

/* As the operation's own answers have it. */
static void allow_any_origin(struct exchange *exchange)
{
    const struct route *route = exchange->route;

    if (begins(route->operation, "delivery."))
        content_allow_any_origin(exchange);
    else
        cors_allow_any_origin(exchange);
}

/* The rule may be gone before the answer is: what is taken of it is copied. */
static enum verdict answer_by(const struct api *api, struct exchange *exchange, const struct rule_response *given)
{
    struct arena *arena = &exchange->arena;

    tell_beside(api, exchange, worlds_find(api->worlds, exchange->token), given);
    if (given->body.data)
        put_body(exchange, given);
    else if (given->status == 429)
        errors_throttled(exchange, false, retry_after(given));
    else
        errors_answer(exchange, given->status);
    for (size_t i = 0; i < given->header_count; i++)
        response_replace_header(&exchange->response,
                                arena_strndup(arena, given->headers[i].name, strlen(given->headers[i].name)),
                                arena_strndup(arena, given->headers[i].value, strlen(given->headers[i].value)));
    allow_any_origin(exchange);
    return VERDICT_ANSWER;
}

static enum cut cut_of(enum rule_drop drop)
{
    switch (drop) {
    case RULE_DROPS_BEFORE_HEADERS: return CUT_BEFORE_HEADERS;
    case RULE_DROPS_MID_BODY: return CUT_MID_BODY;
    case RULE_DROPS_NOTHING: break;
    }
    return CUT_NOTHING;
}

/* Whose stream or output file the request is for: it comes without a token, and the key says. NULL: nobody's. */
static const struct prediction *prediction_of_key(const struct api *api, const struct exchange *exchange)
{
    const struct route *route = exchange->route;

    if (begins(route->operation, "streams."))
        return streams_find(api, exchange);
    return begins(route->operation, "delivery.") ? delivery_find(api, exchange) : NULL;
}

static enum verdict pass(struct api *api, struct exchange *exchange)
{
    const struct prediction *prediction = exchange->token ? NULL : prediction_of_key(api, exchange);
    const struct rule *rule;

    if (prediction) { // from here on it is as if its owner had asked
        exchange->token = arena_strndup(&exchange->arena, prediction->world->token, strlen(prediction->world->token));
        record_owner(exchange, prediction->world);
    }
    if (!exchange->token)
        return handle(api, exchange);
    if (!find_rule(api, exchange, prediction, &rule))
        return VERDICT_ANSWER;
    if (!rule)
        return pass_limiter(api, exchange) ? handle(api, exchange) : VERDICT_ANSWER;
    // A handler that runs may end the rule's world, by making room for another, and the rule with it.
    struct rule_response given = rule->response;
    struct script *script = script_hold(rule->script);
    record_rule(exchange, rule->name);
    exchange->script = script;
    exchange->response.one_off = true;
    exchange->cut = cut_of(given.drop);
    enum verdict verdict = given.status                  ? answer_by(api, exchange, &given)
                           : pass_limiter(api, exchange) ? handle(api, exchange)
                                                         : VERDICT_ANSWER;
    exchange->script = NULL;
    script_let_go(script);
    return given.delay > 0 ? hold_answer(api, exchange, verdict, given.delay) : verdict;
}

enum verdict gate_handle(struct api *api, struct exchange *exchange)
{
    enum verdict verdict = pass(api, exchange);

    record_handled(api, exchange);
    return verdict;
}
