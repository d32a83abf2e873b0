/* The output files that were drawn are kept, but not more than so many bytes of them: the one that nobody has asked for
 * the longest goes first. */
#include "api/drawings.h"
#include "lib/suite.h"

#include <poll.h>
#include <stdlib.h>

enum { FILE_BYTES = 1000, ROOM = 3 * FILE_BYTES + 500 };

static int drawn; // so many, ever; the worker is idle where it is read

static char *draw(const struct drawing *drawing, size_t *len)
{
    drawn++;
    *len = FILE_BYTES;
    char *bytes = xmalloc(FILE_BYTES);
    memset(bytes, (int)drawing->look, FILE_BYTES);
    return bytes;
}

static const struct maker maker = {.draw = draw};

struct fetch {
    struct drawing_wait wait;
    int answers, first_byte;
};

static void on_ready(struct drawing_wait *wait, const struct drawn *file)
{
    struct fetch *fetch = container_of(wait, struct fetch, wait);

    fetch->answers++;
    fetch->first_byte = file ? file->data[0] : -1;
    ck_assert_uint_eq(file ? file->len : 0, FILE_BYTES);
}

static struct drawing *drawing_of(int look)
{
    struct drawing *drawing = xnew(struct drawing);

    drawing->look = (uint64_t)look;
    return drawing;
}

/* Fetches the file of that look; how many had to be drawn for it. */
static int fetch(struct drawings *drawings, struct worker *worker, int look)
{
    struct fetch fetch = {.wait = {.ready = on_ready}};
    int before = drawn;

    ck_assert(drawings_get(drawings, drawing_of(look), &fetch.wait));
    while (worker_pending(worker) > 0) {
        struct pollfd fd = {.fd = worker_fd(worker), .events = POLLIN};
        ck_assert_int_eq(poll(&fd, 1, 10000), 1);
        worker_collect(worker);
    }
    ck_assert_int_eq(fetch.answers, 1);
    ck_assert_int_eq(fetch.first_byte, look);
    return drawn - before;
}

START_TEST(test_room)
{
    struct worker *worker = worker_new(8);
    struct drawings *drawings = drawings_new(&maker, worker, ROOM);

    for (int look = 1; look <= 3; look++)
        ck_assert_int_eq(fetch(drawings, worker, look), 1);
    for (int look = 1; look <= 3; look++)
        ck_assert_int_eq(fetch(drawings, worker, look), 0); // there is room for three
    ck_assert_int_eq(fetch(drawings, worker, 1), 0);        // now 2 is the one that was not asked for the longest
    ck_assert_int_eq(fetch(drawings, worker, 4), 1);
    ck_assert_int_eq(fetch(drawings, worker, 1), 0);
    ck_assert_int_eq(fetch(drawings, worker, 3), 0);
    ck_assert_int_eq(fetch(drawings, worker, 4), 0);
    ck_assert_int_eq(fetch(drawings, worker, 2), 1); // which went
    ck_assert_int_eq(fetch(drawings, worker, 1), 1); // and now 1 had gone for it
    worker_free(worker);
    drawings_free(drawings);
}
END_TEST

START_TEST(test_a_file_that_is_larger_than_the_room)
{
    struct worker *worker = worker_new(8);
    struct drawings *drawings = drawings_new(&maker, worker, FILE_BYTES - 1);

    ck_assert_int_eq(fetch(drawings, worker, 1), 1);
    ck_assert_int_eq(fetch(drawings, worker, 1), 1); // it is sent, and not kept
    worker_free(worker);
    drawings_free(drawings);
}
END_TEST

SUITE("cache", test_room, test_a_file_that_is_larger_than_the_room);
