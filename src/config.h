/* The options: flags, environment, defaults, --help, all from one table. */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/log.h"
#include "base/mem.h"
#include "core/limit.h"
#include "core/output_urls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a subcommand takes beside the options that all take, or'ed together. */
enum {
    TAKES_WORDS = 1,     /* words: what is no option */
    TAKES_MESSAGE = 2,   /* a webhook's message: --id, --timestamp */
    TAKES_SIGNATURE = 4, /* what a message came with: --signature, --tolerance */
    TAKES_COMMAND = 8,   /* a command behind --, whose words are the words */
    HAS_OWN_SERVER = 16, /* for itself alone: at a free port, and it says little */
};

struct config {
    struct arena arena; /* what the texts and lists below may lie in */
    int port;
    const char *host;
    const char *public_url; /* NULL: from each request */
    int tls_port;           /* -1: no TLS */
    const char *tls_dir;    /* NULL: no TLS, and no folder either */
    /* These lists end with NULL. */
    const char *const *tls_names;     /* more names for the certificate */
    const char *const *control_hosts; /* that may call /_mock: given, and those of host, public_url and tls_names */
    const char *const *tokens;
    const char *const *models;
    const char *const *scenarios;
    const char *const *words; /* what stands on the command line and is no option */
    bool accept_unknown_models;
    bool auth_required;
    bool manual_clock;
    double speed;
    int64_t start_time;               /* 0: now */
    int64_t boot, predict, retention; /* nanoseconds */
    bool seeded;
    uint64_t seed;
    enum output_urls output_urls;
    struct limit_tier rate_limit;
    size_t max_predictions, max_worlds, max_body, max_memory;
    enum log_level log_level;
    bool log_json;
    bool webhook_insecure;
    bool fetch_inputs;
    const char *webhook_secret; /* secret_is_valid */
    const char *message_id;     /* those of TAKES_MESSAGE and TAKES_SIGNATURE; NULL: not given */
    const char *timestamp;      /* digits alone, seconds since 1970 */
    const char *signature;
    int64_t tolerance; /* nanoseconds; 0: any */
};

/* Reads flags (argv[1 …]), then the environment, then the defaults; `takes` is the subcommand's. False: `reason` names
 * the option, what is wrong with it and what would be right, in one line. Texts point into argv, the environment and
 * the config's arena; either way config_free ends it. */
bool config_read(struct config *config, int argc, char *const *argv, unsigned takes, char reason[256]);
void config_free(struct config *config);

/* An option as help, manual and completions tell it. */
struct option_text {
    const char *name;    /* without its -- */
    const char *value;   /* "N", "real|manual"; NULL: a switch */
    const char *def;     /* NULL: none, or the help says it */
    const char *own_def; /* another one where the subcommand has a server of its own (HAS_OWN_SERVER); NULL: the same */
    const char *help;
    unsigned taken; /* by the subcommands that take one of these; 0: by all */
};

/* The option of that number, in the order of the table. False: there are no more. */
bool config_option(size_t number, struct option_text *text);

#endif
