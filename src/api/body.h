/* JSON bodies: read, and held against what schema/openapi.json says of them. */
#ifndef API_BODY_H
#define API_BODY_H

#include "api/api.h"
#include "base/json.h"

/* The schemas of request bodies, each compiled when first asked for. */
struct bodies;

struct bodies *bodies_new(void);
void bodies_free(struct bodies *bodies); /* NULL is fine */

/* The request's body, parsed into exchange->scratch. NULL: it is empty, or no JSON: a 400, the response says so. */
const cJSON *body_read(struct exchange *exchange);

/* The same for whoever only looks: NULL where it is empty or no JSON, and nothing is said. Body and tree are read once,
 * whoever asks first. */
const cJSON *body_peek(struct exchange *exchange);

/* body_read, held against the component of that name ("deployment_create_request"). NULL: it breaks it: a 422 in
 * gojsonschema's words, the response says so. */
const cJSON *body_read_as(struct api *api, struct exchange *exchange, const char *component);

#endif
