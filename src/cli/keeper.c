#include "cli/keeper.h"
#include "base/chars.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Milliseconds. */
enum {
    GRACE = 5000,      // what a command has from a signal to its end
    REST_GRACE = 1000, // what those have that it leaves behind
    KILL_GRACE = 2000, // until the dead are dead: whom we may not kill, we do not wait for
    SAME = 200,        // signals so close together are one: some senders signal both a process and its group
};
static const int64_t never = INT64_MAX;

/* What the keeper's own process knows. */
struct keeping {
    int fd;           // of the pipe
    pid_t job;        // the process group that the keeper was started in
    bool at_terminal; // that group has a terminal
    sigset_t mask;    // the signals that were blocked then
    pid_t command;
    bool ended; // the command has, with `code`
    int code;
    bool hunting;     // nothing may stay, sessions of their own neither
    bool killing;     // with SIGKILL
    int64_t told;     // when the first signal came to be passed on; 0: none has
    int64_t deadline; // then it begins to kill, and later gives up
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* --- the command -------------------------------------------------------------------------------------------------- */

/* In the new process. Without a terminal the command leads a group of its own, to which signals go; at a terminal it
 * stays in the shell's job, where Ctrl-C, Ctrl-Z and the keyboard are. */
static void become_command(const struct keeping *keeping, pid_t keeper, char *const *command)
{
    setpgid(0, keeping->at_terminal ? keeping->job : 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper) // it died before that was said
        _exit(KEEPER_SIGNAL + SIGKILL);
    sigprocmask(SIG_SETMASK, &keeping->mask, NULL);
    execvp(command[0], command);
    int error = errno;
    dprintf(STDERR_FILENO, "replicate-mock: %s: %s\n", command[0], strerror(error));
    _exit(error == ENOENT ? KEEPER_NOT_FOUND : KEEPER_NOT_RUN);
}

static bool start_command(struct keeping *keeping, char *const *command)
{
    pid_t keeper = getpid(), pid = fork();

    if (pid == 0)
        become_command(keeping, keeper, command);
    if (pid < 0) {
        dprintf(STDERR_FILENO, "replicate-mock: %s: %s\n", command[0], strerror(errno));
        return false;
    }
    keeping->command = pid;
    if (!keeping->at_terminal)
        setpgid(pid, pid); // here too, so that it is so before a signal goes there
    return true;
}

/* --- those that it leaves ------------------------------------------------------------------------------------------- */

/* The parent of a process, from /proc; -1: it has gone. */
static pid_t parent_of(const char *pid)
{
    char path[64], text[512];

    snprintf(path, sizeof(path), "/proc/%s/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[len > 0 ? len : 0] = '\0';
    const char *name_end = strrchr(text, ')'); // "PID (NAME) STATE PARENT …", and the name can be anything
    return name_end && strlen(name_end) > 4 ? (pid_t)strtol(name_end + 4, NULL, 10) : -1;
}

/* Sends a signal (0: none) to those of our children that are to end: whoever made a session of its own is a daemon, and
 * stays unless we hunt. Returns how many there are. */
static size_t signal_rest(const struct keeping *keeping, int number)
{
    DIR *folder = opendir("/proc");
    const struct dirent *entry;
    size_t count = 0;

    if (!folder)
        return 0;
    while ((entry = readdir(folder))) {
        if (!char_is_digit(entry->d_name[0]) || parent_of(entry->d_name) != getpid())
            continue;
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (!keeping->hunting && getsid(pid) != getsid(0))
            continue;
        kill(pid, number);
        count++;
    }
    closedir(folder);
    return count;
}

static void reap(struct keeping *keeping)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != keeping->command)
            continue;
        keeping->ended = true;
        keeping->code = WIFEXITED(status) ? WEXITSTATUS(status) : KEEPER_SIGNAL + WTERMSIG(status);
        if (signal_rest(keeping, SIGTERM) > 0 && !keeping->killing && keeping->deadline > now_ms() + REST_GRACE)
            keeping->deadline = now_ms() + REST_GRACE;
    }
}

/* --- what we are told ----------------------------------------------------------------------------------------------- */

static void end_all(struct keeping *keeping)
{
    keeping->hunting = true;
    if (!keeping->killing)
        keeping->deadline = now_ms();
}

static void pass_on(struct keeping *keeping, int number)
{
    int64_t now = now_ms();

    if (keeping->told && now - keeping->told > SAME) {
        end_all(keeping);
        return;
    }
    if (!keeping->ended)
        kill(keeping->at_terminal ? keeping->command : -keeping->command, number);
    if (keeping->told)
        return;
    keeping->told = now;
    keeping->hunting = true;
    if (keeping->deadline > now + GRACE)
        keeping->deadline = now + GRACE;
}

