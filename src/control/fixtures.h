/* GET /_mock/fixtures/{name}: what is compiled in from fixtures/, for whoever has only the executable. */
#ifndef CONTROL_FIXTURES_H
#define CONTROL_FIXTURES_H

#include "http/server.h"

enum verdict fixtures_get(void *context, struct exchange *exchange);

#endif
