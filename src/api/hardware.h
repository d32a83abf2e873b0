/* GET /hardware: what models and deployments may run on. */
#ifndef API_HARDWARE_H
#define API_HARDWARE_H

#include "http/server.h"

enum verdict hardware_list(void *context, struct exchange *exchange);

#endif
