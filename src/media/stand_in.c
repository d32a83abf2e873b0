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

void stand_in_plan(struct plan *plan, const struct version *version, const cJSON *input)
{
    *plan = (struct plan){.look = look_of(input), .shape = version->output, .width = SIDE, .height = SIDE};
    plan->files = plan_makes_files(plan);
}

void stand_in_text(struct buf *out, const struct plan *plan, const struct version *version)
{
    buf_printf(out, "This is replicate-mock, standing in for %s. Its answer to this input has the number %u.",
               version->model->full_name, (unsigned)(plan->look % 1000000));
}
