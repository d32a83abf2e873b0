#include "config.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "core/signature.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define ENVIRONMENT "REPLICATE_MOCK_"

enum { LIST_MAX = 64 };

/* A parser puts the text's value at `field`, which is the config's. NULL: fine; otherwise what would be right. */
typedef const char *parser(struct config *config, void *field, const char *text);

static const char *parse_text(struct config *config, void *field, const char *text)
{
    (void)config;
    *(const char **)field = text;
    return *text ? NULL : "a text that is not empty";
}

/* --public-url: without the slash at its end. */
static const char *parse_url(struct config *config, void *field, const char *text)
{
    const char *right = "a URL such as http://mock:7375, without query or fragment";
    const char *host = strstr(text, "://");
    size_t len = strlen(text);

    if ((strncasecmp(text, "http://", 7) != 0 && strncasecmp(text, "https://", 8) != 0) || !host[3] ||
        strpbrk(text, "?#\"\\<>&"))
        return right;
    for (const char *at = text; *at; at++)
        if (*at <= ' ' || *at > '~')
            return right;
    while (text[len - 1] == '/')
        len--;
    if (text + len <= host + 3)
        return right;
    *(const char **)field = arena_strndup(&config->arena, text, len);
    return NULL;
}

/* Repeatable: each adds to the list. */
static const char *parse_list(struct config *config, void *field, const char *text)
{
    const char **list = *(const char ***)field;
    size_t count = 0;

    if (!list) {
        list = arena_alloc(&config->arena, (LIST_MAX + 1) * sizeof(*list));
        list[0] = NULL;
    }
    while (list[count])
        count++;
    if (!*text)
        return "a text that is not empty";
    if (count == LIST_MAX)
        return "at most 64 of them";
    list[count] = text;
    list[count + 1] = NULL;
    *(const char ***)field = list;
    return NULL;
}

static bool parse_whole(const char *text, uint64_t max, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    return isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && *value <= max;
}

static const char *parse_port(struct config *config, void *field, const char *text)
{
    (void)config;
    uint64_t value;

    if (!parse_whole(text, 65535, &value))
        return "a whole number from 0 to 65535";
    *(int *)field = (int)value;
    return NULL;
}

static const char *parse_count(struct config *config, void *field, const char *text)
{
    (void)config;
    uint64_t value;

    if (!parse_whole(text, 1000000000, &value) || value == 0)
        return "a whole number from 1 to 1000000000";
    *(size_t *)field = (size_t)value;
    return NULL;
}

static const char *parse_seed(struct config *config, void *field, const char *text)
{
    config->seeded = true;
    return parse_whole(text, UINT64_MAX, field) ? NULL : "a whole number from 0 to 18446744073709551615";
}

static const char *parse_duration(struct config *config, void *field, const char *text)
{
    (void)config;
    return duration_parse(text, field) ? NULL : "a duration: 250ms, 1.5s, 2m, 1h or 0";
}

static const char *parse_size(struct config *config, void *field, const char *text)
{
    (void)config;
    int64_t bytes;

    if (!size_parse(text, &bytes) || bytes < 1024 || bytes > INT64_C(1) << 40)
        return "a size from 1KiB to 1024GiB: 64KiB, 16MiB, 1GiB or plain bytes";
    *(size_t *)field = (size_t)bytes;
    return NULL;
}

static const char *parse_speed(struct config *config, void *field, const char *text)
{
    (void)config;
    char *end;
    double speed = strtod(text, &end);

    if (!*text || *end || !(speed > 0) || speed > 1e6 || strspn(text, "0123456789.") != strlen(text))
        return "a number more than 0, at most 1000000";
    *(double *)field = speed;
    return NULL;
}

static const char *parse_time(struct config *config, void *field, const char *text)
{
    (void)config;
    if (strcmp(text, "now") == 0) {
        *(int64_t *)field = 0;
        return NULL;
    }
    return time_parse(text, field) ? NULL : "a time such as 2026-01-31T12:00:00Z";
}

/* Which of two words: *field becomes true for the second. */
static const char *choose(bool *field, const char *text, const char *no, const char *yes, const char *right)
{
    *field = strcmp(text, yes) == 0;
    return *field || strcmp(text, no) == 0 ? NULL : right;
}

