/* SipHash-2-4, the keyed hash of Aumasson and Bernstein: for tables that strangers fill, and for what must be
 * unguessable yet derivable (stream and delivery keys, the generator of ids). */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
    uint64_t k0, k1;
};

uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t len);

/* A generator: output i is the hash of i. Whoever does not know the key cannot guess the next from the last. */
struct rng {
    struct hash_key key;
    uint64_t count;
};

uint64_t rng_next(struct rng *rng);

/* A key that is a function of `key` and `text` alone: one for each purpose and each world. */
struct hash_key hash_derive(const struct hash_key *key, const char *text);

#endif
