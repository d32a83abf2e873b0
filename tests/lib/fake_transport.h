/* A network that does what a test says: for tests in which time is virtual. Nothing is answered but by fake_answer and
 * fake_fail; the transfer's `done` is then called by the next `run`, as the real transport does it. */
#ifndef TESTS_LIB_FAKE_TRANSPORT_H
#define TESTS_LIB_FAKE_TRANSPORT_H

#include "out/transport.h"

struct fake_transfer {
    const char *url;
    const char *headers; /* a line each, "name: value\n" */
    const char *body;    /* of body_len bytes, with a NUL behind them */
    size_t body_len;
    size_t max_answer; /* 0: a POST, else a GET */
    int64_t timeout;
    uint64_t serial; /* which of all that were submitted it is, from 1 */
};

struct transport *fake_transport_new(void);

/* Those that wait for an answer, in the order in which they were submitted: 0 is the oldest. */
size_t fake_count(const struct transport *transport);
const struct fake_transfer *fake_peek(const struct transport *transport, size_t index);

/* Would a GET not begin now? Here it is taken and answered all the same. */
bool fake_paused(const struct transport *transport);

/* The next answer or failure takes this long; 0 else. */
void fake_set_duration(struct transport *transport, int64_t duration);

void fake_answer(struct transport *transport, size_t index, int status);

/* Of a GET: with these bytes as its answer's body. As with the real one there is none where the status is 400 or more, and
 * too many end in an error. */
void fake_answer_with(struct transport *transport, size_t index, int status, const void *bytes, size_t len);
void fake_fail(struct transport *transport, size_t index, const char *error);

#endif
