/* Why no answer came, in a person's words: they stand in the list of deliveries, where somebody looks who wonders why
 * his webhook was not called. */
#ifndef OUT_FAILURE_H
#define OUT_FAILURE_H

#include <stddef.h>
#include <stdint.h>

enum failure_cause {
    FAILED_OTHERWISE,
    FAILED_URL,
    FAILED_REDIRECT,  /* the URL that a redirect leads to cannot be used */
    FAILED_REDIRECTS, /* more than `most` */
    FAILED_TO_RESOLVE,
    FAILED_TO_CONNECT,
    FAILED_TO_SEND_OR_RECEIVE,
    FAILED_IN_TIME,
    FAILED_WITHOUT_ANSWER, /* closed */
    FAILED_AMID_ANSWER,    /* closed */
    FAILED_TOO_LARGE,      /* more than `most` bytes */
    FAILED_NOT_HTTP,
    FAILED_ODD_HTTP,
    FAILED_HANDSHAKE,
    FAILED_VERIFICATION,
};

/* How far it had come. */
enum failure_stage { STAGE_ANY, STAGE_RESOLVING, STAGE_CONNECTING, STAGE_HANDSHAKE, STAGE_WAITING, STAGE_ANSWERING };

struct failure {
    enum failure_cause cause;
    enum failure_stage stage;
    long os_error;    /* errno, where there is one */
    long certificate; /* what is wrong with it: bits of gnutls_certificate_status_t */
    const char *said; /* the library's own words */
    const char *host; /* of host_len bytes */
    size_t host_len;
    int64_t limit; /* nanoseconds */
    size_t most;   /* bytes, redirects */
};

char *failure_text(const struct failure *failure); /* to be freed */

#endif
