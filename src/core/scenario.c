#include "core/scenario.h"
#include "base/embed.h"
#include "base/id.h"
#include "base/log.h"

#include <stdlib.h>

// Steps for one request, whatever the rules: see matcher_holds.
enum {
    MATCHING_BUDGET = 200000,
    NOTING_BUDGET = 50000, // for near misses: what is noted uses up nothing of what decides
};

/* How often a rule has matched in a world, and when it nearly did. */
struct rule_count {
    uint64_t serial; // the rule's
    struct world_rules *home;
    struct scenarios *scenarios; // where it is counted itself
    int64_t matched, hits;
    struct near_miss *near_miss; // NULL: none
    struct list of_rule, of_world;
};

#define rule_of(node)  container_of(node, struct rule, link)
#define count_of(node) container_of(node, struct rule_count, of_rule)

/* --- counters ------------------------------------------------------------------------------------------------------- */

static struct slice serial_of(const void *value)
{
    const struct rule_count *count = value;

    return (struct slice){(const char *)&count->serial, sizeof(count->serial)};
}

static struct world_rules *rules_of(struct world *world)
{
    if (world->rules)
        return world->rules;
    struct world_rules *rules = xnew(struct world_rules);
    list_init(&rules->own.rules);
    list_init(&rules->counted);
    map_init(&rules->counts, serial_of, id_random_key());
    world->rules = rules;
    return rules;
}

static struct rule_count *find_count(const struct world_rules *rules, const struct rule *rule)
{
    return rules ? map_find(&rules->counts, (const char *)&rule->serial, sizeof(rule->serial)) : NULL;
}

/* NULL: there are as many as there may be. */
static struct rule_count *use_count(struct world *world, struct rule *rule)
{
    struct world_rules *rules = rules_of(world);
    struct rule_count *count = find_count(rules, rule);
    struct scenarios *scenarios = world->worlds->scenarios;

    if (count || scenarios->counts == SCENARIO_COUNTS_MAX)
        return count;
    count = xnew(struct rule_count);
    count->scenarios = scenarios;
    scenarios->counts++;
    count->serial = rule->serial;
    count->home = rules;
    list_append(&rule->counts, &count->of_rule);
    list_append(&rules->counted, &count->of_world);
    map_put(&rules->counts, count);
    return count;
}

static void set_near_miss(struct rule_count *count, struct near_miss *miss)
{
    count->scenarios->near_misses -= count->near_miss != NULL;
    count->scenarios->near_misses += miss != NULL;
    near_miss_free(count->near_miss);
    count->near_miss = miss;
}

static void count_free(struct rule_count *count)
{
    set_near_miss(count, NULL);
    map_remove(&count->home->counts, count);
    list_remove(&count->of_rule);
    list_remove(&count->of_world);
    count->scenarios->counts--;
    free(count);
}

/* `skip` requests that match are let pass, then `times` are hit. */
static bool count_match(struct rule_count *count, const struct rule *rule)
{
    if (count->matched < rule->skip) {
        count->matched++;
        return false;
    }
    if (rule->times >= 0 && count->hits >= rule->times)
        return false;
    count->hits++;
    return true;
}

int64_t scenario_hits(const struct rule *rule, const struct world *world)
{
    const struct rule_count *own = world ? find_count(world->rules, rule) : NULL;
    int64_t hits = own ? own->hits : 0;

    if (!world)
        list_each (link, &rule->counts)
            hits += count_of(link)->hits;
    return hits;
}

const struct near_miss *scenario_near_miss(const struct rule *rule, const struct world *world)
{
    const struct rule_count *own = world ? find_count(world->rules, rule) : NULL;
    const struct near_miss *latest = own ? own->near_miss : NULL;

    if (world)
        return latest;
    list_each (link, &rule->counts) {
        const struct near_miss *miss = count_of(link)->near_miss;
        if (miss && (!latest || miss->serial > latest->serial))
            latest = miss;
    }
    return latest;
}

/* --- sets ----------------------------------------------------------------------------------------------------------- */

static bool is_posted(const struct worlds *worlds, const struct rule_set *set)
{
    return set != &worlds->scenarios->given;
}

