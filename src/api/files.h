/* /files: what is uploaded, by token; and the download, whose signature stands for one. POST is api/uploads. */
#ifndef API_FILES_H
#define API_FILES_H

#include "core/files.h"
#include "core/view.h"
#include "http/server.h"

enum verdict files_list(void *context, struct exchange *exchange);

/* "GET /files/{id} returns metadata JSON, not bytes" [recorded]. */
enum verdict files_get(void *context, struct exchange *exchange);
enum verdict files_delete(void *context, struct exchange *exchange);

/* GET /files/{id}/download?owner=…&expiry=…&signature=…: the bytes, without a token. "signature: a base64-encoded
 * HMAC-SHA256 checksum of the string '{owner} {id} {expiry}' generated with the Files API signing secret" [documented];
 * that secret is here the text of --webhook-secret. Of the owner's name nothing more is asked than that it was signed. */
enum verdict files_download(void *context, struct exchange *exchange);

/* Appends the file as JSON, in the recorded order: id, name, content_type, size, etag, checksums, metadata, created_at,
 * expires_at, urls. */
void files_put(struct buf *out, const struct file *file, const struct view_base *base);

#endif
