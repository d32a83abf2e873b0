/* The rate limiter: token buckets on a world's clock. "600 requests a minute for creating predictions, 3000 for all other
 * endpoints", less for an account with little credit.
 *
 * A bucket is the one moment at which it will be full again; how many tokens are in it follows from that. */
#ifndef CORE_LIMIT_H
#define CORE_LIMIT_H

#include "base/timefmt.h"

#include <stdbool.h>
#include <stdint.h>

enum limit_kind {
    LIMIT_CREATES, /* predictions.create and its like for models and deployments */
    LIMIT_OTHERS,
    LIMIT_KINDS
};

struct limit_rate {
    int64_t per_minute;
    int64_t burst; /* what a full bucket holds */
};

/* --rate-limit: how fast an account may go. */
struct limit_tier {
    bool off; /* nobody is refused */
    bool low_credit;
    struct limit_rate rates[LIMIT_KINDS];
};

/* So many predictions can an account with low credit make; then it has none. Ours: real credit goes by what a run costs. */
enum { LIMIT_LOW_CREDIT_PREDICTIONS = 20 };

/* "off", "default", "low-credit", or creates a minute: "30/min", "30/MIN", "30". False: none of these. */
bool limit_parse(const char *text, struct limit_tier *tier);

struct bucket {
    int64_t full_at; /* simulated; a time that is past: it is full, as it is at the beginning */
};

/* What the headers and bodies of an answer say. Seconds are rounded up, so at least 1 where a token is missing. */
struct limit_state {
    bool passes;
    int64_t remaining; /* whole tokens left */
    int64_t reset;     /* seconds until the bucket is full */
    int64_t retry;     /* seconds until there is a token again; 0 where it passes */
};

/* Takes a token, if there is one. `now` is the world's. */
struct limit_state limit_take(const struct limit_rate *rate, struct bucket *bucket, int64_t now);

/* The state as it is, with nothing taken. */
struct limit_state limit_look(const struct limit_rate *rate, const struct bucket *bucket, int64_t now);

#endif
