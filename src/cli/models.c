#include "cli/models.h"
#include "base/json_scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDERS_DEEP = 8 };
static const off_t file_max = 1024 * 1024 * 1024;

struct loading {
    struct catalog *catalog;
    struct buf *lines;
    const char *file;
    const char *text, *end;
};

/* --- faults --------------------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void add_line(struct loading *loading, const char *where,
                                                           const char *format, ...)
{
    char reason[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    buf_printf(loading->lines, "%s: %s%s%s\n", loading->file, where, *where ? ": " : "", reason);
}

/* A syntax error at line and column (from 1) of the part of the file that begins at `part`. */
static void add_syntax(struct loading *loading, const char *part, const struct json_error *error)
{
    size_t line = error->line, column = error->column;
    const char *start = part;

    while (start > loading->text && start[-1] != '\n')
        start--;
    for (const char *at = start; error->line == 1 && at < part; at++)
        column += ((unsigned char)*at & 0xc0) != 0x80;
    for (const char *at = loading->text; at < start; at++)
        line += *at == '\n';
    add_line(loading, "", "line %zu, column %zu: %s", line, column, error->reason);
}

static void add_expected(struct loading *loading, const char *at, const char *expected)
{
    struct json_error error = {.line = 1, .column = 1};

    snprintf(error.reason, sizeof(error.reason), "expected %s, found %s", expected,
             at == loading->end ? "the end of the file" : "something else");
    add_syntax(loading, at, &error);
}

/* --- models ---------------------------------------------------------------------------------------------------------- */

/* `place` is "" or "[17]". False: it is no JSON, so nobody can tell where the next one begins. */
static bool add_model(struct loading *loading, struct slice text, const char *place, struct arena *scratch)
{
    struct json_error error;
    struct faults faults;

    const cJSON *json = json_parse(scratch, text.data, text.len, JSON_GRAMMAR, &error);
    if (!json) {
        add_syntax(loading, text.data, &error);
        return false;
    }
    faults_init(&faults, scratch);
    catalog_add(loading->catalog, json, text, &faults);
    for (size_t i = 0; i < faults.count; i++) {
        const char *field = faults.list[i].field, *dot = *place && *field ? "." : "";
        add_line(loading, arena_printf(scratch, "%s%s%s", place, dot, field), "%s", faults.list[i].description);
    }
    return true;
}

/* One at a time, so that memory never holds the trees of all. Returns what is behind the array; NULL: it is broken. */
static const char *add_models(struct loading *loading, const char *at, struct arena *scratch)
{
    const char *next = json_scan_space(at + 1, loading->end);

    for (size_t index = 0; index > 0 || next == loading->end || *next != ']'; index++) {
        char place[32];
        struct slice text = json_scan_value(next, loading->end);
        if (text.len == 0) {
            add_expected(loading, text.data, "a model object");
            return NULL;
        }
        snprintf(place, sizeof(place), "[%zu]", index);
        if (!add_model(loading, text, place, scratch))
            return NULL;
        arena_reset(scratch);
        next = json_scan_space(text.data + text.len, loading->end);
        if (next < loading->end && *next == ']')
            break;
        if (next == loading->end || *next != ',') {
            add_expected(loading, next, "',' or ']' after a model");
            return NULL;
        }
        next++;
    }
    return next + 1;
}

static void add_text(struct loading *loading)
{
    const char *at = json_scan_space(loading->text, loading->end);
    struct arena scratch = {0};

    if (at == loading->end || *at != '[') {
        add_model(loading, (struct slice){at, (size_t)(loading->end - at)}, "", &scratch);
    } else {
        const char *behind = add_models(loading, at, &scratch);
        if (behind && json_scan_space(behind, loading->end) != loading->end)
            add_expected(loading, json_scan_space(behind, loading->end), "the end of the file after the array");
    }
    arena_free(&scratch);
}

/* --- files and folders ------------------------------------------------------------------------------------------------- */

/* malloc'd. NULL: it cannot be read, errno says why. */
static char *read_all(int fd, size_t len)
{
    char *text = xmalloc(len + 1);
    size_t done = 0;

    while (done < len) {
        ssize_t got = read(fd, text + done, len - done);
        if (got > 0)
            done += (size_t)got;
        else if (got == 0 || errno != EINTR)
            break;
    }
    if (done == len)
        return text;
    free(text);
    return NULL;
}

static void load_file(struct loading *loading, int fd, off_t size)
{
    if (size > file_max) {
        add_line(loading, "", "larger than %lld bytes", (long long)file_max);
        return;
    }
    char *text = read_all(fd, (size_t)size);
    if (!text) {
        add_line(loading, "", "%s", errno ? strerror(errno) : "it became shorter while it was read");
        return;
    }
    loading->text = text;
    loading->end = text + size;
    catalog_keep(loading->catalog, text);
    add_text(loading);
}

static void load(struct catalog *catalog, const char *path, struct buf *lines, int depth);

static bool is_wanted(const struct dirent *entry, const char *path)
{
    size_t len = strlen(entry->d_name);
    struct stat info;

    if (entry->d_name[0] == '.' || stat(path, &info) != 0)
        return false;
    return S_ISDIR(info.st_mode) || (len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0);
}

static void load_folder(struct loading *loading, int depth)
{
    struct dirent **entries;
    int count = scandir(loading->file, &entries, NULL, alphasort);

    if (count < 0 || depth == FOLDERS_DEEP) {
        add_line(loading, "", "%s", count < 0 ? strerror(errno) : "folders within folders, more than 8 deep");
        count = count < 0 ? 0 : count;
    }
    for (int i = 0; i < count; i++) {
        struct buf path = {0};
        buf_printf(&path, "%s/%s", loading->file, entries[i]->d_name);
        if (depth < FOLDERS_DEEP && is_wanted(entries[i], buf_cstr(&path)))
            load(loading->catalog, buf_cstr(&path), loading->lines, depth + 1);
        buf_free(&path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void load(struct catalog *catalog, const char *path, struct buf *lines, int depth)
{
    struct loading loading = {.catalog = catalog, .lines = lines, .file = path};
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    errno = fd < 0 ? errno : 0;
    if (fd < 0 || fstat(fd, &info) != 0)
        add_line(&loading, "", "%s", strerror(errno));
    else if (S_ISDIR(info.st_mode))
        load_folder(&loading, depth);
    else if (S_ISREG(info.st_mode))
        load_file(&loading, fd, info.st_size);
    else
        add_line(&loading, "", "neither a file nor a folder");
    if (fd >= 0)
        close(fd);
}

void models_load(struct catalog *catalog, const char *path, struct buf *lines)
{
    load(catalog, path, lines, 0);
}
