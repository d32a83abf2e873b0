#include "core/input_file.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "core/input_url.h"
#include "core/script.h"

struct slice input_file_quoted(const struct prediction *prediction)
{
    const char *member = prediction_reads(prediction);

    if (!member)
        return (struct slice){"", 0};
    struct slice value = json_scan_member((struct slice){prediction->input, prediction->input_len}, member);
    return value.len >= 2 && *value.data == '"' ? value : (struct slice){"", 0};
}

struct slice input_file_url(struct arena *arena, const struct prediction *prediction)
{
    struct slice quoted = input_file_quoted(prediction);
    size_t len = quoted.len > 0 ? json_string_head(quoted, INPUT_URL_MAX) : 0;
    char *text = arena_alloc(arena, len + 1);
    struct json_error error;

    memcpy(text, quoted.data, len);
    text[len] = '"';
    const cJSON *url = json_parse(arena, text, len + 1, JSON_GRAMMAR, &error);

    return url && url->valuestring ? (struct slice){url->valuestring, strlen(url->valuestring)} : (struct slice){"", 0};
}

bool input_file_matters(const struct prediction *prediction)
{
    const struct script *script = prediction->script;

    return !script || (!script->prediction.has_output &&
                       (script->prediction.status == STATUS_COUNT || script->prediction.status == STATUS_SUCCEEDED));
}

bool input_file_may_fail(const struct prediction *prediction)
{
    return !prediction->script || prediction->script->prediction.status == STATUS_COUNT;
}
