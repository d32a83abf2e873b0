/* What cog 0.8 says where a model that runs in it cannot have an input file: the texts of `error`. They are those of cog
 * itself, of pydantic, which checks an input before the model has it, and of requests, which fetches it. */
#ifndef CORE_COG_H
#define CORE_COG_H

#include "base/buf.h"
#include "base/data_uri.h"
#include "base/map.h"

/* Appends where cog has stored the file at `url`, as Python shows a path: PosixPath('/tmp/tmpk3v_x9a0file.png'). Its name
 * follows from the URL, and, in the place of chance, from the prediction's id. */
void cog_put_path(struct buf *out, struct slice url, const char *id);

/* A URL with a scheme that it does not follow, in that member of the input. */
void cog_put_scheme(struct buf *out, const char *member, struct slice url);

/* A data: URI that data_uri_decode does not read; `count` is what it says of DATA_URI_ODD. */
void cog_put_data_uri(struct buf *out, const char *member, enum data_uri verdict, size_t count);

/* The URL was answered with that status, 400 or more. */
void cog_put_status(struct buf *out, int status, struct slice url);

/* No answer came, or no whole one, for the reason that a transport gives: "connection refused". */
void cog_put_unreachable(struct buf *out, struct slice url, const char *reason, const char *id);

#endif
