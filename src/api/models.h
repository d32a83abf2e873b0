/* Models: list, search by QUERY, create, get, update, delete, readme, examples. Handlers of api_routes; `context` is the
 * struct api. */
#ifndef API_MODELS_H
#define API_MODELS_H

#include "http/server.h"

enum verdict models_list(void *context, struct exchange *exchange);
enum verdict models_query(void *context, struct exchange *exchange);
enum verdict models_post(void *context, struct exchange *exchange);
enum verdict models_get(void *context, struct exchange *exchange);
enum verdict models_patch(void *context, struct exchange *exchange);
enum verdict models_remove(void *context, struct exchange *exchange);
enum verdict models_get_readme(void *context, struct exchange *exchange);
enum verdict models_list_examples(void *context, struct exchange *exchange);

#endif