/* What is kept of `[1,1,1,…` is 32 times as large as its text. */
static size_t size_of(const struct rule *rule)
{
    return sizeof(*rule) + arena_size(&rule->arena) + script_bytes(rule->script);
}

struct rule_set *scenario_set(struct worlds *worlds, struct world *world)
{
    return world ? &rules_of(world)->own : &worlds->scenarios->posted;
}

bool scenario_has_room(const struct worlds *worlds, const struct rule_set *set, const struct list *rules)
{
    const struct scenarios *scenarios = worlds->scenarios;
    size_t count = 0, bytes = 0;

    list_each (link, rules) {
        count++;
        bytes += size_of(rule_of(link));
    }
    if (set->count + count > SCENARIO_RULES_MAX)
        return false;
    return !is_posted(worlds, set) || (scenarios->posted_count + count <= SCENARIO_POSTED_MAX &&
                                       scenarios->posted_bytes + bytes <= SCENARIO_BYTES_MAX);
}

struct rule *scenario_find(const struct rule_set *set, const char *name)
{
    list_each (link, &set->rules)
        if (strcmp(rule_of(link)->name, name) == 0)
            return rule_of(link);
    return NULL;
}

static void name_rule(struct rule_set *set, struct rule *rule)
{
    while (!rule->name || scenario_find(set, rule->name))
        rule->name = arena_printf(&rule->arena, "rule-%u", ++set->unnamed);
}

static void account(struct worlds *worlds, struct rule_set *set, const struct rule *rule, bool is_there)
{
    struct scenarios *scenarios = worlds->scenarios;
    size_t one = is_there ? 1 : (size_t)-1; // unsigned: it wraps round to one less

    set->count += one;
    if (!is_posted(worlds, set))
        return;
    scenarios->posted_count += one;
    scenarios->posted_bytes += one * size_of(rule);
}

void scenario_put(struct worlds *worlds, struct rule_set *set, struct rule *rule)
{
    struct rule *other = rule->name ? scenario_find(set, rule->name) : NULL;

    if (!other)
        name_rule(set, rule);
    rule->serial = ++worlds->scenarios->serial;
    list_remove(&rule->link);
    list_append(other ? &other->link : &set->rules, &rule->link); // in front of the other, which goes
    account(worlds, set, rule, true);
    if (other)
        scenario_remove(worlds, set, other);
}

static void forget(struct rule *rule)
{
    list_each (link, &rule->counts)
        count_free(count_of(link));
    rule_free(rule);
}

void scenario_remove(struct worlds *worlds, struct rule_set *set, struct rule *rule)
{
    account(worlds, set, rule, false);
    forget(rule);
}

void scenario_clear(struct worlds *worlds, struct rule_set *set)
{
    list_each (link, &set->rules)
        scenario_remove(worlds, set, rule_of(link));
}

static void move_rules(struct list *to, struct list *from)
{
    list_each (link, from) {
        list_remove(link);
        list_append(to, link);
    }
}

static bool is_same_text(const struct rule *a, const struct rule *b)
{
    return a->text.len == b->text.len && memcmp(a->text.data, b->text.data, a->text.len) == 0;
}

size_t scenario_give(struct worlds *worlds, struct list *rules)
{
    struct rule_set *given = &worlds->scenarios->given, former = {0};
    size_t kept = 0;

    list_init(&former.rules);
    move_rules(&former.rules, &given->rules);
    given->count = given->unnamed = 0;
    list_each (link, rules)
        scenario_put(worlds, given, rule_of(link));
    list_each (link, &given->rules) {
        struct rule *same = scenario_find(&former, rule_of(link)->name);
        if (!same || !is_same_text(same, rule_of(link)))
            continue;
        list_remove(&same->link);
        list_append(link, &same->link); // in front of the new one, which goes
        rule_free(rule_of(link));
        kept++;
    }
    list_each (link, &former.rules)
        forget(rule_of(link));
    return kept;
}

