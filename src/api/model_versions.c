#include "api/model_versions.h"
#include "api/asked_model.h"
#include "api/page.h"
#include "api/reply.h"
#include "core/model_view.h"

enum { PAGE = 25 };

static void put_version(struct buf *out, void *arg, size_t index)
{
    version_view(out, ((const struct version *const *)arg)[index]);
}

/* All that are known, the newest first: of a model of the catalogue's the latest alone. */
static const struct version **versions_of(struct exchange *exchange, const struct asked_model *asked, size_t *count)
{
    size_t most = asked->own ? asked->own->models->versions.len : 1;
    const struct version **versions = arena_alloc(exchange->scratch, (most + 1) * sizeof(*versions));

    *count = 0;
    if (!asked->own && asked->model->latest)
        versions[(*count)++] = asked->model->latest;
    if (asked->own)
        list_each (link, &asked->own->versions)
            versions[(*count)++] = &container_of(link, struct own_version, link)->version;
    return versions;
}

/* An official model has no list: by the 404 Python 2's `use()` knows that it is to be run by its name. */
enum verdict model_versions_list(void *context, struct exchange *exchange)
{
    struct api *api = context;
    struct asked_model asked;
    struct page_items items = {.per_page = PAGE, .put = put_version};

    if (!asked_model_read(api, exchange, &asked))
        return VERDICT_ANSWER;
    if (asked.model->official)
        return reply_not_found(exchange);
    items.arg = versions_of(exchange, &asked, &items.count);
    const char *path = arena_printf(exchange->scratch, "/models/%s/versions", asked.model->full_name);
    return page_of_items(api, exchange, path, &items);
}

/* The version of the path. NULL: there is none, the response says so. */
static struct version *find(struct api *api, struct exchange *exchange, const struct asked_model *asked)
{
    struct version *version = models_version(api->catalog, asked->world, asked->model, exchange->request.params[2]);

    if (!version)
        reply_not_found(exchange);
    return version;
}

/* Of official models too: Python 1.x asks for it after it has run "owner/name:version". */
enum verdict model_versions_get(void *context, struct exchange *exchange)
{
    struct asked_model asked;

    if (!asked_model_read(context, exchange, &asked))
        return VERDICT_ANSWER;
    const struct version *version = find(context, exchange, &asked);
    if (!version)
        return VERDICT_ANSWER;
    version_view(&exchange->response.body, version);
    return reply_json(exchange, 200);
}

/* "202 empty": the real one may take minutes, here it has gone when the answer comes. */
enum verdict model_versions_remove(void *context, struct exchange *exchange)
{
    struct asked_model asked;

    if (!asked_model_read_own(context, exchange, &asked))
        return VERDICT_ANSWER;
    struct version *version = find(context, exchange, &asked);
    if (!version)
        return VERDICT_ANSWER;
    models_delete_version(asked.own, version);
    reply_empty(exchange);
    exchange->response.status = 202;
    return VERDICT_ANSWER;
}
