/* /_mock: the tester's hand. What every handler here needs, and the way in.
 *
 * The Authorization header names the world; without one the call is about the whole server. */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "base/json.h"
#include "core/view.h"
#include "core/world.h"
#include "http/router.h"

struct origin;

struct control {
    struct worlds *worlds;
    struct catalog *catalog;
    bool accept_unknown_models;
    const struct origin *origin; /* of whatever URLs are shown: for `base` */
    struct view_base (*base)(struct exchange *exchange, const struct origin *origin); /* those of the API, under /v1 */
    struct webhooks *webhooks;
    struct sched *real_timers; /* on monotonic time */
    const char *const *hosts; /* more names that Host may have: --host, --public-url, --control-host; NULL-terminated */
    const char *version;
    const char *webhook_secret;
    struct list moves;   /* clocks that are on their way: see clock.c */
    struct list settles; /* calls that wait for rest: see waits.c */
};

extern const struct route control_routes[];

/* For server_handler.admit: guards the door, finds the route. */
bool control_admit(struct control *control, struct exchange *exchange);

/* Goes on with what takes longer than one turn. True: there is more to do at once. */
bool control_run(struct control *control);

/* The world that the request names; NULL: it names none (token NULL), or none that exists. */
struct world *control_world(const struct control *control, const struct exchange *exchange);

/* What the world's clock shows; without a world, that of one which would be made now. */
int64_t control_now(const struct control *control, const struct world *world);

/* The body as a JSON object, in exchange->scratch; an empty body is {}. NULL: refused, the response says why. */
const cJSON *control_body(struct exchange *exchange);

/* The same, but an array will do as well. */
const cJSON *control_body_or_list(struct exchange *exchange);

/* A 422 that names the member and says what would be right. */
void control_invalid(struct exchange *exchange, const char *field, const char *description);

/* Refuses (422) a body with a member that `names` (NULL-terminated) lacks. False: refused. */
bool control_check_members(struct exchange *exchange, const cJSON *body, const char *const *names);

/* Refuses (422) a parameter that nobody asked for by target_param; `known` lists those that there are. */
bool control_check_params(struct exchange *exchange, const char *known);

/* ?name=N, from 1 to `most`; without it `fallback`. False: refused. */
bool control_count(struct exchange *exchange, const char *name, size_t most, size_t fallback, size_t *count);

/* ?limit=100: at most 1,000. False: refused. */
bool control_limit(struct exchange *exchange, size_t *limit);

/* ?timeout=5s: real time, at most 60 s, by default 5 s. False: refused. */
bool control_timeout(struct exchange *exchange, int64_t *ns);

enum verdict control_answer(struct exchange *exchange, int status); /* the body is there: JSON */

/* "2026-01-01T00:00:00Z", quoted. */
void control_put_time(struct buf *out, int64_t ns);

#endif
