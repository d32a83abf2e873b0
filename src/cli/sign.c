#include "cli/cli.h"
#include "core/signature.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int sign_main(const struct config *config)
{
    char signature[SIGNATURE_LEN + 1];
    struct buf body = {0};

    if (!cli_read_body(&body)) {
        buf_free(&body);
        return EXIT_FAILED;
    }
    long long timestamp = config->timestamp ? strtoll(config->timestamp, NULL, 10) : (long long)time(NULL);
    signature_make(signature, config->webhook_secret, config->message_id, timestamp,
                   (struct slice){body.data, body.len});
    buf_free(&body);
    printf("webhook-id: %s\nwebhook-timestamp: %lld\nwebhook-signature: %s\n", config->message_id, timestamp,
           signature);
    if (fflush(stdout) == 0)
        return 0;
    fprintf(stderr, "replicate-mock: stdout: %s\n", strerror(errno));
    return EXIT_FAILED;
}
