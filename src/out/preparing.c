#include "out/preparing.h"
#include "base/log.h"
#include "core/cog.h"
#include "core/files.h"
#include "core/input_file.h"
#include "core/input_url.h"
#include "core/lifecycle.h"
#include "core/output_files.h"
#include "out/reading.h"

#include <stdlib.h>

struct preparing {
    struct worlds *worlds;
    struct worker *worker;
    struct transport *transport;
    struct observer watch;
    struct list fetching;     /* held.link, this one and the next */
    struct list ready;        /* the first is the next one */
    size_t ahead;             /* see PREPARING_AHEAD */
    struct read_job *at_work; /* NULL: none is */
};

/* A prediction that waits for its file. */
struct held {
    struct preparing *preparing;
    struct prediction *prediction;
    struct observer watch, closing;
    struct list link;
    enum input_place place;
    struct blob *blob;         /* of an uploaded file */
    struct drawing *drawing;   /* of an output file */
    struct transfer *transfer; /* NULL: none is under way */
    char *bytes;               /* that were fetched, … */
    size_t len;                /* … so many, which count in preparing.ahead */
};

/* What is at the worker, maybe for one that nobody waits for any more. */
struct read_job {
    struct reading reading;
    struct preparing *preparing; /* NULL: it has ended */
    struct held *held;           /* NULL: nobody waits for it any more */
};

/* --- how it ends ----------------------------------------------------------------------------------------------------- */

static void held_free(struct held *held)
{
    struct preparing *preparing = held->preparing;

    if (preparing->at_work && preparing->at_work->held == held)
        preparing->at_work->held = NULL;
    if (held->transfer)
        preparing->transport->interface->cancel(preparing->transport, held->transfer);
    if (held->blob)
        blob_unref(held->blob);
    drawing_free(held->drawing);
    free(held->bytes);
    preparing->ahead -= held->len;
    held->prediction->preparing = false;
    held->prediction->world->preparing--;
    unobserve(&held->watch);
    unobserve(&held->closing);
    list_remove(&held->link);
    free(held);
}

static void publish(struct prediction *prediction)
{
    struct event event = {.type = EVENT_PREPARED,
                          .world = prediction->world,
                          .prediction = prediction,
                          .at = clock_now(&prediction->world->clock)};

    event_publish(&event);
}

/* It goes on, with what was prepared, or with nothing. */
static void let_go(struct held *held)
{
    struct prediction *prediction = held->prediction;

    held_free(held);
    publish(prediction);
    lifecycle_release(prediction);
}

static void keep(struct prediction *prediction, struct reading *reading)
{
    struct prepared *prepared = reading->prepared;

    if (!store_set_prepared(prediction->world->worlds->store, prediction, prepared)) {
        log_warn("prediction %s: a stand-in is drawn for its input picture: --max-memory is used up, and %zu bytes of "
                 "what was made of it are too many",
                 prediction->id, prepared_bytes(prepared));
        return;
    }
    reading->prepared = NULL; // it is the prediction's
    prediction->plan.width = prepared->width;
    prediction->plan.height = prepared->height;
}

/* The maker's words, in which {file} stands for the file's name. */
static void put_error(struct buf *out, const char *error, struct slice url, const char *id)
{
    static const char name[] = "{file}";
    const char *at = strstr(error, name);

    buf_add(out, error, at ? (size_t)(at - error) : strlen(error));
    if (!at)
        return;
    cog_put_path(out, url, id);
    buf_str(out, at + sizeof(name) - 1);
}

static void conclude(struct prediction *prediction, struct reading *reading)
{
    struct arena arena = {0};
    struct buf error = {0};
    struct slice url;

    if (reading->prepared) {
        keep(prediction, reading);
        return;
    }
    if (!input_file_may_fail(prediction))
        return;
    if (reading->verdict != DATA_URI_READ) {
        cog_put_data_uri(&error, prediction_reads(prediction), reading->verdict, reading->len);
    } else {
        url = input_file_url(&arena, prediction);
        put_error(&error, reading->error, url, prediction->id);
    }
    lifecycle_break(prediction, buf_cstr(&error), reading->verdict == DATA_URI_READ);
    buf_free(&error);
    arena_free(&arena);
}

/* --- at the worker --------------------------------------------------------------------------------------------------- */

static void go_on(struct preparing *preparing);

static void read_job_free(struct read_job *job)
{
    reading_deinit(&job->reading);
    free(job);
}

static void done(struct job *job, bool cancelled)
{
    struct read_job *read = container_of(job, struct read_job, reading.job);
    struct preparing *preparing = read->preparing;
    struct held *held = read->held;

    (void)cancelled; // only when all has ended
    if (preparing)
        preparing->at_work = NULL;
    if (held) {
        conclude(held->prediction, &read->reading);
        let_go(held);
    }
    read_job_free(read);
    if (preparing)
        go_on(preparing);
}

