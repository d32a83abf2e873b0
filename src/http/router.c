#include "http/router.h"

/* Is `segment` what stands at the pattern, up to the next slash or the end? Moves *pattern behind it. */
static bool is_literal(const char **pattern, const char *segment)
{
    const char *at = *pattern;

    while (*at && *at != '/' && *at == *segment) {
        at++;
        segment++;
    }
    *pattern = at;
    return (*at == '\0' || *at == '/') && *segment == '\0';
}

/* Does the pattern fit the path, from its segment `at` on? Fills `params` on the way. */
static bool fits(const char *pattern, const struct target *target, size_t at, const char *params[4])
{
    size_t count = 0;

    for (; *pattern == '/'; at++) {
        pattern++;
        if (at >= target->segment_count)
            return false;
        if (*pattern == '{') {
            params[count++] = target->segments[at];
            pattern = strchr(pattern, '}') + 1;
        } else if (!is_literal(&pattern, target->segments[at])) {
            return false;
        }
    }
    return at == target->segment_count;
}

static const char *join_methods(unsigned methods, struct arena *arena)
{
    const char *text = "";

    for (int method = 0; method < METHOD_OTHER; method++) {
        if (!(methods & 1U << method))
            continue;
        text = arena_printf(arena, "%s%s%s%s", text, *text ? ", " : "", method_name((enum method)method),
                            method == METHOD_GET ? ", HEAD" : "");
    }
    return text;
}

enum route_verdict router_find(const struct route *routes, struct request *request, size_t skip, struct arena *arena,
                               const struct route **found, const char **allow)
{
    const char *params[4] = {0};
    unsigned methods = 0;

    for (const struct route *route = routes; route->pattern; route++) {
        if (route->method != request->method || !fits(route->pattern, &request->target, skip, params))
            continue;
        memcpy(request->params, params, sizeof(params));
        *found = route;
        return ROUTE_FOUND;
    }
    for (const struct route *route = routes; route->pattern; route++)
        if (fits(route->pattern, &request->target, skip, params))
            methods |= 1U << route->method;
    if (methods == 0)
        return ROUTE_NO_PATH;
    *allow = join_methods(methods, arena);
    return ROUTE_NO_METHOD;
}
