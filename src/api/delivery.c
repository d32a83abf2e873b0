#include "api/delivery.h"
#include "api/api.h"
#include "api/drawings.h"
#include "core/capability.h"
#include "core/prediction.h"
#include "core/progress.h"
#include "core/store.h"
#include "http/problem.h"

#include <stdlib.h>

/* One fetch of a file, parked while it is drawn. */
struct fetch {
    struct drawing_wait wait;
    struct exchange *exchange;
    const char *type; /* of its content */
    int64_t modified_at;
    bool parked;
};

enum range_verdict { RANGE_WHOLE, RANGE_PART, RANGE_UNSATISFIABLE };

/* One range: "bytes=0-99", "bytes=100-", "bytes=-100". Anything else, several ranges among it, means the whole file: a
 * server may ignore Range. */
static enum range_verdict read_range(const char *header, size_t len, size_t *from, size_t *to)
{
    if (!header || strncmp(header, "bytes=", 6) != 0 || strchr(header, ','))
        return RANGE_WHOLE;
    const char *first = header + 6, *dash = strchr(first, '-');
    if (!dash || strlen(header) > 50 || strspn(first, "0123456789") != (size_t)(dash - first) ||
        strspn(dash + 1, "0123456789") != strlen(dash + 1) || (dash == first && !dash[1]))
        return RANGE_WHOLE;
    unsigned long long a = strtoull(first, NULL, 10), b = strtoull(dash + 1, NULL, 10);
    if (dash == first) { // the last b bytes
        *from = b < len ? len - b : 0;
        *to = len - 1;
        return b > 0 ? RANGE_PART : RANGE_UNSATISFIABLE;
    }
    if (a >= len)
        return RANGE_UNSATISFIABLE;
    if (dash[1] && b < a)
        return RANGE_WHOLE;
    *from = a;
    *to = dash[1] && b < len ? b : len - 1;
    return RANGE_PART;
}

/* If-None-Match: * or a list with our ETag in it; W/ before one makes no difference here (RFC 9110, 13.1.2). */
static bool has_etag(const char *header, const char *etag)
{
    size_t len = strlen(etag);

    if (!header || strcmp(header, "*") == 0)
        return header != NULL;
    for (const char *at = header; *at; at += strcspn(at, ",")) {
        at += strspn(at, ", \t");
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        if (strncmp(at, etag, len) == 0 && strchr(", \t", at[len]))
            return true;
    }
    return false;
}

static void fill_body(struct exchange *exchange, const struct drawn *drawn, const char *type)
{
    struct response *response = &exchange->response;
    const char *if_range = exchange->request.headers[HEADER_IF_RANGE];
    const char *header = exchange->request.headers[HEADER_RANGE];
    size_t from = 0, to = drawn->len - 1;

    if (if_range && strcmp(if_range, drawn->etag) != 0)
        header = NULL;
    switch (read_range(header, drawn->len, &from, &to)) {
    case RANGE_WHOLE: response->status = 200; break;
    case RANGE_PART:
        response->status = 206;
        response_header(response, "Content-Range",
                        arena_printf(&exchange->arena, "bytes %zu-%zu/%zu", from, to, drawn->len));
        break;
    case RANGE_UNSATISFIABLE:
        problem_printf(response, 416, NULL, "The file has %zu bytes; the range asked for is outside of it.",
                       drawn->len);
        response_header(response, "Content-Range", arena_printf(&exchange->arena, "bytes */%zu", drawn->len));
        return;
    }
    response->content_type = type;
    buf_add(&response->body, drawn->data + from, to - from + 1);
}

static void fill(const struct fetch *fetch, const struct drawn *drawn)
{
    struct exchange *exchange = fetch->exchange;
    struct response *response = &exchange->response;
    char *modified = arena_alloc(&exchange->arena, TIME_TEXT);

    time_format_http(modified, fetch->modified_at);
    // RFC 9110, 13.2.2: If-None-Match is looked at before Range.
    if (has_etag(exchange->request.headers[HEADER_IF_NONE_MATCH], drawn->etag)) {
        response->status = 304;
        response->content_type = fetch->type;
        buf_add(&response->body, drawn->data, drawn->len); // for its length: libmicrohttpd does not send it
    } else {
        fill_body(exchange, drawn, fetch->type);
    }
    response_header(response, "Access-Control-Allow-Origin", "*");
    if (response->status >= 400)
        return;
    // The headers that recorded deliveries have.
    response_header(response, "ETag", arena_strndup(&exchange->arena, drawn->etag, strlen(drawn->etag)));
    response_header(response, "Last-Modified", modified);
    response_header(response, "Cache-Control", "public,max-age=3600");
    response_header(response, "Accept-Ranges", "bytes");
}

static void on_ready(struct drawing_wait *wait, const struct drawn *drawn)
{
    struct fetch *fetch = container_of(wait, struct fetch, wait);
    struct exchange *exchange = fetch->exchange;

    if (drawn)
        fill(fetch, drawn);
    else
        problem(&exchange->response, 500, NULL, "The file could not be made.");
    if (fetch->parked)
        exchange_wake(exchange);
}

static void on_abandoned(struct exchange *exchange)
{
    struct fetch *fetch = exchange->parked_by;

    drawings_forget(&fetch->wait);
}

static enum verdict not_found(struct exchange *exchange)
{
    problem(&exchange->response, 404, NULL, "File not found");
    response_header(&exchange->response, "Access-Control-Allow-Origin", "*");
    return VERDICT_ANSWER;
}

/* Files of an output that grows are there one after the other. */
static bool is_there(const struct prediction *prediction, unsigned file)
{
    unsigned pieces = progress_streamed(prediction, clock_now(&prediction->world->clock));

    return plan_piece_of_file(&prediction->plan, file) < pieces;
}

enum verdict delivery_get(void *context, struct exchange *exchange)
{
    struct api *api = context;
    const char *key = exchange->request.params[1], *name = exchange->request.params[2];
    char id[ID_LEN + 1];

    if (strlen(name) >= FILE_NAME_MAX || !capability_file_id(id, &api->worlds->secret, key, name))
        return not_found(exchange);
    const struct prediction *prediction = store_find(api->worlds->store, id);
    int index = prediction ? plan_file_index(&prediction->plan, name) : -1;
    if (index < 0 || !is_there(prediction, (unsigned)index))
        return not_found(exchange);
    struct drawing what = plan_drawing(&prediction->plan, (unsigned)index);
    struct fetch *fetch = arena_alloc(&exchange->arena, sizeof(*fetch)); // it lives as long as the exchange
    // RFC 9110, 8.8.2.1: not later than Date, which is the machine's, even where the world's clock is ahead.
    int64_t wall = api->worlds->base->wall;
    int64_t made_at = progress_piece_at(prediction, plan_piece_of_file(&prediction->plan, (unsigned)index));
    *fetch = (struct fetch){.wait = {.ready = on_ready},
                            .exchange = exchange,
                            .type = file_kind_type((enum file_kind)what.kind),
                            .modified_at = made_at < wall ? made_at : wall};
    if (!drawings_get(api->drawings, &what, &fetch->wait)) {
        problem(&exchange->response, 503, "Service unavailable", "Too many files wait to be made.");
        response_header(&exchange->response, "Retry-After", "1");
        return VERDICT_ANSWER;
    }
    if (exchange->response.status != 0)
        return VERDICT_ANSWER;
    fetch->parked = true;
    exchange->parked_by = fetch;
    exchange->abandoned = on_abandoned;
    return VERDICT_PARK;
}
