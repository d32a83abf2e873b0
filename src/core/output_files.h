/* The files that a prediction or a training has written, and how long their URLs lead to them. Nothing is kept for that:
 * it follows from the prediction's times. */
#ifndef CORE_OUTPUT_FILES_H
#define CORE_OUTPUT_FILES_H

#include "core/prediction.h"

/* So long after its end, simulated seconds: "output URLs … expire after 1 h". */
enum { OUTPUT_FILES_LAST_S = 3600 };

/* Has it written any? One that was canceled, or failed, has those that were there by then. None once its data is
 * removed: the files go with it. */
bool output_files_any(const struct prediction *prediction);

/* The moment from which on none of them is there; CLOCK_NEVER while it runs. */
int64_t output_files_expire_at(const struct prediction *prediction);

/* Can its file of that number be fetched at `now`? Files of an output that grows are there one after the other. */
bool output_files_has(const struct prediction *prediction, unsigned file, int64_t now);

/* Can a training's weights? */
bool output_files_has_weights(const struct prediction *training, int64_t now);

#endif
