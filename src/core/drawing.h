/* An output file before it is drawn, as jobs take it to the worker's thread: with its own copy of the notes and its own
 * hold on what was prepared. */
#ifndef CORE_DRAWING_H
#define CORE_DRAWING_H

#include "core/plan.h"
#include "core/prediction.h"

enum { DRAWING_KEY = 32 };

/* The file of that number of a prediction that still has its data. */
struct drawing *drawing_new(const struct prediction *prediction, unsigned file);
void drawing_free(struct drawing *drawing); /* on the loop's thread. NULL is fine */

/* Two drawings with one key are the same file, byte for byte. */
void drawing_key(unsigned char key[DRAWING_KEY], const struct drawing *drawing);

#endif
