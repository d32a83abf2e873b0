/* What a body and the headers of a create ask for: read, checked, refused in Replicate's own words. */
#ifndef API_CREATE_H
#define API_CREATE_H

#include "api/api.h"
#include "core/lifecycle.h"

struct create {
    struct prediction_request request;
    int64_t wait; /* of Prefer: wait, in nanoseconds; 0: none, or one that is to be ignored */
};

/* Fills *create from the exchange's request; what it points at lies in exchange->scratch. False: refused, the response
 * says why. The order of checks: JSON (400), members of the body (422), the version (422), the input (422), Cancel-After (422). */
bool create_read(struct api *api, struct exchange *exchange, struct create *create);

/* "Prefer: wait" or "wait=N", N from 1 to 60 with fractions, more counts as 60; anything else: 0, the header is
 * ignored. A wait of 60 ends at 59.5 s, because the Python clients hang up at 60. */
int64_t create_parse_prefer(const char *header);

/* "30", "30s", "5m", "1h30m45s", at least 5 s and at most 24 h. False: none of these. */
bool create_parse_cancel_after(const char *header, int64_t *ns);

#endif
