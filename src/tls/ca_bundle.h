/* Whom this machine trusts: its bundle of certificates, one file; and ours, which adds an authority to it. */
#ifndef TLS_CA_BUNDLE_H
#define TLS_CA_BUNDLE_H

#include "base/buf.h"

enum { CA_BUNDLE_MOST = 16 << 20 }; /* bytes of a system's */

/* The one at `own` (NULL: none), if it can be read, that of SSL_CERT_FILE, or where distributions keep theirs. NULL: none
 * can be read. Not to be freed: it lasts as long as `own`. */
const char *ca_bundle_find(const char *own);

/* Writes a bundle for SSL_CERT_FILE, which replaces whom a client trusts: `authority` (PEM), then what ca_bundle_find
 * has. That may be such a bundle already, because we set SSL_CERT_FILE for others: then it is what that one had from
 * the system. */
void ca_bundle_write(struct buf *bundle, const char *authority);

#endif
