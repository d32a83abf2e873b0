#include "core/past.h"
#include "base/timefmt.h"
#include "base/uri.h"
#include "core/lifecycle.h"
#include "core/members.h"
#include "core/models.h"

#include <stdlib.h>

/* --- the members of one --------------------------------------------------------------------------------------------- */

static struct past *past_in(const struct reading *reading)
{
    return reading->into;
}

/* A string, or null for none. */
static void read_text(struct reading *reading, const cJSON *value, const char *path, const char **text)
{
    if (cJSON_IsString(value))
        *text = value->valuestring;
    else if (!cJSON_IsNull(value))
        members_refuse(reading, path, "takes a string or null, not %s", json_type_name(value));
}

static void read_time(struct reading *reading, const cJSON *value, const char *path, int64_t *ns)
{
    if (!cJSON_IsNull(value) && !(cJSON_IsString(value) && time_parse(value->valuestring, ns)))
        members_refuse(reading, path, "takes a date and time such as 2026-01-31T12:00:00Z");
}

static void read_id(struct reading *reading, const cJSON *value, const char *path)
{
    if (cJSON_IsString(value) && id_is_possible(value->valuestring))
        past_in(reading)->id = value->valuestring;
    else
        members_refuse(reading, path,
                       "takes an id as predictions have them, 26 small letters and digits; without it one is made");
}

static void read_model(struct reading *reading, const cJSON *value, const char *path)
{
    read_text(reading, value, path, &past_in(reading)->model);
}

static void read_version(struct reading *reading, const cJSON *value, const char *path)
{
    read_text(reading, value, path, &past_in(reading)->version_id);
}

static void read_input(struct reading *reading, const cJSON *value, const char *path)
{
    past_in(reading)->input = value;
    if (!cJSON_IsObject(value))
        members_refuse(reading, path, "takes an object, not %s", json_type_name(value));
}

static void read_logs(struct reading *reading, const cJSON *value, const char *path)
{
    read_text(reading, value, path, &past_in(reading)->logs);
}

static void read_output(struct reading *reading, const cJSON *value, const char *path)
{
    (void)path;
    past_in(reading)->output = value;
}

static void read_data_removed(struct reading *reading, const cJSON *value, const char *path)
{
    members_bool(reading, value, path, &past_in(reading)->data_removed);
}

static void read_error(struct reading *reading, const cJSON *value, const char *path)
{
    read_text(reading, value, path, &past_in(reading)->error);
}

static void read_source(struct reading *reading, const cJSON *value, const char *path)
{
    if (!cJSON_IsString(value) || strcmp(value->valuestring, "api") != 0)
        members_refuse(reading, path, "takes \"api\": no others are kept");
}

static void read_status(struct reading *reading, const cJSON *value, const char *path)
{
    enum status status;

    if (cJSON_IsString(value) && status_parse(value->valuestring, &status) && status_is_terminal(status))
        past_in(reading)->status = status;
    else
        members_refuse(reading, path, "takes the status of one that is finished: succeeded, failed, canceled, aborted");
}

static void read_created_at(struct reading *reading, const cJSON *value, const char *path)
{
    read_time(reading, value, path, &past_in(reading)->created_at);
}

static void read_started_at(struct reading *reading, const cJSON *value, const char *path)
{
    read_time(reading, value, path, &past_in(reading)->started_at);
}

static void read_completed_at(struct reading *reading, const cJSON *value, const char *path)
{
    read_time(reading, value, path, &past_in(reading)->completed_at);
}

static void read_deadline(struct reading *reading, const cJSON *value, const char *path)
{
    read_time(reading, value, path, &past_in(reading)->deadline);
}

static void read_deployment(struct reading *reading, const cJSON *value, const char *path)
{
    read_text(reading, value, path, &past_in(reading)->deployment);
}

static void read_webhook(struct reading *reading, const cJSON *value, const char *path)
{
    if (cJSON_IsString(value) && !uri_is_valid(value->valuestring))
        members_refuse(reading, path, "takes a URL: it is shown, and nothing is sent to it");
    read_text(reading, value, path, &past_in(reading)->webhook);
}

/* What GET makes of the rest. */
static void read_nothing(struct reading *reading, const cJSON *value, const char *path)
{
    (void)reading;
    (void)value;
    (void)path;
}

static const struct member members[] = {
    {"id", read_id},
    {"model", read_model},
    {"version", read_version},
    {"input", read_input},
    {"logs", read_logs},
    {"output", read_output},
    {"data_removed", read_data_removed},
    {"error", read_error},
    {"source", read_source},
    {"status", read_status},
    {"created_at", read_created_at},
    {"deadline", read_deadline},
    {"deployment", read_deployment},
    {"started_at", read_started_at},
    {"completed_at", read_completed_at},
    {"webhook", read_webhook},
    {"metrics", read_nothing},
    {"urls", read_nothing},
    {"world", read_nothing}, // whose it was, in a list of the whole server
    {0},
};

