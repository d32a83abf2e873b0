/* The model of a request's path, as whoever asks sees it; and the refusals of what is not there, or not theirs. */
#ifndef API_ASKED_MODEL_H
#define API_ASKED_MODEL_H

#include "api/api.h"
#include "core/models.h"

/* Of /models/{owner}/{name}/…. */
struct asked_model {
    struct world *world; /* NULL: this token has made nothing yet */
    struct model *model;
    struct own_model *own; /* the same; NULL: the catalogue's */
};

/* The world of whoever asks, if there is one: a question makes none. */
struct world *asking_world(struct api *api, struct exchange *exchange);

/* False: there is none, the response says so. */
bool asked_model_read(struct api *api, struct exchange *exchange, struct asked_model *asked);

/* The same, to be changed: false also where the model is not the token's own. */
bool asked_model_read_own(struct api *api, struct exchange *exchange, struct asked_model *asked);

#endif
