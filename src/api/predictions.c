#include "api/predictions.h"
#include "api/answers.h"
#include "api/api.h"
#include "api/create.h"
#include "api/cursor.h"
#include "api/origin.h"
#include "api/waits.h"
#include "base/log.h"
#include "core/store.h"
#include "http/problem.h"

enum { PAGE = 100 };
static const size_t page_bytes =
    8 * 1024 * 1024; // of inputs: a page of larger ones is shorter, so that it stays a page

static enum verdict answer_json(struct exchange *exchange, int status)
{
    exchange->response.status = status;
    exchange->response.content_type = CONTENT_JSON;
    api_allow_any_origin(exchange);
    return VERDICT_ANSWER;
}

/* The response holds a problem already. */
static enum verdict refuse(struct exchange *exchange)
{
    api_allow_any_origin(exchange);
    return VERDICT_ANSWER;
}

static enum verdict unavailable(struct exchange *exchange, const char *detail)
{
    problem(&exchange->response, 503, "Service unavailable", detail);
    response_header(&exchange->response, "Retry-After", "1");
    return refuse(exchange);
}

/* The world of whoever asks; NULL: there are too many, the response says so. */
static struct world *world_of_token(struct api *api, struct exchange *exchange)
{
    struct world *world = worlds_use(api->worlds, exchange->token);

    if (!world)
        unavailable(exchange,
                    "There are --max-worlds tokens in use, each with unfinished predictions or pending webhooks.");
    return world;
}

/* The prediction of the request's {id}. NULL: it is not there, or another token's: a 404 either way. */
static struct prediction *find(struct api *api, struct exchange *exchange)
{
    struct prediction *prediction = store_find(api->worlds->store, exchange->request.params[0]);

    if (prediction && strcmp(prediction->world->token, exchange->token) == 0) {
        world_touch(prediction->world);
        return prediction;
    }
    api_not_found(&exchange->response);
    return NULL;
}

static enum verdict answer_store(struct exchange *exchange, enum store_verdict verdict)
{
    if (verdict == STORE_FULL)
        return unavailable(exchange, "This token has --max-predictions unfinished predictions; none can go.");
    return unavailable(exchange, "--max-memory is used up, and nothing finished is left to give up.");
}

enum verdict predictions_create(void *context, struct exchange *exchange)
{
    struct api *api = context;
    struct create create;
    struct prediction *prediction;

    if (!create_read(api, exchange, &create))
        return refuse(exchange);
    struct world *world = world_of_token(api, exchange);
    if (!world)
        return VERDICT_ANSWER;
    enum store_verdict verdict = lifecycle_create(world, &create.request, &prediction);
    if (verdict != STORE_OK)
        return answer_store(exchange, verdict);
    log_debug("world %s: prediction %s created", world->name, prediction->id);
    if (create.wait > 0) {
        waits_park(api, exchange, prediction, create.wait);
        return VERDICT_PARK;
    }
    struct view_base base = origin_base(exchange, api->public_url);
    view_gateway(&exchange->response.body, prediction, &base);
    buf_char(&exchange->response.body, '\n');
    return answer_json(exchange, 201);
}

enum verdict predictions_get(void *context, struct exchange *exchange)
{
    struct api *api = context;
    const struct prediction *prediction = find(api, exchange);

    if (!prediction)
        return refuse(exchange);
    struct view_base base = origin_base(exchange, api->public_url);
    struct response *response = &exchange->response;
    // What is made ready has no room for more headers: those of CORS, and the one that ends a connection.
    bool plain = !exchange->request.headers[HEADER_ORIGIN] && !server_is_draining(exchange->server);
    response->ready_made = plain ? answers_find(api->answers, prediction, &base) : NULL;
    if (response->ready_made)
        return VERDICT_ANSWER;
    view_gateway(&response->body, prediction, &base);
    buf_char(&response->body, '\n');
    if (plain)
        response->ready_made = answers_keep(api->answers, prediction, &base, &response->body);
    return answer_json(exchange, 200);
}

/* "Cancel of a finished one: 200, unchanged." */
enum verdict predictions_cancel(void *context, struct exchange *exchange)
{
    struct api *api = context;
    struct prediction *prediction = find(api, exchange);

    if (!prediction)
        return refuse(exchange);
    lifecycle_cancel(prediction);
    struct view_base base = origin_base(exchange, api->public_url);
    view_django(&exchange->response.body, prediction, &base);
    return answer_json(exchange, 200);
}

/* --- the list --------------------------------------------------------------------------------------------------- */

/* What a list may show: the places [oldest, newest) of the timeline, and of these one page. */
struct page {
    size_t oldest, newest;  /* by created_after and created_before */
    size_t from, to;        /* the page's own places, from < to, shown from `to` down */
    bool has_cursor, newer; /* newer: it begins at `from`, next to the cursor, else at `to` */
};

/* A time from the query. False: it is there and is none; the response says so. */
static bool read_time(struct exchange *exchange, const char *name, int64_t *ns)
{
    const char *value = target_param(&exchange->request.target, name);

    if (!value || time_parse(value, ns))
        return true;
    problem_printf(&exchange->response, 400, "Bad request",
                   "%s: \"%s\" is not a date and time such as 2026-01-31T12:00:00Z.", name,
                   problem_quote(&exchange->arena, value));
    return false;
}

