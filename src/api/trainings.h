/* Trainings: create, list, get, cancel. Handlers of api_routes; `context` is the struct api. What a training is, and what
 * it leaves behind: core/training.h. */
#ifndef API_TRAININGS_H
#define API_TRAININGS_H

#include "http/server.h"

enum verdict trainings_create(void *context, struct exchange *exchange); /* /models/{owner}/{name}/versions/{id}/… */
enum verdict trainings_list(void *context, struct exchange *exchange);
enum verdict trainings_get(void *context, struct exchange *exchange);
enum verdict trainings_cancel(void *context, struct exchange *exchange);

#endif
