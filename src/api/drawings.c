#include "api/drawings.h"
#include "base/id.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>

struct picture {
    unsigned char key[DRAWING_KEY];
    char *data;          /* NULL: it is still to be drawn */
    struct drawn drawn;  /* once it is */
    struct list waits;   /* drawing_wait.link, until it is */
    struct list recency; /* in drawings.recency, once it is */
};

struct drawings {
    const struct maker *maker;
    struct worker *worker;
    struct map pictures;
    struct list recency; /* the longest unused one first */
    size_t bytes, max_bytes;
};

/* What crosses to the worker: its own copy of everything. The drawings are only touched back on the loop. */
struct draw_job {
    struct job job;
    struct drawings *drawings;
    const struct maker *maker;
    struct drawing *what;
    char *data; /* NULL: it was not drawn, or could not be */
    size_t len;
    char md5[MD5_HEX];
};

static struct slice key_of(const void *value)
{
    return (struct slice){(const char *)((const struct picture *)value)->key, DRAWING_KEY};
}

struct drawings *drawings_new(const struct maker *maker, struct worker *worker, size_t max_bytes)
{
    struct drawings *drawings = xnew(struct drawings);

    drawings->maker = maker;
    drawings->worker = worker;
    drawings->max_bytes = max_bytes;
    map_init(&drawings->pictures, key_of, id_random_key());
    list_init(&drawings->recency);
    return drawings;
}

static void discard(struct drawings *drawings, struct picture *picture)
{
    map_remove(&drawings->pictures, picture);
    list_remove(&picture->recency);
    drawings->bytes -= picture->drawn.len;
    free(picture->data);
    free(picture);
}

void drawings_free(struct drawings *drawings)
{
    if (!drawings)
        return;
    while (!list_empty(&drawings->recency))
        discard(drawings, list_first(&drawings->recency, struct picture, recency));
    map_free(&drawings->pictures);
    free(drawings);
}

static void run(struct job *job)
{
    struct draw_job *draw = container_of(job, struct draw_job, job);

    draw->data = draw->maker->draw(draw->what, &draw->len);
    if (draw->data) // here, for a large file takes the loop's time
        digest_md5_hex(draw->md5, draw->data, draw->len);
}

static void tell_waits(struct picture *picture)
{
    while (!list_empty(&picture->waits)) {
        struct drawing_wait *wait = list_first(&picture->waits, struct drawing_wait, link);
        list_remove(&wait->link);
        wait->ready(wait, picture->data ? &picture->drawn : NULL);
    }
}

/* Takes the bytes over. */
static void keep(struct drawings *drawings, struct picture *picture, const struct draw_job *draw)
{
    picture->data = draw->data;
    picture->drawn = (struct drawn){.data = draw->data, .len = draw->len};
    snprintf(picture->drawn.etag, sizeof(picture->drawn.etag), "\"%s\"", draw->md5);
    drawings->bytes += picture->drawn.len;
    list_append(&drawings->recency, &picture->recency);
}

static void done(struct job *job, bool cancelled)
{
    struct draw_job *draw = container_of(job, struct draw_job, job);
    struct drawings *drawings = draw->drawings;
    unsigned char key[DRAWING_KEY];

    drawing_key(key, draw->what);
    struct picture *picture = map_find(&drawings->pictures, (const char *)key, DRAWING_KEY);
    (void)cancelled; // then there are no data
    if (draw->data)
        keep(drawings, picture, draw);
    tell_waits(picture);
    if (!picture->data)
        discard(drawings, picture);
    while (drawings->bytes > drawings->max_bytes)
        discard(drawings, list_first(&drawings->recency, struct picture, recency));
    drawing_free(draw->what);
    free(draw);
}

static bool submit(struct drawings *drawings, struct drawing *what)
{
    struct draw_job *draw = xnew(struct draw_job);

    *draw = (struct draw_job){
        .job = {.run = run, .done = done}, .drawings = drawings, .maker = drawings->maker, .what = what};
    if (worker_submit(drawings->worker, &draw->job))
        return true;
    drawing_free(what);
    free(draw);
    return false;
}

bool drawings_get(struct drawings *drawings, struct drawing *what, struct drawing_wait *wait)
{
    unsigned char key[DRAWING_KEY];

    drawing_key(key, what);
    struct picture *picture = map_find(&drawings->pictures, (const char *)key, DRAWING_KEY);
    list_init(&wait->link);
    if (picture)
        drawing_free(what);
    if (picture && picture->data) {
        list_remove(&picture->recency);
        list_append(&drawings->recency, &picture->recency);
        wait->ready(wait, &picture->drawn);
        return true;
    }
    if (!picture) {
        if (!submit(drawings, what))
            return false;
        picture = xnew(struct picture);
        memcpy(picture->key, key, DRAWING_KEY);
        list_init(&picture->waits);
        list_init(&picture->recency);
        map_put(&drawings->pictures, picture);
    }
    list_append(&picture->waits, &wait->link);
    return true;
}

void drawings_forget(struct drawing_wait *wait)
{
    list_remove(&wait->link);
}
