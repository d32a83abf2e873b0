/* What is on its way to one receiver of one prediction: messages, one at a time and in order, the one of the end sent again
 * where it fails; and what a rule has them suffer (`webhook` of a scenario).
 *
 *   - `delay`: the first attempt of each comes that much later, on the simulated clock. The schedule by which the message of
 *     the end is sent again is moved by it as a whole.
 *   - `duplicate`: a message is sent so many times, one after the other: that of the end from its first 2xx on, any other
 *     whatever the answers. One 2xx among them, and it is delivered.
 *   - `reorder`: a message is held until the one that follows it was delivered or given up: the last comes first.
 *   - `bad_signature`: each is signed as if its body were shorter by its last byte.
 *   - `drop` is not looked at here: what is dropped does not come here. */
#ifndef OUT_OUTBOX_H
#define OUT_OUTBOX_H

#include "core/delivery.h"
#include "core/script.h"
#include "core/world.h"
#include "out/transport.h"

/* Makes attempts; one for all. */
struct sender {
    struct transport *transport;
    const char *secret;
    size_t in_flight; /* attempts under way */
};

/* Embed it. */
struct outbox {
    struct sender *sender;
    struct world *world;
    struct script_webhook rule; /* what they suffer: of the script only this, which may hold megabytes and go earlier */
    struct list queue;          /* deliveries, the first under way or waiting for its next attempt */
    struct timer next;          /* that attempt */
    size_t retried;
    int64_t completed_at;                   /* what the schedule counts from */
    bool released;                          /* what a rule held in order to reorder it may go */
    bool complete;                          /* no more messages will come */
    void (*emptied)(struct outbox *outbox); /* it is complete, and empty: it may be freed. NULL: nobody asks */
};

/* `script` NULL: nothing goes wrong. It is not held. */
void outbox_init(struct outbox *outbox, struct sender *sender, struct world *world, const struct script *script);

/* Forgets what is in it, which is under way no more, and frees nothing but its own. */
void outbox_free(struct outbox *outbox);

/* Takes the message in, and sends it when its turn comes. `last`: it is known that none will follow it. */
void outbox_put(struct outbox *outbox, struct delivery *delivery, bool last);

/* Nothing further will be put in: what was held goes out. Calls `emptied`, now or later. */
void outbox_complete(struct outbox *outbox);

/* An attempt of a message that is in no outbox any more, whatever rule there was: nothing follows from it but its state. */
void sender_send(struct sender *sender, struct delivery *delivery);

/* Breaks off the attempt that is under way. */
void sender_cancel(struct delivery *delivery);

/* Tells the observers of the world, at its present instant. */
void outbox_publish(const struct delivery *delivery, enum event_type type);

#endif
