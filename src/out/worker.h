/* One thread for slow work (reading and drawing pictures, hashing), so that nothing slow runs on the loop. The only file
 * that knows pthread. A job owns its data, or holds what nobody changes any more (a blob of core/files.h, what
 * core/prepared.h is about), whose holders are counted on the loop's thread alone; nothing else crosses. */
#ifndef OUT_WORKER_H
#define OUT_WORKER_H

#include <stdbool.h>
#include <stddef.h>

struct worker;

/* Embed it first in a struct of your own. The worker keeps no memory of a job once `done` was called. */
struct job {
    void (*run)(struct job *job);                  /* on the worker's thread: touches the job and nothing else */
    void (*done)(struct job *job, bool cancelled); /* on the loop's thread; cancelled: it was never run. Frees it */
    struct job *next;                              /* the worker's */
    bool few; /* its owner never has more than a few: taken even where max_jobs wait */
};

/* At most `max_jobs` wait or run at a time. The thread starts with the first job: until then a worker costs nothing.
 * Ends the program where the system gives no pipe. */
struct worker *worker_new(size_t max_jobs);

/* False: there are max_jobs already (or no thread could be had); the job is still the caller's. Jobs run in order. */
bool worker_submit(struct worker *worker, struct job *job);

int worker_fd(const struct worker *worker);         /* readable while finished jobs wait for worker_collect */
void worker_collect(struct worker *worker);         /* calls `done` of each job that has finished, in order */
size_t worker_pending(const struct worker *worker); /* jobs whose `done` is still to come */

/* Waits for the job that runs, calls `done` of it and of all that wait (those as cancelled). NULL is fine. */
void worker_free(struct worker *worker);

#endif
