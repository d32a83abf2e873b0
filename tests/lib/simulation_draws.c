/* What a simulation has worlds make, drawn at random: rules of all kinds, predictions and trainings that meet them. */
#include "lib/simulation.h"

#include "core/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PIXEL                                                                                                          \
    "data:image/"                                                                                                      \
    "png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

/* --- drawing ---------------------------------------------------------------------------------------------------------- */

static const int64_t ms = NS_PER_MS;

int64_t sim_length(struct sim *sim)
{
    // Few, so that much falls due at the same instant.
    static const int64_t lengths[] = {0, 50, 100, 500, 1000, 2000, 5000};

    return PICK(sim, lengths) * ms;
}

int sim_world(struct sim *sim)
{
    // The first is used the most, so that much happens in it at once.
    return sim_chance(sim, 50) ? 0 : (int)sim_draw(sim, WORLDS);
}

struct sim_prediction *sim_prediction(struct sim *sim, int world)
{
    struct sim_prediction *held[PREDICTIONS_MAX];
    unsigned count = 0;

    for (unsigned i = 0; i < sim->prediction_count; i++)
        if (sim_is_held(&sim->predictions[i], world))
            held[count++] = &sim->predictions[i];
    return count > 0 ? held[sim_draw(sim, count)] : NULL;
}

const char *sim_duration(struct sim *sim, int64_t ns)
{
    return sim_text(sim, "%" PRId64 "ms", ns / ms);
}

/* --- rules ------------------------------------------------------------------------------------------------------------ */

static const struct sim_rule no_rule = {.boot = -1, .predict = -1, .end = STATUS_COUNT, .duplicate = 1};

static void draw_prediction(struct sim *sim, struct sim_rule *rule, struct buf *json)
{
    static const enum status ends[] = {STATUS_SUCCEEDED, STATUS_FAILED, STATUS_CANCELED, STATUS_ABORTED};

    rule->boot = sim_length(sim);
    rule->predict = sim_length(sim);
    buf_printf(json, ",'prediction':{'boot':'%s','predict':'%s'", sim_duration(sim, rule->boot),
               sim_duration(sim, rule->predict));
    if (sim_chance(sim, 50)) {
        rule->end = PICK(sim, ends);
        buf_printf(json, ",'status':'%s'", status_name(rule->end));
    }
    buf_str(json, "}");
}

static void draw_webhook(struct sim *sim, struct sim_rule *rule, struct buf *json)
{
    static const int64_t delays[] = {50 * NS_PER_MS, 500 * NS_PER_MS, NS_PER_S, 60 * NS_PER_S};

    rule->duplicate = 1 + sim_draw(sim, 3);
    rule->reorder = sim_chance(sim, 30);
    rule->bad_signature = sim_chance(sim, 30);
    buf_printf(json, ",'webhook':{'duplicate':%u,'reorder':%s,'bad_signature':%s", rule->duplicate,
               rule->reorder ? "true" : "false", rule->bad_signature ? "true" : "false");
    if (sim_chance(sim, 50)) {
        rule->delay = PICK(sim, delays);
        buf_printf(json, ",'delay':'%s'", sim_duration(sim, rule->delay));
    }
    if (sim_chance(sim, 20)) {
        enum delivery_event event = (enum delivery_event)sim_draw(sim, DELIVERY_EVENT_COUNT);
        rule->drop = 1U << event;
        buf_printf(json, ",'drop':['%s']", delivery_event_name(event));
    }
    buf_str(json, "}");
}

static void draw_response(struct sim *sim, struct sim_rule *rule, struct buf *json)
{
    static const int statuses[] = {402, 429, 500, 503};

    switch (sim_draw(sim, 3)) {
    case 0:
        rule->status = PICK(sim, statuses);
        buf_printf(json, ",'response':{'status':%d}", rule->status);
        break;
    case 1:
        rule->answer_delay = 500 * ms;
        buf_str(json, ",'response':{'delay':'500ms'}");
        break;
    default:
        rule->drops = true;
        buf_printf(json, ",'response':{'drop':'%s'}", sim_chance(sim, 50) ? "before-headers" : "mid-body");
        break;
    }
}

static void draw_stream(struct sim *sim, struct sim_rule *rule, struct buf *json)
{
    rule->streams = true;
    buf_str(json, sim_chance(sim, 50) ? ",'stream':{'cut_after':2}" : ",'stream':{'stall':'500ms'}");
}

