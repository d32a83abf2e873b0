/* What stands in for a model that nothing here knows: one picture, or a sentence that says so. */
#ifndef MEDIA_STAND_IN_H
#define MEDIA_STAND_IN_H

#include "core/maker.h"

/* For struct maker. The output has the shape that the version's schema gives it, and is another one for another input. */
void stand_in_plan(struct plan *plan, const struct version *version, const cJSON *input);
void stand_in_piece(struct buf *out, const struct plan *plan, const struct version *version, unsigned index);

#endif
