#include "core/model_view.h"
#include "base/json_scan.h"

static void put_string(struct buf *out, const char *text)
{
    buf_json_string(out, text, strlen(text));
}

static void put_slice(struct buf *out, struct slice text)
{
    buf_add(out, text.data, text.len);
}

static bool is(struct slice value, const char *text)
{
    return value.len == strlen(text) && memcmp(value.data, text, value.len) == 0;
}

static bool begins_with(struct slice value, char c)
{
    return value.len > 0 && *value.data == c;
}

/* The members that an object must have, and what each is where it was not given. */
struct member {
    const char *name;
    const char *otherwise; /* JSON; NULL: nothing can stand in */
    bool null_if_empty;    /* "" counts as null */
};

/* Which of the table the key is; -1: none. */
static int member_of(const struct member *members, struct slice key)
{
    for (int i = 0; members[i].name; i++)
        if (json_key_is(key, members[i].name))
            return i;
    return -1;
}

static void put_key(struct buf *out, const char *name)
{
    buf_printf(out, "%s\"%s\":", out->data[out->len - 1] == '{' ? "" : ",", name);
}

/* The value of a member of a table. */
static void put_value(struct buf *out, const struct member *member, struct slice value)
{
    if (member->null_if_empty && is(value, "\"\""))
        buf_lit(out, "null");
    else
        json_put_compact(out, value);
}

/* A member of no table, as it stands. */
static void put_other(struct buf *out, const struct json_members *at)
{
    buf_str(out, out->data[out->len - 1] == '{' ? "" : ",");
    put_slice(out, at->key);
    buf_char(out, ':');
    json_put_compact(out, at->value);
}

/* The member at which it stands; notes in *seen which of the table it is. */
static void put_member(struct buf *out, const struct json_members *at, const struct member *members, unsigned *seen)
{
    int known = member_of(members, at->key);

    if (known < 0) {
        put_other(out, at);
        return;
    }
    *seen |= 1U << known;
    put_key(out, members[known].name);
    put_value(out, &members[known], at->value);
}

/* Appends what of the table was not `seen`. */
static void put_missing(struct buf *out, const struct member *members, unsigned seen)
{
    for (int i = 0; members[i].name; i++) {
        if (seen & 1U << i || !members[i].otherwise)
            continue;
        put_key(out, members[i].name);
        buf_str(out, members[i].otherwise);
    }
}

/* --- versions ------------------------------------------------------------------------------------------------------ */

#define NO_SCHEMA                                                                                                      \
    "{\"info\":{\"title\":\"Cog\",\"version\":\"0.1.0\"},\"paths\":{},\"openapi\":\"3.0.2\",\"components\":"           \
    "{\"schemas\":{\"Input\":{\"type\":\"object\",\"title\":\"Input\"},\"Output\":{\"title\":\"Output\"}}}}"

void version_view(struct buf *out, const struct version *version)
{
    struct slice cog = json_scan_member(version->text, "cog_version");
    struct slice given = json_scan_member(version->text, "created_at");
    char at[TIME_TEXT];

    time_format(at, version->created_at, TIME_MICROS_ALL);
    buf_lit(out, "{\"id\":");
    put_string(out, version->id);
    buf_lit(out, ",\"created_at\":");
    if (!version->unlisted && begins_with(given, '"'))
        put_slice(out, given);
    else
        put_string(out, at);
    buf_lit(out, ",\"cog_version\":");
    put_slice(out, begins_with(cog, '"') ? cog : (struct slice){"\"\"", 2});
    buf_lit(out, ",\"openapi_schema\":");
    if (version->openapi_schema.len > 0)
        json_put_compact(out, version->openapi_schema);
    else
        buf_lit(out, NO_SCHEMA);
    buf_char(out, '}');
}

static void put_latest(struct buf *out, const struct model *model)
{
    put_key(out, "latest_version");
    if (model->latest)
        version_view(out, model->latest);
    else
        buf_lit(out, "null");
}

/* --- examples ------------------------------------------------------------------------------------------------------ */

struct example {
    const struct model *model;
    struct slice id; /* without its quotes */
    const struct view_base *base;
};

static void put_example_time(struct buf *out, const struct example *example)
{
    char at[TIME_TEXT];

    time_format(at, example->model->latest ? example->model->latest->created_at : 0, TIME_MICROS_ALL);
    put_string(out, at);
}

static void put_example_url(struct buf *out, const char *member, const struct example *example, const char *tail)
{
    buf_str(out, member);
    put_slice(out, example->base->api);
    buf_lit(out, "/predictions/");
    put_slice(out, example->id);
    buf_str(out, tail);
}

static void put_example_urls(struct buf *out, const struct example *example)
{
    put_example_url(out, "{\"get\":\"", example, "\"");
    put_example_url(out, ",\"cancel\":\"", example, "/cancel\"");
    buf_lit(out, ",\"web\":\"https://replicate.com/p/");
    put_slice(out, example->id);
    buf_lit(out, "\"}");
}

static void put_example_model(struct buf *out, const struct example *example)
{
    put_string(out, example->model->full_name);
}

static void put_example_version(struct buf *out, const struct example *example)
{
    put_string(out, example->model->latest ? example->model->latest->shown : "hidden");
}

