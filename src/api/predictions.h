/* Predictions: list, create, get, cancel. Handlers of api_routes; `context` is the struct api. */
#ifndef API_PREDICTIONS_H
#define API_PREDICTIONS_H

#include "http/server.h"

enum verdict predictions_list(void *context, struct exchange *exchange);
enum verdict predictions_create(void *context, struct exchange *exchange);
enum verdict predictions_get(void *context, struct exchange *exchange);
enum verdict predictions_cancel(void *context, struct exchange *exchange);

#endif
