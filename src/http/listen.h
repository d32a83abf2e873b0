/* Listening sockets. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include <stddef.h>

enum { LISTEN_MAX = 8 };

/* Opens non-blocking listening sockets at every address of host, all at one port (0: a free one). Returns the port and
 * fills fds[0 … *count-1]; -1: none was opened, and `reason` says why. */
int listen_open(const char *host, int port, int fds[LISTEN_MAX], size_t *count, char reason[256]);

#endif
