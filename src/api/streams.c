#include "api/streams.h"
#include "api/api.h"
#include "api/origin.h"
#include "api/reply.h"
#include "base/chars.h"
#include "core/capability.h"
#include "core/prediction.h"
#include "core/progress.h"
#include "core/script.h"
#include "core/store.h"
#include "http/router.h"
#include "http/sse.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    FILL = 16 * 1024, // bytes that the client is given before it must have taken them
    HEARTBEAT_S = 15, // Python's client gives up after 30 s of silence
    LINGER_MS = 250,  // between `done` and the end
    EVENT_ID = 48,    // room for two numbers, a colon and the NUL
};

/* A reader. The prediction says which events there are; this, how many of them he has. */
struct stream {
    struct api *api;
    struct exchange *exchange;
    struct prediction *prediction;
    struct view_base base;
    struct timer growth;    /* on the world's clock: when its output next grows by itself */
    struct timer heartbeat; /* on real time */
    struct observer watch, closing;
    unsigned next; /* the number of the next event */
    bool greeted, beats;
    bool told_error, done; /* these events are written */
    // What a rule has it suffer, each connection anew, so that it takes nothing but the rule to know what comes.
    int64_t left;       /* so many events, then it breaks off; -1: never */
    int64_t silence;    /* how long it falls silent, once; 0: not, or no more */
    struct timer stall; /* on the world's clock: the end of that */
    bool is_silent;
};

static void stream_free(struct stream *stream)
{
    sched_cancel(&stream->prediction->world->sched, &stream->growth);
    sched_cancel(&stream->prediction->world->sched, &stream->stall);
    sched_cancel(stream->api->real_timers, &stream->heartbeat);
    unobserve(&stream->watch);
    unobserve(&stream->closing);
    free(stream);
}

/* What has been written is the last of it. */
static void end(struct stream *stream)
{
    exchange_end(stream->exchange);
    stream_free(stream);
}

/* The same, and the connection breaks there. */
static void break_off(struct stream *stream)
{
    stream->exchange->cut = CUT_MID_BODY;
    end(stream);
}

/* --- events ----------------------------------------------------------------------------------------------------- */

/* How many outputs there are by now. */
static unsigned count_outputs(const struct prediction *prediction)
{
    return progress_streamed(prediction, clock_now(&prediction->world->clock));
}

static bool has_ended(const struct prediction *prediction)
{
    return status_is_terminal((enum status)prediction->status);
}

/* "id: 1690212292:0": of the same event always the same. */
static void put_event(struct stream *stream, const char *name, const char *text, size_t len)
{
    char id[EVENT_ID];

    snprintf(id, sizeof(id), "%lld:%u", (long long)(stream->prediction->created_at / NS_PER_S), stream->next);
    sse_event(&stream->exchange->response.body, name, id, text, len);
    stream->next++;
    stream->left -= stream->left > 0;
}

static void put_output(struct stream *stream)
{
    struct buf piece = {0};

    view_piece(&piece, stream->prediction, &stream->base, stream->next);
    put_event(stream, "output", piece.data, piece.len);
    buf_free(&piece);
}

static void put_error(struct stream *stream)
{
    const char *error = stream->prediction->error ? stream->prediction->error : "";
    struct buf text = {0};

    buf_lit(&text, "{\"detail\":");
    buf_json_string(&text, error, strlen(error));
    buf_char(&text, '}');
    put_event(stream, "error", text.data, text.len);
    stream->told_error = true;
    buf_free(&text);
}

/* `done` is always the last. */
static void put_done(struct stream *stream, enum status status)
{
    static const char *const reasons[STATUS_COUNT] = {
        [STATUS_SUCCEEDED] = "{}",
        [STATUS_FAILED] = "{\"reason\":\"error\"}",
        [STATUS_CANCELED] = "{\"reason\":\"canceled\"}",
        [STATUS_ABORTED] = "{\"reason\":\"canceled\"}", // not documented: by Cancel-After it was cancelled, too
    };

    put_event(stream, "done", reasons[status], strlen(reasons[status]));
    stream->done = true;
}

/* Writes the next event, where there is one. */
static bool put_next(struct stream *stream)
{
    const struct prediction *prediction = stream->prediction;
    unsigned outputs = count_outputs(prediction);

    if (stream->done || stream->left == 0 || (stream->next >= outputs && !has_ended(prediction)))
        return false;
    if (stream->next < outputs)
        put_output(stream);
    else if (prediction->status == STATUS_FAILED && !stream->told_error)
        put_error(stream);
    else
        put_done(stream, (enum status)prediction->status);
    return true;
}

/* The real one leaves it to the reader to close after `done`, for 30 s. Go's client counts on that: where the end comes
 * before it has handed `done` on, it takes the stream for broken off and loses what it has not handed on. */
