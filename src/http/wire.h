/* What server.c, wire.c and wire_send.c share, for them alone: the files that know libmicrohttpd. server.c has the
 * connections and the turn, wire.c the life of an exchange as libmicrohttpd calls it, wire_send.c what goes out. */
#ifndef HTTP_WIRE_H
#define HTTP_WIRE_H

#include "http/intake.h"
#include "http/listen.h"
#include "http/server.h"

#include <microhttpd.h>

/* A daemon of libmicrohttpd speaks plain HTTP or TLS: one for each. */
struct way_in {
    struct server *server;
    struct MHD_Daemon *daemon; /* NULL: this door is shut */
    struct listeners listeners;
    size_t handshakes;  /* connections that have not begun a request: of TLS alone */
    int due;            /* runs of the daemon, whatever it says: something has come for it */
    int empty_runs;     /* of it, one after another in this turn */
    int64_t rested;     /* monotonic, nanoseconds: when it may run again without cause */
    size_t connections; /* that came in by it */
};

struct server {
    struct server_handler handler;
    struct way_in doors[DOORS];
    struct tickets *tickets;   /* of TLS sessions, to go on with one; NULL: no TLS */
    int epoll;                 /* the daemons' epolls, the listeners, and every connection, for its client's leaving */
    size_t max_connections;    /* by both doors */
    size_t begun;              /* exchanges whose request has begun and is not over */
    struct intake intake;      /* what is in the bodies of these */
    struct list hungry;        /* exchanges a piece of which has come just now, and whose end has not */
    struct list parked, woken; /* exchanges that wait for somebody; that are to be resumed */
    struct list spare;         /* exchanges kept for reuse */
    size_t spare_count;
    struct arena scratch; /* exchange.scratch of whichever is being handled */
    size_t progress;      /* counts our own callbacks: whether an MHD_run did anything */
    bool draining;
};

/* A connection: what libmicrohttpd's own struct cannot tell us. Its socket context. */
struct connection {
    struct MHD_Connection *mhd;
    struct way_in *door;
    struct exchange *exchange; /* whose request has begun and is not over; NULL: none */
    bool greeted;              /* its first request has begun: over TLS its handshake is done */
    bool client_left;          /* it has closed its side, wholly or in part */
};

/* Puts the response on the wire: whole, as a stream, broken off or not at all, as the exchange has it. The one function
 * that does. MHD_NO: the connection ends without it. */
enum MHD_Result wire_send(struct exchange *exchange);

/* Tells the application that the exchange is finished, unless it knows. */
void wire_finished(struct exchange *exchange, int status);

/* The exchange waits in that state; wire_abandon at once, where its client has gone. */
void wire_suspend(struct exchange *exchange, enum exchange_state state);

/* Tells whoever parked the exchange, or fills it, that its client has gone. */
void wire_let_go(struct exchange *exchange);

/* What a connection may take to say nothing, in seconds (parked ones are not hit). */
enum { IDLE_S = 60 };

/* For MHD_start_daemon; all take the struct server as `arg`. */
void *wire_on_request_line(void *arg, const char *uri, struct MHD_Connection *mhd);
size_t wire_leave_escaped(void *arg, struct MHD_Connection *mhd, char *text);
enum MHD_Result wire_on_access(void *arg, struct MHD_Connection *mhd, const char *url, const char *method,
                               const char *version, const char *bytes, size_t *len, void **context);
void wire_on_completed(void *arg, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode how);

/* The client has closed its side: whoever is parked is abandoned, an answer under way still goes out. */
void wire_client_left(struct connection *connection);

/* Tells whoever parked the exchange to forget it, and has its connection ended. The same where it streams and has nothing
 * to send; fine for any other. */
void wire_abandon(struct exchange *exchange);

int wire_fd(const struct exchange *exchange);
struct way_in *wire_door(const struct exchange *exchange);
bool wire_is_tls(const struct way_in *door);
void wire_exchange_over(struct exchange *exchange);    /* its memory is kept for another, or freed */
void wire_exchange_destroy(struct exchange *exchange); /* its memory is freed */

#endif
