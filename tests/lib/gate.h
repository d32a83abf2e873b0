/* Holds the worker up, so that a test sees what happens while slow work is under way:
 *
 *     struct gate gate;
 *     gate_close(&gate, stage);
 *     client_send(client, "POST /v1/files", headers, body);
 *     client_expect_waiting(client);
 *     gate_open(&gate, stage);
 *     client_expect(client, 201, NULL); */
#ifndef TESTS_LIB_GATE_H
#define TESTS_LIB_GATE_H

#include "lib/world.h"
#include "out/worker.h"

struct gate {
    struct job job;
    int fds[2];
};

/* What is submitted from now on waits until the gate is opened, which settles. Meanwhile nothing waits for slow work. */
void gate_close(struct gate *gate, struct stage *stage);
void gate_open(struct gate *gate, struct stage *stage);

#endif
