/* A server under a long run of operations, on virtual time: what is asked of it, and what must hold of its answers.
 *
 * A simulation remembers what has been done to each world, and no more: its predictions with the times that their rules
 * give them, the attempts that the network has seen, the requests that were answered. simulation_checks.c says what follows
 * from that by the API, and asks the server whether it is so. test_simulation.c draws the operations from a seed. */
#ifndef TESTS_LIB_SIMULATION_H
#define TESTS_LIB_SIMULATION_H

#include "base/hash.h"
#include "base/json.h"
#include "core/delivery.h"
#include "core/files.h"
#include "core/prediction.h"
#include "lib/world.h"

#include <check.h>

enum {
    WORLDS = 3,
    WHOLE = WORLDS, /* in the place of a world: the whole server, which is asked without a token */
    CALLS = 8,
    RULES_MAX = 64, /* in a run, as the following */
    RUN_FILES_MAX = 64,
    PREDICTIONS_MAX = 512,
    MESSAGES_MAX = 4096,
};

/* What every run is started with. */
#define SIM_SECRET   "whsec_cmVwbGljYXRlLW1vY2stdGVzdC1rZXkh"
#define SIM_SETTINGS "--start-time " STAGE_START " --boot 100ms --predict 1s --webhook-secret " SIM_SECRET
#define SIM_BOOT     (100 * NS_PER_MS)
#define SIM_PREDICT  NS_PER_S

/* As ck_assert_msg, which writes to a file each time that something is right. */
#define must(condition, ...) ((condition) ? (void)0 : ck_abort_msg(__VA_ARGS__))

/* A rule of a world. No two match the same request: each has a word of its own, which prompts say. */
struct sim_rule {
    unsigned number; /* from 1; 0: no rule */
    int world;
    bool gone;
    unsigned skip, times; /* times 0: all */
    unsigned matched, hits;
    int64_t boot, predict; /* -1: as ever */
    enum status end;       /* STATUS_COUNT: as ever */
    int status;            /* answered in the place of the operation; 0: not */
    int64_t answer_delay;
    bool drops;   /* the answer is broken off */
    bool streams; /* are cut, or stall */
    unsigned duplicate;
    unsigned drop; /* a bit for each enum delivery_event */
    int64_t delay; /* of webhooks */
    bool reorder, bad_signature;
};

/* A prediction or a training that was asked for. */
struct sim_prediction {
    char id[ID_LEN + 1]; /* "": it has not been seen yet */
    unsigned number;     /* its prompt says so, and its receivers' URLs */
    int world;
    bool training;
    bool refused;           /* it was not made */
    bool evicted;           /* it made room for others */
    bool closed;            /* its world was reset */
    struct sim_rule rule;   /* as it was then; of none, one that changes nothing */
    unsigned hooks, events; /* how many receivers; what the first of them wants: the other is told of the end alone */
    int64_t created_at, boot, predict;
    int64_t deadline;    /* 0: none */
    enum status end;     /* if nothing comes first; STATUS_COUNT: succeeded or failed */
    int64_t canceled_at; /* 0: not */
    struct sim_seen {
        enum status status;
        int64_t started_at, completed_at; /* 0: not yet */
        bool data_removed;
        enum sim_answer { SIM_NO, SIM_YES, SIM_PERHAPS } started; /* of what is expected alone */
    } seen;                                                       /* in the last answer that showed it */
};

#define SIM_SOME_TIME (-1) /* of what is expected: any will do */

/* An uploaded file. */
struct sim_file {
    char id[FILE_ID_LEN + 1];
    int world;
    int64_t expires_at;
    bool gone;
};

/* A message, as the network has seen it. */
struct sim_message {
    char id[MESSAGE_ID_LEN + 1];
    struct sim_prediction *prediction;
    unsigned hook; /* which receiver of it */
    char *body;
    unsigned sent;        /* attempts */
    unsigned by_schedule; /* the first so many; then come those that somebody asked for */
    unsigned asked_for;   /* resends that have not been seen yet */
    bool under_way;
};

enum sim_kind { CALL_CREATE, CALL_MOVE, CALL_WAIT, CALL_STREAM };

/* A request on a connection of its own, whose answer may come later. */
struct sim_call {
    struct client *client; /* NULL: there is none */
    enum sim_kind kind;
    int world;
    unsigned era, journal_era;         /* of its world when it was sent */
    bool journaled;                    /* it will stand in the journal of its world */
    struct sim_prediction *prediction; /* NULL: of none */
    int64_t until, real_until; /* of a creation: it is answered by then, on the world's clock, or by then on ours */
};

struct sim_world {
    bool used;            /* it is there */
    unsigned era;         /* how often it has lost its predictions, … */
    unsigned journal_era; /* … and its journal */
    int64_t now;          /* by its clock, when that was looked at last; 0: not yet */
    int64_t looked_at;    /* when that was, by the machine's */
    bool manual;
    double speed;
    bool moved;   /* somebody may have moved its clock since */
    bool has_run; /* it has not always been a manual one */
    bool has_model, has_deployment;
    unsigned journaled; /* requests that stand in its journal */
    unsigned pending;   /* messages, when they were looked at last */
};