static const char *parse_auth(struct config *config, void *field, const char *text)
{
    (void)config;
    return choose(field, text, "none", "required", "required or none");
}

static const char *parse_clock(struct config *config, void *field, const char *text)
{
    (void)config;
    return choose(field, text, "real", "manual", "real or manual");
}

static const char *parse_unknown_models(struct config *config, void *field, const char *text)
{
    (void)config;
    return choose(field, text, "refuse", "accept", "refuse or accept");
}

/* What is there as a flag alone. */
static const char *parse_switch(struct config *config, void *field, const char *text)
{
    const char *right = "1, 0, true or false";

    (void)config;
    return choose(field, text, "0", "1", right) ? choose(field, text, "false", "true", right) : NULL;
}

static const char *parse_secret(struct config *config, void *field, const char *text)
{
    (void)config;
    *(const char **)field = text;
    return secret_is_valid(text) ? NULL : "whsec_ and behind it standard base64 of 24 to 64 bytes, with its padding";
}

/* What can stand in a header. */
static const char *parse_message_id(struct config *config, void *field, const char *text)
{
    (void)config;
    *(const char **)field = text;
    for (const char *at = text; *at; at++)
        if (*at <= ' ' || *at > '~')
            text = "";
    return *text ? NULL : "an id such as msg_2yGEvjbj5JfrCSTduf2IL4TZgFz";
}

static const char *parse_timestamp(struct config *config, void *field, const char *text)
{
    (void)config;
    uint64_t seconds;

    *(const char **)field = text;
    return parse_whole(text, INT64_C(999999999999), &seconds) ? NULL : "seconds since 1970, such as 1749452742";
}

static const char *parse_rate_limit(struct config *config, void *field, const char *text)
{
    (void)config;
    return limit_parse(text, field) ? NULL : "off, default, low-credit, or creates a minute from 1 to 1000000: 30/min";
}

static const char *parse_log_format(struct config *config, void *field, const char *text)
{
    (void)config;
    return choose(field, text, "text", "json", "text or json");
}

static const char *parse_log_level(struct config *config, void *field, const char *text)
{
    (void)config;
    static const char *const levels[] = {"error", "warn", "info", "debug"};

    for (int i = 0; i < 4; i++) {
        if (strcmp(levels[i], text) != 0)
            continue;
        *(enum log_level *)field = (enum log_level)i;
        return NULL;
    }
    return "error, warn, info or debug";
}

#define AT(field) offsetof(struct config, field)

/* In every world the same, so that a test can have it in its source: base64 of "replicate-mock-test-key!". */
#define KNOWN_SECRET "whsec_cmVwbGljYXRlLW1vY2stdGVzdC1rZXkh"

/* Every option: --name VALUE, --name=VALUE, REPLICATE_MOCK_NAME. A value of NULL: a switch, on with --name alone. A
 * default of NULL: nothing is set. */
