/* What has been counted since the server began, and what is open just now: for /_mock/metrics. Each is counted where it
 * happens; what anything else knows already is not counted here. A reset takes nothing back. */
#ifndef CORE_TALLY_H
#define CORE_TALLY_H

#include "core/prediction.h"

#include <stddef.h>
#include <stdint.h>

/* How attempts of webhooks have ended. */
enum tally_attempt {
    TALLY_DELIVERED,  /* with a 2xx */
    TALLY_REFUSED,    /* with any other status */
    TALLY_UNANSWERED, /* without one */
    TALLY_ATTEMPTS
};

enum {
    TALLY_SLOTS = 1024,   /* a power of 2 */
    TALLY_ROWS_MAX = 768, /* pairs of operation and status that are told apart; the rest is one */
};

struct tally {
    int64_t began;                    /* monotonic */
    uint64_t created[3];              /* by enum prediction_kind */
    uint64_t filled;                  /* and those that were finished when they came: core/past.h */
    uint64_t completed[STATUS_COUNT]; /* without these */
    uint64_t attempts[TALLY_ATTEMPTS];
    uint64_t hits;         /* of rules */
    size_t waits, streams; /* open */
    struct tally_row {
        const char *operation; /* NULL: an empty slot */
        int status;            /* 0: it went without an answer */
        uint64_t count;
    } rows[TALLY_SLOTS];
    size_t row_count;
    uint64_t other_requests; /* those of more rows than there are to be */
};

/* A request has been answered. `operation` is a literal; NULL: there is none where it was sent. */
void tally_request(struct tally *tally, const char *operation, int status);

/* Copies the rows to `rows`, which has room for TALLY_ROWS_MAX, sorted by operation, then status, each pair once. Returns how
 * many there are. */
size_t tally_requests(const struct tally *tally, struct tally_row *rows);

#endif
