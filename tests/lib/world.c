#include "world.h"
#include "described.h"
#include "fake_transport.h"

#include "core/catalog.h"
#include "core/prediction.h"
#include "core/store.h"
#include "core/world.h"
#include "http/server.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

enum { OPTIONS_MAX = 64, JOB_WAIT_MS = 20000 };

struct client {
    struct stage *stage;
    struct list link;
    int fd;
    bool closed;
    struct buf in;
    bool head_only;     /* the request was a HEAD: no body follows */
    char *asked, *host; /* the latest request's first line and Host, until its answer is there; NULL: bytes were sent */
    bool streams, ended;
    struct buf stream; /* what has come of a body that goes on, and nobody has looked at */
    struct answer answer;
};

struct stage {
    struct config config;
    struct app *app;
    struct timebase now;
    char *options; /* cut up into argv */
    char *argv[OPTIONS_MAX];
    struct list clients;
    struct client *first;
    struct observer invariants;
    struct transport *transport; /* the app's */
    struct described *described; /* every answer is held against it */
    bool undescribed;            /* but not the next one */
    bool jobs_wait;              /* slow work is held up: nothing waits for it */
    char id[64];
    struct arena arena; /* of the JSON that was looked at since the last request */
};

static void read_fake_time(void *arg, struct timebase *base)
{
    *base = ((struct stage *)arg)->now;
}

/* What must hold whenever anything happens to a prediction. */
static void check_invariants(struct observer *observer, const struct event *event)
{
    const struct prediction *prediction = event->prediction;

    (void)observer;
    if (!prediction)
        return;
    if (prediction->started_at)
        ck_assert_int_ge(prediction->started_at, prediction->created_at);
    if (prediction->completed_at)
        ck_assert_int_ge(prediction->completed_at, prediction->started_at);
    ck_assert_int_eq(prediction->completed_at != 0, status_is_terminal((enum status)prediction->status));
    if (event->type == EVENT_PROCESSING)
        ck_assert_int_eq(prediction->status, STATUS_PROCESSING);
    if (event->type == EVENT_OUTPUT)
        ck_assert(prediction->status == STATUS_PROCESSING && prediction->output_ready);
    ck_assert(prediction->status != STATUS_SUCCEEDED || prediction->output_ready);
}

