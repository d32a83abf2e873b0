/* GET /search: models and collections by a text. `context` is the struct api. */
#ifndef API_SEARCH_H
#define API_SEARCH_H

#include "http/server.h"

enum verdict search_get(void *context, struct exchange *exchange);

#endif
