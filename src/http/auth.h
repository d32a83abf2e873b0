/* Who asks: the Authorization header. */
#ifndef HTTP_AUTH_H
#define HTTP_AUTH_H

#include "http/request.h"

enum { TOKEN_MAX = 1024 };

/* The token of `Authorization: Bearer T` or `Token T`, in any case of the word. NULL: there is none. Points into the
 * request. */
const char *auth_token(const struct request *request);

#endif
