/* What a body and the headers of a create ask for: read, checked, refused in Replicate's own words. */
#ifndef API_CREATE_H
#define API_CREATE_H

#include "api/api.h"
#include "core/lifecycle.h"

/* Which operation it is: it decides where the version comes from, and which members the body may have. */
enum create_kind {
    CREATE_BY_VERSION, /* POST /predictions: the body's `version` says */
    CREATE_BY_PATH,    /* …/predictions of an official model or a deployment: the path says, `version` is unknown */
    CREATE_TRAINING,   /* …/trainings: the path says what is trained; no Prefer and no Cancel-After */
};

struct create_from {
    enum create_kind kind;
    struct version *version; /* what the path says; NULL: it says nothing */
    const char *deployment;  /* the "owner/name" of the one that makes it; NULL: none */
};

struct create {
    struct prediction_request request;
    int64_t wait; /* of Prefer: wait, in nanoseconds; 0: none, or one that is to be ignored */
};

/* Fills *create from the exchange's request; what it points at lies in exchange->scratch. False: refused, the response
 * says why. The order of checks: JSON (400), members of the body (422), the version (422) or a training's destination
 * (404), the input (422), Cancel-After (422). */
bool create_read(struct api *api, struct exchange *exchange, const struct create_from *from, struct create *create);

/* Of a version or model that no catalog has, with --unknown-models accept what version_unlisted makes of it, in
 * exchange->scratch. Else NULL, and the log says, once, what would help. */
struct version *create_find_unlisted(struct api *api, struct exchange *exchange, const char *spec);

/* What `version` means to whoever asks: see models_resolve; else create_find_unlisted. NULL: there is none. */
struct version *create_find_version(struct api *api, struct exchange *exchange, const char *spec);

/* The 422 for a version that is not there, or not for this caller. */
void create_refuse_version(struct exchange *exchange);

/* "Prefer: wait" or "wait=N", N from 1 to 60 with fractions, more counts as 60; anything else: 0, the header is
 * ignored. A wait of 60 ends at 59.5 s, because the Python clients hang up at 60. */
int64_t create_parse_prefer(const char *header);

/* "30", "30s", "5m", "1h30m45s", at least 5 s and at most 24 h. False: none of these. */
bool create_parse_cancel_after(const char *header, int64_t *ns);

#endif
