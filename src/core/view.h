/* A prediction as bytes, in the key orders in which the real API shows it. Each appends compact JSON; the newline that
 * some answers end with is the caller's. */
#ifndef CORE_VIEW_H
#define CORE_VIEW_H

#include "base/buf.h"
#include "base/map.h"
#include "core/prediction.h"

/* Where the URLs in an answer begin. */
struct view_base {
    struct slice api;     /* "http://127.0.0.1:7375/v1" */
    struct slice streams; /* the same, or "https://stream.replicate.com/v1" */
    struct slice files;   /* "http://127.0.0.1:7375/delivery", "https://replicate.delivery" */
};

/* Of what view_bytes counts, in a list of predictions: where they are larger it is shorter, so that it stays a page. */
enum { VIEW_PAGE_BYTES = 8 * 1024 * 1024 };

/* Appends a piece of the prediction's output by itself, as text: of a file its URL, of an object its JSON. */
void view_piece(struct buf *out, const struct prediction *prediction, const struct view_base *base, unsigned index);

/* What makes a view of the prediction large: its input, its files where they stand in `output` themselves, and what a rule
 * has it print and put out. */
size_t view_bytes(const struct prediction *prediction);

/* As create, `Prefer: wait` and GET answer, by the gateway: id, model, version, input, logs, output, data_removed, error,
 * source, status, created_at, [deadline], [deployment], [started_at], [completed_at], [webhook], [metrics], urls. */
void view_gateway(struct buf *out, const struct prediction *prediction, const struct view_base *base);

/* The same as it was at creation, whatever has come since: what a `Prefer: wait` that timed out answers. "Anything but
 * `starting` is taken as final" by the official clients, which would return null. */
void view_gateway_at_creation(struct buf *out, const struct prediction *prediction, const struct view_base *base);

/* As webhooks show it: what GET shows, keys sorted at every level, no newline. */
void view_webhook(struct buf *out, const struct prediction *prediction, const struct view_base *base);

/* As cancel answers and lists show, by the other server: every key, null where there is nothing, six digits. */
void view_django(struct buf *out, const struct prediction *prediction, const struct view_base *base);

/* A training as GET /trainings/{id} and its list show it: the same, with URLs below /trainings. Whatever else shows one
 * has those below /predictions [recorded], webhooks excepted, which show what GET shows. */
void view_training(struct buf *out, const struct prediction *prediction, const struct view_base *base);

#endif
