#include "api/create.h"
#include "api/body.h"
#include "api/origin.h"
#include "base/json.h"
#include "base/log.h"
#include "base/uri.h"
#include "core/delivery.h"
#include "core/models.h"
#include "core/schema.h"
#include "core/training.h"
#include "http/problem.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static void add_type_fault(struct faults *faults, const char *field, const char *expected, const cJSON *given)
{
    faults_add(faults, "invalid_type", field, "Invalid type. Expected: %s, given: %s", expected, json_type_name(given));
}

enum { WEBHOOK_MAX = 4096 }; // bytes of its URL

/* Of an event's name its bit; 0: it is none. */
static unsigned event_bit(const char *name, size_t len)
{
    for (int i = 0; i < DELIVERY_EVENT_COUNT; i++) {
        const char *event = delivery_event_name((enum delivery_event)i);
        if (strlen(event) == len && strncmp(event, name, len) == 0)
            return 1U << i;
    }
    return 0;
}

static void add_event_fault(struct faults *faults, const char *field)
{
    faults_add(faults, "enum", field, "%s must be one of the following: \"start\", \"output\", \"logs\", \"completed\"",
               field);
}

/* An array of events; or, as the specification that this project started from has it, a string with commas. */
static void check_filter(struct faults *faults, const cJSON *value)
{
    if (cJSON_IsString(value)) {
        for (const char *at = value->valuestring; *at;) {
            at += strspn(at, " ");
            size_t len = strcspn(at, ", ");
            const char *behind = at + len + strspn(at + len, " ");
            if (!event_bit(at, len) || (*behind && *behind != ',')) {
                add_event_fault(faults, "webhook_events_filter");
                return;
            }
            at = behind + (*behind == ',');
        }
        return;
    }
    if (!cJSON_IsArray(value)) {
        add_type_fault(faults, "webhook_events_filter", "array", value);
        return;
    }
    int index = 0;
    for (const cJSON *item = value->child; item && !faults_full(faults); item = item->next, index++) {
        char field[64];
        snprintf(field, sizeof(field), "webhook_events_filter.%d", index);
        if (!cJSON_IsString(item))
            add_type_fault(faults, field, "string", item);
        else if (!event_bit(item->valuestring, strlen(item->valuestring)))
            add_event_fault(faults, field);
    }
}

/* Which events the filter names; none given: "new outputs or the prediction finishing". */
static unsigned read_filter(const cJSON *value)
{
    unsigned wanted = 0;

    if (!value)
        return 1U << DELIVERY_OUTPUT | 1U << DELIVERY_COMPLETED;
    if (cJSON_IsString(value)) {
        for (const char *at = value->valuestring; *at;) {
            at += strspn(at, " ");
            wanted |= event_bit(at, strcspn(at, ", "));
            at += strcspn(at, ",");
            at += *at == ',';
        }
        return wanted;
    }
    for (const cJSON *item = value->child; item; item = item->next)
        wanted |= event_bit(item->valuestring, strlen(item->valuestring));
    return wanted;
}

/* Behind the scheme: is there a host, and a port that there can be, if any? */
static bool has_receiver(const char *authority)
{
    const char *end = authority + strcspn(authority, "/?#"), *host = authority;

    for (const char *at = authority; at < end; at++)
        if (*at == '@')
            host = at + 1;
    const char *bracket = *host == '[' ? memchr(host, ']', (size_t)(end - host)) : NULL;
    const char *after = bracket ? bracket : host;
    const char *colon = memchr(after, ':', (size_t)(end - after));
    if (host == end || host == colon)
        return false;
    unsigned long port = colon && colon + 1 < end ? strtoul(colon + 1, NULL, 10) : 80;
    return port > 0 && port <= 65535;
}

/* "https" by the documentation; http is allowed here, because receivers under test are local. */
static void check_webhook(struct faults *faults, const cJSON *value)
{
    const char *url = value->valuestring;

    if (!cJSON_IsString(value)) {
        add_type_fault(faults, value->string, "string", value);
        return;
    }
    size_t scheme = strncasecmp(url, "http://", 7) == 0 ? 7 : strncasecmp(url, "https://", 8) == 0 ? 8 : 0;
    if (!uri_is_valid(url) || (scheme && !has_receiver(url + scheme)))
        faults_add(faults, "format", value->string, "Does not match format 'uri'");
    else if (!scheme || strlen(url) > WEBHOOK_MAX)
        faults_add(faults, "format", value->string, "Must be an http or https URL of at most %d bytes", WEBHOOK_MAX);
}

