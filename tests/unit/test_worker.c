#include "lib/suite.h"
#include "out/worker.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>
#include <unistd.h>

enum { MANY = 20 };

/* A job that notes what happened to it. With a gate it ends when a byte comes out of the gate. */
struct probe {
    struct job job;
    char name;
    int gate; // -1: none
    bool ran, blocks_signals;
};

static char done_order[2 * MANY + 1]; // names, in capitals where cancelled
static pthread_t loop_thread;
static struct worker *resubmit_to;
static int gate[2], entered[2]; // pipes: a job with a gate says that it runs, and then waits for a byte

static bool pass_gate(int gate_fd)
{
    char byte;

    return write(entered[1], "", 1) == 1 && read(gate_fd, &byte, 1) == 1;
}

static void run_probe(struct job *job)
{
    struct probe *probe = (struct probe *)job;
    sigset_t mask;

    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    probe->blocks_signals = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGUSR1) == 1;
    probe->ran = !pthread_equal(pthread_self(), loop_thread) && (probe->gate < 0 || pass_gate(probe->gate));
}

static void probe_done(struct job *job, bool cancelled)
{
    struct probe *probe = (struct probe *)job;
    char name[2] = {(char)(cancelled ? probe->name - 'a' + 'A' : probe->name), '\0'};

    ck_assert(pthread_equal(pthread_self(), loop_thread));
    ck_assert_int_eq(probe->ran, !cancelled);
    ck_assert(cancelled || probe->blocks_signals);
    strcat(done_order, name);
    free(probe);
}

static struct job *probe_new(char name, int gate_fd)
{
    struct probe *probe = calloc(1, sizeof(*probe));

    *probe = (struct probe){.job = {.run = run_probe, .done = probe_done}, .name = name, .gate = gate_fd};
    return &probe->job;
}

/* Waits on the descriptor, as the loop does, until nothing is pending. */
static void collect_all(struct worker *worker)
{
    while (worker_pending(worker) > 0) {
        struct pollfd ready = {.fd = worker_fd(worker), .events = POLLIN};
        ck_assert_int_eq(poll(&ready, 1, 10000), 1);
        worker_collect(worker);
    }
}

static bool is_readable(const struct worker *worker)
{
    struct pollfd ready = {.fd = worker_fd(worker), .events = POLLIN};

    return poll(&ready, 1, 0) == 1;
}

static int count_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;

    if (!tasks)
        return -1; // no such place here: every comparison then holds
    while (readdir(tasks))
        count++;
    closedir(tasks);
    return count;
}

static void set_up(void)
{
    done_order[0] = '\0';
    loop_thread = pthread_self();
    ck_assert_int_eq(pipe(gate), 0);
    ck_assert_int_eq(pipe(entered), 0);
}

static void tear_down(void)
{
    for (int i = 0; i < 2; i++) {
        close(gate[i]);
        close(entered[i]);
    }
}

START_TEST(test_jobs_run_in_order)
{
    struct worker *worker = worker_new(MANY);

    for (int i = 0; i < MANY; i++)
        ck_assert(worker_submit(worker, probe_new((char)('a' + i), -1)));
    ck_assert_uint_eq(worker_pending(worker), MANY);
    collect_all(worker);
    ck_assert_str_eq(done_order, "abcdefghijklmnopqrst");
    ck_assert(!is_readable(worker));
    worker_free(worker);
    ck_assert_str_eq(done_order, "abcdefghijklmnopqrst");
}
END_TEST

START_TEST(test_nothing_is_done_before_collect)
{
    struct worker *worker = worker_new(1);
    struct pollfd ready = {.fd = worker_fd(worker), .events = POLLIN};

    ck_assert(!is_readable(worker));
    ck_assert(worker_submit(worker, probe_new('a', -1)));
    ck_assert_int_eq(poll(&ready, 1, 10000), 1);
    ck_assert_str_eq(done_order, "");
    ck_assert_uint_eq(worker_pending(worker), 1);
    worker_collect(worker);
    ck_assert_str_eq(done_order, "a");
    ck_assert_uint_eq(worker_pending(worker), 0);
    worker_collect(worker); // with nothing there it does nothing
    ck_assert_str_eq(done_order, "a");
    worker_free(worker);
}
END_TEST

START_TEST(test_more_than_max_jobs_are_refused)
{
    struct worker *worker = worker_new(2);
    struct job *third = probe_new('c', -1);

    ck_assert(worker_submit(worker, probe_new('a', gate[0])));
    ck_assert(worker_submit(worker, probe_new('b', -1)));
    ck_assert(!worker_submit(worker, third));
    ck_assert_uint_eq(worker_pending(worker), 2);
    ck_assert_int_eq(write(gate[1], "", 1), 1);
    collect_all(worker);
    ck_assert(worker_submit(worker, third)); // it had stayed ours
    collect_all(worker);
    ck_assert_str_eq(done_order, "abc");
    worker_free(worker);
}
END_TEST