/* Reads what is there: signals to pass on, or the end. */
static void hear(struct keeping *keeping)
{
    unsigned char numbers[64];
    ssize_t got = read(keeping->fd, numbers, sizeof(numbers));

    for (ssize_t i = 0; i < got; i++)
        pass_on(keeping, numbers[i]);
    if (got != 0)
        return;
    close(keeping->fd); // whoever started us is gone, and its server with it
    keeping->fd = -1;
    end_all(keeping);
}

static void on_child(int number)
{
    (void)number; // it ends the wait
}

/* Until the pipe, a child or the deadline says something. SIGCHLD comes in here alone. */
static void wait_for_news(const struct keeping *keeping, struct pollfd *pipe_end)
{
    int64_t left = keeping->deadline - now_ms();
    struct timespec timeout = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
    sigset_t mask;

    sigfillset(&mask);
    sigdelset(&mask, SIGCHLD);
    *pipe_end = (struct pollfd){.fd = keeping->fd, .events = POLLIN};
    if (left <= 0)
        timeout = (struct timespec){0};
    if (ppoll(pipe_end, 1, keeping->deadline == never ? NULL : &timeout, &mask) < 0)
        pipe_end->revents = 0;
}

static int keep(struct keeping *keeping)
{
    for (;;) {
        struct pollfd pipe_end;
        reap(keeping);
        if (keeping->ended && signal_rest(keeping, keeping->killing ? SIGKILL : 0) == 0)
            return keeping->code;
        wait_for_news(keeping, &pipe_end);
        if (pipe_end.revents)
            hear(keeping);
        if (now_ms() < keeping->deadline)
            continue;
        if (keeping->killing)
            return keeping->ended ? keeping->code : KEEPER_SIGNAL + SIGKILL;
        keeping->killing = true;
        keeping->deadline = now_ms() + KILL_GRACE;
        if (!keeping->ended)
            kill(keeping->command, SIGKILL);
        signal_rest(keeping, SIGKILL);
    }
}

/* --- the keeper's process ------------------------------------------------------------------------------------------ */

static bool read_whole(int fd, void *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t got = read(fd, (char *)bytes + done, len - done);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

/* What keeper_run sends: how many bytes, and they. They stay in the environment. False: the command is not to run. */
static bool read_variables(int fd)
{
    size_t len;

    if (!read_whole(fd, &len, sizeof(len)))
        return false;
    char *text = xmalloc(len);
    if (!read_whole(fd, text, len)) {
        free(text);
        return false;
    }
    for (char *at = text; at < text + len; at += strlen(at) + 1)
        putenv(at);
    return true;
}

static _Noreturn void be_keeper(struct keeping *keeping, char *const *command)
{
    struct sigaction wake = {.sa_handler = on_child};
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &keeping->mask); // what ends us would leave the command alone
    sigaction(SIGCHLD, &wake, NULL);
    setpgid(0, 0); // whoever kills the group that we were started in leaves the keeper to clear up
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (!read_variables(keeping->fd))
        _exit(0);
    _exit(start_command(keeping, command) ? keep(keeping) : KEEPER_NOT_RUN);
}

/* --- on our side ---------------------------------------------------------------------------------------------------- */

static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

bool keeper_start(struct keeper *keeper, char *const *command)
{
    struct keeping keeping = {.job = getpgrp(), .at_terminal = has_terminal(), .deadline = never};
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) != 0)
        return false;
    *keeper = (struct keeper){.pid = fork(), .fd = fds[1]};
    keeping.fd = fds[0];
    if (keeper->pid == 0) {
        close(fds[1]);
        be_keeper(&keeping, command);
    }
    int error = errno;
    close(fds[0]);
    if (keeper->pid < 0)
        close(fds[1]);
    errno = error;
    return keeper->pid > 0;
}

static bool write_whole(int fd, const void *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t put = write(fd, (const char *)bytes + done, len - done);
        if (put < 0 && errno != EINTR)
            return false;
        done += put > 0 ? (size_t)put : 0;
    }
    return true;
}

bool keeper_run(struct keeper *keeper, const struct buf *variables)
{
    return write_whole(keeper->fd, &variables->len, sizeof(variables->len)) &&
           write_whole(keeper->fd, variables->data, variables->len);
}

void keeper_dismiss(struct keeper *keeper)
{
    close(keeper->fd);
    waitpid(keeper->pid, NULL, 0);
}

int keeper_end(struct keeper *keeper)
{
    int status;

    while (waitpid(keeper->pid, &status, 0) < 0 && errno == EINTR)
        ;
    close(keeper->fd);
    return WIFEXITED(status) ? WEXITSTATUS(status) : KEEPER_SIGNAL + WTERMSIG(status);
}
