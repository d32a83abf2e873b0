#include "control/scenarios.h"
#include "control/control.h"
#include "core/scenario.h"
#include "http/problem.h"

#define rule_of(node) container_of(node, struct rule, link)

/* --- posting -------------------------------------------------------------------------------------------------------- */

static void put_names(struct buf *out, const char *const *names, size_t count)
{
    buf_lit(out, "{\"names\":[");
    for (size_t i = 0; i < count; i++) {
        buf_str(out, i == 0 ? "" : ",");
        buf_json_string(out, names[i], strlen(names[i]));
    }
    buf_lit(out, "]}");
}

static void refuse_for_room(struct exchange *exchange, struct list *rules)
{
    scenario_drop(rules);
    problem_printf(&exchange->response, 503, NULL,
                   "There is no room for these rules: a token has at most %d, the server at most %d of %d MiB.",
                   SCENARIO_RULES_MAX, SCENARIO_POSTED_MAX, SCENARIO_BYTES_MAX >> 20);
    response_header(&exchange->response, "Retry-After", "1");
}

enum verdict scenarios_post(void *context, struct exchange *exchange)
{
    struct control *control = context;
    const char *names[SCENARIO_RULES_MAX];
    const cJSON *body = control_body(exchange);
    struct list rules;
    struct faults faults;
    size_t count = 0;

    if (!body)
        return VERDICT_ANSWER;
    list_init(&rules);
    faults_init(&faults, exchange->scratch);
    if (!scenario_read(body, &rules, control->worlds->initial.operations, &faults)) {
        problem_invalid_fields(&exchange->response, &faults);
        return VERDICT_ANSWER;
    }
    struct world *world = exchange->token ? worlds_use(control->worlds, exchange->token) : NULL;
    struct rule_set *set = world || !exchange->token ? scenario_set(control->worlds, world) : NULL;
    if (!set || !scenario_has_room(control->worlds, set, &rules)) {
        refuse_for_room(exchange, &rules);
        return VERDICT_ANSWER;
    }
    list_each (link, &rules) {
        scenario_put(control->worlds, set, rule_of(link));
        names[count++] = rule_of(link)->name;
    }
    put_names(&exchange->response.body, names, count);
    return control_answer(exchange, 201);
}

/* --- listing -------------------------------------------------------------------------------------------------------- */

struct listing {
    struct buf *out;
    const struct world *counted_in; // NULL: in all worlds, …
    bool in_none;                   // … or in none: the token has no world yet
    size_t left;
    bool is_first;
};

static void put_counts(const struct listing *listing, const struct rule *rule)
{
    int64_t hits = listing->in_none ? 0 : scenario_hits(rule, listing->counted_in);

    buf_printf(listing->out, ",\"hits\":%lld,\"near_miss\":", (long long)hits);
    near_miss_put(listing->out, listing->in_none ? NULL : scenario_near_miss(rule, listing->counted_in),
                  !listing->counted_in);
}

/* `world` is whose rule it is, as JSON; NULL: that goes without saying. */
static void put_rule(struct listing *listing, const struct rule *rule, const char *world)
{
    struct buf *out = listing->out;

    buf_str(out, listing->is_first ? "{\"name\":" : ",{\"name\":");
    listing->is_first = false;
    buf_json_string(out, rule->name, strlen(rule->name));
    buf_char(out, ',');
    buf_add(out, rule->text.data, rule->text.len);
    put_counts(listing, rule);
    if (world)
        buf_printf(out, ",\"world\":%s", world);
    buf_char(out, '}');
}

/* The newest first, as all lists here. */
static void put_set(struct listing *listing, const struct rule_set *set, const char *world)
{
    for (const struct list *link = set->rules.prev; link != &set->rules && listing->left > 0; link = link->prev) {
        put_rule(listing, rule_of(link), world);
        listing->left--;
    }
}

static void put_worlds(struct listing *listing, struct exchange *exchange, const struct control *control)
{
    worlds_each (link, control->worlds) {
        const struct world *world = world_of(link);
        if (world->rules)
            put_set(listing, &world->rules->own, arena_printf(exchange->scratch, "\"%s\"", world->name));
    }
}

/* The world's own stand first, so that "newest first" holds for whoever has just posted one; then those of the whole server,
 * then those of files. The latter two hold for every token, so that each sees them, and its own count of their hits. */
enum verdict scenarios_list(void *context, struct exchange *exchange)
{
    const struct control *control = context;
    const struct scenarios *all = control->worlds->scenarios;
    const struct world *world = control_world(control, exchange);
    struct listing listing = {
        .out = &exchange->response.body, .counted_in = world, .in_none = exchange->token && !world, .is_first = true};

    if (!control_limit(exchange, &listing.left) || !control_check_params(exchange, "limit"))
        return VERDICT_ANSWER;
    buf_lit(listing.out, "{\"results\":[");
    if (!exchange->token)
        put_worlds(&listing, exchange, control);
    else if (world && world->rules)
        put_set(&listing, &world->rules->own, NULL);
    put_set(&listing, &all->posted, "null");
    put_set(&listing, &all->given, "null");
    buf_lit(listing.out, "]}");
    return control_answer(exchange, 200);
}

/* --- taking away ---------------------------------------------------------------------------------------------------- */

/* The sets that a DELETE is about: the world's, or, without a token, what was posted anywhere. Calls `act` for each. */
static void each_set(const struct control *control, const struct exchange *exchange,
                     void (*act)(void *arg, struct worlds *worlds, struct rule_set *set), void *arg)
{
    const struct world *world = control_world(control, exchange);

    if (world && world->rules)
        act(arg, control->worlds, &world->rules->own);
    if (exchange->token)
        return;
    act(arg, control->worlds, &control->worlds->scenarios->posted);
    worlds_each (link, control->worlds)
        if (world_of(link)->rules)
            act(arg, control->worlds, &world_of(link)->rules->own);
}

static void clear(void *arg, struct worlds *worlds, struct rule_set *set)
{
    (void)arg;
    scenario_clear(worlds, set);
}

enum verdict scenarios_delete_all(void *context, struct exchange *exchange)
{
    each_set(context, exchange, clear, NULL);
    exchange->response.status = 204;
    return VERDICT_ANSWER;
}

struct removal {
    const char *name;
    size_t removed;
};

static void remove_named(void *arg, struct worlds *worlds, struct rule_set *set)
{
    struct removal *removal = arg;
    struct rule *rule = scenario_find(set, removal->name);

    if (!rule)
        return;
    scenario_remove(worlds, set, rule);
    removal->removed++;
}

enum verdict scenarios_delete(void *context, struct exchange *exchange)
{
    struct removal removal = {.name = exchange->request.params[0]};

    each_set(context, exchange, remove_named, &removal);
    exchange->response.status = 204;
    if (removal.removed == 0)
        problem(&exchange->response, 404, NULL, "No rule of that name was posted; those of --scenario stay.");
    return VERDICT_ANSWER;
}
