#include "out/curl_slot.h"
#include "out/failure.h"
#include "out/receivers.h"

#include <stdlib.h>

enum { MAX_UNKEPT = 64 * 1024 }; // of an answer: its head, and a body that nobody asked for

/* --- the answer --------------------------------------------------------------------------------------------------- */

/* Refusing bytes is the only way to stop an answer: what it comes to is decided by `cut`. */
static size_t pass(struct slot *slot, size_t len)
{
    slot->received += len;
    slot->cut = slot->received > MAX_UNKEPT;
    return slot->cut ? 0 : len;
}

static size_t keep(struct slot *slot, const char *bytes, size_t len)
{
    struct buf *answer = slot->request.answer;
    size_t most = slot->request.max_answer;
    curl_off_t stated = -1;

    curl_easy_getinfo(slot->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &stated);
    slot->cut = len > most - answer->len || (stated > 0 && (size_t)stated > most);
    if (slot->cut)
        return 0;
    if (answer->len == 0 && stated > 0)
        buf_reserve(answer, (size_t)stated); // by doubling it would be up to twice as much
    buf_add(answer, bytes, len);
    return len;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct slot *slot = arg;

    return slot->keeps ? keep(slot, bytes, size * count) : pass(slot, size * count);
}

static void forget_location(struct slot *slot)
{
    free(slot->location);
    slot->location = NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void note_location(struct slot *slot, const char *value, size_t len)
{
    for (; len > 0 && is_blank(value[0]); len--)
        value++;
    while (len > 0 && is_blank(value[len - 1]))
        len--;
    forget_location(slot);
    if (len > 0)
        slot->location = xmemdup0(value, len);
}

static void begin_head(struct slot *slot)
{
    slot->head_ended = slot->chunked = false;
    slot->keeps = slot->request.answer;
    forget_location(slot);
}

/* A webhook's redirect is not followed. A redirect's own body, or that of an error, is not what was asked for. */
static void end_head(struct slot *slot)
{
    long status = 0;

    slot->head_ended = true;
    curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
    bool redirects = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (!slot->request.answer || !redirects)
        forget_location(slot);
    slot->keeps = slot->request.answer && !slot->location && status < 400;
}

static void take_field(struct slot *slot, const char *line, size_t len)
{
    if (len > 0 && (line[0] == '\r' || line[0] == '\n'))
        end_head(slot);
    else if (len > 18 && curl_strnequal(line, "transfer-encoding:", 18))
        slot->chunked = true;
    else if (len > 9 && curl_strnequal(line, "location:", 9))
        note_location(slot, line + 9, len - 9);
}

/* Line by line: several heads, where informational answers come before the real one, and a chunked body's trailers. */
static size_t take_head(char *bytes, size_t size, size_t count, void *arg)
{
    struct slot *slot = arg;

    if (count > 4 && memcmp(bytes, "HTTP/", 5) == 0)
        begin_head(slot);
    else if (!slot->head_ended)
        take_field(slot, bytes, count);
    return pass(slot, size * count);
}

/* --- the request -------------------------------------------------------------------------------------------------- */

/* GnuTLS would read every file of the system's certificate folder for each connection: 17 ms of the loop's time. */
static void set_verification(CURL *easy, const struct slot_trust *trust)
{
    if (trust->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    } else if (!trust->ca_bundle) {
        return; // curl may know better where its certificates are
    }
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_CAINFO, trust->insecure ? NULL : trust->ca_bundle);
}

struct slot *slot_new(const struct slot_trust *trust)
{
    CURL *easy = curl_easy_init();

    if (!easy)
        return NULL;
    struct slot *slot = xnew(struct slot);
    slot->easy = easy;
    list_init(&slot->idle);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, slot->text);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, slot);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    // Else the thread that resolves is joined where a transfer ends before it: the loop stood for 7 s.
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    set_verification(easy, trust);
    return slot;
}

void slot_free(struct slot *slot)
{
    list_remove(&slot->idle);
    curl_easy_cleanup(slot->easy);
    free(slot->location);
    free(slot);
}

/* What is set for the one kind and not for the other stays so: no slot sees both. */
static void set_method(CURL *easy, const struct slot_request *request)
{
    if (request->answer)
        return; // a GET is what curl does by itself
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.data);
}

