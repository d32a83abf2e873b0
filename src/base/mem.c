#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BLOCK = 8192, ARENA_LARGEST = 1 << 20 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    max_align_t bytes[];
};

static void *check(void *ptr)
{
    if (ptr)
        return ptr;
    fputs("replicate-mock: out of memory\n", stderr);
    abort();
}

void *xmalloc(size_t size)
{
    return check(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
    return check(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *ptr, size_t size)
{
    return check(realloc(ptr, size ? size : 1));
}

char *xmemdup0(const char *bytes, size_t len)
{
    char *copy = xmalloc(len + 1);

    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

char *xstrdup(const char *text)
{
    return xmemdup0(text, strlen(text));
}

static void push_block(struct arena *arena, size_t size)
{
    struct arena_block *block = xmalloc(sizeof(*block) + size);

    block->size = size;
    block->next = arena->head;
    arena->head = block;
    arena->used = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = sizeof(max_align_t);

    if (size > SIZE_MAX / 2)
        check(NULL);
    size = (size + align - 1) / align * align;
    if (!arena->head || arena->head->size - arena->used < size) {
        // Each block twice as large as the one before: few of them, and large ones go back to the system when freed.
        size_t next = arena->head ? arena->head->size * 2 : ARENA_BLOCK;
        if (next > ARENA_LARGEST)
            next = ARENA_LARGEST;
        push_block(arena, size > next ? size : next);
    }
    void *ptr = (char *)arena->head->bytes + arena->used;
    arena->used += size;
    return ptr;
}

void arena_reserve(struct arena *arena, size_t size)
{
    push_block(arena, size);
}

size_t arena_size(const struct arena *arena)
{
    size_t size = 0;

    for (const struct arena_block *block = arena->head; block; block = block->next)
        size += sizeof(*block) + block->size;
    return size;
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);

    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *keep = NULL;

    while (arena->head) {
        struct arena_block *block = arena->head;
        arena->head = block->next;
        if (block->size == ARENA_BLOCK) { // the oldest: one on top of the heap would keep all below it from going back
            free(keep);
            keep = block;
        } else {
            free(block);
        }
    }
    if (keep)
        keep->next = NULL;
    arena->head = keep;
    arena->used = 0;
}

void arena_free(struct arena *arena)
{
    arena_reset(arena);
    free(arena->head);
    arena->head = NULL;
}
