/* POST /files: an upload, taken apart and hashed on the worker's thread. 100 MB take half a second; nobody else waits for
 * them. */
#ifndef API_UPLOADS_H
#define API_UPLOADS_H

#include "http/server.h"

/* "Files must be less than 100MB in size" [documented]; whether that is decimal is not: here it is. */
#define UPLOAD_FILE_LIMIT ((size_t)100 * 1000 * 1000)

/* What a body may have: the largest file, and room for the other parts and all headers. */
#define UPLOAD_BODY_LIMIT (UPLOAD_FILE_LIMIT + (size_t)512 * 1024)

/* The id and the time are those of the request, whenever its hashing ends; until then a manual clock holds. */
enum verdict uploads_create(void *context, struct exchange *exchange);

/* Is that what the exchange was routed to? */
bool uploads_is_for(const struct exchange *exchange);

#endif
