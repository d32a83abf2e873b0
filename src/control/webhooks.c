#include "control/webhooks.h"
#include "control/control.h"
#include "core/delivery.h"
#include "http/problem.h"
#include "out/webhook.h"

#include <stdlib.h>

/* --- one delivery --------------------------------------------------------------------------------------------------- */

static void put_text(struct buf *out, const char *text)
{
    if (text)
        buf_json_string(out, text, strlen(text));
    else
        buf_lit(out, "null");
}

static void put_attempt(struct buf *out, const struct attempt *attempt)
{
    buf_lit(out, "{\"at\":");
    control_put_time(out, attempt->at);
    if (attempt->status)
        buf_printf(out, ",\"status\":%d", attempt->status);
    else
        buf_lit(out, ",\"status\":null");
    buf_printf(out, ",\"duration_ms\":%lld,\"error\":", (long long)(attempt->duration / NS_PER_MS));
    put_text(out, attempt->error);
    buf_char(out, '}');
}

static void put_delivery(struct buf *out, const struct delivery *delivery, bool with_world)
{
    buf_printf(out, "{\"id\":\"%s\",\"prediction\":\"%s\",\"event\":\"%s\",\"url\":", delivery->id,
               delivery->prediction_id, delivery_event_name(delivery->event));
    put_text(out, delivery->url);
    buf_printf(out, ",\"state\":\"%s\",\"next_attempt_at\":", delivery_state_name(delivery->state));
    if (delivery->next_attempt_at)
        control_put_time(out, delivery->next_attempt_at);
    else
        buf_lit(out, "null");
    buf_lit(out, ",\"attempts\":[");
    for (size_t i = 0; i < delivery->attempt_count; i++) {
        buf_str(out, i == 0 ? "" : ",");
        put_attempt(out, &delivery->attempts[i]);
    }
    buf_char(out, ']');
    if (with_world)
        buf_printf(out, ",\"world\":\"%s\"", delivery->world->name);
    buf_char(out, '}');
}

/* --- the list ------------------------------------------------------------------------------------------------------- */

/* The newest of one world, or of all worlds: these come from their lists one by one, the newest first. */
struct heads {
    struct list **heads; /* the list of each world, and where in it we are */
    struct list **at;
    size_t count;
};

static struct heads heads_of(const struct control *control, struct world *world)
{
    size_t most = world ? 1 : worlds_count(control->worlds);
    struct heads heads = {.heads = xcalloc(most + 1, sizeof(struct list *)),
                          .at = xcalloc(most + 1, sizeof(struct list *))};

    if (world) {
        heads.heads[heads.count++] = &world->deliveries;
    } else {
        worlds_each (link, control->worlds)
            if (!list_empty(&world_of(link)->deliveries))
                heads.heads[heads.count++] = &world_of(link)->deliveries;
    }
    for (size_t i = 0; i < heads.count; i++)
        heads.at[i] = heads.heads[i]->next;
    return heads;
}

static const struct delivery *next_of(struct heads *heads)
{
    const struct delivery *newest = NULL;
    size_t from = 0;

    for (size_t i = 0; i < heads->count; i++) {
        if (heads->at[i] == heads->heads[i])
            continue;
        const struct delivery *delivery = container_of(heads->at[i], struct delivery, link);
        if (newest && delivery->serial < newest->serial)
            continue;
        newest = delivery;
        from = i;
    }
    if (newest)
        heads->at[from] = heads->at[from]->next;
    return newest;
}

enum verdict webhooks_list(void *context, struct exchange *exchange)
{
    const struct control *control = context;
    struct buf *out = &exchange->response.body;
    struct world *world = control_world(control, exchange);
    size_t limit;

    if (!control_limit(exchange, &limit) || !control_check_params(exchange, "limit"))
        return VERDICT_ANSWER;
    buf_lit(out, "{\"results\":[");
    if (world || !exchange->token) {
        struct heads heads = heads_of(control, world);
        for (size_t i = 0; i < limit; i++) {
            const struct delivery *delivery = next_of(&heads);
            if (!delivery)
                break;
            buf_str(out, i == 0 ? "" : ",");
            put_delivery(out, delivery, !exchange->token);
        }
        free(heads.heads);
        free(heads.at);
    }
    buf_lit(out, "]}");
    return control_answer(exchange, 200);
}

/* --- resend --------------------------------------------------------------------------------------------------------- */

static struct delivery *find(const struct control *control, const struct exchange *exchange)
{
    struct delivery *delivery = deliveries_find(control->worlds, exchange->request.params[0]);
    bool is_theirs = delivery && (!exchange->token || strcmp(delivery->world->token, exchange->token) == 0);

    return is_theirs ? delivery : NULL;
}

enum verdict webhooks_post_resend(void *context, struct exchange *exchange)
{
    const struct control *control = context;
    static const char *const no_members[] = {NULL};
    const cJSON *body = control_body(exchange);
    struct delivery *delivery = find(control, exchange);

    if (!body || !control_check_members(exchange, body, no_members))
        return VERDICT_ANSWER;
    if (!delivery) {
        problem(&exchange->response, 404, NULL, "There is no such webhook.");
        return VERDICT_ANSWER;
    }
    if (!webhooks_resend(control->webhooks, delivery)) {
        problem_printf(&exchange->response, 409, NULL,
                       "The webhook is %s: only one that was delivered or has failed, and whose body is still there, "
                       "can be sent again.",
                       delivery_state_name(delivery->state));
        return VERDICT_ANSWER;
    }
    put_delivery(&exchange->response.body, delivery, !exchange->token);
    return control_answer(exchange, 202);
}
