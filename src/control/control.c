#include "control/control.h"
#include "base/timefmt.h"
#include "http/problem.h"

#include <stdio.h>

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
    const cJSON *body = json_parse(exchange->scratch, empty ? "{}" : request->body, empty ? 2 : request->body_len,
                                   JSON_REQUEST, &error);

    if (!body) {
        problem_printf(&exchange->response, 400, NULL,
                       "The request body cannot be read as JSON: line %zu, column %zu: %s", error.line, error.column,
                       error.reason);
        return NULL;
    }
    if (cJSON_IsObject(body))
        return body;
    control_invalid(exchange, "", "The body must be a JSON object.");
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
