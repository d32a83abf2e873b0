/* Input files are read before a prediction begins. Policy only: which files, when, and what becomes of it; what a file is,
 * core/input_url says, and what is made of it, the maker.
 *
 *   - A prediction whose model opens a file is held in `starting` until that was read and prepared, on the worker's thread:
 *     of a data: URI, of an uploaded file, of an output file of ours, and with settings.fetch_inputs of any other http(s)
 *     URL. Without that setting such a prediction goes on at once, and a stand-in is drawn for its picture.
 *   - Where the file is not to be had, or is not what the model opens, the prediction fails as the real one does
 *     (lifecycle_break).
 *   - One file is at the worker at a time, so that a fetch of an output, which the same thread draws, waits for one of ours
 *     at most. They have their turn in the order of creation, those that are fetched as they come in: all go to the
 *     transport at once, which has places for each server, so that a slow one holds up nobody but itself.
 *   - What does not fit into --max-memory is not kept: the stand-in is drawn, and the log says so.
 *   - Nobody waits for the file of a prediction that was cancelled or whose world was closed. */
#ifndef OUT_PREPARING_H
#define OUT_PREPARING_H

#include "core/world.h"
#include "out/transport.h"
#include "out/worker.h"

enum {
    PREPARING_AHEAD = 16 * 1024 * 1024,    /* bytes that were fetched and not read yet: then no further fetch begins */
    PREPARING_FILE_MAX = 64 * 1024 * 1024, /* bytes of one */
    PREPARING_SECONDS = 30,                /* of real time that it may take to fetch one */
};

struct preparing;

/* Watches all worlds of `worlds` from now on. All three are the caller's. */
struct preparing *preparing_new(struct worlds *worlds, struct worker *worker, struct transport *transport);

/* To be called before worker_free, and before the transport is freed. Whatever is held stays so. NULL is fine. */
void preparing_free(struct preparing *preparing);

#endif
