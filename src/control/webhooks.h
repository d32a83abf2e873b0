/* GET /_mock/webhooks and POST /_mock/webhooks/{id}/resend: what became of each message. */
#ifndef CONTROL_WEBHOOKS_H
#define CONTROL_WEBHOOKS_H

#include "http/server.h"

enum verdict webhooks_list(void *context, struct exchange *exchange);
enum verdict webhooks_post_resend(void *context, struct exchange *exchange);

#endif
