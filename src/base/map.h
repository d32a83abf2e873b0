/* A hash map from a byte string to a pointer. The key lives in the value and is read back from it, so an entry
 * costs 12 to 24 bytes. Open addressing, keyed hash: nobody can make it slow from outside. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/hash.h"

#include <stdbool.h>

struct slice {
    const char *data;
    size_t len;
};

struct map {
    struct slice (*key_of)(const void *value);
    struct hash_key hash;
    struct map_slot *slots;
    size_t len, cap; /* cap is a power of 2 */
};

void map_init(struct map *map, struct slice (*key_of)(const void *value), struct hash_key hash);
void map_free(struct map *map); /* the values are the caller's */

void *map_find(const struct map *map, const char *key, size_t len); /* NULL: not there */

/* Puts `value` in, in the place of one with the same key; returns that one, or NULL. */
void *map_put(struct map *map, void *value);

/* Takes out `value` itself: another value under the same key stays. False: it was not there. */
bool map_remove(struct map *map, const void *value);

#endif
