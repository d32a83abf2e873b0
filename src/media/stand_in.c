#include "media/stand_in.h"
#include "base/json.h"
#include "core/catalog.h"
#include "core/product.h"
#include "media/subject.h"

#include <math.h>

enum {
    SIDE = 512,
    VIDEO_SIDE = 256,
    LEAST_SIDE = 64,
    MOST_SIDE = 2048,
    MAX_HASHED = 128 * 1024, // of a longer input its begin and its length: hashing 16 MiB would hold up the loop
    QUOTED = 120,            // bytes of the subject in an answer
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

/* An integer of the input within bounds, or else `fallback`. */
static unsigned integer_of(const cJSON *input, const char *key, unsigned least, unsigned most, unsigned fallback)
{
    double number;

    if (!json_get_number(input, key, &number) || !(number >= least && number <= most) || number != floor(number))
        return fallback;
    return (unsigned)number;
}

static unsigned clamped(size_t count, size_t least, size_t most)
{
    count = count < most ? count : most;
    return (unsigned)(count > least ? count : least);
}

/* "output_format" names what the pictures are to be; a kind that we do not draw is a PNG. */
static enum file_kind kind_of_files(const struct output *output, const cJSON *input)
{
    const char *format = json_get_string(input, "output_format");
    enum file_kind kind = (enum file_kind)output->kinds[0];

    if (!format || (kind != FILE_PNG && kind != FILE_WEBP))
        return kind;
    return strcmp(format, file_kind_ending(FILE_WEBP)) == 0 ? FILE_WEBP : FILE_PNG;
}

static void plan_files(struct plan *plan, const struct output *output, const cJSON *input)
{
    unsigned count = 1;

    if (plan->shape == OUTPUT_FILES)
        count = integer_of(input, "num_outputs", 1, PLAN_MAX_FILES,
                           (unsigned)output->usual); // "num_outputs" is what image models call it
    count = plan->shape == OUTPUT_FILES ? clamped(count, output->least, output->most) : count;
    plan->files = (uint8_t)(count < PLAN_MAX_FILES ? count : PLAN_MAX_FILES);
    for (unsigned i = 0; i < plan->files; i++)
        plan_set_file_kind(plan, i, kind_of_files(output, input));
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

static void plan_texts(struct plan *plan, const struct version *version, struct slice input,
                       const struct text_writer *writer)
{
    struct buf text = {0};

    plan->pieces = 1;
    if (plan->shape == OUTPUT_TEXTS) {
        writer->write(&text, plan, version, subject_of(plan, input));
        plan->pieces = product_count_words(text.data, text.len);
    }
    buf_free(&text);
}

static void plan_size(struct plan *plan, const cJSON *input)
{
    unsigned side = plan_file_kind(plan, 0) == FILE_WEBM ? VIDEO_SIDE : SIDE;

    plan->width = (uint16_t)integer_of(input, "width", LEAST_SIDE, MOST_SIDE, side);
    plan->height = (uint16_t)integer_of(input, "height", LEAST_SIDE, MOST_SIDE, side);
}

void stand_in_plan(struct plan *plan, const struct version *version, const cJSON *input,
                   const struct text_writer *writer)
{
    const struct output *output = version->output;
    struct buf text = {0};

    json_canonical(&text, input);
    struct slice canonical = {text.data, text.len};
    *plan = (struct plan){.look = look_of(version, canonical),
                          .shape = output->shape,
                          .grows = output->grows,
                          .subject = subject_find(input, canonical)};
    if (plan_makes_files(plan))
        plan_files(plan, output, input);
    else if (plan->shape == OUTPUT_VALUE || plan->shape == OUTPUT_VALUES)
        plan_values(plan, output);
    else
        plan_texts(plan, version, canonical, writer);
    plan_size(plan, input);
    buf_free(&text);
}

/* --- sentences ---------------------------------------------------------------------------------------------------- */

static const char *one_of(struct rng *rng, const char *const *texts, size_t count)
{
    return texts[rng_next(rng) % count];
}

#define ONE_OF(rng, texts) one_of((rng), (texts), sizeof(texts) / sizeof(*(texts)))

/* What it is about as a part of a sentence, on one line. */
static void put_quoted(struct buf *out, struct slice subject)
{
    size_t begin = out->len;
    bool whole = subject_put(out, subject, QUOTED);

    for (size_t i = begin; i < out->len; i++)
        if ((unsigned char)out->data[i] < ' ')
            out->data[i] = ' ';
    if (!whole)
        buf_lit(out, "…");
}

void stand_in_answer(struct buf *out, const struct plan *plan, const struct version *version, struct slice subject)
{
    static const char *const openings[] = {"You wrote “", "Let us begin with “", "Consider “", "The matter is “"};
    static const char *const middles[] = {
        "There are two sides to it, and both deserve a moment.",
        "The short answer is yes; the long one has a few steps.",
        "A good start is to look at it from the end.",
        "It is simpler than it seems, once it is taken apart.",
    };
    static const char *const endings[] = {
        "First comes what is known, then what is only likely.",
        "Take one part after the other, and keep the order.",
        "Most of it follows from the first few words.",
        "What remains is a matter of taste.",
    };
    struct rng rng = {.key = {plan->look, 0x616e73776572}};

    if (subject.len > 2) {
        buf_str(out, ONE_OF(&rng, openings));
        put_quoted(out, subject);
        buf_lit(out, "”. ");
        buf_str(out, ONE_OF(&rng, middles));
        buf_char(out, ' ');
        buf_str(out, ONE_OF(&rng, endings));
        buf_char(out, ' ');
    }
    buf_printf(out, "This is replicate-mock, standing in for %s. Its answer to this input has the number %u.",
               version->model->full_name, (unsigned)(plan->look % 1000000));
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
        buf_str(&text, ONE_OF(&writing->rng, words));
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
