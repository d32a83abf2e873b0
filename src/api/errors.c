#include "api/errors.h"
#include "http/problem.h"
#include "http/router.h"

/* Several servers answer, each in a dialect of its own: what is not in here is the gateway's, which says its status too.
 * Behind it is Django, whose bodies are known without a newline; lists are its own as well, but 404 there means a cursor. */
static const struct dialect {
    int status;
    const char *body;
    const char *operations[14];
} dialects[] = {
    {404,
     "{\"detail\":\"Not found.\"}",
     {"collections.get", "deployments.delete", "deployments.get", "deployments.update", "models.delete",
      "models.examples.list", "models.get", "models.readme.get", "models.update", "models.versions.delete",
      "models.versions.get", "models.versions.list", NULL}},
    {404, "{\"detail\":\"File not found\"}\n", {"delivery.get", "files.delete", "files.download", "files.get", NULL}},
    {413, "{\"detail\":\"Files must be less than 100MB in size\"}\n", {"files.create", NULL}},
};

static const struct known {
    int status;
    const char *title, *detail;
} known[] = {
    {400, "Bad request", "The request could not be understood."},
    {401, "Unauthenticated", "You did not pass a valid authentication token"},
    {402, "Insufficient credit",
     "You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to purchase "
     "credit. Once you purchase credit, please wait a few minutes before trying again."},
    {403, NULL, "You do not have permission to perform this action."},
    {404, NULL, "The requested resource could not be found."},
    {409, NULL, "The request conflicts with the state of the resource."},
    {413, "Payload too large", "The request body is too large."},
    {415, "Unsupported media type", "Unsupported media type in request."},
    {500, "Internal server error", "An unexpected error occurred."},
    {502, "Bad gateway", "The server received an invalid response from an upstream server."},
    {503, "Service unavailable", "The service is temporarily unavailable."},
    {504, "Gateway timeout", "The server did not receive a response from an upstream server in time."},
};

/* What the operation's own server says with that status; NULL: what all say. */
static const char *in_dialect(const struct exchange *exchange, int status)
{
    const struct route *route = exchange->route;

    for (size_t i = 0; route && i < sizeof(dialects) / sizeof(*dialects); i++)
        for (const char *const *operation = dialects[i].operations; *operation; operation++)
            if (dialects[i].status == status && strcmp(*operation, route->operation) == 0)
                return dialects[i].body;
    return NULL;
}

static void answer_in_dialect(struct exchange *exchange, int status, const char *body)
{
    struct response *response = &exchange->response;

    response_clear(response);
    response->status = status;
    response->content_type = CONTENT_PROBLEM;
    buf_str(&response->body, body);
}

static void answer_known(struct exchange *exchange, int status)
{
    struct response *response = &exchange->response;

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (known[i].status != status)
            continue;
        problem(response, status, known[i].title, known[i].detail);
        return;
    }
    problem_printf(response, status, NULL, "The server answered with status %d.", status);
}

/* As recorded of a create without a prompt. */
static void answer_invalid_input(struct exchange *exchange)
{
    struct faults faults;

    faults_init(&faults, exchange->scratch);
    faults_add(&faults, "required", "input", "prompt is required");
    problem_invalid_fields(&exchange->response, &faults);
}

static void answer_no_method(struct exchange *exchange)
{
    problem_printf(&exchange->response, 405, NULL, "Method \"%s\" not allowed.",
                   problem_quote(&exchange->arena, exchange->request.method_text));
}

/* What is no error says nothing of itself. */
static void answer_fine(struct exchange *exchange, int status)
{
    struct response *response = &exchange->response;

    response_clear(response);
    response->status = status;
    if (status == 204 || status >= 300)
        return;
    response->content_type = CONTENT_JSON;
    buf_lit(&response->body, "{}\n");
}

void errors_answer(struct exchange *exchange, int status)
{
    const char *body = in_dialect(exchange, status);

    if (body)
        answer_in_dialect(exchange, status, body);
    else if (status < 400)
        answer_fine(exchange, status);
    else if (status == 405)
        answer_no_method(exchange);
    else if (status == 422)
        answer_invalid_input(exchange);
    else if (status == 429)
        errors_throttled(exchange, false, 1);
    else
        answer_known(exchange, status);
}

void errors_throttled(struct exchange *exchange, bool low_credit, int64_t retry_after)
{
    struct response *response = &exchange->response;
    const char *reason = low_credit
                             ? " Your rate limit for creating predictions is reduced to 6 requests per minute with "
                               "a burst of 1 requests while you have less than $5.0 in credit."
                             : "";

    response_clear(response);
    response->status = 429;
    response->content_type = CONTENT_PROBLEM;
    buf_printf(&response->body,
               "{\"detail\":\"Request was throttled.%s Your rate limit resets in ~%llds.\",\"status\":429,"
               "\"retry_after\":%lld}\n",
               reason, (long long)retry_after, (long long)retry_after);
    response_header(response, "Retry-After", arena_printf(&exchange->arena, "%lld", (long long)retry_after));
}
