/* /_mock/requests: what has been asked of the API, and how it was answered. */
#ifndef CONTROL_REQUESTS_H
#define CONTROL_REQUESTS_H

#include "control/control.h"
#include "core/journal.h"

enum verdict requests_list(void *context, struct exchange *exchange);   /* GET */
enum verdict requests_delete(void *context, struct exchange *exchange); /* DELETE */

/* The journal that the call is about: *journal; NULL: all of them. False: that of a world which has none. */
bool requests_journal(const struct control *control, const struct exchange *exchange, const struct journal **journal);

/* ?method=&path=&operation=&status=&since=: its texts are the exchange's. False: refused. */
bool requests_filter(const struct control *control, struct exchange *exchange, struct journal_filter *filter);

#endif
