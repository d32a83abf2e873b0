#include "http/server.h"
#include "base/log.h"
#include "http/wire.h"
#include "tls/tickets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    POOL = 16 * 1024,   // of a connection, for its head: cleared on each request, held while parked
    HANDSHAKE_S = 10,   // TLS: until the first request begins
    RUNS_PER_TURN = 64, // then timers have their turn
    DUE_RUNS = 2,       // whatever MHD says, where something has come: the second clears up behind the first
    EMPTY_RUNS = 16,    // MHD says "at once" for ever while a handshake is unfinished: believe it so often, …
    EMPTY_STEPS = 64,   // … and less often where each run looks at many of them; this many in all, …
    FEWEST_RUNS = 2,    // … but what ends a handshake may come with a request behind it
    REST_MS = 4,        // then the door rests, …
    STEPS_PER_MS = 16,  // … a millisecond more for so many
    MAX_WAIT_MS = 250,  // some closes are finished only by the next MHD_run, and nothing announces them
};

/* `what` says what an event is about: a way_in's daemon or listeners, by their addresses, or the connection whose client
 * has left. */
static void watch(struct server *server, int fd, unsigned events, void *what)
{
    struct epoll_event event = {.events = events, .data.ptr = what};

    epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* A handshake that hangs costs more than an idle connection: libmicrohttpd looks at it in each run. So it has less
 * time. */
static void begin_handshake(struct way_in *door, struct MHD_Connection *mhd)
{
    door->handshakes++;
    tickets_enable(door->server->tickets,
                   MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
    MHD_set_connection_option(mhd, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)HANDSHAKE_S);
}

static void connection_new(struct way_in *door, struct MHD_Connection *mhd, void **context)
{
    struct server *server = door->server;
    struct connection *connection = xnew(struct connection);
    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

    connection->mhd = mhd;
    connection->door = door;
    if (wire_is_tls(door))
        begin_handshake(door, mhd);
    *context = connection;
    door->connections++;
    watch(server, fd, EPOLLRDHUP | EPOLLONESHOT, connection);
}

static void connection_free(struct connection *connection)
{
    if (connection->exchange) { // given up by libmicrohttpd without a word, and its head's memory with it
        connection->exchange->path = NULL;
        wire_finished(connection->exchange, 0);
        wire_exchange_over(connection->exchange);
    }
    if (!connection->greeted && wire_is_tls(connection->door))
        connection->door->handshakes--;
    connection->door->connections--;
    free(connection);
}

static void on_connection(void *arg, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct way_in *door = arg;

    door->server->progress++;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        connection_new(door, mhd, context);
    else
        connection_free(*context);
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

static bool let_in(struct way_in *door, int fd, const struct sockaddr *address, socklen_t len)
{
    int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    door->due = DUE_RUNS;
    return MHD_add_connection(door->daemon, fd, address, len) == MHD_YES;
}

bool server_adopt(struct server *server, enum door door, int fd, const struct sockaddr *address, socklen_t len)
{
    return let_in(&server->doors[door], fd, address, len);
}

static bool has_room(const struct server *server)
{
    return server_connections(server) < server->max_connections;
}

static bool take_connection(void *arg, int fd, const struct sockaddr *address, socklen_t len)
{
    struct way_in *door = arg;

    let_in(door, fd, address, len);
    return has_room(door->server);
}

/* --- the turn ------------------------------------------------------------------------------------------------- */

/* Whoever knocks comes in; without room, or without descriptors, the rest waits for a while. */
static void accept_all(struct way_in *door, int64_t now)
{
    if (!has_room(door->server) || !listeners_accept(&door->listeners, take_connection, door))
        listeners_pause(&door->listeners, now);
}

static void see_event(struct server *server, void *what, int64_t now)
{
    for (struct way_in *door = server->doors; door < server->doors + DOORS; door++) {
        if (what == &door->daemon) {
            door->due = DUE_RUNS;
            return;
        }
        if (what == &door->listeners) {
            accept_all(door, now);
            return;
        }
    }
    wire_client_left(what);
}

static void see_events(struct server *server, int64_t now)
{
    struct epoll_event events[64];
    int count;

    do {
        count = epoll_wait(server->epoll, events, 64, 0);
        for (int i = 0; i < count; i++)
            see_event(server, events[i].data.ptr, now);
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
        wire_door(exchange)->due = DUE_RUNS;
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

/* In how many milliseconds its daemon wants to run, at most MAX_WAIT_MS. */
static int door_timeout_ms(const struct way_in *door)
{
    MHD_UNSIGNED_LONG_LONG timeout;

    if (!door->daemon || MHD_get_timeout(door->daemon, &timeout) != MHD_YES || timeout > MAX_WAIT_MS)
        return MAX_WAIT_MS;
    return (int)timeout;
}

/* How often it may run in a turn without that anything happens. */
static int most_empty_runs(const struct way_in *door)
{
    size_t runs = door->handshakes > 0 ? EMPTY_STEPS / door->handshakes : EMPTY_RUNS;

    return runs >= EMPTY_RUNS ? EMPTY_RUNS : runs > FEWEST_RUNS ? (int)runs : FEWEST_RUNS;
}

/* How long a door rests then, if nobody sends anything: the more handshakes hang, the longer. */
static int rest_ms(const struct way_in *door)
{
    return door->handshakes > 0 ? REST_MS + (int)(door->handshakes / STEPS_PER_MS) : 1;
}

static bool has_rested(const struct way_in *door, int64_t now)
{
    return door->handshakes == 0 || now >= door->rested;
}

/* Has something come, or can it go on at once? Of the latter libmicrohttpd's word is no more believed in this turn when
 * it was wrong too often, and while handshakes are under way not before the door has rested. */
static bool wants_to_run(const struct way_in *door, int64_t now)
{
    if (!door->daemon || door->empty_runs >= most_empty_runs(door))
        return false;
    return door->due > 0 || (has_rested(door, now) && door_timeout_ms(door) == 0);
}

static void run_door(struct way_in *door)
{
    size_t seen = door->server->progress;

    door->due -= door->due > 0;
    MHD_run(door->daemon);
    door->empty_runs = door->server->progress == seen ? door->empty_runs + 1 : 0;
}

/* Lets each door that wants to run once. False: none does. */
static bool run_doors(struct server *server, int64_t now)
{
    bool ran = false;

    for (struct way_in *door = server->doors; door < server->doors + DOORS; door++) {
        if (!wants_to_run(door, now))
            continue;
        run_door(door);
        ran = true;
    }
    acknowledge_pieces(server);
    resume_woken(server); // a wake inside of a handler is not seen by the run that it happens in
    return ran;
}

/* Once in any case, for what nothing announces. */
static void begin_turn(struct way_in *door, int64_t now)
{
    listeners_retry(&door->listeners, now);
    if (door->due == 0 && has_rested(door, now))
        door->due = 1;
}

static void end_turn(struct way_in *door, int64_t now)
{
    bool empty = door->empty_runs >= most_empty_runs(door);

    if (empty)
        door->rested = now + rest_ms(door) * INT64_C(1000000);
    else if (!wants_to_run(door, now))
        door->due = 0;
    else if (door->due == 0)
        door->due = 1;
    door->empty_runs = 0;
}

bool server_turn(struct server *server, int64_t now)
{
    size_t before = server->progress;

    for (size_t i = 0; i < DOORS; i++)
        begin_turn(&server->doors[i], now);
    see_events(server, now);
    resume_woken(server);
    for (int i = 0; i < RUNS_PER_TURN && run_doors(server, now); i++) {
    }
    for (size_t i = 0; i < DOORS; i++)
        end_turn(&server->doors[i], now);
    return server->progress != before;
}

/* In how many milliseconds the door wants a turn, at most MAX_WAIT_MS. */
static int turn_in_ms(const struct way_in *door)
{
    int timeout = door_timeout_ms(door);

    if (door->due > 0)
        return 0;
    return timeout > 0 ? timeout : rest_ms(door); // 0 here: a handshake that hangs; not worth a core
}

int server_timeout_ms(const struct server *server)
{
    int least = MAX_WAIT_MS;

    if (!list_empty(&server->woken))
        return 0;
    for (size_t i = 0; i < DOORS; i++) {
        int door = turn_in_ms(&server->doors[i]),
            pause = server->doors[i].listeners.again ? LISTEN_PAUSE_MS : MAX_WAIT_MS;
        least = door < least ? door : least;
        least = pause < least ? pause : least;
    }
    return least < MAX_WAIT_MS || server_connections(server) > 0 ? least : -1;
}

/* --- life ----------------------------------------------------------------------------------------------------- */

/* `extra` are libmicrohttpd's flags for this door alone; the two texts are NULL where it speaks plain HTTP. */
static bool open_door(struct server *server, enum door which, unsigned extra, const char *certificate, const char *key)
{
    struct way_in *door = &server->doors[which];
    struct MHD_OptionItem secrets[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)certificate},
                                       {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
                                       {MHD_OPTION_END, 0, NULL}};

    door->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | extra, 0, NULL, NULL,
        wire_on_access, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        wire_on_completed, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, door, MHD_OPTION_URI_LOG_CALLBACK,
        wire_on_request_line, server, MHD_OPTION_UNESCAPE_CALLBACK, wire_leave_escaped, NULL,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)server->max_connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)POOL, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_ARRAY,
        certificate ? secrets : secrets + 2, MHD_OPTION_END);
    if (!door->daemon)
        return false;
    watch(server, MHD_get_daemon_info(door->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, EPOLLIN, &door->daemon);
    return true;
}

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
    for (size_t i = 0; i < DOORS; i++)
        server->doors[i].server = server;
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (server->epoll < 0 || !open_door(server, DOOR_HTTP, 0, NULL, NULL)) {
        fputs("replicate-mock: the HTTP server cannot start: the system gives no epoll\n", stderr);
        abort();
    }
    return server;
}

