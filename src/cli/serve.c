#include "app.h"
#include "cli/cli.h"
#include "cli/models.h"
#include "cli/scenarios.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
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

/* An IPv6 address stands in brackets in a URL. */
static void print_ready(const char *host, int port)
{
    bool is_ipv6 = strchr(host, ':') != NULL;

    printf("replicate-mock listening on http://%s%s%s:%d\n", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
    fflush(stdout);
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

int serve_main(const struct config *config)
{
    char reason[256];
    struct app *app = app_new(config, NULL);

    if (!load_models(config, app_catalog(app)) || !load_scenarios(config, app_worlds(app))) {
        app_free(app);
        return EXIT_USAGE;
    }
    catch_signals(app);
    int port = app_listen(app, reason);
    if (port < 0) {
        fprintf(stderr, "replicate-mock: %s\n", reason);
        app_free(app);
        return EXIT_FAILED;
    }
    print_ready(config->host, port);
    app_run(app);
    app_free(app);
    return 0;
}
