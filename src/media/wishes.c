#include "media/wishes.h"
#include "core/output_kind.h"
#include "media/draw_wav.h"
#include "media/draw_webm.h"

#include <math.h>
#include <stdlib.h>

/* Published models in the order of how many have the name, or how often these are run. */
static const char *const counts[] = {"num_outputs",           "number_of_images", "num_samples", "num_images",
                                     "num_images_per_prompt", "max_images",       NULL};
static const char *const durations[] = {"duration", "seconds_total", "audio_duration", NULL};
static const char *const frame_counts[] = {"num_frames", "video_length", "frames", "length", NULL};
static const char *const rates[] = {"fps", "frame_rate", "frames_per_second", NULL};
static const char *const tokens[] = {"max_new_tokens",        "max_tokens",        "max_length",
                                     "max_completion_tokens", "max_output_tokens", NULL};

enum { USUAL_RATE = 10, MOST_RATE = 60, MOST = 1000000 };

bool wish_number(const cJSON *value, double *number)
{
    const char *text = cJSON_IsString(value) ? value->valuestring : "";
    char *end = NULL;

    if (cJSON_IsNumber(value))
        *number = value->valuedouble;
    else if (*text >= '0' && *text <= '9')
        *number = strtod(text, &end);
    else
        return false;
    return isfinite(*number) && (!end || strchr("sp_", *end));
}

bool wish_find(const cJSON *object, const char *const *names, double least, double most, double *number)
{
    double found;

    for (; *names; names++) {
        if (!wish_number(json_get(object, *names), &found) || !(found >= least && found <= most))
            continue;
        *number = found;
        return true;
    }
    return false;
}

bool wishes_find(const struct wishes *wishes, const char *const *names, double least, double most, double *number)
{
    return wish_find(wishes->input, names, least, most, number) || wish_find(wishes->usual, names, least, most, number);
}

unsigned wishes_count(const struct wishes *wishes, unsigned usual)
{
    double count;

    if (!wishes_find(wishes, counts, 1, MOST, &count) || count != floor(count))
        return usual;
    return count < PLAN_MAX_FILES ? (unsigned)count : PLAN_MAX_FILES;
}

static bool names_picture(const cJSON *object, enum file_kind *kind)
{
    const char *format = json_get_string(object, "output_format");
    enum file_kind named;

    if (!format || !file_kind_of_ending(format, &named) || !file_kind_is_picture(named))
        return false;
    *kind = named;
    return true;
}

enum file_kind wishes_kind(const struct wishes *wishes, enum file_kind usual)
{
    enum file_kind kind = usual;

    if (file_kind_is_picture(usual) && !names_picture(wishes->input, &kind))
        names_picture(wishes->usual, &kind);
    return kind;
}

/* What was asked for in seconds, in milliseconds and not beyond what is kept small. */
static uint16_t milliseconds(double seconds, unsigned most)
{
    double length = seconds * 1000;

    return (uint16_t)(length < most ? length : most);
}

static void video_length(const struct wishes *wishes, struct plan *plan)
{
    double seconds = 0, rate = USUAL_RATE, frames = 0;
    bool has_rate = wishes_find(wishes, rates, 1, MOST_RATE, &rate);
    bool counted = wish_find(wishes->input, frame_counts, 1, MOST, &frames);

    // What the input says goes before what the schema does, whichever of the two it says.
    if (!counted && !wish_find(wishes->input, durations, 0.1, MOST, &seconds))
        counted = wish_find(wishes->usual, frame_counts, 1, MOST, &frames);
    if (!counted && seconds == 0 && !wish_find(wishes->usual, durations, 0.1, MOST, &seconds) && !has_rate)
        return;
    if (counted)
        seconds = frames / rate;
    plan->length = seconds > 0 ? milliseconds(seconds, VIDEO_MAX_LENGTH) : VIDEO_LENGTH;
    plan->length += plan->length == 0;
    frames = plan->length * rate / 1000;
    plan->frames = (uint8_t)(frames < 1 ? 1 : frames < VIDEO_MAX_FRAMES ? frames : VIDEO_MAX_FRAMES);
}

void wishes_length(const struct wishes *wishes, enum file_kind kind, struct plan *plan)
{
    double seconds;

    if (kind == FILE_WEBM)
        video_length(wishes, plan);
    else if (kind == FILE_WAV && wishes_find(wishes, durations, 0.1, MOST, &seconds))
        plan->length = milliseconds(seconds, WAV_MAX_LENGTH);
}

/* "3/4 of a word" is what providers of such models say that a token is. */
uint16_t wishes_words(const struct wishes *wishes)
{
    double count, most = WISH_MOST_WORDS;

    if (!wish_find(wishes->input, tokens, 1, MOST, &count)) {
        most = WISH_WORDS; // a default is what may be, not what somebody wants
        if (!wish_find(wishes->usual, tokens, 1, MOST, &count))
            return WISH_WORDS;
    }
    count = count * 3 / 4;
    return (uint16_t)(count < 1 ? 1 : count < most ? count : most);
}
