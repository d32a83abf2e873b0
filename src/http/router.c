#include "http/router.h"

/* Does the pattern fit the path? Fills `params` on the way. */
static bool fits(const char *pattern, const struct target *target, size_t at, const char *params[4])
{
    size_t count = 0;

    for (; *pattern == '/'; at++) {
        size_t len = strcspn(++pattern, "/");
        if (at >= target->segment_count)
            return false;
        const char *segment = target->segments[at];
        if (*pattern == '{')
            params[count++] = segment;
        else if (strncmp(segment, pattern, len) != 0 || segment[len] != '\0')
            return false;
        pattern += len;
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
    unsigned methods = 0;

    for (const struct route *route = routes; route->pattern; route++) {
        const char *params[4] = {0};
        if (!fits(route->pattern, &request->target, skip, params))
            continue;
        methods |= 1U << route->method;
        if (route->method != request->method)
            continue;
        memcpy(request->params, params, sizeof(params));
        *found = route;
        return ROUTE_FOUND;
    }
    if (methods == 0)
        return ROUTE_NO_PATH;
    *allow = join_methods(methods, arena);
    return ROUTE_NO_METHOD;
}
