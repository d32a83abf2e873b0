#include "config.h"
#include "base/mem.h"
#include "config_values.h"
#include "core/signature.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define ENVIRONMENT "REPLICATE_MOCK_"

#define AT(field) offsetof(struct config, field)

/* In every world the same, so that a test can have it in its source: base64 of "replicate-mock-test-key!". */
#define KNOWN_SECRET "whsec_cmVwbGljYXRlLW1vY2stdGVzdC1rZXkh"

/* Every option: --name VALUE, --name=VALUE, REPLICATE_MOCK_NAME. A value of NULL: a switch, on with --name alone. A
 * default of NULL: nothing is set. */
static const struct option {
    const char *name, *value, *def;
    size_t at;
    value_parser *parse;
    const char *help;
} options[] = {
    {"port", "N", "7375", AT(port), value_port, "0 takes a free one; short: -p"},
    {"host", "ADDR", "127.0.0.1", AT(host), value_text, "the address or name to listen at"},
    {"public-url", "URL", NULL, AT(public_url), value_url,
     "start of every URL in answers; default: from the request's Host or X-Forwarded-*"},
    {"control-host", "NAME", NULL, AT(control_hosts), value_list,
     "one more Host name that may call /_mock; * = any (repeatable)"},
    {"models", "PATH", NULL, AT(models), value_list,
     "more models: a file of one model object or an array of them, or a folder of such files (repeatable)"},
    {"unknown-models", "refuse|accept", "refuse", AT(accept_unknown_models), value_unknown_models,
     "accept: any version runs, without a schema, and answers text"},
    {"scenario", "FILE", NULL, AT(scenarios), value_list,
     "rules that bring about errors and delays: docs/scenarios.md (repeatable)"},
    {"auth", "required|none", "required", AT(auth_required), value_auth,
     "none: no Authorization header needed; requests without one share the world of the token \"none\""},
    {"token", "T", NULL, AT(tokens), value_list, "only these tokens are good (repeatable)"},
    {"clock", "real|manual", "real", AT(manual_clock), value_clock, "manual: time moves by /_mock/clock/advance alone"},
    {"speed", "X", "1", AT(speed), value_speed, "simulated seconds per real second"},
    {"start-time", "T", "now", AT(start_time), value_time, "where a new world's clock starts (RFC 3339)"},
    {"boot", "D", "100ms", AT(boot), value_duration, "how long a prediction is `starting`"},
    {"predict", "D", "1s", AT(predict), value_duration, "how long it is `processing`"},
    {"seed", "N", NULL, AT(seed), value_seed,
     "ids, keys and all that is drawn become a function of N, the token and the order of its requests"},
    {"tls-port", "N", "off", AT(tls_port), value_tls_port, "HTTPS beside HTTP; 0 takes a free one"},
    {"tls-dir", "DIR", NULL, AT(tls_dir), value_text,
     "where its certificates are kept, made on first use; default: ~/.local/share/replicate-mock"},
    {"tls-name", "NAME", NULL, AT(tls_names), value_names,
     "one more name or address that its certificate is for (repeatable)"},
    {"output-urls", "auto|http|https|data", "auto", AT(output_urls), value_output_urls,
     "how `output` shows files; data: the files themselves, as data: URIs, up to 8 MiB a prediction"},
    {"rate-limit", "TIER", "off", AT(rate_limit), value_rate_limit,
     "off, default, low-credit (6 creates a minute, 20 in all) or CREATES/MIN, such as 30/min: 429 above"},
    {"retention", "D", "1h", AT(retention), value_duration,
     "so long after completion input, output and logs go; 0 keeps them"},
    {"max-predictions", "N", "100000", AT(max_predictions), value_count,
     "in a world; the oldest finished one goes first"},
    {"max-worlds", "N", "4096", AT(max_worlds), value_count, "tokens; the longest idle one goes first"},
    {"max-body", "SIZE", "16MiB", AT(max_body), value_size, "of a JSON body; 413 above"},
    {"max-memory", "SIZE", "1GiB", AT(max_memory), value_size,
     "all that is stored; the oldest finished inputs and outputs go first"},
    {"webhook-insecure", NULL, NULL, AT(webhook_insecure), value_switch, "accept receivers' self-signed certificates"},
    {"webhook-secret", "S", KNOWN_SECRET, AT(webhook_secret), value_secret, "signs webhooks; the same in every world"},
    {"fetch-inputs", NULL, NULL, AT(fetch_inputs), value_switch,
     "fetch input files at http(s) URLs; off: a stand-in picture is drawn from the URL's text"},
    {"log-level", "error|warn|info|debug", "info", AT(log_level), value_log_level, "what goes to stderr"},
    {"log-format", "text|json", "text", AT(log_json), value_log_format, "how"},
    {"id", "ID", NULL, AT(message_id), value_message_id, "the message's webhook-id"},
    {"timestamp", "T", NULL, AT(timestamp), value_timestamp,
     "its webhook-timestamp, in seconds since 1970; sign: now, if there is none"},
    {"signature", "V", NULL, AT(signature), value_text, "verify: its webhook-signature"},
    {"tolerance", "D", "0", AT(tolerance), value_duration,
     "verify: how far from now the timestamp may be; 0 takes any"},
};

