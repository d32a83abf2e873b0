#include "cli/cli.h"
#include "cli/pointing.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { TIMEOUT_S = 3 };

/* A connected socket; -1: nobody listens there. */
static int open_connection(const char *host, int port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *infos;
    struct timeval timeout = {.tv_sec = TIMEOUT_S};
    char service[8];
    int fd = -1;

    snprintf(service, sizeof(service), "%d", port);
    if (getaddrinfo(host, service, &hints, &infos) != 0)
        return -1;
    for (struct addrinfo *info = infos; info && fd < 0; info = info->ai_next) {
        fd = socket(info->ai_family, info->ai_socktype, 0);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
        if (connect(fd, info->ai_addr, info->ai_addrlen) == 0)
            continue;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(infos);
    return fd;
}

static bool answers_ok(int fd)
{
    static const char request[] = "GET /_mock/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    char answer[32] = "";
    size_t len = 0;

    if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) != (ssize_t)(sizeof(request) - 1))
        return false;
    while (len < 12) {
        ssize_t got = recv(fd, answer + len, sizeof(answer) - 1 - len, 0);
        if (got <= 0)
            return false;
        len += (size_t)got;
    }
    return strncmp(answer, "HTTP/1.1 200", 12) == 0;
}

int healthcheck_main(const struct config *config)
{
    const char *host = pointing_host(config->host);
    int fd = open_connection(host, config->port);
    bool ok = fd >= 0 && answers_ok(fd);

    if (fd >= 0)
        close(fd);
    if (!ok)
        fprintf(stderr, "replicate-mock: no healthy server answers at %s port %d\n", host, config->port);
    return ok ? 0 : EXIT_FAILED;
}
