#include "media/maker.h"
#include "core/catalog.h"
#include "media/answer.h"
#include "media/controlnet.h"
#include "media/controlnet_pictures.h"
#include "media/draw_text.h"
#include "media/draw_wav.h"
#include "media/draw_webm.h"
#include "media/greetings.h"
#include "media/notes.h"
#include "media/picture.h"
#include "media/stand_in.h"
#include "media/subject.h"

#include <string.h>

/* The models that we know something of; for all others there is a stand-in, by their schema. */
static const struct special {
    const char *model;
    void (*plan)(struct plan *plan, const cJSON *input, struct rng *rng); // NULL: as a stand-in
    struct text_writer text;
    const char *reads; // the member of its input whose file it opens; NULL: none, and no `prepare`
    struct prepared *(*prepare)(struct slice notes, struct slice file, char error[MAKER_ERROR]);
} specials[] = {
    {CONTROLNET, controlnet_plan, {answer_write}, "image", controlnet_prepare},
    {"replicate/hello-world", NULL, {hello_world_text}, NULL, NULL},
    {"replicate/canary", NULL, {canary_text}, NULL, NULL},
};

static const struct special other = {NULL, NULL, {answer_write}, NULL, NULL};

/* An unlisted version answers text, whoever it claims to be of. */
static const struct special *special_of(const struct version *version)
{
    for (size_t i = 0; !version->unlisted && i < sizeof(specials) / sizeof(*specials); i++)
        if (strcmp(version->model->full_name, specials[i].model) == 0)
            return &specials[i];
    return &other;
}

static void plan(struct plan *plan, const struct version *version, const cJSON *input, struct rng *rng)
{
    const struct special *special = special_of(version);

    if (special->plan)
        special->plan(plan, input, rng);
    else
        stand_in_plan(plan, version, input, &special->text);
}

static void text(struct buf *out, const struct plan *plan, const struct version *version, struct slice input)
{
    special_of(version)->text.write(out, plan, version, subject_of(plan, input));
}

static const char *reads(const struct version *version)
{
    return special_of(version)->reads;
}

/* The notes name the model: whoever reads a file has an entry. */
static struct prepared *prepare(struct slice text, struct slice file, char error[MAKER_ERROR])
{
    struct prepared *prepared = NULL;
    struct notes notes;

    notes_read(&notes, text);
    for (size_t i = 0; i < sizeof(specials) / sizeof(*specials); i++)
        if (specials[i].prepare && strcmp(notes.model, specials[i].model) == 0)
            prepared = specials[i].prepare(text, file, error);
    notes_free(&notes);
    return prepared;
}

static char *draw(const struct drawing *drawing, size_t *len)
{
    static char *(*const draws[FILE_KINDS])(const struct drawing *, size_t *) = {
        [FILE_PNG] = draw_picture, [FILE_JPEG] = draw_picture, [FILE_WEBP] = draw_picture, [FILE_WEBM] = draw_webm,
        [FILE_WAV] = draw_wav,     [FILE_JSON] = draw_json,    [FILE_TXT] = draw_txt,
    };

    return draws[drawing->kind](drawing, len);
}

const struct maker media_maker = {.plan = plan,
                                  .text = text,
                                  .value = stand_in_value,
                                  .reads = reads,
                                  .note = notes_put,
                                  .prepare = prepare,
                                  .draw = draw};
