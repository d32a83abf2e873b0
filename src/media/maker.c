#include "media/maker.h"
#include "core/catalog.h"
#include "media/controlnet.h"
#include "media/draw_png.h"
#include "media/stand_in.h"

#include <string.h>

static void plan(struct plan *plan, const struct version *version, const cJSON *input, struct rng *rng)
{
    // An unlisted version answers text, whoever it claims to be of.
    if (!version->unlisted && strcmp(version->model->full_name, "rossjillian/controlnet") == 0)
        controlnet_plan(plan, input, rng);
    else
        stand_in_plan(plan, version, input);
}

const struct maker media_maker = {.plan = plan, .piece = stand_in_piece, .draw = draw_png};
