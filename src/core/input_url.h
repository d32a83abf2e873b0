/* Where the file is that a model reads, by the URL that its input has. A part of what is told here is a part of the URL's
 * text. */
#ifndef CORE_INPUT_URL_H
#define CORE_INPUT_URL_H

#include "base/hash.h"
#include "base/id.h"
#include "base/map.h"
#include "core/plan.h"

enum input_place {
    INPUT_IN_ITSELF, /* a data: URI */
    INPUT_UPLOADED,  /* an uploaded file: `id` */
    INPUT_MADE,      /* a file that a prediction of this server has made, or will have: by its key */
    INPUT_ELSEWHERE, /* anything else by http or https */
    INPUT_NOWHERE,   /* no scheme that models follow */
};

struct input_url {
    enum input_place place;
    struct slice id;             /* of INPUT_UPLOADED */
    char prediction[ID_LEN + 1]; /* of INPUT_MADE */
    char name[FILE_NAME_MAX];    /* of the same: "out-0.png" */
};

enum { INPUT_URL_MAX = 64 * 1024 }; /* bytes of a URL that leads to a file: longer ones no server takes */

/* Uploaded files have their urls.get, "https://api.replicate.com/v1/files/{id}" or whatever the host is, and with
 * /download?… behind it their signed URL. A path without /v1 is one where the id looks like one of ours. Above INPUT_URL_MAX
 * nobody looks for any: it is a data: URI or elsewhere. */
struct input_url input_url_read(struct slice url, const struct hash_key *secret);

/* "https" of "HTTPS://…", in small letters as Python's urlparse tells it; "" where there is none, or a very long one. */
enum { INPUT_SCHEME_MAX = 32 };
void input_url_scheme(char scheme[INPUT_SCHEME_MAX], struct slice url);

/* Of a URL with a host: "example.com:8080" (without what stands before an @), and what follows it up to a fragment. */
struct slice input_url_authority(struct slice url);
struct slice input_url_target(struct slice url);

/* The path alone: up to a ? or #. */
struct slice input_url_path(struct slice url);

#endif
