/* X.509, by GnuTLS: the certificates of an authority and of a server, ECDSA P-256 with SHA-256. Times are seconds since
 * 1970. Where GnuTLS fails at making one (memory, or a policy of the system's against these algorithms) the program
 * ends with its reason. */
#ifndef TLS_CERTIFICATE_H
#define TLS_CERTIFICATE_H

#include "tls/names.h"

#include <stdbool.h>
#include <stdint.h>

enum { CERTIFICATE_WHY = 160 };

/* A certificate, and in most cases its key. */
struct certificate;

/* An authority of ours, for ten years. It may vouch for this machine, private networks, domains that nobody can own,
 * Replicate's, and `names`: whoever steals its key can be nobody else. `common_name` has at most 64 characters. */
struct certificate *certificate_new_authority(const char *common_name, const struct names *names, int64_t now);

/* A server's, signed by `authority`, for 397 days or as long as that lasts. There is at least one name. */
struct certificate *certificate_new_server(const struct certificate *authority, const struct names *names, int64_t now);

void certificate_free(struct certificate *certificate);

/* Reads the first certificate of a PEM text. NULL: `why` says, as the end of a sentence, what is wrong. */
struct certificate *certificate_read(const char *pem, size_t len, char why[CERTIFICATE_WHY]);

/* Reads its key. False: it is no ECDSA P-256 key in PEM without a password, or another certificate's; see `why`. */
bool certificate_read_key(struct certificate *certificate, const char *pem, size_t len, char why[CERTIFICATE_WHY]);

/* As PEM, malloc'd. */
char *certificate_pem(const struct certificate *certificate);
char *certificate_key_pem(const struct certificate *certificate); /* PKCS #8 */

int64_t certificate_begins(const struct certificate *certificate);
int64_t certificate_ends(const struct certificate *certificate);

bool certificate_is_authority(const struct certificate *certificate); /* may it sign others? */
bool certificate_is_ours(const struct certificate *certificate);      /* does its O say so? */

/* Whatever time it is. Of a certificate and itself: is it as it was when it was signed? */
bool certificate_is_signed_by(const struct certificate *certificate, const struct certificate *authority);

/* Does it speak for exactly these, in any order? */
bool certificate_has_names(const struct certificate *certificate, const struct names *names);

/* May this authority vouch for a name (as name_write writes it)? */
bool certificate_permits(const struct certificate *authority, const char *name);

#endif
