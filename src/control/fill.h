/* /_mock/predictions: what a world holds, and what is put into it. */
#ifndef CONTROL_FILL_H
#define CONTROL_FILL_H

#include "http/server.h"

/* All predictions of the world, or of all worlds: the newest first, each as GET /v1/predictions/{id} shows it. */
enum verdict fill_list(void *context, struct exchange *exchange);

/* Puts finished ones into the world, one object or an array of them, all or none: 201 {"ids":[…]}, in their order. */
enum verdict fill_post(void *context, struct exchange *exchange);

#endif
