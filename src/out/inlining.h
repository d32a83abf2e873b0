/* --output-urls data: output files stand in `output` themselves, as data: URIs. Policy only: what is drawn, when, and what
 * becomes of it; the files are core/inlined's.
 *
 *   - A prediction that will have files is held in `starting` until they are drawn and encoded, on the worker's thread.
 *   - One whose input file is being read (out/preparing.h) is held from the beginning, and has its place in the queue once
 *     that is done: its files follow from what was read. Of one that will fail for what it reads none is drawn.
 *   - One file is under way at a time, whoever waits: so that a fetch of a file, which the same thread draws, waits for one
 *     of ours at most. Predictions have their turn in the order in which they were created.
 *   - What does not fit (INLINED_MAX, --max-memory) is shown by its URL, and the log says so.
 *   - Nobody waits for the files of a prediction that was cancelled or whose world was closed. */
#ifndef OUT_INLINING_H
#define OUT_INLINING_H

#include "core/world.h"
#include "out/worker.h"

struct inlining;

/* Watches all worlds of `worlds` from now on. Both are the caller's. */
struct inlining *inlining_new(struct worlds *worlds, struct worker *worker);

/* To be called before worker_free. Whatever is held stays so. NULL is fine. */
void inlining_free(struct inlining *inlining);

#endif