static int split_options(struct stage *stage, const char *options)
{
    int argc = 1; // argv[0] is nobody's
    char *rest;

    stage->options = xstrdup(options);
    for (char *word = strtok_r(stage->options, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        stage->argv[argc++] = word;
    return argc;
}

struct stage *world_new(const char *options)
{
    struct stage *stage = xnew(struct stage);
    char reason[256] = "";

    int argc = split_options(stage, options);
    ck_assert_msg(config_read(&stage->config, argc, stage->argv, false, reason), "%s", reason);
    log_setup(LOG_ERROR, false);
    stage->now.mono = 1000 * NS_PER_S;
    ck_assert(time_parse(STAGE_START, &stage->now.wall));
    stage->transport = fake_transport_new();
    stage->described = described_new();
    struct outside outside = {.read_time = read_fake_time, .arg = stage, .transport = stage->transport};
    stage->app = app_new(&stage->config, &outside);
    list_init(&stage->clients);
    stage->invariants.see = check_invariants;
    observe(&app_worlds(stage->app)->observers, &stage->invariants);
    return stage;
}

static char *expand(struct stage *stage, const char *text);

void world_add_model(struct stage *stage, const char *json)
{
    char *text = expand(stage, json);
    struct catalog *catalog = app_catalog(stage->app);
    struct json_error error;
    struct faults faults;

    const cJSON *tree = json_parse(&stage->arena, text, strlen(text), JSON_GRAMMAR, &error);
    ck_assert_msg(tree != NULL, "%s: %s", text, error.reason);
    faults_init(&faults, &stage->arena);
    ck_assert_msg(catalog_add(catalog, tree, (struct slice){text, strlen(text)}, &faults), "%s: %s: %s", text,
                  faults.list[0].field, faults.list[0].description);
    catalog_keep(catalog, text);
}

static void answer_free(struct answer *answer)
{
    free(answer->head);
    free(answer->body);
    *answer = (struct answer){0};
}

static void forget_request(struct client *client)
{
    free(client->asked);
    free(client->host);
    client->asked = client->host = NULL;
}

void client_leave(struct client *client)
{
    if (client->stage->first == client)
        client->stage->first = NULL;
    list_remove(&client->link);
    close(client->fd);
    buf_free(&client->in);
    buf_free(&client->stream);
    answer_free(&client->answer);
    forget_request(client);
    free(client);
}

void world_free(struct stage *stage)
{
    struct worlds *worlds = app_worlds(stage->app);

    while (!list_empty(&stage->clients))
        client_leave(list_first(&stage->clients, struct client, link));
    world_settle(stage);
    ck_assert_msg(!server_busy(app_server(stage->app)), "an exchange is left");
    ck_assert_uint_eq(server_connections(app_server(stage->app)), 0);
    ck_assert_uint_eq(app_jobs(stage->app), 0);
    unobserve(&stage->invariants);
    // Whoever sends webhooks, reads input files, or makes data: URIs, watches to the end.
    size_t watching = 0;
    list_each (link, &worlds->observers)
        watching++;
    ck_assert_uint_eq(watching, stage->config.output_urls == OUTPUT_URLS_DATA ? 3 : 2);
    app_free(stage->app);
    config_free(&stage->config);
    described_free(stage->described);
    arena_free(&stage->arena);
    free(stage->options);
    free(stage);
}

struct app *world_app(struct stage *stage)
{
    return stage->app;
}

void world_settle(struct stage *stage)
{
    int quiet = 0;

    // Handshakes between socket pair, epoll and libmicrohttpd can take a turn in which nothing of ours happens.
    while (quiet < 3) {
        quiet = app_turn(stage->app, false) ? 0 : quiet + 1;
        if (app_jobs(stage->app) > 0 && !stage->jobs_wait) {
            ck_assert(app_wait_for_jobs(stage->app, JOB_WAIT_MS));
            quiet = 0;
        }
    }
}

void world_wait_for_jobs(struct stage *stage, bool wait)
{
    stage->jobs_wait = !wait;
}

void world_pass(struct stage *stage, int64_t ns)
{
    world_settle(stage);
    stage->now.mono += ns;
    stage->now.wall += ns;
    world_settle(stage);
}

void world_advance(struct stage *stage, double ms)
{
    world_pass(stage, (int64_t)(ms * (double)NS_PER_MS));
}

/* --- the wire --------------------------------------------------------------------------------------------------- */

struct client *world_client(struct stage *stage)
{
    struct client *client = xnew(struct client);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int pair[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    client->stage = stage;
    client->fd = pair[0];
    list_append(&stage->clients, &client->link);
    ck_assert(app_adopt(stage->app, DOOR_HTTP, pair[1], (struct sockaddr *)&address, sizeof(address)));
    return client;
}

static void read_all(struct client *client)
{
    for (;;) {
        buf_reserve(&client->in, 65536);
        ssize_t got = read(client->fd, client->in.data + client->in.len, 65536);
        if (got > 0)
            client->in.len += (size_t)got;
        else {
            client->closed |= got == 0 || (errno != EAGAIN && errno != EINTR);
            return;
        }
    }
}

void client_send_raw(struct client *client, const char *bytes, size_t len)
{
    forget_request(client);
    while (len > 0 && !client->closed) {
        ssize_t sent = send(client->fd, bytes, len, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            len -= (size_t)sent;
            continue;
        }
        app_turn(client->stage->app, false);
        read_all(client);
    }
    world_settle(client->stage);
    read_all(client);
}

void client_put_raw(struct client *client, const char *bytes, size_t len)
{
    ck_assert_int_eq(send(client->fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* ' becomes ", {id} the latest prediction's id. */
static char *expand(struct stage *stage, const char *text)
{
    struct buf out = {0};

    for (const char *at = text; *at; at++) {
        if (strncmp(at, "{id}", 4) == 0) {
            buf_str(&out, stage->id);
            at += 3;
        } else {
            buf_char(&out, *at == '\'' ? '"' : *at);
        }
    }
    buf_char(&out, '\0');
    return out.data;
}

/* The line of the header, from its name on ("Host:"); NULL: there is none. */
static const char *find_header(const char *headers, const char *name)
{
    for (const char *line = headers; line && *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncasecmp(line, name, strlen(name)) == 0)
            return line;
    return NULL;
}

static bool has_header(const char *headers, const char *name)
{
    return find_header(headers, name) != NULL;
}

static void note_request(struct client *client, const char *line, const char *headers)
{
    const char *host = find_header(headers, "Host: ");

    forget_request(client);
    client->asked = xstrdup(line);
    client->host = host ? xmemdup0(host + strlen("Host: "), strcspn(host, "\n") - strlen("Host: ")) : NULL;
}

static void put_headers(struct buf *out, const char *headers)
{
    for (const char *line = headers; line && *line;) {
        size_t len = strcspn(line, "\n");
        if (strncmp(line, "Authorization: -", len) != 0) {
            buf_add(out, line, len);
            buf_lit(out, "\r\n");
        }
        line += len + (line[len] == '\n');
    }
}

void client_send(struct client *client, const char *request, const char *headers, const char *body)
{
    struct buf out = {0};
    char *line = expand(client->stage, request);
    char *content = body ? expand(client->stage, body) : NULL;

    arena_reset(&client->stage->arena); // whoever holds a text of world_text has used it by now
    answer_free(&client->answer);
    client->head_only = strncmp(request, "HEAD ", 5) == 0;
    client->streams = client->ended = false;
    buf_printf(&out, "%s HTTP/1.1\r\n", line);
    if (!has_header(headers, "Host:"))
        buf_lit(&out, "Host: localhost\r\n");
    if (!has_header(headers, "Authorization:"))
        buf_lit(&out, "Authorization: Bearer test\r\n");
    put_headers(&out, headers);
    if (content && (!has_header(headers, "Content-Type:")))
        buf_lit(&out, "Content-Type: application/json\r\n");
    if (content)
        buf_printf(&out, "Content-Length: %zu\r\n", strlen(content));
    buf_lit(&out, "\r\n");
    if (content)
        buf_str(&out, content);
    client_send_raw(client, out.data, out.len);
    note_request(client, line, headers);
    buf_free(&out);
    free(line);
    free(content);
}

static void drop_read(struct client *client, size_t len)
{
    memmove(client->in.data, client->in.data + len, client->in.len - len);
    client->in.len -= len;
}

/* Reads a head into client->answer and returns its length, the empty line included; 0: it is not complete. */
static size_t read_head(struct client *client)
{
    const char *text = buf_cstr(&client->in), *end = strstr(text, "\r\n\r\n");

    if (!end)
        return 0;
    size_t head = (size_t)(end - text) + 4;
    answer_free(&client->answer);
    client->answer.head = xmemdup0(text, head - 2);
    client->answer.status = atoi(text + strlen("HTTP/1.1 "));
    return head;
}

/* Takes one answer off what has come in. */
static bool take_answer(struct client *client)
{
    size_t head = read_head(client);

    if (head == 0)
        return false;
    const char *length = answer_header(&client->answer, "Content-Length");
    size_t len = client->head_only || client->answer.status == 304 ? 0 : strtoul(length, NULL, 10);
    if (client->in.len < head + len)
        return false;
    client->answer.body = xmemdup0(client->in.data + head, len);
    client->answer.len = len;
    drop_read(client, head + len);
    return true;
}

/* Takes a whole chunk off what has come in. */
static bool take_chunk(struct client *client)
{
    const char *text = buf_cstr(&client->in), *line = strstr(text, "\r\n");

    if (!line || client->ended)
        return false;
    size_t len = strtoul(text, NULL, 16), head = (size_t)(line - text) + 2;
    if (client->in.len < head + len + 2)
        return false;
    ck_assert_int_eq(strncmp(text + head + len, "\r\n", 2), 0);
    buf_add(&client->stream, text + head, len);
    client->ended = len == 0;
    drop_read(client, head + len + 2);
    return true;
}

/* The answer is as schema/openapi.json says, or schema/control.json. */
static void check_described(struct client *client)
{
    struct stage *stage = client->stage;
    bool excused = stage->undescribed;
    char *target = client->asked ? strchr(client->asked, ' ') : NULL;

    stage->undescribed = false;
    if (!target || excused)
        return;
    *target++ = '\0';
    char *type = xstrdup(answer_header(&client->answer, "Content-Type"));
    struct seen seen = {.method = client->asked,
                        .target = target,
                        .host = client->host,
                        .status = client->answer.status,
                        .type = type,
                        .body = client->answer.body,
                        .len = client->answer.len};
    const char *fault = described_fault(stage->described, &seen);
    free(type);
    ck_assert_msg(!fault, "not as described: %s", fault);
    forget_request(client);
}

/* Takes what has come of an answer that goes on. */
static void take_stream(struct client *client)
{
    world_settle(client->stage);
    read_all(client);
    if (!client->streams) {
        size_t head = read_head(client);
        if (head == 0)
            return;
        client->streams = true;
        drop_read(client, head);
        check_described(client);
    }
    if (*answer_header(&client->answer, "Transfer-Encoding")) {
        while (take_chunk(client))
            ;
    } else {
        buf_add(&client->stream, client->in.data, client->in.len);
        client->in.len = 0;
    }
    client->ended |= client->closed;
}

const char *answer_header(const struct answer *answer, const char *name)
{
    static char value[4096];
    size_t len = strlen(name);

    for (const char *line = strstr(answer->head, "\r\n"); line && line[2]; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, len) != 0 || line[2 + len] != ':')
            continue;
        snprintf(value, sizeof(value), "%.*s", (int)strcspn(line + 4 + len, "\r"), line + 4 + len);
        return value;
    }
    return "";
}

/* --- what is expected ------------------------------------------------------------------------------------------- */

static bool matches(const cJSON *expected, const cJSON *actual, struct buf *path);

static bool members_match(const cJSON *expected, const cJSON *actual, struct buf *path)
{
    for (const cJSON *member = expected->child; member; member = member->next) {
        size_t len = path->len;
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(actual, member->string);
        buf_printf(path, ".%s", member->string);
        bool absent = cJSON_IsString(member) && strcmp(member->valuestring, "<absent>") == 0;
        if (absent ? value != NULL : !value || !matches(member, value, path))
            return false;
        path->len = len;
    }
    return true;
}

static bool elements_match(const cJSON *expected, const cJSON *actual, struct buf *path)
{
    const cJSON *a = expected->child, *b = actual->child;

    for (int i = 0; a && b; a = a->next, b = b->next, i++) {
        size_t len = path->len;
        buf_printf(path, ".%d", i);
        if (!matches(a, b, path))
            return false;
        path->len = len;
    }
    return !a && !b;
}

static bool matches(const cJSON *expected, const cJSON *actual, struct buf *path)
{
    if (cJSON_IsString(expected) && strcmp(expected->valuestring, "*") == 0)
        return true;
    if (cJSON_IsObject(expected))
        return cJSON_IsObject(actual) && members_match(expected, actual, path);
    if (cJSON_IsArray(expected))
        return cJSON_IsArray(actual) && elements_match(expected, actual, path);
    if (cJSON_IsNumber(expected))
        return cJSON_IsNumber(actual) && expected->valuedouble == actual->valuedouble;
    if (cJSON_IsString(expected))
        return cJSON_IsString(actual) && strcmp(expected->valuestring, actual->valuestring) == 0;
    return (expected->type & 0xff) == (actual->type & 0xff);
}

/* What was received, `len` bytes, is JSON that holds what `text` says. */
static void check_json(struct stage *stage, const char *text, const char *bytes, size_t len)
{
    struct json_error error = {0};
    struct buf path = {0};
    char *expected_text = expand(stage, text);
    const cJSON *expected = json_parse(&stage->arena, expected_text, strlen(expected_text), JSON_GRAMMAR, &error);

    ck_assert_msg(expected != NULL, "the test's own JSON: column %zu: %s: %s", error.column, error.reason,
                  expected_text);
    const cJSON *actual = json_parse(&stage->arena, bytes, len, JSON_REQUEST, &error);
    ck_assert_msg(actual != NULL, "not JSON: %s: %.*s", error.reason, (int)len, bytes);
    bool fits = matches(expected, actual, &path);
    ck_assert_msg(fits, "at `%s` it is not as expected\nexpected: %s\nactual:   %.*s", buf_cstr(&path), expected_text,
                  (int)(len < 1500 ? len : 1500), bytes);
    buf_free(&path);
    free(expected_text);
}

static void note_id(struct client *client)
{
    struct stage *stage = client->stage;
    struct json_error error;

    if (client->answer.status != 201 && client->answer.status != 202)
        return;
    const cJSON *body = json_parse(&stage->arena, client->answer.body, client->answer.len, JSON_GRAMMAR, &error);
    const char *id = json_get_string(body, "id");
    if (id)
        snprintf(stage->id, sizeof(stage->id), "%s", id);
}

void world_undescribed(struct stage *stage)
{
    stage->undescribed = true;
}

void client_expect(struct client *client, int status, const char *json)
{
    bool taken;
    size_t before;

    do { // a long answer comes as fast as we take it
        before = client->in.len;
        world_settle(client->stage);
        read_all(client);
        taken = take_answer(client);
    } while (!taken && client->in.len > before);
    ck_assert_msg(taken, "no answer has come");
    ck_assert_msg(status == 0 || client->answer.status == status, "expected %d, got %s%s", status, client->answer.head,
                  client->answer.body);
    check_described(client);
    note_id(client);
    if (json)
        check_json(client->stage, json, client->answer.body, client->answer.len);
}

void client_expect_waiting(struct client *client)
{
    world_settle(client->stage);
    read_all(client);
    ck_assert_msg(client->in.len == 0 && !client->closed, "an answer came too soon: %s", buf_cstr(&client->in));
}

void client_expect_stream(struct client *client, const char *bytes)
{
    char *expected = expand(client->stage, bytes);

    take_stream(client);
    ck_assert_msg(client->streams, "no answer has come");
    ck_assert_str_eq(buf_cstr(&client->stream), expected);
    client->stream.len = 0;
    free(expected);
}

const char *client_stream(struct client *client)
{
    take_stream(client);
    return buf_cstr(&client->stream);
}

bool client_stream_has_ended(struct client *client)
{
    take_stream(client);
    return client->ended;
}

bool client_is_answered(struct client *client)
{
    world_settle(client->stage);
    read_all(client);
    return client->in.len > 0;
}

bool client_is_closed(struct client *client)
{
    world_settle(client->stage);
    read_all(client);
    return client->closed;
}

static struct client *first(struct stage *stage)
{
    if (!stage->first || client_is_closed(stage->first))
        stage->first = world_client(stage);
    return stage->first;
}

void world_send(struct stage *stage, const char *request, const char *headers, const char *body)
{
    client_send(first(stage), request, headers, body);
}

void world_expect(struct stage *stage, int status, const char *json)
{
    client_expect(stage->first, status, json);
}

void world_ask(struct stage *stage, const char *request, const char *headers, const char *body, int status,
               const char *json)
{
    world_send(stage, request, headers, body);
    world_expect(stage, status, json);
}

const struct answer *client_answer(struct client *client)
{
    return &client->answer;
}

const struct answer *world_answer(struct stage *stage)
{
    return &stage->first->answer;
}

const char *world_text(struct stage *stage, const char *path)
{
    struct json_error error;
    const struct answer *answer = world_answer(stage);
    const cJSON *at = json_parse(&stage->arena, answer->body, answer->len, JSON_GRAMMAR, &error);
    char *copy = xstrdup(path), *rest;

    for (char *name = strtok_r(copy, ".", &rest); name && at; name = strtok_r(NULL, ".", &rest))
        at = cJSON_IsArray(at) ? cJSON_GetArrayItem(at, atoi(name)) : cJSON_GetObjectItemCaseSensitive(at, name);
    free(copy);
    if (!at || !at->valuestring)
        return "";
    return at->valuestring;
}

const char *world_id(struct stage *stage)
{
    return stage->id;
}

/* --- what goes out ---------------------------------------------------------------------------------------------- */

enum outgoing { OUTGOING_HOOK, OUTGOING_FETCH }; // a POST, a GET

static enum outgoing kind_of(const struct stage *stage, size_t index)
{
    return fake_peek(stage->transport, index)->max_answer > 0 ? OUTGOING_FETCH : OUTGOING_HOOK;
}

static size_t count_of(struct stage *stage, enum outgoing kind)
{
    size_t count = 0;

    world_settle(stage);
    for (size_t i = 0; i < fake_count(stage->transport); i++)
        count += kind_of(stage, i) == kind;
    return count;
}

/* The index among all that is under way of the one that has this place among its kind. */
static size_t index_of(struct stage *stage, enum outgoing kind, size_t place)
{
    static const char *const names[] = {[OUTGOING_HOOK] = "webhook", [OUTGOING_FETCH] = "fetch"};
    size_t index = 0;

    ck_assert_msg(count_of(stage, kind) > place, "no %s is under way", names[kind]);
    while (kind_of(stage, index) != kind || place-- > 0)
        index++;
    return index;
}

static size_t oldest(struct stage *stage, enum outgoing kind)
{
    return index_of(stage, kind, 0);
}

/* --- webhooks --------------------------------------------------------------------------------------------------- */

size_t world_hooks(struct stage *stage)
{
    return count_of(stage, OUTGOING_HOOK);
}

static const struct fake_transfer *oldest_hook(struct stage *stage)
{
    size_t index = oldest(stage, OUTGOING_HOOK);

    return fake_peek(stage->transport, index);
}

void world_hook_expect(struct stage *stage, const char *url, const char *json)
{
    const struct fake_transfer *hook = oldest_hook(stage);

    ck_assert_str_eq(hook->url, url);
    check_json(stage, json, hook->body, hook->body_len);
}

const char *world_hook_header(struct stage *stage, const char *name)
{
    const char *line = oldest_hook(stage)->headers;
    size_t len = strlen(name);

    for (; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncmp(line, name, len) == 0 && strncmp(line + len, ": ", 2) == 0)
            return arena_strndup(&stage->arena, line + len + 2, strcspn(line + len + 2, "\n"));
    return "";
}

const char *world_hook_body(struct stage *stage, size_t *len)
{
    const struct fake_transfer *hook = oldest_hook(stage);

    *len = hook->body_len;
    return hook->body;
}

const struct fake_transfer *world_hook_at(struct stage *stage, size_t place)
{
    size_t index = index_of(stage, OUTGOING_HOOK, place);

    return fake_peek(stage->transport, index);
}

void world_hook_answer_at(struct stage *stage, size_t place, int status)
{
    size_t index = index_of(stage, OUTGOING_HOOK, place);

    fake_answer(stage->transport, index, status);
    world_settle(stage);
}

void world_hook_fail_at(struct stage *stage, size_t place, const char *error)
{
    size_t index = index_of(stage, OUTGOING_HOOK, place);

    fake_fail(stage->transport, index, error);
    world_settle(stage);
}

void world_hook_answer(struct stage *stage, int status)
{
    world_hook_answer_at(stage, 0, status);
}

void world_hook_fail(struct stage *stage, const char *error)
{
    world_hook_fail_at(stage, 0, error);
}

void world_hook(struct stage *stage, const char *url, const char *json)
{
    world_hook_expect(stage, url, json);
    world_hook_answer(stage, 200);
}

/* --- input files ------------------------------------------------------------------------------------------------ */

size_t world_fetches(struct stage *stage)
{
    return count_of(stage, OUTGOING_FETCH);
}

void world_fetch_expect(struct stage *stage, const char *url)
{
    size_t index = oldest(stage, OUTGOING_FETCH);

    ck_assert_str_eq(fake_peek(stage->transport, index)->url, url);
}

void world_fetch_answer(struct stage *stage, int status, const void *bytes, size_t len)
{
    size_t index = oldest(stage, OUTGOING_FETCH);

    fake_answer_with(stage->transport, index, status, bytes, len);
    world_settle(stage);
}

void world_fetch_fail(struct stage *stage, const char *error)
{
    size_t index = oldest(stage, OUTGOING_FETCH);

    fake_fail(stage->transport, index, error);
    world_settle(stage);
}
