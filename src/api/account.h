/* GET /account: who asks. The same for every token. */
#ifndef API_ACCOUNT_H
#define API_ACCOUNT_H

#include "http/server.h"

enum verdict account_get(void *context, struct exchange *exchange);

#endif