/* --- what they say together ----------------------------------------------------------------------------------------- */

/* Of a member of this one. */
static void refuse(struct reading *reading, const char *name, const char *why)
{
    members_refuse(reading, members_path(reading, past_in(reading)->path, name), "%s", why);
}

/* By both names where both are given. Official models show "hidden" for a version. */
static struct version *find_version(const struct past_reading *by, const struct past *past)
{
    const char *id = past->version_id;

    if (!past->model)
        return models_resolve(by->catalog, by->world, id);
    const struct model *model = models_find(by->catalog, by->world, past->model, strlen(past->model));
    if (!model)
        return NULL;
    if (!id || (model->latest && strcmp(id, model->latest->shown) == 0))
        return model->latest;
    struct version *version = models_version(by->catalog, by->world, model, id);
    return version || !strchr(id, '/') ? version : models_resolve(by->catalog, by->world, id);
}

static struct version *make_version(const struct past_reading *by, const struct past *past)
{
    const char *id = past->version_id;
    bool is_whole = !past->model || (id && strchr(id, '/'));

    if (is_whole)
        return version_unlisted(by->arena, id);
    return version_unlisted(by->arena, id ? arena_printf(by->arena, "%s:%s", past->model, id) : past->model);
}

static void choose_version(const struct past_reading *by, struct reading *reading)
{
    struct past *past = past_in(reading);

    if (!past->model && !past->version_id) {
        refuse(reading, "model", "says of which model it is, if version does not; one of them is needed");
        return;
    }
    past->version = find_version(by, past);
    if (!past->version && by->accept_unknown_models)
        past->version = make_version(by, past);
    if (!past->version && past->version_id)
        refuse(reading, "version", "is none that this server knows, or not of that model");
    else if (!past->version)
        refuse(reading, "model", "is none that this server knows, or has no version");
}

/* The first that is given; the last always is. */
static int64_t first_of(const int64_t *times)
{
    while (*times == 0)
        times++;
    return *times;
}

/* "created_at: millisecond precision", and what was aborted need not have begun. */
static void complete_times(struct past *past, int64_t now)
{
    bool never_began = past->status == STATUS_ABORTED && !past->started_at && !*past->logs;

    past->created_at = first_of((const int64_t[]){past->created_at, past->started_at, past->completed_at, now}) /
                       NS_PER_MS * NS_PER_MS;
    if (!past->started_at && !never_began)
        past->started_at = past->created_at;
    if (!past->completed_at)
        past->completed_at = past->started_at ? past->started_at : past->created_at;
}

static void check_times(struct reading *reading, int64_t now)
{
    struct past *past = past_in(reading);

    complete_times(past, now);
    if (past->created_at > now)
        refuse(reading, "created_at", "is in the future of the world's clock");
    else if (past->started_at && past->started_at < past->created_at)
        refuse(reading, "started_at", "is before created_at");
    else if (past->completed_at < past->started_at || past->completed_at < past->created_at)
        refuse(reading, "completed_at", "is before started_at or created_at");
    else if (past->completed_at > now)
        refuse(reading, "completed_at", "is in the future of the world's clock");
}

static void check_together(const struct past_reading *by, struct reading *reading)
{
    struct past *past = past_in(reading);

    if (past->status == STATUS_COUNT)
        refuse(reading, "status", "is needed: succeeded, failed, canceled or aborted");
    if (past->error && past->status == STATUS_SUCCEEDED)
        refuse(reading, "error", "belongs to one that has not succeeded");
    if (past->id && store_find(by->store, past->id))
        refuse(reading, "id", "is taken: no two predictions of a server have the same; without it one is made");
    choose_version(by, reading);
    check_times(reading, by->now);
}

/* --- all of them ---------------------------------------------------------------------------------------------------- */

static void read_one(const struct past_reading *by, struct past *past, const cJSON *value, const char *path)
{
    struct reading reading = {.into = past, .arena = by->arena, .faults = by->faults};
    size_t before = by->faults->count;

    *past = (struct past){.path = path, .status = STATUS_COUNT, .logs = ""};
    members_read(&reading, members, value, path);
    if (by->faults->count == before)
        check_together(by, &reading);
}

static int by_id(const void *a, const void *b)
{
    const struct past *left = *(const struct past *const *)a, *right = *(const struct past *const *)b;

    return strcmp(left->id, right->id);
}

