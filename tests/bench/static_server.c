/* What libmicrohttpd alone can do, in the mode our server uses it: one thread, our own listening socket and
 * loop, an external epoll descriptor, the same memory limit for a connection. Every request is answered
 * with one body of a given size, made once and shared, so what the real server takes beyond this is its own
 * work.
 *
 *   static_server [--parse] [--port N] [--tls CERTIFICATE KEY] SIZE
 *
 * --parse: a POST's body is parsed by cJSON first, as any server of JSON must. GET is answered with 200, POST
 * with 201. --tls: it speaks TLS there, with these two files in PEM. stdout: "listening on PORT". */
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    POOL = 16 * 1024, // of a connection, zeroed for every request
    BACKLOG = 1024,
    MAX_CONNECTIONS = 4096,
    MAX_BODY = 1 << 20,
    MAX_PEM = 64 * 1024,
    RUNS_AT_ONCE = 16,
    TLS_RUNS_AT_ONCE = 2,  // with a handshake unfinished libmicrohttpd always wants one more, …
    HANDSHAKE_WAIT_MS = 1, // … and would run all the time
    LONGEST_WAIT_MS = 250  // some closes end only in the next MHD_run
};

struct body {
    size_t len;
    char bytes[];
};

struct options {
    bool parse;
    int port;
    const char *certificate, *key; // NULL: plain HTTP
    size_t size;
};

static const char head[] = "{\"id\":\"static\",\"status\":\"succeeded\",\"pad\":\"";
static const char tail[] = "\"}\n";

static struct MHD_Response *answer;
static bool parse_bodies, speaks_tls;
static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void must(bool good, const char *what)
{
    if (!good)
        die(what);
}

/* JSON with an id and a status, so that a client which creates, polls and reads finds what it looks for. */
static struct MHD_Response *make_answer(size_t size)
{
    size_t frame = sizeof head - 1 + sizeof tail - 1;
    char *bytes = malloc(size);
    must(bytes && size >= frame, "no room for the answer's frame");

    memset(bytes, 'x', size);
    memcpy(bytes, head, sizeof head - 1);
    memcpy(bytes + size - (sizeof tail - 1), tail, sizeof tail - 1);
    struct MHD_Response *made = MHD_create_response_from_buffer(size, bytes, MHD_RESPMEM_MUST_FREE);
    must(made && MHD_add_response_header(made, "Content-Type", "application/json"), "MHD_create_response");
    return made;
}

/* cJSON's verdict is looked at, or the compiler might think the work away. */
static unsigned status_of_post(const struct body *body)
{
    cJSON *tree = cJSON_ParseWithLength(body->bytes, body->len);
    unsigned status = tree ? MHD_HTTP_CREATED : MHD_HTTP_BAD_REQUEST;

    cJSON_Delete(tree);
    return status;
}

static struct body *body_add(struct body *body, const char *bytes, size_t len)
{
    size_t had = body ? body->len : 0;
    struct body *grown = had + len <= MAX_BODY ? realloc(body, sizeof *grown + had + len) : NULL;
    must(grown, "no room for a body");

    memcpy(grown->bytes + had, bytes, len);
    grown->len = had + len;
    return grown;
}

