#include "out/curl_transport.h"
#include "base/log.h"
#include "out/curl_slot.h"
#include "out/failure.h"
#include "out/receivers.h"
#include "tls/ca_bundle.h"

#include <limits.h>
#include <stdlib.h>
#include <time.h>

enum {
    DONE_PER_RUN = 200, // then the rest of the loop has its turn
    MAX_REDIRECTS = 10,
};

/* Those of one kind, with places and slots of their own: GETs to slow servers hold up no POST, not even one to the same,
 * and nothing that curl was told for the one kind is there for the other. */
struct lane {
    struct receivers receivers;
    struct slot_trust trust;
    struct list idle; // slots
    bool paused;
};

enum { POSTS, GETS, LANES };

static const struct {
    int under_way, per_receiver;
} places[LANES] = {
    [POSTS] = {256, 32}, [GETS] = {16, 4}, // each may be as large as it is allowed to be
};

/* Waits in its receiver's queue, has a slot, or is in the transport's `finished`. One allocation with all it sends, but for
 * where redirects lead. */
struct transfer {
    struct list all, link;
    struct lane *lane;
    struct receiver *receiver; // NULL once finished
    struct slot *slot;         // NULL: not under way
    transfer_done *done;
    void *arg;
    const char *url;
    char *own_url; // of a GET: as it goes on the wire
    struct slice body;
    struct buf answer;
    size_t max_answer;
    int redirects;
    int64_t timeout, begun;
    struct transport_result result; // its error is freed with it
    struct curl_slist headers[];
};

struct curl_transport {
    struct transport base;
    bool closing;
    CURLM *multi; // NULL: nothing was sent yet
    struct lane lanes[LANES];
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

static void fail_to_start(const char *what)
{
    log_line(LOG_ERROR, "libcurl: no %s", what);
    exit(EXIT_FAILURE);
}

static struct slot *take_slot(struct lane *lane)
{
    struct slot *slot = list_first(&lane->idle, struct slot, idle);

    if (slot)
        list_remove(&slot->idle);
    else if (!(slot = slot_new(&lane->trust)))
        fail_to_start("handle");
    return slot;
}

static void begin(struct curl_transport *transport, struct transfer *transfer)
{
    struct slot *slot = take_slot(transfer->lane);
    struct slot_request request = {.url = transfer->url,
                                   .headers = &transfer->headers[0],
                                   .body = transfer->body,
                                   .answer = transfer->max_answer > 0 ? &transfer->answer : NULL,
                                   .max_answer = transfer->max_answer,
                                   .timeout = transfer->timeout,
                                   .spent = transfer->result.duration,
                                   .receiver = transfer->receiver};

    slot_prepare(slot, &request);
    slot->transfer = transfer;
    transfer->slot = slot;
    transfer->begun = now();
    curl_multi_add_handle(transport->multi, slot->easy); // fails for handles that are in already
}

static void begin_all(struct curl_transport *transport)
{
    struct list *link;

    for (size_t i = 0; i < LANES; i++)
        while (!transport->closing && !transport->lanes[i].paused &&
               (link = receivers_next(&transport->lanes[i].receivers)))
            begin(transport, container_of(link, struct transfer, link));
}

/* --- transfers ---------------------------------------------------------------------------------------------------- */

static void start_curl(struct curl_transport *transport)
{
    if (transport->multi)
        return;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(transport->multi = curl_multi_init()))
        fail_to_start("start");
    // Its own limit follows the number of transfers: it would close connections as soon as these become fewer.
    curl_multi_setopt(transport->multi, CURLMOPT_MAXCONNECTS, (long)(places[POSTS].under_way + places[GETS].under_way));
    for (size_t i = 0; i < LANES; i++)
        transport->lanes[i].trust.ca_bundle = ca_bundle_find(transport->lanes[i].trust.ca_bundle);
}

/* Behind the given headers, where a given one of the same name goes first: an empty one keeps curl from adding its own.
 * It waits a second for an answer to `Expect: 100-continue`. */
static struct curl_slist *unwanted_headers(void)
{
    static char expect[] = "Expect:", accept[] = "Accept:", type[] = "Content-Type:";
    static struct curl_slist list[] = {{expect, &list[1]}, {accept, &list[2]}, {type, NULL}};

