/* What an input is about: its prompt, or whatever it calls that. Kept in a plan as a place in the input's text, so that
 * neither has to be gone through again for each word of an output. */
#ifndef MEDIA_SUBJECT_H
#define MEDIA_SUBJECT_H

#include "base/buf.h"
#include "base/json.h"
#include "base/map.h"
#include "core/plan.h"

/* Where in `text`, the canonical text of `input`, the string begins that it is about: the member `text`, `prompt` or of a
 * name like these, otherwise the first that is a string and neither a URL nor, as a
 * system_prompt, about the manner of the answer. 0: there is none. */
uint32_t subject_find(const cJSON *input, struct slice text);

/* The string itself as it is written there, with its quotes; {NULL, 0}: there is none. */
struct slice subject_of(const struct plan *plan, struct slice text);

/* Appends its text; of a longer one as many characters as are written in the first `most` bytes. False: there was more. */
bool subject_put(struct buf *out, struct slice subject, size_t most);

#endif
