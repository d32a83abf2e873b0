/* Whose world a request is of: its token, and whether that is one that --token and --auth let pass. */
#ifndef API_TOKEN_H
#define API_TOKEN_H

#include "api/api.h"

/* The token, also where no operation has asked for one. NULL: it is nobody's; there is none, or it is not good. Lasts as
 * long as the exchange. */
const char *token_of(const struct api *api, const struct exchange *exchange);

/* Sets exchange->token. False: there must be one that is good, and the response says so: 401. */
bool token_authenticate(const struct api *api, struct exchange *exchange);

#endif
