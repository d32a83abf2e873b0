#include "base/log.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/timefmt.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static enum log_level threshold = LOG_INFO;
static bool as_json;
static size_t dropped; // lines, since one was written

void log_setup(enum log_level level, bool json)
{
    threshold = level;
    as_json = json;
}

bool log_enabled(enum log_level level)
{
    return level <= threshold;
}

bool log_is_json(void)
{
    return as_json;
}

/* In one line, whatever it quotes: nothing is to look as if another line began, and a terminal obeys nothing. */
static void put_plain(struct buf *line, const char *text)
{
    for (const char *at = text; *at; at++)
        buf_char(line, (unsigned char)*at < ' ' || *at == 0x7f ? '?' : *at);
}

static void begin_line(struct buf *line, enum log_level level, const char *message)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    char at[TIME_TEXT];
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    time_format(at, now.tv_sec * NS_PER_S + now.tv_nsec, TIME_MICROS_ALL);
    if (as_json) {
        buf_printf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":", at, names[level]);
        json_put_bytes(line, message, strlen(message));
    } else {
        buf_printf(line, "%s %-5s ", at, names[level]);
        put_plain(line, message);
    }
}

/* In one piece, so that the lines of two processes do not mix; and not at all where that would have to wait: a test
 * harness that does not read our stderr must not bring the server to a stand. */
static bool write_line(struct buf *line)
{
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};

    buf_str(line, as_json ? "}\n" : "\n");
    if (poll(&fd, 1, 0) != 1 || !(fd.revents & POLLOUT)) // a pipe says so where it takes PIPE_BUF at once
        return false;
    ssize_t written = write(STDERR_FILENO, line->data, line->len);
    (void)written;
    return true;
}

static bool tell_of_dropped(void)
{
    struct buf line = {0};
    char message[96];

    snprintf(message, sizeof(message), "%zu lines were dropped: nobody has read stderr meanwhile", dropped);
    begin_line(&line, LOG_WARN, message);
    bool written = write_line(&line);
    buf_free(&line);
    return written;
}

static void end_line(struct buf *line)
{
    if (dropped > 0 && tell_of_dropped())
        dropped = 0;
    if (dropped > 0 || !write_line(line))
        dropped++;
    buf_free(line);
}

void log_line(enum log_level level, const char *format, ...)
{
    char message[512]; // escaped it still fits into what a pipe takes at once
    struct buf line = {0};
    va_list args;

    if (!log_enabled(level))
        return;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    begin_line(&line, level, message);
    end_line(&line);
}

static void put_field(struct buf *line, const struct log_field *field)
{
    if (as_json)
        buf_printf(line, ",\"%s\":", field->name);
    else
        buf_printf(line, " %s=", field->name);
    if (field->is_number)
        buf_int(line, field->number);
    else if (!field->text)
        buf_str(line, as_json ? "null" : "-");
    else if (as_json)
        buf_json_string(line, field->text, strlen(field->text));
    else
        put_plain(line, field->text);
}

void log_fields(enum log_level level, const char *message, const struct log_field *fields, size_t count)
{
    struct buf line = {0};

    if (!log_enabled(level))
        return;
    begin_line(&line, level, message);
    for (size_t i = 0; i < count; i++)
        put_field(&line, &fields[i]);
    end_line(&line);
}
