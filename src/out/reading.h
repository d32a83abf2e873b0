/* The job of reading an input file: has its bytes, and makes of them what outputs are drawn from. Owns all that it takes to
 * the worker's thread. Embed it. */
#ifndef OUT_READING_H
#define OUT_READING_H

#include "base/data_uri.h"
#include "core/drawing.h"
#include "core/files.h"
#include "core/maker.h"
#include "out/worker.h"

struct reading {
    struct job job; /* without its `done` */
    const struct maker *maker;
    char *notes;
    size_t notes_len;

    /* What has the bytes: one of these. */
    char *bytes;             /* they themselves, `len` long */
    struct slice uri;        /* malloc'd: a data: URI, as a string of JSON */
    struct blob *blob;       /* an uploaded file */
    struct drawing *drawing; /* a file that another prediction has made: it is drawn */
    size_t len;

    /* What came of it, once it was run. */
    enum data_uri verdict; /* anything but DATA_URI_READ: nothing was prepared; `len` is data_uri_decode's */
    struct prepared *prepared;
    char error[MAKER_ERROR]; /* why not, where there is nothing prepared; see struct maker */
};

/* For `prediction`, which still has its input: its notes are copied. The rest is the caller's to fill in. */
void reading_init(struct reading *reading, const struct prediction *prediction);

/* On the loop's thread. What was prepared goes, too, unless it was taken (set to NULL). */
void reading_deinit(struct reading *reading);

#endif
