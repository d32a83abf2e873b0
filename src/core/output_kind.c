#include "core/output_kind.h"

#include <strings.h>

/* Endings of files as published models write them, most of which we have nothing but a neighbour for. */
static const struct {
    const char *ending;
    enum file_kind kind;
} endings[] = {
    {"png", FILE_PNG},  {"jpg", FILE_JPEG},  {"jpeg", FILE_JPEG}, {"gif", FILE_PNG},         {"bmp", FILE_PNG},
    {"tif", FILE_PNG},  {"tiff", FILE_PNG},  {"svg", FILE_PNG},   {"webp", FILE_WEBP},       {"mp4", FILE_WEBM},
    {"mov", FILE_WEBM}, {"webm", FILE_WEBM}, {"mkv", FILE_WEBM},  {"avi", FILE_WEBM},        {"wav", FILE_WAV},
    {"mp3", FILE_WAV},  {"ogg", FILE_WAV},   {"flac", FILE_WAV},  {"m4a", FILE_WAV},         {"mid", FILE_WAV},
    {"midi", FILE_WAV}, {"json", FILE_JSON}, {"txt", FILE_TXT},   {"md", FILE_TXT},          {"srt", FILE_TXT},
    {"vtt", FILE_TXT},  {"csv", FILE_TXT},   {"html", FILE_TXT},  {"xml", FILE_TXT},         {"tex", FILE_TXT},
    {"zip", FILE_TXT},  {"tar", FILE_TXT},   {"gz", FILE_TXT},    {"glb", FILE_TXT},         {"ply", FILE_TXT},
    {"obj", FILE_TXT},  {"mtl", FILE_TXT},   {"npy", FILE_TXT},   {"npz", FILE_TXT},         {"pdf", FILE_TXT},
    {"pth", FILE_TXT},  {"bin", FILE_TXT},   {"dat", FILE_TXT},   {"safetensors", FILE_TXT},
};

/* The first that occurs counts. `broad`: in a model's description as well; "text" there is most often what goes in. */
static const struct {
    const char *word;
    enum file_kind kind;
    bool broad;
} words[] = {
    {"video", FILE_WEBM, true},      {"animat", FILE_WEBM, true},   {"movie", FILE_WEBM, true},
    {"audio", FILE_WAV, true},       {"music", FILE_WAV, true},     {"speech", FILE_WAV, true},
    {"voice", FILE_WAV, true},       {"sound", FILE_WAV, true},     {"song", FILE_WAV, true},
    {"vocal", FILE_WAV, false},      {"json", FILE_JSON, false},    {"image", FILE_PNG, false},
    {"picture", FILE_PNG, false},    {"mask", FILE_PNG, false},     {"text", FILE_TXT, false},
    {"transcript", FILE_TXT, false}, {"subtitle", FILE_TXT, false}, {"archive", FILE_TXT, false},
    {"weights", FILE_TXT, false},    {"mesh", FILE_TXT, false},
};

enum { ENDINGS = sizeof(endings) / sizeof(*endings), WORDS = sizeof(words) / sizeof(*words) };

static bool kind_by_ending(const char *text, size_t len, enum file_kind *kind)
{
    for (size_t i = 0; i < ENDINGS; i++) {
        if (strlen(endings[i].ending) != len || strncasecmp(text, endings[i].ending, len) != 0)
            continue;
        *kind = endings[i].kind;
        return true;
    }
    return false;
}

bool file_kind_of_ending(const char *ending, enum file_kind *kind)
{
    return kind_by_ending(ending, strlen(ending), kind);
}

bool file_kind_of_name(const char *name, enum file_kind *kind)
{
    const char *dot = strrchr(name, '.');

    return dot && file_kind_of_ending(dot + 1, kind);
}

/* "srt_file": endings stand in names of members, too, as a word of their own. */
static bool kind_by_ending_in(const char *name, enum file_kind *kind)
{
    for (const char *at = name; at && *at; at += strspn(at, "_- ")) {
        size_t len = strcspn(at, "_- ");
        if (kind_by_ending(at, len, kind))
            return true;
        at += len;
    }
    return false;
}

bool output_is_url(const cJSON *value)
{
    return cJSON_IsString(value) &&
           (strncmp(value->valuestring, "https://", 8) == 0 || strncmp(value->valuestring, "http://", 7) == 0);
}

static bool kind_by_words(const char *text, bool broad, enum file_kind *kind)
{
    for (size_t i = 0; text && i < WORDS; i++) {
        if ((broad && !words[i].broad) || !strcasestr(text, words[i].word))
            continue;
        *kind = words[i].kind;
        return true;
    }
    return false;
}

/* The first URL in the example; it may be a list where the schema says one, or the other way round. */
static const char *first_text(const cJSON *example)
{
    while (cJSON_IsArray(example) || cJSON_IsObject(example))
        example = example->child;
    return cJSON_IsString(example) ? example->valuestring : NULL;
}

enum file_kind output_kind(const struct facets *facets, const char *name, const cJSON *example, const cJSON *model)
{
    const char *url = first_text(example);
    enum file_kind kind = FILE_PNG;
    bool found =
        (url && file_kind_of_name(url, &kind)) || kind_by_words(name, false, &kind) || kind_by_ending_in(name, &kind);

    for (size_t i = 0; i < facets->count && !found; i++)
        found = kind_by_words(json_get_string(facets->list[i], "title"), false, &kind) ||
                kind_by_words(json_get_string(facets->list[i], "description"), false, &kind);
    if (!found && !kind_by_words(json_get_string(model, "name"), true, &kind))
        kind_by_words(json_get_string(model, "description"), true, &kind);
    return kind;
}
