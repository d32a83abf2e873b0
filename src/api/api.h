/* Replicate's own resources. What every handler here needs, and the way in. */
#ifndef API_API_H
#define API_API_H

#include "api/origin.h"
#include "core/catalog.h"
#include "core/operation.h"
#include "core/view.h"
#include "core/world.h"
#include "http/router.h"
#include "out/worker.h"

struct api {
    struct worlds *worlds;
    struct catalog *catalog;
    struct sched *real_timers; /* on monotonic time: what must end in real seconds */
    struct worker *worker;
    struct drawings *drawings;
    struct answers *answers;
    struct bodies *bodies;
    const struct limit_tier *tier; /* --rate-limit */
    bool warned_of_prefix;         /* /v1/v1 was seen, and said */
    bool warned_of_model;          /* so was a model that is not here */
    bool accept_unknown_models;
    bool auth_required;        /* --auth required; else a request without a token is of the world "none" */
    const char *const *tokens; /* --token: NULL-terminated; empty: any token is good */
    const char *webhook_secret;
    struct origin origin; /* where the URLs in answers begin */
};

/* Every route of the API at a glance: those that need a token, and those whose URL is the key. */
extern const struct route api_routes[];
extern const struct route api_public_routes[];

/* Their operations: rules are for those that need a token. */
extern const struct operations api_operations;

/* For server_handler.admit: finds the route, looks at the token and at what the head says of the body. */
bool api_admit(struct api *api, struct exchange *exchange);

#endif
