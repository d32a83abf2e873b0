#include "cli/scenarios.h"
#include "api/api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const off_t file_max = 16 * 1024 * 1024;

/* NULL: fine; otherwise why it cannot be read. */
static const char *read_all(int fd, struct buf *text)
{
    ssize_t got;

    do {
        buf_reserve(text, 64 * 1024);
        got = read(fd, text->data + text->len, text->cap - text->len);
        text->len += got > 0 ? (size_t)got : 0;
        if (text->len > (size_t)file_max)
            return "larger than 16 MiB";
    } while (got > 0 || (got < 0 && errno == EINTR));
    return got < 0 ? strerror(errno) : NULL;
}

static size_t list_count(const struct list *list)
{
    size_t count = 0;

    list_each (link, list)
        count++;
    return count;
}

static const char *read_file(const char *path, struct buf *text)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return strerror(errno);
    const char *reason = fstat(fd, &info) != 0 ? strerror(errno) : S_ISREG(info.st_mode) ? NULL : "not a file";
    if (!reason)
        reason = read_all(fd, text);
    close(fd);
    return reason;
}

/* In one line, whatever a key may hold: others are not to look as if they came from us. */
static void put_plain(struct buf *line, const char *text)
{
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            buf_printf(line, "\\x%02x", (unsigned)*at);
        else
            buf_char(line, *at);
}

static void add_faults(struct buf *lines, const char *path, const struct faults *faults)
{
    for (const struct fault *fault = faults->list; fault < faults->list + faults->count; fault++) {
        buf_printf(lines, "%s: ", path);
        put_plain(lines, fault->field);
        buf_str(lines, *fault->field ? ": " : "");
        put_plain(lines, fault->description);
        buf_char(lines, '\n');
    }
}

void scenarios_load(struct list *rules, const char *path, struct buf *lines)
{
    struct buf text = {0};
    struct arena arena = {0};
    struct json_error error;
    struct faults faults;

    const char *reason = read_file(path, &text);
    const cJSON *document = reason ? NULL : json_parse(&arena, text.data, text.len, JSON_REQUEST, &error);
    faults_init(&faults, &arena);
    if (reason)
        buf_printf(lines, "%s: %s\n", path, reason);
    else if (!document)
        buf_printf(lines, "%s: line %zu, column %zu: %s\n", path, error.line, error.column, error.reason);
    else if (!scenario_read(document, rules, &api_operations, &faults))
        add_faults(lines, path, &faults);
    arena_free(&arena);
    buf_free(&text);
}

void scenarios_give(struct worlds *worlds, const char *const *paths, size_t *kept, struct buf *lines)
{
    struct list rules;

    list_init(&rules);
    for (const char *const *path = paths; *path; path++)
        scenarios_load(&rules, *path, lines);
    if (list_count(&rules) > SCENARIO_RULES_MAX)
        buf_printf(lines, "%s: more than %d rules in all files\n", paths[0], SCENARIO_RULES_MAX);
    if (lines->len == 0)
        *kept = scenario_give(worlds, &rules);
    scenario_drop(&rules);
}

/* A model has an owner; a rule has none of its own. */
static bool has_rules(const cJSON *value)
{
    static const char *const signs[] = {"scenarios", "scenario", "rules",      "match",   "skip",
                                        "times",     "response", "prediction", "webhook", "stream"};
    bool found = false;

    if (cJSON_IsObject(value) && !json_get(value, "owner"))
        for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
            found |= json_get(value, signs[i]) != NULL;
    return found;
}

bool scenarios_are_in(const char *path)
{
    struct buf text = {0};
    struct arena arena = {0};
    struct json_error error;

    const cJSON *document =
        read_file(path, &text) ? NULL : json_parse(&arena, text.data, text.len, JSON_GRAMMAR, &error);
    bool found =
        has_rules(cJSON_IsArray(document) ? document->child : document); // an array is a mistake, of one or the other
    arena_free(&arena);
    buf_free(&text);
    return found;
}
