/* Who may call /_mock: a web page must not drive a developer's server, nor a name that was rebound to loopback. */
#ifndef CONTROL_GUARD_H
#define CONTROL_GUARD_H

#include "control/control.h"

/* False: refused with 403; for a Host it names the option that would allow it, for an Origin there is none. */
bool guard_check(const struct control *control, struct exchange *exchange);

/* Is it a Host that nobody can have rebound: an IP address, localhost, *.localhost, a name without a dot,
 * host.docker.internal, or one of `hosts` ("*": any; "*.name": any below
 * it)? `host` may have a port. */
bool guard_host_is_allowed(const char *host, const char *const *hosts);

#endif
