#include "api/files.h"
#include "api/content.h"
#include "api/origin.h"
#include "api/page.h"
#include "api/record.h"
#include "api/reply.h"
#include "base/chars.h"

#include <stdlib.h>

enum {
    PAGE = 100,                                 // guess: a recorded page has 38, and no next one
    SIGNATURE = (SHA256_BYTES + 2) / 3 * 4 + 1, // base64 and the NUL
    EXPIRY_DIGITS = 12,                         // of seconds since 1970: further than any clock goes
};

/* --- the view ----------------------------------------------------------------------------------------------------- */

static void put_member(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, ",\"%s\":", name);
    buf_json_string(out, text, strlen(text));
}

static void put_time(struct buf *out, const char *name, int64_t ns)
{
    char text[TIME_TEXT];

    time_format(text, ns, TIME_MILLIS);
    buf_printf(out, ",\"%s\":\"%s\"", name, text);
}

void files_put(struct buf *out, const struct file *file, const struct view_base *base)
{
    buf_printf(out, "{\"id\":\"%s\"", file->id);
    put_member(out, "name", file->name);
    put_member(out, "content_type", file->content_type);
    buf_printf(out, ",\"size\":%zu,\"etag\":\"%s\",\"checksums\":{\"sha256\":\"%s\",\"md5\":\"%s\"}", file->blob->len,
               file->md5, file->sha256, file->md5);
    buf_lit(out, ",\"metadata\":");
    buf_str(out, file->metadata);
    put_time(out, "created_at", file->created_at);
    put_time(out, "expires_at", file->expires_at);
    buf_lit(out, ",\"urls\":{\"get\":\"");
    buf_add(out, base->api.data, base->api.len);
    buf_printf(out, "/files/%s\"}}", file->id);
}

/* --- by token ----------------------------------------------------------------------------------------------------- */

/* The file of the request's {id}. NULL: it is not there, or another token's. */
static struct file *find(struct api *api, struct exchange *exchange)
{
    struct world *world = worlds_find(api->worlds, exchange->token);

    if (world)
        world_touch(world);
    return files_find(world, exchange->request.params[0]);
}

enum verdict files_get(void *context, struct exchange *exchange)
{
    struct api *api = context;
    const struct file *file = find(api, exchange);

    if (!file)
        return reply_not_found(exchange);
    struct view_base base = origin_base(exchange, &api->origin);
    files_put(&exchange->response.body, file, &base);
    return reply_json(exchange, 200);
}

/* "DELETE 204 empty text/plain" [recorded]. */
enum verdict files_delete(void *context, struct exchange *exchange)
{
    struct file *file = find(context, exchange);

    if (!file)
        return reply_not_found(exchange);
    file_delete(file);
    exchange->response.content_type = "text/plain";
    return reply_empty(exchange);
}

/* The list is walked as far as the page lies, and no further. */
struct listed {
    const struct list *at; // the file number `index`, by the newest
    size_t index;
    struct view_base base;
};

static void put_listed(struct buf *out, void *arg, size_t index)
{
    struct listed *listed = arg;

    for (; listed->index < index; listed->index++)
        listed->at = listed->at->prev;
    files_put(out, container_of(listed->at, struct file, link), &listed->base);
}

/* "sorted with the most recent file first". */
enum verdict files_list(void *context, struct exchange *exchange)
{
    struct api *api = context;
    const struct world *world = reply_world(api, exchange);

    if (!world)
        return VERDICT_ANSWER;
    struct listed listed = {.base = origin_base(exchange, &api->origin)};
    if (world->files)
        listed.at = world->files->list.prev;
    struct page_items items = {
        .count = world->files ? world->files->count : 0, .per_page = PAGE, .put = put_listed, .arg = &listed};
    return page_of_items(api, exchange, "/files", &items);
}

/* --- by signature ------------------------------------------------------------------------------------------------- */

static bool read_expiry(const char *text, int64_t *ns)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if (!char_is_digit(text[i]))
            return false;
    if (len == 0 || len > EXPIRY_DIGITS)
        return false;
    int64_t seconds = strtoll(text, NULL, 10);
    *ns = seconds < TIME_MAX_NS / NS_PER_S ? seconds * NS_PER_S : TIME_MAX_NS;
    return true;
}

static bool is_signed(const struct api *api, const char *id, const char *owner, const char *expiry,
                      const char *signature)
{
    struct slice parts[] = {{owner, strlen(owner)}, {" ", 1}, {id, FILE_ID_LEN}, {" ", 1}, {expiry, strlen(expiry)}};
    unsigned char mac[SHA256_BYTES];
    char right[SIGNATURE];

    digest_hmac_sha256(mac, (struct slice){api->webhook_secret, strlen(api->webhook_secret)}, parts,
                       sizeof(parts) / sizeof(*parts));
    digest_base64_encode(right, mac, sizeof(mac));
    return strcmp(signature, right) == 0;
}

/* Is it a download that may be? One answer for all that may not: only the 404 is documented. */
static bool may_download(const struct api *api, struct exchange *exchange, const struct file *file)
{
    struct target *target = &exchange->request.target;
    const char *owner = target_param(target, "owner"), *expiry = target_param(target, "expiry");
    const char *signature = target_param(target, "signature");
    int64_t expires_at;

    if (!owner || !expiry || !signature || !read_expiry(expiry, &expires_at))
        return false;
    return is_signed(api, file->id, owner, expiry, signature) && clock_now(&file->files->world->clock) < expires_at;
}

static void give_back(void *lender)
{
    blob_unref(lender);
}

enum verdict files_download(void *context, struct exchange *exchange)
{
    struct api *api = context;
    const struct file *file = files_find_any(api->worlds, exchange->request.params[0]);

    if (!file || !may_download(api, exchange, file))
        return content_not_found(exchange);
    record_owner(exchange, file->files->world);
    int64_t wall = api->worlds->base->wall; // Last-Modified is not later than Date: as for output files
    struct content content = {.data = file->blob->data,
                              .len = file->blob->len,
                              .type = arena_strndup(&exchange->arena, file->content_type, strlen(file->content_type)),
                              .etag = arena_printf(&exchange->arena, "\"%s\"", file->md5),
                              .modified_at = file->created_at < wall ? file->created_at : wall,
                              .give_back = give_back,
                              .lender = blob_ref(file->blob)};
    content_answer(exchange, &content);
    return VERDICT_ANSWER;
}
