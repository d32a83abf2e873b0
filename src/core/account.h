/* The account behind every token: the real API has many, here each token is its own world under one and the same name. */
#ifndef CORE_ACCOUNT_H
#define CORE_ACCOUNT_H

#include "base/buf.h"

/* Owner of what a token makes: models, deployments. */
#define ACCOUNT_USERNAME "replicate-mock"

/* Appends it as GET /v1/account answers it: {"type","username","name","github_url","avatar_url"}. Python 1.x needs the
 * first three, Swift needs the URLs to be URLs. */
void account_put(struct buf *out);

#endif