static void linger(struct stream *stream)
{
    if (stream->exchange->is_whole)
        return;
    stream->exchange->is_whole = true;
    sched_set(stream->api->real_timers, &stream->heartbeat, stream->api->worlds->base->mono + LINGER_MS * NS_PER_MS);
}

/* "After 30 s without anything (a deleted prediction): a comment line and close." */
static void give_up(struct stream *stream)
{
    sse_comment(&stream->exchange->response.body, "408: 408 Request Timeout");
    end(stream);
}

static void put_waiting(struct stream *stream)
{
    struct buf *out = &stream->exchange->response.body;

    if (!stream->greeted)
        sse_comment(out, " hi");
    if (stream->beats)
        sse_comment(out, " heartbeat");
    stream->greeted = true;
    stream->beats = false;
    if (stream->prediction->data_removed || stream->is_silent)
        return;
    for (size_t begin = out->len; out->len - begin < FILL && put_next(stream);)
        ;
}

static void fall_silent(struct stream *stream)
{
    struct world *world = stream->prediction->world;

    sched_set(&world->sched, &stream->stall, time_after(clock_now(&world->clock), stream->silence));
    stream->silence = 0;
    stream->is_silent = true;
}

/* All events that this connection may have are written. "In the place of the cut": it comes when the silence is over. */
static void reach_cut(struct stream *stream)
{
    if (stream->silence > 0 && !server_is_draining(stream->exchange->server))
        fall_silent(stream);
    else
        break_off(stream);
}

static void fill(struct exchange *exchange)
{
    struct stream *stream = exchange->parked_by;

    put_waiting(stream);
    if (stream->is_silent)
        return;
    if (stream->left == 0 && !stream->done)
        reach_cut(stream);
    else if (stream->done && server_is_draining(exchange->server)) // no timer runs any more
        end(stream);
    else if (stream->done)
        linger(stream);
    else if (stream->prediction->data_removed)
        give_up(stream);
}

/* --- what happens meanwhile ------------------------------------------------------------------------------------- */

/* Has the reader woken where there is something for him, and itself when there will be. */
static void look(struct stream *stream)
{
    const struct prediction *prediction = stream->prediction;
    struct sched *sched = &prediction->world->sched;
    // Logs grow as well, and are nothing to a stream.
    int64_t grows_at =
        prediction->plan.grows ? progress_next(prediction, clock_now(&prediction->world->clock)) : CLOCK_NEVER;

    if (grows_at == CLOCK_NEVER)
        sched_cancel(sched, &stream->growth);
    else
        sched_set(sched, &stream->growth, grows_at);
    if (!stream->is_silent && (stream->next < count_outputs(prediction) || has_ended(prediction)))
        exchange_wake(stream->exchange);
}

static void on_silence_over(struct timer *timer)
{
    struct stream *stream = container_of(timer, struct stream, stall);

    stream->is_silent = false;
    if (stream->left == 0)
        break_off(stream);
    else
        look(stream);
}

static void on_growth(struct timer *timer)
{
    look(container_of(timer, struct stream, growth));
}

/* By whole seconds: those that fall together are resumed together, which costs little more than to resume one. */
static void set_heartbeat(struct stream *stream)
{
    int64_t due = stream->api->worlds->base->mono + HEARTBEAT_S * NS_PER_S;

    sched_set(stream->api->real_timers, &stream->heartbeat, due / NS_PER_S * NS_PER_S);
}

static void on_heartbeat(struct timer *timer)
{
    struct stream *stream = container_of(timer, struct stream, heartbeat);

    if (stream->done) {
        end(stream);
        return;
    }
    if (!stream->is_silent) {
        stream->beats = true;
        exchange_wake(stream->exchange);
    }
    if (!server_is_draining(stream->exchange->server)) // which ends all real timers at once
        set_heartbeat(stream);
}

static void see(struct observer *observer, const struct event *event)
{
    struct stream *stream = container_of(observer, struct stream, watch);

    if (event->type == EVENT_GONE)
        give_up(stream);
    else
        look(stream);
}

/* Nothing is left to fill from. A reader who is behind by more than one fill does without the rest: `canceled` says that
 * something may be missing. */
static void see_closing(struct observer *observer, const struct event *event)
{
    struct stream *stream = container_of(observer, struct stream, closing);

    (void)event;
    put_waiting(stream);
    if (stream->is_silent || (stream->left == 0 && !stream->done)) {
        break_off(stream);
        return;
    }
    if (!stream->done)
        put_done(stream, STATUS_CANCELED);
    end(stream);
}

static void on_abandoned(struct exchange *exchange)
{
    stream_free(exchange->parked_by);
}

/* --- the resource ----------------------------------------------------------------------------------------------- */

