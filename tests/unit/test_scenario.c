/* Rules: how they are read, refused, matched, and asked in order. */
#include "lib/suite.h"

#include "core/matcher.h"
#include "core/scenario.h"

#include <stdio.h>

static struct arena arena;

static const cJSON *parse(const char *text)
{
    struct json_error error;
    char *json = arena_strndup(&arena, text, strlen(text));

    for (char *at = json; *at; at++)
        if (*at == '\'')
            *at = '"';
    const cJSON *value = json_parse(&arena, json, strlen(json), JSON_GRAMMAR, &error);
    ck_assert_msg(value != NULL, "%s: %s", text, error.reason);
    return value;
}

/* Some of the API's, two that no rule reaches among them, and one with a short name. */
static struct operation operation_at(size_t place)
{
    static const struct operation all[] = {
        {"predictions.create", true},
        {"models.predictions.create", true},
        {"deployments.predictions.create", true},
        {"predictions.get", true},
        {"predictions.list", true},
        {"predictions.cancel", true},
        {"models.get", true},
        {"files.create", true},
        {"delivery.get", false},
        {"streams.get", false},
        {"x", true},
        {0},
    };

    return all[place];
}

static const struct operations operations = {operation_at};

static void begin(void)
{
    arena = (struct arena){0};
}

static void end(void)
{
    arena_free(&arena);
}

/* --- matchers ------------------------------------------------------------------------------------------------------- */

static bool holds(const char *matcher, const char *value)
{
    size_t budget = 100000;
    struct faults faults;

    faults_init(&faults, &arena);
    const struct matcher *compiled = matcher_compile(&arena, parse(matcher), "m", &faults);
    ck_assert_msg(compiled && faults.count == 0, "%s: %s", matcher, faults.list[0].description);
    return matcher_holds(compiled, value ? parse(value) : NULL, &budget);
}

