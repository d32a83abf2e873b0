#include "media/maker.h"
#include "media/controlnet.h"
#include "media/draw_png.h"

/* There is one model so far, so its version does not matter. */
static void plan(struct plan *plan, const struct version *version, const cJSON *input, struct rng *rng)
{
    (void)version;
    controlnet_plan(plan, input, rng);
}

const struct maker media_maker = {.plan = plan, .draw = draw_png};
