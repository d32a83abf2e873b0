#include "api/record.h"
#include "api/body.h"
#include "api/token.h"
#include "api/uploads.h"
#include "base/json.h"
#include "base/log.h"
#include "core/journal.h"
#include "http/problem.h"

enum {
    DATA_KEPT = 256,        // bytes of what a data: URI holds; longer ones are shortened
    MEDIA_TYPE_MAX = 100,   // bytes before the comma of a data: URI
    PARSED_MAX = 64 * 1024, // bytes of a body that nobody has read, to tell what was in it
    SCRATCH_KEPT = 64 * 1024,
    LOGGED_PATH = 200,   // bytes, or a segment more
    LOGGED_SEGMENT = 40, // bytes of a segment; of longer ones …
    LOGGED_KEY = 8,      // … so many
};

/* It lies in the exchange's arena. */
struct note {
    uint64_t number; /* what its id is made of */
    int64_t began;   /* monotonic */
    const char *rule;
    struct world *owner; /* while the handler runs; NULL: the token says whose it is */
    bool malformed, ran;
    struct journal_entry *entry; /* NULL: not made yet */
};

void record_begin(struct api *api, struct exchange *exchange)
{
    struct note *note = arena_alloc(&exchange->arena, sizeof(*note));

    *note = (struct note){.number = journal_number(api->worlds->journals), .began = api->worlds->base->mono};
    exchange->note = note;
}

const char *record_id(const struct api *api, struct exchange *exchange)
{
    const struct note *note = exchange->note;
    char *id = arena_alloc(exchange->scratch, UUID_TEXT);

    journal_id_of_number(api->worlds->journals, note->number, id);
    return id;
}

void record_malformed(struct exchange *exchange)
{
    struct note *note = exchange->note;

    note->malformed = true;
}

void record_rule(struct exchange *exchange, const char *name)
{
    struct note *note = exchange->note;

    note->rule = arena_strndup(&exchange->arena, name, strlen(name)); // the rule may be gone before the answer is
}

void record_owner(struct exchange *exchange, struct world *world)
{
    struct note *note = exchange->note;

    note->owner = world;
}

void record_ran(struct exchange *exchange)
{
    struct note *note = exchange->note;

    note->ran = true;
}

/* --- what the entry holds ------------------------------------------------------------------------------------------- */

static void put_text(struct buf *out, const char *text)
{
    buf_add(out, text, strlen(text) + 1);
}

static void see_header(void *arg, const char *name, const char *value)
{
    put_text(arg, name);
    put_text(arg, value);
}

/* Of "http://host/path" the path. */
static const char *path_of(const char *target)
{
    const char *authority = *target == '/' ? NULL : strstr(target, "//");

    return authority ? authority + 2 + strcspn(authority + 2, "/") : target;
}

static void put_query(struct buf *out, const struct target *target)
{
    for (size_t i = 0; i < target->param_count; i++) {
        put_text(out, target->params[i].name);
        put_text(out, target->params[i].value);
    }
}

/* Where the string ends in which a data: URI stands, in JSON or in an attribute; else where the text does. */
static const char *end_of_string(const char *at, const char *end)
{
    for (const char *quote = at; (quote = memchr(quote, '"', (size_t)(end - quote))); quote++)
        if (quote == at || quote[-1] != '\\')
            return quote;
    return end;
}

/* "data:image/png;base64,": so many bytes before what it holds; 0: it is no data: URI that is to be shortened. Prose in
 * which the word stands has blanks. */
static size_t data_head(const char *at, const char *end)
{
    size_t left = (size_t)(end - at);
    const char *comma = memchr(at, ',', left < MEDIA_TYPE_MAX ? left : MEDIA_TYPE_MAX);
    size_t head = comma ? (size_t)(comma + 1 - at) : 0;

    if (head == 0 || left - head <= DATA_KEPT)
        return 0;
    return memchr(at, '"', head + DATA_KEPT) || memchr(at, ' ', head + DATA_KEPT) ? 0 : head;
}

/* "data:", by its colon, of which bodies have few: a search for all of it looks at every byte. */
static const char *find_data_uri(const char *at, size_t len)
{
    const char *end = at + len;

    for (const char *colon = at; (colon = memchr(colon, ':', (size_t)(end - colon))); colon++)
        if (colon - at >= 4 && memcmp(colon - 4, "data", 4) == 0)
            return colon - 4;
    return NULL;
}

