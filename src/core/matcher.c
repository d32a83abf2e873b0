#include "core/matcher.h"
#include "base/json_keys.h"
#include "base/pattern.h"

#include <string.h>

struct test {
    const struct verb *verb;
    const cJSON *operand;
    const struct pattern *pattern; // of `matches` alone
};

struct matcher {
    size_t count;
    struct test tests[];
};

/* --- what it costs --------------------------------------------------------------------------------------------------- */

enum { BYTES_A_STEP = 512 }; // of a text that is searched, or of a number's digits

/* False: the budget does not last. */
static bool pay(size_t *budget, size_t steps)
{
    bool enough = *budget >= steps;

    *budget -= enough ? steps : *budget;
    return enough;
}

/* For a look at everything in the value. */
static bool pay_for_all(size_t *budget, const cJSON *value)
{
    size_t digits = cJSON_IsNumber(value) ? strlen(value->valuestring) : 0;
    bool enough = pay(budget, 1 + digits / BYTES_A_STEP);

    for (const cJSON *inner = value->child; inner && enough; inner = inner->next)
        enough = pay_for_all(budget, inner);
    return enough;
}

/* --- operators ------------------------------------------------------------------------------------------------------ */

static bool is_equal(const struct test *test, const cJSON *value, size_t *budget)
{
    return value && pay_for_all(budget, value) && json_compare(value, test->operand) == 0;
}

/* A text in a text, or an element of an array. */
static bool contains(const struct test *test, const cJSON *value, size_t *budget)
{
    if (cJSON_IsString(value))
        return cJSON_IsString(test->operand) && pay(budget, 1 + strlen(value->valuestring) / BYTES_A_STEP) &&
               strstr(value->valuestring, test->operand->valuestring) != NULL;
    if (!cJSON_IsArray(value) || !pay_for_all(budget, value))
        return false;
    for (const cJSON *item = value->child; item; item = item->next)
        if (json_compare(item, test->operand) == 0)
            return true;
    return false;
}

static bool matches(const struct test *test, const cJSON *value, size_t *budget)
{
    if (!cJSON_IsString(value))
        return false;
    size_t len = strnlen(value->valuestring, PATTERN_SUBJECT_MAX + 1);
    return len <= PATTERN_SUBJECT_MAX && pattern_search(test->pattern, value->valuestring, len, budget) == PATTERN_YES;
}

static bool is_greater(const struct test *test, const cJSON *value, size_t *budget)
{
    return cJSON_IsNumber(value) && pay_for_all(budget, value) && json_compare(value, test->operand) > 0;
}

static bool is_less(const struct test *test, const cJSON *value, size_t *budget)
{
    return cJSON_IsNumber(value) && pay_for_all(budget, value) && json_compare(value, test->operand) < 0;
}

static bool is_present(const struct test *test, const cJSON *value, size_t *budget)
{
    (void)budget;
    return (value != NULL) == (cJSON_IsTrue(test->operand) != 0);
}

static bool takes_any(const cJSON *operand)
{
    return operand != NULL;
}

static bool takes_number(const cJSON *operand)
{
    return cJSON_IsNumber(operand);
}

static bool takes_string(const cJSON *operand)
{
    return cJSON_IsString(operand);
}

static bool takes_bool(const cJSON *operand)
{
    return cJSON_IsBool(operand);
}

static const struct verb {
    const char *name;
    bool (*takes)(const cJSON *operand);
    const char *right; // what it takes, in words
    bool (*holds)(const struct test *test, const cJSON *value, size_t *budget);
} verbs[] = {
    {"equals", takes_any, "any value", is_equal},
    {"contains", takes_any, "any value", contains},
    {"matches", takes_string, "a regular expression", matches},
    {"gt", takes_number, "a number", is_greater},
    {"lt", takes_number, "a number", is_less},
    {"present", takes_bool, "true or false", is_present},
};

enum { VERB_COUNT = sizeof(verbs) / sizeof(*verbs) };

/* --- compiling ------------------------------------------------------------------------------------------------------ */

/* A copy that lives as long as the arena. */
static const cJSON *copy_of(struct arena *arena, const cJSON *value)
{
    struct buf text = {0};
    struct json_error error;

    json_canonical(&text, value);
    const cJSON *copy = json_parse(arena, text.data, text.len, JSON_GRAMMAR, &error);
    buf_free(&text);
    return copy;
}

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static void compile_test(struct test *test, struct arena *arena, const cJSON *member, const char *path,
                         struct faults *faults)
{
    const char *place = arena_printf(faults->arena, "%s.%s", path, member->string);
    char reason[160];

    *test = (struct test){.verb = find_verb(member->string), .operand = copy_of(arena, member)};
    if (!test->verb)
        faults_add(faults, "unknown", place,
                   "no such operator; known are: equals, contains, matches, gt, lt, present; an object to be equal to "
                   "is {\"equals\": …}");
    else if (!test->verb->takes(member))
        faults_add(faults, "invalid", place, "takes %s", test->verb->right);
    else if (test->verb->holds == matches && !(test->pattern = pattern_compile(arena, member->valuestring, reason)))
        faults_add(faults, "invalid", place, "not a regular expression that is understood: %s", reason);
}

static struct matcher *matcher_new(struct arena *arena, size_t count)
{
    struct matcher *matcher = arena_alloc(arena, sizeof(*matcher) + count * sizeof(struct test));

    matcher->count = count;
    return matcher;
}

const struct matcher *matcher_compile(struct arena *arena, const cJSON *json, const char *path, struct faults *faults)
{
    size_t before = faults->count, at = 0;

    if (!cJSON_IsObject(json)) {
        struct matcher *equal = matcher_new(arena, 1);
        equal->tests[0] = (struct test){.verb = &verbs[0], .operand = copy_of(arena, json)};
        return equal;
    }
    if (!json->child) {
        faults_add(faults, "invalid", path,
                   "an empty matcher: it needs one of equals, contains, matches, gt, lt, present");
        return NULL;
    }
    struct matcher *matcher = matcher_new(arena, (size_t)cJSON_GetArraySize(json));
    for (const cJSON *member = json->child; member; member = member->next)
        compile_test(&matcher->tests[at++], arena, member, path, faults);
    return faults->count == before ? matcher : NULL;
}

/* --- holding -------------------------------------------------------------------------------------------------------- */

bool matcher_holds(const struct matcher *matcher, const cJSON *value, size_t *budget)
{
    for (const struct test *test = matcher->tests; test < matcher->tests + matcher->count; test++)
        if (*budget == 0 || !test->verb->holds(test, value, budget))
            return false;
    return true;
}

const cJSON *matcher_find_member(const cJSON *object, const char *key, size_t *budget)
{
    for (const cJSON *member = object->child; member && pay(budget, 1); member = member->next)
        if (json_same_key(member->string, key))
            return member;
    return NULL;
}

bool matcher_holds_text(const struct matcher *matcher, const char *text, size_t *budget)
{
    cJSON value = {.type = cJSON_String, .valuestring = (char *)(uintptr_t)text};

    return matcher_holds(matcher, text ? &value : NULL, budget);
}
