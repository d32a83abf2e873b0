/* The output files that were drawn, most recently asked for; bounded in bytes. Each is drawn on the worker's thread
 * when it is first fetched, once, however many ask. */
#ifndef API_DRAWINGS_H
#define API_DRAWINGS_H

#include "base/digest.h"
#include "base/list.h"
#include "core/drawing.h"
#include "out/worker.h"

struct drawn {
    const char *data;
    size_t len;
    char etag[MD5_HEX + 2]; /* quoted */
};

/* Whoever waits for a drawing; embed it. */
struct drawing_wait {
    struct list link;
    void (*ready)(struct drawing_wait *wait, const struct drawn *drawn); /* NULL: it could not be drawn */
};

struct drawings *drawings_new(const struct maker *maker, struct worker *worker, size_t max_bytes);
void drawings_free(struct drawings *drawings); /* after the worker. NULL is fine */

/* Calls wait->ready with the file, at once or when it is drawn. Takes `what` over, whatever comes of it. False: too many
 * wait already; nothing was noted. */
bool drawings_get(struct drawings *drawings, struct drawing *what, struct drawing_wait *wait);

/* It need not be told any more. */
void drawings_forget(struct drawing_wait *wait);

#endif
