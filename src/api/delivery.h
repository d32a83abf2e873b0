/* /delivery/…: the output files. Their URLs are the key: no token is asked for. */
#ifndef API_DELIVERY_H
#define API_DELIVERY_H

#include "api/api.h"

/* The prediction, or training, whose file that request is for, whether the file is there or not: it was routed to one of
 * the two below. NULL: none; nobody else has made the key. */
struct prediction *delivery_find(const struct api *api, const struct exchange *exchange);

/* {bucket}/{key}/{name}: GET and HEAD, whole or one range (RFC 9110, 14), with ETag and Last-Modified. A file that has
 * expired is answered as one that never was. */
enum verdict delivery_get(void *context, struct exchange *exchange);

/* {key}/{name}: the same, where the bucket stands in the host, as in older URLs. */
enum verdict delivery_get_of_bucket(void *context, struct exchange *exchange);

#endif
