#include "control/inbox.h"
#include "control/control.h"
#include "core/delivery.h"
#include "core/inbox.h"
#include "http/problem.h"

#include <stdlib.h>

/* --- which inbox ---------------------------------------------------------------------------------------------------- */

/* "A delivery of ours belongs to the world whose message its webhook-id names; any other to the world of its
 * Authorization header, or, without one, to the whole server's inbox": *world is NULL. False: there is no room for the
 * world. */
static bool owner_of(const struct control *control, const struct exchange *exchange, const char *message,
                     struct world **world)
{
    const struct delivery *delivery = message ? deliveries_find(control->worlds, message) : NULL;

    *world = delivery ? delivery->world : control_world(control, exchange);
    if (!*world && exchange->token)
        *world = worlds_use(control->worlds, exchange->token);
    return *world || !exchange->token;
}

static bool name_is_fine(struct exchange *exchange)
{
    if (strlen(exchange->request.params[0]) <= INBOX_NAME_MAX)
        return true;
    control_invalid(exchange, "name", "An inbox's name has at most 64 bytes.");
    return false;
}

/* NULL: there is none. */
static struct inbox *find(const struct control *control, const struct exchange *exchange)
{
    const struct world *world = control_world(control, exchange);

    if (!world && exchange->token)
        return NULL;
    struct inboxes *inboxes = world ? world->inboxes : control->worlds->inboxes;
    return inboxes ? inboxes_find(inboxes, exchange->request.params[0], false) : NULL;
}

/* NULL: refused. */
static struct inbox *find_or_make(const struct control *control, struct exchange *exchange, const char *message)
{
    struct worlds *worlds = control->worlds;
    struct inbox *inbox = NULL;
    struct world *world;

    if (!name_is_fine(exchange))
        return NULL;
    if (owner_of(control, exchange, message, &world)) {
        struct inboxes **inboxes = world ? &world->inboxes : &worlds->inboxes;
        if (!*inboxes)
            *inboxes = inboxes_new(&worlds->received, world ? world->name : NULL);
        inbox = inboxes_find(*inboxes, exchange->request.params[0], true);
    }
    if (!inbox) {
        problem_printf(&exchange->response, 503, NULL, "There are %d inboxes already, or too many worlds.",
                       INBOXES_MAX);
        response_header(&exchange->response, "Retry-After", "1");
    }
    return inbox;
}

/* --- receiving ------------------------------------------------------------------------------------------------------- */

struct header_line {
    struct list link;
    const char *name, *value;
};

/* What a message says of itself, and all its headers. */
struct message {
    const char *id, *timestamp, *signature;
    struct arena *arena;
    struct list headers; /* as they came; of those with one name the first stands for all */
};

static const char *lower_case(struct arena *arena, const char *name)
{
    char *lower = arena_strndup(arena, name, strlen(name));

    for (char *at = lower; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at + 32);
    return lower;
}

static bool is_secret(const char *name)
{
    return strcmp(name, "authorization") == 0 || strcmp(name, "proxy-authorization") == 0 ||
           strcmp(name, "cookie") == 0;
}

/* A JSON object has each key once: values of one name are joined, as HTTP allows. */
static void note_header(struct message *message, const char *name, const char *value)
{
    if (is_secret(name))
        value = "(redacted)";
    list_each (link, &message->headers) {
        struct header_line *header = container_of(link, struct header_line, link);
        if (strcmp(header->name, name) != 0)
            continue;
        header->value = arena_printf(message->arena, "%s, %s", header->value, value);
        return;
    }
    struct header_line *header = arena_alloc(message->arena, sizeof(*header));
    header->name = name;
    header->value = value;
    list_append(&message->headers, &header->link);
}

static void see_header(void *arg, const char *name, const char *value)
{
    struct message *message = arg;
    const struct {
        const char *name, **value;
    } known[] = {{"webhook-id", &message->id},
                 {"webhook-timestamp", &message->timestamp},
                 {"webhook-signature", &message->signature}};

    name = lower_case(message->arena, name); // as HTTP's own libraries show them
    for (size_t i = 0; i < 3; i++)
        if (strcmp(name, known[i].name) == 0)
            *known[i].value = value;
    note_header(message, name, value);
}

static void put_headers(struct buf *out, const struct message *message)
{
    buf_char(out, '{');
    list_each (link, &message->headers) {
        const struct header_line *header = container_of(link, struct header_line, link);
        if (link != message->headers.next)
            buf_char(out, ',');
        json_put_bytes(out, header->name, strlen(header->name));
        buf_char(out, ':');
        json_put_bytes(out, header->value, strlen(header->value));
    }
    buf_char(out, '}');
}

