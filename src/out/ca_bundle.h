/* Whom this machine trusts: its bundle of certificates, one file. */
#ifndef OUT_CA_BUNDLE_H
#define OUT_CA_BUNDLE_H

/* That of SSL_CERT_FILE, or where distributions keep theirs. NULL: none can be read. Not to be freed. */
const char *ca_bundle_find(void);

#endif