/* Appends what is to be shown of a text, at most `most` bytes of it or little more. What data: URIs hold would drive all
 * else out of the journal. */
static void put_shortened(struct buf *out, const char *at, size_t len, size_t most)
{
    const char *end = at + len;
    size_t start = out->len;

    while (at < end && out->len - start < most) {
        size_t room = most - (out->len - start), left = (size_t)(end - at);
        const char *data = find_data_uri(at, left < room ? left : room);
        size_t head = data ? data_head(data, end) : 0;
        const char *held = data ? data + (head > 0 ? head : 5) : at + (left < room ? left : room);
        buf_add(out, at, (size_t)(held - at));
        at = head > 0 ? end_of_string(held, end) : held;
        if (head > 0)
            buf_printf(out, "[%zu bytes]", (size_t)(at - held));
    }
}

/* Not amid a character. */
static void cut_text(struct buf *out, size_t len)
{
    if (out->len <= len)
        return;
    out->len = len;
    while (((unsigned char)out->data[out->len] & 0xc0) == 0x80)
        out->len--;
}

/* "[image/png, 123 bytes]": of what is no text, is not there any more, or has no room. */
static void put_description(struct buf *out, const struct exchange *exchange, size_t len)
{
    const char *type = exchange->request.headers[HEADER_CONTENT_TYPE];

    buf_printf(out, "[%.*s", type ? (int)strcspn(type, "; ") : 6, type ? type : "binary");
    if (len > 0)
        buf_printf(out, ", %zu bytes", len);
    buf_char(out, ']');
}

static void put_body(struct buf *out, const struct exchange *exchange, bool whole)
{
    const struct request *request = &exchange->request;
    size_t start = out->len;

    if (uploads_is_for(exchange)) { // whoever reads it has taken it over
        put_description(out, exchange, exchange->announced);
        return;
    }
    if (request->body_len == 0)
        return;
    if (!whole) {
        put_description(out, exchange, request->body_len);
        return;
    }
    put_shortened(out, request->body, request->body_len, JOURNAL_BODY_KEPT + 4); // a character more
    cut_text(out, start + JOURNAL_BODY_KEPT);
    const char *text = out->data + start;
    size_t len = out->len - start;
    if (!memchr(text, '\0', len) && json_is_utf8(text, len))
        return;
    out->len = start;
    put_description(out, exchange, request->body_len);
}

/* A body that the operation did not look at, as it understands none. */
static const cJSON *ignored_body(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    const cJSON *body = request->body_len > 0 && request->body_len <= PARSED_MAX ? body_peek(exchange) : NULL;

    if (cJSON_IsObject(body))
        json_mark_opened(body);
    return body;
}

/* Of a request that was refused only what is wrong in it has been looked for: no more than this counts as unread. */
static void put_unread(struct buf *out, struct exchange *exchange)
{
    const struct target *target = &exchange->request.target;
    bool refused = exchange->response.status >= 400;
    const cJSON *body = exchange->content;

    if (!refused)
        body = body && json_was_opened(body) ? body : ignored_body(exchange);
    if (body)
        json_put_unread(out, body);
    for (size_t i = 0; !refused && i < target->param_count; i++)
        if (!target->params[i].read)
            buf_printf(out, "query.%.*s%c", JSON_UNREAD_PATH, target->params[i].name, '\0');
}

/* Its texts, in the order of enum journal_text; what has been there before stays uncounted. */
static void put_texts(const struct journals *journals, struct buf *out, struct exchange *exchange, bool handled,
                      size_t len[JOURNAL_TEXTS])
{
    const struct note *note = exchange->note;
    size_t at[JOURNAL_TEXTS + 1] = {0};

    buf_str(out, exchange->request.method_text);
    at[JOURNAL_PATH] = out->len;
    buf_str(out, path_of(exchange->path));
    at[JOURNAL_QUERY] = out->len;
    if (!note->malformed)
        put_query(out, &exchange->request.target);
    at[JOURNAL_HEADERS] = out->len;
    exchange_each_header(exchange, see_header, out);
    at[JOURNAL_BODY] = out->len;
    if (handled)
        put_body(out, exchange, journals_keep_bodies(journals));
    at[JOURNAL_SCENARIO] = out->len;
    if (note->rule)
        buf_str(out, note->rule);
    at[JOURNAL_UNREAD] = out->len;
    if (note->ran)
        put_unread(out, exchange);
    at[JOURNAL_TEXTS] = out->len;
    for (size_t i = 0; i < JOURNAL_TEXTS; i++)
        len[i] = at[i + 1] - at[i];
}