static const char *verdict_of(const struct control *control, const struct message *message, struct slice body)
{
    if (!message->id || !message->timestamp || !message->signature)
        return "it is not signed: webhook-id, webhook-timestamp and webhook-signature are not all there";
    return signature_check(message->signature, control->webhook_secret, message->id, message->timestamp, body, 0, 0);
}

static void answer(struct exchange *exchange, int status)
{
    if (status == 204) {
        exchange->response.status = 204;
        return;
    }
    buf_printf(&exchange->response.body, "{\"status\":%d}", status);
    control_answer(exchange, status);
}

/* An answer that is held back, in real time. */
struct held {
    struct control *control;
    struct exchange *exchange;
    struct timer timer;
    int status;
};

static void held_free(struct held *held)
{
    sched_cancel(held->control->real_timers, &held->timer);
    free(held);
}

static void on_delay_over(struct timer *timer)
{
    struct held *held = container_of(timer, struct held, timer);
    struct exchange *exchange = held->exchange;

    answer(exchange, held->status);
    held_free(held);
    exchange_wake(exchange);
}

static void on_abandoned(struct exchange *exchange)
{
    held_free(exchange->parked_by);
}

static enum verdict hold(struct control *control, struct exchange *exchange, int status, int64_t delay)
{
    struct held *held = xnew(struct held);

    *held = (struct held){.control = control, .exchange = exchange, .status = status, .timer = {.fire = on_delay_over}};
    sched_set(control->real_timers, &held->timer, control->worlds->base->mono + delay);
    exchange->parked_by = held;
    exchange->abandoned = on_abandoned;
    return VERDICT_PARK;
}

static bool is_scripted(const struct inbox *inbox)
{
    return inbox->script != NULL; // whether it has run out or not: "then 200"
}

/* Whose script is followed: its own, or else that of the whole server, which holds in every world. */
static struct inbox *script_of(const struct control *control, struct inbox *inbox)
{
    struct inboxes *of_all = control->worlds->inboxes;
    struct inbox *other = of_all && !is_scripted(inbox) ? inboxes_find(of_all, inbox->name, false) : NULL;

    return other ? other : inbox;
}

enum verdict inbox_post(void *context, struct exchange *exchange)
{
    struct control *control = context;
    const struct request *request = &exchange->request;
    struct slice body = {request->body, request->body_len};
    struct message message = {.arena = exchange->scratch};

    list_init(&message.headers);
    exchange_each_header(exchange, see_header, &message);
    struct inbox *inbox = find_or_make(control, exchange, message.id);
    if (!inbox)
        return VERDICT_ANSWER;
    const struct delivery *delivery = message.id ? deliveries_find(control->worlds, message.id) : NULL;
    const char *why = verdict_of(control, &message, body);
    struct inbox_entry entry = {
        .at = control_now(control, delivery ? delivery->world : control_world(control, exchange)),
        .verified = !why,
        .why = why,
    };
    put_headers(&entry.headers, &message);
    buf_add(&entry.body, body.data, body.len < INBOX_BODY_KEPT ? body.len : INBOX_BODY_KEPT);
    inbox_receive(inbox, &entry);
    struct inbox *script = script_of(control, inbox);
    int status = inbox_next_status(script);
    if (script->delay > 0)
        return hold(control, exchange, status, script->delay);
    answer(exchange, status);
    return VERDICT_ANSWER;
}

/* --- the others ----------------------------------------------------------------------------------------------------- */

static void put_entry(struct buf *out, const struct inbox_entry *entry, bool with_world)
{
    const char *world = entry->inbox->inboxes->world;

    buf_lit(out, "{\"at\":");
    control_put_time(out, entry->at);
    buf_lit(out, ",\"headers\":");
    buf_add(out, entry->headers.data, entry->headers.len);
    buf_lit(out, ",\"body\":");
    json_put_bytes(out, entry->body.data, entry->body.len);
    buf_printf(out, ",\"verified\":%s,\"why\":", entry->verified ? "true" : "false");
    if (entry->why)
        buf_json_string(out, entry->why, strlen(entry->why));
    else
        buf_lit(out, "null");
    if (with_world && world)
        buf_printf(out, ",\"world\":\"%s\"", world);
    else if (with_world)
        buf_lit(out, ",\"world\":null");
    buf_char(out, '}');
}

