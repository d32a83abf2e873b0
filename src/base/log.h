/* The log: one line an event on stderr, as text or as JSON. Tokens, secrets and payloads never go in. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* For the whole process; the state of a log is its file descriptor's anyway. Default: LOG_INFO, text. */
void log_setup(enum log_level level, bool json);

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool log_enabled(enum log_level level);

/* Is each line a JSON object? */
bool log_is_json(void);

/* A member of a line: a text (UTF-8), a number, or nothing. */
struct log_field {
    const char *name, *text;
    bool is_number;
    int64_t number;
};

/* The same with members of their own: in JSON beside time, level and msg, in text behind the message. */
void log_fields(enum log_level level, const char *message, const struct log_field *fields, size_t count);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) (log_enabled(LOG_DEBUG) ? log_line(LOG_DEBUG, __VA_ARGS__) : (void)0) /* for the busy paths */

#endif
