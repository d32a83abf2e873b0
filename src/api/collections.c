#include "api/collections.h"
#include "api/origin.h"
#include "api/page.h"
#include "api/reply.h"
#include "base/embed.h"
#include "core/model_view.h"

enum { PAGE = 25 };

const cJSON *collections_read(struct arena *arena)
{
    const struct embedded *file = embedded_find("fixtures/collections.json");
    struct json_error error;

    return json_parse(arena, file->data, file->len, JSON_GRAMMAR, &error); // compiled in: a test reads it
}

static void put_member(struct buf *out, const cJSON *collection, const char *name)
{
    const char *text = json_get_string(collection, name);

    buf_printf(out, "\"%s\":", name);
    buf_json_string(out, text, strlen(text));
}

void collections_begin(struct buf *out, const cJSON *collection)
{
    buf_char(out, '{');
    put_member(out, collection, "name");
    buf_char(out, ',');
    put_member(out, collection, "slug");
    buf_char(out, ',');
    put_member(out, collection, "description");
}

static void put_item(struct buf *out, void *arg, size_t index)
{
    const cJSON *collection = *(const cJSON *const *)arg;

    while (index-- > 0)
        collection = collection->next;
    collections_begin(out, collection);
    buf_char(out, '}');
}

enum verdict collections_list(void *context, struct exchange *exchange)
{
    const cJSON *all = collections_read(exchange->scratch), *first = all->child;
    struct page_items items = {
        .count = (size_t)cJSON_GetArraySize(all), .per_page = PAGE, .put = put_item, .arg = &first};

    return page_of_items(context, exchange, "/collections", &items);
}

static void put_models(struct buf *out, const struct api *api, const cJSON *names, const struct view_base *base)
{
    bool first = true;

    for (const cJSON *name = names->child; name; name = name->next) {
        const struct model *model = models_find(api->catalog, NULL, name->valuestring, strlen(name->valuestring));
        if (!model)
            continue;
        buf_str(out, first ? "" : ",");
        model_view(out, NULL, model, base);
        first = false;
    }
}

enum verdict collections_get(void *context, struct exchange *exchange)
{
    struct api *api = context;
    struct buf *out = &exchange->response.body;
    const cJSON *collection = collections_read(exchange->scratch)->child;
    struct view_base base = origin_base(exchange, &api->origin);

    while (collection && strcmp(json_get_string(collection, "slug"), exchange->request.params[0]) != 0)
        collection = collection->next;
    if (!collection)
        return reply_not_found(exchange);
    collections_begin(out, collection);
    buf_char(out, ',');
    put_member(out, collection, "full_description");
    buf_lit(out, ",\"models\":[");
    put_models(out, api, json_get(collection, "models"), &base);
    buf_lit(out, "]}");
    return reply_json(exchange, 200);
}
