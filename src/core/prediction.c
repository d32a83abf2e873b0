#include "core/prediction.h"
#include "core/catalog.h"
#include "core/inlined.h"
#include "core/script.h"
#include "core/training.h"
#include "core/world.h"

#include <assert.h>
#include <stdlib.h>

#define BIT(status) (1U << (status))

static const struct {
    const char *name;
    unsigned next; /* the statuses that may follow */
} statuses[STATUS_COUNT] = {
    [STATUS_STARTING] = {"starting",
                         BIT(STATUS_PROCESSING) | BIT(STATUS_FAILED) | BIT(STATUS_CANCELED) | BIT(STATUS_ABORTED)},
    [STATUS_PROCESSING] = {"processing", BIT(STATUS_SUCCEEDED) | BIT(STATUS_FAILED) | BIT(STATUS_CANCELED)},
    [STATUS_SUCCEEDED] = {"succeeded", 0},
    [STATUS_FAILED] = {"failed", 0},
    [STATUS_CANCELED] = {"canceled", 0},
    [STATUS_ABORTED] = {"aborted", 0},
};

const char *status_name(enum status status)
{
    return statuses[status].name;
}

bool status_parse(const char *name, enum status *status)
{
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (strcmp(statuses[i].name, name) != 0)
            continue;
        *status = (enum status)i;
        return true;
    }
    return false;
}

bool status_is_terminal(enum status status)
{
    return statuses[status].next == 0;
}

bool status_may_become(enum status from, enum status to)
{
    return (statuses[from].next & BIT(to)) != 0;
}

bool status_may_reach(enum status from, enum status to)
{
    for (int next = 0; next < STATUS_COUNT; next++)
        if (status_may_become(from, (enum status)next) && ((int)to == next || status_may_reach((enum status)next, to)))
            return true;
    return false;
}

const char *prediction_word(const struct prediction *prediction)
{
    return prediction->kind == PREDICTION_TRAINING ? "training" : "prediction";
}

void prediction_become(struct prediction *prediction, enum status status)
{
    assert(status_may_become((enum status)prediction->status, status));
    prediction->status = (uint8_t)status;
}

static size_t text_bytes(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static size_t hooks_bytes(const struct hooks *hooks)
{
    if (!hooks)
        return 0;
    size_t bytes =
        sizeof(*hooks) + text_bytes(hooks->api_base) + text_bytes(hooks->streams_base) + text_bytes(hooks->files_base);
    for (size_t i = 0; i < hooks->count; i++)
        bytes += text_bytes(hooks->list[i].url);
    return bytes;
}

static size_t kind_bytes(const struct prediction *prediction)
{
    switch ((enum prediction_kind)prediction->kind) {
    case PREDICTION_DEPLOYED: return text_bytes(prediction->deployment);
    case PREDICTION_TRAINING: return training_bytes(prediction->training);
    case PREDICTION_PLAIN: break;
    }
    return 0;
}

size_t prediction_bytes(const struct prediction *prediction)
{
    return sizeof(*prediction) + prediction->input_len + text_bytes(prediction->webhook) +
           text_bytes(prediction->error) + text_bytes(prediction->flaw) + hooks_bytes(prediction->hooks) +
           kind_bytes(prediction) + inlined_bytes(prediction->inlined) + prepared_bytes(prediction->prepared) +
           (prediction->version->unlisted ? version_copy_bytes(prediction->version) : 0);
}

const char *prediction_reads(const struct prediction *prediction)
{
    const struct maker *maker = prediction->world->worlds->maker;
    bool runs_model = prediction->kind != PREDICTION_TRAINING;

    return runs_model && maker->reads ? maker->reads(prediction->version) : NULL;
}

void prediction_remove_data(struct prediction *prediction)
{
    free(prediction->input);
    prediction->input = xstrdup("{}");
    prediction->input_len = 2;
    inlined_free(prediction->inlined);
    prepared_let_go(prediction->prepared);
    script_let_go(prediction->script);
    prediction->inlined = NULL;
    prediction->prepared = NULL;
    prediction->script = NULL;
    prediction->plan.log_head[0] = '\0';
    prediction->data_removed = true;
}

static void hooks_free(struct hooks *hooks)
{
    if (!hooks)
        return;
    for (size_t i = 0; i < hooks->count; i++)
        free(hooks->list[i].url);
    free(hooks->api_base);
    free(hooks->streams_base);
    free(hooks->files_base);
    free(hooks);
}

void prediction_free(struct prediction *prediction)
{
    if (!prediction)
        return;
    assert(prediction->timer.node.place == 0);
    assert(list_empty(&prediction->observers));
    free(prediction->input);
    inlined_free(prediction->inlined);
    prepared_let_go(prediction->prepared);
    script_let_go(prediction->script);
    free(prediction->webhook);
    hooks_free(prediction->hooks);
    free(prediction->error);
    free(prediction->flaw);
    if (prediction->kind == PREDICTION_TRAINING)
        training_free(prediction->training);
    else
        free(prediction->deployment);
    if (prediction->version->unlisted)
        free(prediction->version);
    free(prediction);
}
