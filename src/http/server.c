#include "http/server.h"
#include "base/log.h"
#include "http/wire.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    POOL = 16 * 1024,   // of a connection, for its head: cleared on each request, held while parked
    IDLE_S = 60,        // a connection that says nothing (parked ones are not hit)
    RUNS_PER_TURN = 64, // then timers have their turn
    EMPTY_RUNS = 16,    // MHD says "at once" for ever while a handshake is unfinished: believe it so often
    MAX_WAIT_MS = 250,  // some closes are finished only by the next MHD_run, and nothing announces them
};

/* What an epoll event is about: its data.ptr is one of these addresses, or the connection whose client has left. */
static char daemon_event, listener_event;

static void watch(struct server *server, int fd, unsigned events, void *what)
{
    struct epoll_event event = {.events = events, .data.ptr = what};

    epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void connection_new(struct server *server, struct MHD_Connection *mhd, void **context)
{
    struct connection *connection = xnew(struct connection);
    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

    connection->mhd = mhd;
    *context = connection;
    server->connections++;
    watch(server, fd, EPOLLRDHUP | EPOLLONESHOT, connection);
}

static void connection_free(struct server *server, struct connection *connection)
{
    if (connection->exchange) // given up by libmicrohttpd without a word
        wire_exchange_over(connection->exchange);
    free(connection);
    server->connections--;
}

static void on_connection(void *arg, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct server *server = arg;

    server->progress++;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        connection_new(server, mhd, context);
    else
        connection_free(server, *context);
}

__attribute__((format(printf, 2, 0))) static void on_log(void *arg, const char *format, va_list args)
{
    char text[256];

    (void)arg;
    vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\n")] = '\0';
    log_debug("http: %s", text);
}

/* --- connections ---------------------------------------------------------------------------------------------- */

bool server_adopt(struct server *server, int fd, const struct sockaddr *address, socklen_t len)
{
    int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    server->run_again = true;
    return MHD_add_connection(server->daemon, fd, address, len) == MHD_YES;
}

static bool has_room(const struct server *server)
{
    return server->connections < server->max_connections;
}

static bool take_connection(void *arg, int fd, const struct sockaddr *address, socklen_t len)
{
    struct server *server = arg;

    server_adopt(server, fd, address, len);
    return has_room(server);
}

/* --- the turn ------------------------------------------------------------------------------------------------- */

/* Whoever knocks comes in; without room, or without descriptors, the rest waits for a while. */
static void accept_all(struct server *server, int64_t now)
{
    if (!has_room(server) || !listeners_accept(&server->listeners, take_connection, server))
        listeners_pause(&server->listeners, now);
}

static void see_events(struct server *server, int64_t now)
{
    struct epoll_event events[64];
    int count;

    do {
        count = epoll_wait(server->epoll, events, 64, 0);
        for (int i = 0; i < count; i++) {
            void *what = events[i].data.ptr;
            if (what == &daemon_event)
                server->run_again = true;
            else if (what == &listener_event)
                accept_all(server, now);
            else
                wire_client_left(what);
        }
        // The daemon's epoll stays ready until MHD_run: only a full array means that there may be more.
    } while (count == 64);
}

/* All that were woken, at once: each resume lets libmicrohttpd walk all suspended connections. */
static void resume_woken(struct server *server)
{
    while (!list_empty(&server->woken)) {
        struct exchange *exchange = list_first(&server->woken, struct exchange, link);
        list_remove(&exchange->link);
        MHD_resume_connection(exchange->connection);
        server->run_again = true;
    }
}

/* Clients that send head and body apart, or a body in pieces, wait for the ACK of the one before they send the next: give
 * it now, not in 40 ms. Mostly all came at once and nobody is left here. */
static void acknowledge_pieces(struct server *server)
{
    int one = 1;

    while (!list_empty(&server->hungry)) {
        struct exchange *exchange = list_first(&server->hungry, struct exchange, link);
        list_remove(&exchange->link);
        setsockopt(wire_fd(exchange), IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
    }
}

static bool daemon_wants_more(struct server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout;

    return MHD_get_timeout(server->daemon, &timeout) == MHD_YES && timeout == 0;
}

bool server_turn(struct server *server, int64_t now)
{
    size_t before = server->progress;
    int empty = 0;

    listeners_retry(&server->listeners, now);
    see_events(server, now);
    resume_woken(server);
    server->run_again |= daemon_wants_more(server);
    for (int i = 0; i < RUNS_PER_TURN && empty < EMPTY_RUNS; i++) {
        size_t seen = server->progress;
        MHD_run(server->daemon);
        acknowledge_pieces(server);
        empty = server->progress == seen ? empty + 1 : 0;
        resume_woken(server); // a wake inside of a handler is not seen by the run that it happens in
        if (!daemon_wants_more(server) && !server->run_again)
            break;
        server->run_again = false;
    }
    server->run_again = empty < EMPTY_RUNS && daemon_wants_more(server);
    return server->progress != before;
}

int server_timeout_ms(const struct server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout;

    if (server->run_again || !list_empty(&server->woken))
        return 0;
    if (MHD_get_timeout(server->daemon, &timeout) == MHD_YES && timeout < MAX_WAIT_MS)
        return timeout > 0 ? (int)timeout : 1; // 0 here: a handshake that hangs; not worth a core
    if (server->listeners.again)
        return LISTEN_PAUSE_MS;
    return server->connections > 0 ? MAX_WAIT_MS : -1;
}

/* --- life ----------------------------------------------------------------------------------------------------- */

struct server *server_new(const struct server_handler *handler, size_t body_limit)
{
    struct server *server = xnew(struct server);

    server->handler = *handler;
    server->intake.body_limit = body_limit;
    server->max_connections = listen_max_connections();
    list_init(&server->hungry);
    list_init(&server->parked);
    list_init(&server->woken);
    list_init(&server->spare);
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        wire_on_access, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        wire_on_completed, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_URI_LOG_CALLBACK,
        wire_on_request_line, server, MHD_OPTION_UNESCAPE_CALLBACK, wire_leave_escaped, NULL,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)server->max_connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)POOL, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_END);
    if (!server->daemon || server->epoll < 0) {
        fputs("replicate-mock: the HTTP server cannot start: the system gives no epoll\n", stderr);
        abort();
    }
    watch(server, MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, EPOLLIN, &daemon_event);
    return server;
}

