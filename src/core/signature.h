/* Signatures of webhooks: HMAC-SHA256 over "id.timestamp.body", as Replicate's own receivers check them. */
#ifndef CORE_SIGNATURE_H
#define CORE_SIGNATURE_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/map.h"

enum {
    MESSAGE_ID_LEN = 31, /* "msg_" and a KSUID of 27 characters */
    SIGNATURE_LEN = 47,  /* "v1," and 44 characters of base64 */
};

/* The id of a message: "msg_" and a KSUID (4 bytes of seconds since 1400000000, 16 drawn from `rng`, in base 62). */
void message_id(char id[MESSAGE_ID_LEN + 1], int64_t ns, struct rng *rng);

/* Is it "whsec_" and standard base64 of 24 to 64 bytes? Exactly one '_': Python 1.x splits there. */
bool secret_is_valid(const char *secret);

/* `secret` is valid. */
void signature_make(char signature[SIGNATURE_LEN + 1], const char *secret, const char *id, int64_t timestamp,
                    struct slice body);

/* Does one of the signatures in `header` ("v1,… v1,…", separated by spaces; other versions are ignored) fit? NULL: yes;
 * otherwise the reason in a person's words: "no signature of version v1", "the signature does not match: …". With
 * tolerance > 0 (seconds) the timestamp must not be further than that from `now`. */
const char *signature_check(const char *header, const char *secret, const char *id, const char *timestamp,
                            struct slice body, int64_t tolerance, int64_t now);

#endif
