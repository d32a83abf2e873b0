/* The inbox: receivers of webhooks without a second server. Each world has its own inboxes, by name, and the whole server
 * has some for what belongs to no world. All is bounded, in an inbox and on the server: of entries the oldest go. */
#ifndef CORE_INBOX_H
#define CORE_INBOX_H

#include "base/buf.h"
#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    INBOXES_MAX = 100,           /* in a world */
    INBOX_NAME_MAX = 64,         /* bytes */
    INBOX_ENTRIES = 200,         /* in an inbox */
    INBOX_BODY_KEPT = 64 << 10,  /* bytes of an entry's body */
    INBOX_BYTES_KEPT = 64 << 20, /* of all entries on the server */
    INBOX_SCRIPT_MAX = 1000,     /* answers */
};

/* All entries of a server, whosever they are. */
struct received {
    struct list entries; /* the newest first; of inboxes that are closed, too */
    struct list closed;  /* inboxes; their memory is freed in slices */
    size_t bytes;
};

/* Something that was received. */
struct inbox_entry {
    struct list link; /* in its inbox, the newest first */
    struct list all;  /* in `received` */
    struct inbox *inbox;
    int64_t at;
    struct buf headers; /* a JSON object */
    struct buf body;
    bool verified;
    const char *why; /* a literal; NULL: verified */
};

struct inbox {
    struct list link;
    struct inboxes *inboxes;
    char name[INBOX_NAME_MAX + 1];
    struct list entries;
    size_t entry_count;
    uint16_t *script; /* the statuses of the next answers; behind them 200 */
    size_t script_len, script_at;
    int64_t delay; /* before each answer, real nanoseconds */
};

struct inboxes {
    struct list list;
    size_t count;
    struct list link; /* in received.closed, once `closed` */
    bool closed;      /* nobody can find them any more; what they hold is not shown */
    struct received *received;
    char *world; /* its name; NULL: they are no world's */
};

/* `received` is the server's. */
struct inboxes *inboxes_new(struct received *received, const char *world);
void inboxes_free(struct inboxes *inboxes); /* NULL is fine */

void received_init(struct received *received);

/* They are gone for everybody, at once whatever they hold; inboxes_reap frees them. NULL is fine. */
void inboxes_close(struct inboxes *inboxes);

/* Frees some of those that are closed: of *budget entries it takes off what it has used. True: there is more to do. */
bool inboxes_reap(struct received *received, size_t *budget);

/* NULL: there is none of that name; with `make`: there are INBOXES_MAX already. */
struct inbox *inboxes_find(struct inboxes *inboxes, const char *name, bool make);

/* Adds an entry; headers and body are taken over. */
void inbox_receive(struct inbox *inbox, struct inbox_entry *entry);

/* The status of the answer to what was just received. */
int inbox_next_status(struct inbox *inbox);

/* Replaces the script and the delay; `script` is taken over. */
void inbox_script(struct inbox *inbox, uint16_t *script, size_t len, int64_t delay);

/* Forgets it, entries and script: an empty inbox takes no place. */
void inbox_free(struct inbox *inbox);

#endif
