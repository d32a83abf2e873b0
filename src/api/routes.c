#include "api/api.h"
#include "api/account.h"
#include "api/collections.h"
#include "api/content.h"
#include "api/cors.h"
#include "api/delivery.h"
#include "api/deployments.h"
#include "api/description.h"
#include "api/errors.h"
#include "api/files.h"
#include "api/hardware.h"
#include "api/model_versions.h"
#include "api/models.h"
#include "api/origin.h"
#include "api/predictions.h"
#include "api/search.h"
#include "api/streams.h"
#include "api/token.h"
#include "api/trainings.h"
#include "api/uploads.h"
#include "api/webhook_secret.h"
#include "base/log.h"
#include "http/multipart.h"
#include "http/problem.h"

#include <strings.h>

const struct route api_routes[] = {
    {METHOD_GET, "/account", "account.get", account_get},
    {METHOD_GET, "/collections", "collections.list", collections_list},
    {METHOD_GET, "/collections/{slug}", "collections.get", collections_get},
    {METHOD_GET, "/deployments", "deployments.list", deployments_list},
    {METHOD_POST, "/deployments", "deployments.create", deployments_create},
    {METHOD_GET, "/deployments/{owner}/{name}", "deployments.get", deployments_get},
    {METHOD_PATCH, "/deployments/{owner}/{name}", "deployments.update", deployments_update},
    {METHOD_DELETE, "/deployments/{owner}/{name}", "deployments.delete", deployments_delete},
    {METHOD_POST, "/deployments/{owner}/{name}/predictions", "deployments.predictions.create", deployments_predict},
    {METHOD_GET, "/hardware", "hardware.list", hardware_list},
    {METHOD_GET, "/models", "models.list", models_list},
    {METHOD_QUERY, "/models", "models.search", models_query},
    {METHOD_POST, "/models", "models.create", models_post},
    {METHOD_GET, "/models/{owner}/{name}", "models.get", models_get},
    {METHOD_PATCH, "/models/{owner}/{name}", "models.update", models_patch},
    {METHOD_DELETE, "/models/{owner}/{name}", "models.delete", models_remove},
    {METHOD_GET, "/models/{owner}/{name}/readme", "models.readme.get", models_get_readme},
    {METHOD_GET, "/models/{owner}/{name}/examples", "models.examples.list", models_list_examples},
    {METHOD_GET, "/models/{owner}/{name}/versions", "models.versions.list", model_versions_list},
    {METHOD_GET, "/models/{owner}/{name}/versions/{id}", "models.versions.get", model_versions_get},
    {METHOD_DELETE, "/models/{owner}/{name}/versions/{id}", "models.versions.delete", model_versions_remove},
    {METHOD_POST, "/models/{owner}/{name}/predictions", "models.predictions.create", predictions_create_official},
    {METHOD_POST, "/models/{version}/predictions", "predictions.create", predictions_create_by_version},
    {METHOD_POST, "/models/{owner}/{name}/versions/{id}/trainings", "trainings.create", trainings_create},
    {METHOD_GET, "/predictions", "predictions.list", predictions_list},
    {METHOD_POST, "/predictions", "predictions.create", predictions_create},
    {METHOD_GET, "/predictions/{id}", "predictions.get", predictions_get},
    {METHOD_POST, "/predictions/{id}/cancel", "predictions.cancel", predictions_cancel},
    {METHOD_GET, "/files", "files.list", files_list},
    {METHOD_POST, "/files", "files.create", uploads_create},
    {METHOD_GET, "/files/{id}", "files.get", files_get},
    {METHOD_DELETE, "/files/{id}", "files.delete", files_delete},
    {METHOD_GET, "/search", "search", search_get},
    {METHOD_GET, "/trainings", "trainings.list", trainings_list},
    {METHOD_GET, "/trainings/{id}", "trainings.get", trainings_get},
    {METHOD_POST, "/trainings/{id}/cancel", "trainings.cancel", trainings_cancel},
    {METHOD_GET, "/webhooks/default/secret", "webhooks.default.secret.get", webhook_secret_get},
    {0},
};

const struct route api_public_routes[] = {
    {METHOD_GET, "/delivery/{bucket}/{key}/{name}", "delivery.get", delivery_get},
    {METHOD_GET, "/streams/{key}", "streams.get", streams_get_text},
    {METHOD_GET, "/files/{key}", "streams.get", streams_get_files},
    {METHOD_GET, "/files/{id}/download", "files.download", files_download},
    {METHOD_GET, "/openapi.json", "openapi.get", description_get},
    {0},
};

/* Of those that need no token only these are some prediction's, whose world's rules hold. */
static bool takes_rules(const char *operation)
{
    return strcmp(operation, "delivery.get") == 0 || strcmp(operation, "streams.get") == 0;
}

static struct operation operation_at(size_t place)
{
    const size_t with_token = sizeof(api_routes) / sizeof(*api_routes) - 1; // the last one is the end

    if (place < with_token)
        return (struct operation){api_routes[place].operation, .takes_rules = true};
    const char *operation = api_public_routes[place - with_token].operation;
    return (struct operation){operation, .takes_rules = operation && takes_rules(operation)};
}

const struct operations api_operations = {operation_at};

/* The same by the host that the real files have; below it, as pbxt.replicate.delivery, the bucket may stand in the host,
 * as in older URLs. */
