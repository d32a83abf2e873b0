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

const char *problem_quote(struct arena *arena, const char *text)
{
    enum { MOST = 60 };
    size_t len = strnlen(text, MOST + 1);
    char *copy = arena_strndup(arena, text, len > MOST ? MOST : len);

    for (char *at = copy; *at; at++)
        if (*at < 0x20 || *at > 0x7e)
            *at = '?';
    return len > MOST ? arena_printf(arena, "%s...", copy) : copy;
}

/* One line an error; what is wrong with the body itself names no field. */
static void put_detail(struct buf *out, const struct invalid_field *fields, size_t count)
{
    struct buf lines = {0};

    for (size_t i = 0; i < count; i++) {
        if (fields[i].field[0])
            buf_printf(&lines, "- %s: %s\n", fields[i].field, fields[i].description);
        else
            buf_printf(&lines, "- %s\n", fields[i].description);
    }
    buf_json_string(out, lines.data, lines.len);
    buf_free(&lines);
}

void problem_invalid_fields(struct response *response, const struct invalid_field *fields, size_t count)
{
    struct buf *out = &response->body;

    response_clear(response);
    response->status = 422;
    response->content_type = CONTENT_PROBLEM;
    buf_lit(out, "{\"detail\":");
    put_detail(out, fields, count);
    buf_lit(out, ",\"status\":422,\"title\":\"Input validation failed\",\"invalid_fields\":[");
    for (size_t i = 0; i < count; i++) {
        buf_str(out, i == 0 ? "{\"type\":" : ",{\"type\":");
        put_string(out, fields[i].type);
        buf_lit(out, ",\"field\":");
        put_string(out, fields[i].field);
        buf_lit(out, ",\"description\":");
        put_string(out, fields[i].description);
        buf_char(out, '}');
    }
    buf_lit(out, "]}\n");
}
