#include "core/view.h"
#include "core/capability.h"
#include "core/catalog.h"
#include "core/inlined.h"
#include "core/product.h"
#include "core/progress.h"
#include "core/script.h"
#include "core/training.h"
#include "core/world.h"

static void put_slice(struct buf *out, struct slice slice)
{
    buf_add(out, slice.data, slice.len);
}

static void put_string(struct buf *out, const char *text)
{
    buf_json_string(out, text, strlen(text));
}

static void put_string_or_null(struct buf *out, const char *text)
{
    if (text)
        put_string(out, text);
    else
        buf_lit(out, "null");
}

static void put_time(struct buf *out, int64_t ns, enum time_style style)
{
    char text[TIME_TEXT];
    int len = time_format(text, ns, style);

    buf_char(out, '"');
    buf_add(out, text, (size_t)len);
    buf_char(out, '"');
}

static void put_time_or_null(struct buf *out, int64_t ns)
{
    if (ns)
        put_time(out, ns, TIME_MICROS_ALL);
    else
        buf_lit(out, "null");
}

/* `none` is what stands there while nothing is printed: "" from the gateway, null from the other server. */
static void put_logs(struct buf *out, const struct prediction *prediction, const char *none)
{
    struct buf logs = {0};

    progress_logs(&logs, prediction, clock_now(&prediction->world->clock));
    if (logs.len > 0)
        buf_json_string(out, logs.data, logs.len);
    else
        buf_str(out, none);
    buf_free(&logs);
}

/* Recorded for one that was cancelled before it began: started_at is 3 µs before completed_at. */
static int64_t shown_start(const struct prediction *prediction)
{
    int64_t just_before = prediction->completed_at - 3 * NS_PER_US;

    if (prediction->started_at || prediction->status != STATUS_CANCELED)
        return prediction->started_at;
    return just_before > prediction->created_at ? just_before : prediction->created_at;
}

/* Where the output files of a prediction are. */
struct delivery_urls {
    struct file_urls urls;
    const struct prediction *prediction;
    const struct view_base *base;
};

static void put_url_of_name(struct buf *out, const struct prediction *prediction, const struct view_base *base,
                            const char *name)
{
    char key[FILE_KEY_LEN + 1];

    capability_file_key(key, &prediction->world->worlds->secret, prediction->id, name);
    put_slice(out, base->files);
    buf_lit(out, "/pbxt/"); // one of the recorded buckets
    buf_add(out, key, FILE_KEY_LEN);
    buf_char(out, '/');
    buf_str(out, name);
}

static void put_url_of_file(const struct file_urls *urls, struct buf *out, unsigned index)
{
    const struct delivery_urls *delivery = container_of(urls, const struct delivery_urls, urls);
    struct slice uri = inlined_uri(delivery->prediction->inlined, index);
    char name[FILE_NAME_MAX];

    if (uri.len > 0) {
        put_slice(out, uri);
        return;
    }
    plan_file_name(&delivery->prediction->plan, index, name);
    put_url_of_name(out, delivery->prediction, delivery->base, name);
}

static struct product product_of(const struct prediction *prediction, const struct file_urls *urls)
{
    return (struct product){.maker = prediction->world->worlds->maker,
                            .plan = &prediction->plan,
                            .version = prediction->version,
                            .input = {prediction->input, prediction->input_len},
                            .urls = urls,
                            .given = prediction->script ? &prediction->script->prediction : NULL};
}

void view_piece(struct buf *out, const struct prediction *prediction, const struct view_base *base, unsigned index)
{
    struct delivery_urls delivery = {{put_url_of_file}, prediction, base};
    struct product product = product_of(prediction, &delivery.urls);

    product_piece(out, &product, index);
}

