/* What a stage of this process logs: warnings and errors, from log_begin to log_end. Less than a pipe holds. */
#ifndef TESTS_LIB_LOGGED_H
#define TESTS_LIB_LOGGED_H

#include "base/log.h"

#include <check.h>
#include <unistd.h>

static int stderr_before, log_pipe[2];

static inline void log_begin(void)
{
    log_setup(LOG_WARN, false);
    ck_assert_int_eq(pipe(log_pipe), 0);
    stderr_before = dup(STDERR_FILENO);
    dup2(log_pipe[1], STDERR_FILENO);
}

static inline void log_end(char *text, size_t size)
{
    dup2(stderr_before, STDERR_FILENO);
    close(stderr_before);
    close(log_pipe[1]);
    ssize_t len = read(log_pipe[0], text, size - 1);
    text[len > 0 ? len : 0] = '\0';
    close(log_pipe[0]);
}

#endif
