#include "media/maker.h"
#include "media/controlnet.h"
#include "media/draw_png.h"

/* One model so far, so the version does not matter: what another model lacks of these inputs counts as
 * default. */
static void plan(struct plan *plan, const struct version *version, const cJSON *input, struct rng *rng)
{
    (void)version;
    controlnet_plan(plan, input, rng);
}

const struct maker media_maker = {.plan = plan, .draw = draw_png};