/* Sorted, as newer recordings have it; and what a member is where it was not given. */
static const struct {
    struct member member;
    void (*put)(struct buf *out, const struct example *example); /* where nothing can stand in for all of them */
} example_members[] = {
    {{"completed_at", "null", false}, NULL},
    {{"created_at", NULL, false}, put_example_time},
    {{"data_removed", "false", false}, NULL},
    {{"error", "null", true}, NULL}, // Go takes "" for an error
    {{"id", NULL, false}, NULL},     // what has none is no example
    {{"input", "{}", false}, NULL},
    {{"logs", "\"\"", false}, NULL},
    {{"metrics", "{}", false}, NULL},
    {{"model", NULL, false}, put_example_model},
    {{"output", "null", false}, NULL},
    {{"started_at", "null", false}, NULL},
    {{"status", "\"succeeded\"", false}, NULL},
    {{"urls", NULL, false}, put_example_urls},
    {{"version", NULL, false}, put_example_version},
    {{"webhook", "null", false}, NULL},
};

enum { EXAMPLE_MEMBERS = sizeof(example_members) / sizeof(*example_members) };

/* Which of the table the key is; EXAMPLE_MEMBERS: none. */
static size_t example_member_of(struct slice key)
{
    size_t i = 0;

    while (i < EXAMPLE_MEMBERS && !json_key_is(key, example_members[i].member.name))
        i++;
    return i;
}

/* The members of the table, each as given or else as it is made. */
static void put_known(struct buf *out, const struct example *example, const struct slice *given)
{
    for (size_t i = 0; i < EXAMPLE_MEMBERS; i++) {
        put_key(out, example_members[i].member.name);
        if (given[i].len > 0)
            put_value(out, &example_members[i].member, given[i]);
        else if (example_members[i].put)
            example_members[i].put(out, example);
        else
            buf_str(out, example_members[i].member.otherwise);
    }
}

bool model_view_example(struct buf *out, const struct model *model, const struct view_base *base)
{
    struct slice text = json_scan_member(model->text, "default_example"), id = json_scan_member(text, "id");
    struct slice given[EXAMPLE_MEMBERS + 1] = {{0}};

    if (!begins_with(id, '"')) // what has no id is no prediction
        return false;
    for (struct json_members at = json_members(text); json_next(&at);)
        given[example_member_of(at.key)] = at.value;
    buf_char(out, '{');
    put_known(out, &(struct example){model, {id.data + 1, id.len - 2}, base}, given);
    for (struct json_members at = json_members(text); json_next(&at);)
        if (example_member_of(at.key) == EXAMPLE_MEMBERS)
            put_other(out, &at);
    buf_char(out, '}');
    return true;
}

/* --- models -------------------------------------------------------------------------------------------------------- */

static const struct member model_members[] = {
    {"description", "null", false}, {"visibility", "\"public\"", false}, {"github_url", "null", true},
    {"paper_url", "null", true},    {"license_url", "null", true},       {"weights_url", NULL, true},
    {"run_count", "0", false},      {"cover_image_url", "null", true},   {0},
};

static void put_example(struct buf *out, const struct model *model, const struct view_base *base)
{
    put_key(out, "default_example");
    if (!model_view_example(out, model, base))
        buf_lit(out, "null");
}

static void put_url(struct buf *out, const struct model *model)
{
    struct buf url = {0};

    buf_printf(&url, "https://replicate.com/%s", model->full_name);
    put_key(out, "url");
    buf_json_string(out, url.data, url.len);
    buf_free(&url);
}

static void put_given(struct buf *out, const struct model *model, const struct view_base *base)
{
    struct json_members at = json_members(model->text);
    unsigned seen = 0;

    buf_char(out, '{');
    while (json_next(&at)) {
        if (json_key_is(at.key, "latest_version")) {
            put_latest(out, model);
        } else if (json_key_is(at.key, "default_example")) {
            put_example(out, model, base);
        } else {
            put_member(out, &at, model_members, &seen);
        }
    }
    put_missing(out, model_members, seen);
    if (json_scan_member(model->text, "url").len == 0)
        put_url(out, model);
    if (json_scan_member(model->text, "default_example").len == 0)
        put_example(out, model, base);
    if (json_scan_member(model->text, "latest_version").len == 0)
        put_latest(out, model);
    buf_char(out, '}');
}

static void put_field(struct buf *out, const char *key, const char *text)
{
    put_key(out, key);
    if (text)
        put_string(out, text);
    else
        buf_lit(out, "null");
}

/* In the order of a recorded create. */
static void put_own(struct buf *out, const struct own_model *own)
{
    char *const *fields = own->fields;
    const char *name = strchr(own->full_name, '/') + 1;

    buf_char(out, '{');
    put_url(out, &own->model);
    buf_printf(out, ",\"owner\":\"%.*s\",\"name\":\"%s\"", (int)(name - 1 - own->full_name), own->full_name, name);
    put_field(out, "description", fields[MODEL_DESCRIPTION]);
    put_field(out, "visibility", fields[MODEL_VISIBILITY]);
    put_field(out, "github_url", fields[MODEL_GITHUB_URL]);
    put_field(out, "paper_url", fields[MODEL_PAPER_URL]);
    put_field(out, "license_url", fields[MODEL_LICENSE_URL]);
    if (fields[MODEL_WEIGHTS_URL]) // of the year in which a create was recorded, models had none
        put_field(out, "weights_url", fields[MODEL_WEIGHTS_URL]);
    buf_lit(out, ",\"run_count\":0");
    put_field(out, "cover_image_url", fields[MODEL_COVER_IMAGE_URL]);
    buf_lit(out, ",\"default_example\":null");
    put_latest(out, &own->model);
    buf_char(out, '}');
}

void model_view(struct buf *out, const struct world *world, const struct model *model, const struct view_base *base)
{
    const struct own_model *own = models_own(world, model);

    if (own)
        put_own(out, own);
    else
        put_given(out, model, base);
}
