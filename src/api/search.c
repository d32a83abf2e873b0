#include "api/search.h"
#include "api/asked_model.h"
#include "api/collections.h"
#include "api/origin.h"
#include "api/reply.h"
#include "core/model_search.h"
#include "core/model_view.h"

#include <stdlib.h>

enum { LIMIT = 20, LIMIT_MAX = 50 };

/* Documented so, without a `status`. */
static enum verdict answer_bad(struct exchange *exchange, const char *body)
{
    buf_str(&exchange->response.body, body);
    return reply_json(exchange, 400);
}

/* Below 0: it is none. */
static int read_limit(struct exchange *exchange)
{
    const char *text = target_param(&exchange->request.target, "limit");

    if (!text)
        return LIMIT;
    size_t len = strspn(text, "0123456789");
    int limit = len > 0 && len <= 2 && text[len] == '\0' ? atoi(text) : 0;
    return limit >= 1 && limit <= LIMIT_MAX ? limit : -1;
}

/* A `+` in a query is a blank to most who write one. */
static struct slice read_query(struct exchange *exchange)
{
    const char *text = target_param(&exchange->request.target, "query");
    size_t len = text ? strlen(text) : 0;
    char *query = arena_strndup(exchange->scratch, text ? text : "", len);

    for (char *at = query; *at; at++)
        *at = *at == '+' ? ' ' : *at;
    return (struct slice){query, len};
}

/* The description stands in for the generated one: nobody generates here. */
static void put_hit(struct buf *out, const struct world *world, const struct search_hit *hit,
                    const struct view_base *base)
{
    struct slice description = hit->model->description;

    buf_lit(out, "{\"model\":");
    model_view(out, world, hit->model, base);
    buf_lit(out, ",\"metadata\":{\"generated_description\":");
    if (description.len == 0)
        buf_lit(out, "null");
    else if (models_are_own(world, hit->model))
        buf_json_string(out, description.data, description.len);
    else
        buf_add(out, description.data, description.len);
    buf_printf(out, ",\"tags\":[],\"score\":%u}}", hit->score);
}

static struct slice text_of(const cJSON *collection, const char *name)
{
    const char *text = json_get_string(collection, name);

    return (struct slice){text, strlen(text)};
}

static void put_collections(struct buf *out, const struct search *search, const cJSON *all)
{
    bool first = true;

    for (const cJSON *at = all->child; at; at = at->next) {
        if (search_score(search, text_of(at, "slug"), text_of(at, "description")) == 0)
            continue;
        buf_str(out, first ? "" : ",");
        collections_begin(out, at);
        buf_lit(out, ",\"models\":");
        json_canonical(out, json_get(at, "models"));
        buf_char(out, '}');
        first = false;
    }
}

enum verdict search_get(void *context, struct exchange *exchange)
{
    struct api *api = context;
    struct buf *out = &exchange->response.body;
    struct slice query = read_query(exchange);
    struct search search = search_for(query);
    size_t count, hit_count, limit = (size_t)read_limit(exchange);

    if (query.len == 0)
        return answer_bad(exchange, "{\"detail\":\"Query parameter \\\"query\\\" is required\"}");
    if (limit > LIMIT_MAX)
        return answer_bad(exchange, "{\"detail\":\"Query parameter \\\"limit\\\" must be an integer from 1 to 50\"}");
    const struct world *world = asking_world(api, exchange);
    struct view_base base = origin_base(exchange, &api->origin);
    const struct model **all = models_ordered(exchange->scratch, api->catalog, world, ORDER_BY_VERSION, &count);
    const struct search_hit *hits = search_models(exchange->scratch, &search, all, count, &hit_count);
    buf_lit(out, "{\"query\":");
    buf_json_string(out, query.data, query.len);
    buf_lit(out, ",\"models\":[");
    for (size_t i = 0; i < hit_count && i < limit; i++) {
        buf_str(out, i > 0 ? "," : "");
        put_hit(out, world, &hits[i], &base);
    }
    buf_lit(out, "],\"collections\":[");
    put_collections(out, &search, collections_read(exchange->scratch));
    buf_lit(out, "],\"pages\":[]}");
    return reply_json(exchange, 200);
}
