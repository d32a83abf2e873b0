#include "described.h"

#include "base/embed.h"
#include "base/json.h"
#include "core/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { COMPONENTS_MAX = 128, PATH_MAX_LEN = 32 * 1024 }; // the server takes heads of some 16 KiB

struct described {
    struct arena arena;   /* the documents and their schemas */
    struct arena scratch; /* of the answer that is looked at */
    const cJSON *api, *control;
    size_t count;
    struct {
        const cJSON *document;
        const char *pointer;
        const struct schema *schema;
    } compiled[COMPONENTS_MAX];
    char why[4096];
};

static void end_of_bad_document(const char *what)
{
    fprintf(stderr, "the description itself: %s\n", what);
    abort();
}

static const cJSON *read_document(struct described *described, const char *name)
{
    const struct embedded *file = embedded_find(name);
    struct json_error error = {0};
    const cJSON *document =
        file ? json_parse(&described->arena, file->data, file->len, JSON_UNIQUE_KEYS, &error) : NULL;

    if (!document)
        end_of_bad_document(file ? error.reason : name);
    return document;
}

struct described *described_new(void)
{
    struct described *described = xnew(struct described);

    described->api = read_document(described, "schema/openapi.json");
    described->control = read_document(described, "schema/control.json");
    return described;
}

void described_free(struct described *described)
{
    if (!described)
        return;
    arena_free(&described->arena);
    arena_free(&described->scratch);
    free(described);
}

/* --- what was asked --------------------------------------------------------------------------------------------- */

/* "http://host/path" without its first two parts; "http:/host/path" too, as doubled slashes do not last. */
static const char *behind_authority(const char *target)
{
    const char *authority = strstr(target, ":/");

    if (!authority)
        return target;
    authority += 1 + strspn(authority + 1, "/");
    return authority + strcspn(authority, "/?");
}

/* Copies the path up to its query: slashes that do not count are left out, escapes are decoded, but for slashes. */
static void copy_path(char *out, size_t len, const char *at)
{
    for (; *at && *at != '?' && len < PATH_MAX_LEN - 2; at++) {
        unsigned code;
        if (*at == '/' && (!at[1] || strchr("/?", at[1])))
            continue;
        bool escaped = *at == '%' && sscanf(at + 1, "%2x", &code) == 1 && code != '/';
        out[len++] = escaped ? (char)code : *at;
        at += escaped ? 2 : 0;
    }
    out[len] = '\0';
}

/* The host that was asked: of "http://host/path" its own, as it goes before the header. NULL: none that matters. */
static const char *host_of(const struct seen *seen)
{
    const char *authority = *seen->target == '/' ? NULL : strstr(seen->target, "://");

    return authority ? authority + 3 : seen->host;
}

/* What stands before the path in the description of a file's URL, by the host that real files have: below it the bucket
 * may be part of the host. "": any other host, or a path that is the same at each. */
static const char *front_of(const struct seen *seen, const char *path)
{
    static const char domain[] = "replicate.delivery";
    const char *host = host_of(seen);
    size_t len = host ? strcspn(host, ":/?") : 0, domain_len = sizeof(domain) - 1, segments = 0;

    len -= len > 0 && host[len - 1] == '.';
    if (len < domain_len || strncasecmp(host + len - domain_len, domain, domain_len) != 0 ||
        (len > domain_len && host[len - domain_len - 1] != '.'))
        return "";
    if (strncmp(path, "/_mock", 6) == 0 || strncmp(path, "/delivery/", 10) == 0)
        return "";
    for (const char *at = path; *at && *at != '?'; at++)
        segments += *at == '/';
    return len > domain_len && segments == 2 ? "/delivery/bucket" : "/delivery";
}

static const char *behind_prefix(const char *path)
{
    for (int i = 0; i < 2 && strncmp(path, "/v1", 3) == 0 && strchr("/", path[3]); i++)
        path += 3;
    return path;
}

/* "/http:/host/base/v1/path": what Go's client makes of `next`. The inner path, or NULL: it is no such thing, or one of
 * /_mock, which is not to be reached that way. */
static const char *doubled_path(const char *path)
{
    if (strncasecmp(path, "/http:/", 7) != 0 && strncasecmp(path, "/https:/", 8) != 0)
        return NULL;
    path = behind_authority(path);
    for (const char *inner = strstr(path, "/v1/"); inner; inner = strstr(inner + 1, "/v1/"))
        path = inner; // --public-url may have a path, which stands before it
    return strncmp(path, "/_mock", 6) == 0 ? NULL : behind_prefix(path);
}

