/* Digests and base64. The only file that knows GnuTLS. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum { MD5_HEX = 33, SHA256_HEX = 65 }; /* with the NUL */

void digest_md5_hex(char hex[MD5_HEX], const void *bytes, size_t len);
void digest_sha256_hex(char hex[SHA256_HEX], const void *bytes, size_t len);

/* Decodes the first `len` characters of standard base64, cut down to whole groups of four, into `bytes`, which has
 * room for `len` / 4 * 3. White space is skipped. Returns how many bytes; -1 where another character is not base64's. */
long digest_base64_decode(unsigned char *bytes, const char *text, size_t len);

#endif
