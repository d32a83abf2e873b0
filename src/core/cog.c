#include "core/cog.h"
#include "base/hash.h"
#include "core/input_url.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- the file ------------------------------------------------------------------------------------------------------- */

enum { CHANCE_LEN = 8, NAME_MAX_BYTES = 255 };

static const struct hash_key chance = {0x636f672074656d70, 0x66696c65206e616d};

/* Python's tempfile: eight characters out of these, by chance. */
static void put_chance(struct buf *out, const char *id)
{
    static const char characters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    uint64_t number = hash_bytes(&chance, id, strlen(id));

    for (int i = 0; i < CHANCE_LEN; i++, number /= sizeof(characters) - 1)
        buf_char(out, characters[number % (sizeof(characters) - 1)]);
}

/* mimetypes.guess_extension of Python 3.9. What it does not know, image/webp too, has none. */
static const char *extension_of(struct slice type)
{
    static const struct {
        const char *type, *extension;
    } known[] = {
        {"image/png", ".png"},         {"image/jpeg", ".jpg"},      {"image/gif", ".gif"},
        {"image/bmp", ".bmp"},         {"image/tiff", ".tiff"},     {"image/svg+xml", ".svg"},
        {"text/plain", ".txt"},        {"text/html", ".html"},      {"application/octet-stream", ".bin"},
        {"application/json", ".json"}, {"application/pdf", ".pdf"}, {"application/zip", ".zip"},
        {"audio/mpeg", ".mp3"},        {"video/mp4", ".mp4"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (type.len == strlen(known[i].type) && strncasecmp(type.data, known[i].type, type.len) == 0)
            return known[i].extension;
    return "";
}

/* os.path.basename of the URL's path. */
static struct slice base_name(struct slice path)
{
    size_t at = path.len;

    while (at > 0 && path.data[at - 1] != '/')
        at--;
    return (struct slice){path.data + at, path.len - at};
}

/* As repr() has it, without the quotes around. A quote inside of it is escaped, where Python would take other quotes. */
static void put_escaped(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'' || text.data[i] == '\\')
            buf_char(out, '\\');
        buf_char(out, text.data[i]);
    }
}

void cog_put_path(struct buf *out, struct slice url, const char *id)
{
    buf_lit(out, "PosixPath('/tmp/tmp");
    put_chance(out, id);
    if (data_uri_is(url)) {
        buf_printf(out, "file%s", extension_of(data_uri_type(url)));
    } else {
        struct slice name = base_name(input_url_path(url));
        if (strlen("tmp") + CHANCE_LEN + name.len <= NAME_MAX_BYTES) // longer ones no file can have
            put_escaped(out, name);
    }
    buf_lit(out, "')");
}

/* --- what pydantic refuses ------------------------------------------------------------------------------------------ */

/* Recorded of a missing member: "Prediction input failed validation: " and the body of cog's own 422. */
static void put_invalid(struct buf *out, const char *member, const char *message, const char *type)
{
    buf_printf(out,
               "Prediction input failed validation: {\"detail\":[{\"loc\":[\"body\",\"input\",\"%s\"],\"msg\":\"%s\","
               "\"type\":\"%s\"}]}",
               member, message, type);
}

void cog_put_scheme(struct buf *out, const char *member, struct slice url)
{
    char scheme[INPUT_SCHEME_MAX], message[INPUT_SCHEME_MAX + 80];

    input_url_scheme(scheme, url);
    snprintf(message, sizeof(message), "'%s' is not a valid URL scheme. 'data', 'http', or 'https' is supported.",
             scheme);
    put_invalid(out, member, message, "value_error");
}

void cog_put_data_uri(struct buf *out, const char *member, enum data_uri verdict, size_t count)
{
    char message[128];

    // The type of binascii.Error: pydantic leaves "Error" out of its name, and that is all there is.
    switch (verdict) {
    case DATA_URI_NO_COMMA:
        put_invalid(out, member, "not enough values to unpack (expected 2, got 1)", "value_error");
        break;
    case DATA_URI_ODD:
        snprintf(message, sizeof(message),
                 "Invalid base64-encoded string: number of data characters (%zu) cannot be 1 more than a multiple of 4",
                 count);
        put_invalid(out, member, message, "value_error.");
        break;
    case DATA_URI_PADDING: put_invalid(out, member, "Incorrect padding", "value_error."); break;
    case DATA_URI_READ: break;
    }
}

/* --- what requests raises ------------------------------------------------------------------------------------------- */

