#include "app.h"
#include "api/answers.h"
#include "api/api.h"
#include "api/body.h"
#include "api/cors.h"
#include "api/drawings.h"
#include "api/errors.h"
#include "api/gate.h"
#include "api/origin.h"
#include "api/record.h"
#include "api/uploads.h"
#include "base/id.h"
#include "control/control.h"
#include "http/problem.h"
#include "media/maker.h"
#include "out/curl_transport.h"
#include "out/inlining.h"
#include "out/preparing.h"
#include "out/webhook.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    TIMERS_PER_ROUND = 1000, // then requests have their turn
    ROUNDS_PER_TURN = 16,    // of timers and what they wake
    REAPED_PER_TURN = 500,   // predictions of closed worlds freed: well under a millisecond
    MAX_JOBS = 1024,         // pictures that wait to be drawn
    DRAIN_MS = 1500,         // "SIGTERM answers what was accepted and ends within 2 s"
};
static const size_t drawn_bytes = 64 * 1024 * 1024;

struct app {
    const struct config *config;
    struct outside outside;
    struct timebase base;
    struct sched real_timers;
    struct catalog catalog;
    struct worlds *worlds;
    struct worker *worker;
    struct drawings *drawings;
    char *ca_bundle; /* NULL: there is no TLS */
    struct transport *transport;
    struct webhooks *webhooks;
    struct preparing *preparing;
    struct inlining *inlining; /* NULL: files are shown by their URLs */
    struct server *server;
    struct api api;
    struct control control;
    int order_pipe[2];
    bool told_to_stop, told_to_reload, stopping, busy;
};

/* --- what the server asks --------------------------------------------------------------------------------------- */

static bool is_control(const struct exchange *exchange)
{
    const struct target *target = &exchange->request.target;

    return target->segment_count > 0 && strcmp(target->segments[0], "_mock") == 0;
}

static bool has_sound_host(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    const char *host = request->target.authority ? request->target.authority : request->headers[HEADER_HOST];

    if (!host || origin_host_is_valid(host)) // HTTP/1.0 may come without
        return true;
    problem(&exchange->response, 400, "Bad request", "The Host header is not a host name with an optional port.");
    return false;
}

static bool admit(void *arg, struct exchange *exchange)
{
    struct app *app = arg;

    if (!is_control(exchange))
        record_begin(&app->api, exchange);
    if (!has_sound_host(exchange))
        return false;
    return is_control(exchange) ? control_admit(&app->control, exchange) : api_admit(&app->api, exchange);
}

static enum verdict handle(void *arg, struct exchange *exchange)
{
    struct app *app = arg;
    const struct route *route = exchange->route;

    return is_control(exchange) ? route->handler(&app->control, exchange) : gate_handle(&app->api, exchange);
}

static void malformed(void *arg, struct exchange *exchange, const char *why)
{
    struct app *app = arg;

    if (strncmp(exchange->path, "/_mock", 6) != 0) {
        record_begin(&app->api, exchange);
        record_malformed(exchange);
    }
    problem(&exchange->response, 400, "Bad request", why);
}

static void too_large(void *arg, struct exchange *exchange)
{
    (void)arg;
    if (uploads_is_for(exchange))
        errors_answer(exchange, 413);
    else
        problem_printf(&exchange->response, 413, "Payload too large",
                       "The request body is larger than --max-body, %zu bytes.", exchange->body_limit);
    cors_allow_any_origin(exchange);
}

static void overloaded(void *arg, struct exchange *exchange)
{
    (void)arg;
    problem(&exchange->response, 503, "Service unavailable", "Too many request bodies are being received at once.");
    response_header(&exchange->response, "Retry-After", "1");
    cors_allow_any_origin(exchange);
}

static void finished(void *arg, struct exchange *exchange, int status)
{
    struct app *app = arg;
    const struct route *route = exchange->route;
    struct timebase now;

    tally_request(&app->worlds->tally, route ? route->operation : NULL, status);
    if (!exchange->note)
        return;
    app->outside.read_time(app->outside.arg, &now); // the loop's own stands still meanwhile
    record_finished(&app->api, exchange, status, now.mono);
}

