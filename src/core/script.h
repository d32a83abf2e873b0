/* What a rule does to the predictions that it hits, beside the answer to the request: how they go, how their webhooks and
 * their streams fail. Read with the rule, never changed, and shared by the rule and every prediction that was made by it:
 * "a rule deleted later changes nothing that runs". */
#ifndef CORE_SCRIPT_H
#define CORE_SCRIPT_H

#include "base/map.h"
#include "core/delivery.h"
#include "core/prediction.h"

struct reading;

enum {
    SCRIPT_PIECES_MAX = 1000,   /* of an output that is a list */
    SCRIPT_LOGS_MAX = 1000,     /* lines */
    SCRIPT_DUPLICATES_MAX = 10, /* of a message, the first one counted */
    SCRIPT_EVENTS_MAX = 10000,  /* of a stream, before it is cut */
};

struct script {
    struct arena arena; /* what all the texts lie in */
    unsigned holders;
    unsigned stored; /* predictions among them whose bytes the store counts */

    struct script_prediction {
        int64_t boot, predict; /* simulated; -1: as ever */
        enum status status;    /* its end; STATUS_COUNT: as ever. Aborted at the end of boot, all others of predict */
        const char *error;     /* of one that fails; NULL: none is given */
        const struct slice *logs; /* lines, without their \n; NULL: those of the model */
        size_t log_count;
        bool logs_end_bare; /* the last of them has no \n */
        bool has_output;    /* otherwise it is what the model makes */
        bool is_list;       /* otherwise one value, or none: null */
        const struct script_piece {
            struct slice json;
            struct slice text; /* as a stream tells it: of a string what it says, of all else the same as json */
        } * pieces;            /* of a list the elements, otherwise one */
        size_t piece_count;
    } prediction;

    struct script_webhook {
        unsigned duplicate; /* so often each message is sent; 1: as ever */
        unsigned drop;      /* these are never sent: a bit for each enum delivery_event */
        int64_t delay;      /* simulated: each message's first attempt is later by that */
        bool reorder;       /* of two that follow each other, the second goes first */
        bool bad_signature;
    } webhook;

    struct script_stream {
        int64_t cut_after; /* events, then the connection breaks; -1: never */
        int64_t stall; /* simulated: so long nothing comes, once, in the place of the cut or, without one, before the
                              first event */
    } stream;
};

/* One that changes nothing, held once. */
struct script *script_new(void);

/* One that holds what a prediction has printed and made, shown as it is: of a list each element is a piece, however many
 * there are. `output` NULL: null. Held once; it takes little more memory than these do. */
struct script *script_of_past(const cJSON *output, const char *logs);

struct script *script_hold(struct script *script); /* NULL is fine */
void script_let_go(struct script *script);         /* the last one frees it. NULL is fine */

/* How many bytes it takes, all in all; 0 of NULL. */
size_t script_bytes(const struct script *script);

/* Rows of a rule's table: `reading->context` is not looked at; script is what they read into. */
void script_read_prediction(struct script *script, struct reading *reading, const cJSON *value, const char *path);
void script_read_webhook(struct script *script, struct reading *reading, const cJSON *value, const char *path);
void script_read_stream(struct script *script, struct reading *reading, const cJSON *value, const char *path);

#endif