/* The path as the descriptions have it. */
static void normal_path(char out[PATH_MAX_LEN], const struct seen *seen)
{
    const char *asked = *seen->target == '/' ? seen->target : behind_authority(seen->target);
    const char *front = front_of(seen, asked);
    size_t len = (size_t)snprintf(out, PATH_MAX_LEN, "%s", front);

    copy_path(out, len, asked);
    const char *path = *front ? out : behind_prefix(out), *doubled = doubled_path(path);
    path = doubled ? doubled : path;
    memmove(out, path, strlen(path) + 1);
}

/* Does the path fit the template? Names in braces stand for any segment, and for each other. */
static bool path_fits(const char *template, const char *path)
{
    while (*template && *path) {
        if (*template == '{') {
            template += strcspn(template, "/");
            path += strcspn(path, "/");
        } else if (*template ++ != *path++) {
            return false;
        }
    }
    return *template == *path;
}

static const cJSON *path_item(const cJSON *document, const char *path)
{
    const cJSON *paths = json_get(document, "paths");

    for (const cJSON *item = paths->child; item; item = item->next)
        if (path_fits(item->string, path))
            return item;
    return NULL;
}

/* A method's member of a path item, and back. QUERY is x-query: path items of OpenAPI 3.1 have no member for it. */
static const char *const methods[][2] = {{"GET", "get"},     {"HEAD", "get"},      {"POST", "post"},    {"PUT", "put"},
                                         {"PATCH", "patch"}, {"DELETE", "delete"}, {"QUERY", "x-query"}};

enum { METHOD_COUNT = sizeof(methods) / sizeof(*methods) };

static const cJSON *method_of(const cJSON *item, const char *method)
{
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (strcmp(methods[i][0], method) == 0)
            return json_get(item, methods[i][1]);
    return NULL;
}

static const char *method_name_of(const cJSON *operation)
{
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (strcmp(methods[i][1], operation->string) == 0)
            return methods[i][0];
    return "";
}

/* Is the operation also found at this path? It says so in x-also. */
static bool is_also(const cJSON *operation, const char *path)
{
    const cJSON *list = json_get(operation, "x-also");

    for (const cJSON *also = list ? list->child : NULL; also; also = also->next)
        if (path_fits(also->valuestring, path))
            return true;
    return false;
}

static const cJSON *operation_also_at(const cJSON *document, const char *path)
{
    const cJSON *paths = json_get(document, "paths");

    for (const cJSON *item = paths->child; item; item = item->next)
        for (const cJSON *operation = item->child; operation; operation = operation->next)
            if (is_also(operation, path))
                return operation;
    return NULL;
}

/* Where an answer to this stands: an operation, or what is said of paths and methods that are none. */
struct asked {
    const cJSON *document, *operation;
    bool known;
};

static struct asked find(struct described *described, const struct seen *seen)
{
    char path[PATH_MAX_LEN];

    normal_path(path, seen);
    struct asked asked = {.document = strncmp(path, "/_mock", 6) == 0 ? described->control : described->api};
    const cJSON *item = path_item(asked.document, path), *also = operation_also_at(asked.document, path);
    asked.operation = item ? method_of(item, seen->method) : NULL;
    if (!asked.operation && also && strcmp(method_name_of(also), seen->method) == 0)
        asked.operation = also;
    asked.known = asked.operation != NULL;
    if (!asked.known)
        asked.operation = json_get(json_get(asked.document, "x-elsewhere"), item || also ? "method" : "path");
    return asked;
}

/* --- what is said of it ----------------------------------------------------------------------------------------- */

/* What a reference of the document stands for; anything else is itself. */
static const cJSON *resolve(const cJSON *document, const cJSON *node)
{
    const char *pointer = json_get_string(node, "$ref");

    if (!pointer)
        return node;
    for (const char *at = pointer + 1; document && *at == '/';) {
        char key[128];
        size_t len = strcspn(at + 1, "/");
        snprintf(key, sizeof(key), "%.*s", (int)len, at + 1);
        document = json_get(document, key);
        at += 1 + len;
    }
    if (!document)
        end_of_bad_document(pointer);
    return document;
}

static const cJSON *response_of(const struct asked *asked, int status)
{
    const cJSON *responses = json_get(asked->operation, "responses"), *response;
    char exact[16], range[16];

    snprintf(exact, sizeof(exact), "%d", status);
    snprintf(range, sizeof(range), "%dXX", status / 100);
    response = json_get(responses, exact);
    if (!response)
        response = json_get(responses, range);
    if (!response)
        response = json_get(responses, "default");
    return response ? resolve(asked->document, response) : NULL;
}

static const struct schema *component(struct described *described, const cJSON *document, const char *pointer)
{
    struct faults faults;

    for (size_t i = 0; i < described->count; i++)
        if (described->compiled[i].document == document && strcmp(described->compiled[i].pointer, pointer) == 0)
            return described->compiled[i].schema;
    faults_init(&faults, &described->arena);
    const struct schema *schema = schema_compile(&described->arena, document, pointer, &faults);
    if (!schema || described->count == COMPONENTS_MAX)
        end_of_bad_document(schema ? "too many components" : faults.list[0].description);
    described->compiled[described->count].document = document;
    described->compiled[described->count].pointer = pointer;
    described->compiled[described->count++].schema = schema;
    return schema;
}