/* --- life ------------------------------------------------------------------------------------------------------- */

static void read_machine_time(void *arg, struct timebase *base)
{
    struct timespec mono, wall;

    (void)arg;
    clock_gettime(CLOCK_MONOTONIC, &mono);
    clock_gettime(CLOCK_REALTIME, &wall);
    base->mono = mono.tv_sec * NS_PER_S + mono.tv_nsec;
    base->wall = wall.tv_sec * NS_PER_S + wall.tv_nsec;
}

static void read_time(struct app *app)
{
    app->outside.read_time(app->outside.arg, &app->base);
}

static struct worlds *make_worlds(struct app *app)
{
    const struct config *config = app->config;
    struct world_settings settings = {.manual_clock = config->manual_clock,
                                      .speed = config->speed,
                                      .start_time = config->start_time,
                                      .boot = config->boot,
                                      .predict = config->predict,
                                      .retention = config->retention,
                                      .max_predictions = config->max_predictions,
                                      .max_worlds = config->max_worlds,
                                      .max_memory = config->max_memory,
                                      .inline_outputs = config->output_urls == OUTPUT_URLS_DATA,
                                      .fetch_inputs = config->fetch_inputs,
                                      .seeded = config->seeded,
                                      .seed = config->seed,
                                      .operations = &api_operations};

    return worlds_new(&settings, &app->base, &media_maker);
}

static void wire(struct app *app)
{
    struct server_handler handler = {.arg = app,
                                     .admit = admit,
                                     .handle = handle,
                                     .malformed = malformed,
                                     .too_large = too_large,
                                     .overloaded = overloaded,
                                     .finished = finished};

    app->api = (struct api){.worlds = app->worlds,
                            .catalog = &app->catalog,
                            .real_timers = &app->real_timers,
                            .worker = app->worker,
                            .drawings = app->drawings,
                            .answers = answers_new(),
                            .bodies = bodies_new(),
                            .tier = &app->config->rate_limit,
                            .accept_unknown_models = app->config->accept_unknown_models,
                            .webhook_secret = app->config->webhook_secret,
                            .auth_required = app->config->auth_required,
                            .tokens = app->config->tokens,
                            .origin = {.public_url = app->config->public_url,
                                       .files = app->config->output_urls,
                                       .tls_names = app->config->tls_names,
                                       .http_port = app->config->port,
                                       .https_port = app->config->tls_port > 0 ? app->config->tls_port : 0}};
    app->control = (struct control){.worlds = app->worlds,
                                    .catalog = &app->catalog,
                                    .accept_unknown_models = app->config->accept_unknown_models,
                                    .origin = &app->api.origin,
                                    .base = origin_base_of_api,
                                    .webhooks = app->webhooks,
                                    .real_timers = &app->real_timers,
                                    .hosts = app->config->control_hosts,
                                    .version = PROJECT_VERSION,
                                    .webhook_secret = app->config->webhook_secret};
    list_init(&app->control.moves);
    list_init(&app->control.settles);
    app->server = server_new(&handler, app->config->max_body);
}

struct app *app_new(const struct config *config, const struct outside *outside)
{
    struct app *app = xnew(struct app);