/* Takes over what `held` has of its file. A data: URI is copied only now, so that however many wait there is one copy. */
static struct read_job *read_job_new(struct held *held)
{
    struct read_job *job = xnew(struct read_job);
    struct reading *reading = &job->reading;

    reading_init(reading, held->prediction);
    reading->job.done = done;
    reading->blob = held->blob;
    reading->drawing = held->drawing;
    reading->bytes = held->bytes;
    reading->len = held->len;
    if (held->place == INPUT_IN_ITSELF) {
        struct slice quoted = input_file_quoted(held->prediction);
        reading->uri = (struct slice){xmemdup0(quoted.data, quoted.len), quoted.len};
    }
    held->blob = NULL;
    held->drawing = NULL;
    held->bytes = NULL;
    held->preparing->ahead -= held->len;
    held->len = 0;
    job->preparing = held->preparing;
    job->held = held;
    return job;
}

/* The first of a list; NULL: there is none, or its world is closing, and it is about to go itself. */
static struct held *next_of(struct list *list)
{
    struct held *first = list_first(list, struct held, link);

    return first && !first->prediction->world->closed ? first : NULL;
}

/* The next one has its turn. Where the system gives no thread for that, they do without. */
static void read_next(struct preparing *preparing)
{
    struct held *held;

    while (!preparing->at_work && (held = next_of(&preparing->ready))) {
        struct read_job *job = read_job_new(held);
        if (worker_submit(preparing->worker, &job->reading.job)) {
            preparing->at_work = job;
            return;
        }
        read_job_free(job);
        log_warn("prediction %s: a stand-in is drawn for its input picture: there is nobody to read it",
                 held->prediction->id);
        let_go(held);
    }
}

/* --- by HTTP --------------------------------------------------------------------------------------------------------- */

/* It could not be fetched: whoever starts the model finds out. requests names the URL that redirects have led to. */
static void fail_to_fetch(struct held *held, const struct transport_result *result)
{
    struct prediction *prediction = held->prediction;
    struct arena arena = {0};
    struct buf error = {0};
    struct slice url =
        result->url ? (struct slice){result->url, strlen(result->url)} : input_file_url(&arena, prediction);

    if (result->error)
        cog_put_unreachable(&error, url, result->error, prediction->id);
    else
        cog_put_status(&error, result->status, url);
    if (input_file_may_fail(prediction))
        lifecycle_break(prediction, buf_cstr(&error), false);
    buf_free(&error);
    arena_free(&arena);
    let_go(held);
}

static void fetched(void *arg, const struct transport_result *result)
{
    struct held *held = arg;
    struct preparing *preparing = held->preparing;

    held->transfer = NULL;
    if (result->error || result->status >= 400) {
        fail_to_fetch(held, result);
    } else {
        if (result->body)
            held->bytes = buf_take(result->body, &held->len);
        preparing->ahead += held->len;
        list_remove(&held->link);
        list_append(&preparing->ready, &held->link);
    }
    go_on(preparing);
}

/* At once: the transport knows whose turn it is, and has places for each server. */
static void fetch(struct held *held)
{
    static const char *const no_headers[] = {NULL};
    static const struct transport_result too_long = {.error = "a URL of more than 64 KiB"};
    struct transport *transport = held->preparing->transport;
    struct arena arena = {0};
    struct transport_request request = {.url = input_file_url(&arena, held->prediction).data,
                                        .headers = no_headers,
                                        .max_answer = PREPARING_FILE_MAX,
                                        .timeout = PREPARING_SECONDS * NS_PER_S};

    if (input_file_quoted(held->prediction).len > INPUT_URL_MAX)
        fail_to_fetch(held, &too_long);
    else
        held->transfer = transport->interface->submit(transport, &request, fetched, held);
    arena_free(&arena);
}

static void pause_fetches(const struct preparing *preparing, bool pause)
{
    preparing->transport->interface->pause(preparing->transport, pause);
}

static void go_on(struct preparing *preparing)
{
    read_next(preparing);
    pause_fetches(preparing, preparing->ahead >= PREPARING_AHEAD);
}

/* --- who waits ------------------------------------------------------------------------------------------------------- */

/* Nothing further comes of the prediction. One that is given up for room was completed before. */
static void see(struct observer *observer, const struct event *event)
{
    struct held *held = container_of(observer, struct held, watch);
    struct preparing *preparing = held->preparing;

    if (event->type != EVENT_COMPLETED)
        return;
    held_free(held);
    lifecycle_release(event->prediction);
    go_on(preparing); // what it had fetched may have been what was too much
}

