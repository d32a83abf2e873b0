#include "api/models.h"
#include "api/asked_model.h"
#include "api/body.h"
#include "api/cors.h"
#include "api/origin.h"
#include "api/page.h"
#include "api/reply.h"
#include "core/model_search.h"
#include "core/model_view.h"
#include "http/problem.h"

enum { PAGE = 25, NAME_MAX_LEN = 100 }; // "25 per page"

/* --- lists ------------------------------------------------------------------------------------------------------- */

/* One of two words of the query; the first where it is absent. Below 0: another, the response says so. */
static int read_choice(struct exchange *exchange, const char *name, const char *const words[2])
{
    const char *value = target_param(&exchange->request.target, name);

    for (int i = 0; i < 2; i++)
        if (!value || strcmp(value, words[i]) == 0)
            return i;
    problem_printf(&exchange->response, 400, "Bad request", "%s: \"%s\" is not supported; it is %s or %s.", name,
                   problem_quote(&exchange->arena, value), words[0], words[1]);
    return -1;
}

struct shown {
    const struct world *world;
    const struct model **models;
    size_t count;
    bool from_the_end;
    struct view_base base;
};

static void put_shown(struct buf *out, void *arg, size_t index)
{
    const struct shown *shown = arg;
    const struct model *model = shown->models[shown->from_the_end ? shown->count - 1 - index : index];

    model_view(out, shown->world, model, &shown->base);
}

enum verdict models_list(void *context, struct exchange *exchange)
{
    static const char *const orders[] = {"latest_version_created_at", "model_created_at"};
    static const char *const directions[] = {"desc", "asc"};
    struct api *api = context;
    int order = read_choice(exchange, "sort_by", orders);
    int direction = order < 0 ? -1 : read_choice(exchange, "sort_direction", directions);

    if (direction < 0)
        return reply_problem(exchange);
    struct shown shown = {.world = asking_world(api, exchange),
                          .from_the_end = direction == 1,
                          .base = origin_base(exchange, &api->origin)};
    shown.models = models_ordered(exchange->scratch, api->catalog, shown.world,
                                  order == 0 ? ORDER_BY_VERSION : ORDER_BY_MODEL, &shown.count);
    struct page_items items = {.count = shown.count, .per_page = PAGE, .put = put_shown, .arg = &shown};
    return page_of_items(api, exchange, "/models", &items);
}

/* "Raw text"; the JavaScript client and Python 2 send the same as a JSON string. */
static struct slice read_query(const struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    struct json_error error;
    const cJSON *json = json_parse(exchange->scratch, request->body, request->body_len, JSON_REQUEST, &error);

    if (cJSON_IsString(json))
        return (struct slice){json->valuestring, strlen(json->valuestring)};
    return (struct slice){request->body, request->body_len};
}

/* Recorded: at most a page, and no links. */
enum verdict models_query(void *context, struct exchange *exchange)
{
    struct api *api = context;
    struct buf *out = &exchange->response.body;
    const struct world *world = asking_world(api, exchange);
    struct search search = search_for(read_query(exchange));
    struct view_base base = origin_base(exchange, &api->origin);
    size_t count, hit_count;

    const struct model **all = models_ordered(exchange->scratch, api->catalog, world, ORDER_BY_VERSION, &count);
    const struct search_hit *hits = search_models(exchange->scratch, &search, all, count, &hit_count);
    buf_lit(out, "{\"next\":null,\"previous\":null,\"results\":[");
    for (size_t i = 0; i < hit_count && i < PAGE; i++) {
        buf_str(out, i > 0 ? "," : "");
        model_view(out, world, hits[i].model, &base);
    }
    buf_lit(out, "]}");
    response_header(&exchange->response, "Allow", "GET, POST, QUERY");
    return reply_json(exchange, 200);
}

/* --- one ------------------------------------------------------------------------------------------------------------ */

static enum verdict answer_model(struct api *api, struct exchange *exchange, const struct asked_model *asked,
                                 int status)
{
    struct view_base base = origin_base(exchange, &api->origin);

    model_view(&exchange->response.body, asked->world, asked->model, &base);
    return reply_json(exchange, status);
}

enum verdict models_get(void *context, struct exchange *exchange)
{
    struct asked_model asked;

    if (!asked_model_read(context, exchange, &asked))
        return VERDICT_ANSWER;
    return answer_model(context, exchange, &asked, 200);
}

/* The files that models are read from have none. */
enum verdict models_get_readme(void *context, struct exchange *exchange)
{
    struct asked_model asked;

    if (!asked_model_read(context, exchange, &asked))
        return VERDICT_ANSWER;
    if (!asked.own || !asked.own->fields[MODEL_README])
        return reply_not_found(exchange);
    buf_str(&exchange->response.body, asked.own->fields[MODEL_README]);
    exchange->response.status = 200;
    exchange->response.content_type = "text/plain; charset=utf-8";
    cors_allow_any_origin(exchange);
    return VERDICT_ANSWER;
}

static void put_bytes(struct buf *out, void *arg, size_t index)
{
    const struct buf *bytes = arg;

    (void)index;
    buf_add(out, bytes->data, bytes->len);
}

/* One at most: the default example is what a model object has. */
enum verdict models_list_examples(void *context, struct exchange *exchange)
{
    struct api *api = context;
    struct asked_model asked;
    struct buf example = {0};

