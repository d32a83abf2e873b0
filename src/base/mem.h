/* Memory: allocation that cannot fail, and an arena for what lives as long as one request.
 *
 * Inputs are bounded everywhere, so running out of memory means the machine is out of memory: these end the
 * program with one clear line instead of spreading a failure path that no test could reach. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Never NULL. A size of 0 is allowed and gives a pointer that can be freed. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *ptr, size_t size);
char *xstrdup(const char *text);
char *xmemdup0(const char *bytes, size_t len); /* a copy with a NUL behind it */

/* `struct foo *foo = xnew(struct foo);`: zeroed. */
#define xnew(type) ((type *)xcalloc(1, sizeof(type)))

/* The struct that holds `member` at `ptr`: the way back from an intrusive link to its owner. */
#define container_of(ptr, type, member) ((type *)((uintptr_t)(ptr)-offsetof(type, member)))

/* A bump allocator. What it gives stays until arena_reset or arena_free and is never freed alone.
 * Zero-initialise to begin. */
struct arena {
    struct arena_block *head; /* the block in use; older ones behind it */
    size_t used;              /* bytes of head in use */
};

void *arena_alloc(struct arena *arena, size_t size); /* aligned for any type, not zeroed */
void arena_reserve(struct arena *arena, size_t size); /* of an empty one: its first block is of exactly that size */
size_t arena_size(const struct arena *arena);        /* how much memory it holds, in bytes */
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3), nonnull(2)));

/* Forgets everything; keeps one block of ordinary size, so that a request in steady state allocates nothing. */
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena);

#endif