static const struct option {
    const char *name, *value, *def;
    size_t at;
    parser *parse;
    const char *help;
} options[] = {
    {"port", "N", "7375", AT(port), parse_port, "0 takes a free one; short: -p"},
    {"host", "ADDR", "127.0.0.1", AT(host), parse_text, "the address or name to listen at"},
    {"public-url", "URL", NULL, AT(public_url), parse_url,
     "start of every URL in answers; default: from the request's Host or X-Forwarded-*"},
    {"control-host", "NAME", NULL, AT(control_hosts), parse_list,
     "one more Host name that may call /_mock; * = any (repeatable)"},
    {"models", "PATH", NULL, AT(models), parse_list,
     "more models: a file of one model object or an array of them, or a folder of such files (repeatable)"},
    {"unknown-models", "refuse|accept", "refuse", AT(accept_unknown_models), parse_unknown_models,
     "accept: any version runs, without a schema, and answers text"},
    {"scenario", "FILE", NULL, AT(scenarios), parse_list,
     "rules that bring about errors and delays: see \"Bring about an error\" in the README (repeatable)"},
    {"auth", "required|none", "required", AT(auth_required), parse_auth,
     "none: no Authorization header needed; requests without one share the world of the token \"none\""},
    {"token", "T", NULL, AT(tokens), parse_list, "only these tokens are good (repeatable)"},
    {"clock", "real|manual", "real", AT(manual_clock), parse_clock, "manual: time moves by /_mock/clock/advance alone"},
    {"speed", "X", "1", AT(speed), parse_speed, "simulated seconds per real second"},
    {"start-time", "T", "now", AT(start_time), parse_time, "where a new world's clock starts (RFC 3339)"},
    {"boot", "D", "100ms", AT(boot), parse_duration, "how long a prediction is `starting`"},
    {"predict", "D", "1s", AT(predict), parse_duration, "how long it is `processing`"},
    {"seed", "N", NULL, AT(seed), parse_seed,
     "ids, keys and all that is drawn become a function of N, the token and the order of its requests"},
    {"rate-limit", "TIER", "off", AT(rate_limit), parse_rate_limit,
     "off, default, low-credit (6 creates a minute, 20 in all) or CREATES/MIN, such as 30/min: 429 above"},
    {"retention", "D", "1h", AT(retention), parse_duration,
     "so long after completion input, output and logs go; 0 keeps them"},
    {"max-predictions", "N", "100000", AT(max_predictions), parse_count,
     "in a world; the oldest finished one goes first"},
    {"max-worlds", "N", "4096", AT(max_worlds), parse_count, "tokens; the longest idle one goes first"},
    {"max-body", "SIZE", "16MiB", AT(max_body), parse_size, "of a JSON body; 413 above"},
    {"max-memory", "SIZE", "1GiB", AT(max_memory), parse_size,
     "all that is stored; the oldest finished inputs and outputs go first"},
    {"webhook-insecure", NULL, NULL, AT(webhook_insecure), parse_switch, "accept receivers' self-signed certificates"},
    {"webhook-secret", "S", KNOWN_SECRET, AT(webhook_secret), parse_secret, "signs webhooks; the same in every world"},
    {"log-level", "error|warn|info|debug", "info", AT(log_level), parse_log_level, "what goes to stderr"},
    {"log-format", "text|json", "text", AT(log_json), parse_log_format, "how"},
    {"id", "ID", NULL, AT(message_id), parse_message_id, "the message's webhook-id"},
    {"timestamp", "T", NULL, AT(timestamp), parse_timestamp,
     "its webhook-timestamp, in seconds since 1970; sign: now, if there is none"},
    {"signature", "V", NULL, AT(signature), parse_text, "verify: its webhook-signature"},
    {"tolerance", "D", "0", AT(tolerance), parse_duration,
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

/* Defaults that are others with a command: its server is for it alone, and stderr is its own. */
static const struct command_default {
    const char *name, *def;
} command_defaults[] = {
    {"port", "0"},
    {"log-level", "warn"},
};

/* NULL: it is the same with a command. */
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

    if (right && option->parse == parse_secret) // which is not to stand in a log
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
            option = &options[0];
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
    if (option->parse != parse_list)
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
        if (!text || !*text || (options[i].parse == parse_port && strncmp(text, "tcp://", 6) == 0))
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
        const char *def = takes & TAKES_COMMAND ? command_default_of(&options[i]) : NULL;
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
    if (!config->models)
        config->models = none;
    if (!config->scenarios)
        config->scenarios = none;
    return true;
}

void config_free(struct config *config)
{
    arena_free(&config->arena);
}

void config_help(bool of_few, void (*line)(const char *text))
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char left[64], text[256];
        const char *value = options[i].value, *def = value ? options[i].def : "off";
        if ((limit_of(&options[i]) != NULL) != of_few)
            continue;
        snprintf(left, sizeof(left), "--%s%s%s", options[i].name, value ? " " : "", value ? value : "");
        const char *other = command_default_of(&options[i]);
        snprintf(text, sizeof(text), "  %-34s%s%s%s%s%s%s", left, options[i].help, def ? " [" : "", def ? def : "",
                 other ? "; exec: " : "", other ? other : "", def ? "]" : "");
        line(text);
    }
}