    if (!asked_model_read(api, exchange, &asked))
        return VERDICT_ANSWER;
    struct view_base base = origin_base(exchange, &api->origin);
    size_t count = model_view_example(&example, asked.model, &base) ? 1 : 0;
    struct page_items items = {.count = count, .per_page = PAGE, .put = put_bytes, .arg = &example};
    const char *path = arena_printf(exchange->scratch, "/models/%s/examples", asked.model->full_name);
    enum verdict verdict = page_of_items(api, exchange, path, &items);
    buf_free(&example);
    return verdict;
}

/* --- making, changing, deleting --------------------------------------------------------------------------------------- */

enum { CREATED = 1, UPDATED = 2 };

/* The members of both bodies that are kept, and of which body; `hardware` is not: a model shows none. Others are taken
 * and not looked at, as the description of the API has it: "additionalProperties: false" is what it says of predictions. */
static const struct {
    const char *name;
    enum model_field field;
    unsigned bodies;
} members[] = {
    {"description", MODEL_DESCRIPTION, CREATED | UPDATED},
    {"visibility", MODEL_VISIBILITY, CREATED},
    {"github_url", MODEL_GITHUB_URL, CREATED | UPDATED},
    {"paper_url", MODEL_PAPER_URL, CREATED | UPDATED},
    {"license_url", MODEL_LICENSE_URL, CREATED | UPDATED},
    {"weights_url", MODEL_WEIGHTS_URL, UPDATED},
    {"readme", MODEL_README, UPDATED},
    {"cover_image_url", MODEL_COVER_IMAGE_URL, CREATED},
};

/* False: the models of all tokens hold as much as they may. */
static bool set_members(struct own_model *own, const cJSON *body, unsigned which)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        const char *text = members[i].bodies & which ? json_get_string(body, members[i].name) : NULL;
        // An empty string is nothing: Swift's client cannot read one where a URL stands.
        if (text && !models_set(own, members[i].field, *text ? text : NULL))
            return false;
    }
    return true;
}

static enum verdict answer_no_room(struct exchange *exchange)
{
    return reply_unavailable(exchange, "The models of all tokens hold 64 MiB; delete some.");
}

static bool is_word(const char *name, const char *inner, const char *outer)
{
    size_t len = strlen(name);

    return len > 0 && len <= NAME_MAX_LEN && strspn(name, inner) == len && strchr(outer, name[0]) &&
           strchr(outer, name[len - 1]);
}

#define LOWER    "abcdefghijklmnopqrstuvwxyz0123456789"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* False: the names are none, the response says so. */
static bool check_names(struct exchange *exchange, const char *owner, const char *name)
{
    struct faults faults;

    faults_init(&faults, exchange->scratch);
    if (!is_word(owner, LOWER CAPITALS "-_", LOWER CAPITALS "_"))
        faults_add(&faults, "pattern", "owner", "Does not match pattern '^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?$'");
    if (!is_word(name, LOWER "-_.", LOWER))
        faults_add(&faults, "pattern", "name", "Does not match pattern '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$'");
    if (faults.count > 0)
        problem_invalid_fields(&exchange->response, &faults);
    return faults.count == 0;
}

/* What clients look for is this sentence, or the status: in `detail` and in `errors`. */
static enum verdict answer_taken(struct exchange *exchange)
{
    struct response *response = &exchange->response;

    response->content_type = CONTENT_PROBLEM;
    response->status = 409;
    buf_lit(&response->body,
            "{\"detail\":\"A model with that name and owner already exists.\",\"status\":409,\"errors\":"
            "[{\"detail\":\"A model with that name and owner already exists.\"}]}\n");
    return reply_problem(exchange);
}

enum verdict models_post(void *context, struct exchange *exchange)
{
    struct api *api = context;
    const cJSON *body = body_read_as(api, exchange, "model_create_request");
    const char *owner = json_get_string(body, "owner"), *name = json_get_string(body, "name");

    if (!body || !check_names(exchange, owner, name))
        return reply_problem(exchange);
    struct world *world = reply_world(api, exchange);
    if (!world)
        return VERDICT_ANSWER;
    const char *full_name = arena_printf(exchange->scratch, "%s/%s", owner, name);
    if (models_find(api->catalog, world, full_name, strlen(full_name)))
        return answer_taken(exchange);
    struct own_model *own = models_create(world, owner, name);
    if (!own && world->models->by_name.len >= MODELS_MAX) {
        problem(&exchange->response, 403, NULL, "There is a limit of 1,000 models per account.");
        return reply_problem(exchange);
    }
    if (own && !set_members(own, body, CREATED)) {
        models_delete(own);
        own = NULL;
    }
    if (!own)
        return answer_no_room(exchange);
    return answer_model(api, exchange, &(struct asked_model){world, &own->model, own}, 201);
}

enum verdict models_patch(void *context, struct exchange *exchange)
{
    struct asked_model asked;

    if (!asked_model_read_own(context, exchange, &asked))
        return VERDICT_ANSWER;
    const cJSON *body = body_read_as(context, exchange, "model_update_request");
    if (!body)
        return reply_problem(exchange);
    if (!set_members(asked.own, body, UPDATED))
        return answer_no_room(exchange);
    return answer_model(context, exchange, &asked, 200);
}

enum verdict models_remove(void *context, struct exchange *exchange)
{
    struct asked_model asked;

    if (!asked_model_read_own(context, exchange, &asked))
        return VERDICT_ANSWER;
    if (asked.model->latest) { // "You can only delete models that have no versions associated with them."
        problem(&exchange->response, 400, NULL,
                "This model has versions. You can only delete models that have no versions: delete these first.");
        return reply_problem(exchange);
    }
    models_delete(asked.own);
    return reply_empty(exchange);
}
