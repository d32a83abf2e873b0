#include "cli/cli.h"
#include "cli/pointing.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define FETCH                                                                                                          \
    "const real = globalThis.fetch; "                                                                                  \
    "globalThis.fetch = (url, init) => real(String(url).replace(\"https://api.replicate.com\", \"%\"), init);"
#define SALOON                                                                                                         \
    "$replicate->middleware()->onRequest(fn ($request) => "                                                            \
    "$request->setUrl(str_replace(\"https://api.replicate.com\", \"%\", $request->getUrl())));"

/* How each client is told where the API is: by a variable, or by a line of the program that uses it, in which % is the
 * server's root. By neither: it goes to Replicate's own address whatever it is told. */
static const struct client {
    const char *name;
    struct pointing pointing;
    const char *code;
} clients[] = {
    {"python", {"REPLICATE_BASE_URL", ""}, NULL}, // 1.x adds /v1 itself
    {"python2", {"REPLICATE_BASE_URL", "/v1"}, NULL},
    {"js", {0}, "new Replicate({ baseUrl: \"%/v1\" })"},
    {"go", {0}, "replicate.NewClient(replicate.WithTokenFromEnv(), replicate.WithBaseURL(\"%/v1\"))"},
    {"cli", {"REPLICATE_BASE_URL", "/v1/"}, NULL},
    {"stainless", {"REPLICATE_BASE_URL", "/v1"}, NULL},
    {"mcp", {"REPLICATE_BASE_URL", "/v1"}, NULL},
    {"curl", {0}, "curl -H \"Authorization: Bearer $REPLICATE_API_TOKEN\" %/v1/predictions"},
    {"ai-sdk", {0}, "createReplicate({ baseURL: \"%/v1\" })"},
    {"langchain", {"REPLICATE_BASE_URL", ""}, NULL}, // these two use Python 1.x
    {"llama-index", {"REPLICATE_BASE_URL", ""}, NULL},
    {"langchain-js", {0}, FETCH},
    {"continue", {0}, FETCH},
    {"huggingface", {0}, FETCH},
    {"swift", {0}, "Client(baseURLString: \"%/v1/\", token: token)"},
    {"elixir", {0}, "config :replicate, replicate_base_url: \"%\""},
    {"ruby", {0}, "Replicate.configure { _1.api_endpoint_url = \"%/v1\" }"},
    {"ruby-durable", {"REPLICATE_API_ENDPOINT_URL", "/v1"}, NULL},
    {"rust", {0}, "Replicate::new(Config { base_url: \"%/v1\".into(), ..Default::default() })"},
    {"java", {0}, "new ReplicateClientProperties(token, \"%/v1\")"},
    {"php", {0}, SALOON},
    {"litellm", {0}, NULL},
    {"n8n", {0}, NULL},
};

enum { CLIENT_COUNT = sizeof(clients) / sizeof(*clients) };

static const struct client *find_client(const char *name)
{
    for (size_t i = 0; i < CLIENT_COUNT; i++)
        if (strcmp(clients[i].name, name) == 0)
            return &clients[i];
    return NULL;
}

static void put_clients(struct buf *out)
{
    for (size_t i = 0; i < CLIENT_COUNT; i++)
        buf_printf(out, "%s%s", i > 0 ? ", " : "", clients[i].name);
}

const char *env_client(size_t number)
{
    return number < CLIENT_COUNT ? clients[number].name : NULL;
}

static int usage(const char *reason)
{
    fprintf(stderr, "replicate-mock: env: %s\n", reason);
    return EXIT_USAGE;
}

static int unknown_client(const char *name)
{
    struct buf out = {0};

    buf_printf(&out, "\"%.*s\" is no client that it knows: ", (int)strcspn(name, "\r\n"), name);
    put_clients(&out);
    usage(buf_cstr(&out));
    buf_free(&out);
    return EXIT_USAGE;
}

/* In single quotes nothing means anything to a shell but the quote. */
static void put_quoted(struct buf *out, const char *text)
{
    buf_char(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_lit(out, "'\\''");
        else
            buf_char(out, *text);
    }
    buf_char(out, '\'');
}

