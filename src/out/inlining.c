#include "out/inlining.h"
#include "base/log.h"
#include "core/drawing.h"
#include "core/inlined.h"
#include "core/lifecycle.h"

#include <stdlib.h>

struct inlining {
    struct worlds *worlds;
    struct worker *worker;
    struct observer watch;
    struct list held;            /* held.link, in the order in which they are drawn */
    struct list later;           /* the same of those whose input file is being read */
    struct drawing_job *at_work; /* on a file, maybe of one that nobody waits for any more; NULL: none is */
};

/* A prediction that waits for its files. */
struct held {
    struct inlining *inlining;
    struct prediction *prediction;
    struct observer watch, closing;
    struct list link;
    struct inlined *inlined; /* what there is of them; NULL: the job has it */
};

/* What crosses to the worker: one file, and its own copy of all that it takes. */
struct drawing_job {
    struct job job;
    struct inlining *inlining; /* NULL: it has ended */
    struct held *held;         /* NULL: nobody waits for it any more */
    const struct maker *maker;
    struct drawing *what;
    struct inlined *inlined; /* those before it, then with it */
    size_t len;              /* of the file */
    bool drawn, fits;
};

/* --- who waits ---------------------------------------------------------------------------------------------------- */

static void held_free(struct held *held)
{
    struct drawing_job *job = held->inlining->at_work;

    if (job && job->held == held)
        job->held = NULL;
    inlined_free(held->inlined);
    unobserve(&held->watch);
    unobserve(&held->closing);
    list_remove(&held->link);
    free(held);
}

/* It goes on with the files that there are. */
static void let_go(struct held *held)
{
    struct prediction *prediction = held->prediction;
    struct inlined *inlined = held->inlined;

    held->inlined = NULL;
    held_free(held);
    if (!store_set_inlined(prediction->world->worlds->store, prediction, inlined)) {
        log_warn("prediction %s: its files are shown by their URLs: --max-memory is used up, and %zu bytes of data: "
                 "URIs are too many",
                 prediction->id, inlined->len);
        inlined_free(inlined);
    }
    lifecycle_release(prediction);
}

static void go_on(struct inlining *inlining);

/* Nobody wants its files. */
static void give_up(struct held *held)
{
    struct prediction *prediction = held->prediction;

    held_free(held);
    lifecycle_release(prediction);
}

static void see_prepared(struct held *held)
{
    struct inlining *inlining = held->inlining;

    if (held->prediction->flaw) {
        give_up(held);
        return;
    }
    list_remove(&held->link);
    list_append(&inlining->held, &held->link);
    go_on(inlining);
}

/* One that is given up for room was completed before. */
static void see(struct observer *observer, const struct event *event)
{
    struct held *held = container_of(observer, struct held, watch);

    if (event->type == EVENT_PREPARED)
        see_prepared(held);
    else if (event->type == EVENT_COMPLETED)
        give_up(held);
}

static void see_closing(struct observer *observer, const struct event *event)
{
    (void)event;
    held_free(container_of(observer, struct held, closing));
}

/* --- one file ----------------------------------------------------------------------------------------------------- */

static void run(struct job *job)
{
    struct drawing_job *drawing = container_of(job, struct drawing_job, job);
    char *data = drawing->maker->draw(drawing->what, &drawing->len);

    drawing->drawn = data != NULL;
    drawing->fits = inlined_add(drawing->inlined, (enum file_kind)drawing->what->kind, data, drawing->len);
    free(data);
}

static void warn(const struct held *held, const struct drawing_job *drawing)
{
    const struct prediction *prediction = held->prediction;
    char name[FILE_NAME_MAX];

    plan_file_name(&prediction->plan, drawing->inlined->count - 1, name);
    if (drawing->drawn)
        log_warn("prediction %s: %s, %zu bytes, is shown by its URL: with it there would be more than %d bytes of "
                 "data: URIs",
                 prediction->id, name, drawing->len, INLINED_MAX);
    else
        log_warn("prediction %s: %s is shown by its URL: it could not be drawn", prediction->id, name);
}

static void done(struct job *job, bool cancelled)
{
    struct drawing_job *drawing = container_of(job, struct drawing_job, job);
    struct inlining *inlining = drawing->inlining;
    struct held *held = drawing->held;

    (void)cancelled; // only when all has ended
    if (held) {
        if (!drawing->fits)
            warn(held, drawing);
        held->inlined = drawing->inlined;
    } else {
        inlined_free(drawing->inlined);
    }
    drawing_free(drawing->what);
    free(drawing);
    if (!inlining)
        return;
    inlining->at_work = NULL;
    if (held && held->inlined->count == held->prediction->plan.files)
        let_go(held);
    go_on(inlining);
}

static bool submit(struct held *held)
{
    struct inlining *inlining = held->inlining;
    struct drawing_job *drawing = xnew(struct drawing_job);

    *drawing = (struct drawing_job){.job = {.run = run, .done = done, .few = true},
                                    .inlining = inlining,
                                    .held = held,
                                    .maker = inlining->worlds->maker,
                                    .what = drawing_new(held->prediction, held->inlined->count),
                                    .inlined = held->inlined};
    if (!worker_submit(inlining->worker, &drawing->job)) {
        drawing_free(drawing->what);
        free(drawing);
        return false;
    }
    held->inlined = NULL;
    inlining->at_work = drawing;
    return true;
}

/* Has the next file drawn. Where the system gives no thread for that, they do without. */
static void go_on(struct inlining *inlining)
{
    while (!inlining->at_work && !list_empty(&inlining->held)) {
        struct held *held = list_first(&inlining->held, struct held, link);
        if (submit(held))
            return;
        log_warn("prediction %s: its files are shown by their URLs: there is nobody to draw them",
                 held->prediction->id);
        let_go(held);
    }
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static void see_all(struct observer *observer, const struct event *event)
{
    struct inlining *inlining = container_of(observer, struct inlining, watch);
    struct prediction *prediction = event->prediction;

    if (event->type != EVENT_CREATED || prediction->plan.files == 0 || prediction->flaw)
        return;
    struct held *held = xnew(struct held);
    *held = (struct held){.inlining = inlining,
                          .prediction = prediction,
                          .watch = {.see = see},
                          .closing = {.see = see_closing},
                          .inlined = inlined_new()};
    observe(&prediction->observers, &held->watch);
    observe(&prediction->world->at_close, &held->closing);
    list_append(prediction->preparing ? &inlining->later : &inlining->held, &held->link);
    lifecycle_hold(prediction);
    go_on(inlining);
}

struct inlining *inlining_new(struct worlds *worlds, struct worker *worker)
{
    struct inlining *inlining = xnew(struct inlining);

    *inlining = (struct inlining){.worlds = worlds, .worker = worker, .watch = {.see = see_all}};
    list_init(&inlining->held);
    list_init(&inlining->later);
    observe(&worlds->observers, &inlining->watch);
    return inlining;
}

void inlining_free(struct inlining *inlining)
{
    if (!inlining)
        return;
    while (!list_empty(&inlining->held))
        held_free(list_first(&inlining->held, struct held, link));
    while (!list_empty(&inlining->later))
        held_free(list_first(&inlining->later, struct held, link));
    if (inlining->at_work)
        inlining->at_work->inlining = NULL;
    unobserve(&inlining->watch);
    free(inlining);
}
