#include "core/script.h"
#include "base/buf.h"
#include "base/timefmt.h"
#include "core/members.h"

#include <stdlib.h>

static const int64_t longest = 8760 * 3600 * NS_PER_S; // a year: what is to get stuck gets stuck for so long
static const int64_t delay_max = 24 * 3600 * NS_PER_S;

static const char some_error[] = "The rule of a scenario has the prediction fail.";

struct script *script_new(void)
{
    struct script *script = xnew(struct script);

    script->holders = 1;
    script->prediction.boot = script->prediction.predict = -1;
    script->prediction.status = STATUS_COUNT;
    script->webhook.duplicate = 1;
    script->stream.cut_after = -1;
    return script;
}

struct script *script_hold(struct script *script)
{
    if (script)
        script->holders++;
    return script;
}

void script_let_go(struct script *script)
{
    if (!script || --script->holders > 0)
        return;
    arena_free(&script->arena);
    free(script);
}

size_t script_bytes(const struct script *script)
{
    return script ? sizeof(*script) + arena_size(&script->arena) : 0;
}

static struct script *script_in(const struct reading *reading)
{
    return reading->into;
}

/* Reads an object of the rule into the script, where its texts stay. */
static void read_part(struct script *script, const struct reading *rule, const struct member *members,
                      const cJSON *value, const char *path)
{
    struct reading reading = {.into = script, .arena = &script->arena, .faults = rule->faults};

    members_read(&reading, members, value, path);
    if (cJSON_IsObject(value) && !value->child)
        members_refuse(&reading, path, "does nothing: it is empty");
}

/* --- prediction ----------------------------------------------------------------------------------------------------- */

static void read_boot(struct reading *reading, const cJSON *value, const char *path)
{
    members_duration(reading, value, path, longest, &script_in(reading)->prediction.boot);
}

static void read_predict(struct reading *reading, const cJSON *value, const char *path)
{
    members_duration(reading, value, path, longest, &script_in(reading)->prediction.predict);
}

static void read_status(struct reading *reading, const cJSON *value, const char *path)
{
    enum status status;

    if (cJSON_IsString(value) && status_parse(value->valuestring, &status) && status_is_terminal(status))
        script_in(reading)->prediction.status = status;
    else
        members_refuse(reading, path, "takes the status of its end: succeeded, failed, canceled or aborted");
}

static void read_error(struct reading *reading, const cJSON *value, const char *path)
{
    if (cJSON_IsString(value) && *value->valuestring)
        script_in(reading)->prediction.error = members_keep(reading, value->valuestring);
    else
        members_refuse(reading, path, "takes a string that is not empty");
}

static struct slice keep_slice(struct arena *arena, const char *text, size_t len)
{
    return (struct slice){arena_strndup(arena, text, len), len};
}

static void read_logs(struct reading *reading, const cJSON *value, const char *path)
{
    struct script_prediction *prediction = &script_in(reading)->prediction;
    size_t count = cJSON_IsArray(value) ? (size_t)cJSON_GetArraySize(value) : SIZE_MAX;

    if (count > SCRIPT_LOGS_MAX) {
        members_refuse(reading, path, "takes an array of at most %d lines", SCRIPT_LOGS_MAX);
        return;
    }
    struct slice *lines = arena_alloc(reading->arena, (count + 1) * sizeof(*lines));
    for (const cJSON *line = value->child; line; line = line->next) {
        if (!cJSON_IsString(line)) {
            members_refuse(reading, path, "takes strings, a line each; number %zu is %s", prediction->log_count,
                           json_type_name(line));
            return;
        }
        lines[prediction->log_count++] = keep_slice(reading->arena, line->valuestring, strlen(line->valuestring));
    }
    prediction->logs = lines;
}

static struct script_piece read_piece(struct arena *arena, const cJSON *value)
{
    struct script_piece piece;
    struct buf text = {0};

    json_canonical(&text, value); // GET and webhooks show the same, and "webhooks: keys sorted at every level"
    piece.json = keep_slice(arena, buf_cstr(&text), text.len);
    piece.text = cJSON_IsString(value) ? keep_slice(arena, value->valuestring, strlen(value->valuestring)) : piece.json;
    buf_free(&text);
    return piece;
}

static void read_output(struct reading *reading, const cJSON *value, const char *path)
{
    struct script_prediction *prediction = &script_in(reading)->prediction;
    size_t count = cJSON_IsArray(value) ? (size_t)cJSON_GetArraySize(value) : !cJSON_IsNull(value);

    if (count > SCRIPT_PIECES_MAX) {
        members_refuse(reading, path, "takes a list of at most %d", SCRIPT_PIECES_MAX);
        return;
    }
    struct script_piece *pieces = arena_alloc(reading->arena, (count + 1) * sizeof(*pieces));
    prediction->has_output = true;
    prediction->is_list = cJSON_IsArray(value);
    prediction->pieces = pieces;
    for (const cJSON *item = prediction->is_list ? value->child : value; prediction->piece_count < count;
         item = item->next)
        pieces[prediction->piece_count++] = read_piece(reading->arena, item);
}

static const struct member prediction_members[] = {
    {"boot", read_boot},
    {"predict", read_predict},
    {"status", read_status},
    {"error", read_error},
    {"logs", read_logs},
    {"output", read_output},
    {0},
};

/* "error: null, or the reason of a failure": what contradicts itself is refused. */
static void check_end(struct reading *reading, struct script_prediction *prediction, const char *path)
{
    if (prediction->status == STATUS_COUNT && prediction->error)
        prediction->status = STATUS_FAILED;
    if (prediction->error && prediction->status != STATUS_FAILED)
        members_refuse(reading, members_path(reading, path, "error"), "belongs to the status failed");
    if (prediction->status == STATUS_FAILED && !prediction->error)
        prediction->error = some_error;
}

