#include "api/account.h"
#include "api/reply.h"
#include "core/account.h"

enum verdict account_get(void *context, struct exchange *exchange)
{
    (void)context;
    account_put(&exchange->response.body);
    return reply_json(exchange, 200);
}
