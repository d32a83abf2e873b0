#include "api/body.h"
#include "base/embed.h"
#include "base/log.h"
#include "core/schema.h"
#include "http/problem.h"

#include <stdlib.h>

enum { MAX_COMPONENTS = 32 };

struct bodies {
    struct arena arena;
    const cJSON *description; /* schema/openapi.json; NULL: not read yet */
    size_t count;
    struct component {
        const char *name;
        const struct schema *schema;
    } components[MAX_COMPONENTS];
};

struct bodies *bodies_new(void)
{
    return xnew(struct bodies);
}

void bodies_free(struct bodies *bodies)
{
    if (!bodies)
        return;
    arena_free(&bodies->arena);
    free(bodies);
}

/* What is compiled in is known to be right. */
static void end_of_bad_build(const char *what)
{
    log_error("schema/openapi.json (compiled in): %s", what);
    abort(); // a build that no test has seen
}

static const cJSON *description(struct bodies *bodies)
{
    const struct embedded *file = embedded_find("schema/openapi.json");
    struct json_error error;

    if (!bodies->description)
        bodies->description = json_parse(&bodies->arena, file->data, file->len, JSON_GRAMMAR, &error);
    if (!bodies->description)
        end_of_bad_build(error.reason);
    return bodies->description;
}

/* `name` is a literal of the caller's. */
static const struct schema *schema_of(struct bodies *bodies, const char *name)
{
    struct faults faults;

    for (size_t i = 0; i < bodies->count; i++)
        if (strcmp(bodies->components[i].name, name) == 0)
            return bodies->components[i].schema;
    faults_init(&faults, &bodies->arena);
    const char *pointer = arena_printf(&bodies->arena, "#/components/schemas/%s", name);
    const struct schema *schema = schema_compile(&bodies->arena, description(bodies), pointer, &faults);
    if (!schema || bodies->count == MAX_COMPONENTS)
        end_of_bad_build(name);
    bodies->components[bodies->count++] = (struct component){name, schema};
    return schema;
}

/* Once, however many ask. */
static const cJSON *parse(struct exchange *exchange, struct json_error *error)
{
    const struct request *request = &exchange->request;

    if (!exchange->content)
        exchange->content = json_parse(exchange->scratch, request->body, request->body_len, JSON_REQUEST, error);
    return exchange->content;
}

const cJSON *body_peek(struct exchange *exchange)
{
    struct json_error error;

    return exchange->request.body_len > 0 ? parse(exchange, &error) : NULL;
}

const cJSON *body_read(struct exchange *exchange)
{
    struct json_error error;

    if (exchange->request.body_len == 0) {
        problem(&exchange->response, 400, "Bad request", "The request body is empty; it must be a JSON object.");
        return NULL;
    }
    const cJSON *body = parse(exchange, &error);
    if (!body)
        problem_printf(&exchange->response, 400, "Bad request",
                       "The request body cannot be read as JSON: line %zu, column %zu: %s", error.line, error.column,
                       error.reason);
    return body;
}

const cJSON *body_read_as(struct api *api, struct exchange *exchange, const char *component)
{
    const cJSON *body = body_read(exchange);
    struct faults faults;

    if (!body)
        return NULL;
    faults_init(&faults, exchange->scratch);
    if (schema_validate(schema_of(api->bodies, component), body, "", &faults))
        return body;
    problem_invalid_fields(&exchange->response, &faults);
    return NULL;
}