    return list;
}

/* The model's worker fetches its input files by requests.get of Python. Compressed, as it would take them as well, they
 * are not wanted. */
static struct curl_slist *get_headers(void)
{
    static char agent[] = "User-Agent: python-requests/2.31.0", accept[] = "Accept: */*",
                connection[] = "Connection: keep-alive";
    static struct curl_slist list[] = {{agent, &list[1]}, {accept, &list[2]}, {connection, NULL}};

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
    // The list ends with a node that goes over into ours.
    struct transfer *transfer = xmalloc(sizeof(*transfer) + (count + 1) * sizeof(transfer->headers[0]) + bytes);
    *transfer = (struct transfer){.max_answer = request->max_answer, .timeout = request->timeout};
    char *at = (char *)&transfer->headers[count + 1];
    for (size_t i = 0; i < count; i++)
        transfer->headers[i] = (struct curl_slist){append(&at, request->headers[i], strlen(request->headers[i])),
                                                   &transfer->headers[i + 1]};
    transfer->headers[count] = request->max_answer > 0 ? *get_headers() : *unwanted_headers();
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
    free(transfer->own_url);
    buf_free(&transfer->answer);
    free(transfer);
}

static void fail(struct curl_transport *transport, struct transfer *transfer, const struct failure *failure)
{
    transfer->result.error = failure_text(failure);
    list_append(&transport->finished, &transfer->link);
}

/* Where in a URL, or in what a redirect says in place of one, the path may begin. */
static size_t end_of_host(const char *target)
{
    size_t scheme = strcspn(target, ":/?#"), host = 0;

    if (strncmp(target + scheme, "://", 3) == 0)
        host = scheme + 3;
    else if (strncmp(target, "//", 2) == 0)
        host = 2;
    return host > 0 ? host + strcspn(target + host, "/?#") : 0;
}

/* As Python's requests puts a URL on the wire: blanks and what is not ASCII escaped, behind the host. To be freed. */
static char *escaped(const char *target)
{
    size_t host_end = end_of_host(target);
    struct buf out = {0};

    buf_add(&out, target, host_end);
    for (const char *at = target + host_end; *at; at++)
        if (*at > ' ' && *at < 0x7f)
            buf_char(&out, *at);
        else
            buf_printf(&out, "%%%02X", (unsigned char)*at);
    buf_char(&out, '\0');
    return out.data;
}

/* For a GET, what goes on the wire is put together anew: a redirect may lead anywhere, seen from the URL before. */
static CURLUcode read_url(CURLU *url, struct transfer *transfer, const char *target)
{
    char *whole = NULL;

    if (transfer->max_answer == 0)
        return curl_url_set(url, CURLUPART_URL, target, CURLU_NON_SUPPORT_SCHEME);
    if (transfer->redirects > 0)
        curl_url_set(url, CURLUPART_URL, transfer->url, 0);
    char *text = escaped(target);
    CURLUcode code = curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
    free(text);
    if (code != CURLUE_OK)
        return code;
    curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0); // else "?a" would be taken for a part of it
    code = curl_url_get(url, CURLUPART_URL, &whole, 0);
    if (code != CURLUE_OK)
        return code;
    free(transfer->own_url);
    transfer->url = transfer->own_url = xstrdup(whole);
    curl_free(whole);
    return CURLUE_OK;
}

/* Puts it in the queue of the receiver that the target names; or it has failed. */
static void join(struct curl_transport *transport, struct transfer *transfer, const char *target)
{
    char *scheme = NULL, *host = NULL, *port = NULL;
    CURLU *url = curl_url();

    CURLUcode code = url ? read_url(url, transfer, target) : CURLUE_OUT_OF_MEMORY;
    if (code == CURLUE_OK && curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) &&
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
        transfer->receiver = receivers_join(&transfer->lane->receivers, &transfer->link, scheme, host, port);
    } else {
        struct failure failure = {.cause = transfer->redirects > 0 ? FAILED_REDIRECT : FAILED_URL,
                                  .said = curl_url_strerror(code ? code : CURLUE_UNSUPPORTED_SCHEME)};
        fail(transport, transfer, &failure);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(url);
}