struct sim {
    struct stage *stage;
    struct rng rng;
    struct buf transcript; /* all that was answered and sent */
    bool traces;
    struct arena arena;       /* what was asked and answered in this step */
    unsigned max_predictions; /* in a world */
    int64_t retention;        /* 0: data is kept */
    struct sim_world worlds[WORLDS];
    struct sim_call calls[CALLS];
    struct sim_rule rules[RULES_MAX];
    struct sim_prediction predictions[PREDICTIONS_MAX];
    struct sim_message messages[MESSAGES_MAX];
    struct sim_file files[RUN_FILES_MAX];
    unsigned rule_count, prediction_count, message_count, file_count;
    uint64_t transfers;   /* that were seen */
    unsigned attempts[3]; /* that ended: by a 2xx, by another status, by none */
    unsigned hits;        /* of rules */
};

/* --- the run ------------------------------------------------------------------------------------------------------ */

/* `settings` comes behind SIM_SETTINGS. */
struct sim *sim_new(uint64_t seed, const char *settings);
void sim_free(struct sim *sim);

/* Begins one more step. */
void sim_step(struct sim *sim);

/* Writes it into the transcript; with SIMULATION_TRACE in the environment to stderr, too. */
void sim_note(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* From 0, below `count`. */
unsigned sim_draw(struct sim *sim, unsigned count);
bool sim_chance(struct sim *sim, unsigned percent);

/* --- asking --------------------------------------------------------------------------------------------------------- */

/* Asks as the client of that world, and holds the answer to what holds for all. `status` 0: any but one of the server's own
 * failures. Returns what the body holds, until the next step; NULL: it is no JSON. `body` may be NULL; in it and in `request`
 * ' stands for "; one that begins with a - is a form, whose boundary is X. */
const cJSON *sim_ask(struct sim *sim, int world, int status, const char *request, const char *body);

/* A text that lives until the next step. */
const char *sim_text(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sends on a connection of its own. NULL: there are too many, sim_can_call says no. */
bool sim_can_call(struct sim *sim);
struct sim_call *sim_call(struct sim *sim, enum sim_kind kind, int world, const char *request, const char *headers,
                          const char *body);

/* Takes the answers that have come. */
void sim_take_answers(struct sim *sim);

/* Clocks that are being moved may go on now. */
void sim_note_moves(struct sim *sim);

/* The client leaves, whatever he waits for. */
void sim_leave(struct sim *sim, struct sim_call *call);

/* The world has been reset, and keeps its predictions, rules, … or not. */
void sim_forget_predictions(struct sim *sim, int world);
void sim_forget_rules(struct sim *sim, int world);
void sim_forget_requests(struct sim *sim, int world);

/* --- what is known ---------------------------------------------------------------------------------------------------- */

/* The world's clock, which is asked. */
int64_t sim_now(struct sim *sim, int world);

/* By how much a clock may show a time before what is due then has happened: one that runs faster or slower than the
 * machine's is rounded; and one that is advanced stands while a message is under way, with what else is due. */
int64_t sim_slack(const struct sim *sim, int world);

/* When it starts, if nothing comes first. */
int64_t sim_start(const struct sim_prediction *prediction);

/* As it must be then. */
struct sim_seen sim_state_at(const struct sim *sim, const struct sim_prediction *prediction, int64_t now);

/* It is kept, so lists show it. */
bool sim_is_held(const struct sim_prediction *prediction, int world);

/* The prediction or training of that id, or, where that is new, with the number that its prompt says. NULL: none. */
struct sim_prediction *sim_find(struct sim *sim, int world, const cJSON *shown);
struct sim_message *sim_find_message(struct sim *sim, int world, const char *id);

/* A time of an answer; 0: it is null, or not there. */
int64_t sim_time(const cJSON *object, const char *key);

/* --- what is drawn (simulation_draws.c) ---------------------------------------------------------------------------------- */

#define COUNT_OF(array)  (sizeof(array) / sizeof((array)[0]))
#define PICK(sim, array) ((array)[sim_draw(sim, COUNT_OF(array))])

int sim_world(struct sim *sim);
struct sim_prediction *sim_prediction(struct sim *sim, int world); /* one that it holds; NULL: there is none */
int64_t sim_length(struct sim *sim);                               /* of time */
const char *sim_duration(struct sim *sim, int64_t ns);             /* as the API has it */

/* Operations. */
void sim_add_rule(struct sim *sim);
void sim_delete_rule(struct sim *sim);
void sim_create(struct sim *sim);
void sim_cancel(struct sim *sim);

/* --- what must hold (simulation_checks.c) ------------------------------------------------------------------------------ */

void check_network(struct sim *sim); /* what is under way to receivers */
void check_stream(struct sim *sim, const struct sim_call *call);
void check_world(struct sim *sim, int world); /* all that one world can be asked */
void check_whole(struct sim *sim);            /* all worlds, and the whole server: its counts are their sums */
void check_rest(struct sim *sim);             /* everything has ended as it must */
void check_nothing_left(struct sim *sim);     /* as before anything happened */

#endif
