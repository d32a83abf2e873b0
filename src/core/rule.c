#include "core/rule.h"
#include "base/chars.h"
#include "base/timefmt.h"
#include "core/matcher.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const int64_t delay_max = 3600 * NS_PER_S;

/* A member of `match.input`, and what it has to be like. */
struct input_matcher {
    const char *key;
    const struct matcher *matcher;
    const struct input_matcher *next;
};

struct reading {
    struct rule *rule;
    const struct operations *operations;
    struct faults *faults;
};

/* --- objects by tables ---------------------------------------------------------------------------------------------- */

/* One member of an object: `read` takes its value; the table ends with a name of NULL. */
struct member {
    const char *name;
    void (*read)(struct reading *reading, const cJSON *value, const char *path);
};

static const char *path_of(struct reading *reading, const char *path, const char *name)
{
    return arena_printf(reading->faults->arena, "%s%s%s", path, *path ? "." : "", name);
}

__attribute__((format(printf, 3, 4))) static void refuse(struct reading *reading, const char *path, const char *format,
                                                         ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    faults_add(reading->faults, "invalid", path, "%s", text);
}

static const struct member *find_member(const struct member *members, const char *name)
{
    while (members->name && strcmp(members->name, name) != 0)
        members++;
    return members->name ? members : NULL;
}

/* "An unknown key is an error that names it." */
static void refuse_unknown(struct reading *reading, const struct member *members, const char *path)
{
    const char *known = members->name;

    while ((++members)->name)
        known = arena_printf(reading->faults->arena, "%s, %s", known, members->name);
    faults_add(reading->faults, "unknown", path, "no such member; known are: %s", known);
}

static void read_object(struct reading *reading, const struct member *members, const cJSON *object, const char *path)
{
    if (!cJSON_IsObject(object)) {
        refuse(reading, path, "takes an object, not %s", json_type_name(object));
        return;
    }
    for (const cJSON *value = object->child; value && !faults_full(reading->faults); value = value->next) {
        const struct member *member = find_member(members, value->string);
        const char *place = path_of(reading, path, value->string);
        if (member)
            member->read(reading, value, place);
        else
            refuse_unknown(reading, members, place);
    }
}

static bool read_whole(const cJSON *value, int64_t least, int64_t most, int64_t *number)
{
    if (!cJSON_IsNumber(value) || !json_is_integer(value) || !(value->valuedouble >= (double)least) ||
        !(value->valuedouble <= (double)most))
        return false;
    *number = (int64_t)value->valuedouble;
    return true;
}

static const char *keep_text(struct reading *reading, const char *text)
{
    return arena_strndup(&reading->rule->arena, text, strlen(text));
}

/* --- match ---------------------------------------------------------------------------------------------------------- */

static void read_operation(struct reading *reading, const cJSON *value, const char *path)
{
    const char *pattern = cJSON_IsString(value) ? value->valuestring : "";

    if (!operation_is_pattern(pattern)) {
        refuse(reading, path,
               "takes an operation such as predictions.create, or with a * at an end: *predictions.create");
        return;
    }
    const char *fault = operation_fault(reading->operations, pattern, reading->faults->arena);
    if (fault)
        refuse(reading, path, "%s", fault);
    else
        reading->rule->operation = keep_text(reading, pattern);
}

static void read_model(struct reading *reading, const cJSON *value, const char *path)
{
    reading->rule->model = matcher_compile(&reading->rule->arena, value, path, reading->faults);
}

