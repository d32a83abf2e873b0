/* Whose turn it is to be sent to. A receiver is a scheme, a host and a port; each has a queue of its own, first in,
 * first out, and these are served in turn: a dead receiver with thousands in its queue holds nobody up but itself. Only
 * as many dead ones as fill all places together do, until their timeouts make room. */
#ifndef OUT_RECEIVERS_H
#define OUT_RECEIVERS_H

#include "base/list.h"
#include "base/map.h"

/* There is one as long as something waits for it or is under way to it. */
struct receiver {
    bool is_near;     /* on this machine or its network: whatever proxy the environment names does not know it */
    const char *host; /* of host_len bytes, in lower case; IPv6 in brackets */
    size_t host_len;
    int under_way;
    struct list ready;   /* in receivers->ready while it has room and something waits */
    struct list waiting; /* the links of what waits */
    size_t key_len;
    char key[]; /* "http://host:port" */
};

struct receivers {
    int most, most_each; /* places: of all, of one receiver */
    struct map by_key;
    struct list ready; /* first: whose turn it is */
    int under_way;
};

void receivers_init(struct receivers *receivers, int most, int most_each);
void receivers_free(struct receivers *receivers); /* when all have left */

/* Puts the link at the end of a receiver's queue. All three in the form in which URLs have them. */
struct receiver *receivers_join(struct receivers *receivers, struct list *link, const char *scheme, const char *host,
                                const char *port);

/* Takes out the link whose turn it is and counts it as under way; NULL: nobody may be sent to now. */
struct list *receivers_next(struct receivers *receivers);

/* Takes out a link that waits, or ends one that is under way. The receiver may be gone afterwards. */
void receivers_leave(struct receivers *receivers, struct receiver *receiver, struct list *link, bool under_way);

#endif
