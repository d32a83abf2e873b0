/* /_mock/scenarios: rules, posted, listed and taken away while the server runs. */
#ifndef CONTROL_SCENARIOS_H
#define CONTROL_SCENARIOS_H

#include "http/server.h"

enum verdict scenarios_list(void *context, struct exchange *exchange);
enum verdict scenarios_post(void *context, struct exchange *exchange);
enum verdict scenarios_delete_all(void *context, struct exchange *exchange);
enum verdict scenarios_delete(void *context, struct exchange *exchange); /* the one of that name */

#endif
