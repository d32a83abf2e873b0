#include "app.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/models.h"
#include "cli/pointing.h"
#include "cli/scenarios.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static int order_fd;
static volatile sig_atomic_t reload_is_ordered; // once is enough: a storm must leave room in the pipe for the end

static void on_signal(int number)
{
    int error = errno;
    char order = number == SIGHUP ? APP_RELOAD : APP_STOP;

    if (number != SIGHUP || !reload_is_ordered) {
        ssize_t written = write(order_fd, &order, 1);
        reload_is_ordered |= number == SIGHUP && written == 1;
    }
    errno = error;
}

static void catch_signals(const struct app *app)
{
    static const int caught[] = {SIGTERM, SIGINT, SIGHUP};
    struct sigaction catch = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN}, old;

    order_fd = app_order_fd(app);
    for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++) {
        sigaction(caught[i], NULL, &old);
        if (caught[i] != SIGHUP || old.sa_handler != SIG_IGN) // nohup: it is to go on without its terminal
            sigaction(caught[i], &catch, NULL);
    }
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
    struct buf lines = {0};
    size_t kept;

    scenarios_give(worlds, config->scenarios, &kept, &lines);
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

/* --- SIGHUP --------------------------------------------------------------------------------------------------------- */

static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void log_faults(const struct buf *lines)
{
    const char *line = lines->data, *end = lines->data + lines->len;

    for (const char *stop; line < end && (stop = memchr(line, '\n', (size_t)(end - line))); line = stop + 1)
        log_error("--scenario: %.*s", (int)(stop - line), line);
    log_error("--scenario: the rules stay as they were");
}

static void reload(const struct config *config, struct worlds *worlds)
{
    struct buf lines = {0};
    size_t kept = 0;

    reload_is_ordered = 0; // what is written to a file from now on is for another time
    if (!*config->scenarios) {
        log_info("SIGHUP: there is nothing to read again without --scenario");
        return;
    }
    scenarios_give(worlds, config->scenarios, &kept, &lines);
    if (lines.len > 0)
        log_faults(&lines);
    else
        log_info("--scenario: read again: %zu rules, %zu of them as they were", worlds->scenarios->given.count, kept);
    buf_free(&lines);
}

/* Serves until it is told to stop. SIGHUP is also what the end of the terminal sends: whoever closes its window does not
 * want to meet the server again, on its port. */
static void run(const struct config *config, struct app *app)
{
    bool had_terminal = has_terminal();

    while (app_run(app) == APP_RELOAD) {
        if (had_terminal && !has_terminal())
            on_signal(SIGTERM);
        else
            reload(config, app_worlds(app));
    }
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
    run(config, app);
    app_free(app);
    return 0;
}