void slot_prepare(struct slot *slot, const struct slot_request *request)
{
    CURL *easy = slot->easy;
    long ms = (long)((request->timeout - request->spent + 999999) / 1000000);

    slot->request = *request;
    slot->received = 0;
    slot->cut = false;
    begin_head(slot);
    slot->text[0] = '\0';
    set_method(easy, request);
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms > 0 ? ms : 1L); // 0 would be none
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms > 0 ? ms : 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, request->receiver->is_near ? "" : NULL);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static enum failure_cause cause_of(CURLcode code)
{
    static const struct {
        CURLcode code;
        enum failure_cause cause;
    } causes[] = {
        {CURLE_COULDNT_RESOLVE_HOST, FAILED_TO_RESOLVE},
        {CURLE_COULDNT_CONNECT, FAILED_TO_CONNECT},
        {CURLE_SEND_ERROR, FAILED_TO_SEND_OR_RECEIVE},
        {CURLE_RECV_ERROR, FAILED_TO_SEND_OR_RECEIVE},
        {CURLE_OPERATION_TIMEDOUT, FAILED_IN_TIME},
        {CURLE_GOT_NOTHING, FAILED_WITHOUT_ANSWER},
        {CURLE_PARTIAL_FILE, FAILED_AMID_ANSWER},
        {CURLE_FILESIZE_EXCEEDED, FAILED_TOO_LARGE},
        {CURLE_UNSUPPORTED_PROTOCOL, FAILED_NOT_HTTP},
        {CURLE_WRITE_ERROR, FAILED_NOT_HTTP}, // 64 KiB, and no status among them
        {CURLE_WEIRD_SERVER_REPLY, FAILED_ODD_HTTP},
        {CURLE_SSL_CONNECT_ERROR, FAILED_HANDSHAKE},
        {CURLE_PEER_FAILED_VERIFICATION, FAILED_VERIFICATION},
    };

    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
        if (causes[i].code == code)
            return causes[i].cause;
    return FAILED_OTHERWISE;
}

static bool has_passed(CURL *easy, CURLINFO time)
{
    curl_off_t at = 0;

    return curl_easy_getinfo(easy, time, &at) == CURLE_OK && at > 0;
}

/* A connection that is used again passes all but the last two at once. */
static enum failure_stage stage_of(CURL *easy, long status)
{
    long port = 0; // of our end: CURLINFO_CONNECT_TIME comes only when TLS stands as well

    if (status >= 200)
        return STAGE_ANSWERING;
    if (has_passed(easy, CURLINFO_PRETRANSFER_TIME_T))
        return STAGE_WAITING;
    if (curl_easy_getinfo(easy, CURLINFO_LOCAL_PORT, &port) == CURLE_OK && port > 0)
        return STAGE_HANDSHAKE;
    return has_passed(easy, CURLINFO_NAMELOOKUP_TIME_T) ? STAGE_CONNECTING : STAGE_RESOLVING;
}

static char *describe(const struct slot *slot, CURLcode code, long status)
{
    const struct slot_request *request = &slot->request;
    struct failure failure = {.cause = cause_of(code),
                              .stage = stage_of(slot->easy, status),
                              .said = slot->text[0] ? slot->text : curl_easy_strerror(code),
                              .host = request->receiver->host,
                              .host_len = request->receiver->host_len,
                              .limit = request->timeout,
                              .most = slot->head_ended ? request->max_answer : MAX_UNKEPT};

    curl_easy_getinfo(slot->easy, CURLINFO_OS_ERRNO, &failure.os_error);
    curl_easy_getinfo(slot->easy, CURLINFO_SSL_VERIFYRESULT, &failure.certificate);
    return failure_text(&failure);
}

/* What curl says goes before the status: an answer that breaks off has one too. Only a close within a head passes with
 * curl for an end. A body of no stated length ends with its connection, and over TLS not every server says goodbye first
 * (-110 of GnuTLS; Python's http.server does not). */
static CURLcode judge(const struct slot *slot, CURLcode code, long status)
{
    curl_off_t length = -1;

    curl_easy_getinfo(slot->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    bool ends_so = slot->head_ended && !slot->chunked && length < 0 && strstr(slot->text, "(-110)");
    if (status >= 200 && slot->cut)
        return slot->keeps ? CURLE_FILESIZE_EXCEEDED : CURLE_OK;
    if (status >= 200 && ends_so && code == CURLE_RECV_ERROR)
        return CURLE_OK;
    return code == CURLE_OK && !slot->head_ended ? CURLE_PARTIAL_FILE : code;
}

bool slot_is_spoilt(const struct slot *slot, CURLcode code)
{
    long connections = 1; // that were made for it

    curl_easy_getinfo(slot->easy, CURLINFO_NUM_CONNECTS, &connections);
    return slot->request.answer && connections == 0 && code == CURLE_UNSUPPORTED_PROTOCOL;
}

bool slot_conclude(struct slot *slot, CURLcode code, struct transport_result *result)
{
    long status = 0;

    curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
    code = judge(slot, code, status);
    result->status = status >= 200 ? (int)status : 0;
    if (code != CURLE_OK)
        result->error = describe(slot, code, status);
    else if (slot->keeps)
        result->body = slot->request.answer;
    return code == CURLE_OK && slot->location;
}
