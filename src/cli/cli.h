/* The command line: which subcommand, --help and --version. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/buf.h"
#include "config.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Runs the subcommand that argv names (without one: serve). Returns the exit code. */
int cli_main(int argc, char **argv);

/* Reads all of stdin, at most 16 MiB: the body of a message. False: it has said on stderr why not. */
bool cli_read_body(struct buf *body);

/* The subcommands, one file each. */
int serve_main(const struct config *config);
int healthcheck_main(const struct config *config);
int check_main(const struct config *config);
int sign_main(const struct config *config);
int verify_main(const struct config *config);

#endif