static const char *say(struct described *described, const struct seen *seen, const char *what, const char *detail)
{
    snprintf(described->why, sizeof(described->why), "%s %.300s answered %d%s%s: %s%s", seen->method, seen->target,
             seen->status, *seen->type ? ", " : "", seen->type, what, detail);
    return described->why;
}

static bool is_json(const char *type)
{
    return strcmp(type, "application/json") == 0 || strcmp(type, "application/problem+json") == 0;
}

static const char *body_fault(struct described *described, const struct asked *asked, const struct seen *seen,
                              const cJSON *media)
{
    const char *pointer = json_get_string(json_get(media, "schema"), "$ref");
    struct json_error error;
    struct faults faults;

    if (!pointer)
        end_of_bad_document("the JSON of an answer must be a component");
    arena_reset(&described->scratch);
    const cJSON *body = json_parse(&described->scratch, seen->body, seen->len, JSON_UNIQUE_KEYS, &error);
    if (!body)
        return say(described, seen, "no JSON: ", error.reason);
    faults_init(&faults, &described->scratch);
    if (schema_validate(component(described, asked->document, pointer), body, "", &faults))
        return NULL;
    const char *list = "";
    for (size_t i = 0; i < faults.count && i < 8; i++)
        list =
            arena_printf(&described->scratch, "%s\n    %s: %s", list, faults.list[i].field, faults.list[i].description);
    return say(described, seen, arena_printf(&described->scratch, "not %s:%s\n", pointer, list),
               arena_printf(&described->scratch, "%.*s", (int)(seen->len < 1000 ? seen->len : 1000), seen->body));
}

const char *described_fault(struct described *described, const struct seen *seen)
{
    const struct asked asked = find(described, seen);
    const cJSON *response = response_of(&asked, seen->status);
    char type[64];

    if (seen->status < 200 || (seen->status >= 300 && seen->status < 400))
        return NULL;
    if (!response)
        return seen->status >= 500 ? NULL : say(described, seen, "a status that is not described here", "");
    const cJSON *content = json_get(response, "content");
    if (!content)
        return seen->len > 0 ? say(described, seen, "a body, where none is described", "") : NULL;
    snprintf(type, sizeof(type), "%.*s", (int)strcspn(seen->type, "; "), seen->type);
    const cJSON *media = json_get(content, type);
    if (!media)
        media = json_get(content, "*/*");
    if (!media)
        return say(described, seen, "a Content-Type that is not described here", "");
    bool has_body = seen->body && strcmp(seen->method, "HEAD") != 0;
    return has_body && is_json(type) && json_get(content, type) ? body_fault(described, &asked, seen, media) : NULL;
}

const char *described_operation(struct described *described, const struct seen *seen)
{
    const struct asked asked = find(described, seen);

    return asked.known ? json_get_string(asked.operation, "operationId") : NULL;
}

/* --- the descriptions, as such ------------------------------------------------------------------------------------ */

struct sought {
    const char *method, *path, *id;
    struct described *described;
    bool found;
};

static void compare(void *arg, const char *id, const char *method, const char *path)
{
    struct sought *sought = arg;

    sought->found |=
        strcmp(id, sought->id) == 0 && strcmp(method, sought->method) == 0 && path_fits(path, sought->path);
}

static void each_of_item(const cJSON *item,
                         void (*each)(void *arg, const char *id, const char *method, const char *path), void *arg,
                         const char *also_of)
{
    for (const cJSON *operation = item->child; operation; operation = operation->next) {
        const char *id = json_get_string(operation, "operationId");
        if (!id)
            continue;
        if (!also_of || is_also(operation, also_of))
            each(arg, id, method_name_of(operation), also_of ? also_of : item->string);
    }
}

bool described_route(struct described *described, const char *method, const char *path, const char *id)
{
    struct sought sought = {method, path, id, described, false};
    const cJSON *documents[] = {described->api, described->control};

    for (size_t i = 0; i < 2; i++) {
        const cJSON *paths = json_get(documents[i], "paths");
        for (const cJSON *item = paths->child; item; item = item->next) {
            each_of_item(item, compare, &sought, NULL);
            each_of_item(item, compare, &sought, path);
        }
    }
    return sought.found;
}

void described_each(struct described *described, bool control,
                    void (*each)(void *arg, const char *id, const char *method, const char *path), void *arg)
{
    const cJSON *paths = json_get(control ? described->control : described->api, "paths");

    for (const cJSON *item = paths->child; item; item = item->next)
        each_of_item(item, each, arg, NULL);
}
