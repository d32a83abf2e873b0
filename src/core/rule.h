/* One rule of a scenario: for which requests it is, and what happens to them. Here it is read and matched; in what order
 * rules are asked, and how often one has hit, is scenario's. */
#ifndef CORE_RULE_H
#define CORE_RULE_H

#include "base/buf.h"
#include "base/faults.h"
#include "base/json.h"
#include "base/list.h"
#include "base/map.h"
#include "core/operation.h"
#include "core/script.h"

enum {
    RULE_TEXT_MAX = 256 * 1024, /* bytes of a rule */
    RULE_MATCH_MAX = 16 * 1024, /* bytes of its `match` */
    RULE_HEADERS_MAX = 8,
    RULE_NAME_MAX = 128,
};

/* What a request is, as far as rules ask. The functions are called only where a rule needs it. */
struct occasion {
    const char *operation;
    const char *(*model)(struct occasion *occasion);      /* "owner/name"; NULL: it is about none */
    const cJSON *(*input)(struct occasion *occasion);     /* what is sent to the model; NULL: nothing is */
    const char *(*request_id)(struct occasion *occasion); /* in the journal; NULL: none */
    const char *method;                                   /* NULL: none */
    const char *(*path)(struct occasion *occasion);       /* NULL: none */
};

/* One thing that a rule asks of a request: its operation, its model, or one member of its input. */
struct demand {
    const char *path;              /* where it stands in `match`: "operation", "model", "input.prompt" */
    const char *wanted;            /* what is asked, as it was given: JSON */
    const char *pattern;           /* of operations; NULL: it is another's */
    const char *key;               /* "prompt"; NULL: it is not about the input */
    const struct matcher *matcher; /* NULL: of an operation */
    struct demand *next;
};

enum rule_drop { RULE_DROPS_NOTHING, RULE_DROPS_BEFORE_HEADERS, RULE_DROPS_MID_BODY };

struct rule_header {
    const char *name, *value;
};

struct rule_response {
    int status; /* 0: the operation happens, its own answer is delayed or dropped */
    size_t header_count;
    struct rule_header headers[RULE_HEADERS_MAX];
    struct slice body; /* NULL: none is given */
    bool body_is_text; /* not JSON: sent as it is */
    int64_t delay;     /* simulated */
    enum rule_drop drop;
};

struct rule {
    struct arena arena;          /* what all the texts lie in */
    const char *name;            /* NULL: not yet, scenario gives it one */
    struct slice text;           /* its members but the name, as they were given: `"match":{…},"times":1` */
    int64_t skip;                /* so many that match are let pass, … */
    int64_t times;               /* … and then so many are hit; -1: all */
    const char *operation;       /* with `*` at an end or at both; NULL: whatever creates predictions */
    struct demand *demands;      /* what `match` asks: first the operation, then the model, then each of the input */
    struct demand **demands_end; /* where the next one goes */
    struct rule_response response;
    struct script *script; /* what it does to the predictions that are created; NULL: nothing */
    uint64_t serial;       /* of all rules that a server ever had: its counters bear it; 0: not in a set yet */
    struct list counts;    /* its counters, one for each world that it has matched in */
    struct list link;      /* in its set, in the order in which rules are asked */
};

/* Reads a rule that stands at `path` ("", "scenarios[0]") of a document, of which it keeps nothing; it is for one of these
 * operations at least. NULL: `faults` says what is wrong, and where. */
struct rule *rule_read(const cJSON *json, const char *path, const struct operations *operations, struct faults *faults);
void rule_free(struct rule *rule); /* it has no counters any more */

/* The first of its demands that the request does not meet. NULL: it meets them all, and the rule is for it. Counters do not
 * count here. *budget: see matcher_holds. */
const struct demand *rule_unmet(const struct rule *rule, struct occasion *occasion, size_t *budget);

static inline bool rule_matches(const struct rule *rule, struct occasion *occasion, size_t *budget)
{
    return !rule_unmet(rule, occasion, budget);
}

/* Is that one, which rule_unmet gave, the only one that the request does not meet? A rule that asks for nothing but an
 * operation is not nearly for every other. */
bool rule_nearly_matches(const struct demand *unmet, struct occasion *occasion, size_t *budget);

/* What the request has where the demand looks; a text is put into *room. NULL: nothing, or the budget is used up. */
const cJSON *demand_value(const struct demand *demand, struct occasion *occasion, cJSON *room, size_t *budget);

#endif