void sim_add_rule(struct sim *sim)
{
    struct sim_rule *rule = &sim->rules[sim->rule_count];
    struct buf json = {0};

    if (sim->rule_count == RULES_MAX)
        return;
    *rule = no_rule;
    rule->number = ++sim->rule_count;
    rule->world = sim_world(sim);
    rule->skip = sim_draw(sim, 2);
    rule->times = sim_draw(sim, 4);
    buf_printf(&json, "{'name':'of-w%d-r%u','match':{'operation':'*.create','input':{'prompt':{'contains':' r%u.'}}}",
               rule->world, rule->number, rule->number);
    buf_printf(&json, ",'skip':%u", rule->skip);
    if (rule->times > 0)
        buf_printf(&json, ",'times':%u", rule->times);
    if (sim_chance(sim, 10))
        draw_response(sim, rule, &json);
    if (sim_chance(sim, 50))
        draw_prediction(sim, rule, &json);
    if (sim_chance(sim, 20))
        draw_stream(sim, rule, &json);
    draw_webhook(sim, rule, &json);
    buf_str(&json, "}");
    sim_ask(sim, rule->world, 201, "POST /_mock/scenarios", buf_cstr(&json));
    sim->worlds[rule->world].used = true;
    buf_free(&json);
}

/* One that the world has; NULL: there is none. */
static struct sim_rule *some_rule(struct sim *sim, int world)
{
    struct sim_rule *there[RULES_MAX];
    unsigned count = 0;

    for (unsigned i = 0; i < sim->rule_count; i++)
        if (sim->rules[i].world == world && !sim->rules[i].gone)
            there[count++] = &sim->rules[i];
    return count > 0 ? there[sim_draw(sim, count)] : NULL;
}

void sim_delete_rule(struct sim *sim)
{
    struct sim_rule *rule = some_rule(sim, sim_world(sim));

    if (!rule)
        return;
    sim_ask(sim, rule->world, 204, sim_text(sim, "DELETE /_mock/scenarios/of-w%d-r%u", rule->world, rule->number),
            NULL);
    rule->gone = true;
}

/* One of the world's, or none; and what it does to a request that its word is in. */
static struct sim_rule meet_rule(struct sim *sim, int world, unsigned *word)
{
    struct sim_rule *rule = sim_chance(sim, 70) ? some_rule(sim, world) : NULL;

    *word = 0;
    if (!rule)
        return no_rule;
    *word = rule->number;
    bool hits = ++rule->matched > rule->skip && (rule->times == 0 || rule->hits < rule->times);
    rule->hits += hits;
    sim->hits += hits;
    return hits ? *rule : no_rule;
}

/* --- predictions -------------------------------------------------------------------------------------------------------- */

#define CONTROLNET(file)                                                                                               \
    .body = "'version':'" VERSION "',", .input = "'image':'" file "','structure':'canny','image_resolution':256,"

/* What may be asked to run. */
struct kind {
    const char *request, *body, *input; /* body: what comes before the input */
    bool training, deployed;
    bool breaks; /* its file is no picture */
};

static const struct kind kinds[] = {
    {.request = "POST /v1/predictions", CONTROLNET("https://example.com/a.png")},
    {.request = "POST /v1/predictions", CONTROLNET(PIXEL)},
    {.request = "POST /v1/predictions", CONTROLNET("data:image/png;base64,AAAA"), .breaks = true},
    {.request = "POST /v1/predictions", .body = "'version':'writer',", .input = ""},
    {.request = "POST /v1/deployments/replicate-mock/app/predictions", .body = "", .input = "", .deployed = true},
    {.request = "POST /v1/models/acme/trainer/versions/trainer/trainings",
     .body = "'destination':'me/tuned',",
     .input = "",
     .training = true},
};

/* What the kind needs is there. */
static void prepare(struct sim *sim, const struct kind *kind, struct sim_world *world, int number)
{
    if (kind->training && !world->has_model)
        sim_ask(sim, number, 201, "POST /v1/models",
                "{'owner':'me','name':'tuned','visibility':'private','hardware':'cpu'}");
    if (kind->deployed && !world->has_deployment)
        sim_ask(sim, number, 200, "POST /v1/deployments",
                "{'name':'app','model':'acme/writer','version':'writer','hardware':'cpu','min_instances':0,"
                "'max_instances':1}");
    world->has_model |= kind->training;
    world->has_deployment |= kind->deployed;
}

static enum status end_of(const struct kind *kind, const struct sim_rule *rule)
{
    if (rule->end != STATUS_COUNT && rule->end != STATUS_SUCCEEDED)
        return rule->end;
    if (kind->training)
        return STATUS_COUNT; // its destination may go meanwhile
    return kind->breaks && rule->end == STATUS_COUNT ? STATUS_FAILED : STATUS_SUCCEEDED;
}