    app->config = config;
    app->outside = outside ? *outside : (struct outside){.read_time = read_machine_time};
    // Webhooks may go to our own HTTPS.
    app->ca_bundle = config->tls_port < 0 ? NULL : authority_bundle_path(config->tls_dir);
    app->transport = outside ? outside->transport : curl_transport_new(config->webhook_insecure, app->ca_bundle);
    read_time(app);
    if (pipe(app->order_pipe) != 0) {
        fputs("replicate-mock: the system gives no pipe\n", stderr);
        abort();
    }
    for (int i = 0; i < 2; i++) {
        fcntl(app->order_pipe[i], F_SETFD, FD_CLOEXEC);
        fcntl(app->order_pipe[i], F_SETFL, O_NONBLOCK);
    }
    sched_init(&app->real_timers, NULL);
    catalog_init(&app->catalog, id_random_key());
    catalog_add_embedded(&app->catalog);
    app->worlds = make_worlds(app);
    app->worker = worker_new(MAX_JOBS);
    app->drawings = drawings_new(&media_maker, app->worker, drawn_bytes);
    app->webhooks = webhooks_new(app->worlds, app->transport, config->webhook_secret);
    // Before inlining, which is told of a prediction behind it: then it is known whether its files are to be drawn later,
    // from what it reads, or never.
    app->preparing = preparing_new(app->worlds, app->worker, app->transport);
    if (app->worlds->settings.inline_outputs)
        app->inlining = inlining_new(app->worlds, app->worker);
    wire(app);
    return app;
}

void app_free(struct app *app)
{
    if (!app)
        return;
    server_free(app->server);     // abandons what is parked: first
    inlining_free(app->inlining); // these two before the worker: nothing further is to be asked of it
    preparing_free(app->preparing);
    worker_free(app->worker);
    drawings_free(app->drawings);
    answers_free(app->api.answers);
    bodies_free(app->api.bodies);
    webhooks_free(app->webhooks);
    app->transport->interface->free(app->transport);
    free(app->ca_bundle);
    worlds_free(app->worlds);
    catalog_free(&app->catalog);
    sched_free(&app->real_timers);
    close(app->order_pipe[0]);
    close(app->order_pipe[1]);
    free(app);
}

bool app_speak_tls(struct app *app, const struct identity *identity)
{
    app->api.origin.tls_host = identity->for_host ? app->config->host : NULL;
    return server_speak_tls(app->server, identity->certificate, identity->key);
}

bool app_listen(struct app *app, struct ports *ports, char reason[256])
{
    const struct config *config = app->config;
    struct origin *origin = &app->api.origin;

    *ports = (struct ports){.http = -1, .https = -1};
    ports->http = server_listen(app->server, DOOR_HTTP, config->host, config->port, reason);
    if (ports->http < 0)
        return false;
    origin->http_port = ports->http;
    if (config->tls_port < 0)
        return true;
    ports->https = server_listen(app->server, DOOR_HTTPS, config->host, config->tls_port, reason);
    if (ports->https < 0)
        return false;
    origin->https_port = ports->https;
    return true;
}

bool app_adopt(struct app *app, enum door door, int fd, const struct sockaddr *address, socklen_t len)
{
    return server_adopt(app->server, door, fd, address, len);
}

int app_order_fd(const struct app *app)
{
    return app->order_pipe[1];
}

/* --- the loop --------------------------------------------------------------------------------------------------- */

/* The monotonic time of the next timer of any kind. */
static int64_t next_timer(const struct app *app)
{
    const struct timer *real = sched_first(&app->real_timers);
    int64_t simulated = worlds_wake_at(app->worlds);

    return real && real->due < simulated ? real->due : simulated;
}

static int timeout_ms(const struct app *app)
{
    int server = server_timeout_ms(app->server);
    int64_t next = next_timer(app), now = app->base.mono;

    if (app->busy || next <= now)
        return 0;
    if (next == CLOCK_NEVER)
        return server;
    int64_t ms = (next - now + NS_PER_MS - 1) / NS_PER_MS;
    return server >= 0 && server < ms ? server : ms < 60000 ? (int)ms : 60000;
}

static void read_orders(struct app *app)
{
    char orders[64];
    ssize_t got = read(app->order_pipe[0], orders, sizeof(orders));

    for (ssize_t i = 0; i < got; i++) {
        app->told_to_stop |= orders[i] == APP_STOP;
        app->told_to_reload |= orders[i] == APP_RELOAD;
    }
}

