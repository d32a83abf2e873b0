#include "media/greetings.h"
#include "media/subject.h"

void hello_world_text(struct buf *out, const struct plan *plan, const struct version *version, struct slice subject)
{
    (void)plan;
    (void)version;
    buf_lit(out, "hello ");
    subject_put(out, subject, SIZE_MAX);
}

void canary_text(struct buf *out, const struct plan *plan, const struct version *version, struct slice subject)
{
    (void)plan;
    (void)version;
    buf_lit(out, "hello there, ");
    subject_put(out, subject, SIZE_MAX);
}
