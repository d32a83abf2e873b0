#include "core/rule.h"
#include "base/chars.h"
#include "base/timefmt.h"
#include "core/matcher.h"
#include "core/members.h"

#include <stdlib.h>
#include <strings.h>

static const int64_t delay_max = 3600 * NS_PER_S;

/* "Without `operation`: the three that create predictions." */
static const char creating[] = "*predictions.create";

static struct rule *rule_in(const struct reading *reading)
{
    return reading->into;
}

/* --- match ---------------------------------------------------------------------------------------------------------- */

/* `path` is where it stands in `match`. */
static struct demand *demand_new(struct reading *reading, const char *path, const cJSON *value)
{
    struct demand *demand = arena_alloc(reading->arena, sizeof(*demand));
    struct buf wanted = {0};

    json_as_given(&wanted, value);
    *demand = (struct demand){.path = members_keep(reading, path),
                              .wanted = arena_strndup(reading->arena, wanted.data, wanted.len)};
    buf_free(&wanted);
    return demand;
}

/* What costs less to look at is looked at first. */
static void ask_first(struct rule *rule, struct demand *demand)
{
    demand->next = rule->demands;
    rule->demands = demand;
    if (!demand->next)
        rule->demands_end = &demand->next;
}

static void ask_last(struct rule *rule, struct demand *demand)
{
    *rule->demands_end = demand;
    rule->demands_end = &demand->next;
}

static void read_operation(struct reading *reading, const cJSON *value, const char *path)
{
    const char *pattern = cJSON_IsString(value) ? value->valuestring : "";

    if (!operation_is_pattern(pattern)) {
        members_refuse(reading, path,
                       "takes an operation such as predictions.create, or with a * at an end: *predictions.create");
        return;
    }
    const char *fault = operation_fault(reading->context, pattern, reading->faults->arena);
    if (fault)
        members_refuse(reading, path, "%s", fault);
    else
        rule_in(reading)->operation = members_keep(reading, pattern);
}

static void read_model(struct reading *reading, const cJSON *value, const char *path)
{
    struct demand *demand = demand_new(reading, "model", value);

    if (!cJSON_IsString(value) && !cJSON_IsObject(value)) {
        members_refuse(reading, path, "takes \"owner/name\", or a matcher of that text");
        return;
    }
    demand->matcher = matcher_compile(reading->arena, value, path, reading->faults);
    ask_first(rule_in(reading), demand);
}

static void read_input(struct reading *reading, const cJSON *value, const char *path)
{
    if (!cJSON_IsObject(value)) {
        members_refuse(reading, path, "takes an object: a matcher for each member of the input that counts");
        return;
    }
    for (const cJSON *member = value->child; member && !faults_full(reading->faults); member = member->next) {
        struct demand *demand = demand_new(reading, members_path(reading, "input", member->string), member);
        demand->key = demand->path + strlen("input.");
        demand->matcher =
            matcher_compile(reading->arena, member, members_path(reading, path, member->string), reading->faults);
        ask_last(rule_in(reading), demand);
    }
}

static const struct member match_members[] = {
    {"operation", read_operation},
    {"model", read_model},
    {"input", read_input},
    {0},
};

static void read_match(struct reading *reading, const cJSON *value, const char *path)
{
    struct buf text = {0};

    json_as_given(&text, value);
    if (text.len > RULE_MATCH_MAX)
        members_refuse(reading, path, "is larger than %d bytes", RULE_MATCH_MAX);
    else
        members_read(reading, match_members, value, path);
    buf_free(&text);
}

/* --- response ------------------------------------------------------------------------------------------------------- */

static void read_status(struct reading *reading, const cJSON *value, const char *path)
{
    int64_t status = 0;

    if (!members_whole(value, 200, 599, &status))
        members_refuse(reading, path, "takes a status from 200 to 599");
    rule_in(reading)->response.status = (int)status;
}

/* A token (RFC 9110, 5.6.2), and none of those that frame the answer. */
static const char *fault_of_header_name(const char *name)
{
    static const char *const ours[] = {"connection", "content-length", "transfer-encoding", NULL};

    for (const char *at = name; *at; at++)
        if (!char_is_alnum(*at) && !strchr("!#$%&'*+-.^_`|~", *at))
            return "is not a header's name";
    for (const char *const *our = ours; *our; our++)
        if (strcasecmp(*our, name) == 0)
            return "is the server's own to set; `drop` breaks an answer off";
    return *name ? NULL : "is not a header's name";
}

static bool is_header_value(const char *value)
{
    for (const char *at = value; *at; at++)
        if (*at < ' ' || *at > '~')
            return false;
    return *value != '\0';
}

