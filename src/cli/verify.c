#include "base/timefmt.h"
#include "cli/cli.h"
#include "core/signature.h"

#include <stdio.h>
#include <time.h>

int verify_main(const struct config *config)
{
    // Timestamps are whole seconds: a part of one more is one more, and never 0, which would take any.
    int64_t tolerance = (config->tolerance + NS_PER_S - 1) / NS_PER_S;
    struct buf body = {0};
    bool has_body = cli_read_body(&body);
    const char *reason = NULL;

    if (has_body)
        reason = signature_check(config->signature, config->webhook_secret, config->message_id, config->timestamp,
                                 (struct slice){body.data, body.len}, tolerance, time(NULL));
    buf_free(&body);
    if (reason)
        fprintf(stderr, "replicate-mock: %s\n", reason);
    return has_body && !reason ? 0 : EXIT_FAILED;
}
