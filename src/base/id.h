/* Identifiers. The only file that knows libuuid. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/hash.h"

#include <stdbool.h>

enum { ID_LEN = 26 }; /* of a prediction's id, without the NUL */

/* A key from the system's randomness, through libuuid: what a generator starts from. */
struct hash_key id_random_key(void);

/* A prediction's id as Replicate makes them since 2024: the 32-bit words of a UUIDv7 in the order 3, 1, 0, 2, in
 * Crockford's base32, lower case. `ms` (since 1970) can be read back out of it, as from the real ones. */
void id_prediction(char id[ID_LEN + 1], int64_t ms, struct rng *rng);

/* Is it an id by its form: 26 characters of Crockford's alphabet, the two bits of padding zero? */
bool id_is_valid(const char *id);

/* Could it ever have been one: 26 small letters and digits? "Old ids" are of another alphabet, `[a-z2-7]{26}`. */
bool id_is_possible(const char *id);

/* The 128 bits behind an id that id_is_valid, and back. Of one that only id_is_possible they are a digest, from which there
 * is no way back. */
void id_bits(const char *id, uint64_t bits[2]);
void id_from_bits(char id[ID_LEN + 1], const uint64_t bits[2]);

enum { UUID_TEXT = 37 }; /* with the NUL */

/* The random UUID (version 4) of that number: a function of both, so that it need not be stored. */
void id_uuid(char text[UUID_TEXT], const struct hash_key *key, uint64_t number);

#endif
