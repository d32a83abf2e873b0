/* A growing byte buffer: how every answer is written. Zero-initialise to begin. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
    char *data; /* not NUL-terminated; NULL while empty */
    size_t len, cap;
};

/* Makes room for `more` bytes behind len; they are the caller's to fill. */
void buf_reserve(struct buf *buf, size_t more);

static inline void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    if (buf->cap - buf->len < len)
        buf_reserve(buf, len);
    memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
}

static inline void buf_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

static inline void buf_str(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

/* For literals: the length is known when compiling. */
#define buf_lit(buf, literal) buf_add((buf), "" literal, sizeof(literal) - 1)

void buf_int(struct buf *buf, int64_t number);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3), nonnull(2)));

/* `text` as a JSON string, quotes included, escaped as Go's encoding/json does: the real gateway is written
 * in Go, and its \u003c, \u003e and \u0026 can be seen in recorded bodies. `text` is valid UTF-8. */
void buf_json_string(struct buf *buf, const char *text, size_t len);

/* Hands the bytes over (free() them; NULL where empty) and leaves the buffer empty. */
char *buf_take(struct buf *buf, size_t *len);

/* The bytes as a C string; they stay the buffer's. */
const char *buf_cstr(struct buf *buf);

void buf_free(struct buf *buf);

#endif
