/* Webhooks: which events of a prediction become messages, when they are sent and sent again. Policy only: how they travel
 * is the transport's, what is remembered of them core/delivery's.
 *
 * The rules (documentation of Replicate; where it leaves off, docs/fidelity.md; what a scenario changes of them,
 * out/outbox.h):
 *   - `start` when processing begins; `output` and `logs` as they grow, together at most once in 500 ms, each with all
 *     there is by then; `completed` at the end. Output that comes with the end is told by the one message of the end.
 *   - Without webhook_events_filter: output and completed.
 *   - One message of a prediction is under way at a time, in the order of the events.
 *   - Only that of the end is sent again: after a failed connection, 10 s without an answer, a 4xx or 5xx; 1, 3, 7, 15,
 *     31 and 60 s after the completion, or when the attempt before has ended if that is later. A redirect is a failure, and
 *     final. */
#ifndef OUT_WEBHOOK_H
#define OUT_WEBHOOK_H

#include "core/world.h"
#include "out/transport.h"

struct webhooks;
struct delivery;

/* Watches all worlds of `worlds` from now on. `secret` (whsec_…) must stay; both are the caller's, and so is the
 * transport. */
struct webhooks *webhooks_new(struct worlds *worlds, struct transport *transport, const char *secret);

/* Closes all worlds and frees what was theirs: what is under way is cancelled, and logged as not delivered. NULL is
 * fine. */
void webhooks_free(struct webhooks *webhooks);

/* Sends it once more, with a new timestamp, whatever became of it, and signed right whatever a scenario says. False: it is
 * pending already, or it never had a body to send (filtered, dropped). */
bool webhooks_resend(struct webhooks *webhooks, struct delivery *delivery);

/* Attempts under way. */
size_t webhooks_in_flight(const struct webhooks *webhooks);

#endif