static void wait_for_work(struct app *app)
{
    struct pollfd fds[] = {{.fd = server_fd(app->server), .events = POLLIN},
                           {.fd = worker_fd(app->worker), .events = POLLIN},
                           {.fd = app->order_pipe[0], .events = POLLIN}};

    int ready = app->transport->interface->wait(app->transport, fds, 3, timeout_ms(app));
    if (ready < 0) // interrupted by a signal, which may well be the one to stop
        ready = poll(fds, 3, 0);
    if (ready > 0 && fds[2].revents != 0)
        read_orders(app);
}

static void run_timers(struct app *app)
{
    const struct timer *first;

    worlds_run_due(app->worlds, TIMERS_PER_ROUND);
    while ((first = sched_first(&app->real_timers)) && first->due <= app->base.mono)
        sched_fire(&app->real_timers);
}

static void begin_to_stop(struct app *app)
{
    log_info("stopping");
    app->stopping = true;
    server_drain(app->server);
}

/* The order is that of cause and effect: requests set timers, timers wake parked requests, and these are sent in the
 * same turn; whatever that made due runs as well, up to a bound. */
bool app_turn(struct app *app, bool may_wait)
{
    bool did = false, more, moving = false;
    int round = 0;

    if (may_wait)
        wait_for_work(app);
    if (app->told_to_stop && !app->stopping) // what is answered from now on ends its connection
        begin_to_stop(app);
    read_time(app);
    worker_collect(app->worker);
    did |= app->transport->interface->run(app->transport);
    run_timers(app); // what was due when a request comes has happened
    did |= server_turn(app->server, app->base.mono);
    do {
        read_time(app);
        more = next_timer(app) <= app->base.mono;
        run_timers(app);
        moving = control_run(&app->control);
        more |= server_turn(app->server, app->base.mono);
        did |= more;
    } while (more && ++round < ROUNDS_PER_TURN);
    bool reaping = worlds_reap(app->worlds, REAPED_PER_TURN);
    app->busy = moving || reaping;
    return did || app->busy;
}

/* Is a request not answered yet, or a webhook on its way? */
static bool is_busy(const struct app *app)
{
    return server_busy(app->server) || webhooks_in_flight(app->webhooks) > 0;
}

/* Answers what was accepted: parked requests as if their time had come, the others as they complete. Whoever was in the
 * backlog a moment ago takes a turn or two until his request is seen. */
static void drain(struct app *app)
{
    enum { QUIET_TURNS = 3 };
    int64_t end = app->base.mono + DRAIN_MS * NS_PER_MS;
    struct pollfd fd = {.fd = server_fd(app->server), .events = POLLIN};
    int quiet = 0;

    while (app->base.mono < end && (quiet < QUIET_TURNS || is_busy(app))) {
        while (sched_first(&app->real_timers))
            sched_fire(&app->real_timers);
        quiet = app_turn(app, false) ? 0 : quiet + 1;
        if (quiet >= QUIET_TURNS && is_busy(app))
            app->transport->interface->wait(app->transport, &fd, 1, 10);
    }
}

enum app_order app_run(struct app *app)
{
    app->told_to_reload = false;
    while (!app->told_to_stop && !app->told_to_reload)
        app_turn(app, true);
    if (!app->told_to_stop)
        return APP_RELOAD;
    drain(app);
    return APP_STOP;
}

struct transport *app_transport(struct app *app)
{
    return app->transport;
}

struct worlds *app_worlds(struct app *app)
{
    return app->worlds;
}

struct server *app_server(struct app *app)
{
    return app->server;
}

struct catalog *app_catalog(struct app *app)
{
    return &app->catalog;
}

struct worker *app_worker(struct app *app)
{
    return app->worker;
}

size_t app_jobs(const struct app *app)
{
    return worker_pending(app->worker);
}

bool app_wait_for_jobs(const struct app *app, int ms)
{
    struct pollfd fd = {.fd = worker_fd(app->worker), .events = POLLIN};

    return poll(&fd, 1, ms) > 0;
}