static void check_ids(const struct past_reading *by, const struct past *pasts, size_t count)
{
    const struct past **given = arena_alloc(by->arena, (count + 1) * sizeof(*given));
    size_t len = 0;

    for (size_t i = 0; i < count; i++)
        if (pasts[i].id)
            given[len++] = &pasts[i];
    qsort(given, len, sizeof(*given), by_id);
    for (size_t i = 1; i < len; i++)
        if (strcmp(given[i - 1]->id, given[i]->id) == 0)
            faults_add(by->faults, "invalid", arena_printf(by->arena, "%s.id", given[i]->path), "is given twice");
}

const struct past *past_read(const struct past_reading *by, const cJSON *body, size_t *count)
{
    bool is_list = cJSON_IsArray(body);
    size_t at = 0;

    *count = is_list ? (size_t)cJSON_GetArraySize(body) : 1;
    if (*count == 0 || *count > PAST_MAX) {
        faults_add(by->faults, "invalid", "", "takes from 1 to %d predictions at once, not %zu", PAST_MAX, *count);
        return NULL;
    }
    struct past *pasts = arena_alloc(by->arena, *count * sizeof(*pasts));
    for (const cJSON *value = is_list ? body->child : body; at < *count; value = value->next, at++) {
        read_one(by, &pasts[at], value, is_list ? arena_printf(by->arena, "[%zu]", at) : "");
        if (faults_full(by->faults))
            return NULL;
    }
    check_ids(by, pasts, *count);
    return by->faults->count == 0 ? pasts : NULL;
}

/* --- making --------------------------------------------------------------------------------------------------------- */

static struct prediction *make(struct world *world, const struct past *past)
{
    const cJSON nothing = {.type = cJSON_Object};
    struct script *script = script_of_past(past->output, past->logs);
    struct prediction_request request = {.version = past->version,
                                         .input = past->input ? past->input : &nothing,
                                         .deployment = past->deployment,
                                         .script = script};
    struct prediction *prediction = lifecycle_make(world, &request);

    script_let_go(script);
    prediction->webhook = past->webhook ? xstrdup(past->webhook) : NULL;
    prediction->error = past->error ? xstrdup(past->error) : NULL;
    prediction->created_at = past->created_at;
    prediction->started_at = past->started_at;
    prediction->completed_at = past->completed_at;
    prediction->filled_at = clock_now(&world->clock);
    prediction->deadline = past->deadline;
    prediction->predict = lifecycle_elapsed(prediction, past->completed_at);
    prediction->status = (uint8_t)past->status; // it was never any other: prediction_become has nothing to check
    prediction->output_ready = true;
    if (past->data_removed)
        prediction_remove_data(prediction);
    return prediction;
}

static void give_id(struct prediction *prediction, const char *given, struct map *taken)
{
    struct world *world = prediction->world;

    if (given)
        memcpy(prediction->id, given, ID_LEN + 1);
    else
        do
            id_prediction(prediction->id, prediction->created_at / NS_PER_MS, &world->rng);
        while (store_find(world->worlds->store, prediction->id) || map_find(taken, prediction->id, ID_LEN));
    map_put(taken, prediction);
}

static struct slice id_of(const void *value)
{
    return (struct slice){((const struct prediction *)value)->id, ID_LEN};
}

/* Those that were given first: none that is made may be the same. */
static void give_ids(const struct past *pasts, size_t count, struct prediction **made)
{
    struct map taken;

    map_init(&taken, id_of, id_random_key());
    for (int turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < count; i++)
            if ((turn == 0) == (pasts[i].id != NULL))
                give_id(made[i], pasts[i].id, &taken);
    map_free(&taken);
}

static int by_creation(const void *a, const void *b)
{
    const struct prediction *left = *(struct prediction *const *)a, *right = *(struct prediction *const *)b;

    if (left->created_at != right->created_at)
        return left->created_at < right->created_at ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

enum store_verdict past_add(struct world *world, const struct past *pasts, size_t count, struct prediction **made)
{
    struct prediction **sorted = xcalloc(count, sizeof(struct prediction *));

    for (size_t i = 0; i < count; i++) {
        sorted[i] = made[i] = make(world, &pasts[i]);
        made[i]->number = world->created + i;
    }
    give_ids(pasts, count, made);
    qsort(sorted, count, sizeof(struct prediction *), by_creation);
    enum store_verdict verdict = store_add_past(world->worlds->store, world, sorted, count);
    free(sorted);
    if (verdict == STORE_OK)
        world->created += count;
    else
        for (size_t i = 0; i < count; i++)
            prediction_free(made[i]);
    return verdict;
}