static const struct route delivery_host_routes[] = {
    {METHOD_GET, "/{bucket}/{key}/{name}", "delivery.get", delivery_get},
    {0},
};
static const struct route bucket_host_routes[] = {
    {METHOD_GET, "/{bucket}/{key}/{name}", "delivery.get", delivery_get},
    {METHOD_GET, "/{key}/{name}", "delivery.get", delivery_get_of_bucket},
    {0},
};

/* "A request whose Host is replicate.delivery or a sub-domain is a /delivery request." NULL: any other host. */
static const struct route *routes_of_host(struct exchange *exchange)
{
    static const char domain[] = "replicate.delivery";
    const char *host = origin_host(exchange);
    size_t len = strcspn(host, ":"), domain_len = sizeof(domain) - 1;

    if (len > 0 && host[len - 1] == '.') // the root's: the same name
        len--;
    if (len < domain_len || strncasecmp(host + len - domain_len, domain, domain_len) != 0)
        return NULL;
    if (len == domain_len)
        return delivery_host_routes;
    return host[len - domain_len - 1] == '.' ? bucket_host_routes : NULL;
}

static bool no_method(struct exchange *exchange, const char *allow)
{
    allow = arena_printf(&exchange->arena, "%s, OPTIONS", allow);
    if (exchange->request.method == METHOD_OPTIONS) {
        cors_answer_preflight(exchange, allow);
        return false;
    }
    errors_answer(exchange, 405);
    response_header(&exchange->response, "Allow", allow);
    cors_allow_any_origin(exchange);
    return false;
}

/* The path without its query, which may hold secrets. */
static const char *shown_path(struct exchange *exchange)
{
    const struct target *target = &exchange->request.target;
    const char *path = "";

    for (size_t i = 0; i < target->segment_count && i < 8; i++)
        path = arena_printf(&exchange->arena, "%s/%s", path, problem_quote(&exchange->arena, target->segments[i]));
    return path;
}

static bool find_route(struct exchange *exchange, const struct route *routes, size_t skip)
{
    const struct route *route;
    const char *allow;

    switch (router_find(routes, &exchange->request, skip, &exchange->arena, &route, &allow)) {
    case ROUTE_FOUND: exchange->route = route; return true;
    case ROUTE_NO_METHOD: return no_method(exchange, allow);
    case ROUTE_NO_PATH: break;
    }
    log_info("404: %s of a path that this version does not serve: %s",
             problem_quote(&exchange->arena, exchange->request.method_text), shown_path(exchange));
    errors_answer(exchange, 404);
    cors_allow_any_origin(exchange);
    return false;
}

/* "415 only for a Content-Encoding other than identity and a multipart body at a JSON route": the documentation's own
 * curl examples send no JSON content type. And for any other body where a file is uploaded. */
static bool check_content(struct exchange *exchange)
{
    const char *encoding = exchange->request.headers[HEADER_CONTENT_ENCODING];
    const char *type = exchange->request.headers[HEADER_CONTENT_TYPE];
    const char *fault = NULL;
    bool upload = uploads_is_for(exchange);

    if (encoding && strcasecmp(encoding, "identity") != 0)
        fault = "A body is understood without Content-Encoding only (or with: identity).";
    else if (upload && !multipart_is(type))
        fault = "This operation takes a multipart/form-data body, with the file in its part `content`.";
    else if (!upload && type && strncasecmp(type, "multipart/", 10) == 0)
        fault = "This operation takes a JSON body (Content-Type: application/json), not a multipart one.";
    // Some clients send such headers with every request.
    if (!fault || (!upload && !request_has_body(&exchange->request)))
        return true;
    problem(&exchange->response, 415, "Unsupported media type", fault);
    cors_allow_any_origin(exchange);
    return false;
}

/* A stream, or an uploaded file? "/v1/files/XXXX-KEY is a stream, and never the id of an uploaded file." The URL is the
 * key, too, of a signed download. */
static bool is_public(const struct target *target, size_t prefix)
{
    const char *const *segments = target->segments + prefix;

    if (target->segment_count == prefix + 1)
        return strcmp(segments[0], "openapi.json") == 0;
    if (target->segment_count == prefix + 3)
        return strcmp(segments[0], "files") == 0 && strcmp(segments[2], "download") == 0;
    if (target->segment_count != prefix + 2)
        return false;
    return strcmp(segments[0], "streams") == 0 ||
           (strcmp(segments[0], "files") == 0 && streams_is_file_key(segments[1]));
}

static bool admit_delivery(struct exchange *exchange, const struct route *routes)
{
    if (find_route(exchange, routes, 0))
        return true;
    content_allow_any_origin(exchange);
    return false;
}

bool api_admit(struct api *api, struct exchange *exchange)
{
    struct target *target = &exchange->request.target;

    origin_undouble(target, api->origin.public_url);
    size_t prefix = origin_prefix(&exchange->request);
    exchange->context = api;
    if (target->segment_count > 0 && strcmp(target->segments[0], "delivery") == 0)
        return admit_delivery(exchange, api_public_routes);
    const struct route *routes = routes_of_host(exchange);
    if (routes)
        return admit_delivery(exchange, routes);
    if (prefix == 2 && !api->warned_of_prefix) {
        api->warned_of_prefix = true;
        log_warn("a request came to /v1/v1: the client adds /v1 itself; its base URL should end without it");
    }
    if (is_public(target, prefix))
        return find_route(exchange, api_public_routes, prefix);
    if (!find_route(exchange, api_routes, prefix) || !token_authenticate(api, exchange) || !check_content(exchange))
        return false;
    if (uploads_is_for(exchange)) // whatever --max-body says of JSON
        exchange->body_limit = UPLOAD_BODY_LIMIT;
    return true;
}
