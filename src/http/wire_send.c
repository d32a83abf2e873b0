#include "http/wire.h"

#include <stdlib.h>

enum { STREAM_BLOCK = 1024 }; // bytes of a stream that libmicrohttpd takes at once where it writes no chunks: HTTP/1.0

/* --- what is sent bit by bit ------------------------------------------------------------------------------------ */

/* Ends the connection in the middle of the answer. libmicrohttpd closes it then, and forgets to clean up after it until
 * it would have timed out; unless it has a timeout of its own: at these it looks in each run. */
static ssize_t cut_off(struct exchange *exchange)
{
    exchange->state = EXCHANGE_GONE;
    MHD_set_connection_option(exchange->connection, MHD_CONNECTION_OPTION_TIMEOUT, 1U);
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* It has nothing to send. A server that stops cannot wait for more: nor does it say that this was all. */
static ssize_t run_dry(struct exchange *exchange)
{
    buf_free(&exchange->response.body);
    if (exchange->server->draining) {
        wire_let_go(exchange);
        return cut_off(exchange);
    }
    wire_suspend(exchange, EXCHANGE_DRY);
    return 0; // without suspending it would be called again at once, for ever
}

/* libmicrohttpd's content reader: called when the socket takes more. */
static ssize_t read_stream(void *arg, uint64_t position, char *to, size_t most)
{
    struct exchange *exchange = arg;
    struct buf *body = &exchange->response.body;

    (void)position;
    exchange->server->progress++;
    if (exchange->state == EXCHANGE_GONE)
        return cut_off(exchange);
    if (exchange->streamed == body->len) {
        exchange->streamed = body->len = 0;
        if (exchange->fill)
            exchange->fill(exchange);
    }
    size_t len = body->len - exchange->streamed;
    if (len == 0 && exchange->fill)
        return run_dry(exchange);
    if (len == 0)
        return exchange->cut == CUT_MID_BODY ? cut_off(exchange) : MHD_CONTENT_READER_END_OF_STREAM;
    len = len < most ? len : most;
    memcpy(to, body->data + exchange->streamed, len);
    exchange->streamed += len;
    return (ssize_t)len;
}

/* --- what is sent whole ----------------------------------------------------------------------------------------- */

/* Type and headers of the response, the ones that end the connection excepted. */
static void add_headers(struct MHD_Response *wire, const struct response *response)
{
    if (response->content_type)
        MHD_add_response_header(wire, "Content-Type", response->content_type);
    for (size_t i = 0; i < response->header_count; i++)
        MHD_add_response_header(wire, response->headers[i].name, response->headers[i].value);
}

struct ready_made {
    struct MHD_Response *wire;
};

struct ready_made *ready_made_new(struct response *response)
{
    struct ready_made *made = xnew(struct ready_made);
    size_t len;
    char *bytes = buf_take(&response->body, &len);

    made->wire = MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
    add_headers(made->wire, response);
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

/* libmicrohttpd's content reader of an answer that breaks off. */
static ssize_t read_half(void *arg, uint64_t position, char *to, size_t most)
{
    struct exchange *exchange = arg;
    struct slice bytes = response_bytes(&exchange->response);
    size_t left = bytes.len / 2 - (size_t)position;

    exchange->server->progress++;
    if (left == 0)
        return cut_off(exchange);
    left = left < most ? left : most;
    memcpy(to, bytes.data + position, left);
    return (ssize_t)left;
}

/* The bytes stay the exchange's, which lives until libmicrohttpd says that the request is over. */
static struct MHD_Response *make_wire(struct exchange *exchange)
{
    struct response *response = &exchange->response;

    if (exchange->state == EXCHANGE_STREAMING) {
        struct MHD_Response *wire =
            MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, exchange, NULL);
        // libmicrohttpd would send the last chunk of a body even where there is none: not in chunks, then.
        if (wire && strcmp(exchange->request.method_text, "HEAD") == 0)
            MHD_set_response_options(wire, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
        return wire;
    }
    struct slice bytes = response_bytes(response);
    if (exchange->cut == CUT_MID_BODY)
        return MHD_create_response_from_callback(bytes.len, bytes.len, read_half, exchange, NULL);
    return MHD_create_response_from_buffer(bytes.len, (void *)(uintptr_t)bytes.data, MHD_RESPMEM_PERSISTENT);
}

/* Where there is no body nothing can be broken off in it. One that streams breaks off at its end. */
static bool is_cut_at_once(const struct exchange *exchange)
{
    return exchange->cut == CUT_BEFORE_HEADERS ||
           (exchange->cut == CUT_MID_BODY && !exchange->fill && response_bytes(&exchange->response).len == 0);
}

enum MHD_Result wire_send(struct exchange *exchange)
{
    struct response *response = &exchange->response;

    if (response->ready_made)
        return send_ready_made(exchange, response->ready_made);
    struct MHD_Response *wire = is_cut_at_once(exchange) ? NULL : make_wire(exchange);
    if (!wire)
        return MHD_NO;
    add_headers(wire, response);
    if (response->close || exchange->server->draining)
        MHD_add_response_header(wire, "Connection", "close");
    enum MHD_Result result = MHD_queue_response(exchange->connection, (unsigned)response->status, wire);
    MHD_destroy_response(wire);
    if (exchange->state != EXCHANGE_STREAMING)
        exchange->state = EXCHANGE_SENT;
    return result;
}
