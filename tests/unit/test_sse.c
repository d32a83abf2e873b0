/* Event streams: the framing, and answers whose body comes bit by bit, on a server that knows of nothing else. */
#include "base/timefmt.h"
#include "http/server.h"
#include "http/sse.h"
#include "lib/suite.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- the framing ------------------------------------------------------------------------------------------------ */

START_TEST(test_events)
{
    static const struct {
        const char *text, *data;
    } cases[] = {
        {"", "data: \n"},
        {"two", "data: two\n"},
        {" two", "data:  two\n"}, // readers take one space off
        {"{\"a\":1}", "data: {\"a\":1}\n"},
        {"a\nb", "data: a\ndata: b\n"},
        {"a\r\nb", "data: a\ndata: b\n"},
        {"a\rb", "data: a\ndata: b\n"},
        {"a\n", "data: a\ndata: \n"},
        {"a\r\n", "data: a\ndata: \n"},
        {"a\r", "data: a\ndata: \n"},
        {"\n", "data: \ndata: \n"},
        {"\na", "data: \ndata: a\n"},
        {"a\n\nb", "data: a\ndata: \ndata: b\n"},
        {"a\n\r\nb", "data: a\ndata: \ndata: b\n"},
        {"a\r\n\rb", "data: a\ndata: \ndata: b\n"},
        {"\r\r\n\n", "data: \ndata: \ndata: \ndata: \n"},
        {"data: x", "data: data: x\n"},
        {":hi", "data: :hi\n"},
        {"\xe2\x80\xa8\xc2\x85\v\f\t", "data: \xe2\x80\xa8\xc2\x85\v\f\t\n"}, // end no line here
    };
    char expected[128];

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = {0};
        snprintf(expected, sizeof(expected), "event: output\nid: 12:3\n%s\n", cases[i].data);
        sse_event(&out, "output", "12:3", cases[i].text, strlen(cases[i].text));
        ck_assert_str_eq(buf_cstr(&out), expected);
        buf_free(&out);
    }
}
END_TEST

START_TEST(test_events_of_bytes)
{
    static const char line[] = "event: done\nid: 0:0\ndata: a\0b\n\n";
    struct buf out = {0};

    sse_event(&out, "done", "0:0", "a\0b\nmore", 3); // so many bytes, and no further
    ck_assert_uint_eq(out.len, sizeof(line) - 1);
    ck_assert_mem_eq(out.data, line, out.len);
    out.len = 0;
    sse_event(&out, "done", "0:0", NULL, 0);
    sse_comment(&out, " hi");
    sse_comment(&out, "");
    ck_assert_str_eq(buf_cstr(&out), "event: done\nid: 0:0\ndata: \n\n: hi\n\n:\n\n");
    buf_free(&out);
}
END_TEST

/* --- streaming -------------------------------------------------------------------------------------------------- */

/* What is streamed: numbers of eight digits, `lines` of them at a time, as long as there are `left`. */
enum { LINE = 9 };

static struct {
    struct server *server;
    struct exchange *exchange; /* the last one that streams */
    unsigned next, left, lines;
    bool ends; /* once nothing is left */
    unsigned fills, abandoned;
    size_t most; /* that response.body ever held */
} source;

static int client;
static struct buf got;
static int64_t now;

static void put_lines(struct buf *out)
{
    for (unsigned i = 0; i < source.lines && source.left > 0; i++, source.left--)
        buf_printf(out, "%08u\n", source.next++);
}

static void fill(struct exchange *exchange)
{
    struct buf *body = &exchange->response.body;

    source.fills++;
    put_lines(body);
    if (body->len > source.most)
        source.most = body->len;
    if (source.left == 0 && source.ends)
        exchange_end(exchange);
}

static void on_abandoned(struct exchange *exchange)
{
    ck_assert_ptr_eq(exchange, source.exchange);
    source.abandoned++;
    source.exchange = NULL;
}

static bool admit(void *arg, struct exchange *exchange)
{
    (void)arg;
    (void)exchange;
    return true;
}