/* "Without Authorization … reads list all worlds' entries." */
static void put_entries_of_all(struct buf *out, const struct control *control, const char *name, size_t limit)
{
    size_t shown = 0;

    list_each (link, &control->worlds->received.entries) {
        const struct inbox_entry *entry = container_of(link, struct inbox_entry, all);
        if (shown == limit)
            break;
        if (entry->inbox->inboxes->closed || strcmp(entry->inbox->name, name) != 0)
            continue;
        buf_str(out, shown++ == 0 ? "" : ",");
        put_entry(out, entry, true);
    }
}

static void put_entries(struct buf *out, const struct inbox *inbox, size_t limit)
{
    size_t shown = 0;

    list_each (link, &inbox->entries) {
        if (shown == limit)
            break;
        buf_str(out, shown++ == 0 ? "" : ",");
        put_entry(out, container_of(link, struct inbox_entry, link), false);
    }
}

enum verdict inbox_get(void *context, struct exchange *exchange)
{
    const struct control *control = context;
    struct buf *out = &exchange->response.body;
    size_t limit;

    if (!control_limit(exchange, &limit) || !control_check_params(exchange, "limit") || !name_is_fine(exchange))
        return VERDICT_ANSWER;
    const struct inbox *inbox = find(control, exchange);
    buf_lit(out, "{\"results\":[");
    if (!exchange->token)
        put_entries_of_all(out, control, exchange->request.params[0], limit);
    else if (inbox) // one that nobody has sent anything to is empty
        put_entries(out, inbox, limit);
    buf_lit(out, "]}");
    return control_answer(exchange, 200);
}

/* The statuses of `respond`; malloc'd, *len of them. False: refused. */
static bool read_respond(struct exchange *exchange, const cJSON *list, uint16_t **script, size_t *len)
{
    size_t count = list ? (size_t)cJSON_GetArraySize(list) : 0;

    *script = NULL;
    *len = 0;
    if (list && (!cJSON_IsArray(list) || count > INBOX_SCRIPT_MAX)) {
        control_invalid(exchange, "respond", "An array of at most 1000 statuses, such as [500,500,200].");
        return false;
    }
    uint16_t *statuses = xcalloc(count + 1, sizeof(*statuses));
    for (const cJSON *item = list ? list->child : NULL; item; item = item->next) {
        if (!cJSON_IsNumber(item) || !json_is_integer(item) || item->valuedouble < 200 || item->valuedouble > 599) {
            free(statuses);
            control_invalid(exchange, "respond", "Each is a status from 200 to 599.");
            return false;
        }
        statuses[(*len)++] = (uint16_t)item->valuedouble;
    }
    *script = statuses;
    return true;
}

enum verdict inbox_put(void *context, struct exchange *exchange)
{
    static const char *const members[] = {"respond", "delay", NULL};
    const struct control *control = context;
    const cJSON *body = control_body(exchange), *delay_json = json_get(body, "delay");
    uint16_t *script;
    size_t len;
    int64_t delay = 0;

    if (!body || !control_check_members(exchange, body, members))
        return VERDICT_ANSWER;
    if (delay_json &&
        (!cJSON_IsString(delay_json) || !duration_parse(delay_json->valuestring, &delay) || delay > 60 * NS_PER_S)) {
        control_invalid(exchange, "delay", "A duration of at most 60s, such as \"2s\" or \"250ms\".");
        return VERDICT_ANSWER;
    }
    if (!read_respond(exchange, json_get(body, "respond"), &script, &len))
        return VERDICT_ANSWER;
    struct inbox *inbox = find_or_make(control, exchange, NULL);
    if (!inbox) {
        free(script);
        return VERDICT_ANSWER;
    }
    inbox_script(inbox, script, len, delay);
    exchange->response.status = 204;
    return VERDICT_ANSWER;
}

static void forget(struct inboxes *inboxes, const char *name)
{
    struct inbox *inbox = inboxes ? inboxes_find(inboxes, name, false) : NULL;

    if (inbox)
        inbox_free(inbox);
}

enum verdict inbox_delete(void *context, struct exchange *exchange)
{
    const struct control *control = context;

    if (!name_is_fine(exchange))
        return VERDICT_ANSWER;
    const char *name = exchange->request.params[0];
    const struct world *world = control_world(control, exchange);
    if (world)
        forget(world->inboxes, name);
    if (!exchange->token) { // "without one the call is about the whole server"
        forget(control->worlds->inboxes, name);
        worlds_each (link, control->worlds)
            forget(world_of(link)->inboxes, name);
    }
    exchange->response.status = 204;
    return VERDICT_ANSWER;
}
