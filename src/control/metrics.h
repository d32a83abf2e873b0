/* /_mock/metrics: the whole server in numbers, as Prometheus reads them. No world has a number of its own: there may be
 * thousands of them. */
#ifndef CONTROL_METRICS_H
#define CONTROL_METRICS_H

#include "http/server.h"

enum verdict metrics_get(void *context, struct exchange *exchange);

#endif