/* Not by curl itself: another receiver has places of its own, and may be on the other side of a proxy. */
static void redirect(struct curl_transport *transport, struct transfer *transfer, const char *location)
{
    static const struct failure too_many = {.cause = FAILED_REDIRECTS, .said = "", .most = MAX_REDIRECTS};

    if (transfer->redirects == MAX_REDIRECTS) {
        fail(transport, transfer, &too_many);
        return;
    }
    transfer->redirects++;
    join(transport, transfer, location);
}

static struct transfer *submit(struct transport *base, const struct transport_request *request, transfer_done *done,
                               void *arg)
{
    struct curl_transport *transport = impl(base);
    struct transfer *transfer = transfer_new(request);

    start_curl(transport);
    transfer->done = done;
    transfer->arg = arg;
    transfer->lane = &transport->lanes[request->max_answer > 0 ? GETS : POSTS];
    list_append(&transport->all, &transfer->all);
    join(transport, transfer, transfer->url);
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
            list_prepend(&transfer->lane->idle, &transfer->slot->idle); // the one used last: its memory is warm
    }
    if (transfer->receiver)
        receivers_leave(&transfer->lane->receivers, transfer->receiver, &transfer->link, transfer->slot);
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

static void pause_gets(struct transport *base, bool pause)
{
    struct curl_transport *transport = impl(base);

    transport->lanes[GETS].paused = pause;
    begin_all(transport);
}

/* --- the loop ----------------------------------------------------------------------------------------------------- */

_Static_assert(CURL_WAIT_POLLIN == POLLIN && CURL_WAIT_POLLPRI == POLLPRI && CURL_WAIT_POLLOUT == POLLOUT, "as poll");

static int under_way(const struct curl_transport *transport)
{
    return transport->lanes[POSTS].receivers.under_way + transport->lanes[GETS].receivers.under_way;
}

/* curl_multi_poll does not report errors and hang-ups of our descriptors: it only sleeps, and poll tells. */
static int wait(struct transport *base, struct pollfd *fds, size_t count, int timeout_ms)
{
    struct curl_transport *transport = impl(base);

    if (!list_empty(&transport->finished))
        timeout_ms = 0;
    if (under_way(transport) == 0)
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

static void conclude(struct curl_transport *transport, CURL *easy, CURLcode code)
{
    struct slot *slot;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot);
    struct transfer *transfer = slot->transfer;
    transfer->result.duration += now() - transfer->begun;
    if (slot_is_spoilt(slot, code)) {
        leave(transport, transfer);
        join(transport, transfer, transfer->url);
        return;
    }
    char *location = slot_conclude(slot, code, &transfer->result) ? xstrdup(slot->location) : NULL;
    leave(transport, transfer);
    if (location)
        redirect(transport, transfer, location);
    else
        list_append(&transport->finished, &transfer->link);
    free(location);
}

static bool call_done(struct curl_transport *transport)
{
    struct transfer *transfer;
    int count = 0;

    while (count < DONE_PER_RUN && (transfer = list_first(&transport->finished, struct transfer, link))) {
        list_remove(&transfer->link);
        transport->calling = transfer;
        transfer->result.url = transfer->url;
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

    if (under_way(transport) > 0) {
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
    for (size_t i = 0; i < LANES; i++)
        while ((slot = list_first(&transport->lanes[i].idle, struct slot, idle)))
            slot_free(slot);
    if (transport->multi) {
        curl_multi_cleanup(transport->multi);
        curl_global_cleanup();
    }
    for (size_t i = 0; i < LANES; i++)
        receivers_free(&transport->lanes[i].receivers);
    free(transport->extra);
    free(transport);
}

struct transport *curl_transport_new(bool insecure, const char *ca_bundle)
{
    static const struct transport_interface interface = {submit, cancel, pause_gets, wait, run, free_transport};
    struct curl_transport *transport = xnew(struct curl_transport);

    transport->base.interface = &interface;
    for (size_t i = 0; i < LANES; i++) {
        struct lane *lane = &transport->lanes[i];
        receivers_init(&lane->receivers, places[i].under_way, places[i].per_receiver);
        lane->trust = (struct slot_trust){.insecure = insecure && i == POSTS, .ca_bundle = ca_bundle};
        list_init(&lane->idle);
    }
    list_init(&transport->all);
    list_init(&transport->finished);
    return &transport->base;
}
