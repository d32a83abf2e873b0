/* Event streams: what `urls.stream` answers. The events of a prediction are a function of the prediction, numbered from 0:
 * an `output` for each piece of its output, an `error` where it failed, `done`. Nothing is kept of them, so a stream can
 * be read again until the data is removed, by any number of readers, each from wherever it left off. */
#ifndef API_STREAMS_H
#define API_STREAMS_H

#include "api/api.h"

/* Whose stream that request is for: it was routed to one of the two below. NULL: nobody's. */
struct prediction *streams_find(const struct api *api, const struct exchange *exchange);

/* /streams/{key}, of models whose output is text. No token is needed: the key is as good as one. */
enum verdict streams_get_text(void *context, struct exchange *exchange);

/* Has it the form of a key behind /files/, where the ids of uploaded files stand as well? */
bool streams_is_file_key(const char *segment);

/* /files/{key}, of models whose output is files; the key has that form. */
enum verdict streams_get_files(void *context, struct exchange *exchange);

#endif
