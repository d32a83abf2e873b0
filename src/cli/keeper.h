/* Runs a command and sees to it that nothing of it stays: not when it ends, not at a signal, not even when we are
 * killed.
 *
 * That is the business of a process of its own. It is forked before there is a server, so that the command inherits
 * what we were started with and nothing of ours: descriptors, signals, limits. It is the parent of the command, and
 * (PR_SET_CHILD_SUBREAPER) of whatever the command leaves behind. All that it hears comes through a pipe, whose end
 * means that we are gone. */
#ifndef CLI_KEEPER_H
#define CLI_KEEPER_H

#include "base/buf.h"

#include <stdbool.h>
#include <sys/types.h>

enum { KEEPER_NOT_FOUND = 127, KEEPER_NOT_RUN = 126, KEEPER_SIGNAL = 128 };

struct keeper {
    pid_t pid;
    int fd; /* what it listens to; a byte written there, from a signal handler too, is a signal for the command */
};

/* Forks it; it waits. `command` ends with NULL and is looked up in PATH. False: errno says why. */
bool keeper_start(struct keeper *keeper, char *const *command);

/* The command begins, with these variables on top of our environment: "NAME=VALUE" and a NUL each. False: the keeper has
 * been killed. */
bool keeper_run(struct keeper *keeper, const struct buf *variables);

/* In place of keeper_run: the command is not to run after all. */
void keeper_dismiss(struct keeper *keeper);

/* Waits until the command has ended and nothing of it is left; the keeper has then ended too. Returns the command's exit
 * code, 128 and the number of the signal that ended it, or one of the above. */
int keeper_end(struct keeper *keeper);

#endif
