/* The HTTP server: sockets, connections, bodies, waiting requests. Knows nothing of predictions. server.c and wire.c
 * alone know libmicrohttpd.
 *
 * An exchange is one request and its response. When the head has come in, `admit` may refuse it; when the body is
 * complete, `handle` answers it or parks it, and whoever parked it fills in the response later and wakes it. Or `handle`
 * lets it stream: the response's head goes out, and its body comes bit by bit.
 *
 * What streams is asked for more (`fill`) only when the client has taken what was there: one that does not read costs no
 * more memory than one that does, and is closed when it has taken nothing for a minute. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/request.h"
#include "http/response.h"

#include "base/list.h"

#include <stdint.h>
#include <sys/socket.h>

enum verdict {
    VERDICT_ANSWER, /* the response is filled in */
    VERDICT_PARK,   /* somebody will fill it in and call exchange_wake, or is told by `abandoned`; the body goes */
    VERDICT_STREAM, /* its head is filled in; `fill` gives the body until exchange_end, or is told by `abandoned` */
};

struct exchange;

/* How an answer is broken off. */
enum cut {
    CUT_NOTHING,
    CUT_BEFORE_HEADERS, /* the connection is closed in its place */
    CUT_MID_BODY,       /* the connection is closed when half of the body has gone out; where there is none, as above.
                         * What streams ends where exchange_end says, but its client can tell that it is not the end */
};

/* Something that comes between whoever wakes a parked exchange and its answer: it is called once, in place of waking, and
 * calls exchange_wake itself, now or later. */
struct wake_hook {
    void (*woken)(struct wake_hook *hook, struct exchange *exchange);
};

struct exchange {
    struct request request;
    struct response response;
    struct arena arena;    /* what lives as long as the exchange */
    struct arena *scratch; /* what lives as long as `admit` or `handle` run: not while the exchange is parked */
    struct buf body;       /* of the request: the server's own, handlers see it as request.body */
    size_t body_limit;     /* of this request's body; `admit` may change it */
    const void *route;     /* this and the next three are the application's: what admit found, … */
    void *context;         /* … whose it is, … */
    const char *token;     /* … who asks, … */
    void *script;          /* … and what a rule has in store for what it makes; while `handle` runs */
    void *parked_by;       /* and what the exchange waits for */
    const void *content;   /* what was made of the request's body: it lies in `scratch`, and goes with it */
    /* The client of an exchange that is parked or streams has gone: forget it. Then it is freed. */
    void (*abandoned)(struct exchange *exchange);
    /* Of one that streams: appends to response.body what there is to send next. Nothing: exchange_wake will say when. It
     * may call exchange_end. */
    void (*fill)(struct exchange *exchange);
    bool is_whole; /* of one that streams: all has been given and its end will come; a server that stops waits for it */
    enum cut cut;
    struct wake_hook *wake_hook; /* NULL: none */

    /* The server's own. */
    struct server *server;
    void *connection; /* struct MHD_Connection */
    char *raw_target;
    const char *fault; /* set by what read the head: a request that cannot be trusted */
    size_t announced;  /* bytes that the body is said to have; 0 where nothing is said */
    size_t discarded;  /* bytes of a body that nobody wants */
    size_t streamed;   /* bytes of response.body that libmicrohttpd has taken */
    enum exchange_state {
        EXCHANGE_NEW,     /* the head is not complete */
        EXCHANGE_READING, /* admitted: the body is being collected */
        EXCHANGE_REFUSED, /* the response is there; the body is read and thrown away before it is sent */
        EXCHANGE_PARKED,
        EXCHANGE_READY,     /* woken: the response is there */
        EXCHANGE_STREAMING, /* libmicrohttpd asks for the next bytes when it can send them */
        EXCHANGE_DRY,       /* it has asked, and there were none: it is suspended */
        EXCHANGE_GONE,      /* the client has left */
        EXCHANGE_SENT
    } state;
    struct list link; /* in server.hungry, parked (dry ones too), woken or spare */
};

struct server_handler {
    void *arg;
    /* The head is there. False: refused, the response is filled in. */
    bool (*admit)(void *arg, struct exchange *exchange);
    enum verdict (*handle)(void *arg, struct exchange *exchange);
    /* The request is bad HTTP: fills in a response for that sentence. */
    void (*malformed)(void *arg, struct exchange *exchange, const char *why);
    /* The body is larger than body_limit: fills in a response. */
    void (*too_large)(void *arg, struct exchange *exchange);
    /* More bodies are coming in at once than there shall be memory for: fills in a response. */
    void (*overloaded)(void *arg, struct exchange *exchange);
};

/* Connections at most: what the system allows in open files, raised as far as it goes, less what we need ourselves. */
struct server *server_new(const struct server_handler *handler, size_t body_limit);

/* Ways in. Whoever comes by the second speaks TLS first; the rest is the same. */
enum door { DOOR_HTTP, DOOR_HTTPS, DOORS };

/* Opens DOOR_HTTPS, with a certificate and its key as PEM texts, which are not needed afterwards. False: the library does
 * not take them. Without it nothing of TLS is made ready. */
bool server_speak_tls(struct server *server, const char *certificate, const char *key);

/* Listens at host (an address or a name; every address of it) and port (0: a free one), once a door. Returns the port;
 * -1: failed, and `reason` says why. */
int server_listen(struct server *server, enum door door, const char *host, int port, char reason[256]);

/* Takes a connected, non-blocking stream socket as if it had been accepted. False: it was closed instead. */
bool server_adopt(struct server *server, enum door door, int fd, const struct sockaddr *address, socklen_t len);

int server_fd(const struct server *server); /* readable when server_turn has something to do */

/* In how many milliseconds server_turn wants to be called even so; -1: never. */
int server_timeout_ms(const struct server *server);

/* Accepts, reads, calls the handler, writes: all that can be done without waiting. `now` is monotonic, nanoseconds.
 * True: at least one exchange went on. */
bool server_turn(struct server *server, int64_t now);

/* A 200 that is sent again and again, made once: put it into response.ready_made in place of all else. It has the
 * response's type and headers, and takes over the bytes of its body. It may be freed while it is being sent. */
struct ready_made *ready_made_new(struct response *response);
void ready_made_free(struct ready_made *made); /* NULL is fine */

/* The server is stopping: what it sends now ends its connection, and must be able to say so. */
bool server_is_draining(const struct server *server);

/* Calls `see` for each header of the request, as it was sent; in the handler alone. */
void exchange_each_header(struct exchange *exchange, void (*see)(void *arg, const char *name, const char *value),
                          void *arg);

/* Hands the request's body over to the handler, who is about to park the exchange: from here on nobody else counts or
 * frees it, and the request has none. */
struct buf exchange_take_body(struct exchange *exchange);

/* The response of a parked exchange is there, or more of one that streams; it is sent in the next server_turn. A parked
 * one that has `fill` begins to stream. */
void exchange_wake(struct exchange *exchange);

/* What is in response.body of an exchange that streams is the last of it. Neither `fill` nor `abandoned` is called any
 * more. */
void exchange_end(struct exchange *exchange);

size_t server_connections(const struct server *server);

/* Stops accepting; from now on every response ends its connection. What streams and has nothing to send is cut off, so
 * that its client can tell: it has not come to its end; unless it is whole. */
void server_drain(struct server *server);

/* True: a request has begun and is not answered yet. */
bool server_busy(const struct server *server);

/* Closes everything; parked exchanges are abandoned. NULL is fine. */
void server_free(struct server *server);

#endif