static void check_string(struct faults *faults, const cJSON *value)
{
    if (!cJSON_IsString(value))
        add_type_fault(faults, value->string, "string", value);
}

static void check_bool(struct faults *faults, const cJSON *value)
{
    if (!cJSON_IsBool(value))
        add_type_fault(faults, value->string, "boolean", value);
}

static void check_object(struct faults *faults, const cJSON *value)
{
    if (!cJSON_IsObject(value))
        add_type_fault(faults, value->string, "object", value);
}

enum {
    BY_VERSION = 1 << CREATE_BY_VERSION,
    BY_PATH = 1 << CREATE_BY_PATH,
    TRAINING = 1 << CREATE_TRAINING,
    RUN = BY_VERSION | BY_PATH,
    ANY = RUN | TRAINING,
};

/* The members of a body, and in which operations each is known, and required: a bit for each enum create_kind. Of
 * predictions "additionalProperties: false". The required ones come first: in that order a body without both is refused. */
static const struct member {
    const char *name;
    unsigned known, required;
    void (*check)(struct faults *faults, const cJSON *value);
} members[] = {
    {"version", BY_VERSION, BY_VERSION, check_string},
    {"destination", TRAINING, TRAINING, check_string},
    {"input", ANY, ANY, check_object},
    {"stream", RUN, 0, check_bool}, // deprecated, and without effect: every prediction has a stream's URL
    {"webhook", ANY, 0, check_webhook},
    {"webhook_completed", ANY, 0, check_webhook}, // what Python 1.x may still send
    {"webhook_events_filter", ANY, 0, check_filter},
};

enum { MEMBER_COUNT = sizeof(members) / sizeof(*members) };

static bool may_have(const char *name, unsigned operation)
{
    if (operation == TRAINING) // of these the description of the API forbids no further ones
        return true;
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (strcmp(members[i].name, name) == 0)
            return (members[i].known & operation) != 0;
    return false;
}

static void check_body(struct faults *faults, const cJSON *body, unsigned operation)
{
    if (!cJSON_IsObject(body)) {
        add_type_fault(faults, "", "object", body);
        return;
    }
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if ((members[i].required & operation) && !json_get(body, members[i].name))
            faults_add(faults, "required", "", "%s is required", members[i].name);
    for (const cJSON *member = body->child; member && !faults_full(faults); member = member->next)
        if (!may_have(member->string, operation))
            faults_add(faults, "additional_property_not_allowed", "", "Additional property %s is not allowed",
                       member->string);
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        const cJSON *value = members[i].known & operation ? json_get(body, members[i].name) : NULL;
        if (value)
            members[i].check(faults, value);
    }
}

int64_t create_parse_prefer(const char *header)
{
    enum { DEFAULT_S = 60 };
    double seconds = DEFAULT_S;

    if (!header || strncmp(header, "wait", 4) != 0)
        return 0;
    if (header[4] != '\0') {
        const char *number = header + 5;
        char *end;
        if (header[4] != '=' || !isdigit((unsigned char)*number) || strspn(number, "0123456789.") != strlen(number))
            return 0;
        seconds = strtod(number, &end);
        if (*end != '\0' || seconds < 1)
            return 0;
    }
    return (int64_t)((seconds < 59.5 ? seconds : 59.5) * (double)NS_PER_S);
}

bool create_parse_cancel_after(const char *header, int64_t *ns)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'h', 3600}, {'m', 60}, {'s', 1}};
    size_t unit = 0;
    int64_t total = 0;

    if (strlen(header) > 24 || !isdigit((unsigned char)*header))
        return false;
    while (*header) { // each unit once, the larger before the smaller; a bare number is seconds
        char *end;
        if (!isdigit((unsigned char)*header))
            return false;
        int64_t number = strtoll(header, &end, 10);
        char letter = *end == '\0' ? 's' : *end;
        while (unit < 3 && units[unit].unit != letter)
            unit++;
        if (unit == 3 || number > 86400 || (*end == '\0' && total > 0))
            return false;
        total += number * units[unit++].seconds;
        header = *end == '\0' ? end : end + 1;
    }
    *ns = total * NS_PER_S;
    return total >= 5 && total <= 86400;
}

