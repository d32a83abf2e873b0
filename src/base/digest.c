#include "base/digest.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void to_hex(char *hex, const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        *hex++ = "0123456789abcdef"[bytes[i] >> 4];
        *hex++ = "0123456789abcdef"[bytes[i] & 15];
    }
    *hex = '\0';
}

void digest_md5_hex(char hex[MD5_HEX], const void *bytes, size_t len)
{
    unsigned char sum[16] = {0};

    gnutls_hash_fast(GNUTLS_DIG_MD5, bytes, len, sum); // for an ETag, as the real files have it: not for safety
    to_hex(hex, sum, sizeof(sum));
}

void digest_sha256_hex(char hex[SHA256_HEX], const void *bytes, size_t len)
{
    unsigned char sum[32] = {0};

    gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, len, sum);
    to_hex(hex, sum, sizeof(sum));
}

/* GnuTLS refuses only where memory is out or a system-wide policy forbids SHA-256: then nothing that is signed here
 * would be right, and to say so at once is better than a signature of zeros. */
static void check(int code)
{
    if (code == GNUTLS_E_SUCCESS)
        return;
    fprintf(stderr, "replicate-mock: GnuTLS: %s\n", gnutls_strerror(code));
    abort();
}

void digest_hmac_sha256(unsigned char mac[SHA256_BYTES], struct slice key, const struct slice *parts, size_t count)
{
    gnutls_hmac_hd_t hmac;

    check(gnutls_hmac_init(&hmac, GNUTLS_MAC_SHA256, key.data, key.len));
    for (size_t i = 0; i < count; i++)
        check(gnutls_hmac(hmac, parts[i].data, parts[i].len));
    gnutls_hmac_deinit(hmac, mac);
}

long digest_base64_decode(unsigned char *bytes, const char *text, size_t len)
{
    gnutls_datum_t encoded = {(unsigned char *)(size_t)text, (unsigned int)(len / 4 * 4)};
    gnutls_datum_t decoded = {0};

    if (encoded.size == 0)
        return 0;
    if (gnutls_base64_decode2(&encoded, &decoded) != GNUTLS_E_SUCCESS)
        return -1;
    if (decoded.size > 0)
        memcpy(bytes, decoded.data, decoded.size);
    gnutls_free(decoded.data);
    return (long)decoded.size;
}

void digest_base64_encode(char *text, const void *bytes, size_t len)
{
    gnutls_datum_t plain = {(unsigned char *)(size_t)bytes, (unsigned int)len};
    gnutls_datum_t encoded = {0};

    check(gnutls_base64_encode2(&plain, &encoded));
    memcpy(text, encoded.data, encoded.size);
    text[encoded.size] = '\0';
    gnutls_free(encoded.data);
}
