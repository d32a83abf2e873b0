/* The logs of a prediction: what its model prints, as far as it has come. Computed from the plan and the time that has
 * passed, never stored: a prediction with a billion steps costs no more than one with two. */
#ifndef CORE_PROGRESS_H
#define CORE_PROGRESS_H

#include "base/buf.h"
#include "core/prediction.h"

/* At most this many lines of progress, and none closer to the last than this, in simulated time. */
enum { PROGRESS_MAX_LINES = 100, PROGRESS_MIN_GAP_MS = 100 };

/* Appends the logs that stand at `now`: the plan's head, then tqdm's lines, each with its \n, as they look where
 * stdout is no terminal: "  4%|▍         | 2/50 [00:00<00:03, 13.01it/s]". Where a rule gives other lines: these, at a
 * steady pace, the last of them with the end, however many and however close. */
void progress_logs(struct buf *out, const struct prediction *prediction, int64_t now);

/* How many pieces of the output are there at `now`: of one that grows they come at a steady pace, the last of them with the
 * end; otherwise all come with it. What was there stays when the prediction is canceled. */
unsigned progress_pieces(const struct prediction *prediction, int64_t now);

/* How many of them its stream has told of at `now`. These are more where it failed: then nothing of its output is shown
 * any more, but what was sent was sent. */
unsigned progress_streamed(const struct prediction *prediction, int64_t now);

/* Does it print anything, sooner or later? */
bool progress_has_logs(const struct prediction *prediction);

/* When a piece that is there came. */
int64_t progress_piece_at(const struct prediction *prediction, unsigned index);

/* When its logs or its output next grow by themselves, after `now` and before the end; CLOCK_NEVER: they do not. */
int64_t progress_next(const struct prediction *prediction, int64_t now);

#endif