static bool read_cancel_after(struct exchange *exchange, int64_t *ns)
{
    const char *header = exchange->request.headers[HEADER_CANCEL_AFTER];

    if (!header || create_parse_cancel_after(header, ns))
        return true;
    problem_printf(&exchange->response, 422, "Invalid Cancel-After header",
                   "Cancel-After: \"%s\" is not a duration from 5s to 24h such as 30, 30s, 5m or 1h30m45s.",
                   problem_quote(&exchange->arena, header));
    return false;
}

struct version *create_find_unlisted(struct api *api, struct exchange *exchange, const char *spec)
{
    if (api->accept_unknown_models)
        return version_unlisted(exchange->scratch, spec);
    if (!api->warned_of_model) { // the client is told what Replicate tells it, which helps nobody whose model is real
        api->warned_of_model = true;
        log_warn("no version or official model %s is here; --models PATH brings more, --unknown-models accept runs any",
                 problem_quote(exchange->scratch, spec));
    }
    return NULL;
}

struct version *create_find_version(struct api *api, struct exchange *exchange, const char *spec)
{
    const struct world *world = worlds_find(api->worlds, exchange->token);
    struct version *version = models_resolve(api->catalog, world, spec);

    return version ? version : create_find_unlisted(api, exchange, spec);
}

void create_refuse_version(struct exchange *exchange)
{
    problem(&exchange->response, 422, "Invalid version or not permitted",
            "The specified version does not exist (or perhaps you don't have permission to use it?)");
}

/* "This should be an existing model owned by the user or organization making the API request." */
static bool check_destination(struct api *api, struct exchange *exchange, const char *destination)
{
    const struct world *world = worlds_find(api->worlds, exchange->token);
    const struct model *model = models_find(api->catalog, world, destination, strlen(destination));

    if (model && models_are_own(world, model))
        return true;
    problem(&exchange->response, 404, NULL, "The specified training destination does not exist");
    return false;
}

/* What is to run. False: there is none, or its results have nowhere to go. */
static bool read_version(struct api *api, struct exchange *exchange, const struct create_from *from, const cJSON *body,
                         struct prediction_request *request)
{
    request->version = from->version;
    if (from->kind == CREATE_BY_VERSION)
        request->version = create_find_version(api, exchange, json_get_string(body, "version"));
    if (!request->version) {
        create_refuse_version(exchange);
        return false;
    }
    if (from->kind != CREATE_TRAINING)
        return true;
    request->catalog = api->catalog;
    request->destination = json_get_string(body, "destination");
    return check_destination(api, exchange, request->destination);
}

static bool check_input(struct api *api, struct exchange *exchange, const struct create *create)
{
    struct version *version = create->request.version;
    const struct schema *schema = create->request.destination ? training_input_schema(exchange->scratch, version)
                                                              : catalog_input_schema(api->catalog, version);
    struct faults faults;

    if (!schema) { // what such a model reads nobody knows
        json_mark_read(create->request.input);
        return true;
    }
    faults_init(&faults, exchange->scratch);
    json_mark_opened(create->request.input);
    if (schema_validate(schema, create->request.input, "input", &faults)) {
        json_keep_marks(create->request.input); // whoever makes something up looks for more than the model has
        return true;
    }
    problem_invalid_fields(&exchange->response, &faults);
    return false;
}

bool create_read(struct api *api, struct exchange *exchange, const struct create_from *from, struct create *create)
{
    struct faults faults;
    const cJSON *body = body_read(exchange);

    if (!body)
        return false;
    faults_init(&faults, exchange->scratch);
    check_body(&faults, body, 1U << from->kind);
    if (faults.count > 0) {
        problem_invalid_fields(&exchange->response, &faults);
        return false;
    }
    *create = (struct create){.request.deployment = from->deployment};
    if (from->kind != CREATE_TRAINING)
        create->wait = create_parse_prefer(exchange->request.headers[HEADER_PREFER]);
    create->request.input = json_get(body, "input");
    create->request.webhook = json_get_string(body, "webhook");
    create->request.webhook_events = read_filter(json_get(body, "webhook_events_filter"));
    create->request.webhook_completed = json_get_string(body, "webhook_completed");
    if (create->request.webhook || create->request.webhook_completed)
        create->request.base = origin_base(exchange, &api->origin);
    return read_version(api, exchange, from, body, &create->request) && check_input(api, exchange, create) &&
           (from->kind == CREATE_TRAINING || read_cancel_after(exchange, &create->request.cancel_after));
}
