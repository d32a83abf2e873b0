#include "api/token.h"
#include "api/cors.h"
#include "http/auth.h"
#include "http/problem.h"

/* Whatever tokens are good, who need not pass one is of this world. NULL: one must. */
static const char *without_header(const struct api *api)
{
    return api->auth_required ? NULL : "none";
}

static bool is_good(const struct api *api, const char *token)
{
    if (strlen(token) > TOKEN_MAX)
        return false;
    if (!api->tokens[0])
        return true;
    for (size_t i = 0; api->tokens[i]; i++)
        if (strcmp(api->tokens[i], token) == 0)
            return true;
    return false;
}

const char *token_of(const struct api *api, const struct exchange *exchange)
{
    const char *token = exchange->token ? exchange->token : auth_token(&exchange->request);

    if (!token)
        return without_header(api);
    return is_good(api, token) ? token : NULL;
}

static bool refuse(struct exchange *exchange, const char *detail)
{
    problem(&exchange->response, 401, "Unauthenticated", detail);
    cors_allow_any_origin(exchange);
    return false;
}

bool token_authenticate(const struct api *api, struct exchange *exchange)
{
    const char *passed = auth_token(&exchange->request);

    exchange->token = passed ? passed : without_header(api);
    if (!exchange->token)
        return refuse(exchange, "You did not pass an authentication token");
    if (passed && !is_good(api, passed))
        return refuse(exchange, "You did not pass a valid authentication token");
    return true;
}