enum { OPTION_COUNT = sizeof(options) / sizeof(*options) };

/* Those that not every subcommand takes. */
static const struct limit {
    const char *name;
    unsigned taken;  // by the subcommands that take one of these
    unsigned needed; // by those that take one of these
} limits[] = {
    {"id", TAKES_MESSAGE, TAKES_MESSAGE},
    {"timestamp", TAKES_MESSAGE, TAKES_SIGNATURE},
    {"signature", TAKES_SIGNATURE, TAKES_SIGNATURE},
    {"tolerance", TAKES_SIGNATURE, 0},
};

/* Defaults that are others with a server of its own: it is for the command alone, and so is stderr. */
static const struct command_default {
    const char *name, *def;
} command_defaults[] = {
    {"port", "0"},
    {"log-level", "warn"},
};

/* NULL: it is the same with a server of its own. */
static const char *command_default_of(const struct option *option)
{
    for (size_t i = 0; i < sizeof(command_defaults) / sizeof(*command_defaults); i++)
        if (strcmp(command_defaults[i].name, option->name) == 0)
            return command_defaults[i].def;
    return NULL;
}

/* NULL: every subcommand takes it, and none needs it. */
static const struct limit *limit_of(const struct option *option)
{
    for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
        if (strcmp(limits[i].name, option->name) == 0)
            return &limits[i];
    return NULL;
}

static bool is_taken(const struct option *option, unsigned takes)
{
    const struct limit *limit = limit_of(option);

    return !limit || (limit->taken & takes);
}

static bool is_needed(const struct option *option, unsigned takes)
{
    const struct limit *limit = limit_of(option);

    return limit && (limit->needed & takes);
}

/* `source` is what the value was given as: "--port", "REPLICATE_MOCK_PORT". */
static bool set(struct config *config, const struct option *option, const char *text, const char *source,
                char reason[256])
{
    const char *right = option->parse(config, (char *)config + option->at, text);
    int shown = (int)strcspn(text, "\r\n"); // it is to be one line

    if (right && option->parse == value_secret) // which is not to stand in a log
        snprintf(reason, 256, "%s: this one is not right; it takes %s", source, right);
    else if (right)
        snprintf(reason, 256, "%s: \"%.*s\" is not right; it takes %s", source, shown < 60 ? shown : 60, text, right);
    return !right;
}

static const struct option *find(const char *name, size_t len, unsigned takes)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (strlen(options[i].name) == len && strncmp(options[i].name, name, len) == 0)
            return is_taken(&options[i], takes) ? &options[i] : NULL;
    return NULL;
}

/* Flags: --name VALUE, --name=VALUE, -p N, -pN. `seen` notes which options they set. A word goes to `words`, if the
 * command takes some. */
static bool read_flags(struct config *config, int argc, char *const *argv, unsigned takes, bool seen[OPTION_COUNT],
                       const char **words, char reason[256])
{
    for (int i = 1; i < argc; i++) {
        const char *flag = argv[i], *value = NULL;
        const struct option *option = NULL;
        if ((takes & TAKES_WORDS) && *flag != '-') {
            *words++ = flag;
            continue;
        }
        if ((takes & TAKES_COMMAND) && strcmp(flag, "--") == 0) {
            memcpy(words, argv + i + 1, (size_t)(argc - i - 1) * sizeof(*words));
            break;
        }
        if (strncmp(flag, "--", 2) == 0) {
            size_t len = strcspn(flag + 2, "=");
            option = find(flag + 2, len, takes);
            value = flag[2 + len] ? flag + 2 + len + 1 : option && !option->value ? "1" : NULL;
        } else if (strncmp(flag, "-p", 2) == 0) {
            option = find("port", strlen("port"), takes);
            value = flag[2] ? flag + 2 : NULL;
        }
        if (!option) {
            snprintf(reason, 256, "unknown option \"%.60s\"; --help lists them%s", flag,
                     takes & TAKES_COMMAND ? "; a command stands behind --" : "");
            return false;
        }
        if (!value && i + 1 == argc) {
            snprintf(reason, 256, "--%s needs a value: %s", option->name, option->value);
            return false;
        }
        char source[64];
        snprintf(source, sizeof(source), "--%s", option->name);
        seen[option - options] = true;
        if (!set(config, option, value ? value : argv[++i], source, reason))
            return false;
    }
    return true;
}

static void variable_name(char name[64], const struct option *option)
{
    size_t len = (size_t)snprintf(name, 64, ENVIRONMENT "%s", option->name);

    for (size_t i = 0; i < len; i++)
        name[i] = name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
}

