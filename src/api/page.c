#include "api/page.h"
#include "api/cursor.h"
#include "api/origin.h"
#include "api/reply.h"
#include "core/prediction.h"
#include "core/timeline.h"
#include "http/problem.h"

enum { PAGE = 100 };

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
    page->oldest = timeline_place_of(timeline, after, 0);
    page->newest = timeline_place_of(timeline, before, 0);
    if (source || page->newest < page->oldest) // all of ours are made by the API, none on the web
        page->newest = page->oldest;
    return true;
}

/* The cursor of the request, if it has one. False: it has one that is none of ours; the response says so. */
static bool read_cursor(struct exchange *exchange, struct cursor *cursor, bool *has_cursor)
{
    const char *text = target_param(&exchange->request.target, "cursor");

    *has_cursor = text && *text; // Ruby's client sends a bare `?cursor`
    if (!*has_cursor || cursor_parse(text, cursor))
        return true;
    problem(&exchange->response, 404, NULL, "Invalid cursor: follow `next` and `previous` of a page as they are.");
    return false;
}

static int64_t creation_of(const struct cursor *cursor)
{
    return cursor->ms < TIME_MAX_NS / NS_PER_MS ? (int64_t)cursor->ms * NS_PER_MS : TIME_MAX_NS;
}

/* The cursor of a page that ends with this one. */
static struct cursor cursor_of(const struct prediction *prediction, bool newer)
{
    return (struct cursor){
        .newer = newer, .number = prediction->number, .ms = (uint64_t)(prediction->created_at / NS_PER_MS)};
}

/* Where in them the page lies. */
static bool find_page(struct exchange *exchange, const struct timeline *timeline, struct page *page)
{
    struct cursor cursor;

    page->to = page->newest;
    page->from = page->newest - page->oldest > PAGE ? page->newest - PAGE : page->oldest;
    if (!read_cursor(exchange, &cursor, &page->has_cursor))
        return false;
    if (!page->has_cursor)
        return true;
    page->newer = cursor.newer;
    size_t place = timeline_place_of(timeline, creation_of(&cursor), cursor.number);
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

/* Shortens the page, at its far end, to what VIEW_PAGE_BYTES hold; one prediction always stays. */
static void cut_page(struct page *page, const struct timeline *timeline)
{
    size_t bytes = 0, count = page->to - page->from;

    for (size_t i = 0; i < count; i++) {
        size_t place = page->newer ? page->from + i : page->to - 1 - i;
        bytes += view_bytes(timeline_at(timeline, place));
        if (bytes <= VIEW_PAGE_BYTES || i == 0)
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

/* The list that is answered: how its links are made. */
struct list_of {
    const struct exchange *exchange;
    struct view_base base;
    const char *path;
};

static void put_link(struct buf *out, const char *member, const struct list_of *list, const struct cursor *cursor)
{
    char text[CURSOR_TEXT];

    buf_str(out, member);
    if (!cursor) {
        buf_lit(out, "null");
        return;
    }
    cursor_format(text, cursor);
    buf_char(out, '"');
    buf_add(out, list->base.api.data, list->base.api.len);
    buf_printf(out, "%s?cursor=%s", list->path, text);
    put_other_params(out, &list->exchange->request.target);
    buf_char(out, '"');
}

static void put_page(struct buf *out, const struct list_of *list, const struct timeline *timeline,
                     const struct page *page,
                     void (*view)(struct buf *out, const struct prediction *prediction, const struct view_base *base))
{
    struct cursor older, newer;
    bool has_older = page->from > page->oldest && page->from < page->to;
    bool has_newer = page->has_cursor && page->to < page->newest && page->from < page->to;

    if (has_older)
        older = cursor_of(timeline_at(timeline, page->from), false);
    if (has_newer)
        newer = cursor_of(timeline_at(timeline, page->to - 1), true);
    put_link(out, "{\"next\":", list, has_older ? &older : NULL);
    put_link(out, ",\"previous\":", list, has_newer ? &newer : NULL);
    buf_lit(out, ",\"results\":[");
    for (size_t place = page->to; place > page->from; place--) {
        if (place < page->to)
            buf_char(out, ',');
        view(out, timeline_at(timeline, place - 1), &list->base);
    }
    buf_lit(out, "]}");
}

enum verdict
page_of_timeline(struct api *api, struct exchange *exchange, const struct timeline *timeline, const char *path,
                 void (*view)(struct buf *out, const struct prediction *prediction, const struct view_base *base))
{
    struct list_of list = {exchange, origin_base(exchange, &api->origin), path};
    struct page page = {0};

    if (!read_filters(exchange, timeline, &page) || !find_page(exchange, timeline, &page))
        return reply_problem(exchange);
    cut_page(&page, timeline);
    put_page(&exchange->response.body, &list, timeline, &page, view);
    return reply_json(exchange, 200);
}

/* --- other lists -------------------------------------------------------------------------------------------------- */

enum verdict page_of_items(struct api *api, struct exchange *exchange, const char *path, const struct page_items *items)
{
    struct list_of list = {exchange, origin_base(exchange, &api->origin), path};
    struct buf *out = &exchange->response.body;
    struct cursor cursor = {0};
    bool has_cursor;

    if (!read_cursor(exchange, &cursor, &has_cursor))
        return reply_problem(exchange);
    // A cursor's number is how many items there are from the edge of its page to the last.
    size_t behind = cursor.number < items->count ? (size_t)cursor.number : items->count, from = 0;
    if (has_cursor && !cursor.newer)
        from = items->count - behind;
    else if (has_cursor)
        from = items->count - behind > items->per_page ? items->count - behind - items->per_page : 0;
    size_t left = items->count - from, to = from + (left < items->per_page ? left : items->per_page);
    if (has_cursor && cursor.newer)
        to = items->count - behind;
    struct cursor older = {.number = items->count - to}, newer = {.newer = true, .number = items->count - from};
    put_link(out, "{\"next\":", &list, to < items->count ? &older : NULL);
    put_link(out, ",\"previous\":", &list, from > 0 ? &newer : NULL);
    buf_lit(out, ",\"results\":[");
    for (size_t i = from; i < to; i++) {
        buf_str(out, i > from ? "," : "");
        items->put(out, items->arg, i);
    }
    buf_lit(out, "]}");
    return reply_json(exchange, 200);
}