/* {"version":"owner/name:id","weights":"https://…"}: Python 1.x wants the version in that form. */
static void put_trained(struct buf *out, const struct prediction *prediction, const struct view_base *base)
{
    struct buf version = {0};

    if (!prediction->output_ready || prediction->data_removed) {
        buf_lit(out, "null");
        return;
    }
    buf_printf(&version, "%s:%s", prediction->training->destination, prediction->training->version);
    buf_lit(out, "{\"version\":");
    buf_json_string(out, version.data, version.len);
    buf_lit(out, ",\"weights\":\"");
    put_url_of_name(out, prediction, base, TRAINING_WEIGHTS);
    buf_lit(out, "\"}");
    buf_free(&version);
}

/* "output: null until there is one"; a list that stays empty is one with the end. */
static void put_output(struct buf *out, const struct prediction *prediction, const struct view_base *base)
{
    if (prediction->kind == PREDICTION_TRAINING && !prediction->plan.given) {
        put_trained(out, prediction, base);
        return;
    }
    unsigned pieces = progress_pieces(prediction, clock_now(&prediction->world->clock));
    struct delivery_urls delivery = {{put_url_of_file}, prediction, base};
    struct product product = product_of(prediction, &delivery.urls);

    if (pieces > 0 || (plan_pieces(&prediction->plan) == 0 && prediction->output_ready && !prediction->data_removed))
        product_json(out, &product, pieces);
    else
        buf_lit(out, "null");
}

size_t view_bytes(const struct prediction *prediction)
{
    bool shows_files = prediction->inlined && progress_pieces(prediction, clock_now(&prediction->world->clock)) > 0;

    return prediction->input_len + (shows_files ? prediction->inlined->len : 0) + script_bytes(prediction->script);
}

/* "predict_time = completed - started, 9 decimals; total_time = completed - created, 6 decimals" [recorded]. */
static void put_metrics(struct buf *out, const struct prediction *prediction)
{
    char text[TIME_TEXT];
    int64_t started_at = shown_start(prediction);

    buf_char(out, '{');
    if (started_at) {
        buf_lit(out, "\"predict_time\":");
        int len = seconds_format(text, prediction->completed_at - started_at, 9);
        buf_add(out, text, (size_t)len);
        buf_char(out, ',');
    }
    buf_lit(out, "\"total_time\":");
    int len = seconds_format(text, prediction->completed_at - prediction->created_at, 6);
    buf_add(out, text, (size_t)len);
    buf_char(out, '}');
}

/* Below which path a prediction or training is to be found: GET and cancel understand a training's id below both. */
static const char predictions[] = "/predictions/", trainings[] = "/trainings/";

static void put_url(struct buf *out, const char *member, const struct prediction *prediction,
                    const struct view_base *base, const char *path, const char *tail)
{
    buf_str(out, member);
    put_slice(out, base->api);
    buf_str(out, path);
    buf_add(out, prediction->id, ID_LEN);
    buf_str(out, tail);
}

static void put_stream(struct buf *out, const struct prediction *prediction, const struct view_base *base)
{
    char key[STREAM_KEY_LEN + 1], tag[STREAM_TAG_LEN + 1];

    capability_stream_key(key, tag, &prediction->world->worlds->secret, prediction->id);
    // Models whose output is files stream from /v1/files/: by that path the JavaScript client tells.
    buf_lit(out, "\"stream\":\"");
    put_slice(out, base->streams);
    if (plan_makes_files(&prediction->plan)) {
        buf_lit(out, "/files/");
        buf_add(out, tag, STREAM_TAG_LEN);
        buf_char(out, '-');
    } else {
        buf_lit(out, "/streams/");
    }
    buf_add(out, key, STREAM_KEY_LEN);
    buf_lit(out, "\",");
}

