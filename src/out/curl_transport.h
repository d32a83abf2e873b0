/* The network, by libcurl. */
#ifndef OUT_CURL_TRANSPORT_H
#define OUT_CURL_TRANSPORT_H

#include "out/transport.h"

/* With `insecure` receivers' certificates are not verified; otherwise by the bundle at `ca_bundle`, whose path must outlive
 * the transport, or the system's, where it is NULL or cannot be read when the first transfer begins. libcurl is started by the first transfer: until then this
 * costs nothing.
 *
 * Connections are kept and used again. At most 256 transfers are under way at once, and 32 to one receiver (scheme, host
 * and port): a dead one holds nobody up but itself. What waits for its turn has not begun: its timeout and its duration
 * count from when it is sent. Redirects are not followed. Of an answer's body nothing is kept, and after 64 KiB of it no
 * more is read: by then the status is known, and the connection is closed. Proxies of the environment are used for hosts
 * that are neither loopback, private, link-local nor a name without a dot. */
struct transport *curl_transport_new(bool insecure, const char *ca_bundle);

#endif
