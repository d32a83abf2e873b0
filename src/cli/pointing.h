/* What points a client at a server: its URL, and the variables that clients read. */
#ifndef CLI_POINTING_H
#define CLI_POINTING_H

#include "config.h"

enum { POINTING_MAX = 16 };

struct variable {
    const char *name, *value;
};

/* By which variable a client is told where the API is, and what stands in it behind the server's root: "", "/v1". */
struct pointing {
    const char *variable; /* NULL: by none */
    const char *suffix;
};

/* REPLICATE_BASE_URL without /v1: right for most that have a variable, and the others find the API there too. */
extern const struct pointing pointing_of_all;

/* Where a client reaches what listens at `host`: 0.0.0.0 and :: become loopback. */
const char *pointing_host(const char *host);

/* "http://127.0.0.1:7375", the server's root, in the arena; an IPv6 address stands in brackets. */
const char *pointing_url(struct arena *arena, const char *scheme, const char *host, int port);

/* The path of ca.pem in --tls-dir, absolute, in the arena. */
const char *pointing_ca(struct arena *arena, const struct config *config);

/* The variables that point a client at the server whose root is `url`: where the API is, REPLICATE_API_TOKEN where the
 * environment has none, REPLICATE_MOCK_URL, NO_PROXY and no_proxy with loopback added to what the environment has. Where
 * it speaks TLS too, its root there is `tls_url` (otherwise NULL): REPLICATE_MOCK_TLS_URL, and whom to trust, for each
 * runtime that a variable tells. Returns how many; values may lie in the arena. */
size_t pointing_variables(struct arena *arena, const struct config *config, const struct pointing *pointing,
                          const char *url, const char *tls_url, struct variable variables[POINTING_MAX]);

#endif