START_TEST(test_operators)
{
    static const struct {
        const char *matcher, *holds, *holds_not;
    } cases[] = {
        {"13", "13", "14"},
        {"13", "13.0", "'13'"},
        {"'a'", "'a'", NULL},
        {"null", "null", NULL},
        {"[1,2]", "[1,2]", "[2,1]"},
        {"{'equals':{'a':1,'b':2}}", "{'b':2,'a':1}", "{'a':1}"},
        {"12345678901234567890", "12345678901234567890", "12345678901234567891"},
        {"{'contains':'nude'}", "'a nude one'", "'Nude'"},
        {"{'contains':'nude'}", "['nude']", "['a nude']"},
        {"{'contains':2}", "[1,2.0]", "'2'"},
        {"{'matches':'^\\\\d+ \\\\w+$'}", "'12 monkeys'", "'12  monkeys'"},
        {"{'matches':'x'}", "'axb'", "1"},
        {"{'gt':20}", "20.5", "20"},
        {"{'gt':20}", "21", "'21'"},
        {"{'lt':0.5}", "-3", "0.5"},
        {"{'gt':1,'lt':3}", "2", "3"},
        {"{'present':true}", "null", NULL},
        {"{'contains':'a','matches':'b'}", "'ab'", "'a'"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_msg(holds(cases[i].matcher, cases[i].holds), "%s: %s", cases[i].matcher, cases[i].holds);
        ck_assert_msg(!holds(cases[i].matcher, cases[i].holds_not), "%s: not %s", cases[i].matcher, cases[i].holds_not);
    }
    ck_assert(holds("{'present':false}", NULL) && !holds("{'present':false}", "null"));
}
END_TEST

START_TEST(test_a_used_up_budget_matches_nothing)
{
    size_t budget = 1000;
    struct faults faults;

    faults_init(&faults, &arena);
    const struct matcher *matcher = matcher_compile(&arena, parse("{'matches':'(a+)+$'}"), "m", &faults);
    ck_assert(!matcher_holds_text(matcher, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", &budget));
    ck_assert_uint_eq(budget, 0);
}
END_TEST

/* Not only regular expressions are slow on what is large. */
START_TEST(test_what_is_large_costs)
{
    static const char *const matchers[] = {"{'contains':'b'}", "{'contains':7}", "{'equals':[7]}", "{'gt':7}"};
    static const char *const starts[] = {"'", "[1", "[1", "8"}, *const more[] = {"a", ",1", ",1", "0"},
                             *const ends[] = {"b'", ",7]", "]", ""};

    for (size_t i = 0; i < COUNT(matchers); i++) {
        struct buf value = {0};
        size_t budget = 10, enough = 100000;
        struct faults faults;
        buf_str(&value, starts[i]);
        for (int at = 0; at < 10000; at++)
            buf_str(&value, more[i]);
        buf_str(&value, ends[i]);
        faults_init(&faults, &arena);
        const struct matcher *matcher = matcher_compile(&arena, parse(matchers[i]), "m", &faults);
        const cJSON *large = parse(buf_cstr(&value));
        ck_assert_msg(!matcher_holds(matcher, large, &budget) && budget == 0, "%s", matchers[i]);
        ck_assert_int_eq(matcher_holds(matcher, large, &enough), strcmp(matchers[i], "{'equals':[7]}") != 0);
        ck_assert_uint_lt(enough, 100000 - 10);
        buf_free(&value);
    }
}
END_TEST

START_TEST(test_a_member_far_behind_costs)
{
    struct buf object = {0};
    size_t budget = 10, enough = 1000;

    buf_lit(&object, "{");
    for (int i = 0; i < 100; i++)
        buf_printf(&object, "'k%d':1,", i);
    buf_lit(&object, "'last':2}");
    const cJSON *input = parse(buf_cstr(&object));
    ck_assert_ptr_null(matcher_find_member(input, "last", &budget));
    ck_assert_uint_eq(budget, 0);
    ck_assert_ptr_nonnull(matcher_find_member(input, "last", &enough));
    ck_assert_uint_eq(enough, 1000 - 101);
    buf_free(&object);
}
END_TEST

/* --- reading -------------------------------------------------------------------------------------------------------- */

/* "field: description" of the first fault. */
static const char *fault_of(const char *document)
{
    struct faults faults;
    struct list rules;

    list_init(&rules);
    faults_init(&faults, &arena);
    bool read = scenario_read(parse(document), &rules, &operations, &faults);
    ck_assert_int_eq(read, faults.count == 0);
    ck_assert(read || list_empty(&rules));
    scenario_drop(&rules);
    return read ? "" : arena_printf(&arena, "%s: %s", faults.list[0].field, faults.list[0].description);
}

START_TEST(test_what_is_right)
{
    static const char *const right[] = {
        "{'response':{'status':500}}",
        "{'scenarios':[]}",
        "{'scenarios':[{'name':'a','match':{},'skip':0,'times':1,'response':{'delay':'0'}}]}",
        "{'match':{'operation':'*'},'response':{'drop':'mid-body'}}",
        "{'match':{'operation':'models.*','model':{'contains':'llama'}},'response':{'status':200,'body':'plain'}}",
        "{'response':{'status':429,'headers':{'Retry-After':'1','X-A':'b'},'body':{},'delay':'3s','drop':'mid-body'}}",
        "{'prediction':{'error':'x'}}",
        "{'prediction':{'boot':'0','predict':'8760h','status':'aborted','logs':[],'output':null}}",
        "{'match':{'operation':'*.create'},'prediction':{'status':'succeeded','logs':['a'],'output':{'a':[1]}}}",
        "{'name':'nsfw-is-refused','match':{'operation':'predictions.create','model':'rossjillian/controlnet','input':"
        "{'prompt':{'contains':'nude'},'seed':13}},'skip':0,'times':1,'prediction':{'boot':'200ms','predict':'2s',"
        "'status':'failed','error':'NSFW','logs':['a'],'output':['b']},'response':{'status':429,'headers':"
        "{'retry-after':'1'},'body':{},'delay':'3s','drop':'before-headers'},'webhook':{'duplicate':2,'drop':['start'],"
        "'delay':'5s','reorder':true,'bad_signature':true},'stream':{'cut_after':3,'stall':'10s'}}",
    };

    for (size_t i = 0; i < COUNT(right); i++)
        ck_assert_str_eq(fault_of(right[i]), "");
}
END_TEST

START_TEST(test_what_is_wrong_says_where_and_what_would_be_right)
{
    static const struct {
        const char *document, *fault;
    } cases[] = {
        {"[]", ": takes an object, not array"},
        {"{}", ": a rule says what happens: it needs a prediction, response, webhook or stream"},
        {"{'scenarios':{}}", "scenarios: takes an array of at most 1000 rules"},
        {"{'scenarios':[],'x':1}", "x: no such member; beside `scenarios` there is none"},
        {"{'scenarios':[{'response':{'status':500}},{'respons':{}}]}",
         "scenarios[1].respons: no such member; known are: name, match, skip, times, response, prediction, webhook, "
         "stream"},
        {"{'scenarios':[{'name':'a','response':{'status':500}},{'name':'a','response':{'status':500}}]}",
         "scenarios[1].name: another rule of this document has the same name"},
        {"{'name':'','response':{'status':500}}", "name: takes a string of 1 to 128 bytes"},
        {"{'skip':-1,'response':{'status':500}}", "skip: takes a whole number from 0 to 1000000000"},
        {"{'times':1.5,'response':{'status':500}}",
         "times: takes a whole number from 0 to 1000000000; without it the rule hits for ever"},
        {"{'webhook':{},'response':{'status':500}}", "webhook: does nothing: it is empty"},
        {"{'stream':{'cut':1}}", "stream.cut: no such member; known are: cut_after, stall"},
        {"{'prediction':{}}", "prediction: does nothing: it is empty"},
        {"{'prediction':[]}", "prediction: takes an object, not array"},
        {"{'scenarios':[{'prediction':{'state':'failed'}}]}",
         "scenarios[0].prediction.state: no such member; known are: boot, predict, status, error, logs, output"},
        {"{'prediction':{'boot':5}}",
         "prediction.boot: takes a duration of at most 8760h, such as \"3s\" or \"250ms\""},
        {"{'prediction':{'predict':'8761h'}}",
         "prediction.predict: takes a duration of at most 8760h, such as \"3s\" or \"250ms\""},
        {"{'prediction':{'status':'processing'}}",
         "prediction.status: takes the status of its end: succeeded, failed, canceled or aborted"},
        {"{'prediction':{'status':500}}",
         "prediction.status: takes the status of its end: succeeded, failed, canceled or aborted"},
        {"{'prediction':{'error':''}}", "prediction.error: takes a string that is not empty"},
        {"{'prediction':{'error':'x','status':'canceled'}}", "prediction.error: belongs to the status failed"},
        {"{'prediction':{'logs':'x'}}", "prediction.logs: takes an array of at most 1000 lines"},
        {"{'prediction':{'logs':['x',1]}}", "prediction.logs: takes strings, a line each; number 1 is integer"},
        {"{'match':{'operation':'predictions.get'},'prediction':{'status':'failed'}}",
         ": prediction, webhook and stream belong to operations that create predictions"},
        {"{'match':{'op':'x'},'response':{'status':500}}",
         "match.op: no such member; known are: operation, model, input"},
        {"{'match':{'operation':'a*b'},'response':{'status':500}}",
         "match.operation: takes an operation such as predictions.create, or with a * at an end: *predictions.create"},
        {"{'match':{'operation':'**'},'response':{'status':500}}",
         "match.operation: takes an operation such as predictions.create, or with a * at an end: *predictions.create"},
        {"{'match':{'operation':'delivery.get'},'response':{'status':500}}",
         "match.operation: \"delivery.get\" is reached without a token, and takes no rules"},
        {"{'match':{'operation':'streams.*'},'response':{'status':500}}",
         "match.operation: \"streams.*\" is reached without a token, and takes no rules"},
        {"{'scenarios':[{'match':{'operation':'prediction.create'},'response':{'status':500}}]}",
         "scenarios[0].match.operation: \"prediction.create\" matches no operation (is predictions.create meant?); "
         "/openapi.json has their names, as operationId"},
        {"{'match':{'operation':'*.predictoins.create'},'response':{'status':500}}",
         "match.operation: \"*.predictoins.create\" matches no operation (is predictions.create meant?); /openapi.json "
         "has their names, as operationId"},
        {"{'match':{'operation':'*webhook*'},'response':{'status':500}}",
         "match.operation: \"*webhook*\" matches no operation; /openapi.json has their names, as operationId"},
        {"{'match':{'operation':'predictions'},'response':{'status':500}}",
         "match.operation: \"predictions\" matches no operation (is predictions.get meant?); /openapi.json has their "
         "names, as operationId"},
        {"{'match':{'input':'x'},'response':{'status':500}}",
         "match.input: takes an object: a matcher for each member of the input that counts"},
        {"{'match':{'input':{'a':{}}},'response':{'status':500}}",
         "match.input.a: an empty matcher: it needs one of equals, contains, matches, gt, lt, present"},
        {"{'match':{'input':{'a':{'like':1}}},'response':{'status':500}}",
         "match.input.a.like: no such operator; known are: equals, contains, matches, gt, lt, present; an object to be "
         "equal "
         "to is {\"equals\": …}"},
        {"{'match':{'input':{'a':{'gt':'1'}}},'response':{'status':500}}", "match.input.a.gt: takes a number"},
        {"{'match':{'input':{'a':{'present':1}}},'response':{'status':500}}",
         "match.input.a.present: takes true or false"},
        {"{'match':{'input':{'a':{'matches':'('}}},'response':{'status':500}}",
         "match.input.a.matches: not a regular expression that is understood: missing closing parenthesis at offset 1"},
        {"{'response':{}}", "response: does nothing: it needs a status, a delay or a drop"},
        {"{'response':{'body':{}}}",
         "response: headers and body need a status; without one the operation's own answer is sent"},
        {"{'response':{'status':100}}", "response.status: takes a status from 200 to 599"},
        {"{'response':{'status':'429'}}", "response.status: takes a status from 200 to 599"},
        {"{'response':{'delay':3}}", "response.delay: takes a duration of at most 1h, such as \"3s\" or \"250ms\""},
        {"{'response':{'delay':'61m'}}", "response.delay: takes a duration of at most 1h, such as \"3s\" or \"250ms\""},
        {"{'response':{'drop':'all'}}", "response.drop: takes \"before-headers\" or \"mid-body\""},
        {"{'response':{'status':500,'headers':{'a b':'c'}}}", "response.headers.a b: is not a header's name"},
        {"{'response':{'status':500,'headers':{'a':1}}}", "response.headers.a: takes a string of printable ASCII"},
        {"{'response':{'status':500,'headers':{'a':'b\\n'}}}", "response.headers.a: takes a string of printable ASCII"},
        {"{'response':{'status':500,'headers':{'Content-Length':'1'}}}",
         "response.headers.Content-Length: is the server's own to set; `drop` breaks an answer off"},
        {"{'response':{'status':500,'what':1}}",
         "response.what: no such member; known are: status, headers, body, delay, drop"},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        ck_assert_str_eq(fault_of(cases[i].document), cases[i].fault);
}
END_TEST

START_TEST(test_all_faults_at_once)
{
    struct faults faults;
    struct list rules;

    list_init(&rules);
    faults_init(&faults, &arena);
    ck_assert(!scenario_read(parse("{'scenarios':[{'a':1},{'b':2,'c':3},{'response':{'status':500}}]}"), &rules,
                             &operations, &faults));
    ck_assert_uint_eq(faults.count, 3);
    ck_assert(list_empty(&rules));
}
END_TEST

START_TEST(test_bounds)
{
    struct buf text = {0};

    buf_lit(&text, "{'match':{'input':{'a':'");
    for (int i = 0; i < RULE_MATCH_MAX; i++)
        buf_char(&text, 'x');
    buf_lit(&text, "'}},'response':{'status':500}}");
    ck_assert_str_eq(fault_of(buf_cstr(&text)), "match: is larger than 16384 bytes");
    text.len = 0;
    buf_lit(&text, "{'response':{'status':500,'body':'");
    for (int i = 0; i < RULE_TEXT_MAX; i++)
        buf_char(&text, 'x');
    buf_lit(&text, "'}}");
    ck_assert_str_eq(fault_of(buf_cstr(&text)), ": is larger than 262144 bytes");
    text.len = 0;
    buf_lit(&text, "{'scenarios':[1");
    for (int i = 0; i < SCENARIO_RULES_MAX; i++)
        buf_lit(&text, ",1");
    buf_lit(&text, "]}");
    ck_assert_str_eq(fault_of(buf_cstr(&text)), "scenarios: takes an array of at most 1000 rules");
    buf_free(&text);
}
END_TEST

/* --- matching and counting ------------------------------------------------------------------------------------------ */

struct request {
    struct occasion occasion;
    const char *model;
    const cJSON *input;
    int asked; // for model or input
};

static const char *give_model(struct occasion *occasion)
{
    struct request *request = container_of(occasion, struct request, occasion);

    request->asked++;
    return request->model;
}

static const cJSON *give_input(struct occasion *occasion)
{
    struct request *request = container_of(occasion, struct request, occasion);

    request->asked++;
    return request->input;
}

static struct request request_for(const char *operation, const char *model, const char *input)
{
    return (struct request){.occasion = {.operation = operation, .model = give_model, .input = give_input},
                            .model = model,
                            .input = input ? parse(input) : NULL};
}

static struct rule *read_rule(const char *match)
{
    struct faults faults;

    faults_init(&faults, &arena);
    const char *text = arena_printf(&arena, "{'match':%s,'response':{'status':500}}", match);
    struct rule *rule = rule_read(parse(text), "", &operations, &faults);
    ck_assert_msg(rule != NULL, "%s: %s", match, faults.list[0].description);
    return rule;
}

static bool is_for(const char *match, const char *operation, const char *model, const char *input)
{
    struct request request = request_for(operation, model, input);
    struct rule *rule = read_rule(match);
    size_t budget = 100000;

    bool matches = rule_matches(rule, &request.occasion, &budget);
    rule_free(rule);
    return matches;
}

START_TEST(test_operations)
{
    static const struct {
        const char *pattern, *is, *is_not;
    } cases[] = {
        {"predictions.create", "predictions.create", "models.predictions.create"},
        {"*predictions.create", "predictions.create", "predictions.get"},
        {"*predictions.create", "deployments.predictions.create", "predictions.creates"},
        {"predictions.*", "predictions.cancel", "models.predictions.create"},
        {"*predictions*", "models.predictions.create", "files.create"},
        {"*", "files.create", NULL},
        {"predictions.get", "predictions.get", "predictions.ge"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *match = arena_printf(&arena, "{'operation':'%s'}", cases[i].pattern);
        ck_assert_msg(is_for(match, cases[i].is, NULL, NULL), "%s %s", match, cases[i].is);
        if (cases[i].is_not)
            ck_assert_msg(!is_for(match, cases[i].is_not, NULL, NULL), "%s %s", match, cases[i].is_not);
    }
    // "Without `operation`: the three that create predictions."
    ck_assert(is_for("{}", "predictions.create", NULL, NULL) && is_for("{}", "models.predictions.create", NULL, NULL) &&
              is_for("{}", "deployments.predictions.create", NULL, NULL));
    ck_assert(!is_for("{}", "trainings.create", NULL, NULL) && !is_for("{}", "predictions.get", NULL, NULL));
}
END_TEST

START_TEST(test_models_and_inputs)
{
    static const char both[] = "{'model':'a/b','input':{'prompt':{'contains':'nude'},'seed':13}}";

    ck_assert(is_for(both, "predictions.create", "a/b", "{'prompt':'nudes','seed':13}"));
    ck_assert(!is_for(both, "predictions.create", "a/c", "{'prompt':'nudes','seed':13}"));
    ck_assert(!is_for(both, "predictions.create", "a/b", "{'prompt':'nudes','seed':14}"));
    ck_assert(!is_for(both, "predictions.create", "a/b", "{'prompt':'nudes'}"));
    ck_assert(!is_for(both, "predictions.create", NULL, NULL));
    ck_assert(!is_for(both, "predictions.create", "a/b", "[1]"));
    ck_assert(is_for("{'model':{'matches':'^a/'}}", "predictions.create", "a/c", NULL));
    ck_assert(is_for("{'input':{'mask':{'present':false}}}", "predictions.create", NULL, "{}"));
    ck_assert(!is_for("{'input':{'mask':{'present':false}}}", "predictions.create", NULL, NULL)); // there is no input
}
END_TEST

START_TEST(test_nothing_is_asked_that_no_rule_needs)
{
    struct request request = request_for("predictions.create", "a/b", "{}");
    struct rule *rule = read_rule("{'operation':'predictions.get','model':'a/b','input':{'a':1}}");
    size_t budget = 100000;

    ck_assert(!rule_matches(rule, &request.occasion, &budget));
    ck_assert_int_eq(request.asked, 0);
    rule_free(rule);
}
END_TEST

/* --- sets ----------------------------------------------------------------------------------------------------------- */

static const struct timebase base = {.mono = NS_PER_S, .wall = 1767225600 * NS_PER_S};

static struct worlds *make_worlds(size_t max_worlds)
{
    struct world_settings settings = {
        .speed = 1, .max_predictions = 10, .max_worlds = max_worlds, .max_memory = 1 << 20, .seeded = true};

    return worlds_new(&settings, &base, NULL);
}

/* Puts the rules of a document into the set, and returns the name of the last. */
static const char *put(struct worlds *worlds, struct rule_set *set, const char *document)
{
    struct faults faults;
    struct list rules;
    const char *name = "";

    list_init(&rules);
    faults_init(&faults, &arena);
    ck_assert_msg(scenario_read(parse(document), &rules, &operations, &faults), "%s: %s", document,
                  faults.list[0].description);
    ck_assert(scenario_has_room(worlds, set, &rules));
    list_each (link, &rules) {
        struct rule *rule = container_of(link, struct rule, link);
        scenario_put(worlds, set, rule);
        name = rule->name;
    }
    return name;
}

/* The name of the rule that hits; "": none does. */
static const char *hit(struct worlds *worlds, const char *token, const char *operation)
{
    struct request request = request_for(operation, NULL, NULL);
    const struct rule *rule;
    struct world *world;

    return scenario_hit(worlds, token, &request.occasion, &rule, &world) == SCENARIO_HIT ? rule->name : "";
}

#define RULE(name) "{'name':'" name "','match':{'operation':'x'},'response':{'status':500}}"

START_TEST(test_the_first_of_ten_wins)
{
    struct worlds *worlds = make_worlds(10);
    struct rule_set *set = scenario_set(worlds, NULL);
    char expected[8];

    for (int i = 0; i < 10; i++)
        put(worlds, set,
            arena_printf(&arena,
                         "{'name':'r%d','match':{'operation':'x'},'skip':1,'times':1,'response':{'status':500}}", i));
    ck_assert_str_eq(hit(worlds, "t", "x"), ""); // all are skipping
    for (int i = 0; i < 10; i++) {
        snprintf(expected, sizeof(expected), "r%d", i);
        ck_assert_str_eq(hit(worlds, "t", "x"), expected);
    }
    ck_assert_str_eq(hit(worlds, "t", "x"), "");
    worlds_free(worlds);
}
END_TEST

START_TEST(test_sets_in_order)
{
    struct worlds *worlds = make_worlds(10);
    struct rule_set *own = scenario_set(worlds, worlds_use(worlds, "t"));

    put(worlds, &worlds->scenarios->given, RULE("file"));
    ck_assert_str_eq(hit(worlds, "t", "x"), "file");
    put(worlds, scenario_set(worlds, NULL), RULE("server"));
    ck_assert_str_eq(hit(worlds, "t", "x"), "server");
    put(worlds, own, RULE("own"));
    ck_assert_str_eq(hit(worlds, "t", "x"), "own");
    ck_assert_str_eq(hit(worlds, "other", "x"), "server");
    scenario_clear(worlds, own);
    scenario_clear(worlds, scenario_set(worlds, NULL));
    ck_assert_str_eq(hit(worlds, "t", "x"), "file");
    worlds_free(worlds);
}
END_TEST

START_TEST(test_each_world_counts_for_itself)
{
    struct worlds *worlds = make_worlds(10);
    struct rule_set *set = scenario_set(worlds, NULL);

    put(worlds, set, "{'name':'r','match':{'operation':'x'},'skip':2,'times':3,'response':{'status':500}}");
    for (int i = 0; i < 9; i++) {
        const char *expected = i >= 2 && i < 5 ? "r" : "";
        ck_assert_str_eq(hit(worlds, "a", "x"), expected);
        ck_assert_str_eq(hit(worlds, "b", "x"), expected);
    }
    ck_assert_str_eq(hit(worlds, "c", "y"), "");
    const struct rule *rule = scenario_find(set, "r");
    ck_assert_int_eq(scenario_hits(rule, worlds_find(worlds, "a")), 3);
    ck_assert_int_eq(scenario_hits(rule, NULL), 6);
    ck_assert_ptr_null(worlds_find(worlds, "c")); // no rule was for its request: it needs no world
    world_close(worlds_find(worlds, "a"));
    ck_assert_int_eq(scenario_hits(rule, NULL), 3);
    ck_assert_str_eq(hit(worlds, "a", "x"), ""); // as new: it skips again
    worlds_free(worlds);
}
END_TEST

START_TEST(test_names)
{
    struct worlds *worlds = make_worlds(10);
    struct rule_set *set = scenario_set(worlds, NULL);

    ck_assert_str_eq(put(worlds, set, "{'match':{'operation':'x'},'times':1,'response':{'status':500}}"), "rule-1");
    ck_assert_str_eq(put(worlds, set, RULE("rule-2")), "rule-2");
    ck_assert_str_eq(put(worlds, set, RULE("last")), "last");
    ck_assert_str_eq(put(worlds, set, "{'response':{'status':500}}"), "rule-3"); // rule-2 is taken
    ck_assert_str_eq(hit(worlds, "t", "x"), "rule-1");
    ck_assert_str_eq(hit(worlds, "t", "x"), "rule-2");
    // One of its name takes its place, and counts anew.
    put(worlds, set, "{'name':'rule-1','match':{'operation':'x'},'times':1,'response':{'status':503}}");
    ck_assert_uint_eq(set->count, 4);
    ck_assert_str_eq(hit(worlds, "t", "x"), "rule-1");
    ck_assert_str_eq(hit(worlds, "t", "x"), "rule-2");
    worlds_free(worlds);
}
END_TEST

START_TEST(test_room)
{
    struct worlds *worlds = make_worlds(10);
    struct buf text = {0};
    struct faults faults;
    struct list rules;

    buf_lit(&text, "{'scenarios':[{'response':{'status':500}}");
    for (int i = 1; i < SCENARIO_RULES_MAX; i++)
        buf_lit(&text, ",{'response':{'status':500}}");
    buf_lit(&text, "]}");
    for (const char *const *token = (const char *const[]){"a", "b", "c", "d", NULL}; *token; token++)
        put(worlds, scenario_set(worlds, worlds_use(worlds, *token)), buf_cstr(&text));
    list_init(&rules);
    faults_init(&faults, &arena);
    ck_assert(scenario_read(parse("{'response':{'status':500}}"), &rules, &operations, &faults));
    ck_assert(!scenario_has_room(worlds, scenario_set(worlds, worlds_find(worlds, "a")), &rules)); // the token's
    ck_assert(!scenario_has_room(worlds, scenario_set(worlds, NULL), &rules));                     // the server's
    ck_assert(scenario_has_room(worlds, &worlds->scenarios->given, &rules));
    world_close(worlds_find(worlds, "a"));
    ck_assert(scenario_has_room(worlds, scenario_set(worlds, NULL), &rules));
    scenario_drop(&rules);
    buf_free(&text);
    worlds_free(worlds);
}
END_TEST

/* `[1,1,1,…` takes 32 times its size in memory: what is bounded is what is kept. */
START_TEST(test_room_is_of_memory)
{
    struct worlds *worlds = make_worlds(10);
    struct buf text = {0};

    buf_lit(&text, "{'match':{'input':{'a':[1");
    for (int i = 0; i < 8000; i++)
        buf_lit(&text, ",1");
    buf_lit(&text, "]}},'response':{'status':500}}");
    put(worlds, scenario_set(worlds, NULL), buf_cstr(&text));
    ck_assert_uint_gt(worlds->scenarios->posted_bytes, 8000 * sizeof(cJSON));
    scenario_clear(worlds, scenario_set(worlds, NULL));
    ck_assert_uint_eq(worlds->scenarios->posted_bytes, 0);
    buf_free(&text);
    worlds_free(worlds);
}
END_TEST

START_TEST(test_counters_are_bounded)
{
    struct worlds *worlds = make_worlds(10);
    struct request request = request_for("x", NULL, NULL);
    const struct rule *rule;
    struct world *world;

    put(worlds, scenario_set(worlds, NULL), RULE("r"));
    ck_assert_str_eq(hit(worlds, "a", "x"), "r");
    ck_assert_uint_eq(worlds->scenarios->counts, 1);
    worlds->scenarios->counts = SCENARIO_COUNTS_MAX;
    ck_assert_str_eq(hit(worlds, "a", "x"), "r"); // which has its counter
    ck_assert_int_eq(scenario_hit(worlds, "b", &request.occasion, &rule, &world), SCENARIO_NO_ROOM);
    worlds->scenarios->counts = 1;
    world_close(worlds_find(worlds, "a"));
    ck_assert_uint_eq(worlds->scenarios->counts, 0);
    worlds_free(worlds);
}
END_TEST

START_TEST(test_no_world_to_count_in)
{
    struct worlds *worlds = make_worlds(1);
    struct request request = request_for("x", NULL, NULL);
    const struct rule *rule;
    struct world *world;

    put(worlds, scenario_set(worlds, NULL), RULE("r"));
    worlds_use(worlds, "busy")->unfinished = 1;
    ck_assert_int_eq(scenario_hit(worlds, "t", &request.occasion, &rule, &world), SCENARIO_NO_ROOM);
    request = request_for("y", NULL, NULL);
    ck_assert_int_eq(scenario_hit(worlds, "t", &request.occasion, &rule, &world), SCENARIO_NONE);
    worlds_find(worlds, "busy")->unfinished = 0;
    worlds_free(worlds);
}
END_TEST

START_TEST(test_magic_comes_last_and_is_for_prompts)
{
    struct worlds *worlds = make_worlds(10);
    struct request request = request_for("predictions.create", "a/b", "{'prompt':'a mock:429 turtle'}");
    const struct rule *rule;
    struct world *world;

    ck_assert_int_eq(scenario_hit(worlds, "t", &request.occasion, &rule, &world), SCENARIO_HIT);
    ck_assert_int_eq(rule->response.status, 429);
    put(worlds, &worlds->scenarios->given, "{'response':{'status':500}}");
    ck_assert_int_eq(scenario_hit(worlds, "t", &request.occasion, &rule, &world), SCENARIO_HIT);
    ck_assert_int_eq(rule->response.status, 500);
    worlds_free(worlds);
}
END_TEST

SUITE_WITH("scenario", begin, end, test_operators, test_a_used_up_budget_matches_nothing, test_what_is_large_costs,
           test_a_member_far_behind_costs, test_what_is_right, test_what_is_wrong_says_where_and_what_would_be_right,
           test_all_faults_at_once, test_bounds, test_operations, test_models_and_inputs,
           test_nothing_is_asked_that_no_rule_needs, test_the_first_of_ten_wins, test_sets_in_order,
           test_each_world_counts_for_itself, test_names, test_room, test_room_is_of_memory, test_counters_are_bounded,
           test_no_world_to_count_in, test_magic_comes_last_and_is_for_prompts);
