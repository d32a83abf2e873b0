#include "gate.h"
#include "base/list.h"

#include <check.h>
#include <fcntl.h>
#include <unistd.h>

static void wait_at_gate(struct job *job)
{
    struct gate *gate = container_of(job, struct gate, job);
    char byte;
    ssize_t got = read(gate->fds[0], &byte, 1);

    (void)got;
}

static void gate_done(struct job *job, bool cancelled)
{
    (void)job;
    (void)cancelled;
}

void gate_close(struct gate *gate, struct stage *stage)
{
    gate->job = (struct job){.run = wait_at_gate, .done = gate_done};
    ck_assert_int_eq(pipe2(gate->fds, O_CLOEXEC), 0);
    ck_assert(worker_submit(app_worker(world_app(stage)), &gate->job));
    world_wait_for_jobs(stage, false);
}

void gate_open(struct gate *gate, struct stage *stage)
{
    ck_assert_int_eq(write(gate->fds[1], "", 1), 1);
    world_wait_for_jobs(stage, true);
    world_settle(stage);
    close(gate->fds[0]);
    close(gate->fds[1]);
}