void script_read_prediction(struct script *script, struct reading *reading, const cJSON *value, const char *path)
{
    size_t before = reading->faults->count;

    read_part(script, reading, prediction_members, value, path);
    if (reading->faults->count == before)
        check_end(reading, &script->prediction, path);
}

/* --- webhook -------------------------------------------------------------------------------------------------------- */

static void read_duplicate(struct reading *reading, const cJSON *value, const char *path)
{
    int64_t times = 0;

    if (members_whole(value, 1, SCRIPT_DUPLICATES_MAX, &times))
        script_in(reading)->webhook.duplicate = (unsigned)times;
    else
        members_refuse(reading, path, "takes how often each message is sent, from 1 to %d", SCRIPT_DUPLICATES_MAX);
}

static bool find_event(const char *name, unsigned *bit)
{
    for (int event = 0; event < DELIVERY_EVENT_COUNT; event++)
        if (strcmp(delivery_event_name((enum delivery_event)event), name) == 0) {
            *bit = 1U << event;
            return true;
        }
    return false;
}

static void read_drop(struct reading *reading, const cJSON *value, const char *path)
{
    unsigned bit = 0;

    if (!cJSON_IsArray(value) || !value->child)
        members_refuse(reading, path, "takes a list of start, output, logs, completed");
    else
        for (const cJSON *item = value->child; item; item = item->next) {
            if (!cJSON_IsString(item) || !find_event(item->valuestring, &bit)) {
                members_refuse(reading, path, "takes a list of start, output, logs, completed");
                return;
            }
            script_in(reading)->webhook.drop |= bit;
        }
}

static void read_delay(struct reading *reading, const cJSON *value, const char *path)
{
    members_duration(reading, value, path, delay_max, &script_in(reading)->webhook.delay);
}

static void read_reorder(struct reading *reading, const cJSON *value, const char *path)
{
    members_bool(reading, value, path, &script_in(reading)->webhook.reorder);
}

static void read_bad_signature(struct reading *reading, const cJSON *value, const char *path)
{
    members_bool(reading, value, path, &script_in(reading)->webhook.bad_signature);
}

static const struct member webhook_members[] = {
    {"duplicate", read_duplicate},
    {"drop", read_drop},
    {"delay", read_delay},
    {"reorder", read_reorder},
    {"bad_signature", read_bad_signature},
    {0},
};

void script_read_webhook(struct script *script, struct reading *reading, const cJSON *value, const char *path)
{
    read_part(script, reading, webhook_members, value, path);
}

/* --- stream --------------------------------------------------------------------------------------------------------- */

static void read_cut_after(struct reading *reading, const cJSON *value, const char *path)
{
    if (!members_whole(value, 0, SCRIPT_EVENTS_MAX, &script_in(reading)->stream.cut_after))
        members_refuse(reading, path, "takes after how many events the stream breaks, from 0 to %d", SCRIPT_EVENTS_MAX);
}

static void read_stall(struct reading *reading, const cJSON *value, const char *path)
{
    members_duration(reading, value, path, delay_max, &script_in(reading)->stream.stall);
}

static const struct member stream_members[] = {{"cut_after", read_cut_after}, {"stall", read_stall}, {0}};

void script_read_stream(struct script *script, struct reading *reading, const cJSON *value, const char *path)
{
    read_part(script, reading, stream_members, value, path);
}

/* --- what has happened already -------------------------------------------------------------------------------------- */

/* What arena_alloc takes for it. */
static size_t room_for(size_t size)
{
    const size_t align = sizeof(max_align_t);

    return (size + align - 1) / align * align;
}

static size_t room_for_piece(const cJSON *value, struct buf *scratch)
{
    scratch->len = 0;
    json_canonical(scratch, value);
    return room_for(scratch->len + 1) + (cJSON_IsString(value) ? room_for(strlen(value->valuestring) + 1) : 0);
}

/* The logs are one line, however many there are in it. */
static void keep_logs(struct script *script, const char *logs)
{
    struct script_prediction *past = &script->prediction;
    size_t len = strlen(logs);
    struct slice *line = arena_alloc(&script->arena, sizeof(*line));

    past->log_count = len > 0;
    past->logs_end_bare = len > 0 && logs[len - 1] != '\n';
    *line = keep_slice(&script->arena, logs, len - (len > 0 && !past->logs_end_bare));
    past->logs = line;
}

struct script *script_of_past(const cJSON *output, const char *logs)
{
    struct script *script = script_new();
    struct script_prediction *past = &script->prediction;
    size_t count = cJSON_IsArray(output) ? (size_t)cJSON_GetArraySize(output) : output && !cJSON_IsNull(output);
    const cJSON *first = cJSON_IsArray(output) ? output->child : output, *value = first;
    size_t size =
        room_for(count * sizeof(struct script_piece)) + room_for(sizeof(struct slice)) + room_for(strlen(logs) + 1);
    struct buf scratch = {0};

    for (size_t i = 0; i < count; i++, value = value->next)
        size += room_for_piece(value, &scratch);
    buf_free(&scratch);
    arena_reserve(&script->arena, size);
    struct script_piece *pieces = arena_alloc(&script->arena, count * sizeof(*pieces));
    past->has_output = true;
    past->is_list = cJSON_IsArray(output);
    past->pieces = pieces;
    for (value = first; past->piece_count < count; value = value->next)
        pieces[past->piece_count++] = read_piece(&script->arena, value);
    keep_logs(script, logs);
    return script;
}
