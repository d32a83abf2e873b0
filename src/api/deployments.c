#include "api/deployments.h"
#include "api/asked_model.h"
#include "api/body.h"
#include "api/create.h"
#include "api/page.h"
#include "api/predictions.h"
#include "api/reply.h"
#include "core/account.h"
#include "core/deployments.h"
#include "http/problem.h"

enum { PER_PAGE = 100 };

/* --- shown --------------------------------------------------------------------------------------------------------- */

static void put_string(struct buf *out, const char *text)
{
    buf_json_string(out, text, strlen(text));
}

/* {"owner","name","current_release":{"number","model","version","created_at","created_by","configuration":{"hardware",
 * "min_instances","max_instances"}}}, as documented. */
static void put_deployment(struct buf *out, const struct deployment *deployment)
{
    const struct release *release = &deployment->release;
    char created_at[TIME_TEXT];

    time_format(created_at, release->created_at, TIME_MICROS_ALL);
    buf_lit(out, "{\"owner\":\"" ACCOUNT_USERNAME "\",\"name\":");
    put_string(out, deployment->name);
    buf_printf(out, ",\"current_release\":{\"number\":%u,\"model\":", release->number);
    put_string(out, release->model);
    buf_lit(out, ",\"version\":");
    put_string(out, release->version);
    buf_printf(out, ",\"created_at\":\"%s\",\"created_by\":", created_at);
    account_put(out);
    buf_lit(out, ",\"configuration\":{\"hardware\":");
    put_string(out, release->hardware);
    buf_printf(out, ",\"min_instances\":%d,\"max_instances\":%d}}}", release->min_instances, release->max_instances);
}

static enum verdict answer(struct exchange *exchange, const struct deployment *deployment)
{
    put_deployment(&exchange->response.body, deployment);
    return reply_json(exchange, 200);
}

static void put_item(struct buf *out, void *arg, size_t index)
{
    put_deployment(out, deployments_at(arg, index));
}

enum verdict deployments_list(void *context, struct exchange *exchange)
{
    struct world *world = reply_world(context, exchange);

    if (!world)
        return VERDICT_ANSWER;
    struct page_items items = {.count = deployments_count(world), .per_page = PER_PAGE, .put = put_item, .arg = world};
    return page_of_items(context, exchange, "/deployments", &items);
}

/* --- read ----------------------------------------------------------------------------------------------------------- */

/* What a deployment's name is made of: it stands in paths. */
#define NAME_CHARACTERS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-"

static bool is_name(const char *text)
{
    size_t len = strspn(text, NAME_CHARACTERS);

    return len > 0 && len <= DEPLOYMENT_TEXT_MAX && text[len] == '\0';
}

static bool refuse(struct exchange *exchange, const struct faults *faults)
{
    if (faults->count > 0)
        problem_invalid_fields(&exchange->response, faults);
    return faults->count > 0;
}

static void read_instances(const cJSON *body, const char *member, int *instances)
{
    double number;

    if (json_get_number(body, member, &number))
        *instances = (int)number; // from 0 to 20, by the schema
}

/* Reads into *release what the body gives; the rest of it stays. False: refused. */
static bool read_configuration(struct exchange *exchange, const cJSON *body, struct release *release)
{
    const char *hardware = json_get_string(body, "hardware");
    struct faults faults;

    faults_init(&faults, exchange->scratch);
    if (hardware)
        release->hardware = hardware;
    // Any SKU is fine: which there are changes from year to year, and none is rented here.
    if (!*release->hardware || strlen(release->hardware) > DEPLOYMENT_TEXT_MAX)
        faults_add(&faults, "pattern", "hardware", "Does not match pattern '^.{1,%d}$'", DEPLOYMENT_TEXT_MAX);
    read_instances(body, "min_instances", &release->min_instances);
    read_instances(body, "max_instances", &release->max_instances);
    if (release->min_instances > release->max_instances && json_get(body, "max_instances"))
        faults_add(&faults, "number_gte", "max_instances", "Must be greater than or equal to %d",
                   release->min_instances);
    else if (release->min_instances > release->max_instances)
        faults_add(&faults, "number_lte", "min_instances", "Must be less than or equal to %d", release->max_instances);
    return !refuse(exchange, &faults);
}

/* "The 64-character string ID of the model version"; with the model in front is fine. NULL: the model has none such, the
 * response says so. */
static struct version *find_version(struct api *api, struct exchange *exchange, const char *model, const char *text)
{
    const char *spec = strchr(text, '/') ? text : arena_printf(exchange->scratch, "%s:%s", model, text);
    struct version *version = create_find_version(api, exchange, spec);

