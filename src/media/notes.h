/* What is drawn is drawn on the worker's thread, which has no prediction: all it has are a plan's numbers and these
 * notes, a small JSON object:
 *
 *     {"model":"rossjillian/controlnet","seed":"20","input":{"prompt":"a turtle","scale":9,…}}
 *
 * `seed` is the one that was used, whether it was given or drawn. `input` has the members of the prediction's that are
 * short (NOTE_MAX), and of a longer text the beginning; of pictures in data: URIs nothing. */
#ifndef MEDIA_NOTES_H
#define MEDIA_NOTES_H

#include "base/json.h"
#include "base/map.h"
#include "core/maker.h"
#include "image/encode.h"

enum { NOTE_MAX = 8 * 1024 }; /* bytes of a member's value, as they are written */

/* For struct maker: its `note`. */
void notes_put(struct buf *out, const struct plan *plan, const struct version *version, struct slice input);

struct notes {
    struct arena arena;
    const char *model; /* "owner/name" */
    const char *seed;  /* digits; "" where there is none */
    const cJSON *input;
};

/* Of anything else than notes (none at all, of a drawing made by hand): texts that are empty, an empty input. Whatever
 * it is, notes_free ends it. */
void notes_read(struct notes *notes, struct slice text);

void notes_free(struct notes *notes);

/* A text of the input; "" where there is none of that name. Valid as long as the notes are. */
const char *notes_text(const struct notes *notes, const char *key);

/* What a file says of itself: who made it, the model, the prompts, the seed; and `output_quality`. Valid as long as the
 * notes are. Without a model there are no texts. */
struct image_about notes_about(const struct notes *notes, struct image_text texts[IMAGE_TEXTS_MAX]);

#endif
