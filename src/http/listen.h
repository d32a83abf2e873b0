/* Listening sockets, and who comes in by them. Ours, not libmicrohttpd's: without descriptors its listener would wake
 * the loop for ever, and one of its daemons has one listener only. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { LISTEN_MAX = 8, LISTEN_PAUSE_MS = 100 };

struct listeners {
    int fds[LISTEN_MAX];
    size_t count;
    int epoll;   /* where they are watched, … */
    void *event; /* … under this data.ptr */
    bool watched;
    int64_t again; /* monotonic, nanoseconds: when to try again; 0: not waiting */
};

/* Opens non-blocking listening sockets at every address of host, all at one port (0: a free one), and has the epoll
 * watch them. Returns the port; -1: none was opened, and `reason` says why. */
int listeners_open(struct listeners *listeners, int epoll, void *event, const char *host, int port, char reason[256]);

/* Accepts whoever waits, up to a bound, and gives each, non-blocking, to `take`, which answers whether there is room
 * for more. False: no room, or no descriptors are left. */
bool listeners_accept(struct listeners *listeners,
                      bool (*take)(void *arg, int fd, const struct sockaddr *address, socklen_t len), void *arg);

/* Nobody is accepted for LISTEN_PAUSE_MS; listeners_retry ends that when it is over. */
void listeners_pause(struct listeners *listeners, int64_t now);
void listeners_retry(struct listeners *listeners, int64_t now);

void listeners_close(struct listeners *listeners);

/* How many connections there may be: the system's limit on open files, raised as far as it goes, less our own. */
size_t listen_max_connections(void);

#endif
