#include "out/curl_transport.h"
#include "base/log.h"
#include "out/failure.h"
#include "out/receivers.h"
#include "tls/ca_bundle.h"

#include <curl/curl.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>

enum {
    MAX_ANSWER = 64 * 1024, // head and body
    DONE_PER_RUN = 200,     // then the rest of the loop has its turn
};

/* What curl needs while a transfer is under way. Used again, options and all. */
struct slot {
    struct list idle;
    CURL *easy;
    struct transfer *transfer;
    size_t received;
    bool head_ended, chunked, cut;
    char text[CURL_ERROR_SIZE];
};

/* Waits in its receiver's queue, has a slot, or is in the transport's `finished`. One allocation with all it sends. */
struct transfer {
    struct list all, link;
    struct receiver *receiver; // NULL once finished
    struct slot *slot;         // NULL: not under way
    transfer_done *done;
    void *arg;
    const char *url;
    struct slice body;
    int64_t timeout, begun;
    struct transport_result result; // its error is freed with it
    struct curl_slist headers[];
};

struct curl_transport {
    struct transport base;
    bool insecure, closing;
    CURLM *multi; // NULL: nothing was sent yet
    CURLU *url;   // to take URLs apart
    const char *ca_bundle;
    struct receivers receivers;
    struct list idle;               // slots
    struct list all;                // transfers
    struct list finished;           // `done` is still to be called
    const struct transfer *calling; // the one whose `done` runs
    struct curl_waitfd *extra;
    size_t extra_cap;
};

static struct curl_transport *impl(struct transport *transport)
{
    return container_of(transport, struct curl_transport, base);
}

static int64_t now(void)
{
    struct timespec mono;

    clock_gettime(CLOCK_MONOTONIC, &mono);
    return mono.tv_sec * INT64_C(1000000000) + mono.tv_nsec;
}

/* --- failures --------------------------------------------------------------------------------------------------- */

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

static char *describe(const struct transfer *transfer, CURLcode code, long status)
{
    const struct slot *slot = transfer->slot;
    struct failure failure = {.cause = cause_of(code),
                              .stage = stage_of(slot->easy, status),
                              .said = slot->text[0] ? slot->text : curl_easy_strerror(code),
                              .host = transfer->receiver->host,
                              .host_len = transfer->receiver->host_len,
                              .limit = transfer->timeout};

    curl_easy_getinfo(slot->easy, CURLINFO_OS_ERRNO, &failure.os_error);
    curl_easy_getinfo(slot->easy, CURLINFO_SSL_VERIFYRESULT, &failure.certificate);
    return failure_text(&failure);
}

/* --- slots -------------------------------------------------------------------------------------------------------- */

/* Refusing bytes is the only way to stop an answer: what it comes to is decided by `cut`. */
static size_t take_bytes(struct slot *slot, size_t len)
{
    slot->received += len;
    slot->cut = slot->received > MAX_ANSWER;
    return slot->cut ? 0 : len;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes;
    return take_bytes(arg, size * count);
}

/* Line by line: several heads, where informational answers come before the real one, and a chunked body's trailers. */
static size_t take_head(char *bytes, size_t size, size_t count, void *arg)
{
    struct slot *slot = arg;

    if (count > 4 && memcmp(bytes, "HTTP/", 5) == 0)
        slot->head_ended = slot->chunked = false;
    else if (count > 0 && (bytes[0] == '\r' || bytes[0] == '\n'))
        slot->head_ended = true;
    else if (count > 18 && curl_strnequal(bytes, "transfer-encoding:", 18))
        slot->chunked = true;
    return take_bytes(slot, size * count);
}

/* GnuTLS would read every file of the system's certificate folder for each connection: 17 ms of the loop's time. */
static void set_verification(const struct curl_transport *transport, CURL *easy)
{
    if (transport->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    } else if (!transport->ca_bundle) {
        return; // curl may know better where its certificates are
    }
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_CAINFO, transport->insecure ? NULL : transport->ca_bundle);
}

static void fail_to_start(const char *what)
{
    log_line(LOG_ERROR, "libcurl: no %s", what);
    exit(EXIT_FAILURE);
}

static struct slot *slot_new(const struct curl_transport *transport)
{
    struct slot *slot = xnew(struct slot);
    CURL *easy = slot->easy = curl_easy_init();

    if (!easy)
        fail_to_start("handle");
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
    set_verification(transport, easy);
    return slot;
}

static void slot_free(struct slot *slot)
{
    list_remove(&slot->idle);
    curl_easy_cleanup(slot->easy);
    free(slot);
}

