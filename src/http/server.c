#include "http/server.h"
#include "base/log.h"
#include "http/listen.h"

#include <microhttpd.h>
#include <netinet/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    POOL = 16 * 1024,      // of a connection, for its head: cleared on each request, held while parked
    IDLE_S = 60,           // a connection that says nothing (parked ones are not hit)
    SPARE_EXCHANGES = 512, // kept for reuse, …
    KEPT_BUFFER = 8192,    // … with their buffers, if these are no larger
    RUNS_PER_TURN = 64,    // then timers have their turn
    EMPTY_RUNS = 16,       // MHD says "at once" for ever while a handshake is unfinished: believe it so often
    MAX_WAIT_MS = 250,     // some closes are finished only by the next MHD_run, and nothing announces them
};
static const size_t discard_limit = 128 * 1024 * 1024; // of a refused body; then the connection is closed
static const size_t first_reserve = 1024 * 1024;       // for a body that is only announced

struct server {
    struct server_handler handler;
    size_t body_limit;
    struct MHD_Daemon *daemon;
    int epoll;     // the daemon's epoll, the listeners, and the connections of parked exchanges
    struct listeners listeners;
    size_t connections, max_connections;
    size_t begun;           // exchanges whose request has begun and whose connection is not done with them
    struct list hungry; // exchanges whose head has come, and nothing of their body yet
    struct list parked, woken, spare;
    size_t spare_count;
    size_t progress;        // counts our own callbacks: whether an MHD_run did anything
    bool run_again, draining;
};

/* A connection: what libmicrohttpd's own struct cannot tell us. */
struct connection {
    struct MHD_Connection *mhd;
    struct exchange *exchange; /* whose request has begun and is not over; NULL: none */
    bool client_left;          /* it has closed its side, wholly or in part */
};

/* What an epoll event is about: its data.ptr is one of these addresses, or the connection whose client has left. */
static char daemon_event, listener_event;

static void watch(struct server *server, int fd, unsigned events, void *what)
{
    struct epoll_event event = {.events = events, .data.ptr = what};

    epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event);
}