START_TEST(test_those_that_are_few_are_taken)
{
    struct worker *worker = worker_new(1);
    struct job *few = probe_new('c', -1);

    few->few = true;
    ck_assert(worker_submit(worker, probe_new('a', gate[0])));
    ck_assert(worker_submit(worker, few));
    ck_assert_uint_eq(worker_pending(worker), 2);
    ck_assert_int_eq(write(gate[1], "", 1), 1);
    collect_all(worker);
    ck_assert_str_eq(done_order, "ac");
    worker_free(worker);
}
END_TEST

START_TEST(test_no_jobs_allowed)
{
    struct worker *worker = worker_new(0);
    struct job *job = probe_new('a', -1);

    ck_assert(!worker_submit(worker, job));
    free(job);
    worker_free(worker);
}
END_TEST

static void done_submits_next(struct job *job, bool cancelled)
{
    probe_done(job, cancelled);
    ck_assert(worker_submit(resubmit_to, probe_new('b', -1)));
}

START_TEST(test_done_may_submit_the_next_job)
{
    struct worker *worker = worker_new(1); // so the slot of the first must be free by then
    struct job *first = probe_new('a', -1);

    first->done = done_submits_next;
    resubmit_to = worker;
    ck_assert(worker_submit(worker, first));
    collect_all(worker);
    ck_assert_str_eq(done_order, "ab");
    worker_free(worker);
}
END_TEST

static void done_is_refused(struct job *job, bool cancelled)
{
    struct job *next = probe_new('z', -1);

    probe_done(job, cancelled);
    ck_assert(!worker_submit(resubmit_to, next));
    free(next);
}

static void open_gate(int signal_number)
{
    (void)signal_number;
    if (write(gate[1], "", 1) != 1)
        abort();
}

/* Frees a worker while `b` runs, which ends `ms` later, when worker_free should be waiting for it. */
static void free_while_running(int ms)
{
    struct worker *worker = worker_new(4);
    struct job *running = probe_new('b', gate[0]);
    struct itimerval once = {.it_value = {.tv_usec = ms * 1000}};
    char byte;

    done_order[0] = '\0';
    running->done = done_is_refused;
    resubmit_to = worker;
    ck_assert(worker_submit(worker, probe_new('a', -1))); // will have finished, but not been collected
    ck_assert(worker_submit(worker, running));
    ck_assert(worker_submit(worker, probe_new('c', -1)));
    ck_assert(worker_submit(worker, probe_new('d', -1)));
    ck_assert_int_eq(read(entered[0], &byte, 1), 1);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &once, NULL), 0);
    worker_free(worker);
}

START_TEST(test_free_ends_the_running_and_cancels_the_waiting)
{
    struct sigaction action = {.sa_handler = open_gate, .sa_flags = SA_RESTART}, before;

    sigaction(SIGALRM, &action, &before);
    // On a busy machine the gate may open too early, and a job runs that was to be cancelled: then once more,
    // with more time. Most often 2 ms are enough.
    for (int ms = 2; ms < 1000 && strcmp(done_order, "abCD") != 0; ms *= 2) {
        free_while_running(ms);
        ck_assert_uint_eq(strlen(done_order), 4);
        ck_assert_int_eq(strncasecmp(done_order, "abcd", 4), 0);
    }
    ck_assert_str_eq(done_order, "abCD");
    sigaction(SIGALRM, &before, NULL);
}
END_TEST

START_TEST(test_free_of_nothing)
{
    worker_free(NULL);
    worker_free(worker_new(1));
}
END_TEST

/* The system lists a thread that was joined a moment longer. -1: it lists none at all. */
static void expect_threads(int count)
{
    for (int tries = 0; count != -1 && count_threads() != count; tries++) {
        ck_assert_msg(tries < 1000000, "%d threads, not %d", count_threads(), count);
        sched_yield();
    }
}

START_TEST(test_thread_starts_with_the_first_job)
{
    int before = count_threads();
    struct worker *worker = worker_new(1);

    expect_threads(before);
    ck_assert(worker_submit(worker, probe_new('a', gate[0])));
    expect_threads(before == -1 ? -1 : before + 1);
    ck_assert_int_eq(write(gate[1], "", 1), 1);
    collect_all(worker);
    ck_assert(worker_submit(worker, probe_new('b', gate[0])));
    expect_threads(before == -1 ? -1 : before + 1); // one thread for all jobs
    ck_assert_int_eq(write(gate[1], "", 1), 1);
    worker_free(worker);
    expect_threads(before);
}
END_TEST

START_TEST(test_descriptor_is_not_inherited)
{
    struct worker *worker = worker_new(1);

    ck_assert_int_eq(fcntl(worker_fd(worker), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    ck_assert_int_eq(fcntl(worker_fd(worker), F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    worker_free(worker);
}
END_TEST

SUITE_WITH("worker", set_up, tear_down, test_jobs_run_in_order, test_nothing_is_done_before_collect,
           test_more_than_max_jobs_are_refused, test_those_that_are_few_are_taken, test_no_jobs_allowed,
           test_done_may_submit_the_next_job, test_free_ends_the_running_and_cancels_the_waiting, test_free_of_nothing,
           test_thread_starts_with_the_first_job, test_descriptor_is_not_inherited);
