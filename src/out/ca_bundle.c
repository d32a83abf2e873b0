#include "out/ca_bundle.h"

#include <stdlib.h>
#include <unistd.h>

const char *ca_bundle_find(void)
{
    const char *bundles[] = {getenv("SSL_CERT_FILE"),
                             "/etc/ssl/certs/ca-certificates.crt", // Debian, Alpine, Arch
                             "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora
                             "/etc/ssl/cert.pem"};                 // macOS

    for (size_t i = 0; i < sizeof(bundles) / sizeof(*bundles); i++)
        if (bundles[i] && access(bundles[i], R_OK) == 0)
            return bundles[i];
    return NULL;
}
