#include "core/account.h"

void account_put(struct buf *out)
{
    // example.com: the URLs are to be URLs, and to lead to nobody.
    buf_lit(out, "{\"type\":\"user\",\"username\":\"" ACCOUNT_USERNAME "\",\"name\":\"Replicate Mock\","
                 "\"github_url\":\"https://example.com/" ACCOUNT_USERNAME "\","
                 "\"avatar_url\":\"https://example.com/" ACCOUNT_USERNAME ".png\"}");
}
