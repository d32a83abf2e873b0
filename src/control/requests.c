#include "control/requests.h"
#include "base/timefmt.h"
#include "core/operation.h"

#include <stdlib.h>
#include <strings.h>

static const size_t answer_max = 8 * 1024 * 1024; // bytes; a list ends with the entry that exceeds it

/* --- which ---------------------------------------------------------------------------------------------------------- */

bool requests_journal(const struct control *control, const struct exchange *exchange, const struct journal **journal)
{
    const struct world *world = control_world(control, exchange);

    *journal = world ? world->journal : NULL;
    return *journal || !exchange->token;
}

static bool read_operation(const struct control *control, struct exchange *exchange, struct journal_filter *filter)
{
    const struct operations *operations = control->worlds->settings.operations;
    const char *pattern = target_param(&exchange->request.target, "operation");

    filter->operation = pattern;
    if (!pattern)
        return true;
    for (size_t place = 0; operation_is_pattern(pattern) && operations->at(place).name; place++)
        if (operation_matches(pattern, operations->at(place).name))
            return true;
    control_invalid(exchange, "operation",
                    "An operation such as predictions.create, or a pattern such as *predictions.create; "
                    "/openapi.json has their names, as operationId.");
    return false;
}

static bool read_status(struct exchange *exchange, struct journal_filter *filter)
{
    const char *text = target_param(&exchange->request.target, "status");

    if (!text)
        return true;
    if (strlen(text) == 3 && text[0] >= '1' && text[0] <= '5' && strspn(text, "0123456789") == 3) {
        filter->status = (int)strtol(text, NULL, 10);
        return true;
    }
    control_invalid(exchange, "status", "A status from 100 to 599.");
    return false;
}

/* The entry of that id, if the call may know of it. */
static const struct journal_entry *find(const struct control *control, const struct exchange *exchange, const char *id)
{
    static const struct journal_filter all = {0};
    const struct journal_entry *entry = NULL;
    const struct journal *journal;

    if (strlen(id) != UUID_TEXT - 1 || !requests_journal(control, exchange, &journal))
        return NULL;
    while ((entry = journal_next(control->worlds->journals, journal, &all, entry))) {
        char other[UUID_TEXT];
        journal_id(entry, other);
        if (strcasecmp(id, other) == 0)
            return entry;
    }
    return NULL;
}

static bool read_since(const struct control *control, struct exchange *exchange, struct journal_filter *filter)
{
    const char *text = target_param(&exchange->request.target, "since");

    if (!text || time_parse(text, &filter->since))
        return true;
    const struct journal_entry *entry = find(control, exchange, text);
    if (entry)
        filter->after = entry->serial;
    else
        control_invalid(exchange, "since", "A time (RFC 3339), or the id of a request that is still in the journal.");
    return entry != NULL;
}

bool requests_filter(const struct control *control, struct exchange *exchange, struct journal_filter *filter)
{
    struct target *target = &exchange->request.target;

    *filter = (struct journal_filter){.method = target_param(target, "method"), .path = target_param(target, "path")};
    return read_operation(control, exchange, filter) && read_status(exchange, filter) &&
           read_since(control, exchange, filter);
}

/* --- one of them ---------------------------------------------------------------------------------------------------- */

/* Of headers and of parameters: what opens something does not stand in the journal. */
static bool is_secret(const char *name)
{
    static const char *const signs[] = {"authorization", "cookie",   "token",     "secret",
                                        "api-key",       "password", "signature", "credential"};

    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
        if (strcasestr(name, signs[i]))
            return true;
    return false;
}

static void put_value(struct buf *out, const char *name, const char *value)
{
    if (is_secret(name))
        buf_lit(out, "[redacted]");
    else
        buf_str(out, value);
}

static const char *next_text(const char *text)
{
    return text + strlen(text) + 1;
}

/* Names and values, in the order in which they came. */
struct pair {
    const char *name, *value;
    uint32_t sum; // of the name in lower case: a request may have hundreds, and each is compared with each
    bool shown;
};

static uint32_t sum_of(const char *name)
{
    uint32_t sum = 2166136261; // FNV-1a

    for (; *name; name++)
        sum = (sum ^ ((unsigned char)*name | 0x20)) * 16777619; // letters of either case fall together, others rarely
    return sum;
}

/* malloc'd; *count of them. */
static struct pair *read_pairs(struct slice texts, size_t *count)
{
    size_t zeros = 0;

    for (size_t i = 0; i < texts.len; i++)
        zeros += texts.data[i] == '\0';
    *count = zeros / 2;
    struct pair *pairs = xcalloc(*count + 1, sizeof(*pairs)), *pair = pairs;
    for (const char *at = texts.data; pair < pairs + *count; at = next_text(pair->value), pair++)
        *pair = (struct pair){.name = at, .value = next_text(at), .sum = sum_of(at)};
    return pairs;
}

/* Names in lower case, where they are headers'. */
static void put_name(struct buf *out, const char *name, bool lower)
{
    struct buf text = {0};

    for (const char *at = name; *at; at++)
        buf_char(&text, (char)(lower && *at >= 'A' && *at <= 'Z' ? *at + 32 : *at));
    json_put_bytes(out, text.data, text.len);
    buf_free(&text);
}