/* `get` and `cancel` stand the other way round in what the other server answers. */
static void put_urls(struct buf *out, const struct prediction *prediction, const struct view_base *base,
                     const char *path, bool get_first)
{
    buf_char(out, '{');
    if (get_first)
        put_url(out, "\"get\":\"", prediction, base, path, "\",");
    put_url(out, "\"cancel\":\"", prediction, base, path, "/cancel\",");
    if (!get_first)
        put_url(out, "\"get\":\"", prediction, base, path, "\",");
    if (prediction->kind != PREDICTION_TRAINING) // "urls requires web, get, cancel": a training shows no more
        put_stream(out, prediction, base);
    buf_lit(out, "\"web\":\"https://replicate.com/p/");
    buf_add(out, prediction->id, ID_LEN);
    buf_lit(out, "\"}");
}

static void put_head(struct buf *out, const struct prediction *prediction)
{
    buf_lit(out, "{\"id\":\"");
    buf_add(out, prediction->id, ID_LEN);
    buf_lit(out, "\",\"model\":");
    put_string(out, prediction->version->model->full_name);
    buf_lit(out, ",\"version\":\"");
    buf_str(out, prediction->version->shown); // hexadecimal digits or a word of ours
    buf_lit(out, "\",\"input\":");
    buf_add(out, prediction->input, prediction->input_len);
    buf_lit(out, ",\"logs\":");
}

static void put_status(struct buf *out, const struct prediction *prediction, const char *status)
{
    buf_lit(out, ",\"data_removed\":");
    buf_str(out, prediction->data_removed ? "true" : "false");
    buf_lit(out, ",\"error\":");
    put_string_or_null(out, prediction->error);
    buf_lit(out, ",\"source\":\"api\",\"status\":\"");
    buf_str(out, status);
    buf_lit(out, "\",\"created_at\":");
    put_time(out, prediction->created_at, TIME_MILLIS);
    if (prediction->deadline) {
        buf_lit(out, ",\"deadline\":");
        put_time(out, prediction->deadline, TIME_MILLIS);
    }
    if (prediction->kind == PREDICTION_DEPLOYED) {
        buf_lit(out, ",\"deployment\":");
        put_string(out, prediction->deployment);
    }
}

static void put_tail(struct buf *out, const struct prediction *prediction, const struct view_base *base)
{
    if (prediction->webhook) {
        buf_lit(out, ",\"webhook\":");
        put_string(out, prediction->webhook);
    }
    if (prediction->completed_at) {
        buf_lit(out, ",\"metrics\":");
        put_metrics(out, prediction);
    }
    buf_lit(out, ",\"urls\":");
    put_urls(out, prediction, base, predictions, false);
    buf_char(out, '}');
}

void view_gateway(struct buf *out, const struct prediction *prediction, const struct view_base *base)
{
    buf_reserve(out, prediction->input_len + 2048);
    put_head(out, prediction);
    put_logs(out, prediction, "\"\"");
    buf_lit(out, ",\"output\":");
    put_output(out, prediction, base);
    put_status(out, prediction, status_name((enum status)prediction->status));
    if (shown_start(prediction)) {
        buf_lit(out, ",\"started_at\":");
        put_time(out, shown_start(prediction), TIME_NANOS);
    }
    if (prediction->completed_at) {
        buf_lit(out, ",\"completed_at\":");
        put_time(out, prediction->completed_at, TIME_NANOS);
    }
    put_tail(out, prediction, base);
}

void view_gateway_at_creation(struct buf *out, const struct prediction *prediction, const struct view_base *base)
{
    struct prediction young = *prediction;

    young.status = STATUS_STARTING;
    young.output_ready = false;
    young.started_at = young.completed_at = 0;
    view_gateway(out, &young, base);
}

/* A member of an object that is written in the order of its keys; its value follows. */
static void put_key(struct buf *out, const char *key)
{
    buf_str(out, out->data[out->len - 1] == '{' ? "\"" : ",\"");
    buf_str(out, key);
    buf_lit(out, "\":");
}

static void put_time_member(struct buf *out, const char *key, int64_t ns, enum time_style style)
{
    if (!ns)
        return;
    put_key(out, key);
    put_time(out, ns, style);
}

static void put_text_member(struct buf *out, const char *key, const char *text)
{
    put_key(out, key);
    put_string_or_null(out, text);
}

