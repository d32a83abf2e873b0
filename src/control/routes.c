#include "control/clock.h"
#include "control/control.h"
#include "control/description.h"
#include "control/fill.h"
#include "control/fixtures.h"
#include "control/guard.h"
#include "control/health.h"
#include "control/inbox.h"
#include "control/metrics.h"
#include "control/requests.h"
#include "control/reset.h"
#include "control/scenarios.h"
#include "control/waits.h"
#include "control/webhooks.h"
#include "http/auth.h"
#include "http/problem.h"

#include <strings.h>

const struct route control_routes[] = {
    {METHOD_GET, "/health", "mock.health", health_get},
    {METHOD_GET, "/metrics", "mock.metrics", metrics_get},
    {METHOD_GET, "/openapi.json", "mock.openapi.get", control_description_get},
    {METHOD_GET, "/clock", "mock.clock.get", clock_get},
    {METHOD_PUT, "/clock", "mock.clock.put", clock_put},
    {METHOD_POST, "/clock/advance", "mock.clock.advance", clock_advance},
    {METHOD_POST, "/settle", "mock.settle", waits_settle},
    {METHOD_GET, "/wait", "mock.wait", waits_wait},
    {METHOD_POST, "/reset", "mock.reset", reset_post},
    {METHOD_GET, "/scenarios", "mock.scenarios.list", scenarios_list},
    {METHOD_POST, "/scenarios", "mock.scenarios.create", scenarios_post},
    {METHOD_DELETE, "/scenarios", "mock.scenarios.clear", scenarios_delete_all},
    {METHOD_DELETE, "/scenarios/{name}", "mock.scenarios.delete", scenarios_delete},
    {METHOD_GET, "/predictions", "mock.predictions.list", fill_list},
    {METHOD_POST, "/predictions", "mock.predictions.create", fill_post},
    {METHOD_GET, "/requests", "mock.requests.list", requests_list},
    {METHOD_DELETE, "/requests", "mock.requests.delete", requests_delete},
    {METHOD_GET, "/webhooks", "mock.webhooks.list", webhooks_list},
    {METHOD_POST, "/webhooks/{id}/resend", "mock.webhooks.resend", webhooks_post_resend},
    {METHOD_POST, "/inbox/{name}", "mock.inbox.receive", inbox_post},
    {METHOD_GET, "/inbox/{name}", "mock.inbox.list", inbox_get},
    {METHOD_PUT, "/inbox/{name}", "mock.inbox.script", inbox_put},
    {METHOD_DELETE, "/inbox/{name}", "mock.inbox.empty", inbox_delete},
    {METHOD_GET, "/fixtures/{name}", "mock.fixtures.get", fixtures_get},
    {0},
};

static bool find_route(struct exchange *exchange)
{
    const struct route *route;
    const char *allow;

    switch (router_find(control_routes, &exchange->request, 1, &exchange->arena, &route, &allow)) {
    case ROUTE_FOUND: exchange->route = route; return true;
    case ROUTE_NO_METHOD:
        problem_printf(&exchange->response, 405, NULL, "Method \"%s\" not allowed; this path understands %s.",
                       problem_quote(&exchange->arena, exchange->request.method_text), allow);
        response_header(&exchange->response, "Allow", allow);
        return false;
    case ROUTE_NO_PATH: break;
    }
    problem(&exchange->response, 404, NULL, "There is no such call under /_mock.");
    return false;
}

static bool is_inbox_post(const struct exchange *exchange)
{
    const struct route *route = exchange->route;

    return route->handler == inbox_post;
}

/* "415 a body whose Content-Type is not application/json": no HTML form can send that. */
static bool check_content(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    const char *type = request->headers[HEADER_CONTENT_TYPE];
    size_t len = strlen(CONTENT_JSON);

    if (request->method == METHOD_GET || !request_has_body(request) || is_inbox_post(exchange))
        return true;
    if (type && strncasecmp(type, CONTENT_JSON, len) == 0 && strchr("; ", type[len]))
        return true;
    problem(&exchange->response, 415, NULL, "The body of a call under /_mock needs Content-Type: application/json.");
    return false;
}

static bool is_inbox(const struct exchange *exchange)
{
    const struct target *target = &exchange->request.target;

    return target->segment_count == 3 && strcmp(target->segments[1], "inbox") == 0;
}

/* "`health` and `metrics` are open to any Host": nothing of a world is told there, and nothing changed. */
static bool is_open(const struct exchange *exchange)
{
    const struct target *target = &exchange->request.target;

    return target->segment_count == 2 &&
           (strcmp(target->segments[1], "health") == 0 || strcmp(target->segments[1], "metrics") == 0);
}

bool control_admit(struct control *control, struct exchange *exchange)
{
    exchange->context = control;
    if (is_inbox(exchange)) // a webhook holds an input, in which Go's escapes make six bytes of one
        exchange->body_limit = 6 * exchange->body_limit + (1 << 20);
    exchange->token = auth_token(&exchange->request);
    return (is_open(exchange) || guard_check(control, exchange)) && find_route(exchange) && check_content(exchange);
}

bool control_run(struct control *control)
{
    bool moving = clock_run(control);

    waits_run(control); // after what has arrived
    return moving;
}
