/* replicate/hello-world and replicate/canary: two models whose whole answer is known. */
#ifndef MEDIA_GREETINGS_H
#define MEDIA_GREETINGS_H

#include "core/maker.h"

/* "hello TEXT", and "hello there, TEXT": TEXT is what the input says (media/subject.h). */
void hello_world_text(struct buf *out, const struct plan *plan, const struct version *version, struct slice subject);
void canary_text(struct buf *out, const struct plan *plan, const struct version *version, struct slice subject);

#endif
