/* A line of any bytes as a scenario, the rest as the input of a request: what is no scenario is refused with reasons, each
 * somewhere in it; what is one hits or does not within its budget, and says so again when its rules are read a second time
 * from the text that is kept of them. */
#include "core/scenario.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static struct operation operation_at(size_t place)
{
    static const struct operation all[] = {
        {"predictions.create", true}, {"models.get", true}, {"delivery.get", false}, {0}};

    return all[place];
}

static const struct operations operations = {operation_at};

struct request {
    struct occasion occasion;
    const cJSON *input;
};

static const char *give_model(struct occasion *occasion)
{
    (void)occasion;
    return "rossjillian/controlnet";
}

static const cJSON *give_input(struct occasion *occasion)
{
    return container_of(occasion, struct request, occasion)->input;
}

static bool matches(const struct rule *rule, const cJSON *input)
{
    struct request request = {.occasion = {.operation = "predictions.create", .model = give_model, .input = give_input},
                              .input = input};
    size_t budget = 10000;

    return rule_matches(rule, &request.occasion, &budget);
}

/* The rule's text is what a list of rules shows: it must mean the same. */
static void read_again(const struct rule *rule, const cJSON *input, struct arena *arena)
{
    struct json_error error;
    struct faults faults;

    faults_init(&faults, arena);
    const char *text = arena_printf(arena, "{%.*s}", (int)rule->text.len, rule->text.data);
    const cJSON *json = json_parse(arena, text, strlen(text), JSON_REQUEST, &error);
    demand(json != NULL, "the text that is kept is JSON");
    struct rule *again = rule_read(json, "", &operations, &faults);
    demand(again != NULL, "and a rule");
    demand(matches(rule, input) == matches(again, input), "for the same requests");
    demand(rule->response.status == again->response.status && rule->response.delay == again->response.delay &&
               rule->response.body.len == again->response.body.len,
           "which meet the same");
    rule_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *line = size > 0 ? memchr(text, '\n', size) : NULL;
    struct arena arena = {0};
    struct json_error error;
    struct faults faults;
    struct list rules;

    if (!line)
        return 0;
    size_t len = (size_t)(line - text);
    list_init(&rules);
    faults_init(&faults, &arena);
    const cJSON *document = json_parse(&arena, text, len, JSON_REQUEST, &error);
    const cJSON *input = json_parse(&arena, line + 1, size - len - 1, JSON_REQUEST, &error);
    bool read = document && scenario_read(document, &rules, &operations, &faults);
    demand(!document || read == (faults.count == 0), "a scenario that is refused has faults");
    demand(read || list_empty(&rules), "and leaves no rules");
    for (size_t i = 0; i < faults.count; i++)
        demand(*faults.list[i].type && *faults.list[i].description, "each fault has a type and a reason");
    list_each (link, &rules)
        read_again(container_of(link, struct rule, link), input, &arena);
    scenario_drop(&rules);
    arena_free(&arena);
    return 0;
}
