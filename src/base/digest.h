/* Digests and base64. The only file that knows GnuTLS. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/map.h"

#include <stddef.h>

enum { MD5_HEX = 33, SHA256_HEX = 65 }; /* with the NUL */
enum { SHA256_BYTES = 32 };

void digest_md5_hex(char hex[MD5_HEX], const void *bytes, size_t len);
void digest_sha256_hex(char hex[SHA256_HEX], const void *bytes, size_t len);

/* HMAC-SHA256 of the parts, one behind the other as if they were one text. */
void digest_hmac_sha256(unsigned char mac[SHA256_BYTES], struct slice key, const struct slice *parts, size_t count);

/* Decodes the first `len` characters of standard base64, cut down to whole groups of four, into `bytes`, which has
 * room for `len` / 4 * 3. White space is skipped. Returns how many bytes; -1 where another character is not base64's. */
long digest_base64_decode(unsigned char *bytes, const char *text, size_t len);

/* Writes standard base64, padded, and a NUL: (len + 2) / 3 * 4 + 1 characters. */
void digest_base64_encode(char *text, const void *bytes, size_t len);

#endif
