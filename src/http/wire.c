#include "http/wire.h"

#include <stdlib.h>
#include <strings.h>

enum {
    SPARE_EXCHANGES = 512, // kept for reuse, …
    KEPT_BUFFER = 8192,    // … with their buffers, if these are no larger
};
static const size_t discard_limit = 128 * 1024 * 1024; // of a refused body; then the connection is closed
static const size_t first_reserve = 64 * 1024;         // for a body that is only announced

int wire_fd(const struct exchange *exchange)
{
    return MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

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
    struct buf body = exchange->response.body;
    memset(&exchange->request, 0, offsetof(struct request, target));
    memset(&exchange->response, 0, offsetof(struct response, headers));
    memset(&exchange->body_limit, 0, sizeof(*exchange) - offsetof(struct exchange, body_limit));
    exchange->response.body = body;
    list_init(&exchange->link);
    exchange->server = server;
    exchange->scratch = &server->scratch;
    exchange->body_limit = server->intake.body_limit;
    server->begun++;
    return exchange;
}

void wire_exchange_destroy(struct exchange *exchange)
{
    buf_free(&exchange->response.body);
    buf_free(&exchange->body);
    arena_free(&exchange->arena);
    free(exchange);
}

void wire_exchange_over(struct exchange *exchange)
{
    struct server *server = exchange->server;

    server->begun--;
    intake_remove(&server->intake, exchange->body_limit, exchange->body.len);
    list_remove(&exchange->link);
    arena_reset(&exchange->arena);
    response_give_back(&exchange->response);
    exchange->body = empty_again(&exchange->body);
    exchange->response.body = empty_again(&exchange->response.body);
    if (server->spare_count >= SPARE_EXCHANGES) {
        wire_exchange_destroy(exchange);
        return;
    }
    list_prepend(&server->spare, &exchange->link); // the next to be used: it is warm
    server->spare_count++;
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

struct way_in *wire_door(const struct exchange *exchange)
{
    return connection_of(exchange->connection)->door;
}

bool wire_is_tls(const struct way_in *door)
{
    return door == &door->server->doors[DOOR_HTTPS];
}

static void resume_later(struct exchange *exchange, enum exchange_state state)
{
    exchange->state = state;
    list_remove(&exchange->link);
    list_append(&exchange->server->woken, &exchange->link);
}

void exchange_wake(struct exchange *exchange)
{
    struct wake_hook *hook = exchange->state == EXCHANGE_PARKED ? exchange->wake_hook : NULL;

    if (hook) {
        exchange->wake_hook = NULL;
        hook->woken(hook, exchange);
    } else if (exchange->state == EXCHANGE_PARKED)
        resume_later(exchange, EXCHANGE_READY);
    else if (exchange->state == EXCHANGE_DRY)
        resume_later(exchange, EXCHANGE_STREAMING);
}

void exchange_end(struct exchange *exchange)
{
    exchange->fill = NULL;
    exchange->abandoned = NULL;
    exchange_wake(exchange);
}

void wire_let_go(struct exchange *exchange)
{
    if (exchange->abandoned)
        exchange->abandoned(exchange);
    exchange->abandoned = NULL;
}

/* Does it wait for whoever parked it, or gives it its bytes? */
static bool is_waiting(const struct exchange *exchange)
{
    return exchange->state == EXCHANGE_PARKED || exchange->state == EXCHANGE_DRY;
}

void wire_abandon(struct exchange *exchange)
{
    if (!is_waiting(exchange))
        return;
    wire_let_go(exchange);
    resume_later(exchange, EXCHANGE_GONE);
}

/* Nobody needs the body any more. */
static void drop_body(struct exchange *exchange)
{
    intake_remove(&exchange->server->intake, exchange->body_limit, exchange->body.len);
    buf_free(&exchange->body);
    exchange->request.body = NULL;
    exchange->request.body_len = 0;
}

struct buf exchange_take_body(struct exchange *exchange)
{
    struct buf body = exchange->body;

    exchange->body = (struct buf){0};
    intake_remove(&exchange->server->intake, exchange->body_limit, body.len);
    exchange->request.body = NULL;
    exchange->request.body_len = 0;
    return body;
}

void wire_suspend(struct exchange *exchange, enum exchange_state state)
{
    exchange->state = state;
    list_append(&exchange->server->parked, &exchange->link);
    MHD_suspend_connection(exchange->connection);
    if (connection_of(exchange->connection)->client_left)
        wire_abandon(exchange);
}

static void park(struct exchange *exchange)
{
    drop_body(exchange); // it has been read; who waits for a minute need not hold it
    wire_suspend(exchange, EXCHANGE_PARKED);
}

/* libmicrohttpd does not notice it: not of a suspended connection, and not where the end came together with data. Half
 * closed counts as gone for whoever waits, as in Go's server; an answer under way still goes out. */
void wire_client_left(struct connection *connection)
{
    connection->client_left = true;
    if (connection->exchange && is_waiting(connection->exchange))
        wire_abandon(connection->exchange);
    else
        MHD_set_connection_option(connection->mhd, MHD_CONNECTION_OPTION_TIMEOUT, 1U);
}

/* --- what libmicrohttpd calls --------------------------------------------------------------------------------- */

/* The end of the time that a handshake has. */
static void greet(struct connection *connection)
{
    if (!connection->greeted && wire_is_tls(connection->door)) {
        connection->door->handshakes--;
        MHD_set_connection_option(connection->mhd, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)IDLE_S);
    }
    connection->greeted = true;
}