bool streams_is_file_key(const char *segment)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz", digits[] = "abcdefghijklmnopqrstuvwxyz234567";

    return strspn(segment, letters) == STREAM_TAG_LEN && segment[STREAM_TAG_LEN] == '-' &&
           strspn(segment + STREAM_TAG_LEN + 1, digits) == STREAM_KEY_LEN &&
           segment[STREAM_TAG_LEN + 1 + STREAM_KEY_LEN] == '\0';
}

/* Whose stream it is. NULL: nobody's. Each is served where `urls.stream` says, and not where the other kind is. */
static struct prediction *find(const struct api *api, const char *tag, const char *key)
{
    char id[ID_LEN + 1];

    if (!capability_stream_id(id, &api->worlds->secret, tag, key))
        return NULL;
    struct prediction *prediction = store_find(api->worlds->store, id);
    return prediction && plan_makes_files(&prediction->plan) == (tag != NULL) ? prediction : NULL;
}

/* A number of digits alone, and what it ends with. */
static const char *read_number(const char *text, int64_t *number)
{
    const char *at = text;

    for (*number = 0; char_is_digit(*at); at++)
        if (__builtin_mul_overflow(*number, 10, number) || __builtin_add_overflow(*number, *at - '0', number))
            return NULL;
    return at > text ? at : NULL;
}

/* Which event is the next for a reader who comes back with the id of his last one. An id that this stream has not given
 * out: from the beginning. Behind `done` there is nothing; he gets it again, because every stream ends with it. */
static unsigned read_last_id(const struct prediction *prediction, const char *text)
{
    unsigned outputs = count_outputs(prediction), last = outputs + (prediction->status == STATUS_FAILED); // `done`
    int64_t seconds, number;
    const char *at = text ? read_number(text, &seconds) : NULL;

    if (!at || *at != ':' || !(at = read_number(at + 1, &number)) || *at ||
        seconds != prediction->created_at / NS_PER_S)
        return 0;
    if (!has_ended(prediction))
        return number < outputs ? (unsigned)number + 1 : 0;
    return number < last ? (unsigned)number + 1 : number == last ? last : 0;
}

/* A rule's `stream`; and `drop` of a rule's response, which is no cut in half of a body that has no length. */
static void suffer(struct stream *stream)
{
    const struct script *script = stream->prediction->script;

    stream->left = script ? script->stream.cut_after : -1;
    stream->silence = script ? script->stream.stall : 0;
    if (stream->exchange->cut == CUT_MID_BODY && (stream->left < 0 || stream->left > 1))
        stream->left = 1;
    if (stream->exchange->cut == CUT_MID_BODY)
        stream->exchange->cut = CUT_NOTHING;
    if (stream->left < 0 && stream->silence > 0)
        fall_silent(stream);
}

static void stream_new(struct api *api, struct exchange *exchange, struct prediction *prediction)
{
    struct stream *stream = xnew(struct stream);

    *stream = (struct stream){.api = api,
                              .exchange = exchange,
                              .prediction = prediction,
                              .base = origin_base(exchange, &api->origin),
                              .growth = {.fire = on_growth},
                              .heartbeat = {.fire = on_heartbeat},
                              .stall = {.fire = on_silence_over},
                              .watch = {.see = see},
                              .closing = {.see = see_closing},
                              .next = read_last_id(prediction, exchange->request.headers[HEADER_LAST_EVENT_ID])};
    stream->told_error = stream->next > count_outputs(prediction);
    observe(&prediction->observers, &stream->watch);
    observe(&prediction->world->at_close, &stream->closing);
    set_heartbeat(stream);
    suffer(stream);
    exchange->parked_by = stream;
    exchange->abandoned = on_abandoned;
    exchange->fill = fill;
    look(stream);
}

static enum verdict answer(struct api *api, struct exchange *exchange, struct prediction *prediction)
{
    if (!prediction)
        return reply_not_found(exchange);
    world_touch(prediction->world);
    sse_begin(&exchange->response);
    response_header(&exchange->response, "Access-Control-Allow-Origin", "*");
    stream_new(api, exchange, prediction);
    return VERDICT_STREAM;
}

struct prediction *streams_find(const struct api *api, const struct exchange *exchange)
{
    const struct route *route = exchange->route;
    const char *key = exchange->request.params[0];
    char tag[STREAM_TAG_LEN + 1] = "";

    if (route->handler == streams_get_text)
        return find(api, NULL, key);
    memcpy(tag, key, STREAM_TAG_LEN);
    return find(api, tag, key + STREAM_TAG_LEN + 1);
}

enum verdict streams_get_text(void *context, struct exchange *exchange)
{
    return answer(context, exchange, streams_find(context, exchange));
}

enum verdict streams_get_files(void *context, struct exchange *exchange)
{
    return answer(context, exchange, streams_find(context, exchange));
}
