#include "tls/ca_bundle.h"
#include "base/log.h"
#include "tls/folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define END_LINE "-----END CERTIFICATE-----\n"

/* Where, in a bundle of ours, the system's begins. Text between certificates is for people; every reader skips it. */
#define MARK "# Above: replicate-mock's own. Below: those of the system.\n"

static const char *find_of_system(void)
{
    static const char *const bundles[] = {"/etc/ssl/certs/ca-certificates.crt", // Debian, Alpine, Arch
                                          "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora
                                          "/etc/ssl/cert.pem"};                 // macOS

    for (size_t i = 0; i < sizeof(bundles) / sizeof(*bundles); i++)
        if (access(bundles[i], R_OK) == 0)
            return bundles[i];
    return NULL;
}

const char *ca_bundle_find(const char *own)
{
    const char *asked = getenv("SSL_CERT_FILE");

    if (own && access(own, R_OK) == 0)
        return own;
    return asked && access(asked, R_OK) == 0 ? asked : find_of_system();
}

/* NULL: there is none. To be freed. */
static char *read_bundle(const char *path)
{
    static const struct folder here = {.path = "", .fd = AT_FDCWD};
    char reason[FOLDER_REASON];
    struct folder_file file = {0};

    if (path && folder_read(&here, path, CA_BUNDLE_MOST, &file, reason) > FOLDER_LACKS)
        log_warn("%s", reason);
    return file.text;
}

/* What in a bundle is the system's: all of it, or what is behind the mark where our own certificate alone is above. */
static const char *part_of_system(const char *text)
{
    const char *end = strstr(text, END_LINE), *mark = strstr(text, MARK);

    return end && mark == end + strlen(END_LINE) ? mark + strlen(MARK) : text;
}

void ca_bundle_write(struct buf *bundle, const char *authority)
{
    char *text = read_bundle(ca_bundle_find(NULL));

    if (text && strcmp(text, authority) == 0) { // SSL_CERT_FILE is our ca.pem: for a client that needs nobody else
        free(text);
        text = read_bundle(find_of_system());
    }
    buf_str(bundle, authority);
    buf_lit(bundle, MARK);
    if (text)
        buf_str(bundle, part_of_system(text));
    else
        log_warn("no bundle of certificates was found on this system: ca-bundle.pem holds our own authority alone. "
                 "SSL_CERT_FILE can name one");
    free(text);
}
