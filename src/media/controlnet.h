/* rossjillian/controlnet, as far as a client can tell: what it prints and which pictures it writes. */
#ifndef MEDIA_CONTROLNET_H
#define MEDIA_CONTROLNET_H

#include "core/maker.h"
#include "maps/control_map.h"

/* As maker.h says of `plan`. A seed that the input does not name is drawn from `rng`. */
void controlnet_plan(struct plan *plan, const cJSON *input, struct rng *rng);

/* Which control map an input asks for; what is missing or wrong is the model's default. */
struct control_map_wish controlnet_wish(const cJSON *input);

#endif
