/* The versions of a model: list, get, delete. Handlers of api_routes; `context` is the struct api. */
#ifndef API_MODEL_VERSIONS_H
#define API_MODEL_VERSIONS_H

#include "http/server.h"

enum verdict model_versions_list(void *context, struct exchange *exchange);
enum verdict model_versions_get(void *context, struct exchange *exchange);
enum verdict model_versions_remove(void *context, struct exchange *exchange);

#endif
