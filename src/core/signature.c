#include "core/signature.h"
#include "base/chars.h"
#include "base/digest.h"
#include "base/timefmt.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    KSUID_LEN = 27,
    KSUID_WORDS = 5, // 20 bytes, as numbers of 32 bits
    KEY_MIN = 24,
    KEY_MAX = 64,
    KEY_TEXT_MAX = (KEY_MAX + 2) / 3 * 4,
    KEY_ROOM = KEY_TEXT_MAX / 4 * 3,
};

static const int64_t ksuid_epoch = 1400000000; // in seconds: 2014-05-13
static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* --- ids ------------------------------------------------------------------------------------------------ */

/* A KSUID ends in 2150 and begins in 2014; a world's clock goes further both ways. */
static uint32_t ksuid_seconds(int64_t ns)
{
    int64_t seconds = ns / NS_PER_S - ksuid_epoch;

    if (seconds < 0)
        return 0;
    return seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

void message_id(char id[MESSAGE_ID_LEN + 1], int64_t ns, struct rng *rng)
{
    uint64_t high = rng_next(rng), low = rng_next(rng);
    uint32_t words[KSUID_WORDS] = {ksuid_seconds(ns), (uint32_t)(high >> 32), (uint32_t)high, (uint32_t)(low >> 32),
                                   (uint32_t)low};
    char *digits = stpcpy(id, "msg_");

    // Long division by 62, once for each digit, the last digit first.
    for (int i = KSUID_LEN - 1; i >= 0; i--) {
        uint64_t rest = 0;
        for (int word = 0; word < KSUID_WORDS; word++) {
            uint64_t part = rest << 32 | words[word];
            words[word] = (uint32_t)(part / 62);
            rest = part % 62;
        }
        digits[i] = base62[rest];
    }
    digits[KSUID_LEN] = '\0';
}

/* --- making --------------------------------------------------------------------------------------------- */

/* The key that `secret` stands for. Returns how many bytes; 0: it is not valid. Stricter than the decoder, which skips
 * white space and what is behind the last whole group, and takes "A===". */
static size_t read_key(unsigned char key[KEY_ROOM], const char *secret)
{
    static const char prefix[] = "whsec_";
    const char *text = secret + sizeof(prefix) - 1;

    if (strncmp(secret, prefix, sizeof(prefix) - 1) != 0)
        return 0;
    size_t letters = strspn(text, base64), padding = strspn(text + letters, "="), len = letters + padding;
    if (text[len] != '\0' || padding > 2 || len % 4 != 0 || len > KEY_TEXT_MAX)
        return 0;
    long count = digest_base64_decode(key, text, len);
    return count >= KEY_MIN && count <= KEY_MAX ? (size_t)count : 0;
}

bool secret_is_valid(const char *secret)
{
    unsigned char key[KEY_ROOM];

    return read_key(key, secret) > 0;
}

static void sign(char signature[SIGNATURE_LEN + 1], const char *secret, const char *id, const char *timestamp,
                 struct slice body)
{
    unsigned char key[KEY_ROOM], mac[SHA256_BYTES];
    struct slice parts[] = {{id, strlen(id)}, {".", 1}, {timestamp, strlen(timestamp)}, {".", 1}, body};
    size_t key_len = read_key(key, secret);

    digest_hmac_sha256(mac, (struct slice){(const char *)key, key_len}, parts, sizeof(parts) / sizeof(*parts));
    digest_base64_encode(stpcpy(signature, "v1,"), mac, sizeof(mac));
}

void signature_make(char signature[SIGNATURE_LEN + 1], const char *secret, const char *id, int64_t timestamp,
                    struct slice body)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)timestamp);
    sign(signature, secret, id, text, body);
}

/* --- checking ------------------------------------------------------------------------------------------- */

/* Digits alone, and so few that differences of two do not overflow. */
static bool read_timestamp(const char *text, int64_t *seconds)
{
    size_t len = 0;

    while (char_is_digit(text[len]))
        len++;
    *seconds = len <= 18 ? strtoll(text, NULL, 10) : 0;
    return len > 0 && len <= 18 && text[len] == '\0';
}

static const char *check_timestamp(const char *timestamp, int64_t tolerance, int64_t now)
{
    int64_t seconds;

    if (!read_timestamp(timestamp, &seconds))
        return "the timestamp is no whole number of seconds since 1970";
    if (tolerance > 0 && now - seconds > tolerance)
        return "the timestamp is longer ago than the tolerance allows";
    if (tolerance > 0 && seconds - now > tolerance)
        return "the timestamp is further ahead than the tolerance allows";
    return NULL;
}

static bool is_well_formed(const char *signature, size_t len)
{
    unsigned char mac[SIGNATURE_LEN];

    return len == SIGNATURE_LEN && digest_base64_decode(mac, signature + 3, len - 3) == SHA256_BYTES;
}

/* As text, for that is how the JavaScript client compares: base64 that another decoder would let pass does not fit. */
const char *signature_check(const char *header, const char *secret, const char *id, const char *timestamp,
                            struct slice body, int64_t tolerance, int64_t now)
{
    char right[SIGNATURE_LEN + 1];
    const char *reason = check_timestamp(timestamp, tolerance, now);

    if (reason)
        return reason;
    sign(right, secret, id, timestamp, body);
    reason = "no signature of version v1";
    for (size_t len; *header; header += len) {
        header += strspn(header, " ");
        len = strcspn(header, " ");
        if (len < 3 || memcmp(header, "v1,", 3) != 0)
            continue;
        if (len == SIGNATURE_LEN && memcmp(header, right, len) == 0)
            return NULL;
        reason = is_well_formed(header, len)
                     ? "the signature does not match: it is of another secret, id, timestamp or body"
                     : "the signature does not match: it is not the base64 of 32 bytes";
    }
    return reason;
}
