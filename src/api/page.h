/* Lists, a page at a time: {"next":…,"previous":…,"results":[…]}, the newest first, with absolute links whose cursors
 * are opaque. */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "api/api.h"

/* A page of predictions or trainings, 100 of them: cost does not grow with what is stored. It honours created_after,
 * created_before and source. `path` is the list's own, behind the prefix: "/predictions". */
enum verdict
page_of_timeline(struct api *api, struct exchange *exchange, const struct timeline *timeline, const char *path,
                 void (*view)(struct buf *out, const struct prediction *prediction, const struct view_base *base));

/* What is listed otherwise, in the order in which it is shown: `put` appends number 0, 1, …. A cursor counts from the
 * last, so that it stays where it was when something new comes first. */
struct page_items {
    size_t count, per_page;
    void (*put)(struct buf *out, void *arg, size_t index);
    void *arg;
};

enum verdict page_of_items(struct api *api, struct exchange *exchange, const char *path,
                           const struct page_items *items);

#endif