void view_webhook(struct buf *out, const struct prediction *prediction, const struct view_base *base)
{
    buf_reserve(out, prediction->input_len + 2048);
    buf_char(out, '{');
    put_time_member(out, "completed_at", prediction->completed_at, TIME_NANOS);
    put_time_member(out, "created_at", prediction->created_at, TIME_MILLIS);
    put_key(out, "data_removed");
    buf_str(out, prediction->data_removed ? "true" : "false");
    put_time_member(out, "deadline", prediction->deadline, TIME_MILLIS);
    if (prediction->kind == PREDICTION_DEPLOYED)
        put_text_member(out, "deployment", prediction->deployment);
    put_text_member(out, "error", prediction->error);
    put_text_member(out, "id", prediction->id);
    put_key(out, "input");
    buf_add(out, prediction->input, prediction->input_len);
    put_key(out, "logs");
    put_logs(out, prediction, "\"\"");
    if (prediction->completed_at) {
        put_key(out, "metrics");
        put_metrics(out, prediction);
    }
    put_text_member(out, "model", prediction->version->model->full_name);
    put_key(out, "output");
    put_output(out, prediction, base);
    put_text_member(out, "source", "api");
    put_time_member(out, "started_at", shown_start(prediction), TIME_NANOS);
    put_text_member(out, "status", status_name((enum status)prediction->status));
    put_key(out, "urls");
    put_urls(out, prediction, base, prediction->kind == PREDICTION_TRAINING ? trainings : predictions, false);
    put_text_member(out, "version", prediction->version->shown);
    if (prediction->webhook)
        put_text_member(out, "webhook", prediction->webhook);
    buf_char(out, '}');
}

static void put_django(struct buf *out, const struct prediction *prediction, const struct view_base *base,
                       const char *path)
{
    buf_reserve(out, prediction->input_len + 2048);
    buf_lit(out, "{\"completed_at\":");
    put_time_or_null(out, prediction->completed_at);
    buf_lit(out, ",\"created_at\":");
    put_time(out, prediction->created_at, TIME_MICROS_ALL);
    buf_lit(out, ",\"data_removed\":");
    buf_str(out, prediction->data_removed ? "true" : "false");
    buf_lit(out, ",\"error\":");
    put_string_or_null(out, prediction->error);
    buf_lit(out, ",\"id\":\"");
    buf_add(out, prediction->id, ID_LEN);
    buf_lit(out, "\",\"input\":");
    buf_add(out, prediction->input, prediction->input_len);
    buf_lit(out, ",\"logs\":");
    put_logs(out, prediction, "null");
    buf_lit(out, ",\"metrics\":");
    if (prediction->completed_at)
        put_metrics(out, prediction);
    else
        buf_lit(out, "{}");
    buf_lit(out, ",\"output\":");
    put_output(out, prediction, base);
    buf_lit(out, ",\"started_at\":");
    put_time_or_null(out, shown_start(prediction));
    buf_lit(out, ",\"status\":\"");
    buf_str(out, status_name((enum status)prediction->status));
    buf_lit(out, "\",\"urls\":");
    put_urls(out, prediction, base, path, true);
    buf_lit(out, ",\"model\":");
    put_string(out, prediction->version->model->full_name);
    buf_lit(out, ",\"version\":");
    put_string(out, prediction->version->shown);
    buf_lit(out, ",\"webhook\":");
    put_string_or_null(out, prediction->webhook);
    if (prediction->kind == PREDICTION_DEPLOYED) {
        buf_lit(out, ",\"deployment\":");
        put_string(out, prediction->deployment);
    }
    buf_char(out, '}');
}

void view_django(struct buf *out, const struct prediction *prediction, const struct view_base *base)
{
    put_django(out, prediction, base, predictions);
}

void view_training(struct buf *out, const struct prediction *prediction, const struct view_base *base)
{
    put_django(out, prediction, base, trainings);
}