static void read_header(struct reading *reading, const cJSON *value, const char *path)
{
    struct rule_response *response = &rule_in(reading)->response;
    const char *fault = fault_of_header_name(value->string);

    if (fault)
        members_refuse(reading, path, "%s", fault);
    else if (!cJSON_IsString(value) || !is_header_value(value->valuestring))
        members_refuse(reading, path, "takes a string of printable ASCII");
    else
        response->headers[response->header_count++] =
            (struct rule_header){members_keep(reading, value->string), members_keep(reading, value->valuestring)};
}

static void read_headers(struct reading *reading, const cJSON *value, const char *path)
{
    if (!cJSON_IsObject(value) || cJSON_GetArraySize(value) > RULE_HEADERS_MAX) {
        members_refuse(reading, path, "takes an object of at most %d headers", RULE_HEADERS_MAX);
        return;
    }
    for (const cJSON *header = value->child; header; header = header->next)
        read_header(reading, header, members_path(reading, path, header->string));
}

/* JSON, sent as problem bodies are: compact and with a newline. A string is sent as it is: for what is no JSON. */
static void read_body(struct reading *reading, const cJSON *value, const char *path)
{
    struct rule_response *response = &rule_in(reading)->response;
    struct buf text = {0};

    (void)path;
    response->body_is_text = cJSON_IsString(value);
    if (response->body_is_text) {
        buf_str(&text, value->valuestring);
    } else {
        json_as_given(&text, value);
        buf_char(&text, '\n');
    }
    response->body = (struct slice){arena_strndup(reading->arena, text.len ? text.data : "", text.len), text.len};
    buf_free(&text);
}

static void read_delay(struct reading *reading, const cJSON *value, const char *path)
{
    members_duration(reading, value, path, delay_max, &rule_in(reading)->response.delay);
}

static void read_drop(struct reading *reading, const cJSON *value, const char *path)
{
    const char *drop = cJSON_IsString(value) ? value->valuestring : "";

    if (strcmp(drop, "before-headers") == 0)
        rule_in(reading)->response.drop = RULE_DROPS_BEFORE_HEADERS;
    else if (strcmp(drop, "mid-body") == 0)
        rule_in(reading)->response.drop = RULE_DROPS_MID_BODY;
    else
        members_refuse(reading, path, "takes \"before-headers\" or \"mid-body\"");
}

static const struct member response_members[] = {
    {"status", read_status}, {"headers", read_headers}, {"body", read_body},
    {"delay", read_delay},   {"drop", read_drop},       {0},
};

static void read_response(struct reading *reading, const cJSON *value, const char *path)
{
    const struct rule_response *response = &rule_in(reading)->response;
    size_t before = reading->faults->count;

    members_read(reading, response_members, value, path);
    if (reading->faults->count > before || response->status)
        return;
    if (response->header_count > 0 || response->body.data)
        members_refuse(reading, path, "headers and body need a status; without one the operation's own answer is sent");
    else if (!cJSON_GetObjectItemCaseSensitive(value, "delay") && !cJSON_GetObjectItemCaseSensitive(value, "drop"))
        members_refuse(reading, path, "does nothing: it needs a status, a delay or a drop");
}

/* --- the rule ------------------------------------------------------------------------------------------------------- */

static void read_name(struct reading *reading, const cJSON *value, const char *path)
{
    size_t len = cJSON_IsString(value) ? strlen(value->valuestring) : 0;

    if (len == 0 || len > RULE_NAME_MAX)
        members_refuse(reading, path, "takes a string of 1 to %d bytes", RULE_NAME_MAX);
    else
        rule_in(reading)->name = members_keep(reading, value->valuestring);
}

enum { MOST_REQUESTS = 1000000000 };

static void read_skip(struct reading *reading, const cJSON *value, const char *path)
{
    if (!members_whole(value, 0, MOST_REQUESTS, &rule_in(reading)->skip))
        members_refuse(reading, path, "takes a whole number from 0 to %d", MOST_REQUESTS);
}

static void read_times(struct reading *reading, const cJSON *value, const char *path)
{
    if (!members_whole(value, 0, MOST_REQUESTS, &rule_in(reading)->times))
        members_refuse(reading, path, "takes a whole number from 0 to %d; without it the rule hits for ever",
                       MOST_REQUESTS);
}

static struct script *script_of(const struct reading *reading)
{
    struct rule *rule = rule_in(reading);

    if (!rule->script)
        rule->script = script_new();
    return rule->script;
}

static void read_prediction(struct reading *reading, const cJSON *value, const char *path)
{
    script_read_prediction(script_of(reading), reading, value, path);
}

static void read_webhook(struct reading *reading, const cJSON *value, const char *path)
{
    script_read_webhook(script_of(reading), reading, value, path);
}

static void read_stream(struct reading *reading, const cJSON *value, const char *path)
{
    script_read_stream(script_of(reading), reading, value, path);
}