static void begin(struct curl_transport *transport, struct transfer *transfer)
{
    struct slot *slot = list_first(&transport->idle, struct slot, idle);
    long ms = (long)((transfer->timeout + 999999) / 1000000);

    if (slot)
        list_remove(&slot->idle);
    else
        slot = slot_new(transport);
    slot->transfer = transfer;
    slot->received = 0;
    slot->head_ended = slot->chunked = slot->cut = false;
    slot->text[0] = '\0';
    curl_easy_setopt(slot->easy, CURLOPT_URL, transfer->url);
    curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->body.len);
    curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDS, transfer->body.data);
    curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, &transfer->headers[0]);
    curl_easy_setopt(slot->easy, CURLOPT_TIMEOUT_MS, ms > 0 ? ms : 1L); // 0 would be none
    curl_easy_setopt(slot->easy, CURLOPT_CONNECTTIMEOUT_MS, ms > 0 ? ms : 1L);
    curl_easy_setopt(slot->easy, CURLOPT_PROXY, transfer->receiver->is_near ? "" : NULL);
    transfer->slot = slot;
    transfer->begun = now();
    curl_multi_add_handle(transport->multi, slot->easy); // fails for handles that are in already
}

static void begin_all(struct curl_transport *transport)
{
    struct list *link;

    while (!transport->closing && (link = receivers_next(&transport->receivers)))
        begin(transport, container_of(link, struct transfer, link));
}

/* --- transfers ---------------------------------------------------------------------------------------------------- */

static void start_curl(struct curl_transport *transport)
{
    if (transport->multi)
        return;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(transport->multi = curl_multi_init()) ||
        !(transport->url = curl_url()))
        fail_to_start("start");
    // Its own limit follows the number of transfers: it would close connections as soon as these become fewer.
    curl_multi_setopt(transport->multi, CURLMOPT_MAXCONNECTS, (long)MAX_UNDER_WAY);
    transport->ca_bundle = ca_bundle_find(transport->ca_bundle);
}

/* Behind the given headers, where a given one of the same name goes first: an empty one keeps curl from adding its own.
 * It waits a second for an answer to `Expect: 100-continue`. */
static struct curl_slist *unwanted_headers(void)
{
    static char expect[] = "Expect:", accept[] = "Accept:", type[] = "Content-Type:";
    static struct curl_slist list[] = {{expect, &list[1]}, {accept, &list[2]}, {type, NULL}};

    return list;
}

static char *append(char **at, const void *bytes, size_t len)
{
    char *start = *at;

    if (len > 0)
        memcpy(start, bytes, len);
    start[len] = '\0';
    *at += len + 1;
    return start;
}

static struct transfer *transfer_new(const struct transport_request *request)
{
    size_t count = 0, bytes = strlen(request->url) + 1 + request->body.len + 1;

    for (; request->headers[count]; count++)
        bytes += strlen(request->headers[count]) + 1;
    // The list ends with a node that goes over into the unwanted ones.
    struct transfer *transfer = xmalloc(sizeof(*transfer) + (count + 1) * sizeof(transfer->headers[0]) + bytes);
    *transfer = (struct transfer){.timeout = request->timeout};
    char *at = (char *)&transfer->headers[count + 1];
    for (size_t i = 0; i < count; i++)
        transfer->headers[i] = (struct curl_slist){append(&at, request->headers[i], strlen(request->headers[i])),
                                                   &transfer->headers[i + 1]};
    transfer->headers[count] = *unwanted_headers();
    transfer->url = append(&at, request->url, strlen(request->url));
    transfer->body = (struct slice){append(&at, request->body.data, request->body.len), request->body.len};
    list_init(&transfer->link);
    return transfer;
}

static void transfer_free(struct transfer *transfer)
{
    list_remove(&transfer->all);
    list_remove(&transfer->link);
    free((char *)(uintptr_t)transfer->result.error);
    free(transfer);
}

/* Puts it in its receiver's queue; or it has failed. */
static void join(struct curl_transport *transport, struct transfer *transfer)
{
    char *scheme = NULL, *host = NULL, *port = NULL;
    CURLU *url = transport->url;

    CURLUcode code = curl_url_set(url, CURLUPART_URL, transfer->url, CURLU_NON_SUPPORT_SCHEME);
    if (code == CURLUE_OK && curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) &&
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
        transfer->receiver = receivers_join(&transport->receivers, &transfer->link, scheme, host, port);
    } else {
        struct failure failure = {.cause = FAILED_URL,
                                  .said = curl_url_strerror(code ? code : CURLUE_UNSUPPORTED_SCHEME)};
        transfer->result.error = failure_text(&failure);
        list_append(&transport->finished, &transfer->link);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
}

static struct transfer *submit(struct transport *base, const struct transport_request *request, transfer_done *done,
                               void *arg)
{
    struct curl_transport *transport = impl(base);
    struct transfer *transfer = transfer_new(request);

    start_curl(transport);
    transfer->done = done;
    transfer->arg = arg;
    list_append(&transport->all, &transfer->all);
    join(transport, transfer);
    begin_all(transport);
    return transfer;
}

/* Takes it from its receiver, if it has one yet. */
static void leave(struct curl_transport *transport, struct transfer *transfer)
{
    if (transfer->slot) {
        curl_multi_remove_handle(transport->multi, transfer->slot->easy);
        if (transfer->result.error) // an old CURLINFO_OS_ERRNO is never cleared: it would explain the next failure
            slot_free(transfer->slot);
        else
            list_prepend(&transport->idle, &transfer->slot->idle); // the one used last: its memory is warm
    }
    if (transfer->receiver)
        receivers_leave(&transport->receivers, transfer->receiver, &transfer->link, transfer->slot);
    transfer->slot = NULL;
    transfer->receiver = NULL;
}

