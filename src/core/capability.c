#include "core/capability.h"

#include <string.h>

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";

enum {
    WORD62 = 11,      // characters of base 62 that 64 bits take, …
    WORD32 = 13,      // … and of base 32
    PURPOSE_MAX = 64, // bytes of a purpose that count
};

static void put_word(char *at, uint64_t word, const char *digits, unsigned base, int count)
{
    for (int i = count - 1; i >= 0; i--, word /= base)
        at[i] = digits[word % base];
}

static bool read_word(const char *at, uint64_t *word, const char *digits, unsigned base, int count)
{
    *word = 0;
    for (int i = 0; i < count; i++) {
        const char *digit = at[i] ? strchr(digits, at[i]) : NULL;
        if (!digit || __builtin_mul_overflow(*word, base, word) ||
            __builtin_add_overflow(*word, (uint64_t)(digit - digits), word))
            return false;
    }
    return true;
}

/* What a key consists of: the proof's two words, then the masked id's. */
static bool read_words(const char *key, uint64_t proof[2], uint64_t bits[2], const char *digits, unsigned base,
                       int count)
{
    return read_word(key, &proof[0], digits, base, count) && read_word(key + count, &proof[1], digits, base, count) &&
           read_word(key + 2 * count, &bits[0], digits, base, count) &&
           read_word(key + 3 * count, &bits[1], digits, base, count);
}

/* The proof: two words that only the holder of the secret can make for that id and purpose. */
static void make_proof(uint64_t proof[2], const struct hash_key *secret, const uint64_t id[2], const char *purpose)
{
    struct hash_key other = {secret->k1, secret->k0};
    char text[2 * sizeof(uint64_t) + PURPOSE_MAX];
    size_t len = strnlen(purpose, PURPOSE_MAX);

    memcpy(text, id, 2 * sizeof(uint64_t));
    memcpy(text + 2 * sizeof(uint64_t), purpose, len);
    proof[0] = hash_bytes(secret, text, 2 * sizeof(uint64_t) + len);
    proof[1] = hash_bytes(&other, text, 2 * sizeof(uint64_t) + len);
}

/* The id under a mask drawn from its proof, so that no two keys of one prediction look alike. Its own inverse. */
static void mask(uint64_t bits[2], const struct hash_key *secret, const uint64_t proof[2])
{
    struct hash_key other = {secret->k1, secret->k0};

    bits[0] ^= hash_bytes(secret, proof, 2 * sizeof(proof[0]));
    bits[1] ^= hash_bytes(&other, proof, 2 * sizeof(proof[0]));
}

void capability_file_key(char key[FILE_KEY_LEN + 1], const struct hash_key *secret, const char *id, const char *name)
{
    uint64_t bits[2], proof[2];

    id_bits(id, bits);
    make_proof(proof, secret, bits, name);
    mask(bits, secret, proof);
    put_word(key, proof[0], base62, 62, WORD62);
    put_word(key + WORD62, proof[1], base62, 62, WORD62);
    put_word(key + 2 * WORD62, bits[0], base62, 62, WORD62);
    put_word(key + 3 * WORD62, bits[1], base62, 62, WORD62);
    put_word(key + 4 * WORD62, proof[0] ^ bits[1], base62, 62, FILE_KEY_LEN - 4 * WORD62);
    key[FILE_KEY_LEN] = '\0';
}

bool capability_file_id(char id[ID_LEN + 1], const struct hash_key *secret, const char *key, const char *name)
{
    uint64_t bits[2], proof[2];
    char again[FILE_KEY_LEN + 1];

    if (strlen(key) != FILE_KEY_LEN || !read_words(key, proof, bits, base62, 62, WORD62))
        return false;
    mask(bits, secret, proof);
    id_from_bits(id, bits);
    capability_file_key(again, secret, id, name);
    return strcmp(again, key) == 0;
}

void capability_stream_key(char key[STREAM_KEY_LEN + 1], char tag[STREAM_TAG_LEN + 1], const struct hash_key *secret,
                           const char *id)
{
    uint64_t bits[2], proof[2];

    id_bits(id, bits);
    make_proof(proof, secret, bits, "stream");
    mask(bits, secret, proof);
    put_word(key, proof[0], base32, 32, WORD32);
    put_word(key + WORD32, proof[1], base32, 32, WORD32);
    put_word(key + 2 * WORD32, bits[0], base32, 32, WORD32);
    put_word(key + 3 * WORD32, bits[1], base32, 32, WORD32);
    key[STREAM_KEY_LEN] = '\0';
    put_word(tag, proof[0], base32, 26, STREAM_TAG_LEN);
    tag[STREAM_TAG_LEN] = '\0';
}

bool capability_stream_id(char id[ID_LEN + 1], const struct hash_key *secret, const char *tag, const char *key)
{
    uint64_t bits[2], proof[2];
    char again[STREAM_KEY_LEN + 1], its_tag[STREAM_TAG_LEN + 1];

    if (strlen(key) != STREAM_KEY_LEN || !read_words(key, proof, bits, base32, 32, WORD32))
        return false;
    mask(bits, secret, proof);
    id_from_bits(id, bits);
    capability_stream_key(again, its_tag, secret, id);
    return strcmp(again, key) == 0 && (!tag || strcmp(its_tag, tag) == 0);
}