static void read_input(struct reading *reading, const cJSON *value, const char *path)
{
    struct rule *rule = reading->rule;

    if (!cJSON_IsObject(value)) {
        refuse(reading, path, "takes an object: a matcher for each member of the input that counts");
        return;
    }
    for (const cJSON *member = value->child; member && !faults_full(reading->faults); member = member->next) {
        struct input_matcher *input = arena_alloc(&rule->arena, sizeof(*input));
        *input = (struct input_matcher){
            .key = keep_text(reading, member->string),
            .matcher = matcher_compile(&rule->arena, member, path_of(reading, path, member->string), reading->faults),
            .next = rule->inputs};
        rule->inputs = input;
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
        refuse(reading, path, "is larger than %d bytes", RULE_MATCH_MAX);
    else
        read_object(reading, match_members, value, path);
    buf_free(&text);
}

/* --- response ------------------------------------------------------------------------------------------------------- */

static void read_status(struct reading *reading, const cJSON *value, const char *path)
{
    int64_t status = 0;

    if (!read_whole(value, 200, 599, &status))
        refuse(reading, path, "takes a status from 200 to 599");
    reading->rule->response.status = (int)status;
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
    struct rule_response *response = &reading->rule->response;
    const char *fault = fault_of_header_name(value->string);

    if (fault)
        refuse(reading, path, "%s", fault);
    else if (!cJSON_IsString(value) || !is_header_value(value->valuestring))
        refuse(reading, path, "takes a string of printable ASCII");
    else
        response->headers[response->header_count++] =
            (struct rule_header){keep_text(reading, value->string), keep_text(reading, value->valuestring)};
}

static void read_headers(struct reading *reading, const cJSON *value, const char *path)
{
    if (!cJSON_IsObject(value) || cJSON_GetArraySize(value) > RULE_HEADERS_MAX) {
        refuse(reading, path, "takes an object of at most %d headers", RULE_HEADERS_MAX);
        return;
    }
    for (const cJSON *header = value->child; header; header = header->next)
        read_header(reading, header, path_of(reading, path, header->string));
}

/* JSON, sent as problem bodies are: compact and with a newline. A string is sent as it is: for what is no JSON. */
static void read_body(struct reading *reading, const cJSON *value, const char *path)
{
    struct rule_response *response = &reading->rule->response;
    struct buf text = {0};

    (void)path;
    response->body_is_text = cJSON_IsString(value);
    if (response->body_is_text) {
        buf_str(&text, value->valuestring);
    } else {
        json_as_given(&text, value);
        buf_char(&text, '\n');
    }
    response->body =
        (struct slice){arena_strndup(&reading->rule->arena, text.len ? text.data : "", text.len), text.len};
    buf_free(&text);
}

static void read_delay(struct reading *reading, const cJSON *value, const char *path)
{
    int64_t *delay = &reading->rule->response.delay;

    if (!cJSON_IsString(value) || !duration_parse(value->valuestring, delay) || *delay > delay_max)
        refuse(reading, path, "takes a duration of at most 1h, such as \"3s\" or \"250ms\"");
}

static void read_drop(struct reading *reading, const cJSON *value, const char *path)
{
    const char *drop = cJSON_IsString(value) ? value->valuestring : "";

    if (strcmp(drop, "before-headers") == 0)
        reading->rule->response.drop = RULE_DROPS_BEFORE_HEADERS;
    else if (strcmp(drop, "mid-body") == 0)
        reading->rule->response.drop = RULE_DROPS_MID_BODY;
    else
        refuse(reading, path, "takes \"before-headers\" or \"mid-body\"");
}

static const struct member response_members[] = {
    {"status", read_status}, {"headers", read_headers}, {"body", read_body},
    {"delay", read_delay},   {"drop", read_drop},       {0},
};

static void read_response(struct reading *reading, const cJSON *value, const char *path)
{
    const struct rule_response *response = &reading->rule->response;
    size_t before = reading->faults->count;

    read_object(reading, response_members, value, path);
    if (reading->faults->count > before || response->status)
        return;
    if (response->header_count > 0 || response->body.data)
        refuse(reading, path, "headers and body need a status; without one the operation's own answer is sent");
    else if (!cJSON_GetObjectItemCaseSensitive(value, "delay") && !cJSON_GetObjectItemCaseSensitive(value, "drop"))
        refuse(reading, path, "does nothing: it needs a status, a delay or a drop");
}

/* --- the rule ------------------------------------------------------------------------------------------------------- */

static void read_name(struct reading *reading, const cJSON *value, const char *path)
{
    size_t len = cJSON_IsString(value) ? strlen(value->valuestring) : 0;

    if (len == 0 || len > RULE_NAME_MAX)
        refuse(reading, path, "takes a string of 1 to %d bytes", RULE_NAME_MAX);
    else
        reading->rule->name = keep_text(reading, value->valuestring);
}

enum { MOST_REQUESTS = 1000000000 };

static void read_skip(struct reading *reading, const cJSON *value, const char *path)
{
    if (!read_whole(value, 0, MOST_REQUESTS, &reading->rule->skip))
        refuse(reading, path, "takes a whole number from 0 to %d", MOST_REQUESTS);
}

static void read_times(struct reading *reading, const cJSON *value, const char *path)
{
    if (!read_whole(value, 0, MOST_REQUESTS, &reading->rule->times))
        refuse(reading, path, "takes a whole number from 0 to %d; without it the rule hits for ever", MOST_REQUESTS);
}

/* In the format, and not in this version: refused, rather than taken for done. */
static void read_later(struct reading *reading, const cJSON *value, const char *path)
{
    (void)value;
    refuse(reading, path, "is not supported by this version; it knows `response`");
}

static const struct member rule_members[] = {
    {"name", read_name},     {"match", read_match},       {"skip", read_skip},
    {"times", read_times},   {"response", read_response}, {"prediction", read_later},
    {"webhook", read_later}, {"stream", read_later},      {0},
};

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
    struct reading reading = {rule, operations, faults};
    size_t before = faults->count;

    rule->times = -1;
    list_init(&rule->counts);
    list_init(&rule->link);
    read_object(&reading, rule_members, json, path);
    if (faults->count == before && !cJSON_GetObjectItemCaseSensitive(json, "response"))
        refuse(&reading, path, "a rule says what happens: it needs a `response`");
    if (faults->count == before)
        keep_members(rule, json);
    if (rule->text.len > RULE_TEXT_MAX)
        refuse(&reading, path, "is larger than %d bytes", RULE_TEXT_MAX);
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
    arena_free(&rule->arena);
    free(rule);
}

/* --- matching ------------------------------------------------------------------------------------------------------- */

static bool inputs_match(const struct rule *rule, struct occasion *occasion, size_t *budget)
{
    const cJSON *input = rule->inputs ? occasion->input(occasion) : NULL;

    if (rule->inputs && !cJSON_IsObject(input))
        return false;
    for (const struct input_matcher *at = rule->inputs; at; at = at->next)
        if (!matcher_holds(at->matcher, matcher_find_member(input, at->key, budget), budget))
            return false;
    return true;
}

bool rule_matches(const struct rule *rule, struct occasion *occasion, size_t *budget)
{
    if (rule->operation ? !operation_matches(rule->operation, occasion->operation)
                        : !operation_creates(occasion->operation))
        return false;
    if (rule->model) {
        const char *model = occasion->model(occasion);
        if (!model || !matcher_holds_text(rule->model, model, budget))
            return false;
    }
    return inputs_match(rule, occasion, budget);
}
