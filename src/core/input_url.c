#include "core/input_url.h"
#include "base/chars.h"
#include "base/data_uri.h"
#include "core/capability.h"
#include "core/files.h"

#include <string.h>

/* --- parts of a URL ------------------------------------------------------------------------------------------------ */

/* What is before the first of the stops; all of it, where there is none. */
static struct slice until(struct slice text, const char *stops)
{
    for (; *stops && text.len > 0; stops++) {
        const char *stop = memchr(text.data, *stops, text.len);
        if (stop)
            text.len = (size_t)(stop - text.data);
    }
    return text;
}

static struct slice behind(struct slice text, size_t len)
{
    return (struct slice){text.data + len, text.len - len};
}

void input_url_scheme(char scheme[INPUT_SCHEME_MAX], struct slice url)
{
    size_t len = 0;

    while (len < url.len && len < INPUT_SCHEME_MAX && (char_is_alnum(url.data[len]) || memchr("+-.", url.data[len], 3)))
        len++;
    if (len == url.len || url.data[len] != ':' || len == INPUT_SCHEME_MAX)
        len = 0;
    for (size_t i = 0; i < len; i++)
        scheme[i] = (char)(url.data[i] >= 'A' && url.data[i] <= 'Z' ? url.data[i] | 0x20 : url.data[i]);
    scheme[len] = '\0';
}

/* All behind "scheme://"; empty where it is no such URL. */
static struct slice behind_scheme(struct slice url)
{
    struct slice scheme = until(url, ":/?#"), rest = behind(url, scheme.len);

    return rest.len >= 3 && memcmp(rest.data, "://", 3) == 0 ? behind(rest, 3) : (struct slice){"", 0};
}

struct slice input_url_authority(struct slice url)
{
    struct slice authority = until(behind_scheme(url), "/?#");
    const char *at = authority.len > 0 ? memchr(authority.data, '@', authority.len) : NULL;

    return at ? behind(authority, (size_t)(at + 1 - authority.data)) : authority;
}

struct slice input_url_target(struct slice url)
{
    struct slice rest = behind_scheme(url);

    return until(behind(rest, until(rest, "/?#").len), "#");
}

struct slice input_url_path(struct slice url)
{
    return until(input_url_target(url), "?");
}

/* --- files of ours -------------------------------------------------------------------------------------------------- */

/* Takes the last segment off the path: "c" of "/a/b/c". Empty where there is none. */
static struct slice take_last(struct slice *path)
{
    size_t at = path->len;

    while (at > 0 && path->data[at - 1] != '/')
        at--;
    if (at == 0)
        return (struct slice){"", 0};
    struct slice last = behind(*path, at);
    path->len = at - 1;
    return last;
}

static bool is(struct slice text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.data, word, text.len) == 0;
}

static bool is_word(struct slice text)
{
    size_t len = 0;

    while (len < text.len && (char_is_alnum(text.data[len]) || text.data[len] == '-' || text.data[len] == '_'))
        len++;
    return len > 0 && len == text.len;
}

static bool find_uploaded(struct input_url *found, struct slice path)
{
    struct slice last = take_last(&path);

    if (last.len == 0 || is(last, "download")) // one trailing slash is ignored
        last = take_last(&path);
    if (!is_word(last) || !is(take_last(&path), "files"))
        return false;
    // "/files/logo" may be anybody's; "/v1/files/…" is Replicate's.
    if (last.len != FILE_ID_LEN && !is(take_last(&path), "v1"))
        return false;
    *found = (struct input_url){.place = INPUT_UPLOADED, .id = last};
    return true;
}

/* "/delivery/pbxt/KEY/out-0.png", or with the host replicate.delivery: the key says whether it is ours. */
static bool find_made(struct input_url *found, struct slice path, const struct hash_key *secret)
{
    struct slice name = take_last(&path), key = take_last(&path);
    struct input_url made = {.place = INPUT_MADE};
    char key_text[FILE_KEY_LEN + 1];

    if (key.len != FILE_KEY_LEN || name.len == 0 || name.len >= FILE_NAME_MAX)
        return false;
    memcpy(key_text, key.data, key.len);
    key_text[key.len] = '\0';
    memcpy(made.name, name.data, name.len); // zeroed: a NUL follows
    if (!capability_file_id(made.prediction, secret, key_text, made.name))
        return false;
    *found = made;
    return true;
}

struct input_url input_url_read(struct slice url, const struct hash_key *secret)
{
    struct input_url found = {.place = INPUT_ELSEWHERE};
    char scheme[INPUT_SCHEME_MAX];

    if (data_uri_is(url))
        return (struct input_url){.place = INPUT_IN_ITSELF};
    input_url_scheme(scheme, url);
    if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
        return (struct input_url){.place = INPUT_NOWHERE};
    if (url.len > INPUT_URL_MAX)
        return found;
    struct slice path = input_url_path(url);
    if (!find_uploaded(&found, path))
        find_made(&found, path, secret);
    return found;
}
