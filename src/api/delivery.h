/* /delivery/…: the output files. Their URLs are the key: no token is asked for. */
#ifndef API_DELIVERY_H
#define API_DELIVERY_H

#include "http/server.h"

/* {bucket}/{key}/{name}: GET and HEAD, whole or one range (RFC 9110, 14), with ETag and Last-Modified. A file that has
 * expired is answered as one that never was. */
enum verdict delivery_get(void *context, struct exchange *exchange);

/* {key}/{name}: the same, where the bucket stands in the host, as in older URLs. */
enum verdict delivery_get_of_bucket(void *context, struct exchange *exchange);

#endif
