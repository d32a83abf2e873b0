#include "base/map.h"
#include "base/mem.h"

#include <stdlib.h>

struct map_slot {
    void *value; /* NULL: free */
    uint32_t hash;
};

enum { MIN_CAP = 16 };

void map_init(struct map *map, struct slice (*key_of)(const void *value), struct hash_key hash)
{
    *map = (struct map){.key_of = key_of, .hash = hash};
}

void map_free(struct map *map)
{
    free(map->slots);
    map->slots = NULL;
    map->len = map->cap = 0;
}

static uint32_t hash_of(const struct map *map, const char *key, size_t len)
{
    return (uint32_t)hash_bytes(&map->hash, key, len);
}

/* The slot of that key, or the free one where it would go. There is always a free one. */
static struct map_slot *probe(const struct map *map, uint32_t hash, const char *key, size_t len)
{
    for (size_t i = hash & (map->cap - 1);; i = (i + 1) & (map->cap - 1)) {
        struct map_slot *slot = &map->slots[i];
        if (!slot->value)
            return slot;
        if (slot->hash != hash)
            continue;
        struct slice other = map->key_of(slot->value);
        if (other.len == len && memcmp(other.data, key, len) == 0)
            return slot;
    }
}

static void rehash(struct map *map, size_t cap)
{
    struct map_slot *old = map->slots;
    size_t old_cap = map->cap;

    map->slots = xcalloc(cap, sizeof(*map->slots));
    map->cap = cap;
    for (size_t i = 0; i < old_cap; i++) {
        if (!old[i].value)
            continue;
        struct slice key = map->key_of(old[i].value);
        *probe(map, old[i].hash, key.data, key.len) = old[i];
    }
    free(old);
}

void *map_find(const struct map *map, const char *key, size_t len)
{
    return map->len > 0 ? probe(map, hash_of(map, key, len), key, len)->value : NULL;
}

void *map_put(struct map *map, void *value)
{
    struct slice key = map->key_of(value);
    uint32_t hash = hash_of(map, key.data, key.len);

    if ((map->len + 1) * 4 > map->cap * 3)
        rehash(map, map->cap ? map->cap * 2 : MIN_CAP);
    struct map_slot *slot = probe(map, hash, key.data, key.len);
    void *old = slot->value;
    *slot = (struct map_slot){.value = value, .hash = hash};
    map->len += !old;
    return old;
}

/* Linear probing without tombstones: whatever comes behind a hole and belongs before it moves into it. */
static void close_hole(struct map *map, size_t hole)
{
    size_t mask = map->cap - 1;

    for (size_t i = (hole + 1) & mask; map->slots[i].value; i = (i + 1) & mask) {
        size_t home = map->slots[i].hash & mask;
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        map->slots[hole] = map->slots[i];
        hole = i;
    }
    map->slots[hole].value = NULL;
}

bool map_remove(struct map *map, const void *value)
{
    if (map->len == 0)
        return false;
    struct slice key = map->key_of(value);
    struct map_slot *slot = probe(map, hash_of(map, key.data, key.len), key.data, key.len);
    if (slot->value != value)
        return false;
    close_hole(map, (size_t)(slot - map->slots));
    map->len--;
    if (map->cap > MIN_CAP && map->len * 8 < map->cap)
        rehash(map, map->cap / 2);
    return true;
}