/* The first call is only noted: an answer given there would close the connection. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_len, void **request)
{
    static struct body begun;
    struct body *body = *request;

    (void)context, (void)url, (void)version;
    if (!body) {
        *request = &begun;
        return MHD_YES;
    }
    if (*upload_len > 0) {
        *request = body_add(body == &begun ? NULL : body, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    if (strcmp(method, "POST") != 0)
        return MHD_queue_response(connection, MHD_HTTP_OK, answer);
    return MHD_queue_response(connection, parse_bodies ? status_of_post(body) : MHD_HTTP_CREATED, answer);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode why)
{
    struct body *body = *request;

    (void)context, (void)connection, (void)why;
    // Only a body that has come is on the heap.
    if (body && body->len > 0)
        free(body);
    *request = NULL;
}

static int listen_on(int port, int *bound)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0, "socket");
    must(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, BACKLOG) == 0, "bind");
    must(getsockname(fd, (struct sockaddr *)&at, &len) == 0, "getsockname");
    *bound = ntohs(at.sin_port);
    return fd;
}

static void accept_all(struct MHD_Daemon *daemon, int listener)
{
    for (;;) {
        struct sockaddr_in from;
        socklen_t len = sizeof from;
        int on = 1;
        int fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0)
            return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        MHD_add_connection(daemon, fd, (struct sockaddr *)&from, len);
    }
}

static void watch(int epoll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

/* Runs the daemon until it asks for no more, and says how long the loop may sleep. */
static int drain(struct MHD_Daemon *daemon)
{
    MHD_UNSIGNED_LONG_LONG wait = 0;

    for (int runs = 0; runs < (speaks_tls ? TLS_RUNS_AT_ONCE : RUNS_AT_ONCE); runs++) {
        MHD_run(daemon);
        if (MHD_get_timeout(daemon, &wait) == MHD_NO)
            return LONGEST_WAIT_MS;
        if (wait > 0)
            return wait < LONGEST_WAIT_MS ? (int)wait : LONGEST_WAIT_MS;
    }
    return speaks_tls ? HANDSHAKE_WAIT_MS : 0;
}

static void loop(struct MHD_Daemon *daemon, int listener)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    must(epoll >= 0, "epoll_create1");
    watch(epoll, MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
    watch(epoll, listener);
    for (int wait = 0; !stopping;) {
        struct epoll_event events[2];
        int count = epoll_wait(epoll, events, 2, wait);

        must(count >= 0 || errno == EINTR, "epoll_wait");
        for (int i = 0; i < count; i++)
            if (events[i].data.fd == listener)
                accept_all(daemon, listener);
        wait = drain(daemon);
    }
    close(epoll);
}

static struct options options_of(int argc, char **argv)
{
    struct options options = {0};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--parse") == 0)
            options.parse = true;
        else if (strcmp(argv[i], "--port") == 0 && i + 1 < argc)
            options.port = atoi(argv[++i]);
        else if (strcmp(argv[i], "--tls") == 0 && i + 2 < argc) {
            options.certificate = argv[++i];
            options.key = argv[++i];
        } else
            options.size = strtoul(argv[i], NULL, 10);
    }
    if (options.size < sizeof head + sizeof tail) {
        fprintf(stderr, "usage: static_server [--parse] [--port N] [--tls CERTIFICATE KEY] SIZE (at least %zu)\n",
                sizeof head + sizeof tail);
        exit(2);
    }
    return options;
}

/* The text of a small file; to be freed. NULL stays NULL. */
static char *read_pem(const char *path)
{
    FILE *file = path ? fopen(path, "r") : NULL;
    char *text = file ? calloc(1, MAX_PEM) : NULL;

    must(!path || (text && fread(text, 1, MAX_PEM - 1, file) > 0), path ? path : "");
    if (file)
        fclose(file);
    return text;
}

static struct MHD_Daemon *start(const struct options *options)
{
    char *certificate = read_pem(options->certificate), *key = read_pem(options->key);
    struct MHD_OptionItem secrets[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, certificate}, {MHD_OPTION_HTTPS_MEM_KEY, 0, key}, {MHD_OPTION_END, 0, NULL}};
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | (certificate ? MHD_USE_TLS : 0), 0, NULL, NULL,
                         on_request, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS, MHD_OPTION_NOTIFY_COMPLETED,
                         on_completed, NULL, MHD_OPTION_ARRAY, certificate ? secrets : secrets + 2, MHD_OPTION_END);

    must(daemon, "MHD_start_daemon");
    free(certificate);
    free(key);
    return daemon;
}

int main(int argc, char **argv)
{
    struct options options = options_of(argc, argv);
    struct sigaction action = {.sa_handler = on_signal};
    int port;

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    parse_bodies = options.parse;
    speaks_tls = options.certificate != NULL;
    answer = make_answer(options.size);
    int listener = listen_on(options.port, &port);
    struct MHD_Daemon *daemon = start(&options);

    printf("listening on %d\n", port);
    fflush(stdout);
    loop(daemon, listener);

    MHD_stop_daemon(daemon);
    MHD_destroy_response(answer);
    close(listener);
    return 0;
}
