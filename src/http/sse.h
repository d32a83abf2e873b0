/* Event streams as they are written: text/event-stream (WHATWG HTML, 9.2). Lines end with LF alone, because one of the
 * official clients waits for that. */
#ifndef HTTP_SSE_H
#define HTTP_SSE_H

#include "base/buf.h"
#include "http/response.h"

#define CONTENT_EVENTS "text/event-stream"

/* Fills in a 200 whose body is events: for VERDICT_STREAM. */
void sse_begin(struct response *response);

/* Appends an event. `text` may have several lines; each begins a `data:` of its own, whichever of CR, LF and CR LF it
 * ends with: what stands in a data line cannot hold any of them. `name` and `id` are a line's worth. */
void sse_event(struct buf *out, const char *name, const char *id, const char *text, size_t len);

/* Appends a line that clients skip: `: hi` for " hi". */
void sse_comment(struct buf *out, const char *text);

#endif
