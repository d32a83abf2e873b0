#include "base/buf.h"
#include "base/mem.h"
#include "lib/fake_transport.h"
#include "lib/suite.h"
#include "out/curl_transport.h"
#include "out/receivers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Receivers are sockets of this very process: a test writes what the other side does, and while it waits for something
 * the transport's loop turns. */

enum { PATIENCE = 20 }; // seconds until a test gives up; nothing waits for it that works

static struct transport *transport;
static const int64_t ms = 1000000, long_time = INT64_C(600000) * 1000000;

static int64_t now(void)
{
    struct timespec mono;

    clock_gettime(CLOCK_MONOTONIC, &mono);
    return mono.tv_sec * INT64_C(1000000000) + mono.tv_nsec;
}

/* --- the resolver ----------------------------------------------------------------------------------------------- */

static int slow_pipe[2] = {-1, -1};
static atomic_int resolving;

/* In place of the system's: what a name resolves to must not depend on where the tests run. Nothing is known, and it
 * takes slow.test until somebody writes into the pipe. */
int getaddrinfo(const char *restrict name, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict found)
{
    char byte;

    (void)service, (void)hints, (void)found;
    if (name && strcmp(name, "slow.test") == 0) {
        resolving++;
        ssize_t count = read(slow_pipe[0], &byte, 1);
        (void)count;
        resolving--;
    }
    return EAI_NONAME;
}

/* --- the sending side ------------------------------------------------------------------------------------------- */

/* What became of a transfer. */
struct probe {
    struct transfer *transfer;
    int calls, status;
    int64_t duration;
    char error[300];
    bool has_body;
    size_t len; // of the body
    char body[100];
    bool takes; // the body, to keep it
    char *taken;
    void (*then)(struct probe *probe); // in its `done`
};

static void probe_done(void *arg, const struct transport_result *result)
{
    struct probe *probe = arg;

    ck_assert_int_eq(probe->calls++, 0);
    probe->status = result->status;
    probe->duration = result->duration;
    snprintf(probe->error, sizeof(probe->error), "%s", result->error ? result->error : "");
    ck_assert(result->error || result->status >= 200);
    probe->has_body = result->body;
    if (result->body) {
        ck_assert(!result->error && result->status < 400);
        probe->len = result->body->len;
        snprintf(probe->body, sizeof(probe->body), "%s", buf_cstr(result->body));
        if (probe->takes)
            probe->taken = buf_take(result->body, &probe->len);
    }
    if (probe->then)
        probe->then(probe);
}

static void send_request(struct probe *probe, const char *url, const char *const *headers, const char *body,
                         int64_t timeout)
{
    static const char *const none[] = {NULL};
    struct transport_request request = {
        .url = url, .headers = headers ? headers : none, .body = {body, body ? strlen(body) : 0}, .timeout = timeout};

    probe->transfer = transport->interface->submit(transport, &request, probe_done, probe);
    ck_assert_ptr_nonnull(probe->transfer);
    ck_assert_int_eq(probe->calls, 0); // "never from here"
}

enum { MOST = 1000 }; // bytes that a GET's answer may have

static void get(struct probe *probe, const char *url, int64_t timeout)
{
    static const char *const none[] = {NULL};
    struct transport_request request = {.url = url, .headers = none, .max_answer = MOST, .timeout = timeout};

    probe->transfer = transport->interface->submit(transport, &request, probe_done, probe);
    ck_assert_ptr_nonnull(probe->transfer);
    ck_assert_int_eq(probe->calls, 0);
}

static void cancel(struct probe *probe)
{
    transport->interface->cancel(transport, probe->transfer);
}

static bool turn_within(int fd, short events, int wait_ms)
{
    struct pollfd ready = {.fd = fd, .events = events};

    int count = transport->interface->wait(transport, &ready, 1, wait_ms);
    ck_assert_int_eq(count, ready.revents != 0);
    return transport->interface->run(transport);
}

static bool turn(int fd, short events)
{
    return turn_within(fd, events, 1000);
}

/* Turns until the condition is met. */
#define UNTIL(condition, fd, events)                                                                                   \
    for (int64_t end_ = now() + PATIENCE * 1000 * ms; !(condition); turn((fd), (events)))                              \
    ck_assert_msg(now() < end_, "%s: not for a long time", #condition)

static void await(const struct probe *probe)
{
    UNTIL(probe->calls > 0, -1, 0);
}

static void expect_status(const struct probe *probe, int status)
{
    await(probe);
    ck_assert_str_eq(probe->error, "");
    ck_assert_int_eq(probe->status, status);
}

static void expect_error(const struct probe *probe, const char *error)
{
    await(probe);
    ck_assert_str_eq(probe->error, error);
}

/* Lets happen whatever would happen by itself at this instant. */
static void settle(void)
{
    for (int quiet = 0; quiet < 20; quiet++) {
        sched_yield();
        if (transport->interface->run(transport))
            quiet = 0;
    }
}

/* --- the receiving side ----------------------------------------------------------------------------------------- */

struct server {
    int fd, port;
    char url[64];
};

struct peer {
    int fd;
    struct buf got;
};

/* A port at which nobody listens, nor can meanwhile: it is taken. */
static struct server dead_server(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    struct server server = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};

    ck_assert_int_eq(bind(server.fd, (struct sockaddr *)&address, len), 0);
    getsockname(server.fd, (struct sockaddr *)&address, &len);
    server.port = ntohs(address.sin_port);
    snprintf(server.url, sizeof(server.url), "http://127.0.0.1:%d/hook", server.port);
    return server;
}

static struct server serve_with(int backlog)
{
    struct server server = dead_server();

    ck_assert_int_eq(listen(server.fd, backlog), 0);
    return server;
}

static struct server serve(void)
{
    return serve_with(512);
}

