/* A binary heap of intrusive nodes. A node keeps its place, so that any element can leave or move in O(log n). */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct heap_node {
    size_t place; /* 1 + index; 0: in no heap */
};

struct heap {
    bool (*before)(const struct heap_node *a, const struct heap_node *b);
    struct heap_node **nodes;
    size_t len, cap;
};

void heap_add(struct heap *heap, struct heap_node *node);
void heap_remove(struct heap *heap, struct heap_node *node); /* fine for a node that is in no heap */
void heap_moved(struct heap *heap, struct heap_node *node);  /* after what `before` compares has changed */
void heap_free(struct heap *heap);

static inline struct heap_node *heap_top(const struct heap *heap)
{
    return heap->len > 0 ? heap->nodes[0] : NULL;
}

#endif
