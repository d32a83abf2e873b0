/* What stands in for a model that nothing here knows: files, values or sentences, of the shape that its Output schema asks
 * for. All of it is a function of the model's name and the input. */
#ifndef MEDIA_STAND_IN_H
#define MEDIA_STAND_IN_H

#include "core/maker.h"

/* Who writes a text: as maker.h says of `text`, but instead of the input it is given what that is about. */
struct text_writer {
    void (*write)(struct buf *out, const struct plan *plan, const struct version *version, struct slice subject);
};

/* For struct maker. Where the output is text, `writer` says which, so that its words can be counted. */
void stand_in_plan(struct plan *plan, const struct version *version, const cJSON *input,
                   const struct text_writer *writer);
void stand_in_value(struct buf *out, const struct plan *plan, const struct version *version, unsigned index,
                    const struct file_urls *urls);

#endif
