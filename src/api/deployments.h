/* /deployments: made, listed, changed, run, deleted. Handlers of api_routes; `context` is the struct api. The owner is
 * always the account: no other has any. */
#ifndef API_DEPLOYMENTS_H
#define API_DEPLOYMENTS_H

#include "http/server.h"

enum verdict deployments_list(void *context, struct exchange *exchange);
enum verdict deployments_create(void *context, struct exchange *exchange); /* 200, not 201 [documented] */
enum verdict deployments_get(void *context, struct exchange *exchange);
enum verdict deployments_update(void *context, struct exchange *exchange);
enum verdict deployments_delete(void *context, struct exchange *exchange);  /* 204 */
enum verdict deployments_predict(void *context, struct exchange *exchange); /* a prediction of its release's version */

#endif