bool server_speak_tls(struct server *server, const char *certificate, const char *key)
{
    server->tickets = tickets_new();
    return open_door(server, DOOR_HTTPS, MHD_USE_TLS, certificate, key);
}

int server_listen(struct server *server, enum door door, const char *host, int port, char reason[256])
{
    struct listeners *listeners = &server->doors[door].listeners;

    return listeners_open(listeners, server->epoll, listeners, host, port, reason);
}

int server_fd(const struct server *server)
{
    return server->epoll;
}

size_t server_connections(const struct server *server)
{
    return server_connections_at(server, DOOR_HTTP) + server_connections_at(server, DOOR_HTTPS);
}

size_t server_connections_at(const struct server *server, enum door door)
{
    return server->doors[door].connections;
}

void server_drain(struct server *server)
{
    for (struct way_in *door = server->doors; door < server->doors + DOORS; door++) {
        listeners_accept(&door->listeners, take_connection, door); // the system has accepted whoever is in the backlog
        listeners_close(&door->listeners);
    }
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
    for (size_t i = 0; i < DOORS; i++)
        if (server->doors[i].daemon)
            MHD_stop_daemon(server->doors[i].daemon);
    close(server->epoll);
    tickets_free(server->tickets);
    arena_free(&server->scratch);
    while (!list_empty(&server->spare)) {
        struct exchange *exchange = list_first(&server->spare, struct exchange, link);
        list_remove(&exchange->link);
        wire_exchange_destroy(exchange);
    }
    free(server);
}
