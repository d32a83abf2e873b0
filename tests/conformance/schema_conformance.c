/* schema_conformance FILE: does core/schema judge as others do? Each line of FILE is a case, one JSON object:
 * {"name", "schema", "data", "valid": true or false}, or with "errors": [{"type", "field", "description"}, ...]
 * in place of "valid", in any order. All names of a file begin with the same one of sources[]. */
#include "core/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Whom the cases are from. Fewer than these mean that the list was not read, not that it has shrunk. */
static const struct source {
    const char *name;
    size_t at_least;
} sources[] = {
    {"suite/", 2000},
    {"ajv/", 15000},
    {"gojsonschema/", 800},
};

enum outcome { AS_EXPECTED, REFUSED, JUDGED_OTHERWISE };

/* What is not done as the source has it, on purpose, and in how many cases: exactly, or it is not true. */
static const struct departure {
    const char *names; // what the names of the cases begin with
    enum outcome outcome;
    size_t cases;
    const char *why;
} departures[] = {
    {"suite/optional/ecmascript-regex.json: ECMA 262 \\s matches", JUDGED_OTHERWISE, 12,
     "\\s is of ASCII, as in Go"},
    {"suite/optional/ecmascript-regex.json: ECMA 262 \\S matches", JUDGED_OTHERWISE, 12,
     "\\S is of ASCII, as in Go"},
    {"suite/optional/ecmascript-regex.json: patterns always use unicode semantics", REFUSED, 12,
     "PCRE2 knows \\p{L}, but not its long name \\p{Letter}"},
    {"suite/optional/ecmascript-regex.json: pattern with non-ASCII digits", REFUSED, 9,
     "PCRE2 knows \\p{Nd}, but not its long name \\p{digit}"},
    {"gojsonschema/minus zero", JUDGED_OTHERWISE, 3,
     "-0 and 0 are one number; gojsonschema compares their texts"},
    {"gojsonschema/beyond doubles", JUDGED_OTHERWISE, 3,
     "every digit counts; gojsonschema rounds to doubles"},
    {"gojsonschema/enum empty", REFUSED, 1, "\"MUST have at least one element\" (draft 4, 5.5.1)"},
    {"gojsonschema/items none by place", JUDGED_OTHERWISE, 1,
     "every element is an additional one (draft 4, 5.3.1); gojsonschema forgets additionalItems then"},
    {"gojsonschema/format email, rare", JUDGED_OTHERWISE, 4,
     "no comments, no groups, no IP addresses as domains"},
    {"gojsonschema/format uuid in capitals", JUDGED_OTHERWISE, 2,
     "gojsonschema allows it since its last release"},
    {"gojsonschema/format of a number:", JUDGED_OTHERWISE, 2,
     "gojsonschema allows it since its last release"},
};

struct tally {
    const struct source *source; // of the first case
    size_t passed, failed, departed[LENGTH(departures)];
};

/* One case, and what came of it. */
struct trial {
    const char *name;
    const cJSON *schema, *data, *errors; // errors: NULL where only `valid` is told
    bool valid;
    struct faults refusal, faults;
};

/* ---- Reading a case ---- */

static bool read_case(const cJSON *line, struct trial *trial)
{
    trial->name = json_get_string(line, "name");
    trial->schema = json_get(line, "schema");
    trial->data = json_get(line, "data");
    trial->errors = json_get(line, "errors");
    if (!trial->name || !trial->schema || !trial->data)
        return false;
    if (!trial->errors)
        return json_get_bool(line, "valid", &trial->valid);
    trial->valid = cJSON_GetArraySize(trial->errors) == 0;
    return cJSON_IsArray(trial->errors);
}

static const struct source *source_of(const char *name)
{
    for (size_t i = 0; i < LENGTH(sources); i++) {
        if (strncmp(name, sources[i].name, strlen(sources[i].name)) == 0)
            return &sources[i];
    }
    return NULL;
}

/* LENGTH(departures): the case is none of them. */
static size_t departure_of(const char *name)
{
    size_t i = 0;

    while (i < LENGTH(departures) && strncmp(name, departures[i].names, strlen(departures[i].names)) != 0)
        i++;
    return i;
}

/* ---- Judging it ---- */

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *error_line(struct arena *arena, const cJSON *error)
{
    const char *type = json_get_string(error, "type");
    const char *field = json_get_string(error, "field");
    const char *description = json_get_string(error, "description");

    if (!type || !field || !description)
        return "an error of the case that lacks type, field or description";
    return arena_printf(arena, "%s | %s | %s", type, field, description);
}

static bool are_same_errors(struct arena *arena, const cJSON *errors, const struct faults *faults)
{
    const char *expected[FAULTS_MAX], *got[FAULTS_MAX];
    size_t count = 0;

    if ((size_t)cJSON_GetArraySize(errors) != faults->count)
        return false;
    for (const cJSON *error = errors->child; error; error = error->next) {
        const struct fault *fault = &faults->list[count];
        got[count] = arena_printf(arena, "%s | %s | %s", fault->type, fault->field, fault->description);
        expected[count++] = error_line(arena, error);
    }
    qsort(expected, count, sizeof(expected[0]), compare_lines);
    qsort(got, count, sizeof(got[0]), compare_lines);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(expected[i], got[i]) != 0)
            return false;
    }
    return true;
}

