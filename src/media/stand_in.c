#include "media/stand_in.h"
#include "base/json.h"
#include "core/catalog.h"

enum {
    SIDE = 512,
    MAX_HASHED = 128 * 1024, // of a longer input its begin and its length: hashing 16 MiB would hold up the loop
};

static uint64_t look_of(const cJSON *input)
{
    struct hash_key key = {0x7374616e64, 0x6c6f6f6b}; // no world's key: the same input looks the same in each
    struct buf text = {0};

    json_canonical(&text, input);
    key.k0 ^= text.len;
    uint64_t look = hash_bytes(&key, text.data, text.len < MAX_HASHED ? text.len : MAX_HASHED);
    buf_free(&text);
    return look;
}

static struct buf sentence(const struct plan *plan, const struct version *version)
{
    struct buf text = {0};

    buf_printf(&text, "This is replicate-mock, standing in for %s. Its answer to this input has the number %u.",
               version->model->full_name, (unsigned)(plan->look % 1000000));
    return text;
}

/* Words, each with the space before it. Returns what is behind the first. */
static const char *word_end(const char *at, const char *end)
{
    do
        at++;
    while (at < end && *at != ' ');
    return at;
}

static unsigned count_words(const struct plan *plan, const struct version *version)
{
    struct buf text = sentence(plan, version);
    unsigned count = 0;

    for (const char *at = text.data; at < text.data + text.len; at = word_end(at, text.data + text.len))
        count++;
    buf_free(&text);
    return count;
}

void stand_in_plan(struct plan *plan, const struct version *version, const cJSON *input)
{
    *plan = (struct plan){.look = look_of(input), .shape = version->output, .width = SIDE, .height = SIDE};
    plan->files = plan_makes_files(plan);
    plan->pieces = plan->shape == OUTPUT_TEXTS ? count_words(plan, version) : 1;
}

void stand_in_piece(struct buf *out, const struct plan *plan, const struct version *version, unsigned index)
{
    struct buf text = sentence(plan, version);
    const char *at = text.data, *end = at + text.len;

    if (plan->shape != OUTPUT_TEXTS) {
        buf_add(out, text.data, text.len);
    } else {
        while (index-- > 0 && at < end)
            at = word_end(at, end);
        buf_add(out, at, at < end ? (size_t)(word_end(at, end) - at) : 0);
    }
    buf_free(&text);
}