int server_listen(struct server *server, const char *host, int port, char reason[256])
{
    return listeners_open(&server->listeners, server->epoll, &listener_event, host, port, reason);
}

int server_fd(const struct server *server)
{
    return server->epoll;
}

size_t server_connections(const struct server *server)
{
    return server->connections;
}

void server_drain(struct server *server)
{
    listeners_accept(&server->listeners, take_connection, server); // the system has accepted whoever is in the backlog
    listeners_close(&server->listeners);
    server->draining = true;
    list_each (link, &server->parked) {
        struct exchange *exchange = container_of(link, struct exchange, link);
        if (exchange->state == EXCHANGE_DRY && !exchange->is_whole)
            wire_abandon(exchange);
    }
}

bool server_is_draining(const struct server *server)
{
    return server->draining;
}

bool server_busy(const struct server *server)
{
    return server->begun > 0;
}

void server_free(struct server *server)
{
    if (!server)
        return;
    server_drain(server);
    list_each (link, &server->parked)
        wire_abandon(container_of(link, struct exchange, link));
    resume_woken(server); // MHD_stop_daemon panics where a connection is still suspended
    MHD_stop_daemon(server->daemon);
    close(server->epoll);
    arena_free(&server->scratch);
    while (!list_empty(&server->spare)) {
        struct exchange *exchange = list_first(&server->spare, struct exchange, link);
        list_remove(&exchange->link);
        wire_exchange_destroy(exchange);
    }
    free(server);
}
