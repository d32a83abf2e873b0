#include "control/fill.h"
#include "control/control.h"
#include "core/past.h"
#include "http/problem.h"

/* --- the list ------------------------------------------------------------------------------------------------------- */

/* One timeline, or those of all worlds, each gone through from its newest down. */
struct heads {
    struct head {
        const struct timeline *timeline;
        size_t left;
    } * list;
    size_t count, left; /* left: predictions in all of them */
};

static void add_head(struct heads *heads, const struct timeline *timeline)
{
    heads->list[heads->count++] = (struct head){timeline, timeline->len};
    heads->left += timeline->len;
}

static struct heads heads_of(const struct control *control, struct exchange *exchange)
{
    const struct world *world = control_world(control, exchange);
    size_t most = worlds_count(control->worlds);
    struct heads heads = {.list = arena_alloc(exchange->scratch, (most + 1) * sizeof(*heads.list))};

    if (world)
        add_head(&heads, &world->timeline);
    else if (!exchange->token)
        worlds_each (link, control->worlds)
            if (world_of(link)->timeline.len > 0)
                add_head(&heads, &world_of(link)->timeline);
    return heads;
}

/* Worlds have clocks of their own: those of one instant go by the order in which they came to the server. */
static bool is_newer(const struct prediction *prediction, const struct prediction *than)
{
    if (prediction->created_at != than->created_at)
        return prediction->created_at > than->created_at;
    return prediction->serial > than->serial;
}

static const struct prediction *next_of(struct heads *heads)
{
    const struct prediction *newest = NULL;
    struct head *from = NULL;

    for (struct head *head = heads->list; head < heads->list + heads->count; head++) {
        const struct prediction *first = head->left > 0 ? timeline_at(head->timeline, head->left - 1) : NULL;
        if (!first || (newest && !is_newer(first, newest)))
            continue;
        newest = first;
        from = head;
    }
    if (!newest)
        return NULL;
    from->left--;
    heads->left--;
    return newest;
}

static void put_one(struct buf *out, const struct prediction *prediction, const struct view_base *base, bool with_world)
{
    view_gateway(out, prediction, base);
    if (!with_world)
        return;
    out->len--; // the } of the object
    buf_printf(out, ",\"world\":\"%s\"}", prediction->world->name);
}

enum verdict fill_list(void *context, struct exchange *exchange)
{
    const struct control *control = context;
    struct buf *out = &exchange->response.body;
    const struct prediction *prediction;
    size_t limit, bytes = 0, shown = 0;

    if (!control_limit(exchange, &limit) || !control_check_params(exchange, "limit"))
        return VERDICT_ANSWER;
    struct heads heads = heads_of(control, exchange);
    struct view_base base = control->base(exchange, control->origin);
    buf_lit(out, "{\"results\":[");
    for (; shown < limit && bytes < VIEW_PAGE_BYTES && (prediction = next_of(&heads)); shown++) {
        buf_str(out, shown == 0 ? "" : ",");
        put_one(out, prediction, &base, !exchange->token);
        bytes += view_bytes(prediction);
    }
    buf_char(out, ']');
    if (shown < limit && heads.left > 0)
        buf_printf(out, ",\"more\":%zu", heads.left);
    buf_char(out, '}');
    return control_answer(exchange, 200);
}

/* --- filling -------------------------------------------------------------------------------------------------------- */

static enum verdict refuse_for_room(struct exchange *exchange, const char *detail)
{
    problem(&exchange->response, 503, NULL, detail);
    response_header(&exchange->response, "Retry-After", "1");
    return VERDICT_ANSWER;
}

static enum verdict answer_ids(struct exchange *exchange, struct prediction *const *made, size_t count)
{
    struct buf *out = &exchange->response.body;

    buf_lit(out, "{\"ids\":[");
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s\"%s\"", i == 0 ? "" : ",", made[i]->id);
    buf_lit(out, "]}");
    return control_answer(exchange, 201);
}

static enum verdict fill(struct control *control, struct exchange *exchange, const struct past *pasts, size_t count)
{
    struct world *world = worlds_use(control->worlds, exchange->token);
    struct prediction **made = arena_alloc(exchange->scratch, count * sizeof(struct prediction *));

    if (!world)
        return refuse_for_room(exchange, "There are --max-worlds tokens in use, each with unfinished predictions or "
                                         "pending webhooks.");
    switch (past_add(world, pasts, count, made)) {
    case STORE_OK: break;
    case STORE_FULL:
        return refuse_for_room(exchange, "These are more than --max-predictions, with what is unfinished there.");
    case STORE_NO_MEMORY: return refuse_for_room(exchange, "These are more than is left of --max-memory.");
    }
    return answer_ids(exchange, made, count);
}

enum verdict fill_post(void *context, struct exchange *exchange)
{
    struct control *control = context;
    const cJSON *body = control_body_or_list(exchange);
    struct world *world = control_world(control, exchange);
    struct faults faults;
    size_t count;

    if (!body)
        return VERDICT_ANSWER;
    if (!exchange->token) {
        control_invalid(exchange, "", "Into which world? An Authorization header has to name it, by any token.");
        return VERDICT_ANSWER;
    }
    faults_init(&faults, exchange->scratch);
    struct past_reading reading = {.arena = exchange->scratch,
                                   .faults = &faults,
                                   .catalog = control->catalog,
                                   .world = world,
                                   .store = control->worlds->store,
                                   .now = control_now(control, world),
                                   .accept_unknown_models = control->accept_unknown_models};
    const struct past *pasts = past_read(&reading, body, &count);
    if (pasts)
        return fill(control, exchange, pasts, count);
    problem_invalid_fields(&exchange->response, &faults);
    return VERDICT_ANSWER;
}
