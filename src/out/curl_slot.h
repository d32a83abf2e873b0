/* One request at a time by libcurl: what it is told of it, what it hands over of the answer, what its end comes to. A part
 * of curl_transport, whose alone this is. */
#ifndef OUT_CURL_SLOT_H
#define OUT_CURL_SLOT_H

#include "base/list.h"
#include "out/transport.h"

#include <curl/curl.h>

struct receiver;

/* Whom to trust over TLS. */
struct slot_trust {
    bool insecure;         /* anybody */
    const char *ca_bundle; /* otherwise these; NULL: curl may know better where its certificates are */
};

/* All that it points to must stay until the end. */
struct slot_request {
    const char *url;
    struct curl_slist *headers; /* as they are sent; an empty one keeps curl from adding its own */
    struct slice body;
    int64_t timeout; /* nanoseconds */
    const struct receiver *receiver;
};

/* Used again and again, options and all. */
struct slot {
    struct list idle;          /* the transport's */
    struct transfer *transfer; /* the transport's: whose request it is */
    CURL *easy;                /* its CURLOPT_PRIVATE is the slot */
    struct slot_request request;
    size_t received;
    bool head_ended, chunked, cut;
    char text[CURL_ERROR_SIZE]; /* curl's own words for a failure */
};

/* NULL: libcurl gives no handle. */
struct slot *slot_new(const struct slot_trust *trust);
void slot_free(struct slot *slot); /* no multi handle may have it any more */

/* Sets whatever differs from one request to the next. `easy` then goes into a multi handle. */
void slot_prepare(struct slot *slot, const struct slot_request *request);

/* The end of it, of which curl says `code`: fills in status and error, which is to be freed. */
void slot_conclude(struct slot *slot, CURLcode code, struct transport_result *result);

#endif
