#include "media/notes.h"
#include "base/json_scan.h"
#include "core/catalog.h"

#include <string.h>

enum { USUAL_QUALITY = 80 }; // of nearly all models that have "output_quality"

static const char seed_head[] = "Using seed: "; // ControlNet prints it, whatever it comes from

static struct slice seed_of(const struct plan *plan, struct slice input)
{
    const size_t head = sizeof(seed_head) - 1;

    if (strncmp(plan->log_head, seed_head, head) == 0)
        return (struct slice){plan->log_head + head, strcspn(plan->log_head + head, "\n")};
    struct slice given = json_scan_member(input, "seed");
    return given.len > 0 && given.len <= LOG_HEAD_MAX ? given : (struct slice){"", 0};
}

static bool is_long_text(struct slice value)
{
    static const char picture[] = "\"data:";

    return value.len > NOTE_MAX && *value.data == '"' && memcmp(value.data, picture, sizeof(picture) - 1) != 0;
}

static void put_input(struct buf *out, struct slice input)
{
    struct json_members members = json_members(input);
    size_t end = out->len + NOTES_MAX - LOG_HEAD_MAX;
    char separator = '{';

    while (json_next(&members)) {
        bool cut = is_long_text(members.value);
        size_t len = cut ? json_string_head(members.value, NOTE_MAX - 1) : members.value.len; // and the quote
        if (len > NOTE_MAX || out->len + members.key.len + len + 3 > end)
            continue;
        buf_char(out, separator);
        buf_add(out, members.key.data, members.key.len);
        buf_char(out, ':');
        buf_add(out, members.value.data, len);
        if (cut)
            buf_char(out, '"');
        separator = ',';
    }
    buf_str(out, separator == '{' ? "{}" : "}");
}

void notes_put(struct buf *out, const struct plan *plan, const struct version *version, struct slice input)
{
    struct slice seed = seed_of(plan, input);

    buf_lit(out, "{\"model\":");
    buf_json_string(out, version->model->full_name, strlen(version->model->full_name));
    buf_lit(out, ",\"seed\":");
    buf_json_string(out, seed.data, seed.len);
    buf_lit(out, ",\"input\":");
    put_input(out, input);
    buf_char(out, '}');
}

static const char *text_of(const cJSON *notes, const char *key)
{
    const char *text = json_get_string(notes, key);

    return text ? text : "";
}

/* In memory that may be written to: readers mark what they look at. */
static const cJSON *empty_object(struct arena *arena)
{
    cJSON *object = arena_alloc(arena, sizeof(*object));

    *object = (cJSON){.type = cJSON_Object};
    return object;
}

void notes_read(struct notes *notes, struct slice text)
{
    struct json_error error;

    *notes = (struct notes){0};
    const cJSON *tree = json_parse(&notes->arena, text.data, text.len, JSON_GRAMMAR, &error);
    notes->model = text_of(tree, "model");
    notes->seed = text_of(tree, "seed");
    notes->input = json_get(tree, "input");
    if (!cJSON_IsObject(notes->input))
        notes->input = empty_object(&notes->arena);
}

const char *notes_text(const struct notes *notes, const char *key)
{
    return text_of(notes->input, key);
}

static int quality_of(const struct notes *notes)
{
    double quality;

    if (!json_get_number(notes->input, "output_quality", &quality) || !(quality >= 0 && quality <= 100))
        return USUAL_QUALITY;
    return (int)quality;
}

struct image_about notes_about(const struct notes *notes, struct image_text texts[IMAGE_TEXTS_MAX])
{
    const struct image_text all[] = {{"Software", "replicate-mock"},
                                     {"model", notes->model},
                                     {"prompt", json_get_string(notes->input, "prompt")},
                                     {"negative_prompt", json_get_string(notes->input, "negative_prompt")},
                                     {"seed", notes->seed}};

    _Static_assert(sizeof(all) / sizeof(*all) <= IMAGE_TEXTS_MAX, "there is room");
    memcpy(texts, all, sizeof(all));
    return (struct image_about){
        .texts = texts, .count = *notes->model ? sizeof(all) / sizeof(*all) : 0, .quality = quality_of(notes)};
}

void notes_free(struct notes *notes)
{
    arena_free(&notes->arena);
}
