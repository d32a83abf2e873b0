/* How requests leave the process: an interface, so that tests can stand in for the network. curl_transport.c is the real
 * one. Everything happens on the loop's thread. */
#ifndef OUT_TRANSPORT_H
#define OUT_TRANSPORT_H

#include "base/buf.h"
#include "base/map.h"

#include <poll.h>
#include <stdint.h>

struct transport;
struct transfer; /* a request under way; the transport's own */

/* A POST, or a GET. All of it is copied. */
struct transport_request {
    const char *url;            /* http or https */
    const char *const *headers; /* "name: value" each, in the order in which they are sent; ends with NULL. A GET says
                                   of itself who asks and what for (User-Agent, Accept) */
    struct slice body;          /* of a POST */
    size_t max_answer;          /* 0: a POST, of whose answer only the status counts. Otherwise a GET, which follows
                                   redirects: so many bytes its answer's body may have */
    int64_t timeout;            /* real nanoseconds for all of it, connecting and redirects included */
};

struct transport_result {
    int status;        /* of the answer, whatever it is; 0: none came */
    int64_t duration;  /* real nanoseconds from its beginning */
    struct buf *body;  /* of a GET that was answered, whole, with a status below 400: `done` may take it (buf_take).
                          Else NULL: what else comes with a status of an error counts as little as with a POST */
    const char *url;   /* which was asked last: where redirects have led, escaped. NULL: none was */
    const char *error; /* why no whole answer came, in a person's words: "connection refused"; NULL: one came */
};

typedef void transfer_done(void *arg, const struct transport_result *result);

struct transport_interface {
    /* Sends it, or holds it until its receiver has room. `done` is called once, from `run`, never from here, unless it is
     * cancelled. Never NULL: what cannot even begin ends with an error. */
    struct transfer *(*submit)(struct transport *transport, const struct transport_request *request,
                               transfer_done *done, void *arg);
    /* Ends it without calling `done`. */
    void (*cancel)(struct transport *transport, struct transfer *transfer);
    /* True: no further GET begins, until it is false again. Those under way go on. */
    void (*pause)(struct transport *transport, bool pause);
    /* poll(2) that also wakes for transfers: sets `revents`, returns what poll does. Descriptors of transfers are not
     * counted. */
    int (*wait)(struct transport *transport, struct pollfd *fds, size_t count, int timeout_ms);
    /* Goes on with all transfers without waiting, and calls `done` of those that ended. True: some did. */
    bool (*run)(struct transport *transport);
    /* Cancels what is under way. NULL is fine. */
    void (*free)(struct transport *transport);
};

/* The first member of whatever implements it. */
struct transport {
    const struct transport_interface *interface;
};

#endif
