#include "out/reading.h"
#include "base/json.h"
#include "core/world.h"

#include <stdlib.h>

static void decode(struct reading *reading)
{
    struct arena arena = {0};
    struct json_error error;
    const cJSON *uri = json_parse(&arena, reading->uri.data, reading->uri.len, JSON_GRAMMAR, &error);

    reading->verdict = DATA_URI_NO_COMMA; // what was canonical JSON is JSON
    if (uri && uri->valuestring)
        reading->verdict =
            data_uri_decode((struct slice){uri->valuestring, strlen(uri->valuestring)}, &reading->bytes, &reading->len);
    arena_free(&arena);
}

/* The bytes; of a file that cannot be drawn none. */
static struct slice fetch(struct reading *reading)
{
    if (reading->blob)
        return (struct slice){reading->blob->data, reading->blob->len};
    if (reading->uri.data)
        decode(reading);
    else if (reading->drawing)
        reading->bytes = reading->maker->draw(reading->drawing, &reading->len);
    return reading->bytes ? (struct slice){reading->bytes, reading->len} : (struct slice){"", 0};
}

static void run(struct job *job)
{
    struct reading *reading = container_of(job, struct reading, job);
    struct slice file = fetch(reading);

    if (reading->verdict == DATA_URI_READ)
        reading->prepared =
            reading->maker->prepare((struct slice){reading->notes, reading->notes_len}, file, reading->error);
}

void reading_init(struct reading *reading, const struct prediction *prediction)
{
    const struct maker *maker = prediction->world->worlds->maker;
    struct buf notes = {0};

    *reading = (struct reading){.job = {.run = run, .few = true}, .maker = maker};
    maker->note(&notes, &prediction->plan, prediction->version,
                (struct slice){prediction->input, prediction->input_len});
    reading->notes = buf_take(&notes, &reading->notes_len);
}

void reading_deinit(struct reading *reading)
{
    free(reading->notes);
    free(reading->bytes);
    free((char *)(uintptr_t)reading->uri.data);
    if (reading->blob)
        blob_unref(reading->blob);
    drawing_free(reading->drawing);
    prepared_let_go(reading->prepared);
}
