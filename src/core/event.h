/* What happens to predictions, told to whoever watches: parked requests, advances; webhooks and streams alike. */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "base/list.h"

#include <stdint.h>

struct delivery;
struct file;
struct prediction;
struct world;

enum event_type {
    EVENT_CREATED,           /* told of those that have webhooks, read a file, or will have inlined ones */
    EVENT_PREPARED,          /* what it reads was read, or could not be; told of those alone that read a file */
    EVENT_PROCESSING,        /* starting → processing */
    EVENT_OUTPUT,            /* all output is there; the status is still `processing` */
    EVENT_GREW_OUTPUT,       /* some of it is there: told by whoever has a timer for it */
    EVENT_GREW_LOGS,         /* the same */
    EVENT_COMPLETED,         /* a terminal status was reached */
    EVENT_REMOVED,           /* input, output and logs went */
    EVENT_GONE,              /* the prediction is about to be freed: let go of it */
    EVENT_WAIT_TIMEOUT,      /* a `Prefer: wait` came to its end on the simulated clock */
    EVENT_WEBHOOK_ATTEMPT,   /* an attempt to deliver a message begins */
    EVENT_WEBHOOK_CONCLUDED, /* it was delivered, or will not be */
    EVENT_WEBHOOK_GIVEN_UP,  /* the last of several attempts has failed: told before that it is concluded */
    EVENT_FILE_EXPIRED,  /* an uploaded file is about to go after 24 hours, or a prediction's files went after one */
    EVENT_WORLD_CLOSING, /* the world is about to go, with all that is in it; its observers are forgotten after this */
};

struct event {
    enum event_type type;
    struct world *world;
    struct prediction *prediction;   /* NULL for EVENT_WORLD_CLOSING, those of webhooks and files */
    const struct delivery *delivery; /* of the events of webhooks alone */
    const struct file *file;         /* of EVENT_FILE_EXPIRED alone, where it was uploaded */
    int64_t at;                      /* simulated */
};

/* Embed it in a struct of your own, and link it with observe() to a prediction's, a world's or all worlds' list. */
struct observer {
    struct list link;
    void (*see)(struct observer *observer, const struct event *event); /* may unlink itself and others */
};

void observe(struct list *observers, struct observer *observer);
void unobserve(struct observer *observer); /* fine for one that was zero-initialised or unlinked already */

/* Tells the prediction's observers, the world's, then those of all worlds. */
void event_publish(const struct event *event);

#endif
