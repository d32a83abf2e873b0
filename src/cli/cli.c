#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BODY_MAX_MIB = 16 };

static const struct command {
    const char *name;
    const char *words; // what it takes beside options; NULL: nothing
    unsigned takes;
    int (*run)(const struct config *config);
    const char *help;
} commands[] = {
    {"serve", NULL, 0, serve_main, "serve the API (the default)"},
    {"exec", "-- CMD ARGS...", TAKES_COMMAND | HAS_OWN_SERVER, exec_main,
     "run CMD beside a server of its own; exit as it does"},
    {"env", "[CLIENT]", TAKES_WORDS, env_main,
     "print shell exports that point a client at the server of these options"},
    {"healthcheck", NULL, 0, healthcheck_main, "exit 0 if the server of these options answers, else 1"},
    {"check", "FILE...", TAKES_WORDS, check_main,
     "read model and scenario files: exit 0, or 1 with a line for each fault"},
    {"demo", "[FOLDER]", TAKES_WORDS | HAS_OWN_SERVER, demo_main,
     "run all structures of ControlNet on a sample picture; writes the pictures and a sheet of them"},
    {"sign", "<BODY", TAKES_MESSAGE, sign_main, "print a webhook's three headers; its body comes from stdin"},
    {"verify", "<BODY", TAKES_MESSAGE | TAKES_SIGNATURE, verify_main,
     "exit 0 if a webhook's signature fits, else 1 with the reason"},
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(*commands) };

bool cli_command(size_t number, struct command_text *text)
{
    if (number >= COMMAND_COUNT)
        return false;
    const struct command *command = &commands[number];
    *text = (struct command_text){command->name, command->words, command->help, command->takes};
    return true;
}

/* One a line: those that all subcommands take, or (`of_few`) those that only some do. */
static void print_options(bool of_few)
{
    struct option_text option;

    for (size_t i = 0; config_option(i, &option); i++) {
        char left[64];
        if ((option.taken != 0) != of_few)
            continue;
        snprintf(left, sizeof(left), "--%s%s%s", option.name, option.value ? " " : "",
                 option.value ? option.value : "");
        printf("  %-33s %s%s%s%s%s%s\n", left, option.help, option.def ? " [" : "", option.def ? option.def : "",
               option.own_def ? "; exec, demo: " : "", option.own_def ? option.own_def : "", option.def ? "]" : "");
    }
}

static void print_clients(void)
{
    const char *name;

    printf("clients of env: ");
    for (size_t i = 0; (name = env_client(i)); i++)
        printf("%s%s", i > 0 ? ", " : "", name);
    printf("\n");
}

static int help(void)
{
    puts("replicate-mock: a local stand-in for the Replicate HTTP API\n\n"
         "usage: replicate-mock [COMMAND] [OPTIONS]\n\ncommands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-11s %-21s %s\n", commands[i].name, commands[i].words ? commands[i].words : "", commands[i].help);
    puts("\noptions (each is also an environment variable: --some-name is REPLICATE_MOCK_SOME_NAME,\n"
         "a repeatable one splits there at commas; flags go before environment, that before [defaults]):");
    print_options(false);
    puts("  -h, --help                        this text\n"
         "  --version                         the version\n\n"
         "options of sign and verify:");
    print_options(true);
    puts("\ndurations: 250ms, 1.5s, 2m, 1h, 0; sizes: 64KiB, 16MiB, 1GiB, plain bytes\n"
         "options that are [off]: on without a value; =1, =0, =true, =false");
    print_clients();
    return 0;
}

static int version(void)
{
    puts("replicate-mock " PROJECT_VERSION);
    return 0;
}

/* Behind -- everything is the command's own. */
static bool has(int argc, char *const *argv, const char *flag)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], flag) == 0)
            return true;
    return false;
}

static int usage(const char *reason)
{
    fprintf(stderr, "replicate-mock: %s\n", reason);
    return EXIT_USAGE;
}

bool cli_read_body(struct buf *body)
{
    const size_t max = (size_t)BODY_MAX_MIB << 20;

    while (body->len <= max) {
        buf_reserve(body, 65536);
        ssize_t got = read(STDIN_FILENO, body->data + body->len, 65536);
        if (got == 0)
            return true;
        if (got > 0) {
            body->len += (size_t)got;
        } else if (errno != EINTR) {
            fprintf(stderr, "replicate-mock: the body on stdin: %s\n", strerror(errno));
            return false;
        }
    }
    fprintf(stderr, "replicate-mock: the body on stdin is larger than %d MiB\n", BODY_MAX_MIB);
    return false;
}

int cli_main(int argc, char **argv)
{
    const struct command *command = &commands[0];
    struct config config;
    char reason[256];

    if (has(argc, argv, "-h") || has(argc, argv, "--help"))
        return help();
    if (has(argc, argv, "--version"))
        return version();
    if (argc > 1 && argv[1][0] != '-') {
        size_t i = 0;
        while (i < COMMAND_COUNT && strcmp(commands[i].name, argv[1]) != 0)
            i++;
        if (i == COMMAND_COUNT) {
            snprintf(reason, sizeof(reason), "unknown command \"%.60s\"; --help lists them", argv[1]);
            return usage(reason);
        }
        command = &commands[i];
        argc--;
        argv++;
    }
    int code = EXIT_USAGE;
    if (config_read(&config, argc, argv, command->takes, reason)) {
        log_setup(config.log_level, config.log_json);
        code = command->run(&config);
    } else {
        usage(reason);
    }
    config_free(&config);
    return code;
}
