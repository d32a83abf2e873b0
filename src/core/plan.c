#include "core/plan.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *ending, *type;
} kinds[FILE_KINDS] = {
    [FILE_PNG] = {"png", "image/png"},
    [FILE_JPEG] = {"jpg", "image/jpeg"},
    [FILE_WEBP] = {"webp", "image/webp"},
    [FILE_WEBM] = {"webm", "video/webm"},
    [FILE_WAV] = {"wav", "audio/wav"},
    [FILE_JSON] = {"json", "application/json"},
    [FILE_TXT] = {"txt", "text/plain; charset=utf-8"},
};

const char *file_kind_ending(enum file_kind kind)
{
    return kinds[kind].ending;
}

const char *file_kind_type(enum file_kind kind)
{
    return kinds[kind].type;
}

bool file_kind_is_picture(enum file_kind kind)
{
    return kind == FILE_PNG || kind == FILE_JPEG || kind == FILE_WEBP;
}

enum file_kind plan_file_kind(const struct plan *plan, unsigned index)
{
    return (enum file_kind)(plan->kinds >> 4 * index & 15);
}

void plan_set_file_kind(struct plan *plan, unsigned index, enum file_kind kind)
{
    _Static_assert(FILE_KINDS <= 16 && PLAN_MAX_FILES * 4 <= 64, "four bits each");
    plan->kinds &= ~(UINT64_C(15) << 4 * index);
    plan->kinds |= (uint64_t)kind << 4 * index;
}

void plan_file_name(const struct plan *plan, unsigned index, char name[FILE_NAME_MAX])
{
    const char *ending = file_kind_ending(plan_file_kind(plan, index));

    if (plan->reference && index == 0)
        snprintf(name, FILE_NAME_MAX, "ref-out.%s", ending);
    else
        snprintf(name, FILE_NAME_MAX, "out-%u.%s", index - plan->reference, ending);
}

int plan_file_index(const struct plan *plan, const char *name)
{
    char other[FILE_NAME_MAX];

    for (unsigned i = 0; i < plan->files; i++) {
        plan_file_name(plan, i, other);
        if (strcmp(name, other) == 0)
            return (int)i;
    }
    return -1;
}

bool plan_makes_files(const struct plan *plan)
{
    return plan->shape == OUTPUT_FILE || plan->shape == OUTPUT_FILES;
}

bool plan_makes_list(const struct plan *plan)
{
    return plan->shape == OUTPUT_TEXTS || plan->shape == OUTPUT_FILES || plan->shape == OUTPUT_VALUES;
}

unsigned plan_pieces(const struct plan *plan)
{
    return plan_makes_files(plan) && !plan->given ? plan->files : plan->pieces;
}

unsigned plan_piece_of_file(const struct plan *plan, unsigned file)
{
    return file * plan_pieces(plan) / plan->files;
}

struct drawing plan_drawing(const struct plan *plan, unsigned index)
{
    bool reference = plan->reference && index == 0;
    // By its number among the outputs, so that out-0.png is the same picture with and without a reference
    // beside it. Only the low bits change: what the outputs share (their structure) is told by the high ones.
    unsigned number = reference ? 0 : index - plan->reference;

    return (struct drawing){.look = plan->look ^ number,
                            .width = plan->width,
                            .height = plan->height,
                            .length = plan->length,
                            .frames = plan->frames,
                            .kind = (uint8_t)plan_file_kind(plan, index),
                            .reference = reference};
}
