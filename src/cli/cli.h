/* The command line: which subcommand, --help and --version. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/buf.h"
#include "config.h"

struct app;
struct ports;

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Runs the subcommand that argv names (without one: serve). Returns the exit code. */
int cli_main(int argc, char **argv);

/* Reads all of stdin, at most 16 MiB: the body of a message. False: it has said on stderr why not. */
bool cli_read_body(struct buf *body);

/* What `serve` and `exec` begin with: the program, with the models of --models, listening at *ports. NULL: it has said on
 * stderr why not, and *code is the exit code. */
struct app *serve_open(const struct config *config, struct ports *ports, int *code);

/* A subcommand as help, manual and completions tell it. */
struct command_text {
    const char *name;
    const char *words; /* what it takes beside options: "[CLIENT]"; NULL: nothing */
    const char *help;
    unsigned takes; /* config.h */
};

/* The subcommand of that number. False: there are no more. */
bool cli_command(size_t number, struct command_text *text);

/* The name of a client that `env` knows, by its number. NULL: there are no more. */
const char *env_client(size_t number);

/* The subcommands, one file each. */
int serve_main(const struct config *config);
int exec_main(const struct config *config);
int env_main(const struct config *config);
int healthcheck_main(const struct config *config);
int check_main(const struct config *config);
int demo_main(const struct config *config);
int sign_main(const struct config *config);
int verify_main(const struct config *config);

#endif
