#include "control/control.h"
#include "base/timefmt.h"
#include "http/problem.h"

#include <stdlib.h>

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

static const cJSON *read_body(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    struct json_error error;
    bool empty = request->body_len == 0;
    const cJSON *body = json_parse(exchange->scratch, empty ? "{}" : request->body, empty ? 2 : request->body_len,
                                   JSON_REQUEST, &error);

    if (!body)
        problem_printf(&exchange->response, 400, NULL,
                       "The request body cannot be read as JSON: line %zu, column %zu: %s", error.line, error.column,
                       error.reason);
    return body;
}

const cJSON *control_body(struct exchange *exchange)
{
    const cJSON *body = read_body(exchange);

    if (!body || cJSON_IsObject(body))
        return body;
    control_invalid(exchange, "", "The body must be a JSON object.");
    return NULL;
}

const cJSON *control_body_or_list(struct exchange *exchange)
{
    const cJSON *body = read_body(exchange);

    if (!body || cJSON_IsObject(body) || cJSON_IsArray(body))
        return body;
    control_invalid(exchange, "", "The body must be a JSON object or an array of them.");
    return NULL;
}

void control_invalid(struct exchange *exchange, const char *field, const char *description)
{
    struct faults faults;

    faults_init(&faults, exchange->scratch);
    faults_add(&faults, "invalid", field, "%s", description);
    problem_invalid_fields(&exchange->response, &faults);
}

bool control_check_members(struct exchange *exchange, const cJSON *body, const char *const *names)
{
    for (const cJSON *member = body->child; member; member = member->next) {
        const char *const *name = names;
        while (*name && strcmp(*name, member->string) != 0)
            name++;
        if (*name)
            continue;
        const char *known = names[0] ? names[0] : "none";
        for (name = names[0] ? names + 1 : names; *name; name++)
            known = arena_printf(&exchange->arena, "%s, %s", known, *name);
        control_invalid(exchange, problem_quote(&exchange->arena, member->string),
                        arena_printf(&exchange->arena, "No such member; known are: %s.", known));
        return false;
    }
    return true;
}

bool control_check_params(struct exchange *exchange, const char *known)
{
    const char *unread = target_unread_param(&exchange->request.target);

    if (!unread)
        return true;
    control_invalid(exchange, problem_quote(&exchange->arena, unread),
                    arena_printf(&exchange->arena, "No such parameter; known are: %s.", known));
    return false;
}

bool control_count(struct exchange *exchange, const char *name, size_t most, size_t fallback, size_t *count)
{
    const char *text = target_param(&exchange->request.target, name);

    *count = fallback;
    if (!text)
        return true;
    size_t len = strspn(text, "0123456789");
    *count = len > 0 && len < 10 && text[len] == '\0' ? strtoul(text, NULL, 10) : 0;
    if (*count > 0 && *count <= most)
        return true;
    control_invalid(exchange, name, arena_printf(&exchange->arena, "A whole number from 1 to %zu.", most));
    return false;
}

bool control_limit(struct exchange *exchange, size_t *limit)
{
    return control_count(exchange, "limit", 1000, 100, limit);
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
