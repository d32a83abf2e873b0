/* The messages of webhooks: what was to be sent to whom, and what came of each attempt. GET /_mock/webhooks shows them;
 * out/webhook.c makes and sends them. Each world keeps its own: of those that are concluded the newest thousand. */
#ifndef CORE_DELIVERY_H
#define CORE_DELIVERY_H

#include "core/prediction.h"
#include "core/signature.h"

enum delivery_event { DELIVERY_START, DELIVERY_OUTPUT, DELIVERY_LOGS, DELIVERY_COMPLETED, DELIVERY_EVENT_COUNT };

/* "start", "output", "logs", "completed": the words of webhook_events_filter. */
const char *delivery_event_name(enum delivery_event event);

enum delivery_state {
    DELIVERY_PENDING,
    DELIVERY_DELIVERED, /* a 2xx came */
    DELIVERY_FAILED,    /* none came, and no further attempt is planned */
    DELIVERY_FILTERED,  /* webhook_events_filter leaves it out; never sent */
    DELIVERY_DROPPED,   /* never sent: a rule drops it, a later one took its place, or there was no room */
};

const char *delivery_state_name(enum delivery_state state);

enum {
    DELIVERY_ATTEMPTS_KEPT = 32, /* 7 by the schedule, 9 duplicates, and those of resends: of more the oldest go */
    DELIVERIES_KEPT = 1000,      /* concluded, in a world */
    DELIVERIES_PENDING = 10000,  /* in a world; what comes beyond is dropped */
    DELIVERY_BYTES_MAX = 256 * 1024 * 1024, /* of bodies on the server, or a quarter of --max-memory */
};

struct attempt {
    int64_t at;       /* on the world's clock */
    int64_t duration; /* real nanoseconds */
    int status;       /* of the answer; 0: none */
    char *error;      /* why it failed, in a person's words; NULL: it did not, or is under way */
};

struct worlds;
struct outbox;
struct sender;
struct transfer;

struct delivery {
    char id[MESSAGE_ID_LEN + 1]; /* webhook-id, the same in every attempt */
    char prediction_id[ID_LEN + 1];
    struct world *world;
    uint64_t serial; /* which of the server's it is */
    enum delivery_event event;
    enum delivery_state state;
    char *url;
    struct buf body;         /* as it was when the event happened; empty where nothing is to be sent */
    int64_t next_attempt_at; /* on the world's clock, not before that; 0: none is planned */
    struct attempt *attempts;
    size_t attempt_count;
    struct list link;          /* in world.deliveries, the newest first */
    struct list queued;        /* in its outbox: out/outbox.c */
    struct outbox *outbox;     /* whose order it keeps; NULL: nobody's any more */
    struct transfer *transfer; /* the attempt that is under way; NULL: none */
    struct sender *sender;     /* who made the last attempt */
};

/* A new one, pending, in the world's list; it stays the world's. Takes *body over. */
struct delivery *delivery_new(struct world *world, const struct prediction *prediction, enum delivery_event event,
                              const char *url, struct buf *body);

/* So many bytes of bodies there may be on the server: beyond, new messages are dropped; beyond a quarter of that,
 * concluded ones lose theirs. */
size_t deliveries_max_bytes(const struct worlds *worlds);

/* Notes an attempt that begins now, or a reason why there is none. It stays the delivery's. */
struct attempt *delivery_attempt(struct delivery *delivery, int64_t at);

/* Moves it to another state, and drops concluded ones of the world that are too many: the oldest, never this one. */
void delivery_become(struct delivery *delivery, enum delivery_state state);

/* Of any open world; NULL: none has that id. */
struct delivery *deliveries_find(const struct worlds *worlds, const char *id);

/* Makes worlds->by_message ready. */
void deliveries_init(struct worlds *worlds);

/* All of a world that is closed. No transfer may be under way. */
void deliveries_free(struct world *world);

#endif