/* A repeatable option splits at commas in the environment. */
static bool set_from_environment(struct config *config, const struct option *option, const char *text, const char *name,
                                 char reason[256])
{
    if (option->parse != value_list && option->parse != value_names)
        return set(config, option, text, name, reason);
    char *rest, *copy = arena_strndup(&config->arena, text, strlen(text)); // the list points into it
    for (char *part = strtok_r(copy, ",", &rest); part; part = strtok_r(NULL, ",", &rest))
        if (!set(config, option, part, name, reason))
            return false;
    return true;
}

static bool read_environment(struct config *config, unsigned takes, bool seen[OPTION_COUNT], char reason[256])
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char name[64];
        variable_name(name, &options[i]);
        const char *text = seen[i] || !is_taken(&options[i], takes) ? NULL : getenv(name);
        // Kubernetes sets REPLICATE_MOCK_PORT=tcp://… for a Service of this name: that is not for us.
        if (!text || !*text || (options[i].parse == value_port && strncmp(text, "tcp://", 6) == 0))
            continue;
        if (!set_from_environment(config, &options[i], text, name, reason))
            return false;
        seen[i] = true;
    }
    return true;
}

static bool has_needed(unsigned takes, const bool seen[OPTION_COUNT], char reason[256])
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (seen[i] || !is_needed(&options[i], takes))
            continue;
        snprintf(reason, 256, "--%s %s is missing", options[i].name, options[i].value);
        return false;
    }
    return true;
}

/* Where a user's programs keep such data; NULL: the environment does not tell. */
static const char *default_tls_dir(struct config *config)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

    if (data && *data == '/') // "All paths set in these environment variables must be absolute."
        return arena_printf(&config->arena, "%s/replicate-mock", data);
    return home && *home ? arena_printf(&config->arena, "%s/.local/share/replicate-mock", home) : NULL;
}

/* The name in a URL, or the address without its brackets. */
static const char *host_of_url(struct config *config, const char *url)
{
    const char *host = strstr(url, "://") + 3;
    bool is_ipv6 = *host == '[';

    return arena_strndup(&config->arena, host + is_ipv6, strcspn(host + is_ipv6, is_ipv6 ? "]" : ":/"));
}

static size_t count_of(const char *const *list)
{
    size_t count = 0;

    while (list[count])
        count++;
    return count;
}

/* --control-host, and the names by which the server is known in any case. */
static const char *const *all_control_hosts(struct config *config)
{
    const char *const *const lists[] = {config->control_hosts, config->tls_names};
    size_t most = count_of(lists[0]) + count_of(lists[1]) + 3, at = 0;
    const char **hosts = arena_alloc(&config->arena, most * sizeof(*hosts));

    for (size_t i = 0; i < 2; i++)
        for (const char *const *name = lists[i]; *name; name++)
            hosts[at++] = *name;
    hosts[at++] = config->host;
    if (config->public_url)
        hosts[at++] = host_of_url(config, config->public_url);
    hosts[at] = NULL;
    return hosts;
}

/* What the options say together. */
static bool check_together(struct config *config, char reason[256])
{
    if (!config->tls_dir)
        config->tls_dir = default_tls_dir(config);
    if (config->tls_port < 0 || config->tls_dir)
        return true;
    snprintf(reason, 256, "--tls-port needs --tls-dir DIR, for the environment has no HOME");
    return false;
}

bool config_read(struct config *config, int argc, char *const *argv, unsigned takes, char reason[256])
{
    static const char *const none[] = {NULL};
    bool seen[OPTION_COUNT] = {false};

    *config = (struct config){0};
    const char **words = arena_alloc(&config->arena, (size_t)(argc + 1) * sizeof(*words));
    for (int i = 0; i <= argc; i++)
        words[i] = NULL;
    config->words = words;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *def = takes & HAS_OWN_SERVER ? command_default_of(&options[i]) : NULL;
        if (!def)
            def = options[i].def;
        if (def && !set(config, &options[i], def, options[i].name, reason))
            return false;
    }
    if (!read_flags(config, argc, argv, takes, seen, words, reason) || !read_environment(config, takes, seen, reason) ||
        !has_needed(takes, seen, reason))
        return false;
    if (!config->tokens)
        config->tokens = none;
    if (!config->control_hosts)
        config->control_hosts = none;
    if (!config->tls_names)
        config->tls_names = none;
    if (!config->models)
        config->models = none;
    if (!config->scenarios)
        config->scenarios = none;
    config->control_hosts = all_control_hosts(config);
    return check_together(config, reason);
}

void config_free(struct config *config)
{
    arena_free(&config->arena);
}

bool config_option(size_t number, struct option_text *text)
{
    if (number >= OPTION_COUNT)
        return false;
    const struct option *option = &options[number];
    const struct limit *limit = limit_of(option);
    *text = (struct option_text){.name = option->name,
                                 .value = option->value,
                                 .def = option->value ? option->def : "off",
                                 .own_def = command_default_of(option),
                                 .help = option->help,
                                 .taken = limit ? limit->taken : 0};
    return true;
}
