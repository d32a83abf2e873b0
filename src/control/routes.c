#include "base/timefmt.h"
#include "control/clock.h"
#include "control/control.h"
#include "control/fixtures.h"
#include "control/guard.h"
#include "control/health.h"
#include "control/reset.h"
#include "control/waits.h"
#include "http/auth.h"
#include "http/problem.h"

#include <stdio.h>
#include <strings.h>

const struct route control_routes[] = {
    {METHOD_GET, "/health", "mock.health", health_get},
    {METHOD_GET, "/clock", "mock.clock.get", clock_get},
    {METHOD_PUT, "/clock", "mock.clock.put", clock_put},
    {METHOD_POST, "/clock/advance", "mock.clock.advance", clock_advance},
    {METHOD_POST, "/settle", "mock.settle", waits_settle},
    {METHOD_GET, "/wait", "mock.wait", waits_wait},
    {METHOD_POST, "/reset", "mock.reset", reset_post},
    {METHOD_GET, "/fixtures/{name}", "mock.fixtures.get", fixtures_get},
    {0},
};

static bool find_route(struct exchange *exchange)
{
    const struct route *route;
    const char *allow;

    switch (router_find(control_routes, &exchange->request, 1, &exchange->arena, &route, &allow)) {
    case ROUTE_FOUND:
        exchange->route = route;
        return true;
    case ROUTE_NO_METHOD:
        problem_printf(&exchange->response, 405, NULL, "Method \"%s\" not allowed; this path understands %s.",
                       problem_quote(&exchange->arena, exchange->request.method_text), allow);
        response_header(&exchange->response, "Allow", allow);
        return false;
    case ROUTE_NO_PATH:
        break;
    }
    problem(&exchange->response, 404, NULL, "There is no such call under /_mock.");
    return false;
}

/* "415 a body whose Content-Type is not application/json": no HTML form can send that. */
static bool check_content(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    const char *type = request->headers[HEADER_CONTENT_TYPE], *length = request->headers[HEADER_CONTENT_LENGTH];
    bool has_body = (length && strcmp(length, "0") != 0) || request->headers[HEADER_TRANSFER_ENCODING];
    size_t len = strlen(CONTENT_JSON);

    if (request->method == METHOD_GET || !has_body)
        return true;
    if (type && strncasecmp(type, CONTENT_JSON, len) == 0 && strchr("; ", type[len]))
        return true;
    problem(&exchange->response, 415, NULL, "The body of a call under /_mock needs Content-Type: application/json.");
    return false;
}

bool control_admit(struct control *control, struct exchange *exchange)
{
    bool open = exchange->request.target.segment_count == 2 && strcmp(exchange->request.target.segments[1], "health") == 0;

    exchange->context = control;
    exchange->token = auth_token(&exchange->request);
    return (open || guard_check(control, exchange)) && find_route(exchange) && check_content(exchange);
}

bool control_run(struct control *control)
{
    return clock_run(control);
}

struct world *control_world(const struct control *control, const struct exchange *exchange)
{
    return exchange->token ? worlds_find(control->worlds, exchange->token) : NULL;
}

int64_t control_now(const struct control *control, const struct world *world)
{
    const struct worlds *worlds = control->worlds;

    if (world)
        return clock_now(&world->clock);
    return worlds->settings.start_time ? worlds->settings.start_time : worlds->base->wall;
}

const cJSON *control_body(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    struct json_error error;
    bool empty = request->body_len == 0;
    const cJSON *body = json_parse(&exchange->arena, empty ? "{}" : request->body, empty ? 2 : request->body_len,
                                   JSON_REQUEST, &error);

    if (!body) {
        problem_printf(&exchange->response, 400, NULL, "The request body is not valid JSON: line %zu, column %zu: %s",
                       error.line, error.column, error.reason);
        return NULL;
    }
    if (cJSON_IsObject(body))
        return body;
    control_invalid(exchange, "", "The body must be a JSON object.");
    return NULL;
}

void control_invalid(struct exchange *exchange, const char *field, const char *description)
{
    struct invalid_field fault = {.type = "invalid"};

    snprintf(fault.field, sizeof(fault.field), "%s", field);
    snprintf(fault.description, sizeof(fault.description), "%s", description);
    problem_invalid_fields(&exchange->response, &fault, 1);
}

bool control_check_members(struct exchange *exchange, const cJSON *body, const char *const *names)
{
    for (const cJSON *member = body->child; member; member = member->next) {
        const char *const *name = names;
        while (*name && strcmp(*name, member->string) != 0)
            name++;
        if (*name)
            continue;
        const char *known = names[0];
        for (name = names + 1; *name; name++)
            known = arena_printf(&exchange->arena, "%s, %s", known, *name);
        control_invalid(exchange, problem_quote(&exchange->arena, member->string),
                        arena_printf(&exchange->arena, "No such member; known are: %s.", known));
        return false;
    }
    return true;
}

bool control_timeout(struct exchange *exchange, int64_t *ns)
{
    const char *text = target_param(&exchange->request.target, "timeout");

    *ns = 5 * NS_PER_S;
    if (!text || (duration_parse(text, ns) && *ns <= 60 * NS_PER_S))
        return true;
    control_invalid(exchange, "timeout", "A duration of at most 60s, such as 5s or 250ms.");
    return false;
}

enum verdict control_answer(struct exchange *exchange, int status)
{
    exchange->response.status = status;
    exchange->response.content_type = CONTENT_JSON;
    return VERDICT_ANSWER;
}

void control_put_time(struct buf *out, int64_t ns)
{
    char text[TIME_TEXT];

    time_format(text, ns, TIME_NANOS);
    buf_printf(out, "\"%s\"", text);
}
