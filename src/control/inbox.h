/* /_mock/inbox/{name}: a receiver of webhooks without a second server. */
#ifndef CONTROL_INBOX_H
#define CONTROL_INBOX_H

#include "http/server.h"

enum verdict inbox_post(void *context, struct exchange *exchange);   /* receives anything */
enum verdict inbox_get(void *context, struct exchange *exchange);    /* what came, the newest first */
enum verdict inbox_put(void *context, struct exchange *exchange);    /* scripts the next answers */
enum verdict inbox_delete(void *context, struct exchange *exchange); /* empties it */

#endif
