/* A certificate authority of this machine's own, kept in a folder, and the server's certificate that it signs: what lets
 * a client with https://api.replicate.com built in talk to us, once it trusts ca.pem.
 *
 * The folder is made, for its owner alone, on first use, and then holds
 *   ca.pem          the authority's certificate, made once: whoever trusts it trusts it for ten years
 *   ca-key.pem      its key, readable by its owner alone
 *   ca-bundle.pem   ca.pem and whom the system trusts: for clients that are given one file in place of the system's
 *   server.pem      the server's certificate, made anew when it is due or when other names are asked for
 *   server-key.pem  its key, readable by its owner alone
 * Several servers may open one folder at the same time. A folder with both files of the authority may be read-only:
 * what it lacks besides then stays in memory. The authority may vouch for few names (see certificate.h), so that whoever
 * steals its key can be nobody else. */
#ifndef TLS_AUTHORITY_H
#define TLS_AUTHORITY_H

#include <stdbool.h>
#include <stdint.h>

enum { AUTHORITY_REASON = 512 };

/* What a TLS server shows, as PEM texts. */
struct identity {
    char *certificate;
    char *key;
    bool for_host; /* authority_open's `host` is one more of its names */
};

/* Opens the folder, makes what it lacks, and fills in *identity with a certificate that is good at `now` (seconds since
 * 1970), for 90 days at least or as long as its authority, for localhost, 127.0.0.1, ::1, Replicate's names
 * (api.replicate.com, stream.replicate.com, replicate.delivery, *.replicate.delivery), `names` (NULL-terminated: host
 * names, *.names, IP addresses) and, if that can be, for `host`, where the server listens (NULL: it need not). What is
 * worth knowing besides goes into the log. False: nothing that was in the folder is changed or lost, and `reason` says in
 * one line which file is wrong, how, and what would be right. Waits 5 s at most for another process that has it open. */
bool authority_open(struct identity *identity, const char *folder, const char *const *names, const char *host,
                    int64_t now, char reason[AUTHORITY_REASON]);

/* Frees the texts. */
void identity_free(struct identity *identity);

/* Is the certificate that authority_open makes for `names` good for that host: a name, or an address without brackets? */
bool authority_speaks_for(const char *const *names, const char *host);

/* Is it a host name, a *.name or an IP address, as a certificate may have it? */
bool authority_name_is_valid(const char *name);

/* Paths of ca.pem and ca-bundle.pem in the folder, malloc'd. */
char *authority_ca_path(const char *folder);
char *authority_bundle_path(const char *folder);

#endif