/* Copies the target, then cuts the query off in libmicrohttpd's own buffer, behind the `?` whose place it has noted: it
 * would take the query apart for nobody, and with some 260 parameters it drops the connection without telling us. */
void *wire_on_request_line(void *arg, const char *uri, struct MHD_Connection *mhd)
{
    struct exchange *exchange = exchange_new(arg);
    struct connection *connection = connection_of(mhd);
    char *query = strchr((char *)(uintptr_t)uri, '?');

    greet(connection);
    exchange->connection = mhd;
    exchange->request.over_tls = wire_is_tls(connection->door);
    exchange->raw_target = arena_strndup(&exchange->arena, uri, strlen(uri));
    exchange->server->progress++;
    connection->exchange = exchange;
    if (query)
        query[1] = '\0';
    return exchange;
}

/* We decode for ourselves, after splitting. */
size_t wire_leave_escaped(void *arg, struct MHD_Connection *connection, char *text)
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

struct each_header {
    void (*see)(void *arg, const char *name, const char *value);
    void *arg;
};

static enum MHD_Result on_each_header(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    const struct each_header *each = arg;

    (void)kind;
    each->see(each->arg, name, value ? value : "");
    return MHD_YES;
}

void exchange_each_header(struct exchange *exchange, void (*see)(void *arg, const char *name, const char *value),
                          void *arg)
{
    struct each_header each = {see, arg};

    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, on_each_header, &each);
}

/* Reads the head. False: the request is bad HTTP, and the response says so. */
static bool read_head(struct exchange *exchange, const char *method, const char *version)
{
    struct request *request = &exchange->request;

    request->method = method_parse(method);
    request->method_text = method; // libmicrohttpd's, which keeps it as long as the request
    request->http_1_0 = strcmp(version, "HTTP/1.0") == 0;
    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, on_header, exchange);
    const char *length = request->headers[HEADER_CONTENT_LENGTH];
    exchange->announced = length ? strtoull(length, NULL, 10) : 0; // libmicrohttpd has checked that it is a number
    if (!exchange->fault)
        exchange->fault = request_check_headers(request);
    if (!exchange->fault)
        exchange->fault = target_parse(&request->target, exchange->raw_target);
    return !exchange->fault;
}

