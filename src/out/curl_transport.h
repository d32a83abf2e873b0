/* The network, by libcurl. */
#ifndef OUT_CURL_TRANSPORT_H
#define OUT_CURL_TRANSPORT_H

#include "out/transport.h"

/* With `insecure` the certificates of whom is sent a POST are not verified; otherwise by the bundle at `ca_bundle`, whose
 * path must outlive the transport, or the system's, where it is NULL or cannot be read when the first transfer begins.
 * libcurl is started by the first transfer: until then this costs nothing.
 *
 * Connections are kept and used again. At most 256 POSTs are under way at once, and 32 to one receiver (scheme, host and
 * port): a dead one holds nobody up but itself. GETs have places of their own, 16 and 4 to one server, so that slow ones
 * hold up no POST. What waits for its turn has not begun: its timeout and its duration count from when it is sent.
 *
 * Of the answer to a POST nothing is kept, and after 64 KiB of it no more is read: by then the status is known, and the
 * connection is closed. Its redirects are not followed. A GET follows at most ten; each waits for its turn with whom it
 * leads to. Too large an answer is given up as soon as that is known. Proxies of the environment are used for hosts that
 * are neither loopback, private, link-local nor a name without a dot. */
struct transport *curl_transport_new(bool insecure, const char *ca_bundle);

#endif