static const struct member rule_members[] = {
    {"name", read_name},       {"match", read_match},       {"skip", read_skip},
    {"times", read_times},     {"response", read_response}, {"prediction", read_prediction},
    {"webhook", read_webhook}, {"stream", read_stream},     {0},
};

/* Is there an operation that creates predictions, trainings among them, and that the rule is for? */
static bool may_create(const struct rule *rule)
{
    static const char *const creates[] = {"predictions.create", "models.predictions.create",
                                          "deployments.predictions.create", "trainings.create"};

    for (size_t i = 0; rule->operation && i < sizeof(creates) / sizeof(*creates); i++)
        if (operation_matches(rule->operation, creates[i]))
            return true;
    return !rule->operation;
}

static void ask_for_operation(struct rule *rule)
{
    struct demand *demand = arena_alloc(&rule->arena, sizeof(*demand));
    const char *pattern = rule->operation ? rule->operation : creating;

    *demand = (struct demand){
        .path = "operation", .pattern = pattern, .wanted = arena_printf(&rule->arena, "\"%s\"", pattern)};
    ask_first(rule, demand);
}

static void keep_members(struct rule *rule, const cJSON *json)
{
    struct buf text = {0};

    for (const cJSON *member = json->child; member; member = member->next) {
        if (strcmp(member->string, "name") == 0)
            continue;
        if (text.len > 0)
            buf_char(&text, ',');
        buf_json_string(&text, member->string, strlen(member->string));
        buf_char(&text, ':');
        json_as_given(&text, member);
    }
    rule->text = (struct slice){arena_strndup(&rule->arena, text.len ? text.data : "", text.len), text.len};
    buf_free(&text);
}

struct rule *rule_read(const cJSON *json, const char *path, const struct operations *operations, struct faults *faults)
{
    struct rule *rule = xnew(struct rule);
    struct reading reading = {.into = rule, .context = operations, .arena = &rule->arena, .faults = faults};
    size_t before = faults->count;

    rule->times = -1;
    rule->demands_end = &rule->demands;
    list_init(&rule->counts);
    list_init(&rule->link);
    members_read(&reading, rule_members, json, path);
    ask_for_operation(rule);
    if (faults->count == before && !rule->script && !cJSON_GetObjectItemCaseSensitive(json, "response"))
        members_refuse(&reading, path, "a rule says what happens: it needs a prediction, response, webhook or stream");
    if (faults->count == before && rule->script && !may_create(rule))
        members_refuse(&reading, path, "prediction, webhook and stream belong to operations that create predictions");
    if (faults->count == before)
        keep_members(rule, json);
    if (rule->text.len > RULE_TEXT_MAX)
        members_refuse(&reading, path, "is larger than %d bytes", RULE_TEXT_MAX);
    if (faults->count == before)
        return rule;
    rule_free(rule);
    return NULL;
}

void rule_free(struct rule *rule)
{
    if (!rule)
        return;
    list_remove(&rule->link);
    script_let_go(rule->script);
    arena_free(&rule->arena);
    free(rule);
}

/* --- matching ------------------------------------------------------------------------------------------------------- */

const cJSON *demand_value(const struct demand *demand, struct occasion *occasion, cJSON *room, size_t *budget)
{
    if (demand->key) {
        const cJSON *input = occasion->input(occasion);
        return cJSON_IsObject(input) ? matcher_find_member(input, demand->key, budget) : NULL;
    }
    const char *text = demand->pattern ? occasion->operation : occasion->model(occasion);
    *room = (cJSON){.type = cJSON_String, .valuestring = (char *)(uintptr_t)text};
    return text ? room : NULL;
}

static bool is_met(const struct demand *demand, struct occasion *occasion, size_t *budget)
{
    cJSON room;

    if (demand->pattern)
        return operation_matches(demand->pattern, occasion->operation);
    if (demand->key && !cJSON_IsObject(occasion->input(occasion))) // then no member is absent from it either
        return false;
    const cJSON *value = demand_value(demand, occasion, &room, budget);
    return (value || demand->key) && matcher_holds(demand->matcher, value, budget);
}

static const struct demand *find_unmet(const struct demand *demand, struct occasion *occasion, size_t *budget)
{
    while (demand && is_met(demand, occasion, budget))
        demand = demand->next;
    return demand;
}

const struct demand *rule_unmet(const struct rule *rule, struct occasion *occasion, size_t *budget)
{
    return find_unmet(rule->demands, occasion, budget);
}

bool rule_nearly_matches(const struct demand *unmet, struct occasion *occasion, size_t *budget)
{
    if (unmet->pattern && !unmet->next)
        return false;
    return !find_unmet(unmet->next, occasion, budget) && *budget > 0;
}
