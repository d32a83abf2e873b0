#include "app.h"
#include "cli/cli.h"
#include "cli/keeper.h"
#include "cli/pointing.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static int keeper_fd, order_fd;

/* What the keyboard sends goes to the whole job, the command included: it shall not get that twice. What somebody sends us
 * is for the command, which we then wait for; and so is the end of the terminal, which only the first of its session is
 * told. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    int error = errno;
    unsigned char byte = (unsigned char)number;

    (void)context;
    if (info->si_code <= 0 || number == SIGHUP) {
        ssize_t written = write(keeper_fd, &byte, 1);
        (void)written;
    }
    errno = error;
}

/* The keeper has ended, and so has the command. */
static void on_end(int number)
{
    int error = errno;
    char order = APP_STOP;

    (void)number;
    ssize_t written = write(order_fd, &order, 1);
    (void)written;
    errno = error;
}

static void catch_signals(void)
{
    static const int passed[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};
    struct sigaction pass = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART}, old;
    struct sigaction end = {.sa_handler = on_end, .sa_flags = SA_NOCLDSTOP}, ignore = {.sa_handler = SIG_IGN};

    for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++) {
        sigaction(passed[i], NULL, &old);
        if (passed[i] != SIGHUP || old.sa_handler != SIG_IGN) // nohup: it is to go on without its terminal
            sigaction(passed[i], &pass, NULL);
    }
    sigaction(SIGCHLD, &end, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

/* The variables for a server at these ports, as the keeper takes them. */
static void put_variables(struct buf *out, const struct config *config, const struct ports *ports)
{
    struct variable variables[POINTING_MAX];
    struct arena arena = {0};
    const char *host = pointing_host(config->host), *url = pointing_url(&arena, "http", host, ports->http);
    const char *tls_url = ports->https < 0 ? NULL : pointing_url(&arena, "https", host, ports->https);
    size_t count = pointing_variables(&arena, config, &pointing_of_all, url, tls_url, variables);

    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s=%s", variables[i].name, variables[i].value);
        buf_char(out, '\0');
    }
    arena_free(&arena);
}

int exec_main(const struct config *config)
{
    struct keeper keeper;
    struct buf variables = {0};
    struct ports ports;
    int code;

    if (!config->words[0]) {
        fputs("replicate-mock: exec needs a command behind --: replicate-mock exec [OPTIONS] -- CMD ARGS...\n", stderr);
        return EXIT_USAGE;
    }
    if (!keeper_start(&keeper, (char *const *)(uintptr_t)config->words)) {
        fprintf(stderr, "replicate-mock: no process for the command: %s\n", strerror(errno));
        return EXIT_FAILED;
    }
    struct app *app = serve_open(config, &ports, &code);
    if (!app) {
        keeper_dismiss(&keeper);
        return code;
    }
    keeper_fd = keeper.fd;
    order_fd = app_order_fd(app);
    catch_signals();
    put_variables(&variables, config, &ports);
    if (keeper_run(&keeper, &variables))
        app_run(app);
    buf_free(&variables);
    code = keeper_end(&keeper); // before the app goes, whose descriptors the handlers write to
    app_free(app);
    return code;
}
