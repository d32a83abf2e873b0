/* A heap of intrusive nodes, the least key first, equal ones in the order in which they came. A node knows its place, so
 * that any can leave or move in O(log n); keys stand in the heap's own array, so that comparing touches no node. Each
 * has four children: fewer levels than two would make, and the four lie side by side. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
    size_t place; /* 1 + index; 0: in no heap */
};

struct heap_entry {
    int64_t key;
    uint64_t order;
    struct heap_node *node;
};

/* Zero-initialise to begin. */
struct heap {
    struct heap_entry *entries;
    size_t len, cap;
    uint64_t orders; /* given so far */
};

/* Puts the node in under this key, or moves it there if it is in already. `late`: behind all of the same key that are
 * not, whenever they come. */
void heap_set(struct heap *heap, struct heap_node *node, int64_t key, bool late);
void heap_remove(struct heap *heap, struct heap_node *node); /* fine for a node that is in no heap */
void heap_free(struct heap *heap);

static inline struct heap_node *heap_top(const struct heap *heap)
{
    return heap->len > 0 ? heap->entries[0].node : NULL;
}

#endif
