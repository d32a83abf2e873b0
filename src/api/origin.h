/* Where the URLs in an answer begin: the scheme, host and prefix by which the client came. */
#ifndef API_ORIGIN_H
#define API_ORIGIN_H

#include "core/output_urls.h"
#include "core/view.h"
#include "http/server.h"

/* What is known of it before any request. */
struct origin {
    const char *public_url;       /* --public-url without a slash at its end; NULL: from each request */
    enum output_urls files;       /* their scheme */
    int http_port, https_port;    /* where the server listens; 0: it does not */
    const char *const *tls_names; /* that its certificate has beside those that it always has; NULL-terminated */
    const char *tls_host;         /* and where the server listens; NULL: it has not */
};

/* How many leading segments of the path are the API's prefix: /v1, nothing, or /v1/v1 (a base URL given with /v1 to a
 * client that adds it). */
size_t origin_prefix(const struct request *request);

/* Go's client follows `next` by writing it behind its base URL: /v1/http://host/v1/predictions?cursor=…. Takes away what
 * stands before the inner path, --public-url's own path included; any other target stays as it is. */
void origin_undouble(struct target *target, const char *public_url);

/* From --public-url, else from X-Forwarded-Proto, -Host and -Port, an absolute-form target, Host; of files by the scheme
 * that they are to have. Whoever came as if to Replicate itself, by https to api.replicate.com or stream.replicate.com,
 * is sent on to the names that Replicate has for the API, streams and files. Lasts as long as the exchange. */
struct view_base origin_base(struct exchange *exchange, const struct origin *origin);

/* The host by which the client came, with its port, if it has one: X-Forwarded-Host, an absolute-form target, Host. */
const char *origin_host(struct exchange *exchange);

/* The same for whoever asks at another path than the API's: below its /v1. */
struct view_base origin_base_of_api(struct exchange *exchange, const struct origin *origin);

/* Is it a name or an address with an optional port, [address] for IPv6: fit to stand in a URL and in JSON as it is? */
bool origin_host_is_valid(const char *host);

#endif