static void see_closing(struct observer *observer, const struct event *event)
{
    struct held *held = container_of(observer, struct held, closing);
    struct preparing *preparing = held->preparing;
    const struct world *world = held->prediction->world;

    (void)event;
    pause_fetches(preparing, true); // else the next one of this world would begin, to be cancelled in its turn
    held_free(held);
    if (world->preparing == 0)
        go_on(preparing);
}

static struct held *hold(struct preparing *preparing, struct prediction *prediction, enum input_place place)
{
    struct held *held = xnew(struct held);

    *held = (struct held){.preparing = preparing,
                          .prediction = prediction,
                          .watch = {.see = see},
                          .closing = {.see = see_closing},
                          .place = place};
    observe(&prediction->observers, &held->watch);
    observe(&prediction->world->at_close, &held->closing);
    list_append(place == INPUT_ELSEWHERE ? &preparing->fetching : &preparing->ready, &held->link);
    prediction->preparing = true;
    prediction->world->preparing++;
    lifecycle_hold(prediction);
    return held;
}

/* Whose file was never there, or is not there any more: a 404 for whoever asks for it. */
static void miss(struct prediction *prediction)
{
    struct arena arena = {0};
    struct buf error = {0};

    cog_put_status(&error, 404, input_file_url(&arena, prediction));
    lifecycle_break(prediction, buf_cstr(&error), false);
    buf_free(&error);
    arena_free(&arena);
}

static void refuse_scheme(struct prediction *prediction, struct slice url)
{
    struct buf error = {0};

    cog_put_scheme(&error, prediction_reads(prediction), url);
    lifecycle_break(prediction, buf_cstr(&error), false);
    buf_free(&error);
}

static void read_uploaded(struct preparing *preparing, struct prediction *prediction, struct slice id)
{
    char text[FILE_ID_LEN + 1] = "";

    if (id.len == FILE_ID_LEN)
        memcpy(text, id.data, id.len);
    const struct file *file = files_find(prediction->world, text);
    if (file)
        hold(preparing, prediction, INPUT_UPLOADED)->blob = blob_ref(file->blob);
    else if (input_file_may_fail(prediction))
        miss(prediction);
}

static void read_made(struct preparing *preparing, struct prediction *prediction, const struct input_url *url)
{
    const struct prediction *source = store_find(preparing->worlds->store, url->prediction);
    int file = source ? plan_file_index(&source->plan, url->name) : -1;

    if (file >= 0 && output_files_has(source, (unsigned)file, clock_now(&source->world->clock)))
        hold(preparing, prediction, INPUT_MADE)->drawing = drawing_new(source, (unsigned)file);
    else if (input_file_may_fail(prediction))
        miss(prediction);
}

static void see_all(struct observer *observer, const struct event *event)
{
    struct preparing *preparing = container_of(observer, struct preparing, watch);
    struct prediction *prediction = event->prediction;

    if (event->type != EVENT_CREATED || !input_file_matters(prediction))
        return;
    struct slice quoted = input_file_quoted(prediction);
    if (quoted.len == 0)
        return;
    // Escapes of JSON are no part of what is looked at here: of names of ours none has any.
    struct slice text = {quoted.data + 1, quoted.len - 2};
    struct input_url url = input_url_read(text, &preparing->worlds->secret);
    switch (url.place) {
    case INPUT_IN_ITSELF: hold(preparing, prediction, url.place); break;
    case INPUT_UPLOADED: read_uploaded(preparing, prediction, url.id); break;
    case INPUT_MADE: read_made(preparing, prediction, &url); break;
    case INPUT_ELSEWHERE:
        if (preparing->worlds->settings.fetch_inputs)
            fetch(hold(preparing, prediction, url.place));
        break;
    case INPUT_NOWHERE:
        if (input_file_may_fail(prediction))
            refuse_scheme(prediction, text);
        break;
    }
    go_on(preparing);
}

/* --- the whole ------------------------------------------------------------------------------------------------------- */

struct preparing *preparing_new(struct worlds *worlds, struct worker *worker, struct transport *transport)
{
    struct preparing *preparing = xnew(struct preparing);

    *preparing =
        (struct preparing){.worlds = worlds, .worker = worker, .transport = transport, .watch = {.see = see_all}};
    list_init(&preparing->fetching);
    list_init(&preparing->ready);
    observe(&worlds->observers, &preparing->watch);
    return preparing;
}

static void free_all(struct list *list)
{
    while (!list_empty(list))
        held_free(list_first(list, struct held, link));
}

void preparing_free(struct preparing *preparing)
{
    if (!preparing)
        return;
    pause_fetches(preparing, true);
    free_all(&preparing->fetching);
    free_all(&preparing->ready);
    if (preparing->at_work)
        preparing->at_work->preparing = NULL;
    unobserve(&preparing->watch);
    free(preparing);
}
