#include "media/stand_in.h"
#include "base/json.h"
#include "core/catalog.h"
#include "core/product.h"
#include "media/subject.h"
#include "media/wishes.h"

#include <math.h>

enum {
    MAX_HASHED = 128 * 1024, // of a longer input its begin and its length: hashing 16 MiB would hold up the loop
    CHOICES = 1000,          // of a number between two bounds
    WORDS = 4,               // in a text of a value, where its length is free
};

/* --- the plan ----------------------------------------------------------------------------------------------------- */

static uint64_t look_of(const struct version *version, struct slice input)
{
    const struct hash_key key = {0x7374616e64, 0x6c6f6f6b}; // no world's key: the same input looks the same in each
    struct hash_key of_model = hash_derive(&key, version->model->full_name);

    of_model.k0 ^= input.len;
    return hash_bytes(&of_model, input.data, input.len < MAX_HASHED ? input.len : MAX_HASHED);
}

static unsigned clamped(size_t count, size_t least, size_t most)
{
    count = count < most ? count : most;
    return (unsigned)(count > least ? count : least);
}

static void plan_files(struct plan *plan, const struct output *output, const struct wishes *wishes)
{
    enum file_kind kind = wishes_kind(wishes, (enum file_kind)output->kinds[0]);
    unsigned count = 1;

    if (plan->shape == OUTPUT_FILES)
        count = clamped(wishes_count(wishes, (unsigned)output->usual), output->least, output->most);
    plan->files = (uint8_t)(count < PLAN_MAX_FILES ? count : PLAN_MAX_FILES);
    for (unsigned i = 0; i < plan->files; i++)
        plan_set_file_kind(plan, i, kind);
}

static void plan_values(struct plan *plan, const struct output *output)
{
    unsigned files;

    plan->pieces = plan->shape == OUTPUT_VALUES ? clamped(output->usual, output->least, output->most) : 1;
    if (plan->pieces > OUTPUT_MAX_ELEMENTS)
        plan->pieces = OUTPUT_MAX_ELEMENTS;
    files = plan->pieces * output->files;
    plan->files = (uint8_t)(files < PLAN_MAX_FILES ? files : PLAN_MAX_FILES);
    for (unsigned i = 0; i < plan->files; i++)
        plan_set_file_kind(plan, i, (enum file_kind)output->kinds[i % output->files]);
}

static void plan_texts(struct plan *plan, const struct version *version, const struct wishes *wishes,
                       struct slice input, const struct text_writer *writer)
{
    struct buf text = {0};

    plan->pieces = 1;
    plan->length = wishes_words(wishes);
    if (plan->shape == OUTPUT_TEXTS) {
        writer->write(&text, plan, version, subject_of(plan, input));
        plan->pieces = product_count_words(text.data, text.len);
    }
    buf_free(&text);
}

void stand_in_plan(struct plan *plan, const struct version *version, const cJSON *input,
                   const struct text_writer *writer)
{
    const struct output *output = version->output;
    const struct wishes wishes = {input, output->input};
    struct buf text = {0};

    json_canonical(&text, input);
    struct slice canonical = {text.data, text.len};
    *plan = (struct plan){.look = look_of(version, canonical),
                          .shape = output->shape,
                          .grows = output->grows,
                          .subject = subject_find(input, canonical)};
    if (plan_makes_files(plan))
        plan_files(plan, output, &wishes);
    else if (plan->shape == OUTPUT_VALUE || plan->shape == OUTPUT_VALUES)
        plan_values(plan, output);
    else
        plan_texts(plan, version, &wishes, canonical, writer);
    if (plan->files > 0) {
        wishes_size(&wishes, plan_file_kind(plan, 0), &plan->width, &plan->height);
        wishes_length(&wishes, plan_file_kind(plan, 0), plan);
    }
    buf_free(&text);
}

/* --- values ------------------------------------------------------------------------------------------------------- */

/* A value while it is written. */
struct writing {
    struct buf *out;
    struct rng rng;
    unsigned file, last_file; /* the next one, and the last that there is */
    const struct file_urls *urls;
};

/* Words that make sense in any order, cut or lengthened to what the schema allows. */
static void put_words(struct writing *writing, size_t least, size_t most)
{
    static const char *const words[] = {"amber",  "birch", "cloud", "delta",   "ember", "fern",  "grove",
                                        "harbor", "inlet", "jade",  "lantern", "maple", "north", "orchid",
                                        "pine",   "quiet", "river", "stone",   "tide",  "violet"};
    struct buf text = {0};

    for (size_t count = 0; count < WORDS || text.len < least; count++) {
        buf_str(&text, count == 0 ? "" : " ");
        buf_str(&text, words[rng_next(&writing->rng) % (sizeof(words) / sizeof(*words))]);
    }
    buf_json_string(writing->out, text.data, text.len < most ? text.len : most);
    buf_free(&text);
}

static void put_number(struct writing *writing, const struct output_part *part)
{
    double least = part->of.range.least, most = part->of.range.most, step = part->of.range.step;
    uint64_t chance = rng_next(&writing->rng);

    if (step > 0) {
        double steps = floor((most - least) / step);
        least += (double)(chance % (uint64_t)((steps < CHOICES ? steps : CHOICES) + 1)) * step;
    } else if (most > least) {
        least += (most - least) * (double)(1 + chance % (CHOICES - 1)) / CHOICES;
    }
    buf_printf(writing->out, "%.15g", isfinite(least) ? least + 0.0 : 0.0);
}

/* The files of a value are numbered from the first of its element on. More than there can be are the last one again. */
static void put_file(struct writing *writing)
{
    buf_char(writing->out, '"');
    writing->urls->put(writing->urls, writing->out, writing->file);
    buf_char(writing->out, '"');
    writing->file += writing->file < writing->last_file;
}

static void put_part(struct writing *writing, const struct output_part *part)
{
    struct slice text = part->of.literal;

    switch (part->type) {
    case PART_LITERAL: buf_add(writing->out, text.data, text.len); break;
    case PART_CHOICE:
        text = part->of.choice.list[rng_next(&writing->rng) % part->of.choice.count];
        buf_add(writing->out, text.data, text.len);
        break;
    case PART_BOOLEAN: buf_str(writing->out, rng_next(&writing->rng) % 2 ? "true" : "false"); break;
    case PART_INTEGER:
    case PART_NUMBER: put_number(writing, part); break;
    case PART_TEXT: put_words(writing, part->of.length.least, part->of.length.most); break;
    case PART_FILE: put_file(writing); break;
    }
}

void stand_in_value(struct buf *out, const struct plan *plan, const struct version *version, unsigned index,
                    const struct file_urls *urls)
{
    const struct output *output = version->output;
    unsigned last_file = plan->files > 0 ? plan->files - 1U : 0, file = index * output->files;
    struct writing writing = {.out = out,
                              .rng = {.key = {plan->look, index}},
                              .file = file < last_file ? file : last_file,
                              .last_file = last_file,
                              .urls = urls};

    for (size_t i = 0; i < output->count; i++)
        put_part(&writing, &output->parts[i]);
}