void scenario_free_world(struct worlds *worlds, struct world_rules *rules)
{
    if (!rules)
        return;
    scenario_clear(worlds, &rules->own);
    list_each (link, &rules->counted)
        count_free(container_of(link, struct rule_count, of_world));
    map_free(&rules->counts);
    free(rules);
}

/* --- documents ------------------------------------------------------------------------------------------------------ */

void scenario_drop(struct list *rules)
{
    list_each (link, rules)
        rule_free(rule_of(link));
}

static void check_name(const struct list *rules, const struct rule *rule, const char *path, struct faults *faults)
{
    list_each (link, rules)
        if (rule->name && rule_of(link)->name && strcmp(rule_of(link)->name, rule->name) == 0)
            faults_add(faults, "invalid", arena_printf(faults->arena, "%s.name", path),
                       "another rule of this document has the same name");
}

static void read_array(const cJSON *array, struct list *rules, const struct operations *operations,
                       struct faults *faults)
{
    size_t index = 0;

    if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) > SCENARIO_RULES_MAX) {
        faults_add(faults, "invalid", "scenarios", "takes an array of at most %d rules", SCENARIO_RULES_MAX);
        return;
    }
    for (const cJSON *item = array->child; item && !faults_full(faults); item = item->next, index++) {
        const char *path = arena_printf(faults->arena, "scenarios[%zu]", index);
        struct rule *rule = rule_read(item, path, operations, faults);
        if (!rule)
            continue;
        check_name(rules, rule, path, faults);
        list_append(rules, &rule->link);
    }
}

static void read_document(const cJSON *document, struct list *rules, const struct operations *operations,
                          struct faults *faults)
{
    const cJSON *array = cJSON_IsObject(document) ? cJSON_GetObjectItemCaseSensitive(document, "scenarios") : NULL;

    if (!cJSON_IsObject(document)) {
        faults_add(faults, "invalid", "", "takes {\"scenarios\": [rule, …]} or one rule, not %s",
                   json_type_name(document));
        return;
    }
    if (cJSON_IsArray(document->child) && cJSON_IsObject(document->child->child) && document->child != array &&
        !document->child->next) {
        faults_add(faults, "unknown", document->child->string, "no such member; a list of rules is called `scenarios`");
        return;
    }
    if (!array) {
        struct rule *rule = rule_read(document, "", operations, faults);
        if (rule)
            list_append(rules, &rule->link);
        return;
    }
    for (const cJSON *member = document->child; member; member = member->next)
        if (member != array)
            faults_add(faults, "unknown", member->string, "no such member; beside `scenarios` there is none");
    read_array(array, rules, operations, faults);
}

bool scenario_read(const cJSON *document, struct list *rules, const struct operations *operations,
                   struct faults *faults)
{
    struct list read;
    size_t before = faults->count;

    list_init(&read);
    read_document(document, &read, operations, faults);
    if (faults->count > before) {
        scenario_drop(&read);
        return false;
    }
    move_rules(rules, &read);
    return true;
}

static void load_magic(struct rule_set *magic, const struct operations *operations, uint64_t *serial)
{
    const struct embedded *file = embedded_find("fixtures/magic.json");
    struct arena arena = {0};
    struct json_error error;
    struct faults faults;

    faults_init(&faults, &arena);
    const cJSON *document = json_parse(&arena, file->data, file->len, JSON_REQUEST, &error);
    if (!document || !scenario_read(document, &magic->rules, operations, &faults)) {
        log_error("fixtures/magic.json (compiled in): %s", document ? faults.list[0].description : error.reason);
        abort(); // a build that no test has seen
    }
    list_each (link, &magic->rules)
        rule_of(link)->serial = ++*serial;
    arena_free(&arena);
}

struct scenarios *scenarios_new(const struct operations *operations)
{
    struct scenarios *scenarios = xnew(struct scenarios);

    list_init(&scenarios->posted.rules);
    list_init(&scenarios->given.rules);
    list_init(&scenarios->magic.rules);
    load_magic(&scenarios->magic, operations, &scenarios->serial);
    return scenarios;
}

