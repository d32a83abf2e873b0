/* multipart/form-data (RFC 7578, over RFC 2046), read from a body that is complete and in memory; nothing is copied but
 * names. Takes what the clients send, wherever they differ: quoted names with backslashes (Go, curl) or %22 (browsers,
 * httpx), filename*, a preamble, an epilogue.
 *
 * Ours, although libmicrohttpd has a reader of it (MHD_post_processor): that one belongs to a live connection, whose
 * libmicrohttpd is known to server.c and wire.c alone, hands out values in pieces that would have to be put together
 * again, and cannot say what is wrong with a body. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "base/map.h"
#include "base/mem.h"

enum {
    MULTIPART_MAX_PARTS = 32,
    MULTIPART_MAX_HEAD = 8192,  /* bytes of a part's headers */
    MULTIPART_MAX_BOUNDARY = 70 /* RFC 2046, 5.1.1 */
};

struct part {
    const char *name;
    const char *filename;     /* without folders before it; NULL: none was given */
    const char *content_type; /* NULL: none was given */
    struct slice bytes;       /* in the body */
};

struct multipart {
    size_t count;
    struct part parts[MULTIPART_MAX_PARTS]; /* in the order of the body */
};

/* Is it the media type multipart/form-data, whatever its parameters? NULL is not. */
bool multipart_is(const char *content_type);

/* Takes a body apart; texts are put into `arena`. NULL: fine; otherwise a sentence that says what is wrong, and where. */
const char *multipart_read(struct multipart *multipart, struct arena *arena, const char *content_type,
                           struct slice body);

/* The first part of that name; NULL: there is none. */
const struct part *multipart_find(const struct multipart *multipart, const char *name);

#endif
