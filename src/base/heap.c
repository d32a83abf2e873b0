#include "base/heap.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>

enum { CHILDREN = 4 };

static bool before(const struct heap_entry *a, const struct heap_entry *b)
{
    return a->key != b->key ? a->key < b->key : a->order < b->order;
}

static void put(struct heap *heap, size_t index, struct heap_entry entry)
{
    heap->entries[index] = entry;
    entry.node->place = index + 1;
}

static size_t sift_up(struct heap *heap, size_t index, struct heap_entry entry)
{
    while (index > 0) {
        size_t parent = (index - 1) / CHILDREN;
        if (!before(&entry, &heap->entries[parent]))
            break;
        put(heap, index, heap->entries[parent]);
        index = parent;
    }
    put(heap, index, entry);
    return index;
}

/* The least child of the node at `index`; heap->len: it has none. */
static size_t least_child(const struct heap *heap, size_t index)
{
    size_t least = index * CHILDREN + 1, end = least + CHILDREN;

    if (least >= heap->len)
        return heap->len;
    for (size_t child = least + 1; child < end && child < heap->len; child++)
        if (before(&heap->entries[child], &heap->entries[least]))
            least = child;
    return least;
}

static void sift_down(struct heap *heap, size_t index, struct heap_entry entry)
{
    size_t child;

    while ((child = least_child(heap, index)) < heap->len && before(&heap->entries[child], &entry)) {
        put(heap, index, heap->entries[child]);
        index = child;
    }
    put(heap, index, entry);
}

void heap_set(struct heap *heap, struct heap_node *node, int64_t key, bool late)
{
    heap_remove(heap, node);
    if (heap->len == heap->cap) {
        heap->cap = heap->cap ? heap->cap * 2 : 16;
        heap->entries = xrealloc(heap->entries, heap->cap * sizeof(*heap->entries));
    }
    uint64_t order = heap->orders++ | (uint64_t)late << 63;
    sift_up(heap, heap->len++, (struct heap_entry){.key = key, .order = order, .node = node});
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    if (node->place == 0)
        return;
    size_t index = node->place - 1;
    struct heap_entry last = heap->entries[--heap->len];
    node->place = 0;
    if (last.node != node)
        sift_down(heap, sift_up(heap, index, last), last);
}

void heap_free(struct heap *heap)
{
    free(heap->entries);
    *heap = (struct heap){0};
}