static const char *phrase_of(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {415, "Unsupported Media Type"},
        {418, "I'm a Teapot"},
        {429, "Too Many Requests"},
        {451, "Unavailable For Legal Reasons"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };

    for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "";
}

static void put_slice(struct buf *out, struct slice slice)
{
    buf_add(out, slice.data, slice.len);
}

void cog_put_status(struct buf *out, int status, struct slice url)
{
    buf_printf(out, "%d %s Error: %s for url: ", status, status < 500 ? "Client" : "Server", phrase_of(status));
    put_slice(out, url);
}

static bool is_https(struct slice url)
{
    char scheme[INPUT_SCHEME_MAX];

    input_url_scheme(scheme, url);
    return strcmp(scheme, "https") == 0;
}

/* urllib3 takes the brackets off an IPv6 address. */
static void put_host(struct buf *out, struct slice host)
{
    bool bracketed = host.len > 2 && host.data[0] == '[' && host.data[host.len - 1] == ']';

    put_escaped(out, bracketed ? (struct slice){host.data + 1, host.len - 2} : host);
}

/* "HTTPSConnectionPool(host='example.com', port=443): " */
static void put_pool(struct buf *out, struct slice url)
{
    struct slice authority = input_url_authority(url);
    size_t host_len = authority.len;

    while (host_len > 0 && authority.data[host_len - 1] >= '0' && authority.data[host_len - 1] <= '9')
        host_len--;
    bool has_port = host_len > 0 && host_len < authority.len && authority.data[host_len - 1] == ':';
    buf_printf(out, "HTTP%sConnectionPool(host='", is_https(url) ? "S" : "");
    put_host(out, (struct slice){authority.data, has_port ? host_len - 1 : authority.len});
    buf_lit(out, "', port=");
    if (has_port)
        put_slice(out, (struct slice){authority.data + host_len, authority.len - host_len});
    else
        buf_str(out, is_https(url) ? "443" : "80");
    buf_lit(out, "): ");
}

/* How the transport's words begin, and what urllib3 finds to be the cause. {connection} stands for its object, whose address
 * chance has chosen there; {reason} for the words. Other reasons come as they are. */
static const struct cause {
    const char *reason;
    bool in_pool; /* "Max retries exceeded …", around the cause */
    const char *text;
} causes[] = {
    {"connection refused", true,
     "NewConnectionError('{connection}: Failed to establish a new connection: [Errno 111] Connection refused')"},
    {"could not resolve host", true,
     "NewConnectionError('{connection}: Failed to establish a new connection: [Errno -2] Name or service not known')"},
    {"network unreachable", true,
     "NewConnectionError('{connection}: Failed to establish a new connection: [Errno 101] Network is unreachable')"},
    {"no route to host", true,
     "NewConnectionError('{connection}: Failed to establish a new connection: [Errno 113] No route to host')"},
    {"certificate verify failed", true,
     "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] {reason}'))"},
    {"connection reset", false, "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))"},
    {"the connection was closed before", false,
     "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))"},
    {"", true, "OSError('{reason}')"},
};

static const struct cause *cause_of(const char *reason)
{
    const struct cause *cause = causes;

    while (strncmp(reason, cause->reason, strlen(cause->reason)) != 0)
        cause++;
    return cause;
}

static void put_cause(struct buf *out, const struct cause *cause, struct slice url, const char *reason, const char *id)
{
    const char *tls = is_https(url) ? "HTTPS" : "HTTP";

    for (const char *at = cause->text; *at; at++) {
        if (*at != '{') {
            buf_char(out, *at);
            continue;
        }
        if (strncmp(at, "{reason}", 8) == 0)
            put_escaped(out, (struct slice){reason, strlen(reason)});
        else
            buf_printf(out, "<urllib3.connection.%sConnection object at 0x7f%010" PRIx64 ">", tls,
                       hash_bytes(&chance, id, strlen(id)) >> 24 & ~UINT64_C(15));
        at = strchr(at, '}');
    }
}

void cog_put_unreachable(struct buf *out, struct slice url, const char *reason, const char *id)
{
    const struct cause *cause = cause_of(reason);

    if (!cause->in_pool) {
        put_cause(out, cause, url, reason, id);
        return;
    }
    struct slice target = input_url_target(url);
    put_pool(out, url);
    buf_lit(out, "Max retries exceeded with url: ");
    put_slice(out, target.len > 0 ? target : (struct slice){"/", 1});
    buf_lit(out, " (Caused by ");
    put_cause(out, cause, url, reason, id);
    buf_char(out, ')');
}