/* --- whose it is ---------------------------------------------------------------------------------------------------- */

/* NULL: nobody's. "Requests refused with 401 stand only in the whole-server journal"; so do those without a token that
 * need none, and those for whose world there is no room. */
static struct world *world_of_exchange(struct api *api, const struct exchange *exchange)
{
    const struct note *note = exchange->note;
    const char *token = note->malformed ? NULL : token_of(api, exchange);

    if (note->owner)
        return note->owner;
    return token ? worlds_use(api->worlds, token) : NULL;
}

static int64_t now_in(const struct worlds *worlds, const struct world *world)
{
    if (world)
        return clock_now(&world->clock);
    return worlds->settings.start_time ? worlds->settings.start_time : worlds->base->wall;
}

static void make_entry(struct api *api, struct exchange *exchange, bool handled)
{
    struct note *note = exchange->note;
    struct world *world = world_of_exchange(api, exchange);
    const struct route *route = exchange->route;
    struct buf *scratch = &api->worlds->scratch;
    struct journal_request request = {
        .number = note->number, .at = now_in(api->worlds, world), .operation = route ? route->operation : NULL};

    scratch->len = 0;
    put_texts(api->worlds->journals, scratch, exchange, handled, request.len);
    request.text = scratch->data;
    note->entry = journal_begin(journal_of(api->worlds, world), &request);
    if (scratch->cap > SCRATCH_KEPT)
        buf_free(scratch);
}

void record_handled(struct api *api, struct exchange *exchange)
{
    make_entry(api, exchange, true);
}

/* --- the log -------------------------------------------------------------------------------------------------------- */

/* One segment of a path, and the slash behind it. Whoever has the key of a stream or of a file needs no token: what is so
 * long does not stand in the log. */
static const char *put_segment(struct buf *out, const char *at, const char *end)
{
    const char *slash = memchr(at, '/', (size_t)(end - at)), *behind = slash ? slash : end;
    bool is_long = behind - at > LOGGED_SEGMENT;

    for (const char *shown = at; shown < (is_long ? at + LOGGED_KEY : behind); shown++)
        buf_char(out, *shown > ' ' && *shown < 127 ? *shown : '?');
    buf_str(out, is_long ? "..." : "");
    buf_str(out, slash ? "/" : "");
    return behind + (slash != NULL);
}

static const char *loggable_path(struct buf *scratch, const struct journal_entry *entry)
{
    struct slice path = journal_text(entry, JOURNAL_PATH);

    scratch->len = 0;
    for (const char *at = path.data; at < path.data + path.len && scratch->len < LOGGED_PATH;)
        at = put_segment(scratch, at, path.data + path.len);
    return buf_cstr(scratch);
}

static void log_entry(struct api *api, struct arena *arena, const struct journal_entry *entry)
{
    enum log_level level = log_is_json() ? LOG_INFO : LOG_DEBUG; // one in text is for people, who want fewer
    struct slice method = journal_text(entry, JOURNAL_METHOD);
    const char *world = entry->journal->world;
    char id[UUID_TEXT];

    if (!log_enabled(level))
        return;
    journal_id(entry, id);
    struct log_field fields[] = {
        {"id", .text = id},
        {"world", .text = *world ? world : NULL},
        {"operation", .text = entry->operation},
        {"method", .text = problem_quote(arena, arena_strndup(arena, method.data, method.len))},
        {"path", .text = loggable_path(&api->worlds->scratch, entry)},
        {"status", .is_number = entry->status != 0, .number = entry->status},
        {"duration_ms", .is_number = true, .number = entry->duration / NS_PER_MS}};
    log_fields(level, "request", fields, sizeof(fields) / sizeof(*fields));
}

void record_finished(struct api *api, struct exchange *exchange, int status, int64_t now)
{
    const struct note *note = exchange->note;

    if (!note->entry && exchange->path)
        make_entry(api, exchange, false);
    if (!note->entry) // its head is not there any more
        return;
    struct journal_entry *entry = note->entry;
    if (journal_end(entry, status, now - note->began))
        log_entry(api, &exchange->arena, entry);
}
