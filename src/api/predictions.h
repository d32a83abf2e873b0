/* Predictions: list, create, get, cancel. Handlers of api_routes; `context` is the struct api. */
#ifndef API_PREDICTIONS_H
#define API_PREDICTIONS_H

#include "api/create.h"

/* Creates what the exchange's body asks for, and answers it as the gateway does: 201, or as `Prefer: wait` has it. */
enum verdict predictions_start(struct api *api, struct exchange *exchange, const struct create_from *from);

/* The prediction or training of the request's first parameter, if it is the caller's. NULL: there is none. */
struct prediction *predictions_find(const struct api *api, const struct exchange *exchange);

enum verdict predictions_list(void *context, struct exchange *exchange);
enum verdict predictions_create(void *context, struct exchange *exchange);
enum verdict predictions_create_official(void *context, struct exchange *exchange);   /* /models/{owner}/{name}/… */
enum verdict predictions_create_by_version(void *context, struct exchange *exchange); /* /models/{version}/…: litellm */
enum verdict predictions_get(void *context, struct exchange *exchange);
enum verdict predictions_cancel(void *context, struct exchange *exchange);

#endif
