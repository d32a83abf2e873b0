#include "http/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    ACCEPTS_AT_ONCE = 256, // then requests have their turn
    RESERVED_FILES = 64,   // descriptors that are not for clients
};

static void set_port(struct sockaddr *address, int port)
{
    if (address->sa_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)address)->sin6_port = htons((unsigned short)port);
    else
        ((struct sockaddr_in *)(void *)address)->sin_port = htons((unsigned short)port);
}

static int port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return -1;
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

/* A listening socket; -1: errno says why. */
static int open_one(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, SOCK_STREAM, 0), one = 1, off = 0;

    if (fd < 0)
        return -1;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)); // a restart finds connections in TIME_WAIT
    if (info->ai_family == AF_INET6)                             // --host :: means both families
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static void set_watched(struct listeners *listeners, bool watched)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = listeners->event};

    if (listeners->watched == watched)
        return;
    listeners->watched = watched;
    for (size_t i = 0; i < listeners->count; i++)
        epoll_ctl(listeners->epoll, watched ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listeners->fds[i], &event);
}

/* One socket for each address. False: none could be had, or one is another's; *taken says which. */
static bool open_all(struct listeners *listeners, const struct addrinfo *infos, int *port, bool *taken)
{
    *taken = false;
    for (const struct addrinfo *info = infos; info && listeners->count < LISTEN_MAX; info = info->ai_next) {
        set_port(info->ai_addr, *port);
        int fd = open_one(info);
        if (fd >= 0) {
            listeners->fds[listeners->count++] = fd;
            *port = port_of(fd);          // where it was 0, the other addresses share the one that was found
        } else if (errno == EADDRINUSE) { // some addresses may not be there; none may be another's
            listeners_close(listeners);
            *taken = true;
            return false;
        }
    }
    return listeners->count > 0;
}

int listeners_open(struct listeners *listeners, int epoll, void *event, const char *host, int port, char reason[256])
{
    enum { TRIES = 10 };
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *infos;
    int error = getaddrinfo(host, NULL, &hints, &infos), found = port;
    bool taken = false, opened = false;

    *listeners = (struct listeners){.epoll = epoll, .event = event};
    if (error != 0) {
        snprintf(reason, 256, "--host %s: %s", host, gai_strerror(error));
        return -1;
    }
    // A port that was free on the first address may be taken on the next: then another one is tried.
    for (int i = 0; i == 0 || (!opened && taken && port == 0 && i < TRIES); i++) {
        found = port;
        opened = open_all(listeners, infos, &found, &taken);
    }
    if (!opened)
        snprintf(reason, 256, "cannot listen on %s port %d: %s%s", host, found, strerror(errno),
                 taken ? " (0 takes a free one)" : "");
    freeaddrinfo(infos);
    set_watched(listeners, true);
    return opened ? found : -1;
}

bool listeners_accept(struct listeners *listeners,
                      bool (*take)(void *arg, int fd, const struct sockaddr *address, socklen_t len), void *arg)
{
    for (size_t i = 0; i < listeners->count; i++) {
        for (int accepted = 0; accepted < ACCEPTS_AT_ONCE; accepted++) {
            struct sockaddr_storage address;
            socklen_t len = sizeof(address);
            int fd = accept4(listeners->fds[i], (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
                return false;
            if (fd < 0)
                break; // nobody waits, or whoever did has gone
            if (!take(arg, fd, (struct sockaddr *)&address, len))
                return false;
        }
    }
    return true;
}

void listeners_pause(struct listeners *listeners, int64_t now)
{
    set_watched(listeners, false);
    listeners->again = now + LISTEN_PAUSE_MS * INT64_C(1000000);
}

void listeners_retry(struct listeners *listeners, int64_t now)
{
    if (listeners->again == 0 || now < listeners->again)
        return;
    listeners->again = 0;
    set_watched(listeners, true);
}

void listeners_close(struct listeners *listeners)
{
    set_watched(listeners, false);
    for (size_t i = 0; i < listeners->count; i++)
        close(listeners->fds[i]);
    listeners->count = 0;
    listeners->again = 0;
}

size_t listen_max_connections(void)
{
    enum { MOST = 65536 };
    struct rlimit limit = {0};

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > MOST ? MOST : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    size_t files = limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > MOST ? MOST : (size_t)limit.rlim_cur;
    return files > 2 * RESERVED_FILES ? files - RESERVED_FILES : RESERVED_FILES;
}
