#include "media/controlnet.h"
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_DIGITS = 40,         // of a seed in the log: it may be as long as the body
    MAX_HASHED = 128 * 1024, // of a longer text half of it at each end
};

static const char default_negative_prompt[] =
    "Longbody, lowres, bad anatomy, bad hands, missing fingers, extra digit, fewer digits, cropped, "
    "worst quality, low quality";

/* An integer by its value, so 20.0 and 2e1 too; of one beyond int64_t the nearest that there is. */
static bool get_integer(const cJSON *input, const char *key, int64_t *value)
{
    const cJSON *number = json_get(input, key);

    if (!cJSON_IsNumber(number) || !json_is_integer(number))
        return false;
    if (!strpbrk(number->valuestring, ".eE"))
        *value = strtoll(number->valuestring, NULL, 10);
    else if (number->valuedouble >= 0x1p63)
        *value = INT64_MAX;
    else
        *value = number->valuedouble > -0x1p63 ? (int64_t)number->valuedouble : INT64_MIN;
    return true;
}

static int64_t integer_within(const cJSON *input, const char *key, int64_t least, int64_t most, int64_t fallback)
{
    int64_t value;

    return get_integer(input, key, &value) && value >= least && value <= most ? value : fallback;
}

static int64_t resolution_of(const cJSON *input)
{
    int64_t value = integer_within(input, "image_resolution", 256, 768, 512);

    return value % 256 == 0 ? value : 512;
}

static void copy_digits(char digits[MAX_DIGITS + 1], const char *text)
{
    size_t len = strlen(text) < MAX_DIGITS ? strlen(text) : MAX_DIGITS;

    memcpy(digits, text, len);
    digits[len] = '\0';
}

/* "seed None" means two random bytes to the model. An integer's digits stand as they were sent; 20.0 and 2e1
 * as the integer that the model makes of them. */
static void write_seed(char digits[MAX_DIGITS + 1], const cJSON *input, struct rng *rng)
{
    const cJSON *seed = json_get(input, "seed");
    const size_t room = MAX_DIGITS + 1;

    if (!cJSON_IsNumber(seed) || !json_is_integer(seed))
        snprintf(digits, room, "%u", (unsigned)(rng_next(rng) & 0xffff));
    else if (strpbrk(seed->valuestring, ".eE") && isfinite(seed->valuedouble))
        snprintf(digits, room, "%.0f", seed->valuedouble);
    else
        copy_digits(digits, seed->valuestring);
}

/* Least byte first, so that pictures do not depend on the machine. */
static uint64_t word_at(const unsigned char *at, size_t len)
{
    uint64_t word = 0;

    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)at[i] << (8 * i);
    return word;
}

/* Nobody gains by two inputs with one look, so this is quicker than a keyed hash. */
static uint64_t mix(uint64_t look, const void *bytes, size_t len)
{
    const unsigned char *at = bytes, *end = at + len;

    look ^= (len + 1) * UINT64_C(0x9e3779b97f4a7c15);
    for (; end - at >= 8; at += 8) {
        look = (look ^ word_at(at, 8)) * UINT64_C(0xff51afd7ed558ccd);
        look ^= look >> 32;
    }
    look = (look ^ word_at(at, (size_t)(end - at))) * UINT64_C(0xc4ceb9fe1a85ec53);
    return look ^ look >> 29;
}

static uint64_t mix_words(uint64_t look, const uint64_t *words, size_t count)
{
    unsigned char bytes[64]; // in one order, so that pictures do not depend on the machine's

    for (size_t i = 0; i < count * 8; i++)
        bytes[i] = (unsigned char)(words[i / 8] >> (8 * (i % 8)));
    return mix(look, bytes, count * 8);
}

/* Of a long text, such as a picture in a data: URI, the two ends and the length: a body may have 16 MiB, and
 * hashing all of it would hold up the loop for 16 ms. */
static uint64_t mix_text(uint64_t look, const char *text)
{
    size_t len = strlen(text);

    if (len <= MAX_HASHED)
        return mix(look, text, len);
    look = mix(look, text, MAX_HASHED / 2);
    look = mix(look, text + len - MAX_HASHED / 2, MAX_HASHED / 2);
    return mix_words(look, &(uint64_t){len}, 1);
}

static uint64_t mix_string_of(const cJSON *input, const char *key, const char *fallback, uint64_t look)
{
    const char *text = json_get_string(input, key);

    return mix_text(look, text ? text : fallback);
}

/* A number's bits; -0 counts as 0. */
static uint64_t number_of(const cJSON *input, const char *key, double fallback)
{
    double number = fallback;
    uint64_t bits;

    json_get_number(input, key, &number);
    number += 0.0;
    memcpy(&bits, &number, sizeof(bits));
    return bits;
}

/* All that the control map depends on. As with the real model the reference picture stays when only the
 * prompt or the seed changes. */
static uint64_t structure_look(const cJSON *input)
{
    const char *structure = json_get_string(input, "structure");
    uint64_t look = mix_text(0, structure ? structure : "");
    look = mix_string_of(input, "image", "", look);
    uint64_t thresholds[] = {number_of(input, "low_threshold", 100), number_of(input, "high_threshold", 200)};
    bool is_canny = structure && strcmp(structure, "canny") == 0; // the thresholds are "[canny only]"
    return is_canny ? mix_words(look, thresholds, 2) : look;
}

/* What the control map depends on decides on the high half, the rest of the input on the low one: where the map itself
 * is known, it takes the high half's place. */
static uint64_t look_of(const cJSON *input, int64_t steps, const char *seed)
{
    uint64_t structure = structure_look(input);
    uint64_t look = mix_string_of(input, "prompt", "", 0);

    look = mix_string_of(input, "negative_prompt", default_negative_prompt, look);
    look = mix_string_of(input, "scheduler", "DDIM", look);
    uint64_t numbers[] = {number_of(input, "scale", 9), number_of(input, "eta", 0), (uint64_t)steps};
    look = mix_words(look, numbers, 3);
    look = mix_text(look, seed);
    return structure >> 32 << 32 | look >> 32;
}

struct control_map_wish controlnet_wish(const cJSON *input)
{
    const char *structure = json_get_string(input, "structure");
    struct control_map_wish wish = {.structure = STRUCTURE_CANNY,
                                    .low_threshold = (int)integer_within(input, "low_threshold", 1, 255, 100),
                                    .high_threshold = (int)integer_within(input, "high_threshold", 1, 255, 200),
                                    .resolution = (int)resolution_of(input)};

    if (structure)
        structure_parse(structure, &wish.structure);
    return wish;
}

void controlnet_plan(struct plan *plan, const cJSON *input, struct rng *rng)
{
    char seed[MAX_DIGITS + 1];
    bool reference = false;
    int64_t steps;

    json_get_bool(input, "return_reference_image", &reference);
    if (!get_integer(input, "steps", &steps))
        steps = 20;
    write_seed(seed, input, rng);
    *plan = (struct plan){.shape = OUTPUT_FILES,
                          .log_head = "Using seed: ",
                          .steps = steps > 0 ? steps : 0, // the schema sets no bounds
                          .reference = reference};
    _Static_assert(sizeof(plan->log_head) > sizeof("Using seed: \n") + MAX_DIGITS, "the line fits");
    strcat(strcat(plan->log_head, seed), "\n");
    plan->look = look_of(input, plan->steps, seed);
    plan->files = (uint8_t)(integer_within(input, "num_outputs", 1, 4, 1) + reference);
    plan->width = plan->height = (uint16_t)resolution_of(input); // a picture that nobody has seen is square
}