static int fd_of(const struct exchange *exchange)
{
    return MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* --- exchanges ------------------------------------------------------------------------------------------------ */

/* The buffer without its content; without its memory, too, where that has grown large. */
static struct buf empty_again(struct buf *buf)
{
    if (buf->cap > KEPT_BUFFER)
        buf_free(buf);
    return (struct buf){.data = buf->data, .cap = buf->cap};
}

static struct exchange *exchange_new(struct server *server)
{
    struct exchange *exchange = list_first(&server->spare, struct exchange, link);

    if (exchange) {
        list_remove(&exchange->link);
        server->spare_count--;
    } else {
        exchange = xnew(struct exchange);
    }
    // What counts govern (segments, parameters, the response's headers) need not be cleared: it is most of the struct.
    // The arena and the two buffers keep their memory from one request to the next.
    struct buf body = empty_again(&exchange->response.body);
    memset(&exchange->request, 0, offsetof(struct request, target));
    memset(&exchange->response, 0, offsetof(struct response, headers));
    memset(&exchange->body_limit, 0, sizeof(*exchange) - offsetof(struct exchange, body_limit));
    exchange->response.body = body;
    exchange->body = empty_again(&exchange->body);
    list_init(&exchange->link);
    exchange->server = server;
    exchange->body_limit = server->body_limit;
    server->begun++;
    return exchange;
}

static void exchange_destroy(struct exchange *exchange)
{
    buf_free(&exchange->response.body);
    buf_free(&exchange->body);
    arena_free(&exchange->arena);
    free(exchange);
}

static void exchange_free(struct exchange *exchange)
{
    struct server *server = exchange->server;

    server->begun--;
    list_remove(&exchange->link);
    arena_reset(&exchange->arena);
    if (server->spare_count >= SPARE_EXCHANGES) {
        exchange_destroy(exchange);
        return;
    }
    list_append(&server->spare, &exchange->link);
    server->spare_count++;
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void resume_later(struct exchange *exchange, enum exchange_state state)
{
    exchange->state = state;
    list_remove(&exchange->link);
    list_append(&exchange->server->woken, &exchange->link);
}

void exchange_wake(struct exchange *exchange)
{
    if (exchange->state == EXCHANGE_PARKED)
        resume_later(exchange, EXCHANGE_READY);
}

static void abandon(struct exchange *exchange)
{
    if (exchange->abandoned)
        exchange->abandoned(exchange);
    exchange->abandoned = NULL;
}

static void abandon_parked(struct exchange *exchange)
{
    if (exchange->state != EXCHANGE_PARKED)
        return;
    abandon(exchange);
    resume_later(exchange, EXCHANGE_GONE);
}

static void park(struct exchange *exchange)
{
    exchange->state = EXCHANGE_PARKED;
    list_append(&exchange->server->parked, &exchange->link);
    MHD_suspend_connection(exchange->connection);
    if (connection_of(exchange->connection)->client_left)
        abandon_parked(exchange);
}

/* libmicrohttpd does not notice it: not of a suspended connection, and not where the end came together with data. Half
 * closed counts as gone for whoever is parked, as in Go's server; an answer under way still goes out. */
static void client_left(struct connection *connection)
{
    connection->client_left = true;
    if (connection->exchange && connection->exchange->state == EXCHANGE_PARKED)
        abandon_parked(connection->exchange);
    else
        MHD_set_connection_option(connection->mhd, MHD_CONNECTION_OPTION_TIMEOUT, 1U);
}

/* --- what libmicrohttpd calls --------------------------------------------------------------------------------- */

/* Copies the target, then cuts the query off in libmicrohttpd's own buffer, behind the `?` whose place it has noted: it
 * would take the query apart for nobody, and with some 260 parameters it drops the connection without telling us. */
static void *on_request_line(void *arg, const char *uri, struct MHD_Connection *mhd)
{
    struct exchange *exchange = exchange_new(arg);
    char *query = strchr((char *)(uintptr_t)uri, '?');

    exchange->connection = mhd;
    exchange->raw_target = arena_strndup(&exchange->arena, uri, strlen(uri));
    exchange->server->progress++;
    connection_of(mhd)->exchange = exchange;
    if (query)
        query[1] = '\0';
    return exchange;
}

/* We decode for ourselves, after splitting. */
static size_t leave_escaped(void *arg, struct MHD_Connection *connection, char *text)
{
    (void)arg;
    (void)connection;
    return strlen(text);
}

static enum MHD_Result on_header(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct exchange *exchange = arg;
    const char *fault = request_add_header(&exchange->request, name, value ? value : "");

    (void)kind;
    if (fault)
        exchange->fault = fault;
    return MHD_YES;
}

struct ready_made {
    struct MHD_Response *wire;
};

struct ready_made *ready_made_new(const char *content_type, struct buf *body)
{
    struct ready_made *made = xnew(struct ready_made);
    size_t len;
    char *bytes = buf_take(body, &len);

    made->wire = MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(made->wire, "Content-Type", content_type);
    return made;
}

void ready_made_free(struct ready_made *made)
{
    if (!made)
        return;
    MHD_destroy_response(made->wire); // whoever is still being sent it holds it too
    free(made);
}

static enum MHD_Result send_ready_made(struct exchange *exchange, const struct ready_made *made)
{
    exchange->state = EXCHANGE_SENT;
    return MHD_queue_response(exchange->connection, MHD_HTTP_OK, made->wire);
}

static enum MHD_Result send_response(struct exchange *exchange)
{
    struct response *response = &exchange->response;

    if (response->ready_made)
        return send_ready_made(exchange, response->ready_made);
    // The bytes stay the exchange's, which lives until libmicrohttpd says that the request is over.
    struct MHD_Response *wire =
        MHD_create_response_from_buffer(response->body.len, response->body.data, MHD_RESPMEM_PERSISTENT);
    if (!wire)
        return MHD_NO;
    if (response->content_type)
        MHD_add_response_header(wire, "Content-Type", response->content_type);
    for (size_t i = 0; i < response->header_count; i++)
        MHD_add_response_header(wire, response->headers[i].name, response->headers[i].value);
    if (response->close || exchange->server->draining)
        MHD_add_response_header(wire, "Connection", "close");
    enum MHD_Result result = MHD_queue_response(exchange->connection, (unsigned)response->status, wire);
    MHD_destroy_response(wire);
    exchange->state = EXCHANGE_SENT;
    return result;
}

/* Reads the head. False: the request is bad HTTP, and the response says so. */
static bool read_head(struct exchange *exchange, const char *method, const char *version)
{
    struct request *request = &exchange->request;

    request->method = method_parse(method);
    request->method_text = arena_strndup(&exchange->arena, method, strlen(method));
    request->http_1_0 = strcmp(version, "HTTP/1.0") == 0;
    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, on_header, exchange);
    if (!exchange->fault)
        exchange->fault = request_check_headers(request);
    if (!exchange->fault)
        exchange->fault = target_parse(&request->target, exchange->raw_target);
    return !exchange->fault;
}

/* How many bytes the body is said to have; 0 where nothing is said. */
static size_t announced(const struct exchange *exchange)
{
    const char *length = exchange->request.headers[HEADER_CONTENT_LENGTH];

    return length ? strtoull(length, NULL, 10) : 0; // libmicrohttpd has checked that it is a number
}

static void refuse(struct exchange *exchange)
{
    exchange->state = EXCHANGE_REFUSED;
    buf_free(&exchange->body);
}

/* The first call for a request: the head is complete, the body is not. A response given here would end the connection
 * and be lost on a client that is still sending; so a refusal waits until the body was read, except where the client
 * asked first (Expect: 100-continue), or where that would never end. */
static enum MHD_Result begin(struct exchange *exchange, const char *method, const char *version)
{
    struct server *server = exchange->server;
    const struct request *request = &exchange->request;

    if (!read_head(exchange, method, version)) {
        server->handler.malformed(server->handler.arg, exchange, exchange->fault);
        exchange->response.close = true;
        return send_response(exchange);
    }
    exchange->state = EXCHANGE_READING;
    if (!server->handler.admit(server->handler.arg, exchange)) {
        refuse(exchange);
    } else if (announced(exchange) > exchange->body_limit) {
        server->handler.too_large(server->handler.arg, exchange);
        refuse(exchange);
    }
    const char *expect = request->headers[HEADER_EXPECT];
    bool has_body = announced(exchange) > 0 || request->headers[HEADER_TRANSFER_ENCODING];
    bool asks_first = has_body && expect && strcasecmp(expect, "100-continue") == 0;
    if (exchange->state == EXCHANGE_REFUSED && (asks_first || announced(exchange) > discard_limit)) {
        exchange->response.close = true;
        return send_response(exchange);
    }
    if (has_body)
        list_append(&server->hungry, &exchange->link);
    return MHD_YES;
}

/* A piece of the body. MHD_NO ends the connection. */
static enum MHD_Result take(struct exchange *exchange, const char *bytes, size_t len)
{
    struct server *server = exchange->server;
    struct buf *body = &exchange->body;

    if (exchange->state == EXCHANGE_READING && body->len + len > exchange->body_limit) {
        server->handler.too_large(server->handler.arg, exchange);
        exchange->discarded = body->len;
        refuse(exchange);
    }
    if (exchange->state == EXCHANGE_REFUSED) {
        exchange->discarded += len;
        return exchange->discarded <= discard_limit ? MHD_YES : MHD_NO;
    }
    if (body->len == 0) // what was announced, but no more than a piece of it on the client's word alone
        buf_reserve(body, announced(exchange) < first_reserve ? announced(exchange) : first_reserve);
    buf_add(body, bytes, len);
    return MHD_YES;
}

/* The request is complete. */
static enum MHD_Result answer(struct exchange *exchange)
{
    struct server *server = exchange->server;

    exchange->request.body = exchange->body.data;
    exchange->request.body_len = exchange->body.len;
    if (exchange->state == EXCHANGE_READING &&
        server->handler.handle(server->handler.arg, exchange) == VERDICT_PARK) {
        park(exchange);
        return MHD_YES;
    }
    return send_response(exchange);
}

static enum MHD_Result on_access(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *bytes, size_t *len, void **context)
{
    struct exchange *exchange = *context;

    (void)arg;
    (void)connection;
    (void)url;
    exchange->server->progress++;
    list_remove(&exchange->link); // hungry no more
    switch (exchange->state) {
    case EXCHANGE_NEW:
        return begin(exchange, method, version);
    case EXCHANGE_READING:
    case EXCHANGE_REFUSED:
        if (*len == 0)
            return answer(exchange);
        size_t taken = *len;
        *len = 0;
        return take(exchange, bytes, taken);
    case EXCHANGE_READY:
        return send_response(exchange);
    case EXCHANGE_PARKED: // not resumed by us: cannot be
    case EXCHANGE_GONE:
    case EXCHANGE_SENT:
        break;
    }
    return MHD_NO;
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode how)
{
    struct exchange *exchange = *context;

    (void)arg;
    (void)how;
    if (!exchange)
        return;
    exchange->server->progress++;
    if (exchange->state == EXCHANGE_PARKED)
        abandon(exchange);
    connection_of(connection)->exchange = NULL;
    exchange_free(exchange);
    *context = NULL;
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
        exchange_free(connection->exchange);
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

static void on_log(void *arg, const char *format, va_list args)
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
                client_left(what);
        }
        // The daemon's epoll is level-triggered here and stays ready until MHD_run: only a full array means there may be more.
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

/* Clients that send head and body apart wait for the ACK of the first before they send the second: give it now, not in
 * 40 ms. Mostly both came at once and nobody is left here. */
static void acknowledge_heads(struct server *server)
{
    int one = 1;

    while (!list_empty(&server->hungry)) {
        struct exchange *exchange = list_first(&server->hungry, struct exchange, link);
        list_remove(&exchange->link);
        setsockopt(fd_of(exchange), IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
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
        acknowledge_heads(server);
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
    server->body_limit = body_limit;
    server->max_connections = listen_max_connections();
    list_init(&server->hungry);
    list_init(&server->parked);
    list_init(&server->woken);
    list_init(&server->spare);
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        on_access, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_URI_LOG_CALLBACK, on_request_line,
        server, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)server->max_connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_END);
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
        abandon_parked(container_of(link, struct exchange, link));
    resume_woken(server); // MHD_stop_daemon panics where a connection is still suspended
    MHD_stop_daemon(server->daemon);
    close(server->epoll);
    while (!list_empty(&server->spare)) {
        struct exchange *exchange = list_first(&server->spare, struct exchange, link);
        list_remove(&exchange->link);
        exchange_destroy(exchange);
    }
    free(server);
}
