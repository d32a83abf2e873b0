#include "http/problem.h"

#include <stdarg.h>
#include <stdio.h>

static void put_string(struct buf *out, const char *text)
{
    buf_json_string(out, text, strlen(text));
}

void problem(struct response *response, int status, const char *title, const char *detail)
{
    response_clear(response);
    response->status = status;
    response->content_type = CONTENT_PROBLEM;
    buf_char(&response->body, '{');
    if (title) {
        buf_lit(&response->body, "\"title\":");
        put_string(&response->body, title);
        buf_char(&response->body, ',');
    }
    buf_lit(&response->body, "\"detail\":");
    put_string(&response->body, detail);
    buf_printf(&response->body, ",\"status\":%d}\n", status);
}

void problem_printf(struct response *response, int status, const char *title, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    problem(response, status, title, text);
}

/* How many bytes the character takes that begins here, if it may be shown as it is: printable ASCII or a sequence of
 * UTF-8 (by its lengths: what goes beyond Unicode is not sought out); 0: neither. */
static size_t shown_length(const char *at)
{
    unsigned char c = (unsigned char)*at;
    size_t len = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;

    for (size_t i = 1; i < len; i++)
        if (((unsigned char)at[i] & 0xc0) != 0x80)
            return 0;
    return c < 0x20 || c == 0x7f ? 0 : len;
}

const char *problem_quote(struct arena *arena, const char *text)
{
    enum { MOST = 60 };
    char *copy = arena_alloc(arena, MOST + 8), *to = copy;

    while (*text && to - copy < MOST) {
        size_t len = shown_length(text);
        if (len == 0)
            *to++ = '?';
        for (size_t i = 0; i < len; i++)
            *to++ = text[i];
        text += len > 0 ? len : 1;
    }
    strcpy(to, *text ? "..." : "");
    return copy;
}

/* One line an error; what is wrong with the body itself names no field. */
static void put_detail(struct buf *out, const struct faults *faults)
{
    struct buf lines = {0};

    for (const struct fault *fault = faults->list; fault < faults->list + faults->count; fault++) {
        buf_lit(&lines, "- ");
        buf_str(&lines, fault->field);
        buf_str(&lines, *fault->field ? ": " : "");
        buf_str(&lines, fault->description);
        buf_char(&lines, '\n');
    }
    buf_json_string(out, lines.data, lines.len);
    buf_free(&lines);
}

void problem_invalid_fields(struct response *response, const struct faults *faults)
{
    struct buf *out = &response->body;

    response_clear(response);
    response->status = 422;
    response->content_type = CONTENT_PROBLEM;
    buf_lit(out, "{\"detail\":");
    put_detail(out, faults);
    buf_lit(out, ",\"status\":422,\"title\":\"Input validation failed\",\"invalid_fields\":[");
    for (const struct fault *fault = faults->list; fault < faults->list + faults->count; fault++) {
        buf_str(out, fault == faults->list ? "{\"type\":" : ",{\"type\":");
        put_string(out, fault->type);
        buf_lit(out, ",\"field\":");
        put_string(out, fault->field);
        buf_lit(out, ",\"description\":");
        put_string(out, fault->description);
        buf_char(out, '}');
    }
    buf_lit(out, "]}\n");
}