    if (version && strcmp(version->model->full_name, model) == 0)
        return version;
    create_refuse_version(exchange);
    return NULL;
}

static bool read_version(struct api *api, struct exchange *exchange, const char *model, const char *text,
                         struct release *release)
{
    const struct version *version = find_version(api, exchange, model, text);

    if (!version)
        return false;
    release->model = version->model->full_name;
    release->version = version->id;
    return true;
}

/* --- made ----------------------------------------------------------------------------------------------------------- */

/* The body of a create, the name in *name. False: refused. */
static bool read_create(struct api *api, struct exchange *exchange, const char **name, struct release *release)
{
    const cJSON *body = body_read_as(api, exchange, "deployment_create_request");
    struct faults faults;

    if (!body)
        return false;
    faults_init(&faults, exchange->scratch);
    *name = json_get_string(body, "name");
    if (!is_name(*name))
        faults_add(&faults, "pattern", "name", "Does not match pattern '^[a-zA-Z0-9._-]{1,%d}$'", DEPLOYMENT_TEXT_MAX);
    return !refuse(exchange, &faults) && read_configuration(exchange, body, release) &&
           read_version(api, exchange, json_get_string(body, "model"), json_get_string(body, "version"), release);
}

enum verdict deployments_create(void *context, struct exchange *exchange)
{
    struct release release = {0};
    const char *name;

    if (!read_create(context, exchange, &name, &release))
        return reply_problem(exchange);
    struct world *world = reply_world(context, exchange);
    if (!world)
        return VERDICT_ANSWER;
    if (deployments_find(world, name)) {
        problem(&exchange->response, 409, NULL, "A deployment with that name and owner already exists.");
        return reply_problem(exchange);
    }
    struct deployment *deployment = deployments_add(world, name);
    if (!deployment)
        return reply_unavailable(exchange, "There are as many deployments as this server keeps; delete some.");
    deployment_release(deployment, world, &release);
    return answer(exchange, deployment);
}

/* --- by name ---------------------------------------------------------------------------------------------------------- */

/* The deployment that the path names. NULL: the token has none such; *world is its world, if it has one. */
static struct deployment *find(struct api *api, struct exchange *exchange, struct world **world)
{
    const char *const *params = exchange->request.params;

    *world = asking_world(api, exchange);
    return strcmp(params[0], ACCOUNT_USERNAME) == 0 ? deployments_find(*world, params[1]) : NULL;
}

enum verdict deployments_get(void *context, struct exchange *exchange)
{
    struct world *world;
    const struct deployment *deployment = find(context, exchange, &world);

    return deployment ? answer(exchange, deployment) : reply_not_found(exchange);
}

/* Is there a member that an update knows? Others are taken and not looked at. */
static bool says_anything(const cJSON *body)
{
    static const char *const known[] = {"version", "hardware", "min_instances", "max_instances"};

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (json_get(body, known[i]))
            return true;
    return false;
}

/* "Updating any deployment properties will increment the `number` field of the `current_release`." */
enum verdict deployments_update(void *context, struct exchange *exchange)
{
    struct world *world;
    struct deployment *deployment = find(context, exchange, &world);

    if (!deployment)
        return reply_not_found(exchange);
    struct release next = deployment->release;
    const cJSON *body = body_read_as(context, exchange, "deployment_update_request");
    if (!body || !read_configuration(exchange, body, &next))
        return reply_problem(exchange);
    const char *version = json_get_string(body, "version");
    if (version && !read_version(context, exchange, next.model, version, &next))
        return reply_problem(exchange);
    if (says_anything(body))
        deployment_release(deployment, world, &next);
    return answer(exchange, deployment);
}

/* The real API wants it "offline and unused for at least 15 minutes"; nothing of ours is ever online. */
enum verdict deployments_delete(void *context, struct exchange *exchange)
{
    struct world *world;
    struct deployment *deployment = find(context, exchange, &world);

    if (!deployment)
        return reply_not_found(exchange);
    deployments_remove(world, deployment);
    return reply_empty(exchange);
}

/* Runs are the gateway's, and so is the 404 for one. */
enum verdict deployments_predict(void *context, struct exchange *exchange)
{
    struct world *world;
    const struct deployment *deployment = find(context, exchange, &world);

    if (!deployment)
        return reply_not_found(exchange);
    const struct release *release = &deployment->release;
    struct create_from from = {
        .kind = CREATE_BY_PATH,
        .version = find_version(context, exchange, release->model, release->version),
        .deployment = arena_printf(exchange->scratch, ACCOUNT_USERNAME "/%s", deployment->name),
    };
    return from.version ? predictions_start(context, exchange, &from) : reply_problem(exchange);
}