static enum outcome judge(struct arena *arena, struct trial *trial)
{
    faults_init(&trial->refusal, arena);
    faults_init(&trial->faults, arena);
    const struct schema *schema = schema_compile(arena, trial->schema, "#", &trial->refusal);
    if (!schema)
        return REFUSED;
    bool valid = schema_validate(schema, trial->data, "(root)", &trial->faults);
    if (valid != trial->valid || valid != (trial->faults.count == 0) || trial->refusal.count != 0)
        return JUDGED_OTHERWISE;
    if (trial->errors && !are_same_errors(arena, trial->errors, &trial->faults))
        return JUDGED_OTHERWISE;
    return AS_EXPECTED;
}

/* ---- Telling of it ---- */

static void print_value(const char *label, const cJSON *value)
{
    struct buf text = {0};

    json_canonical(&text, value);
    printf("  %-9s %s\n", label, buf_cstr(&text));
    buf_free(&text);
}

static void print_faults(const char *label, const struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->list[i];
        printf("  %-9s %s | %s | %s\n", label, fault->type, fault->field, fault->description);
    }
}

static void print_failure(struct arena *arena, const struct trial *trial, enum outcome outcome)
{
    printf("%s\n", trial->name);
    print_value("schema:", trial->schema);
    print_value("data:", trial->data);
    for (const cJSON *error = trial->errors ? trial->errors->child : NULL; error; error = error->next)
        printf("  expected: %s\n", error_line(arena, error));
    if (!trial->errors || trial->valid)
        printf("  expected: %s\n", trial->valid ? "valid" : "invalid");
    if (outcome == REFUSED)
        printf("  got:      a schema that is refused\n");
    else if (trial->faults.count == 0)
        printf("  got:      valid\n");
    print_faults("refused:", &trial->refusal);
    print_faults("got:", &trial->faults);
}

/* ---- All of them ---- */

static void count_case(struct arena *arena, struct trial *trial, struct tally *tally)
{
    enum outcome outcome = judge(arena, trial);
    size_t departure = departure_of(trial->name);

    if (outcome == AS_EXPECTED) {
        tally->passed++;
    } else if (departure < LENGTH(departures) && departures[departure].outcome == outcome) {
        tally->departed[departure]++;
    } else {
        tally->failed++;
        print_failure(arena, trial, outcome);
    }
}

static bool check_line(const char *text, size_t len, struct tally *tally)
{
    struct arena arena = {0};
    struct json_error error = {.reason = "not a case of ours"};
    struct trial trial = {0};
    const cJSON *line = json_parse(&arena, text, len, JSON_GRAMMAR, &error);
    bool fine = line && read_case(line, &trial);

    if (fine && !tally->source)
        tally->source = source_of(trial.name);
    fine = fine && tally->source && source_of(trial.name) == tally->source;
    if (fine)
        count_case(&arena, &trial, tally);
    else
        printf("%s: %.200s\n", error.reason, text);
    arena_free(&arena);
    return fine;
}

static bool check_lines(FILE *file, struct tally *tally)
{
    char *line = NULL;
    size_t room = 0;
    bool fine = true;

    for (ssize_t len; fine && (len = getline(&line, &room, file)) > 0;)
        fine = check_line(line, (size_t)len, tally);
    free(line);
    return fine && !ferror(file);
}

/* Prints what was done otherwise on purpose; false: not as often as it should have been. */
static bool report_departures(const struct tally *tally)
{
    bool fine = true;

    for (size_t i = 0; i < LENGTH(departures); i++) {
        const struct departure *known = &departures[i];
        if (source_of(known->names) != tally->source)
            continue;
        printf("%zu %s on purpose: %s*: %s\n", tally->departed[i],
               known->outcome == REFUSED ? "refused" : "judged otherwise", known->names, known->why);
        if (tally->departed[i] == known->cases)
            continue;
        printf("  there should be %zu of them\n", known->cases);
        fine = false;
    }
    return fine;
}

static bool report(const struct tally *tally)
{
    size_t departed = 0;
    bool fine = report_departures(tally);

    for (size_t i = 0; i < LENGTH(departures); i++)
        departed += tally->departed[i];
    size_t all = tally->passed + tally->failed + departed;
    if (!tally->source || all < tally->source->at_least) {
        printf("only %zu cases were read, there are more than that\n", all);
        fine = false;
    }
    printf("%zu passed, %zu failed, %zu otherwise on purpose\n", tally->passed, tally->failed, departed);
    return fine && tally->failed == 0;
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;

    if (!file) {
        fprintf(stderr, "usage: schema_conformance FILE (one that can be read)\n");
        return 2;
    }
    bool fine = check_lines(file, &tally);
    fclose(file);
    return report(&tally) && fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
