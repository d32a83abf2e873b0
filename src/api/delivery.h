/* /delivery/…: the output files. Their URLs are the key: no token is asked for. */
#ifndef API_DELIVERY_H
#define API_DELIVERY_H

#include "http/server.h"

/* GET and HEAD, whole or one range (RFC 9110, 14), with ETag and Last-Modified. */
enum verdict delivery_get(void *context, struct exchange *exchange);

#endif
