#include "http/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
    if (info->ai_family == AF_INET6) // --host :: means both families
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int listen_open(const char *host, int port, int fds[LISTEN_MAX], size_t *count, char reason[256])
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *infos;
    int error = getaddrinfo(host, NULL, &hints, &infos);

    *count = 0;
    if (error != 0) {
        snprintf(reason, 256, "--host %s: %s", host, gai_strerror(error));
        return -1;
    }
    for (struct addrinfo *info = infos; info && *count < LISTEN_MAX; info = info->ai_next) {
        set_port(info->ai_addr, port);
        int fd = open_one(info);
        if (fd >= 0) {
            fds[(*count)++] = fd;
            port = port_of(fd); // where it was 0, the other addresses share the one that was found
        } else if (*count == 0) {
            snprintf(reason, 256, "cannot listen on %s port %d: %s%s", host, port, strerror(errno),
                     errno == EADDRINUSE ? " (--port 0 takes a free one)" : "");
        }
    }
    freeaddrinfo(infos);
    return *count > 0 ? port : -1;
}
