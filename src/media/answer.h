/* What stands in for the answer of a language model: sentences about what was asked. */
#ifndef MEDIA_ANSWER_H
#define MEDIA_ANSWER_H

#include "core/maker.h"

/* For struct text_writer. Begins with the subject, where there is one, and mentions what it speaks of; the last sentence
 * says who it really is that answers. About plan->length words; the last sentence is there in any case, and whole. */
void answer_write(struct buf *out, const struct plan *plan, const struct version *version, struct slice subject);

#endif