static void refuse(struct exchange *exchange)
{
    exchange->state = EXCHANGE_REFUSED;
    drop_body(exchange);
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
        return wire_send(exchange);
    }
    exchange->state = EXCHANGE_READING;
    if (!server->handler.admit(server->handler.arg, exchange)) {
        refuse(exchange);
    } else if (exchange->announced > exchange->body_limit) {
        server->handler.too_large(server->handler.arg, exchange);
        refuse(exchange);
    }
    const char *expect = request->headers[HEADER_EXPECT];
    bool has_body = request_has_body(request);
    bool asks_first = has_body && expect && strcasecmp(expect, "100-continue") == 0;
    if (exchange->state == EXCHANGE_REFUSED && (asks_first || exchange->announced > discard_limit)) {
        exchange->response.close = true;
        return wire_send(exchange);
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
    if (exchange->state == EXCHANGE_READING && !intake_add(&server->intake, exchange->body_limit, len)) {
        server->handler.overloaded(server->handler.arg, exchange);
        refuse(exchange);
    }
    if (exchange->state == EXCHANGE_REFUSED) {
        exchange->discarded += len;
        return exchange->discarded <= discard_limit ? MHD_YES : MHD_NO;
    }
    if (body->len == 0) // what was announced, but no more than a piece of it on the client's word alone
        buf_reserve(body, exchange->announced < first_reserve ? exchange->announced : first_reserve);
    buf_add(body, bytes, len);
    return MHD_YES;
}

/* The request is complete. */
static enum MHD_Result answer(struct exchange *exchange)
{
    struct server *server = exchange->server;

    if (exchange->state == EXCHANGE_REFUSED)
        return wire_send(exchange);
    exchange->request.body = exchange->body.data;
    exchange->request.body_len = exchange->body.len;
    enum verdict verdict = server->handler.handle(server->handler.arg, exchange);
    arena_reset(&server->scratch);
    exchange->content = NULL;
    if (verdict == VERDICT_PARK) {
        park(exchange);
        return MHD_YES;
    }
    if (verdict == VERDICT_STREAM) {
        drop_body(exchange);
        exchange->state = EXCHANGE_STREAMING;
    }
    return wire_send(exchange);
}

enum MHD_Result wire_on_access(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                               const char *version, const char *bytes, size_t *len, void **context)
{
    struct exchange *exchange = *context;

    (void)arg;
    (void)connection;
    (void)url;
    exchange->server->progress++;
    list_remove(&exchange->link); // hungry no more
    switch (exchange->state) {
    case EXCHANGE_NEW: return begin(exchange, method, version);
    case EXCHANGE_READING:
    case EXCHANGE_REFUSED:
        if (*len == 0)
            return answer(exchange);
        size_t taken = *len;
        *len = 0;
        list_append(&exchange->server->hungry, &exchange->link); // whatever follows may wait for the ACK of this piece
        return take(exchange, bytes, taken);
    case EXCHANGE_READY:
        if (exchange->fill) // somebody has held back what streams
            exchange->state = EXCHANGE_STREAMING;
        return wire_send(exchange);
    case EXCHANGE_PARKED: // not resumed by us: cannot be
    case EXCHANGE_STREAMING:
    case EXCHANGE_DRY:
    case EXCHANGE_GONE:
    case EXCHANGE_SENT: break;
    }
    return MHD_NO;
}

void wire_on_completed(void *arg, struct MHD_Connection *connection, void **context,
                       enum MHD_RequestTerminationCode how)
{
    struct exchange *exchange = *context;

    (void)arg;
    (void)how;
    if (!exchange)
        return;
    exchange->server->progress++;
    if (is_waiting(exchange) || exchange->state == EXCHANGE_STREAMING)
        wire_let_go(exchange);
    connection_of(connection)->exchange = NULL;
    wire_exchange_over(exchange);
    *context = NULL;
}