static enum verdict handle(void *arg, struct exchange *exchange)
{
    (void)arg;
    if (exchange->request.method != METHOD_GET) {
        exchange->response.status = 204;
        return VERDICT_ANSWER;
    }
    sse_begin(&exchange->response);
    exchange->fill = fill;
    exchange->abandoned = on_abandoned;
    source.exchange = exchange;
    return VERDICT_STREAM;
}

static void malformed(void *arg, struct exchange *exchange, const char *why)
{
    (void)arg;
    ck_abort_msg("%s %s", exchange->request.method_text, why);
}

static int connect_client(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int pair[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    ck_assert(server_adopt(source.server, DOOR_HTTP, pair[1], (struct sockaddr *)&address, sizeof(address)));
    return pair[0];
}

static void setup(void)
{
    struct server_handler handler = {.admit = admit, .handle = handle, .malformed = malformed};

    memset(&source, 0, sizeof(source));
    source.lines = 100;
    source.server = server_new(&handler, 1024);
    client = connect_client();
}

static void teardown(void)
{
    if (client >= 0)
        close(client);
    server_free(source.server);
    buf_free(&got);
}

static void run(void)
{
    for (int quiet = 0; quiet < 3;)
        quiet = server_turn(source.server, now += NS_PER_MS) ? 0 : quiet + 1;
}

static void send_text(const char *text)
{
    ck_assert_int_eq(send(client, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    run();
}

/* Takes what is in the socket. False: the server has closed it. */
static bool take(void)
{
    for (;;) {
        buf_reserve(&got, 65536);
        ssize_t len = read(client, got.data + got.len, 65536);
        if (len <= 0)
            return len < 0 && errno == EAGAIN;
        got.len += (size_t)len;
    }
}

static bool take_all(void)
{
    size_t before;
    bool open;

    do {
        before = got.len;
        run();
        open = take();
    } while (open && got.len > before);
    return open;
}

/* Forgets the head that has come. */
static void drop_head(void)
{
    char *end = strstr(buf_cstr(&got), "\r\n\r\n");
    ck_assert_ptr_nonnull(end);
    got.len -= (size_t)(end + 4 - got.data);
    memmove(got.data, end + 4, got.len);
}

static void take_head(void)
{
    ck_assert(take());
    drop_head();
}

/* Takes the chunks apart in place. True: the last one is among them. */
static bool unchunk(void)
{
    const char *at = buf_cstr(&got), *end = at + got.len;
    size_t len = 0;

    while (at < end) {
        char *line;
        size_t chunk = strtoul(at, &line, 16);
        ck_assert_int_eq(strncmp(line, "\r\n", 2), 0);
        memmove(got.data + len, line + 2, chunk);
        len += chunk;
        at = line + 2 + chunk;
        ck_assert_int_eq(strncmp(at, "\r\n", 2), 0);
        at += 2;
        if (chunk == 0) {
            ck_assert_ptr_eq(at, end);
            got.len = len;
            return true;
        }
    }
    got.len = len;
    return false;
}

static void expect_lines(unsigned from, unsigned to)
{
    char line[16];

    ck_assert_uint_eq(got.len, (size_t)(to - from) * LINE);
    for (unsigned i = from; i < to; i++) {
        snprintf(line, sizeof(line), "%08u\n", i);
        ck_assert_mem_eq(got.data + (size_t)(i - from) * LINE, line, LINE);
    }
    got.len = 0;
}

#define GET  "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
#define HEAD "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"
#define PUT  "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"

static void open_stream(void)
{
    send_text(GET);
    take_head();
}

START_TEST(test_body_comes_as_it_is_woken)
{
    source.left = 3;
    open_stream();
    ck_assert(!unchunk());
    expect_lines(0, 3);
    unsigned fills = source.fills;
    run();
    ck_assert_uint_eq(source.fills, fills); // nothing to send: it is not asked again …
    ck_assert(!server_turn(source.server, now));
    exchange_wake(source.exchange);
    exchange_wake(source.exchange);
    ck_assert_int_eq(server_timeout_ms(source.server), 0);
    run();
    ck_assert_uint_eq(source.fills, fills + 1); // … until it is woken, and then once
    ck_assert(take());
    ck_assert_uint_eq(got.len, 0);
    for (unsigned i = 3; i < 10; i++) {
        source.left = 1;
        exchange_wake(source.exchange);
        run();
        ck_assert(take());
        ck_assert(!unchunk());
        expect_lines(i, i + 1);
    }
    source.ends = true;
    source.left = 1;
    exchange_wake(source.exchange);
    run();
    ck_assert(take());
    ck_assert(unchunk());
    expect_lines(10, 11);
    ck_assert(!server_busy(source.server));
    ck_assert_uint_eq(source.abandoned, 0);
    // The connection is kept.
    source.left = 2;
    open_stream();
    ck_assert(unchunk());
    expect_lines(11, 13);
}
END_TEST

START_TEST(test_end_from_outside)
{
    open_stream();
    ck_assert_uint_eq(got.len, 0);
    buf_lit(&source.exchange->response.body, "00000000\n");
    exchange_end(source.exchange);
    run();
    ck_assert(take());
    ck_assert(unchunk());
    expect_lines(0, 1);
    open_stream();
    exchange_end(source.exchange);
    run();
    ck_assert(take());
    ck_assert(unchunk());
    ck_assert_uint_eq(got.len, 0);
    ck_assert_uint_eq(source.abandoned, 0);
}
END_TEST

START_TEST(test_without_chunks)
{
    source.left = 1;
    send_text("GET / HTTP/1.0\r\n\r\n");
    take_head();
    expect_lines(0, 1);
    source.left = 5000;
    source.ends = true;
    exchange_wake(source.exchange);
    ck_assert(!take_all());
    expect_lines(1, 5001);
}
END_TEST

START_TEST(test_head_has_no_body)
{
    source.left = 3;
    send_text(HEAD);
    ck_assert(!take());
    ck_assert_ptr_nonnull(strstr(buf_cstr(&got), "Content-Type: text/event-stream\r\n"));
    ck_assert_str_eq(buf_cstr(&got) + got.len - 4, "\r\n\r\n");
    ck_assert_ptr_eq(strstr(buf_cstr(&got), "\r\n\r\n"), got.data + got.len - 4);
    ck_assert_uint_eq(source.fills, 0);
    ck_assert_uint_eq(source.abandoned, 1);
}
END_TEST

/* "Bounded: a client that does not read." */
START_TEST(test_nobody_reads)
{
    source.left = 1000000;
    send_text(GET);
    unsigned fills = source.fills;
    for (int i = 0; i < 100; i++) {
        exchange_wake(source.exchange);
        run();
    }
    ck_assert_uint_eq(source.fills, fills);                                 // what he has not taken stays the next
    ck_assert_uint_lt(source.next, 1000000);                                // the socket has taken some
    ck_assert_uint_eq(source.most, (size_t)source.lines * LINE);            // and one filling is held
    ck_assert_uint_le(source.exchange->response.body.cap, 2 * source.most); // with what a buffer grows ahead
    source.left = 100;
    source.ends = true;
    unsigned all = source.next + 100;
    ck_assert(take_all());
    drop_head();
    ck_assert(unchunk());
    expect_lines(0, all);
    ck_assert_uint_eq(source.abandoned, 0);
}
END_TEST

START_TEST(test_a_filling_of_any_size)
{
    source.lines = 20000; // more than a chunk holds
    source.left = 2 * source.lines;
    source.ends = true;
    send_text(GET);
    take_head();
    take_all();
    ck_assert(unchunk());
    expect_lines(0, 40000);
    ck_assert_uint_eq(source.fills, 2);
    ck_assert_uint_eq(source.most, (size_t)source.lines * LINE); // the first has gone when the second comes
}
END_TEST

static void leave(void)
{
    close(client);
    client = -1;
    run();
    ck_assert_uint_eq(source.abandoned, 1);
    ck_assert_uint_eq(server_connections(source.server), 0);
    ck_assert(!server_busy(source.server));
}

START_TEST(test_the_client_leaves)
{
    source.left = 3;
    open_stream();
    leave();
}
END_TEST

/* Other connections, older than this one, keep libmicrohttpd from looking at it again. */
START_TEST(test_the_client_leaves_others_behind)
{
    int others[] = {connect_client(), connect_client()};

    open_stream();
    ck_assert_uint_eq(server_connections(source.server), 3);
    close(client);
    server_turn(source.server, now); // and no further one
    ck_assert_uint_eq(source.abandoned, 1);
    ck_assert_uint_eq(server_connections(source.server), 2);
    close(others[0]);
    client = others[1];
}
END_TEST

START_TEST(test_the_client_leaves_unread)
{
    source.left = 1000000;
    send_text(GET);
    leave();
}
END_TEST

START_TEST(test_the_client_leaves_between)
{
    source.left = 3;
    open_stream();
    source.left = 3;
    exchange_wake(source.exchange); // it is not dry any more, and not asked yet
    leave();
}
END_TEST

/* "Half closed counts as gone for whoever waits"; what is there goes out before. */
START_TEST(test_the_client_closes_its_side)
{
    source.left = 3;
    ck_assert_int_eq(send(client, GET, strlen(GET), 0), (ssize_t)strlen(GET));
    shutdown(client, SHUT_WR);
    ck_assert(!take_all());
    ck_assert_ptr_nonnull(strstr(buf_cstr(&got), "00000002\n"));
    ck_assert_uint_eq(source.abandoned, 1);
    ck_assert_uint_eq(server_connections(source.server), 0);
}
END_TEST

START_TEST(test_the_client_closes_its_side_later)
{
    source.left = 3;
    open_stream();
    shutdown(client, SHUT_WR);
    ck_assert(!take_all());
    ck_assert_uint_eq(source.abandoned, 1);
}
END_TEST

/* A stream that has not come to its end must not look as if it had. */
START_TEST(test_drain)
{
    source.left = 3;
    open_stream();
    ck_assert(!unchunk());
    expect_lines(0, 3);
    int early = client;
    client = connect_client();
    server_drain(source.server);
    run();
    ck_assert_uint_eq(source.abandoned, 1);
    ck_assert_uint_eq(server_connections(source.server), 1);
    // One that begins now gets what is there.
    source.left = 3;
    send_text(GET);
    ck_assert(!take());
    drop_head();
    ck_assert(!unchunk());
    expect_lines(3, 6);
    ck_assert_uint_eq(source.abandoned, 2);
    ck_assert_uint_eq(server_connections(source.server), 0);
    close(client);
    client = early;
    ck_assert(!take());
    ck_assert_uint_eq(got.len, 0); // not even the last chunk
}
END_TEST

START_TEST(test_drain_of_one_that_has_ended)
{
    source.left = 3;
    source.ends = true;
    server_drain(source.server);
    send_text(GET);
    ck_assert(!take());
    ck_assert_ptr_nonnull(strstr(buf_cstr(&got), "\r\nConnection: close\r\n"));
    ck_assert_str_eq(buf_cstr(&got) + got.len - 5, "0\r\n\r\n");
    ck_assert_uint_eq(source.abandoned, 0);
}
END_TEST

START_TEST(test_freed_with_streams_open)
{
    int others[] = {connect_client(), client};

    source.left = 3;
    open_stream(); // dry
    client = others[0];
    server_free(source.server);
    ck_assert_uint_eq(source.abandoned, 1);
    close(others[0]);
    close(others[1]);
    setup();
    source.left = 1000000;
    send_text(GET); // not dry
    server_free(source.server);
    ck_assert_uint_eq(source.abandoned, 1);
    source.server = NULL;
}
END_TEST

START_TEST(test_a_request_behind_it)
{
    source.left = 3;
    open_stream();
    send_text(PUT);
    ck_assert(take());
    ck_assert(!unchunk());
    expect_lines(0, 3);
    exchange_end(source.exchange);
    run();
    ck_assert(take());
    ck_assert_int_eq(strncmp(buf_cstr(&got), "0\r\n\r\nHTTP/1.1 204 ", 18), 0);
}
END_TEST

SUITE_WITH("sse", setup, teardown, test_events, test_events_of_bytes, test_body_comes_as_it_is_woken,
           test_end_from_outside, test_without_chunks, test_head_has_no_body, test_nobody_reads,
           test_a_filling_of_any_size, test_the_client_leaves, test_the_client_leaves_others_behind,
           test_the_client_leaves_unread, test_the_client_leaves_between, test_the_client_closes_its_side,
           test_the_client_closes_its_side_later, test_drain, test_drain_of_one_that_has_ended,
           test_freed_with_streams_open, test_a_request_behind_it);
