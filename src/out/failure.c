#include "out/failure.h"
#include "base/buf.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

// GnuTLS's; its text does not tell them apart.
enum { UNKNOWN_ISSUER = 0x40, NOT_YET = 0x200, EXPIRED = 0x400, BAD_SIGNATURE = 0x800 };

/* The first row counts that agrees in all that it states. {said} stands for the library's own words. */
static const struct wording {
    enum failure_cause cause;
    enum failure_stage stage;
    long os_error;
    long certificate;
    const char *said; // among other words
    const char *text;
} wordings[] = {
    {FAILED_URL, 0, 0, 0, "", "the URL cannot be used: {said}"},
    {FAILED_REDIRECT, 0, 0, 0, "", "the answer is a redirect to a URL that cannot be used: {said}"},
    {FAILED_REDIRECTS, 0, 0, 0, "", "more than {most} redirects"},
    {FAILED_TO_RESOLVE, 0, 0, 0, "", "could not resolve host {host}"},
    {FAILED_TO_CONNECT, 0, ECONNREFUSED, 0, "", "connection refused"},
    {FAILED_TO_CONNECT, 0, ECONNRESET, 0, "", "connection reset"},
    {FAILED_TO_CONNECT, 0, ENETUNREACH, 0, "", "network unreachable"},
    {FAILED_TO_CONNECT, 0, EHOSTUNREACH, 0, "", "no route to host"},
    {FAILED_IN_TIME, STAGE_RESOLVING, 0, 0, "", "resolving {host} took longer than {limit}"},
    {FAILED_IN_TIME, STAGE_CONNECTING, 0, 0, "", "no connection within {limit}"},
    {FAILED_IN_TIME, STAGE_HANDSHAKE, 0, 0, "", "no TLS handshake within {limit}"},
    {FAILED_IN_TIME, STAGE_WAITING, 0, 0, "", "no answer within {limit}"},
    {FAILED_IN_TIME, STAGE_ANSWERING, 0, 0, "", "no end of the answer within {limit}"},
    {FAILED_WITHOUT_ANSWER, 0, 0, 0, "", "the connection was closed before an answer came"},
    {FAILED_AMID_ANSWER, 0, 0, 0, "", "the connection was closed amid the answer"},
    {FAILED_TOO_LARGE, 0, 0, 0, "", "the answer is too large: more than {most} bytes"},
    // -110 of GnuTLS: closed, and TLS was not told
    {FAILED_TO_SEND_OR_RECEIVE, STAGE_WAITING, 0, 0, "(-110)", "the connection was closed before an answer came"},
    {FAILED_TO_SEND_OR_RECEIVE, STAGE_ANSWERING, 0, 0, "(-110)", "the connection was closed amid the answer"},
    {FAILED_TO_SEND_OR_RECEIVE, 0, ECONNRESET, 0, "", "connection reset"},
    {FAILED_TO_SEND_OR_RECEIVE, 0, EPIPE, 0, "", "connection reset"},
    {FAILED_NOT_HTTP, 0, 0, 0, "", "the answer is not HTTP"},
    {FAILED_ODD_HTTP, 0, 0, 0, "", "the answer is not HTTP: {said}"},
    {FAILED_HANDSHAKE, 0, ECONNRESET, 0, "", "connection reset"},
    {FAILED_HANDSHAKE, 0, 0, 0, "", "TLS handshake failed: {said}"},
    {FAILED_VERIFICATION, 0, 0, EXPIRED, "", "certificate verify failed: expired"},
    {FAILED_VERIFICATION, 0, 0, NOT_YET, "", "certificate verify failed: not valid yet"},
    {FAILED_VERIFICATION, 0, 0, UNKNOWN_ISSUER, "",
     "certificate verify failed: the issuer is not known (a self-signed certificate?)"},
    {FAILED_VERIFICATION, 0, 0, BAD_SIGNATURE, "",
     "certificate verify failed: signed with another key than that of the issuer we know"},
    {FAILED_VERIFICATION, 0, 0, 0, "does not match", "certificate verify failed: it is for another name than {host}"},
    {FAILED_VERIFICATION, 0, 0, 0, "", "certificate verify failed: {said}"},
};

static bool agrees(const struct wording *row, const struct failure *failure)
{
    return row->cause == failure->cause && (!row->stage || row->stage == failure->stage) &&
           (!row->os_error || row->os_error == failure->os_error) &&
           (row->certificate & failure->certificate) == row->certificate && strstr(failure->said, row->said);
}

static const char *wording_of(const struct failure *failure)
{
    for (size_t i = 0; i < sizeof(wordings) / sizeof(wordings[0]); i++)
        if (agrees(&wordings[i], failure))
            return wordings[i].text;
    return "{said}";
}

static void fill_in(struct buf *out, const char *name, const struct failure *failure)
{
    const char *function = strstr(failure->said, "() failed: "); // "gnutls_handshake": that tells nobody anything

    if (strncmp(name, "{host}", 6) == 0)
        buf_add(out, failure->host, failure->host_len);
    else if (strncmp(name, "{limit}", 7) == 0)
        buf_printf(out, "%g s", (double)failure->limit / 1e9);
    else if (strncmp(name, "{most}", 6) == 0)
        buf_printf(out, "%zu", failure->most);
    else
        buf_str(out, function ? function + strlen("() failed: ") : failure->said);
}

char *failure_text(const struct failure *failure)
{
    struct buf out = {0};
    size_t len;

    for (const char *at = wording_of(failure); *at; at++) {
        if (*at != '{') {
            buf_char(&out, *at);
            continue;
        }
        fill_in(&out, at, failure);
        at = strchr(at, '}');
    }
    buf_char(&out, '\0');
    return buf_take(&out, &len);
}