static void cancel(struct transport *base, struct transfer *transfer)
{
    struct curl_transport *transport = impl(base);

    if (transfer == transport->calling) // over already, and freed when its `done` returns
        return;
    leave(transport, transfer);
    transfer_free(transfer);
    begin_all(transport);
}

/* --- the loop ----------------------------------------------------------------------------------------------------- */

_Static_assert(CURL_WAIT_POLLIN == POLLIN && CURL_WAIT_POLLPRI == POLLPRI && CURL_WAIT_POLLOUT == POLLOUT, "as poll");

/* curl_multi_poll does not report errors and hang-ups of our descriptors: it only sleeps, and poll tells. */
static int wait(struct transport *base, struct pollfd *fds, size_t count, int timeout_ms)
{
    struct curl_transport *transport = impl(base);

    if (!list_empty(&transport->finished))
        timeout_ms = 0;
    if (transport->receivers.under_way == 0)
        return poll(fds, count, timeout_ms);
    if (count > transport->extra_cap) {
        transport->extra = xrealloc(transport->extra, count * sizeof(*transport->extra));
        transport->extra_cap = count;
    }
    for (size_t i = 0; i < count; i++)
        transport->extra[i] = (struct curl_waitfd){
            .fd = fds[i].fd, .events = fds[i].events & (CURL_WAIT_POLLIN | CURL_WAIT_POLLPRI | CURL_WAIT_POLLOUT)};
    curl_multi_poll(transport->multi, transport->extra, (unsigned)count, timeout_ms < 0 ? INT_MAX : timeout_ms, NULL);
    return poll(fds, count, 0);
}

/* What curl says goes before the status: an answer that breaks off has one too. Only a close within a head passes with
 * curl for an end. A body of no stated length ends with its connection, and over TLS not every server says goodbye first
 * (-110 of GnuTLS; Python's http.server does not). */
static CURLcode judge(const struct slot *slot, CURLcode code, long status)
{
    curl_off_t length = -1;

    curl_easy_getinfo(slot->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    bool ends_so = slot->head_ended && !slot->chunked && length < 0 && strstr(slot->text, "(-110)");
    if (status >= 200 && (slot->cut || (ends_so && code == CURLE_RECV_ERROR)))
        return CURLE_OK;
    return code == CURLE_OK && !slot->head_ended ? CURLE_PARTIAL_FILE : code;
}

static void conclude(struct curl_transport *transport, CURL *easy, CURLcode code)
{
    struct slot *slot;
    long status = 0;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    struct transfer *transfer = slot->transfer;
    code = judge(slot, code, status);
    transfer->result.duration = now() - transfer->begun;
    if (code != CURLE_OK)
        transfer->result.error = describe(transfer, code, status);
    transfer->result.status = status >= 200 ? (int)status : 0;
    leave(transport, transfer);
    list_append(&transport->finished, &transfer->link);
}

static bool call_done(struct curl_transport *transport)
{
    struct transfer *transfer;
    int count = 0;

    while (count < DONE_PER_RUN && (transfer = list_first(&transport->finished, struct transfer, link))) {
        list_remove(&transfer->link);
        transport->calling = transfer;
        transfer->done(transfer->arg, &transfer->result);
        transport->calling = NULL;
        transfer_free(transfer);
        count++;
    }
    return count > 0;
}

static bool run(struct transport *base)
{
    struct curl_transport *transport = impl(base);
    CURLMsg *message;
    int left;

    if (transport->receivers.under_way > 0) {
        curl_multi_perform(transport->multi, &left);
        while ((message = curl_multi_info_read(transport->multi, &left)))
            conclude(transport, message->easy_handle, message->data.result);
        begin_all(transport);
    }
    return call_done(transport);
}

static void free_transport(struct transport *base)
{
    if (!base)
        return;
    struct curl_transport *transport = impl(base);
    struct transfer *transfer;
    struct slot *slot;

    transport->closing = true;
    while ((transfer = list_first(&transport->all, struct transfer, all)))
        cancel(base, transfer);
    while ((slot = list_first(&transport->idle, struct slot, idle)))
        slot_free(slot);
    if (transport->multi) {
        curl_url_cleanup(transport->url);
        curl_multi_cleanup(transport->multi);
        curl_global_cleanup();
    }
    receivers_free(&transport->receivers);
    free(transport->extra);
    free(transport);
}

struct transport *curl_transport_new(bool insecure, const char *ca_bundle)
{
    static const struct transport_interface interface = {submit, cancel, wait, run, free_transport};
    struct curl_transport *transport = xnew(struct curl_transport);

    *transport = (struct curl_transport){.base.interface = &interface, .insecure = insecure, .ca_bundle = ca_bundle};
    receivers_init(&transport->receivers);
    list_init(&transport->idle);
    list_init(&transport->all);
    list_init(&transport->finished);
    return &transport->base;
}
