/* Collections: list and get. Handlers of api_routes; `context` is the struct api. What is in them stands in
 * fixtures/collections.json. */
#ifndef API_COLLECTIONS_H
#define API_COLLECTIONS_H

#include "base/json.h"
#include "http/server.h"

enum verdict collections_list(void *context, struct exchange *exchange);
enum verdict collections_get(void *context, struct exchange *exchange);

/* All of them, an array of {"name","slug","description","full_description","models"}; in `arena`. */
const cJSON *collections_read(struct arena *arena);

/* Appends {"name","slug","description" without the brace at its end. */
void collections_begin(struct buf *out, const cJSON *collection);

#endif
