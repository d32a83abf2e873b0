#include "out/worker.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* First in, first out, linked through job->next. */
struct queue {
    struct job *first, *last;
};

struct worker {
    size_t max_jobs;
    size_t pending;        // submitted, `done` still to come; only the loop's thread looks at it
    bool started;          // so is this: there is a thread to join
    bool ended;            // and this: nothing is taken any more
    int read_fd, write_fd; // the thread's word that something has finished
    pthread_t thread;

    pthread_mutex_t lock; // guards what follows
    pthread_cond_t wake;
    struct queue waiting;
    struct queue finished;
    bool stop;
};

static void queue_push(struct queue *queue, struct job *job)
{
    job->next = NULL;
    if (queue->last)
        queue->last->next = job;
    else
        queue->first = job;
    queue->last = job;
}

static struct job *queue_pop(struct queue *queue)
{
    struct job *job = queue->first;

    if (!job)
        return NULL;
    queue->first = job->next;
    if (!queue->first)
        queue->last = NULL;
    return job;
}

/* pipe2 would do it in one call, but not every system has it. */
static bool open_pipe(int fds[2])
{
    if (pipe(fds) != 0)
        return false;
    for (int i = 0; i < 2; i++)
        if (fcntl(fds[i], F_SETFD, FD_CLOEXEC) != 0 || fcntl(fds[i], F_SETFL, O_NONBLOCK) != 0)
            return false;
    return true;
}

struct worker *worker_new(size_t max_jobs)
{
    struct worker *worker = xnew(struct worker);
    int fds[2];

    if (!open_pipe(fds)) {
        log_line(LOG_ERROR, "no pipe for the worker: %s", strerror(errno));
        exit(EXIT_FAILURE);
    }
    worker->max_jobs = max_jobs;
    worker->read_fd = fds[0];
    worker->write_fd = fds[1];
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->wake, NULL);
    return worker;
}

/* Called with the lock held. NULL: it is time to go; what still waits is worker_free's. */
static struct job *next_job(struct worker *worker)
{
    while (!worker->stop && !worker->waiting.first)
        pthread_cond_wait(&worker->wake, &worker->lock);
    return worker->stop ? NULL : queue_pop(&worker->waiting);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct job *job;

    pthread_mutex_lock(&worker->lock);
    while ((job = next_job(worker))) {
        pthread_mutex_unlock(&worker->lock);
        job->run(job);
        pthread_mutex_lock(&worker->lock);
        queue_push(&worker->finished, job);
        // A full pipe is readable as well: that this byte found no room does not matter.
        ssize_t written = write(worker->write_fd, "", 1);
        (void)written;
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

/* The loop takes signals from a descriptor: one that this thread took would be lost to it. */
static bool start_thread(struct worker *worker)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&worker->thread, NULL, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure)
        log_line(LOG_ERROR, "no thread for the worker: %s", strerror(failure));
    return !failure;
}

bool worker_submit(struct worker *worker, struct job *job)
{
    // Finished jobs count until they are collected: so how fast the thread is never decides what is refused.
    if (worker->ended || (worker->pending >= worker->max_jobs && !job->few))
        return false;
    if (!worker->started)
        worker->started = start_thread(worker);
    if (!worker->started)
        return false;
    worker->pending++;
    pthread_mutex_lock(&worker->lock);
    queue_push(&worker->waiting, job);
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
    return true;
}

int worker_fd(const struct worker *worker)
{
    return worker->read_fd;
}

size_t worker_pending(const struct worker *worker)
{
    return worker->pending;
}

static void finish_all(struct worker *worker, struct queue *queue, bool cancelled)
{
    struct job *job;

    while ((job = queue_pop(queue))) {
        worker->pending--; // first: `done` may submit the next one
        job->done(job, cancelled);
    }
}

void worker_collect(struct worker *worker)
{
    char bytes[64];

    // Under the lock, where the bytes are written too: the pipe is readable only while something is finished.
    pthread_mutex_lock(&worker->lock);
    while (read(worker->read_fd, bytes, sizeof(bytes)) > 0)
        ;
    struct queue finished = worker->finished;
    worker->finished = (struct queue){0};
    pthread_mutex_unlock(&worker->lock);
    finish_all(worker, &finished, false);
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    if (worker->started) {
        pthread_mutex_lock(&worker->lock);
        worker->stop = true;
        pthread_cond_signal(&worker->wake);
        pthread_mutex_unlock(&worker->lock);
        pthread_join(worker->thread, NULL);
    }
    worker->ended = true; // from here on a `done` that wants to submit is refused
    finish_all(worker, &worker->finished, false);
    finish_all(worker, &worker->waiting, true);
    pthread_cond_destroy(&worker->wake);
    pthread_mutex_destroy(&worker->lock);
    close(worker->read_fd);
    close(worker->write_fd);
    free(worker);
}
