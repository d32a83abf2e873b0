#include "http/sse.h"

void sse_begin(struct response *response)
{
    response->status = 200;
    response->content_type = CONTENT_EVENTS;
    response_header(response, "Cache-Control", "no-cache");
    response_header(response, "X-Accel-Buffering", "no"); // a proxy in between shall not collect what comes bit by bit
}

/* Length of the line at the beginning of `text`; *next: of what it ends with as well. */
static size_t line_len(const char *text, size_t len, size_t *next)
{
    size_t end = 0;

    while (end < len && text[end] != '\n' && text[end] != '\r')
        end++;
    *next = end + 1;
    if (end + 1 < len && text[end] == '\r' && text[end + 1] == '\n')
        (*next)++;
    return end;
}

void sse_event(struct buf *out, const char *name, const char *id, const char *text, size_t len)
{
    size_t next = 0;

    if (len == 0)
        text = "";
    buf_lit(out, "event: ");
    buf_str(out, name);
    buf_lit(out, "\nid: ");
    buf_str(out, id);
    // "a\n" is two lines, the second of them empty: whoever joins them with LF has the text again.
    for (size_t at = 0; at <= len; at += next) {
        size_t line = line_len(text + at, len - at, &next);
        buf_lit(out, "\ndata: ");
        buf_add(out, text + at, line);
    }
    buf_lit(out, "\n\n");
}

void sse_comment(struct buf *out, const char *text)
{
    buf_char(out, ':');
    buf_str(out, text);
    buf_lit(out, "\n\n");
}