void scenarios_free(struct scenarios *scenarios)
{
    if (!scenarios)
        return;
    scenario_drop(&scenarios->posted.rules);
    scenario_drop(&scenarios->given.rules);
    scenario_drop(&scenarios->magic.rules);
    free(scenarios);
}

/* --- hitting -------------------------------------------------------------------------------------------------------- */

/* A request on its way past the rules. */
struct asked {
    struct worlds *worlds;
    const char *token;
    struct occasion *occasion;
    size_t budget, noting; // of MATCHING_BUDGET and NOTING_BUDGET, what is left
    enum scenario_verdict verdict;
    const struct rule *hit;
    struct world *world; // in which it was hit
};

static void take(struct asked *asked, struct rule *rule)
{
    struct world *world = worlds_use(asked->worlds, asked->token); // only now: who meets no rule needs no world
    struct rule_count *count = world ? use_count(world, rule) : NULL;

    if (count && !count_match(count, rule))
        return;
    asked->verdict = count ? SCENARIO_HIT : SCENARIO_NO_ROOM;
    asked->hit = rule;
    asked->world = world;
}

/* Where a near miss is noted. NULL: there is no room. For a note nobody else's world or counter goes. */
static struct rule_count *count_for_note(const struct asked *asked, struct rule *rule)
{
    struct worlds *worlds = asked->worlds;
    struct world *world = worlds_find(worlds, asked->token);
    struct rule_count *count = world ? find_count(world->rules, rule) : NULL;

    if (worlds->scenarios->near_misses == SCENARIO_NEAR_MISSES_MAX)
        return count && count->near_miss ? count : NULL;
    if (!world && worlds_count(worlds) < worlds->settings.max_worlds)
        world = worlds_use(worlds, asked->token);
    return world ? use_count(world, rule) : NULL;
}

static void note_near_miss(struct asked *asked, struct rule *rule, const struct demand *unmet)
{
    if (!rule_nearly_matches(unmet, asked->occasion, &asked->noting))
        return;
    struct rule_count *count = count_for_note(asked, rule);
    struct near_miss *miss = count ? near_miss_new(unmet, asked->occasion, &asked->noting) : NULL;
    if (!miss)
        return;
    const struct world *world = worlds_find(asked->worlds, asked->token);
    miss->serial = ++asked->worlds->scenarios->near_serial;
    miss->at = clock_now(&world->clock);
    memcpy(miss->world, world->name, sizeof(miss->world));
    set_near_miss(count, miss);
}

/* Behind the rule that hits only near misses are looked for. What is built in is in no list: none of it is noted. */
static void ask(struct asked *asked, const struct rule_set *set)
{
    bool is_listed = set != &asked->worlds->scenarios->magic;

    list_each (link, &set->rules) {
        struct rule *rule = rule_of(link);
        bool decides = asked->verdict == SCENARIO_NONE;
        size_t *budget = decides ? &asked->budget : &asked->noting;
        if (!decides && (!is_listed || *budget == 0))
            return;
        const struct demand *unmet = rule_unmet(rule, asked->occasion, budget);
        if (unmet && is_listed && *budget > 0)
            note_near_miss(asked, rule, unmet);
        else if (!unmet && decides)
            take(asked, rule);
    }
}

enum scenario_verdict scenario_hit(struct worlds *worlds, const char *token, struct occasion *occasion,
                                   const struct rule **rule, struct world **world)
{
    const struct scenarios *all = worlds->scenarios;
    const struct world *known = worlds_find(worlds, token);
    const struct rule_set *sets[] = {known && known->rules ? &known->rules->own : NULL, &all->posted, &all->given,
                                     &all->magic};
    struct asked asked = {
        .worlds = worlds, .token = token, .occasion = occasion, .budget = MATCHING_BUDGET, .noting = NOTING_BUDGET};

    for (size_t i = 0; i < sizeof(sets) / sizeof(*sets) && asked.verdict != SCENARIO_NO_ROOM; i++)
        if (sets[i])
            ask(&asked, sets[i]);
    worlds->tally.hits += asked.verdict == SCENARIO_HIT;
    *rule = asked.hit;
    *world = asked.world;
    return asked.verdict;
}
