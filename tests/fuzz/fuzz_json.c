/* Any bytes: json_parse accepts or explains, and what it accepts keeps its meaning through json_canonical. */
#include "base/json.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static struct buf canonical_of(const cJSON *value)
{
    struct buf text = {0};

    json_canonical(&text, value);
    return text;
}

static void check_canonical(const cJSON *root, enum json_rules rules)
{
    struct arena arena = {0};
    struct json_error error;
    struct buf once = canonical_of(root);

    const cJSON *again = json_parse(&arena, once.data, once.len, rules, &error);
    demand(again != NULL, "canonical text is accepted");
    struct buf twice = canonical_of(again);
    demand(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0, "canonical text stays as it is");
    buf_free(&twice);
    buf_free(&once);
    arena_free(&arena);
}

/* The links are cJSON's, and numbers have their text. */
static void check_tree(const cJSON *value)
{
    const cJSON *last = NULL;

    for (const cJSON *child = value->child; child; last = child, child = child->next) {
        demand(!last || child->prev == last, "prev is the one before");
        demand((child->string != NULL) == cJSON_IsObject(value), "members have keys, elements have none");
        demand(!json_was_read(child), "nothing was read yet");
        check_tree(child);
    }
    demand(!value->child || value->child->prev == last, "the first one's prev is the last");
    demand((value->valuestring != NULL) == (cJSON_IsString(value) || cJSON_IsNumber(value)), "text where due");
    demand(*json_type_name(value) != '\0', "each value has a type");
}

/* A reason is a sentence for people: not empty, ended, UTF-8, and it can be written as JSON. */
static void check_error(const struct json_error *error, const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct json_error ignored;
    struct buf quoted = {0};
    size_t len = strnlen(error->reason, sizeof(error->reason)), lines = 1;

    demand(len > 0 && len < sizeof(error->reason), "a reason is there and ends");
    buf_json_string(&quoted, error->reason, len);
    demand(json_parse(&arena, quoted.data, quoted.len, JSON_REQUEST, &ignored) != NULL, "a reason is text");
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    demand(error->line >= 1 && error->line <= lines, "the line is one of the text's");
    demand(error->column >= 1 && error->column <= size + 1, "the column is in the text");
    buf_free(&quoted);
    arena_free(&arena);
}

static bool check_rules(const uint8_t *data, size_t size, enum json_rules rules)
{
    struct arena arena = {0};
    struct json_error error = {0};

    const cJSON *root = json_parse(&arena, (const char *)data, size, rules, &error);
    if (root) {
        check_tree(root);
        check_canonical(root, rules);
    } else {
        check_error(&error, data, size);
    }
    arena_free(&arena);
    return root != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool grammar = check_rules(data, size, JSON_GRAMMAR);
    bool unique = check_rules(data, size, JSON_UNIQUE_KEYS);
    bool no_nul = check_rules(data, size, JSON_NO_NUL);
    bool request = check_rules(data, size, JSON_REQUEST);

    demand(grammar || (!unique && !no_nul), "a rule only ever refuses more");
    demand(request == (unique && no_nul), "two rules refuse what one of them does");
    return 0;
}
