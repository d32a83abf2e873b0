#include "api/uploads.h"
#include "api/api.h"
#include "api/cors.h"
#include "api/errors.h"
#include "api/files.h"
#include "api/origin.h"
#include "api/reply.h"
#include "base/json.h"
#include "http/multipart.h"
#include "http/problem.h"

#include <stdlib.h>

enum {
    NAME_MAX_BYTES = 255, // "filename: <= 255 bytes, valid UTF-8"
    TYPE_MAX_BYTES = 255,
    METADATA_MAX = 64 * 1024, // ours
};

/* An upload under way. The worker's thread has the first part of it for itself, until `done`. */
struct upload {
    struct job job;
    struct arena arena;
    const char *content_type; /* of the request */
    struct buf body;          /* once it was read: of the file alone */
    struct file *file;
    const char *malformed; /* a sentence; NULL: it is no multipart body that is malformed */
    bool too_large;
    struct faults faults;

    struct api *api;
    struct exchange *exchange; /* NULL: its client has left */
    struct world *world;       /* NULL: it was closed */
    struct observer closing;
    size_t reserved;
};

/* --- on the worker's thread --------------------------------------------------------------------------------------- */

/* What stands in a field, or else `otherwise`. It lies in the body, or is a C string. */
static struct slice field_or(const struct multipart *parts, const char *name, const char *otherwise)
{
    const struct part *part = multipart_find(parts, name);

    return part && part->bytes.len > 0 ? part->bytes : (struct slice){otherwise, strlen(otherwise)};
}

static char *copy_of(struct slice text)
{
    return xmemdup0(text.data, text.len);
}

static void read_name(struct upload *upload, const struct multipart *parts, const struct part *content)
{
    bool has_name = content->filename && *content->filename;
    struct slice name = field_or(parts, "filename", has_name ? content->filename : "file");

    if (!json_is_utf8(name.data, name.len) || memchr(name.data, '\0', name.len))
        faults_add(&upload->faults, "format", "filename", "Must be UTF-8");
    else if (name.len > NAME_MAX_BYTES)
        faults_add(&upload->faults, "string_lte", "filename", "String length must be less than or equal to %d",
                   NAME_MAX_BYTES);
    upload->file->name = copy_of(name);
}

/* It becomes a header of the download: nothing in it may end that. */
static bool is_media_type(struct slice type)
{
    if (type.len > TYPE_MAX_BYTES || !memchr(type.data, '/', type.len))
        return false;
    for (size_t i = 0; i < type.len; i++)
        if (type.data[i] < 0x20 || type.data[i] > 0x7e)
            return false;
    return true;
}

/* "type: the content / MIME type for the file (defaults to application/octet-stream)"; the clients say it in the part. */
static void read_type(struct upload *upload, const struct multipart *parts, const struct part *content)
{
    const char *own = content->content_type ? content->content_type : "application/octet-stream";
    struct slice type = field_or(parts, "type", own);

    if (!is_media_type(type))
        faults_add(&upload->faults, "format", "type", "Must be a media type, such as image/png");
    upload->file->content_type = copy_of(type);
}

/* "metadata: defaults to {}, must be valid JSON". */
static void read_metadata(struct upload *upload, const struct multipart *parts)
{
    struct slice text = field_or(parts, "metadata", "{}");
    struct json_error error = {.line = 0};
    struct buf out = {0};

    const cJSON *tree =
        text.len <= METADATA_MAX ? json_parse(&upload->arena, text.data, text.len, JSON_REQUEST, &error) : NULL;
    if (text.len > METADATA_MAX)
        faults_add(&upload->faults, "string_lte", "metadata", "Must be at most %d bytes", METADATA_MAX);
    else if (!tree)
        faults_add(&upload->faults, "format", "metadata", "Must be valid JSON: line %zu, column %zu: %s", error.line,
                   error.column, error.reason);
    else if (!cJSON_IsObject(tree) && !cJSON_IsNull(tree))
        faults_add(&upload->faults, "invalid_type", "metadata", "Invalid type. Expected: object, given: %s",
                   json_type_name(tree));
    else if (cJSON_IsObject(tree))
        json_canonical(&out, tree);
    upload->file->metadata = out.len > 0 ? copy_of((struct slice){out.data, out.len}) : xstrdup("{}");
    buf_free(&out);
}

/* What is left of the body is the file. */
static void keep_bytes(struct upload *upload, struct slice bytes)
{
    struct buf *body = &upload->body;

    memmove(body->data, bytes.data, bytes.len);
    body->len = body->cap = bytes.len;
    body->data = xrealloc(body->data, bytes.len);
    digest_md5_hex(upload->file->md5, body->data, body->len);
    digest_sha256_hex(upload->file->sha256, body->data, body->len);
}