/* Which places the filters leave. */
static bool read_filters(struct exchange *exchange, const struct timeline *timeline, struct page *page)
{
    int64_t after = 0, before = INT64_MAX;
    const char *source = target_param(&exchange->request.target, "source");

    if (!read_time(exchange, "created_after", &after) || !read_time(exchange, "created_before", &before))
        return false;
    if (source && strcmp(source, "web") != 0) {
        problem_printf(&exchange->response, 400, "Bad request",
                       "source: \"%s\" is not supported; the only value is web.",
                       problem_quote(&exchange->arena, source));
        return false;
    }
    // "Include only predictions created at or after", "created before".
    page->oldest = timeline_place_of_time(timeline, after);
    page->newest = timeline_place_of_time(timeline, before);
    if (source || page->newest < page->oldest) // all of ours are made by the API, none on the web
        page->newest = page->oldest;
    return true;
}

/* Where in them the page lies. */
static bool read_cursor(struct exchange *exchange, const struct timeline *timeline, struct page *page)
{
    const char *text = target_param(&exchange->request.target, "cursor");
    struct cursor cursor;

    page->to = page->newest;
    page->from = page->newest - page->oldest > PAGE ? page->newest - PAGE : page->oldest;
    if (!text || !*text) // Ruby's client sends a bare `?cursor`
        return true;
    if (!cursor_parse(text, &cursor)) {
        problem(&exchange->response, 404, NULL, "Invalid cursor: follow `next` and `previous` of a page as they are.");
        return false;
    }
    page->has_cursor = true;
    page->newer = cursor.newer;
    size_t place = timeline_place_of_number(timeline, cursor.number);
    if (cursor.newer) {
        page->from = place < timeline->len && timeline_at(timeline, place)->number == cursor.number ? place + 1 : place;
        page->from = page->from < page->oldest ? page->oldest : page->from > page->newest ? page->newest : page->from;
        page->to = page->newest - page->from > PAGE ? page->from + PAGE : page->newest;
    } else {
        page->to = place < page->oldest ? page->oldest : place > page->newest ? page->newest : place;
        page->from = page->to - page->oldest > PAGE ? page->to - PAGE : page->oldest;
    }
    return true;
}

/* Shortens the page, at its far end, to what page_bytes of inputs hold; one prediction always stays. */
static void cut_page(struct page *page, const struct timeline *timeline)
{
    size_t bytes = 0, count = page->to - page->from;

    for (size_t i = 0; i < count; i++) {
        size_t place = page->newer ? page->from + i : page->to - 1 - i;
        bytes += timeline_at(timeline, place)->input_len;
        if (bytes <= page_bytes || i == 0)
            continue;
        page->from = page->newer ? page->from : page->to - i;
        page->to = page->newer ? page->from + i : page->to;
        return;
    }
}

/* The other parameters of the request stay in the links, so that a filtered list stays filtered. */
static void put_other_params(struct buf *out, const struct target *target)
{
    for (size_t i = 0; i < target->param_count; i++) {
        const struct param *param = &target->params[i];
        if (!param->read || strcmp(param->name, "cursor") == 0)
            continue;
        buf_printf(out, "&%s=", param->name);
        for (const char *at = param->value; *at; at++) {
            if (strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~:", *at))
                buf_char(out, *at);
            else
                buf_printf(out, "%%%02X", (unsigned)(unsigned char)*at);
        }
    }
}

static void put_link(struct buf *out, const char *member, const struct exchange *exchange, const struct view_base *base,
                     const struct cursor *cursor)
{
    char text[CURSOR_TEXT];

    buf_str(out, member);
    if (!cursor) {
        buf_lit(out, "null");
        return;
    }
    cursor_format(text, cursor);
    buf_char(out, '"');
    buf_add(out, base->api.data, base->api.len);
    buf_printf(out, "/predictions?cursor=%s", text);
    put_other_params(out, &exchange->request.target);
    buf_char(out, '"');
}

static void put_page(struct buf *out, const struct exchange *exchange, const struct timeline *timeline,
                     const struct page *page, const struct view_base *base)
{
    struct cursor older = {0}, newer = {.newer = true};
    bool has_older = page->from > page->oldest && page->from < page->to;
    bool has_newer = page->has_cursor && page->to < page->newest && page->from < page->to;

    if (has_older)
        older.number = timeline_at(timeline, page->from)->number;
    if (has_newer)
        newer.number = timeline_at(timeline, page->to - 1)->number;
    put_link(out, "{\"next\":", exchange, base, has_older ? &older : NULL);
    put_link(out, ",\"previous\":", exchange, base, has_newer ? &newer : NULL);
    buf_lit(out, ",\"results\":[");
    for (size_t place = page->to; place > page->from; place--) {
        if (place < page->to)
            buf_char(out, ',');
        view_django(out, timeline_at(timeline, place - 1), base);
    }
    buf_lit(out, "]}");
}

enum verdict predictions_list(void *context, struct exchange *exchange)
{
    struct api *api = context;
    struct page page = {0};
    struct world *world = world_of_token(api, exchange);

    if (!world)
        return VERDICT_ANSWER;
    if (!read_filters(exchange, &world->timeline, &page) || !read_cursor(exchange, &world->timeline, &page))
        return refuse(exchange);
    cut_page(&page, &world->timeline);
    struct view_base base = origin_base(exchange, api->public_url);
    put_page(&exchange->response.body, exchange, &world->timeline, &page, &base);
    return answer_json(exchange, 200);
}
