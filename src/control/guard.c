#include "control/guard.h"
#include "http/problem.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

enum { HOST_MAX = 256 };

/* The name in "name", "name:port" or "[::1]:port". False: too long for one. */
static bool name_of(const char *host, char name[HOST_MAX])
{
    size_t len = *host == '[' ? strcspn(++host, "]") : strcspn(host, ":");

    if (len >= HOST_MAX)
        return false;
    memcpy(name, host, len);
    name[len] = '\0';
    return true;
}

static bool is_address(const char *name)
{
    struct in6_addr address;

    return inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1;
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);

    return len > end_len && strcasecmp(name + len - end_len, end) == 0;
}

bool guard_host_is_allowed(const char *host, const char *const *hosts)
{
    char name[HOST_MAX];

    if (!name_of(host, name))
        return false;
    if (is_address(name) || !strchr(name, '.') || ends_with(name, ".localhost") ||
        strcasecmp(name, "host.docker.internal") == 0)
        return true;
    for (; *hosts; hosts++)
        if (strcmp(*hosts, "*") == 0 || strcasecmp(*hosts, name) == 0 ||
            (strncmp(*hosts, "*.", 2) == 0 && ends_with(name, *hosts + 1)))
            return true;
    return false;
}

/* The host[:port] of an Origin is the Host: the page came from this very server. */
static bool is_same_origin(const char *origin, const char *host)
{
    const char *authority = strstr(origin, "://");

    return authority && strcasecmp(authority + 3, host) == 0;
}

bool guard_check(const struct control *control, struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    const char *host = request->target.authority ? request->target.authority : request->headers[HEADER_HOST];
    const char *origin = request->headers[HEADER_ORIGIN];

    if (!host)
        host = "localhost"; // HTTP/1.0 without Host
    if (!guard_host_is_allowed(host, control->hosts)) {
        char name[HOST_MAX] = "";
        name_of(host, name);
        problem_printf(&exchange->response, 403, "Forbidden",
                       "Host \"%s\" may not call /_mock; --control-host %s would allow it.",
                       problem_quote(&exchange->arena, host), problem_quote(&exchange->arena, name));
        return false;
    }
    if (origin && !is_same_origin(origin, host)) {
        problem_printf(&exchange->response, 403, "Forbidden",
                       "Origin \"%s\" may not call /_mock: only a page that came from this very server may.",
                       problem_quote(&exchange->arena, origin));
        return false;
    }
    return true;
}