/* The values of one name, from its first on. An object has each key once: they are joined, as HTTP allows for headers. */
static void put_values(struct buf *out, struct pair *first, const struct pair *end)
{
    struct buf values = {0};

    put_value(&values, first->name, first->value);
    for (struct pair *pair = first + 1; pair < end; pair++) {
        if (pair->sum != first->sum || strcasecmp(pair->name, first->name) != 0)
            continue;
        buf_lit(&values, ", ");
        put_value(&values, pair->name, pair->value);
        pair->shown = true;
    }
    json_put_bytes(out, values.data, values.len);
    buf_free(&values);
}

static void put_pairs(struct buf *out, struct slice texts, bool headers)
{
    size_t count;
    struct pair *pairs = read_pairs(texts, &count);
    const char *comma = "";

    buf_char(out, '{');
    for (struct pair *pair = pairs; pair < pairs + count; pair++) {
        if (pair->shown)
            continue;
        buf_str(out, comma);
        comma = ",";
        put_name(out, pair->name, headers);
        buf_char(out, ':');
        put_values(out, pair, pairs + count);
    }
    buf_char(out, '}');
    free(pairs);
}

static void put_text(struct buf *out, struct slice text)
{
    if (text.len > 0)
        json_put_bytes(out, text.data, text.len);
    else
        buf_lit(out, "null");
}

static void put_literal(struct buf *out, const char *text)
{
    if (text)
        buf_printf(out, "\"%s\"", text);
    else
        buf_lit(out, "null");
}

static void put_unread(struct buf *out, struct slice paths)
{
    buf_char(out, '[');
    for (const char *path = paths.data; path < paths.data + paths.len; path = next_text(path)) {
        buf_str(out, path > paths.data ? "," : "");
        json_put_bytes(out, path, strlen(path));
    }
    buf_char(out, ']');
}

static void put_entry(struct buf *out, const struct journal_entry *entry, bool with_world)
{
    const char *world = entry->journal->world;
    char id[UUID_TEXT];

    journal_id(entry, id);
    buf_printf(out, "{\"id\":\"%s\",\"at\":", id);
    control_put_time(out, entry->at);
    buf_lit(out, ",\"method\":");
    put_text(out, journal_text(entry, JOURNAL_METHOD));
    buf_lit(out, ",\"path\":");
    put_text(out, journal_text(entry, JOURNAL_PATH));
    buf_lit(out, ",\"query\":");
    put_pairs(out, journal_text(entry, JOURNAL_QUERY), false);
    buf_lit(out, ",\"operation\":");
    put_literal(out, entry->operation);
    if (entry->status)
        buf_printf(out, ",\"status\":%d", entry->status);
    else
        buf_lit(out, ",\"status\":null");
    buf_printf(out, ",\"duration_ms\":%lld,\"headers\":", (long long)(entry->duration / NS_PER_MS));
    put_pairs(out, journal_text(entry, JOURNAL_HEADERS), true);
    buf_lit(out, ",\"body\":");
    put_text(out, journal_text(entry, JOURNAL_BODY));
    buf_lit(out, ",\"scenario\":");
    put_text(out, journal_text(entry, JOURNAL_SCENARIO));
    buf_lit(out, ",\"unread\":");
    put_unread(out, journal_text(entry, JOURNAL_UNREAD));
    if (with_world) {
        buf_lit(out, ",\"world\":");
        put_literal(out, *world ? world : NULL);
    }
    buf_char(out, '}');
}

/* --- the resource --------------------------------------------------------------------------------------------------- */

static const char known[] = "method, path, operation, status, since, limit";

enum verdict requests_list(void *context, struct exchange *exchange)
{
    const struct control *control = context;
    const struct journals *journals = control->worlds->journals;
    struct buf *out = &exchange->response.body;
    const struct journal_entry *entry = NULL;
    struct journal_filter filter;
    const struct journal *journal;
    size_t limit, shown = 0;

    if (!requests_filter(control, exchange, &filter) || !control_limit(exchange, &limit) ||
        !control_check_params(exchange, known))
        return VERDICT_ANSWER;
    bool any = requests_journal(control, exchange, &journal);
    buf_printf(out, "{\"count\":%zu,\"results\":[", any ? journal_count(journals, journal, &filter) : 0);
    while (any && shown < limit && out->len < answer_max && (entry = journal_next(journals, journal, &filter, entry))) {
        buf_str(out, shown++ == 0 ? "" : ",");
        put_entry(out, entry, !exchange->token);
    }
    buf_lit(out, "]}");
    return control_answer(exchange, 200);
}

/* With a limit the newest of them go; without one all do. */
enum verdict requests_delete(void *context, struct exchange *exchange)
{
    const struct control *control = context;
    const struct journals *journals = control->worlds->journals;
    struct journal_filter filter;
    const struct journal *journal;
    size_t limit;

    if (!requests_filter(control, exchange, &filter) || !control_count(exchange, "limit", 1000, SIZE_MAX, &limit) ||
        !control_check_params(exchange, known))
        return VERDICT_ANSWER;
    bool any = requests_journal(control, exchange, &journal);
    struct journal_entry *entry = any ? journal_next(journals, journal, &filter, NULL) : NULL;
    while (entry && limit-- > 0) {
        struct journal_entry *next = journal_next(journals, journal, &filter, entry);
        journal_remove(entry);
        entry = next;
    }
    exchange->response.status = 204;
    return VERDICT_ANSWER;
}