static bool try_accept(const struct server *server, struct peer *peer)
{
    *peer = (struct peer){.fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    return peer->fd >= 0;
}

static struct peer accept_one(const struct server *server)
{
    struct peer peer;

    UNTIL(try_accept(server, &peer), server->fd, POLLIN);
    return peer;
}

/* All that it has sent by now. False: nothing new. */
static bool peer_read(struct peer *peer)
{
    char bytes[4096];
    ssize_t len = recv(peer->fd, bytes, sizeof(bytes), 0);

    if (len > 0)
        buf_add(&peer->got, bytes, (size_t)len);
    return len > 0;
}

static bool has_request(struct peer *peer)
{
    while (peer_read(peer))
        ;
    const char *text = buf_cstr(&peer->got), *end = strstr(text, "\r\n\r\n");
    const char *length = strstr(text, "Content-Length: ");
    bool is_get = strncmp(text, "GET ", 4) == 0;
    return end && (is_get || (length && strlen(end + 4) >= strtoul(length + 16, NULL, 10)));
}

/* The request, whole, as it was on the wire. */
static const char *read_request(struct peer *peer)
{
    peer->got.len = 0;
    UNTIL(has_request(peer), peer->fd, POLLIN);
    return buf_cstr(&peer->got);
}

static void put(const struct peer *peer, const char *text)
{
    ck_assert_int_eq(send(peer->fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void peer_close(struct peer *peer)
{
    close(peer->fd);
    buf_free(&peer->got);
}

static void peer_reset(struct peer *peer)
{
    struct linger none = {.l_onoff = 1};

    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    peer_close(peer);
}

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/* Sends a request to a receiver which does this: takes it, says that, closes. */
static void exchange(struct probe *probe, const char *answer, bool reset)
{
    struct server server = serve();

    send_request(probe, server.url, NULL, "{}", long_time);
    struct peer peer = accept_one(&server);
    read_request(&peer);
    put(&peer, answer);
    settle();
    if (reset)
        peer_reset(&peer);
    else
        peer_close(&peer);
    close(server.fd); // a second try would be refused
    await(probe);
}

static void expect_body(const struct probe *probe, int status, const char *body)
{
    expect_status(probe, status);
    ck_assert(probe->has_body);
    ck_assert_str_eq(probe->body, body);
    ck_assert_uint_eq(probe->len, strlen(body));
}

/* A request comes whose first line is this one. */
static void expect_asked(struct peer *peer, const char *line)
{
    const char *text = read_request(peer);

    ck_assert_msg(strncmp(text, line, strlen(line)) == 0 && strncmp(text + strlen(line), " HTTP/1.1\r\n", 11) == 0,
                  "%s: %s", line, text);
}

static void put_redirect(const struct peer *peer, int status, const char *location)
{
    char text[300];

    snprintf(text, sizeof(text), "HTTP/1.1 %d Elsewhere\r\nlocation:%s\r\nContent-Length: 4\r\n\r\ngone", status,
             location);
    put(peer, text);
}

static int count_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void set_up(void)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",  "no_proxy",    "NO_PROXY",    "SSL_CERT_FILE"};

    for (size_t i = 0; i < COUNT(names); i++)
        unsetenv(names[i]);
    ck_assert_int_eq(pipe(slow_pipe), 0);
    transport = curl_transport_new(false, NULL);
}

static void tear_down(void)
{
    transport->interface->free(transport);
    close(slow_pipe[1]); // whoever still resolves goes on
    while (resolving > 0)
        sched_yield();
    close(slow_pipe[0]);
}

/* --- what is on the wire ---------------------------------------------------------------------------------------- */

START_TEST(test_request_is_sent_as_given)
{
    static const char *const headers[] = {"content-type: application/json",
                                          "webhook-id: msg_1",
                                          "User-Agent: Svix/1",
                                          "accept: */*",
                                          "Accept-Encoding: gzip",
                                          "a: 1",
                                          NULL};
    struct server server = serve();
    struct probe probe = {0};
    char wanted[400];

    send_request(&probe, server.url, headers, "{\"id\":1}", long_time);
    struct peer peer = accept_one(&server);
    snprintf(wanted, sizeof(wanted),
             "POST /hook HTTP/1.1\r\nHost: 127.0.0.1:%d\r\ncontent-type: application/json\r\nwebhook-id: msg_1\r\n"
             "User-Agent: Svix/1\r\naccept: */*\r\nAccept-Encoding: gzip\r\na: 1\r\nContent-Length: 8\r\n\r\n"
             "{\"id\":1}",
             server.port);
    ck_assert_str_eq(read_request(&peer), wanted);
    put(&peer, OK);
    expect_status(&probe, 200);
    ck_assert_int_gt(probe.duration, 0);
    peer_close(&peer);
    close(server.fd);
}
END_TEST

START_TEST(test_nothing_is_added)
{
    struct server server = serve();
    struct probe probe = {0};
    char wanted[200];

    send_request(&probe, server.url, NULL, NULL, long_time);
    struct peer peer = accept_one(&server);
    snprintf(wanted, sizeof(wanted), "POST /hook HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 0\r\n\r\n",
             server.port);
    ck_assert_str_eq(read_request(&peer), wanted);
    peer_close(&peer);
    close(server.fd);
}
END_TEST

START_TEST(test_large_body_is_not_announced)
{
    size_t len = 3 << 20;
    char *body = xmalloc(len + 1);
    struct server server = serve();
    struct probe probe = {0};

    memset(body, 'x', len);
    body[len] = '\0';
    send_request(&probe, server.url, NULL, body, long_time);
    memset(body, 'y', len); // "All of it is copied."
    struct peer peer = accept_one(&server);
    const char *text = read_request(&peer);
    ck_assert_ptr_null(strcasestr(text, "expect"));
    ck_assert_int_eq(strspn(strstr(text, "\r\n\r\n") + 4, "x"), (int)len);
    put(&peer, OK);
    expect_status(&probe, 200);
    peer_close(&peer);
    close(server.fd);
    free(body);
}
END_TEST

START_TEST(test_connection_is_used_again)
{
    struct server server = serve();
    struct probe probes[3] = {0};

    send_request(&probes[0], server.url, NULL, "1", long_time);
    struct peer peer = accept_one(&server), other;
    for (size_t i = 0; i < COUNT(probes); i++) {
        if (i > 0)
            send_request(&probes[i], server.url, NULL, "1", long_time);
        read_request(&peer);
        put(&peer, i == 1 ? "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n" : OK);
        expect_status(&probes[i], i == 1 ? 500 : 200);
    }
    ck_assert(!try_accept(&server, &other));
    peer_close(&peer);
    close(server.fd);
}
END_TEST

START_TEST(test_connections_of_a_burst_are_used_again)
{
    enum { BURST = 32 };
    struct server server = serve();
    struct peer peers[BURST], other;

    for (int round = 0; round < 2; round++) {
        struct probe probes[BURST] = {0};
        for (size_t i = 0; i < BURST; i++)
            send_request(&probes[i], server.url, NULL, "1", long_time);
        for (size_t i = 0; i < BURST; i++) {
            if (round == 0)
                peers[i] = accept_one(&server);
            read_request(&peers[i]);
        }
        for (size_t i = 0; i < BURST; i++) { // one after another: curl would let go of what seems too much
            int64_t end = now() + PATIENCE * 1000 * ms;
            put(&peers[i], OK);
            for (size_t done = 0; done <= i && now() < end;) {
                turn(-1, 0);
                done = 0;
                for (size_t j = 0; j < BURST; j++)
                    done += (size_t)probes[j].calls;
            }
        }
        for (size_t i = 0; i < BURST; i++)
            expect_status(&probes[i], 200);
    }
    ck_assert(!try_accept(&server, &other));
    for (size_t i = 0; i < BURST; i++)
        peer_close(&peers[i]);
    close(server.fd);
}
END_TEST

/* A receiver that closes a connection that is at rest has done nothing wrong. */
START_TEST(test_connection_closed_at_rest)
{
    struct server server = serve();
    struct probe first = {0}, second = {0};

    send_request(&first, server.url, NULL, "1", long_time);
    struct peer peer = accept_one(&server);
    read_request(&peer);
    put(&peer, OK);
    expect_status(&first, 200);
    peer_close(&peer);
    send_request(&second, server.url, NULL, "2", long_time);
    peer = accept_one(&server);
    ck_assert_ptr_nonnull(strstr(read_request(&peer), "\r\n\r\n2"));
    put(&peer, OK);
    expect_status(&second, 200);
    peer_close(&peer);
    close(server.fd);
}
END_TEST

/* --- answers ---------------------------------------------------------------------------------------------------- */

START_TEST(test_answers)
{
    static const struct {
        const char *answer;
        int status;
        const char *error;
    } cases[] = {
        {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 302, ""},
        {"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", 401, ""},
        {"HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
        {"HTTP/1.1 410 Gone\r\n\r\nuntil the end", 410, ""},
        {"HTTP/1.0 200\r\n\r\n", 200, ""},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" OK, 200, ""},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, ""},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx: y\r\n\r\n", 200, ""}, // trailers
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nno", 200, ""},
        {"", 0, "the connection was closed before an answer came"},
        {"HTTP/1.1 100 Continue\r\n\r\n", 0, "the connection was closed before an answer came"},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n", 0, "the connection was closed before an answer came"},
        {"HTTP/1.1 007 Bond\r\nContent-Length: 0\r\n\r\n", 0, "the answer is not HTTP"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok", 200, "the connection was closed amid the answer"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", 200,
         "the connection was closed amid the answer"},
        {"HTTP/1.1 200 OK\r\nContent-Le", 200, "the connection was closed amid the answer"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", 200, "the connection was closed amid the answer"},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n", 200, "the connection was closed amid the answer"},
        {"SSH-2.0-OpenSSH_9.2\r\n", 0, "the answer is not HTTP"},
        {"\x15\x03\x03\x02\x02\x0a", 0, "the answer is not HTTP"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct probe probe = {0};
        exchange(&probe, cases[i].answer, false);
        ck_assert_msg(strcmp(probe.error, cases[i].error) == 0 && probe.status == cases[i].status, "%s: %d, '%s'",
                      cases[i].answer, probe.status, probe.error);
    }
}
END_TEST

START_TEST(test_reset)
{
    struct probe before = {0}, amid = {0};

    exchange(&before, "", true);
    expect_error(&before, "connection reset");
    ck_assert_int_eq(before.status, 0);
    exchange(&amid, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok", true);
    expect_error(&amid, "connection reset");
}
END_TEST

/* Sends the piece again and again until the transfer is done; how much of it was taken. */
static size_t pour_into(struct probe *probe, bool is_get, const char *head, const char *piece)
{
    struct server server = serve();
    struct buf pieces = {0};
    size_t sent = 0;

    for (int i = 0; i < 100; i++)
        buf_str(&pieces, piece);
    if (is_get)
        get(probe, server.url, long_time);
    else
        send_request(probe, server.url, NULL, "{}", long_time);
    struct peer peer = accept_one(&server);
    read_request(&peer);
    put(&peer, head);
    while (probe->calls == 0) {
        size_t at = sent % pieces.len;
        ssize_t len = send(peer.fd, pieces.data + at, pieces.len - at, MSG_NOSIGNAL);
        sent += len > 0 ? (size_t)len : 0;
        ck_assert_int_lt(sent, 64 << 20);
        turn(peer.fd, POLLOUT);
    }
    buf_free(&pieces);
    peer_close(&peer);
    close(server.fd);
    return sent;
}

START_TEST(test_endless_answer_is_cut)
{
    struct probe body = {0}, head = {0}, hints = {0};

    size_t sent = pour_into(&body, false, "HTTP/1.1 200 OK\r\n\r\n", "data: and so on\n\n");
    expect_status(&body, 200);
    ck_assert_int_gt(sent, 60 * 1024);
    pour_into(&head, false, "HTTP/1.1 503 Busy\r\n", "a: and so on\r\n");
    expect_status(&head, 503);
    pour_into(&hints, false, "", "HTTP/1.1 103 Early Hints\r\n\r\n");
    expect_error(&hints, "the answer is not HTTP");
}
END_TEST

START_TEST(test_refused)
{
    struct server dead = dead_server();
    struct probe probe = {0}, by_name = {0};
    char url[64];

    send_request(&probe, dead.url, NULL, "{}", long_time);
    expect_error(&probe, "connection refused");
    snprintf(url, sizeof(url), "http://localhost:%d/", dead.port);
    send_request(&by_name, url, NULL, "{}", long_time);
    expect_error(&by_name, "connection refused");
    close(dead.fd);
}
END_TEST

/* Whatever is said, it is not the cause of the failure before. */
START_TEST(test_no_descriptor_is_left)
{
    struct server dead = dead_server();
    struct rlimit before, none;
    struct probe refused = {0}, probe = {0};

    send_request(&refused, dead.url, NULL, "{}", long_time);
    expect_error(&refused, "connection refused");
    getrlimit(RLIMIT_NOFILE, &before);
    none = (struct rlimit){.rlim_cur = 3, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    send_request(&probe, dead.url, NULL, "{}", long_time);
    settle();
    setrlimit(RLIMIT_NOFILE, &before);
    await(&probe);
    ck_assert_str_ne(probe.error, "connection refused");
    ck_assert_ptr_nonnull(strstr(probe.error, "connect"));
    close(dead.fd);
}
END_TEST

/* `what` within so many milliseconds, in the words of an error. */
static bool is_late(const struct probe *probe, const char *what, int within)
{
    char text[100];

    snprintf(text, sizeof(text), "%s within %g s", what, within / 1000.0);
    return strcmp(probe->error, text) == 0 && probe->duration >= within * ms;
}

/* Each in time for the step that it waits for, with these times. */
static bool are_timeouts_told_apart(int times)
{
    struct server silent = serve(), slow = serve(), full = serve_with(0);
    struct probe waiting = {0}, answering = {0}, handshake = {0}, connecting = {0}, fillers[8] = {0};
    struct peer peer = {.fd = -1};
    char https[64];

    // A backlog without room: whoever comes next gets no connection. (This one's own are never accepted.)
    for (size_t i = 0; i < COUNT(fillers); i++)
        send_request(&fillers[i], full.url, NULL, "{}", long_time);
    settle();
    send_request(&connecting, full.url, NULL, "{}", times * 250 * ms);
    send_request(&waiting, silent.url, NULL, "{}", times * 100 * ms);
    snprintf(https, sizeof(https), "https://127.0.0.1:%d/", silent.port);
    send_request(&handshake, https, NULL, "{}", times * 150 * ms);
    send_request(&answering, slow.url, NULL, "{}", times * 500 * ms);
    UNTIL(answering.calls > 0 || try_accept(&slow, &peer), -1, 0);
    UNTIL(answering.calls > 0 || has_request(&peer), peer.fd, POLLIN);
    if (answering.calls == 0)
        put(&peer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123");
    await(&waiting);
    await(&handshake);
    await(&connecting);
    await(&answering);
    ck_assert_int_eq(waiting.status, 0);
    peer_close(&peer);
    close(silent.fd);
    close(slow.fd);
    close(full.fd);
    transport->interface->free(transport);
    transport = curl_transport_new(false, NULL);
    return is_late(&waiting, "no answer", times * 100) && is_late(&handshake, "no TLS handshake", times * 150) &&
           is_late(&connecting, "no connection", times * 250) &&
           is_late(&answering, "no end of the answer", times * 500);
}

START_TEST(test_timeouts)
{
    int times = 1;

    // A busy machine, or valgrind, may take all of a time for the step before: then once more, with longer ones.
    while (!are_timeouts_told_apart(times))
        ck_assert_int_lt(times *= 2, 64);
}
END_TEST

START_TEST(test_names)
{
    struct probe unknown = {0}, slow[5] = {0}, cancelled = {0}, later = {0};
    struct server server = serve();

    send_request(&unknown, "http://Nobody.Invalid/hook", NULL, "{}", long_time);
    expect_error(&unknown, "could not resolve host nobody.invalid");
    for (size_t i = 0; i < COUNT(slow); i++)
        send_request(&slow[i], "http://slow.test/", NULL, "{}", 100 * ms);
    // The pipe stays empty: were the resolving threads joined, this would never end.
    for (size_t i = 0; i < COUNT(slow); i++)
        expect_error(&slow[i], "resolving slow.test took longer than 0.1 s");
    send_request(&cancelled, "http://slow.test/", NULL, "{}", long_time);
    UNTIL(resolving == COUNT(slow) + 1, -1, 0);
    cancel(&cancelled);
    send_request(&later, server.url, NULL, "{}", long_time);
    struct peer peer = accept_one(&server);
    peer_close(&peer);
    close(server.fd);
}
END_TEST

START_TEST(test_urls_that_nobody_has)
{
    static const char *const urls[] = {"",        "/hook",       "ftp://127.0.0.1/",        "file:///etc/passwd",
                                       "http://", "http://a b/", "http://127.0.0.1:99999/", "gopher.example/"};

    for (size_t i = 0; i < COUNT(urls); i++) {
        struct probe probe = {0}, cancelled = {0};
        send_request(&probe, urls[i], NULL, "{}", long_time);
        send_request(&cancelled, urls[i], NULL, "{}", long_time);
        cancel(&cancelled);
        await(&probe);
        ck_assert_msg(strncmp(probe.error, "the URL cannot be used: ", 24) == 0, "%s: %s", urls[i], probe.error);
        ck_assert_int_eq(cancelled.calls, 0);
    }
}
END_TEST

/* --- turns ------------------------------------------------------------------------------------------------------ */

/* Two receivers share what is left by eight dead ones. */
START_TEST(test_turns)
{
    enum { MAX_UNDER_WAY = 256, MAX_PER_RECEIVER = 32 };
    struct list links[MAX_UNDER_WAY], waiting[6];
    struct receiver *of[MAX_UNDER_WAY], *own[COUNT(waiting)];
    struct receivers receivers;
    char port[16];

    receivers_init(&receivers, MAX_UNDER_WAY, MAX_PER_RECEIVER);
    for (size_t i = 0; i < COUNT(links); i++) {
        snprintf(port, sizeof(port), "%zu", i / MAX_PER_RECEIVER);
        list_init(&links[i]);
        of[i] = receivers_join(&receivers, &links[i], "http", "dead.test", port);
        ck_assert_ptr_eq(receivers_next(&receivers), &links[i]);
    }
    for (size_t i = 0; i < COUNT(waiting); i++) {
        list_init(&waiting[i]);
        own[i] = receivers_join(&receivers, &waiting[i], "http", i < 3 ? "A.test" : "b.test", "80");
        ck_assert_ptr_null(receivers_next(&receivers));
    }
    for (size_t i = 0; i < COUNT(waiting); i++) {
        static const size_t order[] = {0, 3, 1, 4, 2, 5};
        receivers_leave(&receivers, of[i], &links[i], true);
        ck_assert_ptr_eq(receivers_next(&receivers), &waiting[order[i]]);
        ck_assert_ptr_null(receivers_next(&receivers));
    }
    for (size_t i = 0; i < COUNT(links) - COUNT(waiting); i++)
        receivers_leave(&receivers, of[i + COUNT(waiting)], &links[i + COUNT(waiting)], true);
    for (size_t i = 0; i < COUNT(waiting); i++)
        receivers_leave(&receivers, own[i], &waiting[i], true);
    ck_assert_int_eq(receivers.by_key.len, 0);
    receivers_free(&receivers);
}
END_TEST

START_TEST(test_limit_of_one_receiver)
{
    enum { LIMIT = 32 };
    struct server busy = serve(), other = serve();
    struct probe probes[LIMIT + 3] = {0}, one = {0};
    struct peer peers[LIMIT], more;
    char body[16];

    for (size_t i = 0; i < COUNT(probes); i++) {
        snprintf(body, sizeof(body), "%zu", i);
        send_request(&probes[i], busy.url, NULL, body, long_time);
    }
    send_request(&one, other.url, NULL, "{}", long_time);
    for (size_t i = 0; i < LIMIT; i++) {
        peers[i] = accept_one(&busy);
        read_request(&peers[i]);
    }
    struct peer peer = accept_one(&other);
    read_request(&peer);
    put(&peer, OK);
    expect_status(&one, 200);
    settle();
    ck_assert(!try_accept(&busy, &more));
    // Whose turn it is goes out by the connection that has become free.
    for (size_t i = 0; i < 3; i++) {
        put(&peers[9], OK);
        ck_assert_int_eq(atoi(strstr(read_request(&peers[9]), "\r\n\r\n") + 4), (int)(LIMIT + i));
    }
    ck_assert(!try_accept(&busy, &more));
    for (size_t i = 0; i < LIMIT; i++) {
        put(&peers[i], OK);
        settle();
        peer_close(&peers[i]);
    }
    for (size_t i = 0; i < COUNT(probes); i++)
        expect_status(&probes[i], 200);
    peer_close(&peer);
    close(busy.fd);
    close(other.fd);
}
END_TEST

/* Eight dead receivers have all the places; then a living one is served before what still waits for those. */
START_TEST(test_limit_of_all)
{
    enum { DEAD = 8, EACH = 40, LIMIT = 32 };
    static struct probe probes[DEAD * EACH];
    struct probe one = {0};
    struct server servers[DEAD], living = serve();
    struct peer peer;
    int queued_done = 0;

    memset(probes, 0, sizeof(probes));
    for (size_t i = 0; i < DEAD; i++)
        servers[i] = serve();
    // Receiver by receiver; only those that wait for a place have a short time, which must not run while they wait.
    for (size_t i = 0; i < DEAD * EACH; i++)
        send_request(&probes[i], servers[i / EACH].url, NULL, "{}",
                     i == 0 ? 500 * ms : (i % EACH < LIMIT ? long_time : ms));
    send_request(&one, living.url, NULL, "{}", long_time);
    UNTIL(probes[0].calls > 0 || try_accept(&living, &peer), -1, 0);
    ck_assert_int_eq(probes[0].calls, 1);
    for (size_t i = 0; i < DEAD * EACH; i++)
        queued_done += i % EACH >= LIMIT && probes[i].calls > 0;
    ck_assert_int_eq(queued_done, 0);
    peer = accept_one(&living);
    read_request(&peer);
    put(&peer, OK);
    expect_status(&one, 200);
    // The first receiver has one place, the others none.
    for (size_t i = 0; i < DEAD * EACH; i++)
        if (i / EACH == 0 && i % EACH >= LIMIT) {
            await(&probes[i]);
            ck_assert_ptr_nonnull(strstr(probes[i].error, "0.001 s"));
        } else {
            ck_assert_int_eq(probes[i].calls, i == 0);
        }
    peer_close(&peer);
    for (size_t i = 0; i < DEAD; i++)
        close(servers[i].fd);
    close(living.fd);
}
END_TEST

/* With hundreds done at once the loop gets its turn in between, and is not put to sleep before the last. */
START_TEST(test_many_done_at_once)
{
    enum { COUNT_OF_BAD = 450 };
    static struct probe probes[COUNT_OF_BAD];
    int turns = 0, done = 0;

    memset(probes, 0, sizeof(probes));
    for (size_t i = 0; i < COUNT_OF_BAD; i++)
        send_request(&probes[i], "nowhere", NULL, "{}", long_time);
    for (; done < COUNT_OF_BAD; turns++) {
        int64_t before = now();
        ck_assert(turn_within(-1, 0, PATIENCE * 1000));
        ck_assert_int_lt(now() - before, PATIENCE * 900 * ms);
        done = 0;
        for (size_t i = 0; i < COUNT_OF_BAD; i++)
            done += probes[i].calls;
    }
    ck_assert_int_eq(turns, 3);
    ck_assert(!transport->interface->run(transport));
}
END_TEST

/* --- cancel and submit ------------------------------------------------------------------------------------------ */

START_TEST(test_cancel)
{
    struct server server = serve();
    struct probe probes[34] = {0};
    struct peer peers[32], next;

    for (size_t i = 0; i < COUNT(probes); i++)
        send_request(&probes[i], server.url, NULL, "{}", long_time);
    for (size_t i = 0; i < COUNT(peers); i++) {
        peers[i] = accept_one(&server);
        read_request(&peers[i]);
    }
    cancel(&probes[32]); // waits
    put(&peers[3], "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12");
    settle();
    cancel(&probes[3]); // under way, in its answer: the last one has its place
    next = accept_one(&server);
    read_request(&next);
    put(&next, OK);
    expect_status(&probes[33], 200);
    char byte;
    UNTIL(recv(peers[3].fd, &byte, 1, 0) == 0, peers[3].fd, POLLIN); // it was hung up on
    send_request(&probes[32], "http://slow.test/", NULL, "{}", long_time);
    cancel(&probes[32]); // not begun
    for (size_t i = 0; i < COUNT(probes); i++)
        ck_assert_int_eq(probes[i].calls, i == 33);
    transport->interface->free(transport); // the others
    transport = curl_transport_new(false, NULL);
    for (size_t i = 0; i < COUNT(probes); i++)
        ck_assert_int_eq(probes[i].calls, i == 33);
    for (size_t i = 0; i < COUNT(peers); i++)
        peer_close(&peers[i]);
    peer_close(&next);
    close(server.fd);
}
END_TEST

/* Nothing else is under way that would wake the loop. */
START_TEST(test_cancel_makes_room)
{
    struct server server = serve();
    struct probe probes[33] = {0};

    for (size_t i = 0; i < COUNT(probes); i++)
        send_request(&probes[i], server.url, NULL, i == 32 ? "last" : "{}", long_time);
    for (size_t i = 0; i < 32; i++)
        cancel(&probes[i]);
    struct peer peer = accept_one(&server);
    ck_assert_ptr_nonnull(strstr(read_request(&peer), "last"));
    put(&peer, OK);
    expect_status(&probes[32], 200);
    peer_close(&peer);
    close(server.fd);
}
END_TEST

static struct probe *victims[4], *resent;
static char resend_url[64];

static void cancel_victims(struct probe *probe)
{
    cancel(probe); // itself: it is over, nothing happens
    for (size_t i = 0; i < COUNT(victims); i++)
        if (victims[i] && victims[i] != probe)
            cancel(victims[i]);
    memset(victims, 0, sizeof(victims));
}

/* Several end within one turn; the first whose `done` is called cancels the others. */
START_TEST(test_cancel_inside_done)
{
    struct server server = serve();
    struct probe probes[3] = {0}, waiting = {.then = NULL};
    struct peer peers[3];
    int calls = 0;

    for (size_t i = 0; i < COUNT(probes); i++) {
        victims[i] = &probes[i];
        probes[i].then = cancel_victims;
        send_request(&probes[i], server.url, NULL, "{}", long_time);
    }
    victims[3] = &waiting;
    send_request(&waiting, "http://slow.test/", NULL, "{}", long_time);
    for (size_t i = 0; i < COUNT(probes); i++) {
        peers[i] = accept_one(&server);
        read_request(&peers[i]);
    }
    for (size_t i = 0; i < COUNT(probes); i++)
        put(&peers[i], OK);
    UNTIL(probes[0].calls + probes[1].calls + probes[2].calls > 0, -1, 0);
    settle();
    for (size_t i = 0; i < COUNT(probes); i++)
        calls += probes[i].calls;
    ck_assert_int_eq(calls, 1);
    ck_assert_int_eq(waiting.calls, 0);
    for (size_t i = 0; i < COUNT(probes); i++)
        peer_close(&peers[i]);
    close(server.fd);
}
END_TEST

static void submit_next(struct probe *probe)
{
    (void)probe;
    send_request(resent, resend_url, NULL, "again", long_time);
}

START_TEST(test_submit_inside_done)
{
    struct server server = serve();
    struct probe first = {.then = submit_next}, failed = {.then = submit_next}, second = {0}, third = {0};

    snprintf(resend_url, sizeof(resend_url), "%s", server.url);
    resent = &second;
    send_request(&first, server.url, NULL, "{}", long_time);
    struct peer peer = accept_one(&server);
    read_request(&peer);
    put(&peer, OK);
    ck_assert_ptr_nonnull(strstr(read_request(&peer), "again"));
    expect_status(&first, 200);
    put(&peer, OK);
    expect_status(&second, 200);
    resent = &third;
    snprintf(resend_url, sizeof(resend_url), "nowhere");
    send_request(&failed, "nowhere", NULL, "{}", long_time);
    await(&third);
    ck_assert_int_eq(failed.calls, 1);
    peer_close(&peer);
    close(server.fd);
}
END_TEST

/* --- GETs ------------------------------------------------------------------------------------------------------- */

START_TEST(test_get)
{
    struct server server = serve();
    struct probe first = {.takes = true}, second = {0};
    char wanted[300];

    snprintf(wanted, sizeof(wanted),
             "GET /hook HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: python-requests/2.31.0\r\nAccept: */*\r\n"
             "Connection: keep-alive\r\n\r\n",
             server.port);
    get(&first, server.url, long_time);
    struct peer peer = accept_one(&server);
    ck_assert_str_eq(read_request(&peer), wanted);
    put(&peer, OK);
    expect_body(&first, 200, "ok");
    ck_assert_int_gt(first.duration, 0);
    ck_assert_int_eq(memcmp(first.taken, "ok", 2), 0);
    get(&second, server.url, long_time); // by the same connection
    ck_assert_str_eq(read_request(&peer), wanted);
    put(&peer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
    expect_body(&second, 200, "other");
    free(first.taken);
    peer_close(&peer);
    close(server.fd);
}
END_TEST

/* What the first was told is not there for the next. */
START_TEST(test_posts_and_gets_to_one_server)
{
    static const char *const lines[] = {"GET /hook", "POST /hook", "GET /hook", "POST /hook"};
    struct server server = serve();
    struct probe probes[COUNT(lines)] = {0};
    struct peer peer, other;

    for (size_t i = 0; i < COUNT(lines); i++) {
        bool is_get = lines[i][0] == 'G';
        if (is_get)
            get(&probes[i], server.url, long_time);
        else
            send_request(&probes[i], server.url, NULL, "{}", long_time);
        if (i == 0)
            peer = accept_one(&server);
        expect_asked(&peer, lines[i]);
        const char *text = buf_cstr(&peer.got), *end = strstr(text, "\r\n\r\n") + 4;
        ck_assert_str_eq(end, is_get ? "" : "{}");
        ck_assert_int_eq(strstr(text, "User-Agent") != NULL, is_get);
        ck_assert_int_eq(strstr(text, "Content-Length") != NULL, !is_get);
        if (is_get) {
            put(&peer, OK);
            expect_body(&probes[i], 200, "ok");
        } else {
            put_redirect(&peer, 302, "/elsewhere");
            expect_status(&probes[i], 302);
            ck_assert(!probes[i].has_body);
        }
    }
    ck_assert(!try_accept(&server, &other));
    peer_close(&peer);
    close(server.fd);
}
END_TEST

START_TEST(test_answers_to_gets)
{
    static const struct {
        const char *answer;
        int status;
        const char *error, *body; // NULL: none
    } cases[] = {
        {OK, 200, "", "ok"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", ""},
        {"HTTP/1.1 204 No Content\r\n\r\n", 204, "", ""},
        {"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "", "until the end"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nof\r\n6\r\n parts\r\n0\r\n\r\n", 200, "",
         "of parts"},
        {"HTTP/1.1 302 Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nLocation: /trailer\r\n\r\n", 302, "",
         "ok"},
        {"HTTP/1.1 103 Early Hints\r\nLocation: /hint\r\n\r\n" OK, 200, "", "ok"},
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", 404, "", NULL},
        {"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", 503, "", NULL},
        // Redirects that lead nowhere, and what is none.
        {"HTTP/1.1 302 Found\r\nContent-Length: 4\r\n\r\nhere", 302, "", "here"},
        {"HTTP/1.1 302 Found\r\nLocation: \t \r\nContent-Length: 4\r\n\r\nhere", 302, "", "here"},
        {"HTTP/1.1 300 Choose\r\nLocation: /x\r\nContent-Length: 4\r\n\r\nhere", 300, "", "here"},
        {"HTTP/1.1 304 As it was\r\nLocation: /x\r\n\r\n", 304, "", ""},
        {"HTTP/1.1 201 Made\r\nLocation: /x\r\nContent-Length: 4\r\n\r\nhere", 201, "", "here"},
        {"", 0, "the connection was closed before an answer came", NULL},
        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok", 200, "the connection was closed amid the answer", NULL},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", 200,
         "the connection was closed amid the answer", NULL},
        {"HTTP/1.1 200 OK\r\nContent-Le", 200, "the connection was closed amid the answer", NULL},
        {"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 4\r\n\r\nhe", 302,
         "the connection was closed amid the answer", NULL},
        {"SSH-2.0-OpenSSH_9.2\r\n", 0, "the answer is not HTTP", NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct server server = serve();
        struct probe probe = {0};
        get(&probe, server.url, long_time);
        struct peer peer = accept_one(&server);
        read_request(&peer);
        put(&peer, cases[i].answer);
        peer_close(&peer);
        await(&probe);
        ck_assert_msg(strcmp(probe.error, cases[i].error) == 0 && probe.status == cases[i].status, "%s: %d, '%s'",
                      cases[i].answer, probe.status, probe.error);
        ck_assert_msg(probe.has_body == (cases[i].body != NULL), "%s", cases[i].answer);
        ck_assert_msg(strcmp(probe.body, cases[i].body ? cases[i].body : "") == 0, "%s: %s", cases[i].answer,
                      probe.body);
        close(server.fd);
    }
}
END_TEST

/* A GET whose answer has a body of so many bytes, in pieces. */
static void get_sized(struct probe *probe, const char *head, size_t len)
{
    struct server server = serve();
    char *bytes = xmalloc(len + 1);

    memset(bytes, 'x', len);
    bytes[len] = '\0';
    get(probe, server.url, long_time);
    struct peer peer = accept_one(&server);
    read_request(&peer);
    put(&peer, head);
    settle();
    put(&peer, bytes + len / 2);
    settle();
    bytes[len / 2] = '\0';
    put(&peer, bytes);
    peer_close(&peer);
    await(probe);
    free(bytes);
    close(server.fd);
}

START_TEST(test_size_of_a_get)
{
    static const struct {
        const char *head;
        size_t len;
        bool fits;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", MOST, true},
        {"HTTP/1.0 200 OK\r\n\r\n", MOST, true},
        {"HTTP/1.0 200 OK\r\n\r\n", MOST + 1, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", 20, false}, // by what is stated alone
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n", MOST + 2, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct probe probe = {0};
        get_sized(&probe, cases[i].head, cases[i].len);
        ck_assert_int_eq(probe.status, 200);
        ck_assert_int_eq(probe.has_body, cases[i].fits);
        ck_assert_uint_eq(probe.len, cases[i].fits ? cases[i].len : 0);
        if (i < COUNT(cases) - 1)
            ck_assert_str_eq(probe.error, cases[i].fits ? "" : "the answer is too large: more than 1000 bytes");
    }
}
END_TEST

START_TEST(test_endless_answer_to_a_get)
{
    struct probe body = {0}, head = {0}, wrong = {0};

    pour_into(&body, true, "HTTP/1.1 200 OK\r\n\r\n", "and so on\n");
    expect_error(&body, "the answer is too large: more than 1000 bytes");
    pour_into(&head, true, "HTTP/1.1 200 OK\r\n", "a: and so on\r\n");
    expect_error(&head, "the answer is too large: more than 65536 bytes");
    pour_into(&wrong, true, "HTTP/1.1 404 Not Found\r\n\r\n", "and so on\n"); // nobody wants to know why
    expect_status(&wrong, 404);
    ck_assert(!body.has_body && !head.has_body && !wrong.has_body);
}
END_TEST

/* --- redirects -------------------------------------------------------------------------------------------------- */

START_TEST(test_redirects)
{
    struct server first = serve(), second = serve();
    struct probe probe = {0};
    char url[80];

    get(&probe, first.url, long_time);
    struct peer peer = accept_one(&first);
    expect_asked(&peer, "GET /hook");
    put_redirect(&peer, 301, " /a//b c?d=e ");
    expect_asked(&peer, "GET /a//b%20c?d=e"); // by the same connection
    put_redirect(&peer, 307, "../e f/\xc3\xa4#g");
    expect_asked(&peer, "GET /a/e%20f/%C3%A4");
    put_redirect(&peer, 308, "?h");
    expect_asked(&peer, "GET /a/e%20f/%C3%A4?h");
    snprintf(url, sizeof(url), "//127.0.0.1:%d/there", second.port);
    put_redirect(&peer, 303, url);
    struct peer other = accept_one(&second);
    expect_asked(&other, "GET /there");
    char host[40];
    snprintf(host, sizeof(host), "\r\nHost: 127.0.0.1:%d\r\n", second.port);
    ck_assert_ptr_nonnull(strstr(buf_cstr(&other.got), host));
    put_redirect(&other, 302, first.url);
    expect_asked(&peer, "GET /hook");
    put(&peer, OK);
    expect_body(&probe, 200, "ok");
    peer_close(&peer);
    peer_close(&other);
    close(first.fd);
    close(second.fd);
}
END_TEST

START_TEST(test_url_is_written_as_on_the_wire)
{
    struct server server = serve();
    struct probe probe = {0};
    char url[80];

    snprintf(url, sizeof(url), "HTTP://127.0.0.1:%d/a b/../\xc3\xa4%%20c?d e+f#g", server.port);
    get(&probe, url, long_time);
    struct peer peer = accept_one(&server);
    expect_asked(&peer, "GET /%C3%A4%20c?d%20e+f");
    put(&peer, OK);
    expect_body(&probe, 200, "ok");
    peer_close(&peer);
    close(server.fd);
}
END_TEST

START_TEST(test_redirects_without_end)
{
    struct server server = serve();
    struct probe probe = {0};
    char line[32], next[32];

    get(&probe, server.url, long_time);
    struct peer peer = accept_one(&server);
    expect_asked(&peer, "GET /hook");
    for (int i = 1; i <= 10; i++) {
        snprintf(next, sizeof(next), "/%d", i);
        snprintf(line, sizeof(line), "GET /%d", i);
        put_redirect(&peer, 302, next);
        expect_asked(&peer, line);
    }
    put_redirect(&peer, 302, "/10"); // itself
    expect_error(&probe, "more than 10 redirects");
    ck_assert_int_eq(probe.status, 302);
    settle();
    ck_assert(!peer_read(&peer));
    peer_close(&peer);
    close(server.fd);
}
END_TEST

START_TEST(test_redirects_that_nobody_follows)
{
    static const char *const locations[] = {"ftp://127.0.0.1/", "file:///etc/passwd", "http://", "gopher://127.0.0.1/",
                                            "http://127.0.0.1:99999/"};
    struct server server = serve();
    struct peer peer = {.fd = -1};

    for (size_t i = 0; i < COUNT(locations); i++) {
        struct probe probe = {0};
        get(&probe, server.url, long_time);
        if (i == 0)
            peer = accept_one(&server);
        read_request(&peer);
        put_redirect(&peer, 302, locations[i]);
        await(&probe);
        ck_assert_msg(strncmp(probe.error, "the answer is a redirect to a URL that cannot be used: ", 55) == 0,
                      "%s: %s", locations[i], probe.error);
        ck_assert_int_eq(probe.status, 302);
    }
    peer_close(&peer);
    close(server.fd);
}
END_TEST

/* The body of a redirect is nobody's: not one of its bytes counts, and it may be as long as it likes. */
START_TEST(test_redirect_with_a_body_without_end)
{
    struct server server = serve();
    struct probe probe = {0};
    struct peer next = {.fd = -1};
    char head[120];

    snprintf(head, sizeof(head), "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/there\r\n\r\n", server.port);
    get(&probe, server.url, long_time);
    struct peer peer = accept_one(&server);
    read_request(&peer);
    put(&peer, head);
    while (!try_accept(&server, &next)) {
        send(peer.fd, "and so on\n", 10, MSG_NOSIGNAL);
        transport->interface->run(transport);
    }
    expect_asked(&next, "GET /there");
    put(&next, OK);
    expect_body(&probe, 200, "ok");
    peer_close(&peer);
    peer_close(&next);
    close(server.fd);
}
END_TEST

/* A GET with a time of so many milliseconds is sent on when most of it is over. Is it for what follows, too? */
static bool is_one_time_for_all(int within)
{
    struct server first = serve(), silent = serve();
    struct probe probe = {0};
    struct peer peer = {.fd = -1}, next = {.fd = -1};

    get(&probe, first.url, within * ms);
    int64_t begun = now();
    UNTIL(probe.calls > 0 || try_accept(&first, &peer), -1, 0);
    UNTIL(probe.calls > 0 || has_request(&peer), peer.fd, POLLIN);
    for (; now() - begun < within * 4 / 5 * ms; transport->interface->run(transport))
        transport->interface->wait(transport, NULL, 0, 10);
    if (probe.calls == 0)
        put_redirect(&peer, 302, silent.url);
    UNTIL(probe.calls > 0 || try_accept(&silent, &next), -1, 0);
    bool followed = probe.calls == 0;
    await(&probe);
    peer_close(&peer);
    peer_close(&next);
    close(first.fd);
    close(silent.fd);
    return followed && is_late(&probe, "no answer", within) && probe.duration < within * 17 / 10 * ms;
}

/* One time for all of it. */
START_TEST(test_timeout_of_redirects)
{
    int within = 500;

    while (!is_one_time_for_all(within)) // the rest of it is short for a busy machine
        ck_assert_int_lt(within *= 2, 16000);
}
END_TEST

START_TEST(test_cancel_of_a_get)
{
    struct server server = serve();
    struct probe probes[5] = {0};
    struct peer peers[5], none;

    for (size_t i = 0; i < COUNT(probes); i++)
        get(&probes[i], server.url, long_time);
    for (size_t i = 0; i < 4; i++) {
        peers[i] = accept_one(&server);
        read_request(&peers[i]);
    }
    put(&peers[1], "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12");
    put_redirect(&peers[2], 302, "/again");
    settle();
    ck_assert(!try_accept(&server, &none)); // the fifth goes first where the redirected one was
    ck_assert_int_eq(strncmp(read_request(&peers[2]), "GET /hook ", 10), 0);
    cancel(&probes[2]); // waits for its second turn
    cancel(&probes[1]); // amid its answer
    cancel(&probes[0]);
    put(&peers[2], OK);
    expect_body(&probes[4], 200, "ok");
    put(&peers[3], OK);
    expect_body(&probes[3], 200, "ok");
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(probes[i].calls, 0);
    for (size_t i = 0; i < 4; i++)
        peer_close(&peers[i]);
    close(server.fd);
}
END_TEST

/* Four GETs at a time to one server, 16 to all; a POST goes by, even to one of these. */
START_TEST(test_slow_gets_hold_up_no_post)
{
    enum { SERVERS = 5, EACH = 5, PLACES = 4 };
    struct probe gets[SERVERS * EACH] = {0}, post = {0};
    struct server servers[SERVERS];
    struct peer peers[SERVERS - 1][PLACES], peer;

    for (size_t i = 0; i < SERVERS; i++) {
        servers[i] = serve();
        for (size_t j = 0; j < EACH; j++)
            get(&gets[i * EACH + j], servers[i].url, long_time);
    }
    for (size_t i = 0; i < SERVERS - 1; i++)
        for (size_t j = 0; j < PLACES; j++) {
            peers[i][j] = accept_one(&servers[i]);
            read_request(&peers[i][j]);
        }
    settle();
    for (size_t i = 0; i < SERVERS; i++)
        ck_assert(!try_accept(&servers[i], &peer));
    send_request(&post, servers[0].url, NULL, "{}", long_time);
    peer = accept_one(&servers[0]);
    expect_asked(&peer, "POST /hook");
    put(&peer, OK);
    expect_status(&post, 200);
    peer_close(&peer);
    put(&peers[2][0], OK); // the next one's turn is that of the server that has had none
    expect_body(&gets[2 * EACH], 200, "ok");
    peer = accept_one(&servers[SERVERS - 1]);
    expect_asked(&peer, "GET /hook");
    peer_close(&peer);
    for (size_t i = 0; i < SERVERS - 1; i++)
        for (size_t j = 0; j < PLACES; j++)
            peer_close(&peers[i][j]);
    for (size_t i = 0; i < SERVERS; i++)
        close(servers[i].fd);
}
END_TEST

/* --- waiting ---------------------------------------------------------------------------------------------------- */

START_TEST(test_nothing_begins_before_the_first_transfer)
{
    int before = count_descriptors();
    struct transport *idle = curl_transport_new(false, NULL);
    struct pollfd none = {.fd = -1};

    ck_assert(!idle->interface->run(idle));
    ck_assert_int_eq(idle->interface->wait(idle, &none, 1, 0), 0);
    ck_assert_int_eq(count_descriptors(), before);
    idle->interface->free(idle);
    transport->interface->free(NULL);
}
END_TEST

static void expect_wait_tells(int fd, int other)
{
    struct pollfd fds[] = {{.fd = other, .events = POLLIN}, {.fd = fd, .events = POLLIN}, {.fd = -1, .events = POLLIN}};

    ck_assert_int_eq(transport->interface->wait(transport, fds, 3, -1), 1);
    ck_assert_int_eq(fds[0].revents, 0);
    ck_assert_int_ne(fds[1].revents, 0);
    ck_assert_int_eq(fds[2].revents, 0);
}

/* It sleeps until its time is over, if nothing of curl's own falls due sooner: which seldom does. */
static void expect_wait_sleeps(int quiet)
{
    struct pollfd one = {.fd = quiet, .events = POLLIN};
    int64_t longest = 0;

    for (int i = 0; i < 20 && longest < 29 * ms; i++) {
        int64_t before = now();
        ck_assert_int_eq(transport->interface->wait(transport, &one, 1, 30), 0);
        longest = now() - before;
    }
    ck_assert_int_ge(longest, 29 * ms);
}

START_TEST(test_wait_is_poll)
{
    int ends[2], quiet[2];
    struct server server = serve();
    struct probe probe = {0};
    struct peer peer = {.fd = -1};
    struct pollfd one;
    char byte;

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(pipe(quiet), 0);
    for (int round = 0; round < 2; round++) {
        if (round == 1) { // a transfer is under way
            send_request(&probe, server.url, NULL, "{}", long_time);
            peer = accept_one(&server);
            read_request(&peer);
            settle();
        }
        ck_assert_int_eq(write(ends[1], "", 1), 1);
        expect_wait_tells(ends[0], quiet[0]);
        ck_assert_int_eq(read(ends[0], &byte, 1), 1);
        expect_wait_sleeps(quiet[0]);
        one = (struct pollfd){.fd = quiet[1], .events = POLLOUT};
        ck_assert_int_eq(transport->interface->wait(transport, &one, 1, -1), 1);
        ck_assert_int_eq(one.revents, POLLOUT);
    }
    close(ends[1]);
    expect_wait_tells(ends[0], quiet[0]); // a hang-up, which is nobody's event
    peer_close(&peer);
    close(ends[0]);
    close(quiet[0]);
    close(quiet[1]);
    close(server.fd);
}
END_TEST

/* Without a limit of its own it sleeps until something is due. */
START_TEST(test_wait_wakes_for_transfers)
{
    struct server server = serve();
    struct probe probe = {0};
    int waits = 0;

    send_request(&probe, server.url, NULL, "{}", 100 * ms);
    for (; probe.calls == 0; waits++) {
        ck_assert_int_eq(transport->interface->wait(transport, NULL, 0, -1), 0);
        transport->interface->run(transport);
    }
    ck_assert_int_lt(waits, 30);
    ck_assert_ptr_nonnull(strstr(probe.error, " within 0.1 s"));
    close(server.fd);
}
END_TEST

/* --- proxies ---------------------------------------------------------------------------------------------------- */

START_TEST(test_proxies)
{
    static const char *const far[] = {
        "hooks.example.com", "a.notlocalhost",   "localhost.com", "xhost.docker.internal",
        "1.1.1.1",           "8.8.8.8",          "11.0.0.1",      "126.0.0.1",
        "128.0.0.1",         "169.253.0.1",      "169.255.0.1",   "172.15.0.1",
        "172.32.0.1",        "192.167.0.1",      "192.169.0.1",   "[2001:db8::1]",
        "[fec0::1]",         "[::ffff:8.8.8.8]",
    };
    static const char *const near[] = {
        "localhost",
        "LocalHost.",
        "App.LocalHost",
        "host.docker.internal",
        "n8n",
        "web.",
        "0.0.0.0",
        "127.0.0.1",
        "127.1.2.3",
        "10.255.255.254",
        "172.16.0.1",
        "172.31.255.254",
        "192.168.255.254",
        "169.254.255.254",
        "[::1]",
        "[fd00:dead:beef::1]",
        "[fe80::1]",
        "[::ffff:10.0.0.1]",
    };
    struct server proxy = serve(), dead = dead_server();
    char url[80], wanted[120];
    struct peer peer;

    setenv("http_proxy", proxy.url, 1);
    for (size_t i = 0; i < COUNT(far); i++) {
        struct probe probe = {0};
        snprintf(url, sizeof(url), "http://%s:%d/x", far[i], dead.port);
        snprintf(wanted, sizeof(wanted), "POST %s HTTP/1.1\r\n", url);
        send_request(&probe, url, NULL, "{}", long_time);
        peer = accept_one(&proxy);
        ck_assert_int_eq(strncmp(read_request(&peer), wanted, strlen(wanted)), 0);
        put(&peer, "HTTP/1.1 299 Proxied\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        expect_status(&probe, 299);
        peer_close(&peer);
    }
    for (size_t i = 0; i < COUNT(near); i++) {
        struct probe probe = {0};
        snprintf(url, sizeof(url), "http://%s:%d/x", near[i], dead.port);
        send_request(&probe, url, NULL, "{}", 50 * ms);
        await(&probe);
        ck_assert_msg(probe.error[0] && !try_accept(&proxy, &peer), "%s: %d", near[i], probe.status);
    }
    close(proxy.fd);
    close(dead.fd);
}
END_TEST

/* A redirect may lead out of the house, and back. */
START_TEST(test_redirects_and_proxies)
{
    struct server proxy = serve(), near = serve();
    struct probe probe = {0};

    setenv("http_proxy", proxy.url, 1);
    get(&probe, near.url, long_time);
    struct peer peer = accept_one(&near);
    expect_asked(&peer, "GET /hook");
    put_redirect(&peer, 302, "http://pictures.example.com/a.png");
    struct peer other = accept_one(&proxy);
    expect_asked(&other, "GET http://pictures.example.com/a.png");
    put_redirect(&other, 302, near.url);
    expect_asked(&peer, "GET /hook");
    put(&peer, OK);
    expect_body(&probe, 200, "ok");
    peer_close(&peer);
    peer_close(&other);
    close(proxy.fd);
    close(near.fd);
}
END_TEST

/* --- TLS -------------------------------------------------------------------------------------------------------- */

/* A certificate that signs itself, for this name, from and until these seconds from now. */
static gnutls_certificate_credentials_t certify(const char *issuer, const char *name, int from, int until,
                                                const char *file)
{
    gnutls_certificate_credentials_t credentials;
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt;
    gnutls_datum_t pem;

    gnutls_x509_privkey_init(&key);
    gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    gnutls_x509_crt_init(&crt);
    gnutls_x509_crt_set_version(crt, 3);
    gnutls_x509_crt_set_serial(crt, "\1", 1);
    gnutls_x509_crt_set_key(crt, key);
    gnutls_x509_crt_set_dn(crt, issuer, NULL);
    gnutls_x509_crt_set_activation_time(crt, time(NULL) + from);
    gnutls_x509_crt_set_expiration_time(crt, time(NULL) + until);
    gnutls_x509_crt_set_basic_constraints(crt, 1, -1);
    gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name, (unsigned)strlen(name), GNUTLS_FSAN_SET);
    ck_assert_int_eq(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), 0);
    gnutls_certificate_allocate_credentials(&credentials);
    ck_assert_int_eq(gnutls_certificate_set_x509_key(credentials, &crt, 1, key), 0);
    ck_assert_int_eq(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem), 0);
    if (file) {
        FILE *out = fopen(file, "we");
        ck_assert_ptr_nonnull(out);
        fwrite(pem.data, 1, pem.size, out);
        fclose(out);
    }
    gnutls_free(pem.data);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    return credentials;
}

/* One exchange by TLS with a receiver of this certificate; it ends with or without TLS's own goodbye. */
static void exchange_tls(struct probe *probe, bool is_get, gnutls_certificate_credentials_t credentials,
                         const char *answer, bool goodbye)
{
    struct server server = serve();
    gnutls_datum_t versions[] = {{(unsigned char[]){"h2"}, 2}, {(unsigned char[]){"http/1.1"}, 8}};
    gnutls_session_t session;
    char url[64], bytes[1000];
    ssize_t len = 0;
    int code;

    snprintf(url, sizeof(url), "https://localhost:%d/hook", server.port);
    if (is_get)
        get(probe, url, long_time);
    else
        send_request(probe, url, NULL, "{}", long_time);
    struct peer peer = accept_one(&server);
    gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    gnutls_set_default_priority(session);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_alpn_set_protocols(session, versions, 2, GNUTLS_ALPN_SERVER_PRECEDENCE); // HTTP/1.1 is not wanted
    gnutls_transport_set_int(session, peer.fd);
    UNTIL((code = gnutls_handshake(session)) == 0 || gnutls_error_is_fatal(code) || probe->calls > 0, peer.fd, POLLIN);
    if (code == 0)
        UNTIL((len = gnutls_record_recv(session, bytes, sizeof(bytes))) > 0 || gnutls_error_is_fatal((int)len) ||
                  probe->calls > 0,
              peer.fd, POLLIN);
    if (len > 0)
        gnutls_record_send(session, answer, strlen(answer));
    if (len > 0 && goodbye)
        gnutls_bye(session, GNUTLS_SHUT_WR);
    gnutls_deinit(session);
    peer_close(&peer);
    await(probe);
    close(server.fd);
}

START_TEST(test_tls)
{
    enum { DAY = 86400 };
    static const struct {
        const char *name;
        int from, until;
        enum { STRANGER, NAMESAKE, KNOWN } issuer;
        bool insecure, goodbye;
        const char *answer;
        int status;
        const char *error;
    } cases[] = {
        {"localhost", -DAY, DAY, KNOWN, false, true, OK, 200, ""},
        {"localhost", -DAY, DAY, STRANGER, false, true, OK, 0,
         "certificate verify failed: the issuer is not known (a self-signed certificate?)"},
        {"localhost", -DAY, DAY, NAMESAKE, false, true, OK, 0,
         "certificate verify failed: signed with another key than that of the issuer we know"},
        {"localhost", -DAY, DAY, STRANGER, true, true, OK, 200, ""},
        {"elsewhere.test", -9 * DAY, -DAY, STRANGER, true, true, OK, 200, ""},
        {"localhost", -9 * DAY, -DAY, KNOWN, false, true, OK, 0, "certificate verify failed: expired"},
        {"localhost", DAY, 9 * DAY, KNOWN, false, true, OK, 0, "certificate verify failed: not valid yet"},
        {"elsewhere.test", -DAY, DAY, KNOWN, false, true, OK, 0,
         "certificate verify failed: it is for another name than localhost"},
        {"localhost", -DAY, DAY, KNOWN, false, false, "", 0, "the connection was closed before an answer came"},
        {"localhost", -DAY, DAY, KNOWN, false, true, "", 0, "the connection was closed before an answer came"},
        {"localhost", -DAY, DAY, KNOWN, false, false, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1", 200,
         "the connection was closed amid the answer"},
        {"localhost", -DAY, DAY, KNOWN, false, true, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1", 200,
         "the connection was closed amid the answer"},
        {"localhost", -DAY, DAY, KNOWN, false, false, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n1",
         200, "the connection was closed amid the answer"},
        // No length is stated: the body ends with the connection.
        {"localhost", -DAY, DAY, KNOWN, false, false, "HTTP/1.0 200 OK\r\n\r\nok", 200, ""},
        {"localhost", -DAY, DAY, KNOWN, false, true, "HTTP/1.0 200 OK\r\n\r\nok", 200, ""},
        {"localhost", -DAY, DAY, KNOWN, false, false, "HTTP/1.0 200 OK\r\nServer: a\r\n", 200,
         "the connection was closed amid the answer"},
    };
    char bundles[3][32];

    for (size_t i = 0; i < COUNT(bundles); i++) {
        strcpy(bundles[i], "/tmp/transport-XXXXXX");
        close(mkstemp(bundles[i]));
    }
    gnutls_certificate_free_credentials(certify("CN=b", "localhost", -DAY, DAY, bundles[STRANGER]));
    gnutls_certificate_free_credentials(certify("CN=a", "localhost", -DAY, DAY, bundles[NAMESAKE]));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct probe probe = {0};
        gnutls_certificate_credentials_t own =
            certify("CN=a", cases[i].name, cases[i].from, cases[i].until, bundles[KNOWN]);
        setenv("SSL_CERT_FILE", bundles[cases[i].issuer], 1);
        transport->interface->free(transport);
        transport = curl_transport_new(cases[i].insecure, NULL);
        exchange_tls(&probe, false, own, cases[i].answer, cases[i].goodbye);
        ck_assert_msg(strcmp(probe.error, cases[i].error) == 0 && probe.status == cases[i].status, "%zu: %d, '%s'", i,
                      probe.status, probe.error);
        gnutls_certificate_free_credentials(own);
    }
    for (size_t i = 0; i < COUNT(bundles); i++)
        unlink(bundles[i]);
}
END_TEST

/* By the bundle that is given, as webhooks; but --webhook-insecure is a matter of webhooks. */
START_TEST(test_get_by_tls)
{
    static const struct {
        bool known, insecure, goodbye;
        const char *answer;
        const char *error, *body;
    } cases[] = {
        {true, false, true, OK, "", "ok"},
        {true, true, true, OK, "", "ok"},
        {true, false, false, "HTTP/1.0 200 OK\r\n\r\nuntil the end", "", "until the end"},
        {true, false, false, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1",
         "the connection was closed amid the answer", ""},
        {false, false, true, OK, "certificate verify failed: the issuer is not known (a self-signed certificate?)", ""},
        {false, true, true, OK, "certificate verify failed: the issuer is not known (a self-signed certificate?)", ""},
    };
    char bundles[2][32];

    for (size_t i = 0; i < COUNT(bundles); i++) {
        strcpy(bundles[i], "/tmp/transport-XXXXXX");
        close(mkstemp(bundles[i]));
    }
    gnutls_certificate_free_credentials(certify("CN=b", "localhost", -86400, 86400, bundles[false]));
    gnutls_certificate_credentials_t own = certify("CN=a", "localhost", -86400, 86400, bundles[true]);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct probe post = {0}, probe = {0};
        transport->interface->free(transport);
        transport = curl_transport_new(cases[i].insecure, bundles[cases[i].known]);
        if (cases[i].insecure) {
            exchange_tls(&post, false, own, OK, true);
            expect_status(&post, 200);
        }
        exchange_tls(&probe, true, own, cases[i].answer, cases[i].goodbye);
        ck_assert_msg(strcmp(probe.error, cases[i].error) == 0 && strcmp(probe.body, cases[i].body) == 0,
                      "%zu: %d, '%s', '%s'", i, probe.status, probe.error, probe.body);
        ck_assert_int_eq(probe.has_body, !*probe.error);
    }
    gnutls_certificate_free_credentials(own);
    for (size_t i = 0; i < COUNT(bundles); i++)
        unlink(bundles[i]);
}
END_TEST

START_TEST(test_tls_to_a_plain_port)
{
    struct server server = serve();
    struct probe probe = {0};
    char url[64];

    snprintf(url, sizeof(url), "https://127.0.0.1:%d/", server.port);
    send_request(&probe, url, NULL, "{}", long_time);
    struct peer peer = accept_one(&server);
    UNTIL(peer_read(&peer), peer.fd, POLLIN);
    put(&peer, "HTTP/1.1 400 Bad Request\r\n\r\n");
    await(&probe);
    ck_assert_str_eq(probe.error, "TLS handshake failed: An unexpected TLS packet was received.");
    peer_close(&peer);
    close(server.fd);
}
END_TEST

/* --- the stand-in ----------------------------------------------------------------------------------------------- */

START_TEST(test_fake)
{
    static const char *const headers[] = {"a: 1", "b: 2", NULL};
    struct probe probes[4] = {0};

    transport->interface->free(transport);
    transport = fake_transport_new();
    for (size_t i = 0; i < COUNT(probes); i++)
        send_request(&probes[i], i == 2 ? "http://two.test/" : "http://a.test/", headers, i == 3 ? NULL : "{}", 5 * ms);
    ck_assert_int_eq(fake_count(transport), 4);
    ck_assert_str_eq(fake_peek(transport, 2)->url, "http://two.test/");
    ck_assert_str_eq(fake_peek(transport, 0)->headers, "a: 1\nb: 2\n");
    ck_assert_str_eq(fake_peek(transport, 0)->body, "{}");
    ck_assert_int_eq(fake_peek(transport, 3)->body_len, 0);
    ck_assert_int_eq(fake_peek(transport, 3)->timeout, 5 * ms);
    ck_assert(!transport->interface->run(transport));
    fake_fail(transport, 1, "connection refused");
    fake_set_duration(transport, 7 * ms);
    fake_answer(transport, 1, 500); // the third: the second waits no more
    fake_answer(transport, 0, 201);
    ck_assert_int_eq(fake_count(transport), 1);
    ck_assert_int_eq(probes[0].calls + probes[1].calls + probes[2].calls, 0);
    cancel(&probes[0]); // is answered, but was not told
    ck_assert(turn(-1, 0));
    expect_error(&probes[1], "connection refused");
    expect_status(&probes[2], 500);
    ck_assert_int_eq(probes[2].duration, 7 * ms);
    ck_assert_int_eq(probes[0].calls + probes[3].calls, 0);
}
END_TEST

START_TEST(test_fake_of_gets)
{
    struct probe probes[4] = {0};
    char large[MOST + 1] = "";

    transport->interface->free(transport);
    transport = fake_transport_new();
    for (size_t i = 0; i < COUNT(probes); i++)
        get(&probes[i], "http://a.test/", 5 * ms);
    ck_assert_uint_eq(fake_peek(transport, 0)->max_answer, MOST);
    fake_answer_with(transport, 0, 200, "ok", 2);
    fake_answer_with(transport, 0, 404, "no", 2);
    fake_answer_with(transport, 0, 200, large, MOST + 1);
    fake_answer_with(transport, 0, 200, NULL, 0);
    ck_assert(turn(-1, 0));
    expect_body(&probes[0], 200, "ok");
    expect_status(&probes[1], 404);
    expect_error(&probes[2], "the answer is too large");
    expect_body(&probes[3], 200, "");
    ck_assert(!probes[1].has_body && !probes[2].has_body);
}
END_TEST

SUITE_WITH("transport", set_up, tear_down, test_request_is_sent_as_given, test_nothing_is_added,
           test_large_body_is_not_announced, test_connection_is_used_again, test_connections_of_a_burst_are_used_again,
           test_connection_closed_at_rest, test_answers, test_reset, test_endless_answer_is_cut, test_refused,
           test_no_descriptor_is_left, test_timeouts, test_names, test_urls_that_nobody_has, test_turns,
           test_limit_of_one_receiver, test_limit_of_all, test_many_done_at_once, test_cancel, test_cancel_makes_room,
           test_cancel_inside_done, test_submit_inside_done, test_get, test_posts_and_gets_to_one_server,
           test_answers_to_gets, test_size_of_a_get, test_endless_answer_to_a_get, test_redirects,
           test_url_is_written_as_on_the_wire, test_redirects_without_end, test_redirects_that_nobody_follows,
           test_redirect_with_a_body_without_end, test_timeout_of_redirects, test_cancel_of_a_get,
           test_slow_gets_hold_up_no_post, test_nothing_begins_before_the_first_transfer, test_wait_is_poll,
           test_wait_wakes_for_transfers, test_proxies, test_redirects_and_proxies, test_tls, test_get_by_tls,
           test_tls_to_a_plain_port, test_fake, test_fake_of_gets);