static int print_exports(const struct variable *variables, size_t count)
{
    struct buf out = {0};

    for (size_t i = 0; i < count; i++) {
        buf_printf(&out, "export %s=", variables[i].name);
        put_quoted(&out, variables[i].value);
        buf_char(&out, '\n');
    }
    bool printed = fwrite(out.data, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    buf_free(&out);
    if (printed)
        return 0;
    fprintf(stderr, "replicate-mock: stdout: %s\n", strerror(errno));
    return EXIT_FAILED;
}

/* A line on stderr: the text with each % replaced. */
static void say(const char *text, const char *in_place)
{
    struct buf out = {0};

    for (const char *at = text; *at; at++)
        buf_add(&out, *at == '%' ? in_place : at, *at == '%' ? strlen(in_place) : 1);
    fprintf(stderr, "%s\n", buf_cstr(&out));
    buf_free(&out);
}

/* What no export can do. */
static void explain(const struct client *client, const char *url)
{
    if (client->code) {
        fprintf(stderr, "replicate-mock: no variable tells %s where the server is; in its code: ", client->name);
        say(client->code, url);
        return;
    }
    say("replicate-mock: % cannot be told: it goes to https://api.replicate.com; with --tls-port 443, let the names "
        "lead here, in the "
        "hosts file: 127.0.0.1 api.replicate.com stream.replicate.com replicate.delivery",
        client->name);
}

/* Whom no variable tells whom to trust: with % for ca.pem, quoted. */
static const struct trust {
    const char *client; // whom it is said to besides those who name no client; NULL: nobody
    const char *text;
} trusts[] = {
    {"java", "replicate-mock: Java trusts it after: keytool -importcert -cacerts -storepass changeit -noprompt -alias "
             "replicate-mock "
             "-file %"},
    {NULL,
     "replicate-mock: Chromium on Linux after: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n replicate-mock -i %"},
    {NULL,
     "replicate-mock: all of a Debian after: sudo cp % /usr/local/share/ca-certificates/replicate-mock.crt && sudo "
     "update-ca-certificates"},
    {NULL, "replicate-mock: all of a macOS after: sudo security add-trusted-cert -d -k "
           "/Library/Keychains/System.keychain %"},
};

static void explain_trust(struct arena *arena, const struct config *config, const struct client *client)
{
    const char *ca = pointing_ca(arena, config);
    struct buf quoted = {0};

    put_quoted(&quoted, ca);
    for (size_t i = 0; i < sizeof(trusts) / sizeof(*trusts); i++)
        if (!client || (trusts[i].client && strcmp(trusts[i].client, client->name) == 0))
            say(trusts[i].text, buf_cstr(&quoted));
    buf_free(&quoted);
    if (access(ca, F_OK) != 0)
        say("replicate-mock: % is not there yet: the server makes it when it starts", ca);
}

static int point(const struct config *config, const struct client *client, struct arena *arena)
{
    const struct pointing *pointing = client ? &client->pointing : &pointing_of_all;
    struct variable variables[POINTING_MAX];
    const char *host = pointing_host(config->host), *url = config->public_url;
    const char *tls_url = config->tls_port < 0 ? NULL : pointing_url(arena, "https", host, config->tls_port);

    if (!url)
        url = pointing_url(arena, "http", host, config->port);
    int code = print_exports(variables, pointing_variables(arena, config, pointing, url, tls_url, variables));
    if (!pointing->variable)
        explain(client, url);
    if (tls_url)
        explain_trust(arena, config, client);
    return code;
}

int env_main(const struct config *config)
{
    const char *name = config->words[0];
    const struct client *client = name ? find_client(name) : NULL;
    struct arena arena = {0};

    if (name && config->words[1])
        return usage("it takes one client");
    if (name && !client)
        return unknown_client(name);
    if (config->port == 0 && !config->public_url)
        return usage(
            "--port 0 is a free one, which only the server knows; it takes the port that the server listens at");
    if (config->tls_port == 0)
        return usage("--tls-port 0 is a free one, which only the server knows; it takes the port that it listens at");
    int code = point(config, client, &arena);
    arena_free(&arena);
    return code;
}
