#include "api/reply.h"
#include "api/cors.h"
#include "api/errors.h"
#include "http/problem.h"

enum verdict reply_json(struct exchange *exchange, int status)
{
    exchange->response.status = status;
    exchange->response.content_type = CONTENT_JSON;
    cors_allow_any_origin(exchange);
    return VERDICT_ANSWER;
}

enum verdict reply_empty(struct exchange *exchange)
{
    exchange->response.status = 204;
    cors_allow_any_origin(exchange);
    return VERDICT_ANSWER;
}

enum verdict reply_problem(struct exchange *exchange)
{
    cors_allow_any_origin(exchange);
    return VERDICT_ANSWER;
}

enum verdict reply_not_found(struct exchange *exchange)
{
    errors_answer(exchange, 404);
    return reply_problem(exchange);
}

enum verdict reply_unavailable(struct exchange *exchange, const char *detail)
{
    problem(&exchange->response, 503, "Service unavailable", detail);
    response_header(&exchange->response, "Retry-After", "1");
    return reply_problem(exchange);
}

struct world *reply_world(struct api *api, struct exchange *exchange)
{
    struct world *world = worlds_use(api->worlds, exchange->token);

    if (!world)
        reply_unavailable(
            exchange, "There are --max-worlds tokens in use, each with unfinished predictions or pending webhooks.");
    return world;
}
