#include "api/create.h"
#include "api/body.h"
#include "api/origin.h"
#include "base/json.h"
#include "base/uri.h"
#include "core/delivery.h"
#include "core/models.h"
#include "core/schema.h"
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

/* The members of POST /predictions; "additionalProperties: false". The required ones come first: in that order a body
 * without both is refused. */
static const struct member {
    const char *name;
    bool required;
    void (*check)(struct faults *faults, const cJSON *value);
} members[] = {
    {"version", true, check_string},
    {"input", true, check_object},
    {"stream", false, check_bool}, // deprecated, and without effect: every prediction has a stream's URL
    {"webhook", false, check_webhook},
    {"webhook_completed", false, check_webhook}, // what Python 1.x may still send
    {"webhook_events_filter", false, check_filter},
};

enum { MEMBER_COUNT = sizeof(members) / sizeof(*members) };

static bool is_member(const char *name)
{
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (strcmp(members[i].name, name) == 0)
            return true;
    return false;
}

static void check_body(struct faults *faults, const cJSON *body)
{
    if (!cJSON_IsObject(body)) {
        add_type_fault(faults, "", "object", body);
        return;
    }
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (members[i].required && !json_get(body, members[i].name))
            faults_add(faults, "required", "", "%s is required", members[i].name);
    for (const cJSON *member = body->child; member && !faults_full(faults); member = member->next)
        if (!is_member(member->string))
            faults_add(faults, "additional_property_not_allowed", "", "Additional property %s is not allowed",
                       member->string);
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        const cJSON *value = json_get(body, members[i].name);
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

/* NULL: refused. */
static struct version *find_version(struct api *api, struct exchange *exchange, const char *spec)
{
    const struct world *world = worlds_find(api->worlds, exchange->token);
    struct version *version = models_resolve(api->catalog, world, spec);

    if (!version && api->accept_unknown_models)
        version = version_unlisted(exchange->scratch, spec);
    if (!version)
        problem(&exchange->response, 422, "Invalid version or not permitted",
                "The specified version does not exist (or perhaps you don't have permission to use it?)");
    return version;
}

static bool check_input(struct api *api, struct exchange *exchange, const struct create *create)
{
    const struct schema *schema = catalog_input_schema(api->catalog, create->request.version);
    struct faults faults;

    faults_init(&faults, exchange->scratch);
    if (!schema || schema_validate(schema, create->request.input, "input", &faults))
        return true;
    problem_invalid_fields(&exchange->response, &faults);
    return false;
}

bool create_read(struct api *api, struct exchange *exchange, struct create *create)
{
    struct faults faults;
    const cJSON *body = body_read(exchange);

    if (!body)
        return false;
    faults_init(&faults, exchange->scratch);
    check_body(&faults, body);
    if (faults.count > 0) {
        problem_invalid_fields(&exchange->response, &faults);
        return false;
    }
    *create = (struct create){.wait = create_parse_prefer(exchange->request.headers[HEADER_PREFER])};
    create->request.input = json_get(body, "input");
    create->request.webhook = json_get_string(body, "webhook");
    create->request.webhook_events = read_filter(json_get(body, "webhook_events_filter"));
    create->request.webhook_completed = json_get_string(body, "webhook_completed");
    if (create->request.webhook || create->request.webhook_completed)
        create->request.base = origin_base(exchange, api->public_url);
    create->request.version = find_version(api, exchange, json_get_string(body, "version"));
    return create->request.version && check_input(api, exchange, create) &&
           read_cancel_after(exchange, &create->request.cancel_after);
}
