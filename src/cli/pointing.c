#include "cli/pointing.h"
#include "tls/authority.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* Any will do, unless --token says which; one service that goes on to Replicate looks for the r8_. */
static const char some_token[] = "r8_mock";

static const char *const loopback[] = {"127.0.0.1", "localhost", "::1"};

const struct pointing pointing_of_all = {"REPLICATE_BASE_URL", ""};

const char *pointing_host(const char *host)
{
    if (strcmp(host, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(host, "::") == 0 ? "::1" : host;
}

const char *pointing_url(struct arena *arena, const char *scheme, const char *host, int port)
{
    bool is_ipv6 = strchr(host, ':') != NULL;

    return arena_printf(arena, "%s://%s%s%s:%d", scheme, is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
}

/* Is it one of a list with commas, with or without blanks around it? */
static bool is_listed(const char *list, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = list; *at; at += strcspn(at, ", ")) {
        at += strspn(at, ", ");
        if (strcspn(at, ", ") == len && strncmp(at, name, len) == 0)
            return true;
    }
    return false;
}

/* What NO_PROXY or no_proxy is to be. Where one of the two is not set, some clients read the other: so it begins with
 * what that says, or setting it would hide that. */
static const char *no_proxy(struct arena *arena, const char *name, const char *other)
{
    const char *list = getenv(name);

    if (!list)
        list = getenv(other);
    if (!list)
        list = "";
    if (strcmp(list, "*") == 0) // nothing goes by a proxy; with more behind it, it would be the name of a host
        return list;
    for (size_t i = 0; i < sizeof(loopback) / sizeof(*loopback); i++)
        if (!is_listed(list, loopback[i]))
            list = arena_printf(arena, "%s%s%s", list, *list ? "," : "", loopback[i]);
    return list;
}

/* The program may change its working directory. `path` is malloc'd, and goes. */
static const char *absolute(struct arena *arena, char *path)
{
    char folder[PATH_MAX];
    const char *in = *path != '/' && getcwd(folder, sizeof(folder)) ? folder : NULL;
    const char *text = arena_printf(arena, "%s%s%s", in ? in : "", in ? "/" : "", path);

    free(path);
    return text;
}

const char *pointing_ca(struct arena *arena, const struct config *config)
{
    return absolute(arena, authority_ca_path(config->tls_dir));
}

/* Whom to trust. Node adds what it is given to its own list; the others have that list in place of theirs, which is why
 * it is a bundle with everybody whom the system trusts. */
static size_t trust(struct arena *arena, const struct config *config, struct variable *variables)
{
    static const char *const bundles[] = {
        "SSL_CERT_FILE",      // OpenSSL, and with it Ruby and PHP; Go; Python's ssl and httpx
        "REQUESTS_CA_BUNDLE", // Python's requests
        "CURL_CA_BUNDLE",     // curl
        "DENO_CERT",          // Deno
    };
    const char *bundle = absolute(arena, authority_bundle_path(config->tls_dir));
    size_t count = 0;

    variables[count++] = (struct variable){"NODE_EXTRA_CA_CERTS", pointing_ca(arena, config)};
    for (size_t i = 0; i < sizeof(bundles) / sizeof(*bundles); i++)
        variables[count++] = (struct variable){bundles[i], bundle};
    return count;
}

size_t pointing_variables(struct arena *arena, const struct config *config, const struct pointing *pointing,
                          const char *url, const char *tls_url, struct variable variables[POINTING_MAX])
{
    const char *token = getenv("REPLICATE_API_TOKEN");
    size_t count = 0;

    if (pointing->variable)
        variables[count++] = (struct variable){pointing->variable, arena_printf(arena, "%s%s", url, pointing->suffix)};
    if (!token || !*token) // to clients an empty one is none
        variables[count++] =
            (struct variable){"REPLICATE_API_TOKEN", config->tokens[0] ? config->tokens[0] : some_token};
    variables[count++] = (struct variable){"REPLICATE_MOCK_URL", url};
    variables[count++] = (struct variable){"NO_PROXY", no_proxy(arena, "NO_PROXY", "no_proxy")};
    variables[count++] = (struct variable){"no_proxy", no_proxy(arena, "no_proxy", "NO_PROXY")};
    if (!tls_url)
        return count;
    variables[count++] = (struct variable){"REPLICATE_MOCK_TLS_URL", tls_url};
    return count + trust(arena, config, variables + count);
}
