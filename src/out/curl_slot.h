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
    struct slice body;          /* of a POST */
    struct buf *answer;         /* empty: where a GET's body goes. NULL: this is a POST */
    size_t max_answer;          /* so many bytes */
    int64_t timeout, spent;     /* nanoseconds for all, and those of them that are over */
    const struct receiver *receiver;
};

/* Used again and again, options and all, for requests of the same kind. */
struct slot {
    struct list idle;          /* the transport's */
    struct transfer *transfer; /* the transport's: whose request it is */
    CURL *easy;                /* its CURLOPT_PRIVATE is the slot */
    struct slot_request request;
    size_t received; /* bytes that are not kept */
    bool head_ended, chunked, cut;
    bool keeps;                 /* the body that comes is the one that was asked for */
    char *location;             /* where a GET's answer says that it is instead; NULL: nowhere else */
    char text[CURL_ERROR_SIZE]; /* curl's own words for a failure */
};

/* NULL: libcurl gives no handle. `trust` must stay. */
struct slot *slot_new(const struct slot_trust *trust);
void slot_free(struct slot *slot); /* no multi handle may have it any more */

/* Sets whatever differs from one request to the next. `easy` then goes into a multi handle. */
void slot_prepare(struct slot *slot, const struct slot_request *request);

/* True: what came is no answer to this GET, but what the one before it by that connection had more than it said of itself.
 * curl has closed the connection by now: asking anew is right, and comes to an end, as each time there is one less. */
bool slot_is_spoilt(const struct slot *slot, CURLcode code);

/* The end of it, of which curl says `code`: fills in status, body and error, which is to be freed. True: a GET's answer is
 * a redirect, to `location`, and that is not followed yet. */
bool slot_conclude(struct slot *slot, CURLcode code, struct transport_result *result);

#endif