static void run(struct job *job)
{
    struct upload *upload = container_of(job, struct upload, job);
    struct multipart parts;

    upload->malformed = multipart_read(&parts, &upload->arena, upload->content_type,
                                       (struct slice){upload->body.data, upload->body.len});
    if (upload->malformed)
        return;
    const struct part *content = multipart_find(&parts, "content");
    if (!content) {
        faults_add(&upload->faults, "required", "", "content is required");
        return;
    }
    read_name(upload, &parts, content);
    read_type(upload, &parts, content);
    read_metadata(upload, &parts);
    upload->too_large = content->bytes.len >= UPLOAD_FILE_LIMIT;
    if (!upload->too_large && upload->faults.count == 0)
        keep_bytes(upload, content->bytes);
}

/* --- on the loop's ------------------------------------------------------------------------------------------------- */

bool uploads_is_for(const struct exchange *exchange)
{
    const struct route *route = exchange->route;

    return route && route->handler == uploads_create;
}

static void wake(struct upload *upload)
{
    struct exchange *exchange = upload->exchange;

    upload->exchange = NULL;
    cors_allow_any_origin(exchange);
    exchange_wake(exchange);
}

/* Until it is hashed a manual clock holds. */
static void count(struct world *world, int more)
{
    world->uploads += (size_t)more;
    world->in_flight += (size_t)more;
}

static void upload_free(struct upload *upload)
{
    struct file *file = upload->file;

    files_unreserve(upload->api->worlds, upload->reserved);
    unobserve(&upload->closing);
    if (upload->world)
        count(upload->world, -1);
    if (file) {
        free(file->name);
        free(file->content_type);
        free(file->metadata);
        free(file);
    }
    buf_free(&upload->body);
    arena_free(&upload->arena);
    free(upload);
}

static void store(struct upload *upload)
{
    size_t len;
    char *data = buf_take(&upload->body, &len);

    upload->file->blob = blob_new(upload->api->worlds, data, len);
    files_add(upload->world, upload->file);
}

static void answer(struct upload *upload)
{
    struct exchange *exchange = upload->exchange;
    struct response *response = &exchange->response;

    if (upload->malformed) {
        problem(response, 400, "Bad request", upload->malformed);
    } else if (upload->too_large) {
        errors_answer(exchange, 413);
    } else if (upload->faults.count > 0) {
        problem_invalid_fields(response, &upload->faults);
    } else {
        struct view_base base = origin_base(exchange, &upload->api->origin);
        files_put(&response->body, upload->file, &base);
        response->status = 201;
        response->content_type = CONTENT_JSON;
    }
    wake(upload);
}

/* Whether or not its client is still there: the whole file has come. */
static void done(struct job *job, bool cancelled)
{
    struct upload *upload = container_of(job, struct upload, job);
    bool good = !cancelled && !upload->malformed && !upload->too_large && upload->faults.count == 0;

    if (good && upload->world)
        store(upload);
    if (upload->exchange)
        answer(upload);
    if (good && upload->world)
        upload->file = NULL; // the world's
    upload_free(upload);
}

static void see_closing(struct observer *observer, const struct event *event)
{
    struct upload *upload = container_of(observer, struct upload, closing);

    if (event->type != EVENT_WORLD_CLOSING)
        return;
    unobserve(&upload->closing);
    upload->world = NULL;
    if (!upload->exchange)
        return;
    errors_answer(upload->exchange, 404);
    wake(upload);
}

static void on_abandoned(struct exchange *exchange)
{
    struct upload *upload = exchange->parked_by;

    upload->exchange = NULL;
}

static struct upload *upload_new(struct api *api, struct world *world, struct exchange *exchange)
{
    struct upload *upload = xnew(struct upload);
    const char *type = exchange->request.headers[HEADER_CONTENT_TYPE];

    upload->job = (struct job){.run = run, .done = done};
    upload->api = api;
    upload->exchange = exchange;
    upload->world = world;
    upload->reserved = exchange->request.body_len;
    upload->content_type = arena_strndup(&upload->arena, type, strlen(type));
    upload->body = exchange_take_body(exchange);
    faults_init(&upload->faults, &upload->arena);
    upload->file = xnew(struct file);
    upload->file->created_at =
        clock_now(&world->clock) / NS_PER_MS * NS_PER_MS; // "2024-08-22T12:26:51.079Z" [recorded]
    // A reset that kept files began the ids of the world anew.
    do
        file_id(upload->file->id, &world->rng);
    while (files_find_any(world->worlds, upload->file->id));
    // An observer of all there is to see keeps the world from making room for others.
    upload->closing.see = see_closing;
    observe(&world->observers, &upload->closing);
    count(world, 1);
    return upload;
}

enum verdict uploads_create(void *context, struct exchange *exchange)
{
    struct api *api = context;
    struct world *world = reply_world(api, exchange);

    if (!world)
        return VERDICT_ANSWER;
    if (!files_reserve(api->worlds, exchange->request.body_len))
        return reply_unavailable(exchange, "--max-memory is used up, and nothing finished is left to give up.");
    struct upload *upload = upload_new(api, world, exchange);
    if (!worker_submit(api->worker, &upload->job)) {
        upload_free(upload);
        return reply_unavailable(exchange, "Too many uploads and pictures wait for their turn.");
    }
    exchange->parked_by = upload;
    exchange->abandoned = on_abandoned;
    return VERDICT_PARK;
}
