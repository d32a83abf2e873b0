#include "media/subject.h"
#include "base/json_scan.h"

static const char *const names[] = {"text", "prompt", "message", "question", "query", "input", "instruction"};

/* Texts that say how to answer, not what about. */
static const char *const manners[] = {"system_prompt", "prompt_template", "stop_sequences", "negative_prompt"};

static bool is_manner(const char *name)
{
    for (size_t i = 0; i < sizeof(manners) / sizeof(*manners); i++)
        if (strcmp(name, manners[i]) == 0)
            return true;
    return false;
}

static bool is_url(const char *text)
{
    return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0 || strncmp(text, "data:", 5) == 0;
}

static const char *name_of_subject(const cJSON *input)
{
    const char *first = NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (json_get_string(input, names[i]))
            return names[i];
    // The least of the names: in the input's text members stand in their order.
    for (const cJSON *member = cJSON_IsObject(input) ? input->child : NULL; member; member = member->next)
        if (cJSON_IsString(member) && !is_url(member->valuestring) && !is_manner(member->string) &&
            (!first || strcmp(member->string, first) < 0))
            first = member->string;
    return first;
}

uint32_t subject_find(const cJSON *input, struct slice text)
{
    const char *name = name_of_subject(input);
    struct slice value = name ? json_scan_member(text, name) : (struct slice){NULL, 0};
    size_t place = value.len > 0 ? (size_t)(value.data - text.data) : 0;

    return place <= UINT32_MAX ? (uint32_t)place : 0;
}

struct slice subject_of(const struct plan *plan, struct slice text)
{
    if (plan->subject == 0 || plan->subject >= text.len)
        return (struct slice){NULL, 0};
    return json_scan_value(text.data + plan->subject, text.data + text.len);
}

bool subject_put(struct buf *out, struct slice subject, size_t most)
{
    struct arena arena = {0};
    struct json_error error;
    struct buf string = {0};

    if (subject.len < 2)
        return true;
    size_t len = json_string_head(subject, most < subject.len ? most + 1 : subject.len);
    buf_add(&string, subject.data, len);
    buf_char(&string, '"');
    const cJSON *text = json_parse(&arena, string.data, string.len, JSON_GRAMMAR, &error);
    buf_str(out, cJSON_IsString(text) ? text->valuestring : "");
    arena_free(&arena);
    buf_free(&string);
    return len + 1 >= subject.len;
}
