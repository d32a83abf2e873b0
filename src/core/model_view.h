/* Models and versions as bytes, in the key order in which the real API shows them. Each appends compact JSON.
 *
 * A model of a file is shown as it was given. What strict clients need and it lacks is added behind (Python 1.x: url,
 * visibility, run_count; Swift: the urls of the example), and an empty string is null where Swift wants a URL. */
#ifndef CORE_MODEL_VIEW_H
#define CORE_MODEL_VIEW_H

#include "core/models.h"
#include "core/view.h"

/* `world` may be NULL. */
void model_view(struct buf *out, const struct world *world, const struct model *model, const struct view_base *base);

/* Its default example, a prediction. False: it has none. */
bool model_view_example(struct buf *out, const struct model *model, const struct view_base *base);

/* {"id","created_at","cog_version","openapi_schema"}: the latter two are a string and an object whatever was given, as
 * Python 1.x needs them. */
void version_view(struct buf *out, const struct version *version);

#endif
