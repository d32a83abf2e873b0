/* A prediction: what is kept of it, and the statuses that it can have. lifecycle.c moves it along. */
#ifndef CORE_PREDICTION_H
#define CORE_PREDICTION_H

#include "base/id.h"
#include "core/event.h"
#include "core/maker.h"
#include "core/sched.h"

enum status {
    STATUS_STARTING,
    STATUS_PROCESSING,
    STATUS_SUCCEEDED,
    STATUS_FAILED,
    STATUS_CANCELED,
    STATUS_ABORTED,
    STATUS_COUNT
};

const char *status_name(enum status status);
bool status_parse(const char *name, enum status *status);
bool status_is_terminal(enum status status);
bool status_may_become(enum status from, enum status to);
bool status_may_reach(enum status from, enum status to); /* in one step or more */

enum prediction_kind {
    PREDICTION_PLAIN,
    PREDICTION_DEPLOYED, /* made by way of a deployment, which it names */
    PREDICTION_TRAINING, /* a training: its output is a version */
};

struct world;
struct version;
struct script;
struct training;

struct channel;
struct inlined;
struct prepared;

/* Where the webhooks of a prediction go, and what the URLs in them begin with: the origin of the request that made it. */
struct hooks {
    struct hook {
        char *url;
        unsigned events;         /* a bit for each enum delivery_event that is wanted */
        struct channel *channel; /* out/webhook.c's: NULL once nothing more is to be told */
    } list[2];                   /* `webhook`; and `webhook_completed`, of the API of 2023 */
    size_t count;
    char *api_base, *streams_base, *files_base;
};

struct prediction {
    char id[ID_LEN + 1];
    uint8_t status;    /* enum status */
    bool output_ready; /* all output is there; true in `processing` for the moment before `succeeded` */
    bool data_removed; /* input, output and logs are gone */
    uint8_t kind;      /* enum prediction_kind */
    uint8_t holds;     /* while there are any it does not leave `starting`: lifecycle_hold */
    bool overdue;      /* it was held when it should have begun */
    bool preparing;    /* the file that it reads is being read: it is held for that */
    union {
        char *deployment;          /* PREDICTION_DEPLOYED: "owner/name" */
        struct training *training; /* PREDICTION_TRAINING */
    };
    struct world *world;
    struct version *version; /* an unlisted one is the prediction's own */
    uint64_t number;         /* which of its world's it is, by creation */
    uint64_t serial;         /* which of the server's: unlike an id, never given twice */

    char *input; /* canonical text of the input; "{}" once the data is removed */
    size_t input_len;
    char *webhook;       /* as it was given; NULL: none */
    struct hooks *hooks; /* where webhooks go; NULL: nowhere */
    char *error;         /* NULL: none */
    char *flaw;          /* what its error will be, soon after it has begun: lifecycle_break. NULL: nothing is wrong */
    struct plan plan;
    struct script *script;     /* what a rule has in store for it; NULL: nothing */
    struct prepared *prepared; /* what was made of its input file; NULL: nothing, or nothing yet */
    struct inlined *inlined;   /* its files as data: URIs; NULL: they are shown by their URLs */

    int64_t created_at;
    int64_t started_at;    /* 0: not yet */
    int64_t completed_at;  /* 0: not yet */
    int64_t filled_at;     /* when it was put into its world, finished; 0: it has run there */
    int64_t deadline;      /* of Cancel-After; 0: none */
    int64_t boot, predict; /* how long `starting` and `processing` last */

    struct timer timer; /* the one next thing that time will do to it */
    struct list observers;
    struct list finished;  /* in world.finished, later in world.emptied */
    struct list with_data; /* in store.with_data, finished ones by completion */
};

/* What it is called: "prediction", or "training". */
const char *prediction_word(const struct prediction *prediction);

/* Sets the status; the change must be one that status_may_become allows. */
void prediction_become(struct prediction *prediction, enum status status);

/* How many bytes the prediction occupies by itself: what --max-memory counts. Its script is not its own. */
size_t prediction_bytes(const struct prediction *prediction);

/* The member of the input whose file it opens before it makes anything; NULL: it opens none. */
const char *prediction_reads(const struct prediction *prediction);

/* Input, output and logs go: `input` {}, `output` null, `logs` "". The rest stays. */
void prediction_remove_data(struct prediction *prediction);

/* NULL is fine. Its timer must not be set and nobody may observe it any more. */
void prediction_free(struct prediction *prediction);

#endif
