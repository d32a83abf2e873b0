#include "base/log.h"
#include "base/buf.h"
#include "base/timefmt.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static enum log_level threshold = LOG_INFO;
static bool as_json;

void log_setup(enum log_level level, bool json)
{
    threshold = level;
    as_json = json;
}

bool log_enabled(enum log_level level)
{
    return level <= threshold;
}

/* In one piece, so that the lines of two processes do not mix; and not at all where that would have to wait: a test
 * harness that does not read our stderr must not bring the server to a stand. */
static void write_line(const struct buf *line)
{
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};

    if (poll(&fd, 1, 0) != 1 || !(fd.revents & POLLOUT))
        return;
    ssize_t written = write(STDERR_FILENO, line->data, line->len);
    (void)written;
}

void log_line(enum log_level level, const char *format, ...)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    char message[512], at[TIME_TEXT]; // escaped it still fits into what a pipe takes at once
    struct timespec now;
    struct buf line = {0};
    va_list args;

    if (!log_enabled(level))
        return;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    clock_gettime(CLOCK_REALTIME, &now);
    time_format(at, now.tv_sec * NS_PER_S + now.tv_nsec, TIME_MICROS_ALL);
    if (as_json) {
        buf_printf(&line, "{\"at\":\"%s\",\"level\":\"%s\",\"message\":", at, names[level]);
        buf_json_string(&line, message, strlen(message));
        buf_lit(&line, "}\n");
    } else {
        buf_printf(&line, "%s %-5s %s\n", at, names[level], message);
    }
    write_line(&line);
    buf_free(&line);
}