static struct sim_prediction *draw_up(struct sim *sim, const struct kind *kind, int world, unsigned *word)
{
    struct sim_prediction *prediction = &sim->predictions[sim->prediction_count];
    struct sim_rule rule = meet_rule(sim, world, word);
    int64_t predict = rule.predict >= 0 ? rule.predict : SIM_PREDICT;
    bool breaks = kind->breaks && rule.end == STATUS_COUNT; // "fails 20 ms later"

    *prediction = (struct sim_prediction){.number = sim->prediction_count++,
                                          .world = world,
                                          .training = kind->training,
                                          .refused = rule.status > 0,
                                          .rule = rule,
                                          .hooks = sim_draw(sim, 3),
                                          .events = sim_draw(sim, 16) | sim_draw(sim, 16),
                                          .boot = rule.boot >= 0 ? rule.boot : SIM_BOOT,
                                          .predict = breaks && predict > 20 * ms ? 20 * ms : predict,
                                          .end = end_of(kind, &rule)};
    if (kind->training && prediction->hooks > 1)
        prediction->hooks = 1; // the other is of the API of 2023, which has no trainings
    return prediction;
}

static void put_hooks(struct buf *body, const struct sim_prediction *prediction)
{
    if (prediction->hooks == 0)
        return;
    buf_printf(body, ",'webhook':'http://app.test/of-w%d-p%u-a','webhook_events_filter':[", prediction->world,
               prediction->number);
    for (int event = 0, count = 0; event < DELIVERY_EVENT_COUNT; event++)
        if (prediction->events & 1U << event)
            buf_printf(body, "%s'%s'", count++ > 0 ? "," : "", delivery_event_name((enum delivery_event)event));
    buf_char(body, ']');
    if (prediction->hooks == 2)
        buf_printf(body, ",'webhook_completed':'http://app.test/of-w%d-p%u-b'", prediction->world, prediction->number);
}

/* The answer may come later; what was made can be found at once, and what cannot was refused. */
static void find_made(struct sim *sim, struct sim_prediction *prediction)
{
    const char *list = prediction->training ? "GET /v1/trainings" : "GET /_mock/predictions?limit=1000";
    const cJSON *shown = json_get(sim_ask(sim, prediction->world, 200, list, NULL), "results")->child;

    for (; shown && !*prediction->id; shown = shown->next)
        sim_find(sim, prediction->world, shown);
    prediction->refused |= !*prediction->id;
}

void sim_create(struct sim *sim)
{
    const struct kind *kind = &PICK(sim, kinds);
    int number = sim_world(sim);
    struct sim_world *world = &sim->worlds[number];
    struct buf body = {0};
    const char *headers = NULL;
    unsigned word;

    if (!sim_can_call(sim))
        return;
    prepare(sim, kind, world, number);
    int64_t now = sim_now(sim, number), wait = !kind->training && sim_chance(sim, 30) ? 1 + sim_draw(sim, 3) : 0;
    struct sim_prediction *prediction = draw_up(sim, kind, number, &word);
    buf_printf(&body, "{%s'input':{%s'prompt':'of-w%d- p%u r%u.'}", kind->body, kind->input, number, prediction->number,
               word);
    put_hooks(&body, prediction);
    buf_char(&body, '}');
    if (!kind->training && sim_chance(sim, 20)) {
        prediction->deadline = 5 * NS_PER_S;
        headers = "Cancel-After: 5s";
    }
    if (wait)
        headers = sim_text(sim, "%s%sPrefer: wait=%" PRId64, headers ? headers : "", headers ? "\n" : "", wait);
    struct sim_call *call = sim_call(sim, CALL_CREATE, number, kind->request, headers, buf_cstr(&body));
    buf_free(&body);
    call->prediction = prediction;
    call->until = now + wait * NS_PER_S;
    call->real_until = app_worlds(world_app(sim->stage))->base->mono + wait * NS_PER_S;
    sim_take_answers(sim);
    if (!*prediction->id && !prediction->refused)
        find_made(sim, prediction);
}

void sim_cancel(struct sim *sim)
{
    int world = sim_world(sim);
    struct sim_prediction *prediction = sim_prediction(sim, world);

    if (!prediction)
        return;
    int64_t now = sim_now(sim, world);
    const char *what = prediction->training ? "trainings" : "predictions";
    const cJSON *shown = sim_ask(sim, world, 0, sim_text(sim, "POST /v1/%s/%s/cancel", what, prediction->id), NULL);
    if (world_answer(sim->stage)->status == 404) // it has made room meanwhile
        return;
    // Of what had ended before it is checked with all else that it stays so; what ends at this very instant may be either.
    bool had_ended = prediction->canceled_at || sim_state_at(sim, prediction, now - sim_slack(sim, world)).completed_at;
    if (!had_ended && strcmp(json_get_string(shown, "status"), "canceled") == 0)
        prediction->canceled_at = now;
}
