#include "app.h"
#include "cli/cli.h"
#include "cli/models.h"
#include "cli/pointing.h"
#include "cli/scenarios.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static int stop_fd;

static void on_signal(int number)
{
    (void)number;
    ssize_t written = write(stop_fd, "", 1);
    (void)written;
}

static void catch_signals(const struct app *app)
{
    struct sigaction stop = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};

    stop_fd = app_stop_fd(app);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

static void print_ready(const char *host, const struct ports *ports)
{
    struct arena arena = {0};

    printf("replicate-mock listening on %s\n", pointing_url(&arena, "http", host, ports->http));
    if (ports->https >= 0)
        printf("replicate-mock listening on %s\n", pointing_url(&arena, "https", host, ports->https));
    fflush(stdout);
    arena_free(&arena);
}

/* False: a file is not right; stderr has its first fault. Ends `lines`. */
static bool are_right(struct buf *lines, const char *option)
{
    bool right = lines->len == 0;

    if (!right)
        fprintf(stderr, "replicate-mock: %s: %.*s\n", option, (int)strcspn(buf_cstr(lines), "\n"), lines->data);
    buf_free(lines);
    return right;
}

static bool load_models(const struct config *config, struct catalog *catalog)
{
    struct buf lines = {0};

    for (const char *const *path = config->models; *path && lines.len == 0; path++)
        models_load(catalog, *path, &lines);
    return are_right(&lines, "--models");
}

static bool load_scenarios(const struct config *config, struct worlds *worlds)
{
    struct rule_set *given = &worlds->scenarios->given;
    struct buf lines = {0};

    for (const char *const *path = config->scenarios; *path && lines.len == 0; path++) {
        struct list rules;
        list_init(&rules);
        scenarios_load(&rules, *path, &lines);
        if (!scenario_has_room(worlds, given, &rules))
            buf_printf(&lines, "%s: more than %d rules in all files\n", *path, SCENARIO_RULES_MAX);
        list_each (link, &rules)
            scenario_put(worlds, given, container_of(link, struct rule, link));
    }
    return are_right(&lines, "--scenario");
}

/* False: the folder of the certificates is not right; stderr says what. */
static bool open_tls(const struct config *config, struct app *app)
{
    char reason[AUTHORITY_REASON];
    struct identity identity;

    if (config->tls_port < 0)
        return true;
    if (!authority_open(&identity, config->tls_dir, config->tls_names, pointing_host(config->host), time(NULL),
                        reason)) {
        fprintf(stderr, "replicate-mock: --tls-dir: %s\n", reason);
        return false;
    }
    bool taken = app_speak_tls(app, &identity);
    identity_free(&identity);
    if (!taken)
        fprintf(stderr,
                "replicate-mock: --tls-dir: libmicrohttpd does not take the certificate, or was built without TLS\n");
    return taken;
}

/* Files at https: where we speak no TLS. Something in front of us may; if nothing does, nobody can fetch a file. */
static void warn_of_https(const struct config *config)
{
    const char *public_url = config->public_url;

    if (config->output_urls != OUTPUT_URLS_HTTPS)
        return;
    if (public_url && strncasecmp(public_url, "https:", 6) != 0)
        log_warn("--output-urls https and --public-url %s: files get https: URLs at the same host and port, so what is "
                 "there has to speak TLS",
                 public_url);
    else if (!public_url && config->tls_port < 0)
        log_warn("--output-urls https without --tls-port: whatever stands before this server has to speak TLS");
}

struct app *serve_open(const struct config *config, struct ports *ports, int *code)
{
    char reason[256];
    struct app *app = app_new(config, NULL);

    if (!load_models(config, app_catalog(app)) || !load_scenarios(config, app_worlds(app)) || !open_tls(config, app)) {
        app_free(app);
        *code = EXIT_USAGE;
        return NULL;
    }
    if (app_listen(app, ports, reason)) {
        warn_of_https(config);
        return app;
    }
    fprintf(stderr, "replicate-mock: %s\n", reason);
    app_free(app);
    *code = EXIT_FAILED;
    return NULL;
}

int serve_main(const struct config *config)
{
    struct ports ports;
    int code;
    struct app *app = serve_open(config, &ports, &code);

    if (!app)
        return code;
    catch_signals(app);
    print_ready(config->host, &ports);
    app_run(app);
    app_free(app);
    return 0;
}
