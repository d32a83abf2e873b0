/* Scenarios: the rules of a server and of its worlds, in the order in which they are asked, and how often each has hit.
 *
 * "First match wins: the world's posted rules as they came, whole-server ones, files as given, magic." The sets of the whole
 * server hold in every world, but count in each for itself: one world's requests use up nobody else's `times`. */
#ifndef CORE_SCENARIO_H
#define CORE_SCENARIO_H

#include "core/near_miss.h"
#include "core/rule.h"
#include "core/world.h"

enum {
    SCENARIO_RULES_MAX = 1000,             /* in a set */
    SCENARIO_POSTED_MAX = 4000,            /* in all sets of a server that are posted to … */
    SCENARIO_BYTES_MAX = 64 * 1024 * 1024, /* … and so many bytes that they take in memory */
    SCENARIO_COUNTS_MAX = 100000,     /* counters of a server: one for each rule and each world that it matched in */
    SCENARIO_NEAR_MISSES_MAX = 16384, /* of a server; so many of the counters at most are there for these alone */
};

/* Rules in order. */
struct rule_set {
    struct list rules;
    size_t count;
    unsigned unnamed; /* so many were given a name by us */
};

/* Those of the whole server. */
struct scenarios {
    struct rule_set posted, given, magic; /* to /_mock/scenarios without a token; in files; compiled in */
    size_t posted_count, posted_bytes;    /* those of worlds, too */
    size_t counts;                        /* counters, of all worlds */
    size_t near_misses;                   /* of all worlds: so many of the counters have one */
    uint64_t serial;                      /* of the rule that was put in last */
    uint64_t near_serial;                 /* of the near miss that was the last */
};

/* Those of one world, and the counters of all that have matched in it. */
struct world_rules {
    struct rule_set own;
    struct map counts;   /* by the rule's serial */
    struct list counted; /* the same, in a list */
};

/* With the rules of fixtures/magic.json, which are for some of these operations. */
struct scenarios *scenarios_new(const struct operations *operations);
void scenarios_free(struct scenarios *scenarios); /* no world has counters any more */

/* Reads `{"scenarios": [rule, …]}` or one rule, each for some of these operations, and appends the rules to `rules`. False:
 * `faults` says what is wrong, and `rules` is as it was. */
bool scenario_read(const cJSON *document, struct list *rules, const struct operations *operations,
                   struct faults *faults);

/* Frees the rules of a list that were put nowhere. */
void scenario_drop(struct list *rules);

/* The set of a world (which gets one if it has none), or, where it is NULL, that of the whole server. */
struct rule_set *scenario_set(struct worlds *worlds, struct world *world);

/* Is there room in that set, and in the server, for all these? */
bool scenario_has_room(const struct worlds *worlds, const struct rule_set *set, const struct list *rules);

/* Puts the rule at the end of the set, or in the place of the one of its name. One without a name gets "rule-N". */
void scenario_put(struct worlds *worlds, struct rule_set *set, struct rule *rule);

/* Makes these, at most SCENARIO_RULES_MAX, the rules of the files, in the place of all that were: `rules` is empty then. A
 * rule whose name and text have stood there before keeps its counters and its near misses. Returns how many did. */
size_t scenario_give(struct worlds *worlds, struct list *rules);

struct rule *scenario_find(const struct rule_set *set, const char *name); /* NULL: there is none */
void scenario_remove(struct worlds *worlds, struct rule_set *set, struct rule *rule);
void scenario_clear(struct worlds *worlds, struct rule_set *set);

enum scenario_verdict {
    SCENARIO_NONE, /* no rule is for this request */
    SCENARIO_HIT,
    SCENARIO_NO_ROOM, /* one may be, but there are --max-worlds, or SCENARIO_COUNTS_MAX: nothing can be counted */
};

/* Which rule hits a request of that token: *rule, in *world, which was made if need be. It is counted; and noted where it
 * nearly matches a rule, behind the one that hits too. */
enum scenario_verdict scenario_hit(struct worlds *worlds, const char *token, struct occasion *occasion,
                                   const struct rule **rule, struct world **world);

/* How often the rule has hit, in that world or, where it is NULL, in all. */
int64_t scenario_hits(const struct rule *rule, const struct world *world);

/* The last request that nearly matched the rule, in that world or, where it is NULL, in any. NULL: there was none. */
const struct near_miss *scenario_near_miss(const struct rule *rule, const struct world *world);

/* Frees a world's rules and counters; NULL is fine. */
void scenario_free_world(struct worlds *worlds, struct world_rules *rules);

#endif
