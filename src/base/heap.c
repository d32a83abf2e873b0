#include "base/heap.h"
#include "base/mem.h"

#include <stdlib.h>

static void put(struct heap *heap, size_t index, struct heap_node *node)
{
    heap->nodes[index] = node;
    node->place = index + 1;
}

static void sift_up(struct heap *heap, size_t index, struct heap_node *node)
{
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (!heap->before(node, heap->nodes[parent]))
            break;
        put(heap, index, heap->nodes[parent]);
        index = parent;
    }
    put(heap, index, node);
}

static void sift_down(struct heap *heap, size_t index, struct heap_node *node)
{
    for (;;) {
        size_t child = index * 2 + 1;
        if (child >= heap->len)
            break;
        if (child + 1 < heap->len && heap->before(heap->nodes[child + 1], heap->nodes[child]))
            child++;
        if (!heap->before(heap->nodes[child], node))
            break;
        put(heap, index, heap->nodes[child]);
        index = child;
    }
    put(heap, index, node);
}

void heap_add(struct heap *heap, struct heap_node *node)
{
    if (heap->len == heap->cap) {
        heap->cap = heap->cap ? heap->cap * 2 : 16;
        heap->nodes = xrealloc(heap->nodes, heap->cap * sizeof(*heap->nodes));
    }
    sift_up(heap, heap->len++, node);
}

void heap_moved(struct heap *heap, struct heap_node *node)
{
    size_t index = node->place - 1;

    sift_up(heap, index, node);
    sift_down(heap, node->place - 1, node);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    if (node->place == 0)
        return;
    size_t index = node->place - 1;
    struct heap_node *last = heap->nodes[--heap->len];
    node->place = 0;
    if (last == node)
        return;
    put(heap, index, last);
    heap_moved(heap, last);
}

void heap_free(struct heap *heap)
{
    free(heap->nodes);
    heap->nodes = NULL;
    heap->len = heap->cap = 0;
}
